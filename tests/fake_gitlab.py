"""A server on loopback that keeps merge requests and their notes as GitLab's API does."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PROJECT = "4711"
BOT = 99  #: the number of the account whose token it is
TOKEN = "project-token-of-the-test"


@dataclass
class State:
    """What the server holds, and what it was asked."""

    requests: dict[int, dict[str, Any]] = field(default_factory=dict)
    notes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  #: by merge request
    asked: list[tuple[str, str]] = field(default_factory=list)

    def request(self, number: int, head: str, *, description: str = "", state: str = "opened") -> None:
        self.requests[number] = {"iid": number, "sha": head, "description": description, "state": state}

    def note(self, number: int, author: int, body: str) -> dict[str, Any]:
        notes = self.notes.setdefault(number, [])
        made = {"id": 1000 * number + len(notes), "author": {"id": author}, "body": body, "system": False}
        notes.append(made)
        return made

    def written(self) -> list[str]:
        """Return the methods of the requests that change something, in order."""
        return [method for method, _ in self.asked if method != "GET"]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Fake
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def do_PUT(self) -> None:
        self._do("PUT")

    def _do(self, method: str) -> None:
        parts = urlsplit(self.path)
        self.server.state.asked.append((method, self.path))
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        if self.headers.get("PRIVATE-TOKEN") != TOKEN:
            self._send(401, {"message": "401 Unauthorized"})
            return
        path = parts.path.removeprefix("/api/v4/").replace(f"projects/{PROJECT}/", "", 1)
        self._send(*self._answer(f"{method} {path}", body, parse_qs(parts.query)))

    def _answer(self, asked: str, body: dict[str, Any], query: dict[str, list[str]]) -> tuple[int, Any]:
        state = self.server.state
        if asked == "GET user":
            return 200, {"id": BOT, "username": "project_4711_bot"}
        found = re.fullmatch(r"(GET|POST|PUT) merge_requests/(\d+)(/notes)?(?:/(\d+))?", asked)
        if not found or int(found[2]) not in state.requests:
            return 404, {"message": "404 Not found"}
        number, notes = int(found[2]), state.notes.get(int(found[2]), [])
        answer: tuple[int, Any] = 405, {"error": "405 Method Not Allowed"}
        match found[1], bool(found[3]), found[4]:
            case "GET", False, None:
                answer = 200, state.requests[number]
            case "GET", True, None:
                size, page = int(query["per_page"][0]), int(query["page"][0])
                answer = 200, notes[(page - 1) * size : page * size]
            case "POST", True, None:
                answer = 201, state.note(number, BOT, body["body"])
            case "PUT", True, known:
                made = next(note for note in notes if note["id"] == int(known))
                made["body"] = body["body"]
                answer = 200, made
        return answer

    def _send(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class Fake(ThreadingHTTPServer):
    """The server with its state."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = State()

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/v4"


@contextmanager
def serving() -> Iterator[Fake]:
    """Serve until the block ends."""
    with Fake() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
