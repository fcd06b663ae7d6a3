"""What is wrong with the bytes of a file."""

from __future__ import annotations


class FormatError(Exception):
    """Say that a file is not what its format promises, and where.

    `kind` is one of: `empty`, `foreign` (the bytes are something else), `encrypted`, `truncated`, `structure` (the
    bytes contradict the format), `size` (a tensor's bytes contradict its shape and dtype), `dtype`, `duplicate`,
    `limit` (over a bound of this reader), `not-a-file`, `unsupported` (no reader for the format).
    """

    def __init__(
        self,
        kind: str,
        message: str,
        file: str = "",
        offset: int | None = None,
        tensor: str | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        # All of them go to the base class, so that the exception survives pickling between processes.
        super().__init__(kind, message, file, offset, tensor, expected, found)
        self.kind = kind
        self.message = message
        self.file = file
        self.offset = offset  #: byte of the file at which the fault stands
        self.tensor = tensor
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        place = [f"tensor {self.tensor!r}"] if self.tensor is not None else []
        if self.offset is not None:
            place.append(f"at byte {self.offset:,}")
        text = f"{self.file}: " if self.file else ""
        text += f"{' '.join(place)}: " if place else ""
        text += self.message
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.found is not None:
            text += f"; found {self.found}" if self.expected is None else f", found {self.found}"
        return text
