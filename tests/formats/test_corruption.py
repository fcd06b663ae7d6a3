"""Which damage the structure of each format shows, and what only sha256, digests of tensors or a recorded table do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.ckpt_bytes import PARTS, SAMPLE, entry, large, map_entry, text
from formats.model_bytes import MINDIR, ONNX, SAFETENSORS, data, dims, floats, number
from mindhub.formats import FormatError, TensorTable, format_of, scan
from mindhub.formats.wire import Wire

FILES = {"safetensors": SAFETENSORS, "mindir": MINDIR, "onnx": ONNX}
VALUES = floats(6)  # of the tensor w, in each of the files


def outcome(path: Path, content: bytes, file_format: str) -> TensorTable | str:
    path.write_bytes(content)
    try:
        return scan(path, file_format)
    except FormatError as error:
        return str(error)


def replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    assert content.count(old) >= 1
    return content.replace(old, new, 1)


def w(file_format: str) -> dict[str, tuple[bytes, bytes]]:
    """Return what to replace in the header of the tensor w, for each fault of the matrix."""
    if file_format == "safetensors":
        head = b'"w": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]}'
        return {
            "dtype": (head, head.replace(b"F32", b"F16")),
            "dims": (head, head.replace(b"[3, 2]", b"[3, 3]")),
            "dims of the same product": (head, head.replace(b"[3, 2]", b"[2, 3]")),
            "name": (b'"w"', b'"v"'),
            "name of another": (b'"w"', b'"h"'),
        }
    name = b"w" if file_format == "onnx" else b"1_main:w"
    field = 8 if file_format == "onnx" else 7
    head = dims(3, 2) + number(2, 1) + data(field, name)
    other = dims(3, 2) + number(2, 1) + data(field, name[:-1] + b"b")
    return {
        "dtype": (head, head.replace(number(2, 1), number(2, 10))),
        "dims": (head, head.replace(dims(3, 2), dims(3, 3))),
        "dims of the same product": (head, head.replace(dims(3, 2), dims(2, 3))),
        "name": (head, head[:-1] + b"v"),
        "name of another": (head, other),
    }


@pytest.mark.parametrize("fault", ["dtype", "dims", "name of another"])
@pytest.mark.parametrize("file_format", FILES)
def test_the_structure_shows_another_dtype_another_shape_and_a_name_that_stands_twice(tmp_path, file_format, fault):
    content = replaced(FILES[file_format], *w(file_format)[fault])
    if file_format == "mindir" and fault == "name of another":
        # The key says the name once more.
        content = replaced(content, VALUES + data(13, "w"), VALUES + data(13, "b"))

    assert isinstance(outcome(tmp_path / "m", content, file_format), str)


@pytest.mark.parametrize("fault", ["dims of the same product", "name"])
@pytest.mark.parametrize("file_format", FILES)
def test_a_recorded_table_shows_another_name_and_dims_of_the_same_product(tmp_path, file_format, fault):
    content = FILES[file_format]
    whole, damaged = (
        outcome(tmp_path / "m", each, file_format) for each in (content, replaced(content, *w(file_format)[fault]))
    )

    assert isinstance(whole, TensorTable)
    assert isinstance(damaged, TensorTable)
    assert damaged.digest() != whole.digest()
    assert damaged.size == whole.size


@pytest.mark.parametrize("file_format", FILES)
def test_a_flipped_value_shows_in_the_digest_of_its_tensor_alone(tmp_path, file_format):
    pytest.importorskip("numpy")
    from mindhub.formats.stats import measure

    path, content = tmp_path / "m", FILES[file_format]
    whole = outcome(path, content, file_format)
    assert isinstance(whole, TensorTable)
    before = measure(path, whole)
    flipped = replaced(content, VALUES, VALUES[:8] + b"\xff" + VALUES[9:])
    after_table = outcome(path, flipped, file_format)
    assert isinstance(after_table, TensorTable)
    after = measure(path, after_table)

    assert after_table == whole
    assert before.sha256 != after.sha256
    assert [one.name for one, other in zip(before.stats, after.stats, strict=True) if one != other] == ["w"]


@pytest.mark.parametrize("file_format", FILES)
def test_a_hole_in_the_header_two_files_in_one_and_bytes_behind_are_refused(tmp_path, file_format):
    content = FILES[file_format]
    broken = [content[:12] + bytes(len(content) - 12), content * 2, content + bytes(64), content + b"\xff", bytes(64)]

    assert all(isinstance(outcome(tmp_path / "m", each, file_format), str) for each in broken)


@pytest.mark.parametrize("file_format", FILES)
def test_no_flipped_byte_is_more_than_another_table_or_an_error(tmp_path, file_format):
    content = FILES[file_format]
    results = [
        outcome(tmp_path / "m", content[:at] + bytes([content[at] ^ flip]) + content[at + 1 :], file_format)
        for at in range(len(content))
        for flip in (1, 0x80)
    ]

    assert sum(isinstance(result, str) for result in results) > len(results) / 4


@pytest.mark.parametrize("cut", [1, 8, 30, 150, 198])
def test_a_safetensors_file_may_be_cut_nowhere(tmp_path, cut):
    assert isinstance(outcome(tmp_path / "m", SAFETENSORS[:cut], "safetensors"), str)


def test_every_file_is_recognised_by_its_bytes():
    class Memory:
        name = "memory"

        def __init__(self, content: bytes) -> None:
            self.size, self._content = len(content), content

        def read_at(self, offset: int, length: int) -> bytes:
            return self._content[offset : offset + length]

    found = {name: format_of(Memory(content)) for name, content in {**FILES, "ckpt": SAMPLE}.items()}

    assert found == {name: name for name in ("safetensors", "mindir", "onnx", "ckpt")}


CLAIMS = {
    "ckpt": [b"\x0a\xff\xff\xff\xff\x7f\x0a\xff\xff\xff\xff\x7f", entry("w", (1 << 40,), content=b"")],
    "safetensors": [((1 << 60).to_bytes(8, "little") + b"{"), ((1 << 34).to_bytes(8, "little") + b"{")],
    "mindir": [data(1, "1.1") + b"\x3a\xff\xff\xff\xff\x7f\x1a\xff\xff\xff\xff\x7f\x3a\xff\xff\xff\xff\x3f"],
    "onnx": [number(1, 8) + b"\x3a\xff\xff\xff\xff\x7f\x2a\xff\xff\xff\xff\x7f\x42\xff\xff\xff\xff\x3f"],
}
_CHILD = """
import resource, sys
from pathlib import Path
from mindhub.formats import FormatError, scan
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[3]),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
try:
    scan(Path(sys.argv[1]), sys.argv[2])
except FormatError as error:
    print(error.kind)
else:
    print("table")
"""


@pytest.mark.parametrize("size", [None, 1 << 40])
@pytest.mark.parametrize(
    ("file_format", "claim"), [(name, claim) for name, claims in CLAIMS.items() for claim in claims]
)
def test_memory_is_bounded_whatever_a_file_claims(tmp_path, file_format, claim, size):
    path = tmp_path / "model"
    path.write_bytes(claim)
    if size is not None:
        # A hole of a terabyte: what the file claims is there, and takes no disk.
        with path.open("r+b") as file:
            file.truncate(size)

    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), file_format, str(300 << 20)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "validator")},
    )

    assert done.stderr == ""
    assert done.stdout.strip() in {"structure", "truncated", "limit", "size"}


def test_the_scan_of_a_large_checkpoint_needs_less_than_20_mb_over_bare_python(tmp_path):
    path = tmp_path / "model.ckpt"
    with path.open("wb") as file:
        for index in range(200):
            part = large(f"bert.encoder.layer.{index}.weight", (768, 768), 768 * 768 * 4)
            file.write(part.header)
            file.seek(part.nbytes, 1)
        file.truncate()
    # Not ru_maxrss, which begins with what the process that starts this one has.
    peak = "next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))"
    program = f"import sys; {{}}; print({peak})"
    scanning = "from pathlib import Path; from mindhub.formats import scan; scan(Path(sys.argv[1]), 'ckpt')"

    bare, full = (
        int(
            subprocess.run(
                [sys.executable, "-c", program.format(what), str(path)],
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONPATH": str(Path(__file__).parents[2] / "validator")},
            ).stdout
        )
        for what in ("pass", scanning)
    )

    assert full - bare < 20_000


# The quick way through usual entries of a checkpoint tells the same as taking each apart.

fragments = st.one_of(
    st.sampled_from([*PARTS, map_entry("m", 2), text("note", "x"), b"\x0a", b"crc_num"]),
    st.builds(
        entry,
        st.sampled_from(["a", "b", "ä", "layer.0.weight"]),
        st.lists(st.integers(0, 3), max_size=2).map(tuple),
        st.sampled_from(["Float32", "Float16", "Int8"]),
        st.none() | st.binary(max_size=16),
    ),
)


@settings(
    deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(fragments, max_size=6).map(b"".join), st.integers(0, 300), st.sampled_from([0, 0, 1, 0x80]))
def test_the_quick_way_through_a_checkpoint_tells_the_same_as_the_slow_one(tmp_path, content, at, flip):
    if flip and content:
        at %= len(content)
        content = content[:at] + bytes([content[at] ^ flip]) + content[at + 1 :]
    quick = outcome(tmp_path / "m", content, "ckpt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wire, "plain", lambda _: None)
        slow = outcome(tmp_path / "m", content, "ckpt")

    assert quick == slow
