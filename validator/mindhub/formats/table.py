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

    @property
    def size(self) -> int:
        """Return the number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Extra:
    """Text that a file carries beside its parameters, such as a string given to `append_dict`."""

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
            "tensors": [{**asdict(tensor), "shape": list(tensor.shape)} for tensor in self.tensors],
            "extras": [asdict(extra) for extra in self.extras],
            "suspicious": list(self.suspicious),
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
                tuple(
                    Tensor(
                        str(row["name"]),
                        tuple(int(dim) for dim in row["shape"]),
                        str(row["dtype"]),
                        int(row["nbytes"]),
                        int(row["offset"]),
                    )
                    for row in data["tensors"]
                ),
                tuple(Extra(str(row["name"]), str(row["text"]), int(row["offset"])) for row in data["extras"]),
                tuple(str(line) for line in data["suspicious"]),
            )
            digest = data["digest"]
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"not a tensor table: {type(error).__name__}: {error}") from error
        if digest != table.digest():
            raise ValueError(f"the tensor table does not match its digest: {digest!r}, computed {table.digest()!r}")
        return table
