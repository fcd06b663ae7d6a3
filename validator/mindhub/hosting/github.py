"""GitHub's REST API, as far as comments, reviews, issues and artefacts need it.

The paths and fields are those of docs.github.com/rest, version 2022-11-28. Servers of GitHub Enterprise speak the same
under another address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from mindhub.hosting import http
from mindhub.hosting.http import HostError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSION = "2022-11-28"


@dataclass(frozen=True, slots=True)
class GitHub:
    """A repository on GitHub."""

    repository: str  #: owner/name
    token: str = field(repr=False)
    api: str = "https://api.github.com"

    def __post_init__(self) -> None:
        http.hold_encrypted(self.api)
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
        return http.listed(lambda page: list(self.get(path, per_page=http.PAGE, page=page, **query)))

    def listed_artefacts(self, run: int) -> list[Any]:
        """Return what a workflow's run has handed over; raises HostError."""
        found = self.get(f"actions/runs/{run}/artifacts", per_page=http.PAGE)
        return list(found.get("artifacts", ()))

    def download(self, path: str, limit: int) -> bytes:
        """Return the bytes that a path redirects to, at most `limit`; the token does not go along. Raises HostError."""
        status, headers, data = http.ask("GET", self._url(path), self._headers(trusted=True), None, limit)
        if status in http.REDIRECTS:
            target = headers.get("Location", "")
            parts, own = urlsplit(target), urlsplit(self.api)
            if parts.scheme != "https" and (parts.scheme, parts.hostname) != (own.scheme, own.hostname):
                raise HostError(f"GET {path}", status, f"leads to {target[:100]!r}, which is no https address")
            status, _, data = http.ask("GET", target, self._headers(trusted=False), None, limit)
        if status != 200:  # noqa: PLR2004 - OK
            raise HostError(f"GET {path}", status, "")
        return data

    def _url(self, path: str) -> str:
        return f"{self.api.rstrip('/')}/repos/{self.repository}/{path}"

    def _json(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        return http.ask_json(method, self._url(path), path, self._headers(trusted=True), body)

    def _headers(self, *, trusted: bool) -> Mapping[str, str]:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": _VERSION}
        return {**headers, "Authorization": f"Bearer {self.token}"} if trusted else headers
