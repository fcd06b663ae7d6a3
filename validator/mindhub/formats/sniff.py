"""Name what bytes really are: most checkpoints that are none are something well known."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: How many bytes from the start of a file are worth passing to `sniff`; the tar magic lies furthest in.
HEAD = 4096


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What some bytes are."""

    name: str  #: one word: html, xml, json, zip, pytorch, pickle, gzip, tar, lfs-pointer, onnx, …
    noun: str  #: for a sentence, with its article: "an HTML page"
    page: bool = False  #: a server's answer in place of a file


_MAGIC: tuple[tuple[int, bytes, Sniffed], ...] = (
    (0, b"PK\x03\x04", Sniffed("zip", "a zip archive")),
    (0, b"PK\x05\x06", Sniffed("zip", "an empty zip archive")),
    (0, b"\x1f\x8b", Sniffed("gzip", "gzip data")),
    (0, b"BZh", Sniffed("bzip2", "bzip2 data")),
    (0, b"\xfd7zXZ\x00", Sniffed("xz", "xz data")),
    (0, b"\x28\xb5\x2f\xfd", Sniffed("zstd", "zstandard data")),
    (0, b"7z\xbc\xaf\x27\x1c", Sniffed("7z", "a 7-Zip archive")),
    (0, b"Rar!\x1a\x07", Sniffed("rar", "a RAR archive")),
    (257, b"ustar", Sniffed("tar", "a tar archive")),
    (0, b"version https://git-lfs.", Sniffed("lfs-pointer", "a Git LFS pointer, not the file it points to")),
    (0, b"\x89HDF\r\n\x1a\n", Sniffed("hdf5", "an HDF5 file")),
    (0, b"\x93NUMPY", Sniffed("npy", "a NumPy array")),
    (0, b"GGUF", Sniffed("gguf", "a GGUF file")),
    (0, b"%PDF-", Sniffed("pdf", "a PDF document")),
    (0, b"\x89PNG\r\n", Sniffed("png", "a PNG image")),
    (0, b"\xff\xd8\xff", Sniffed("jpeg", "a JPEG image")),
    (0, b"\x7fELF", Sniffed("elf", "a Linux program")),
    (0, b"SQLite format 3\x00", Sniffed("sqlite", "an SQLite database")),
    (4, b"TFL3", Sniffed("tflite", "a TensorFlow Lite model")),
    (4, b"MSL", Sniffed("ms", "a MindSpore Lite model (.ms)")),
    (0, b"IMOD", Sniffed("om", "an Ascend offline model (.om)")),
)
_TORCH_LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa85019")  # pickle of PyTorch's magic number, before 1.6
_ENCRYPTED = {0xD8: "AES-GCM", 0xD9: "AES-CBC", 0xDA: "SM4-CBC"}
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|script|meta|center|h1)\b", re.IGNORECASE)
_XML = re.compile(rb"<(?:\?xml\b|Error>|Code>)", re.IGNORECASE)
_XML_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,60})</Code>")
_JSON = re.compile(rb"\{\s*(?:\"|\}\s*$)|\[\s*(?:[\[{\"\]]|-?\d)")
_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,80}?)\s*</title>", re.IGNORECASE)
_PICKLE_NEXT = frozenset(b"}](ccX\x8c\x8a\x95NKJMGU)q")
_ENTRY, _FIELD_2 = 0x0A, 0x12  # protobuf tags: field 1 and field 2, both length-delimited
#: What has no mark that `sniff` could go by.
CHECKPOINT = Sniffed("ckpt", "a MindSpore checkpoint")
_CHECKPOINT = re.compile(rb"\x0a[\x80-\xff]{0,9}[\x00-\x7f]\x0a", re.DOTALL)


def begins_like_checkpoint(head: bytes) -> bool:
    """Say whether bytes begin as an entry that holds a name: so does every checkpoint, and other things may."""
    return _CHECKPOINT.match(head) is not None


def encryption(head: bytes) -> str | None:
    """Return the cipher of an encrypted MindSpore file, from the magic number of its first block."""
    return _ENCRYPTED.get(head[0]) if len(head) > 4 and head[1:4] == b"\x5e\x3a\x7f" else None  # noqa: PLR2004


def sniff(head: bytes) -> Sniffed | None:
    """Name what a file is from its first bytes; None for what is not recognised, as for a MindSpore checkpoint.

    4,096 bytes (`HEAD`) are enough. Nothing is parsed, so the answer is a good guess for people, never a verdict.
    """
    if not head:
        return Sniffed("empty", "an empty file")
    return _magic(head) or _document(head) or _weights(head) or _plain(head)


def _magic(head: bytes) -> Sniffed | None:
    """Recognise what has a magic number."""
    if cipher := encryption(head):
        return Sniffed("encrypted", f"a file encrypted with {cipher}")
    if head.startswith(b"PK\x03\x04"):
        # The name of a zip's first member tells what wrote it.
        if b"/data.pkl" in head or b"archive/" in head:
            return Sniffed("pytorch", "a PyTorch checkpoint (zip)")
        if b".npy" in head[:256]:
            return Sniffed("npz", "a NumPy archive (.npz)")
    if head.startswith(_TORCH_LEGACY):
        return Sniffed("pytorch", "a PyTorch checkpoint (pickle)")
    if head[0] == 0x80 and len(head) > 2 and 2 <= head[1] <= 5 and head[2] in _PICKLE_NEXT:  # noqa: PLR2004
        return Sniffed("pickle", "a Python pickle")
    return next((what for at, magic, what in _MAGIC if head.startswith(magic, at)), None)


def _document(head: bytes) -> Sniffed | None:
    """Recognise what servers answer with in place of a file."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while text.startswith(b"<!--"):
        text = text.partition(b"-->")[2].lstrip()
    if _HTML.match(text) or (_XML.match(text) and b"<html" in text.lower()):
        title = _TITLE.search(text)
        said = f" ({title[1].decode('utf-8', 'replace')!r})" if title else ""
        return Sniffed("html", f"an HTML page{said}", page=True)
    if _XML.match(text):
        code = _XML_CODE.search(text)
        said = f" (error {code[1].decode()!r})" if code else ""
        return Sniffed("xml", f"an XML document{said}", page=True)
    if _JSON.match(text) and _printable(text):
        return Sniffed("json", "a JSON document", page=True)
    return None


def _weights(head: bytes) -> Sniffed | None:
    """Recognise other formats of weights that have no magic number."""
    if len(head) > 9 and head[8:9] == b"{" and head[9:10] in b'" }' and 2 <= int.from_bytes(head[:8], "little") < 2**27:  # noqa: PLR2004
        return Sniffed("safetensors", "a safetensors file")
    # ONNX: field 1 is the number of its IR version, then comes the producer's name or a nested message.
    if len(head) > 4 and head[0] == 0x08 and 1 <= head[1] <= 20 and head[2] in b"\x12\x1a\x22\x2a\x3a\x42":  # noqa: PLR2004
        return Sniffed("onnx", "an ONNX model")
    # MindIR: field 1 is its version as a short string; in a checkpoint a message stands there, which begins 0A.
    if len(head) > 4 and head[0] == _ENTRY and 1 <= head[1] <= 32 and len(head) > 2 + head[1]:  # noqa: PLR2004
        version = head[2 : 2 + head[1]]
        if version[0] != _ENTRY and head[2 + head[1]] == _FIELD_2 and _printable(version):
            return Sniffed("mindir", "a MindIR model")
    return None


def _plain(head: bytes) -> Sniffed | None:
    """Recognise text, and the zero bytes of a download that never got its data."""
    if not head.strip(b"\x00"):
        return Sniffed("zeros", "nothing but zero bytes")
    return Sniffed("text", "plain text") if _printable(head) else None


def _printable(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        # The head may end in the middle of a character.
        if error.start < len(data) - 3:
            return False
        text = data[: error.start].decode()
    return bool(text) and all(character.isprintable() or character in "\t\r\n\f" for character in text)
