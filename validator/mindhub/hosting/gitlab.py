"""GitLab's REST API, as far as the note on a merge request needs it.

The paths and fields are those of the pages "Merge requests", "Notes" and "Users" of GitLab's documentation of its REST
API, version 4, which GitLab.com and servers of one's own speak alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from mindhub.hosting import http

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class GitLab:
    """A project on GitLab."""

    project: str  #: its number, or group/name
    token: str = field(repr=False)  #: of the project, a group or a person, with the scope `api`
    api: str = "https://gitlab.com/api/v4"

    def __post_init__(self) -> None:
        http.hold_encrypted(self.api)
        if not self.project:
            raise ValueError("CI_PROJECT_ID is not set; is this a job of GitLab?")

    def account(self) -> int:
        """Return the number of the account whose token this is; raises HostError."""
        return int(self._json("GET", f"{self.api.rstrip('/')}/user", "user", None)["id"])

    def get(self, path: str, **query: str | int) -> Any:
        """Return what a path below the project holds; raises HostError."""
        whole = path + (f"?{urlencode(query)}" if query else "")
        return self._json("GET", self._url(whole), whole, None)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON to a path below the project and return the answer; raises HostError."""
        return self._json(method, self._url(path), path, body)

    def listed(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield the entries of a list, page by page; raises HostError."""
        return http.listed(lambda page: list(self.get(path, per_page=http.PAGE, page=page, **query)))

    def _url(self, path: str) -> str:
        return f"{self.api.rstrip('/')}/projects/{quote(self.project, safe='')}/{path}"

    def _json(self, method: str, url: str, name: str, body: Mapping[str, Any] | None) -> Any:
        return http.ask_json(method, url, name, {"PRIVATE-TOKEN": self.token}, body)
