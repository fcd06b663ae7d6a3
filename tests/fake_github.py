"""A server on loopback that keeps pull requests, comments, reviews, issues and artefacts as GitHub's API does."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "hub/cards"
BOT = "github-actions[bot]"
TOKEN = "token-of-the-test"


@dataclass
class State:
    """What the server holds, and what it was asked."""

    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    files: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  #: by issue or pull request
    reviews: list[dict[str, Any]] = field(default_factory=list)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    artefacts: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)  #: by run
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[tuple[str, str | None]] = field(default_factory=list)  #: path, and the token that came with it
    elsewhere: str = ""  #: where artefacts lie; on this server where empty
    next_id: int = 1

    def number(self) -> int:
        self.next_id += 1
        return self.next_id

    def pull(self, number: int, head: str, *, body: str = "", state: str = "open") -> None:
        self.pulls[number] = {"number": number, "head": {"sha": head}, "body": body, "state": state}

    def run(self, number: int, head: str, members: Mapping[str, bytes], name: str = "verdict") -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            for member, data in members.items():
                made.writestr(member, data)
        page = f"https://github.com/{REPOSITORY}/actions/runs/{number}"
        self.runs[number] = {"id": number, "head_sha": head, "html_url": page}
        self.artefacts[number] = [(name, archive.getvalue())]


@dataclass
class Request:
    """What a route is given."""

    state: State
    number: int  #: in the path
    body: dict[str, Any]
    query: dict[str, list[str]]
    handler: Handler


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Fake
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def do_PATCH(self) -> None:
        self._do("PATCH")

    def _do(self, method: str) -> None:
        parts = urlsplit(self.path)
        state = self.server.state
        token = self.headers.get("Authorization")
        state.asked.append((method, self.path))
        state.tokens.append((parts.path, token))
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        if parts.path.startswith("/blob/"):
            run, place = map(int, parts.path.removeprefix("/blob/").split("/"))
            self._send(200, state.artefacts[run][place][1])
            return
        if token != f"Bearer {TOKEN}":
            self._send(401, {"message": "Bad credentials"})
            return
        path = parts.path.removeprefix(f"/repos/{REPOSITORY}/")
        for pattern, answer in ROUTES.items():
            found = re.fullmatch(pattern, f"{method} {path}")
            if found:
                number = int(found[1]) if found.groups() else 0
                self._send(*answer(Request(state, number, body, parse_qs(parts.query), self)))
                return
        self._send(404, {"message": "Not Found"})

    def _send(self, status: int, body: Any) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body["location"])
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def paged(entries: list[Any], query: Mapping[str, list[str]]) -> tuple[int, Any]:
    size, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
    return 200, entries[(page - 1) * size : page * size]


def one(table: Mapping[int, Any], key: int) -> tuple[int, Any]:
    return (200, table[key]) if key in table else (404, {"message": "Not Found"})


def artefacts(state: State, run: int) -> tuple[int, Any]:
    found = [
        {"id": run * 100 + place, "name": name, "size_in_bytes": len(data), "expired": False}
        for place, (name, data) in enumerate(state.artefacts.get(run, []))
    ]
    return 200, {"total_count": len(found), "artifacts": found}


def archive(state: State, number: int, handler: Handler) -> tuple[int, Any]:
    place = f"{number // 100}/{number % 100}"
    target = state.elsewhere or f"http://127.0.0.1:{handler.server.server_port}/blob/{place}"
    return 302, {"location": target}


def comment(state: State, number: int, body: Mapping[str, Any]) -> tuple[int, Any]:
    made = {"id": state.number(), "user": {"login": BOT}, "body": body["body"]}
    state.comments.setdefault(number, []).append(made)
    return 201, made


def change_comment(state: State, number: int, body: Mapping[str, Any]) -> tuple[int, Any]:
    made = next(c for all_of in state.comments.values() for c in all_of if c["id"] == number)
    made.update(body)
    return 200, made


def review(state: State, body: Mapping[str, Any]) -> tuple[int, Any]:
    state.reviews.append({"user": {"login": BOT}, **body})
    return 200, {"id": state.number()}


def review_comments(state: State) -> list[Any]:
    return [{"user": made["user"], **said} for made in state.reviews for said in made["comments"]]


def issue(state: State, body: Mapping[str, Any]) -> tuple[int, Any]:
    number = state.number()
    labels = [{"name": name} for name in body.get("labels", ())]
    state.issues[number] = {"number": number, "user": {"login": BOT}, "state": "open", **body, "labels": labels}
    return 201, state.issues[number]


def change_issue(state: State, number: int, body: Mapping[str, Any]) -> tuple[int, Any]:
    state.issues[number].update(body)
    return 200, state.issues[number]


def issues(state: State, query: Mapping[str, list[str]]) -> tuple[int, Any]:
    wanted = query["labels"][0]
    found = [one for one in state.issues.values() if one["state"] == query["state"][0]]
    return paged([one for one in found if wanted in [label["name"] for label in one["labels"]]], query)


ROUTES = {
    r"GET actions/runs/(\d+)": lambda r: one(r.state.runs, r.number),
    r"GET actions/runs/(\d+)/artifacts": lambda r: artefacts(r.state, r.number),
    r"GET actions/artifacts/(\d+)/zip": lambda r: archive(r.state, r.number, r.handler),
    r"GET pulls/(\d+)": lambda r: one(r.state.pulls, r.number),
    r"GET pulls/(\d+)/files": lambda r: paged(r.state.files.get(r.number, []), r.query),
    r"GET pulls/(\d+)/comments": lambda r: paged(review_comments(r.state), r.query),
    r"POST pulls/(\d+)/reviews": lambda r: review(r.state, r.body),
    r"GET issues/(\d+)/comments": lambda r: paged(r.state.comments.get(r.number, []), r.query),
    r"POST issues/(\d+)/comments": lambda r: comment(r.state, r.number, r.body),
    r"PATCH issues/comments/(\d+)": lambda r: change_comment(r.state, r.number, r.body),
    r"GET issues": lambda r: issues(r.state, r.query),
    r"POST issues": lambda r: issue(r.state, r.body),
    r"PATCH issues/(\d+)": lambda r: change_issue(r.state, r.number, r.body),
}


class Fake(ThreadingHTTPServer):
    """The server with its state."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = State()

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


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
