"""Requests to the API of a registry's host: JSON there and back, and a token that goes nowhere else."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PAGE = 100  #: entries of a list that are asked for at once
_SECONDS = 30.0
_MOST = 16 << 20  #: bytes of an answer
_PAGES = 30  #: of a list; what is longer was made to be
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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


def hold_encrypted(api: str) -> None:
    """Raise ValueError for an address to which a token must not go."""
    parts = urlsplit(api)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError(f"{api!r} is no https address")


def ask_json(method: str, url: str, name: str, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> Any:
    """Send a request and return the JSON of its answer; raises HostError, which calls the request by its name."""
    status, _, data = ask(method, url, headers, body, _MOST)
    try:
        answer = json.loads(data) if data else None
    except ValueError:
        answer = None
    if not 200 <= status < 300:  # noqa: PLR2004 - the answers that are well
        said = (answer.get("message") or answer.get("error") or "") if isinstance(answer, dict) else ""
        raise HostError(f"{method} {name}", status, str(said)[:500])
    return answer


def ask(
    method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None, limit: int
) -> tuple[int, Mapping[str, str], bytes]:
    """Send a request and return the status, headers and at most `limit` bytes of its answer; raises HostError."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"User-Agent": "mindhub", **headers, **({} if data is None else {"Content-Type": "application/json"})}
    request = urllib.request.Request(url, data, sent, method=method)  # noqa: S310 - https, or loopback
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


def listed(get: Callable[[int], list[Any]]) -> Iterator[Any]:
    """Yield the entries of a list that `get` returns page by page, from 1, with PAGE entries each."""
    for page in range(1, _PAGES + 1):
        entries = get(page)
        yield from entries
        if len(entries) < PAGE:
            return
