"""Why a file could not be had, and whose fault that is."""

from __future__ import annotations

import enum


class Kind(enum.StrEnum):
    """What went wrong, told apart because each has another remedy."""

    UNREACHABLE = "unreachable"  #: no address, no connection, or it broke
    REFUSED = "refused"  #: by the guard
    HTTP = "http"  #: an answer other than the file: 404, 503, a redirect in a circle
    ERROR_PAGE = "error-page"  #: a page where the file should be
    SHORT = "short"  #: the body ended early, also when asked for the rest
    TOO_LARGE = "too-large"  #: over our own limit
    WRONG_SIZE = "wrong-size"  #: not the size the card claims
    WRONG_HASH = "wrong-hash"  #: not the sha256 the card claims
    DEADLINE = "deadline"  #: the time for this download is up
    LOCAL = "local"  #: this machine's disk


#: Kinds that are always a fault of the card or its file; for `http` and `refused` it depends.
_FAULTS = frozenset({Kind.ERROR_PAGE, Kind.SHORT, Kind.WRONG_SIZE, Kind.WRONG_HASH})


class FetchError(Exception):
    """Say why a file could not be had.

    `fault` is true where the card or its file is at fault (exit code 1), false where the tool could not do it from here
    and now (exit code 2).
    """

    def __init__(
        self,
        kind: Kind,
        url: str,
        message: str,
        expected: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
        status: int | None = None,
        fault: bool | None = None,
    ) -> None:
        # All of them go to the base class, so that the exception survives pickling between processes.
        super().__init__(kind, url, message, expected, found, remedy, status, fault)
        self.kind = kind
        self.url = url  #: as the card has it
        self.message = message
        self.expected = expected
        self.found = found
        self.remedy = remedy
        self.status = status  #: of the HTTP answer, where that is the point
        self.fault = kind in _FAULTS if fault is None else fault

    def __str__(self) -> str:
        text = f"{self.url}: {self.message}"
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.found is not None:
            text += f", found {self.found}" if self.expected is not None else f"; found {self.found}"
        return f"{text}; {self.remedy}" if self.remedy else text


class InterruptedFetchError(FetchError):
    """A download that broke on its way: worth another attempt, and its bytes are kept."""
