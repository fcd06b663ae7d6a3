"""GitHub's REST API, as far as comments, reviews, issues and artefacts need it.

The paths and fields are those of docs.github.com/rest, version 2022-11-28. Servers of GitHub Enterprise speak the same
under another address.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSION = "2022-11-28"
_SECONDS = 30.0
_MOST = 16 << 20  #: bytes of an answer
_PAGE = 100
_PAGES = 30  #: of a list; what is longer was made to be
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class HostError(Exception):
    """What the host did not do: the request, its answer, and what would do."""

    def __init__(self, request: str, status: int, said: str) -> None:
        super().__init__(request, status, said)
        self.request, self.status, self.said = request, status, said

    def __str__(self) -> str:
        remedy = {
            401: "; is the token set?",
            403: "; the token lacks a permission, or too much was asked",
            404: "; it does not exist, or the token may not see it",
        }.get(self.status, "")
        return f"{self.request}: {self.status or 'no answer'} {self.said}{remedy}".strip()


@cache
def _believed() -> ssl.SSLContext:
    """Return the certificates that the machine believes; reading them takes longer than a request."""
    return ssl.create_default_context()


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows nothing: urllib would carry the token to wherever an answer points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class GitHub:
    """A repository on GitHub."""

    repository: str  #: owner/name
    token: str = field(repr=False)
    api: str = "https://api.github.com"

    def __post_init__(self) -> None:
        parts = urlsplit(self.api)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError(f"{self.api!r} is no https address")
        if self.repository.count("/") != 1:
            raise ValueError(f"{self.repository!r} is no repository; write owner/name")

    def get(self, path: str, **query: str | int) -> Any:
        """Return what a path below the repository holds; raises HostError."""
        return self._json("GET", path + (f"?{urlencode(query)}" if query else ""), None)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON to a path below the repository and return the answer; raises HostError."""
        return self._json(method, path, body)

    def listed(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield the entries of a list, page by page; raises HostError."""
        for page in range(1, _PAGES + 1):
            entries = self.get(path, per_page=_PAGE, page=page, **query)
            yield from entries
            if len(entries) < _PAGE:
                return

    def listed_artefacts(self, run: int) -> list[Any]:
        """Return what a workflow's run has handed over; raises HostError."""
        found = self.get(f"actions/runs/{run}/artifacts", per_page=_PAGE)
        return list(found.get("artifacts", ()))

    def download(self, path: str, limit: int) -> bytes:
        """Return the bytes that a path redirects to, at most `limit`; the token does not go along. Raises HostError."""
        status, headers, data = self._ask("GET", self._url(path), None, limit)
        if status in _REDIRECTS:
            target = headers.get("Location", "")
            parts, own = urlsplit(target), urlsplit(self.api)
            if parts.scheme != "https" and (parts.scheme, parts.hostname) != (own.scheme, own.hostname):
                raise HostError(f"GET {path}", status, f"leads to {target[:100]!r}, which is no https address")
            status, _, data = self._ask("GET", target, None, limit, trusted=False)
        if status != 200:  # noqa: PLR2004 - OK
            raise HostError(f"GET {path}", status, "")
        return data

    def _url(self, path: str) -> str:
        return f"{self.api.rstrip('/')}/repos/{self.repository}/{path}"

    def _json(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        status, _, data = self._ask(method, self._url(path), body, _MOST)
        try:
            answer = json.loads(data) if data else None
        except ValueError:
            answer = None
        if not 200 <= status < 300:  # noqa: PLR2004 - the answers that are well
            said = answer.get("message", "") if isinstance(answer, dict) else ""
            raise HostError(f"{method} {path}", status, str(said)[:500])
        return answer

    def _ask(
        self, method: str, url: str, body: Mapping[str, Any] | None, limit: int, *, trusted: bool = True
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Accept": "application/vnd.github+json", "User-Agent": "mindhub", "X-GitHub-Api-Version": _VERSION}
        if trusted:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - https, or loopback
        handlers = (urllib.request.HTTPSHandler(context=_believed()), _Stays(), urllib.request.ProxyHandler({}))
        try:
            answer = urllib.request.build_opener(*handlers).open(request, timeout=_SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        except (OSError, ValueError) as error:
            raise HostError(f"{method} {urlsplit(url).path}", 0, str(getattr(error, "reason", error))) from None
        with answer:
            try:
                said = answer.read(limit + 1)
            except OSError as error:
                raise HostError(f"{method} {urlsplit(url).path}", 0, str(error)) from None
        if len(said) > limit:
            raise HostError(f"{method} {urlsplit(url).path}", answer.status, f"more than {limit:,} bytes")
        return answer.status, answer.headers, said
