"""The tensor table: what a file of weights holds, without the weights."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a file."""

    name: str
    shape: tuple[int, ...]  #: () for a scalar, whichever way the file spells it
    dtype: str  #: in the manner of numpy: float32, bfloat16, uint8, bool, int4, complex64, …
    nbytes: int  #: of the content; summed over the pieces of a tensor that was split
    offset: int  #: of the content in the file; of the first piece where there are several
    #: (offset, bytes) of each piece, in order, where the content does not lie in one piece.
    pieces: tuple[tuple[int, int], ...] = ()
    file: str = ""  #: relative path of the file that holds the content, where that is another one than the table's
    #: How the elements are written: "" side by side, little-endian; varint, strings (protobuf's lists of them).
    encoding: str = ""

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Return where the content lies, as (offset, bytes) of each piece."""
        return self.pieces or ((self.offset, self.nbytes),)

    @property
    def size(self) -> int:
        """Return the number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of a graph."""

    name: str
    shape: tuple[int, ...] | None  #: -1 for an axis whose size is open; None where even their number is
    dtype: str  #: as of a tensor; sequence, map, optional, none … for what is no tensor


@dataclass(frozen=True, slots=True)
class Extra:
    """Text that a file carries beside its parameters: a string given to `append_dict`, a graph's producer."""

    name: str
    text: str  #: at most 200 characters of it
    offset: int


@dataclass(frozen=True, slots=True)
class TensorTable:
    """Everything a structural scan knows about a file, in the order of the file."""

    format: str
    size: int  #: of the file, in bytes
    tensors: tuple[Tensor, ...]
    extras: tuple[Extra, ...] = ()  #: numbers that were appended are tensors: the file does not tell them apart
    suspicious: tuple[str, ...] = ()  #: sentences about what is legal and yet deserves a look
    inputs: tuple[Value, ...] = ()  #: of the graph, in its order; none in files that hold weights alone
    outputs: tuple[Value, ...] = ()

    @property
    def parameters(self) -> int:
        """Return the total number of elements."""
        return sum(tensor.size for tensor in self.tensors)

    @property
    def nbytes(self) -> int:
        """Return the bytes that the tensors' contents take."""
        return sum(tensor.nbytes for tensor in self.tensors)

    @property
    def dtypes(self) -> dict[str, int]:
        """Count the tensors by dtype, the most frequent first."""
        return dict(Counter(tensor.dtype for tensor in self.tensors).most_common())

    def digest(self) -> str:
        """Compute the sha256 (hex) that identifies the table, whatever the values of the weights.

        It is taken over the UTF-8 bytes of the JSON array of `[name, dtype, [dim, …]]` rows in the order of the
        file, written without spaces and with non-ASCII characters as they are. Offsets and extras do not count.
        """
        rows = [[tensor.name, tensor.dtype, tensor.shape] for tensor in self.tensors]
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the table as JSON values; `from_json` reads them back without loss."""
        return {
            "format": self.format,
            "size": self.size,
            "parameters": self.parameters,
            "nbytes": self.nbytes,
            "dtypes": self.dtypes,
            "digest": self.digest(),
            "tensors": [_tensor_to_json(tensor) for tensor in self.tensors],
            "extras": [asdict(extra) for extra in self.extras],
            "suspicious": list(self.suspicious),
            # Only graphs have them, and records of weights stay as they were written.
            **({"inputs": [_value_to_json(value) for value in self.inputs]} if self.inputs else {}),
            **({"outputs": [_value_to_json(value) for value in self.outputs]} if self.outputs else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TensorTable:
        """Read what `to_json` wrote; the totals are computed anew, not believed.

        Raises ValueError where a key is missing, a value has the wrong type or the digest is not that of the rows.
        """
        try:
            table = cls(
                str(data["format"]),
                int(data["size"]),
                tuple(_tensor_from_json(row) for row in data["tensors"]),
                tuple(Extra(str(row["name"]), str(row["text"]), int(row["offset"])) for row in data["extras"]),
                tuple(str(line) for line in data["suspicious"]),
                tuple(_value_from_json(row) for row in data.get("inputs", ())),
                tuple(_value_from_json(row) for row in data.get("outputs", ())),
            )
            digest = data["digest"]
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"not a tensor table: {type(error).__name__}: {error}") from error
        if digest != table.digest():
            raise ValueError(f"the tensor table does not match its digest: {digest!r}, computed {table.digest()!r}")
        return table


def _tensor_to_json(tensor: Tensor) -> dict[str, Any]:
    """Return a row; what most tensors lack is left out."""
    row: dict[str, Any] = {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "nbytes": tensor.nbytes,
        "offset": tensor.offset,
    }
    if tensor.pieces:
        row["pieces"] = [list(piece) for piece in tensor.pieces]
    if tensor.file:
        row["file"] = tensor.file
    if tensor.encoding:
        row["encoding"] = tensor.encoding
    return row


def _tensor_from_json(row: Mapping[str, Any]) -> Tensor:
    return Tensor(
        str(row["name"]),
        tuple(int(dim) for dim in row["shape"]),
        str(row["dtype"]),
        int(row["nbytes"]),
        int(row["offset"]),
        tuple((int(offset), int(nbytes)) for offset, nbytes in row.get("pieces", ())),
        str(row.get("file", "")),
        str(row.get("encoding", "")),
    )


def _value_to_json(value: Value) -> dict[str, Any]:
    return {"name": value.name, "shape": None if value.shape is None else list(value.shape), "dtype": value.dtype}


def _value_from_json(row: Mapping[str, Any]) -> Value:
    shape = row["shape"]
    return Value(str(row["name"]), None if shape is None else tuple(int(dim) for dim in shape), str(row["dtype"]))
