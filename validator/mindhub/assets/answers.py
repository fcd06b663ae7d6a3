"""What answers of servers mean: redirects, statuses, and connections that fail."""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from mindhub.assets.errors import FetchError, InterruptedFetchError, Kind

if TYPE_CHECKING:
    from email.message import Message

    from mindhub.assets.guard import Refused

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
# Answers that say "not to you" or "not now" rather than "not here". 403 is often a filter of robots or of countries.
NOT_NOW = frozenset({403, 407, 408, 425, 429, 451})
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,512}")


class Trail:
    """The way from an address along its redirects, without circles and not for ever."""

    def __init__(self, url: str, limit: int) -> None:
        self.start = url
        self.url = url  #: where the way has come to
        self.moved: str | None = None  #: where permanent redirects lead, before the first that is not
        self._limit = limit
        self._still = True
        self._seen = {url}

    @property
    def via(self) -> str:
        """Return the words that say how one came here; empty at the start."""
        return f"redirected to {self.url}: " if self.url != self.start else ""

    def step(self, status: int, location: str | None) -> None:
        """Go where a redirect leads; raises FetchError where that is nowhere."""
        if location is None:
            raise self._astray(f"{self.via}a redirect (status {status}) to nowhere", status)
        self._still = self._still and status in _PERMANENT
        # Headers come as Latin-1; what is not ASCII in them is UTF-8 of a path.
        try:
            self.url = urljoin(self.url, quote(location.encode("latin-1"), safe="!#$%&'()*+,/:;=?@[]~"))
        except ValueError as error:
            raise self._astray(f"{self.via}redirected to {location!r}, which is no address", status) from error
        self.moved = self.url if self._still else self.moved
        if self.url in self._seen:
            raise self._astray("it redirects in a circle", status)
        self._seen.add(self.url)
        if len(self._seen) > self._limit + 1:
            raise self._astray(f"more than {self._limit} redirects", status)

    def _astray(self, message: str, status: int) -> FetchError:
        return FetchError(Kind.HTTP, self.start, message, remedy="correct the link", status=status, fault=True)


def refused(url: str, error: Refused, via: str = "") -> FetchError:
    """Make the error for an address that the guard does not let through."""
    # To a public link that leads astray there is no remedy here; a host of one's own can be allowed.
    remedy = None if error.fault else "allow the host by name if it is yours"
    return FetchError(Kind.REFUSED, url, f"{via}not contacted: {error.reason}", remedy=remedy, fault=error.fault)


def wrong_status(url: str, status: int, final: str = "") -> FetchError:
    """Make the error for an answer that is not the file."""
    fault = 400 <= status < 500 and status not in NOT_NOW  # noqa: PLR2004 - the client errors of HTTP
    phrase = http.client.responses.get(status, "unknown")
    via = f" (redirected to {final})" if final not in ("", url) else ""
    remedy = "correct the link" if fault else "try again later"
    return FetchError(Kind.HTTP, url, f"status {status} ({phrase}){via}", remedy=remedy, status=status, fault=fault)


def unreachable(url: str, error: Exception, idle: float, before: str = "") -> FetchError:
    """Make the error for a connection that could not be made, or broke; interrupted where another attempt may help."""
    reason = str(error) or type(error).__name__
    if isinstance(error, socket.gaierror):
        reason = f"its name does not resolve ({error.strerror})"
        again = error.errno == socket.EAI_AGAIN
    elif isinstance(error, ssl.SSLCertVerificationError):
        reason, again = f"its certificate is not valid ({error.verify_message})", False
    elif isinstance(error, TimeoutError):
        reason, again = f"nothing came for {idle:g} s", True
    else:
        again = getattr(error, "errno", None) != errno.EACCES
    made = InterruptedFetchError if again else FetchError
    return made(Kind.UNREACHABLE, url, f"{before}{reason}", remedy="check the network and try again")


def etag(headers: Message) -> str | None:
    """Return the ETag of an answer, if it is one that can be kept and sent back."""
    value = headers.get("ETag", "")
    return value if _HEADER_VALUE.fullmatch(value) else None


def validator(headers: Message) -> str | None:
    """Return what tells two versions of a file apart: a strong ETag, else the date of the last change."""
    tag = headers.get("ETag", "")
    value = tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")
    return value if _HEADER_VALUE.fullmatch(value) else None
