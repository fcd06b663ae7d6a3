"""Messages between the harness and the process that runs a network: length, JSON, arrays.

A frame is `MHF1`, the length of the header and of the body (two little-endian u64), the header (a JSON object with
`kind`, `token` and a list of `arrays`), and the body: the arrays' bytes one after the other. No pickle: what comes
out of a network's process is a stranger's.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_MAGIC = b"MHF1"
_HEAD = struct.Struct("<4sQQ")
#: Of one frame. Outputs over these are no business of a smoke run.
MAX_HEADER = 16 << 20
MAX_BODY = 256 << 20
_DTYPES = frozenset(
    {"bool", "float16", "float32", "float64", "complex64", "complex128"}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)


class WireError(Exception):
    """Bytes that are no message of ours: `kind` is `garbled` or `forged`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what happened, with its values and arrays."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: tuple[NDArray[Any], ...] = ()


def encode(token: str, kind: str, values: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> bytes:
    """Return a frame; raises ValueError where the arrays are over the limit or of a dtype that has no bytes."""
    import numpy as np

    rows = [{"dtype": str(array.dtype), "shape": list(array.shape)} for array in arrays]
    for row in rows:
        if row["dtype"] not in _DTYPES:
            raise ValueError(f"an array of dtype {row['dtype']} cannot be sent")
    size = sum(array.nbytes for array in arrays)
    if size > MAX_BODY:
        raise ValueError(f"{size:,} bytes of arrays are more than the {MAX_BODY:,} that a message may hold")
    header = json.dumps({"kind": kind, "token": token, "values": values, "arrays": rows}).encode()
    little = (np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")) for array in arrays)
    return b"".join([_HEAD.pack(_MAGIC, len(header), size), header, *(array.tobytes() for array in little)])


class Decoder:
    """Turns bytes, as they come, into messages; WireError at the first that cannot be one."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Return the number of bytes that make no whole message yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are complete."""
        self._buffer += data
        while True:
            if not _MAGIC.startswith(self._buffer[: len(_MAGIC)]) and not self._buffer.startswith(_MAGIC):
                shown = bytes(self._buffer[:40])
                raise WireError("garbled", f"something wrote into the harness's pipe: {shown!r}")
            if len(self._buffer) < _HEAD.size:
                return
            _, header, body = _HEAD.unpack_from(self._buffer)
            if header > MAX_HEADER or body > MAX_BODY:
                raise WireError("garbled", f"a message claims {header:,} and {body:,} bytes, more than one may hold")
            end = _HEAD.size + header + body
            if len(self._buffer) < end:
                return
            frame = bytes(self._buffer[_HEAD.size : end])
            del self._buffer[:end]
            yield self._message(frame[:header], frame[header:])

    def _message(self, header: bytes, body: bytes) -> Message:
        try:
            data = json.loads(header)
            kind, token, values, rows = data["kind"], data["token"], data["values"], data["arrays"]
            arrays = tuple(_arrays(rows, body))
            well = isinstance(kind, str) and isinstance(values, dict)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise WireError("garbled", f"a message cannot be read: {type(error).__name__}: {error}") from None
        if token != self._token:
            raise WireError("forged", f"the network's process sent a message {kind!r} that its runner did not write")
        if not well:
            raise WireError("garbled", "a message has no kind or no values")
        return Message(kind, values, arrays)


def _arrays(rows: Any, body: bytes) -> Iterator[NDArray[Any]]:
    import numpy as np

    start = 0
    for row in rows:
        shape = tuple(int(n) for n in row["shape"])
        if row["dtype"] not in _DTYPES or any(n < 0 for n in shape):
            raise ValueError(f"no array is {row!r}")
        native = np.dtype(row["dtype"])
        dtype = native.newbyteorder("<")
        end = start + math.prod(shape) * dtype.itemsize
        if end > len(body):
            raise ValueError("an array is longer than the message")
        # A copy, because numpy would keep the "<" in the type's name, which MindSpore 2.7 does not take.
        yield np.frombuffer(body[start:end], dtype).reshape(shape).astype(native)
        start = end
    if start != len(body):
        raise ValueError("bytes follow the last array")
