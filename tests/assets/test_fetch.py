"""What a download does with servers that behave, and with those that do not."""

from __future__ import annotations

import hashlib
import pickle
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assets.servers import Handler, Server, serving
from mindhub.assets.fetch import FetchError, FetchOutcome, Kind, Limits, fetch, fetch_any
from mindhub.assets.guard import Guard
from mindhub.assets.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = bytes(range(256)) * 800  # 204,800 bytes
SHA = hashlib.sha256(DATA).hexdigest()
TLS = Path(__file__).parent / "tls"
#: Time is for servers that do not behave, not for slow machines.
QUICK = Limits(seconds=120, idle=60, attempts=2, pause=0.01)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def bring(store: Store, server: Server, url: str | None = None, **options: Any) -> FetchOutcome:
    """Fetch from a server on loopback, which is allowed by name."""
    options = {"sha256": SHA, "size": len(DATA), "limits": QUICK, "guard": Guard(frozenset({server.place}))} | options
    return fetch(url or server.url, store=store, **options)


def failure(store: Store, server: Server, url: str | None = None, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        bring(store, server, url, **options)
    return caught.value


def whole(handler: Handler) -> None:
    handler.ranged(DATA)


def redirect(to: str | Callable[[Handler], str], status: int = 302) -> Callable[[Handler], None]:
    def script(handler: Handler) -> None:
        if handler.path == "/end":
            whole(handler)
        else:
            handler.answer(status, Location=to if isinstance(to, str) else to(handler))

    return script


# Servers that behave.


def test_a_file_is_stored_under_its_hash_and_taken_from_the_store_the_next_time(store):
    shown = []
    with serving(whole) as server:
        first = bring(store, server, progress=lambda done, total: shown.append((done, total)))
        second = bring(store, server)

    assert first.path.read_bytes() == DATA
    assert (first.sha256, first.size, first.etag) == (SHA, len(DATA), '"one"')
    assert (first.cached, first.received, second.cached, second.received) == (False, len(DATA), True, 0)
    assert len(server.requests) == 1
    assert shown[-1] == (len(DATA), len(DATA))


def test_without_claims_a_file_is_stored_under_the_hash_it_has(store):
    with serving(whole) as server:
        outcome = bring(store, server, sha256=None, size=None)

    assert (outcome.sha256, outcome.path) == (SHA, store.get(SHA))


def test_upper_case_in_a_claimed_hash_does_not_matter(store):
    with serving(whole) as server:
        assert bring(store, server, sha256=SHA.upper()).sha256 == SHA


def test_raw_bytes_are_asked_for_without_credentials_or_proxies_of_the_environment(store, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with serving(whole) as server:
        bring(store, server)

    (request,) = server.requests
    assert request["accept-encoding"] == "identity"
    assert request["host"] == server.place
    assert "authorization" not in request


def test_a_body_in_chunks_is_received_whole(store):
    def chunked(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.answer(
            200, b"%x\r\n%b\r\n0\r\n\r\n" % (len(DATA), DATA), Content_Length="", Transfer_Encoding="chunked"
        )

    with serving(chunked) as server:
        assert bring(store, server).size == len(DATA)


def test_redirects_are_followed_and_permanent_ones_are_told(store):
    with serving(redirect("/end", 301)) as lasting, serving(redirect("/end", 302)) as passing:
        moved, still = bring(store, lasting), bring(Store(store.root / "other"), passing)

    assert (moved.url, moved.moved) == (f"http://{lasting.place}/end",) * 2
    assert (still.url, still.moved) == (f"http://{passing.place}/end", None)


def test_mirrors_are_tried_in_turn(store):
    with serving(lambda handler: handler.answer(404)) as gone, serving(whole) as server:
        guard = Guard(frozenset({gone.place, server.place}))
        outcome = fetch_any([gone.url, server.url], store=store, sha256=SHA, guard=guard, limits=QUICK)

    assert outcome.url == server.url


def test_if_no_mirror_has_it_the_first_error_counts_and_the_others_are_notes(store):
    with serving(lambda handler: handler.answer(404)) as one, serving(lambda handler: handler.answer(503)) as two:
        guard = Guard(frozenset({one.place, two.place}))
        with pytest.raises(FetchError, match="status 404") as caught:
            fetch_any([one.url, two.url], store=store, sha256=SHA, guard=guard, limits=QUICK)

    assert [note.split(": ")[1][:10] for note in caught.value.__notes__] == ["status 503"]


# Faults of the card or its file.


@pytest.mark.parametrize(
    ("status", "fault"),
    [(404, True), (410, True), (401, True), (403, False), (429, False), (500, False), (503, False), (204, False)],
)
def test_a_status_is_a_fault_of_the_card_only_if_it_says_that_the_file_is_not_there(store, status, fault):
    with serving(lambda handler: handler.answer(status)) as server:
        error = failure(store, server)

    assert (error.kind, error.status, error.fault) == (Kind.HTTP, status, fault)
    assert str(error).startswith(f"{server.url}: status {status} (")


@pytest.mark.parametrize(
    ("page", "noun"),
    [
        (b"<!doctype html><title>Sign in</title>" + b" " * 9000, "an HTML page ('Sign in')"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "an XML document (error 'NoSuchKey')"),
        (b'{"message": "not found"}', "a JSON document"),
    ],
)
@pytest.mark.parametrize("claims", [{}, {"size": 10}, {"sha256": None, "size": None}])
def test_a_page_with_status_200_is_named_before_its_size_is_held_against_it(store, page, noun, claims):
    with serving(lambda handler: handler.answer(200, page)) as server:
        error = failure(store, server, **claims)

    assert (error.kind, error.fault, error.found) == (Kind.ERROR_PAGE, True, noun)


def test_a_wrong_hash_names_both_and_what_the_bytes_are(store):
    other = b"PK\x03\x04" + bytes(len(DATA) - 4)
    with serving(lambda handler: handler.answer(200, other)) as server:
        error = failure(store, server)

    assert (error.kind, error.fault) == (Kind.WRONG_HASH, True)
    assert (error.expected, error.found) == (SHA, hashlib.sha256(other).hexdigest())
    assert "the file (a zip archive) has not the sha256 that the card claims" in str(error)
    assert not list(store.root.rglob("*.part"))


@pytest.mark.parametrize("claimed", ["", "abc", "g" * 64])
def test_a_claimed_hash_that_is_none_is_refused_before_anybody_is_contacted(store, claimed):
    with serving(whole) as server:
        error = failure(store, server, sha256=claimed)

    assert (error.kind, error.fault, server.requests) == (Kind.WRONG_HASH, True, [])


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1])
def test_a_wrong_size_is_known_from_the_headers(store, size):
    with serving(whole) as server:
        error = failure(store, server, size=size)

    assert (error.kind, error.fault) == (Kind.WRONG_SIZE, True)
    assert (error.expected, error.found) == (f"{size:,} bytes", "204,800")


def test_a_body_without_announced_length_is_cut_off_at_the_claimed_size(store):
    with serving(lambda handler: handler.answer(200, DATA, Content_Length="")) as server:
        error = failure(store, server, size=5000)

    assert error.kind is Kind.WRONG_SIZE
    assert str(error.found).endswith(" and more")


def test_a_wrong_size_in_the_card_is_found_also_when_the_store_has_the_file(store):
    store.put_stream([DATA])

    with serving(whole) as server:
        error = failure(store, server, size=3)

    assert (error.kind, error.found, server.requests) == (Kind.WRONG_SIZE, "204,800", [])


def test_a_damaged_file_in_the_store_is_fetched_anew(store):
    path = store.put_stream([DATA])
    path.chmod(0o644)
    path.write_bytes(DATA[:100])

    with serving(whole) as server:
        outcome = bring(store, server)

    assert (outcome.cached, outcome.path.read_bytes()) == (False, DATA)


@pytest.mark.parametrize("headers", [{"Content_Length": str(len(DATA))}, {"Content_Length": ""}])
def test_a_body_that_stays_short_is_a_fault_after_one_more_attempt(store, headers):
    with serving(lambda handler: handler.answer(200, DATA[:50_000], **headers)) as server:
        error = failure(store, server)

    assert (error.kind, error.fault, len(server.requests)) == (Kind.SHORT, True, 2)
    assert (error.expected, error.found) == ("204,800 bytes", "50,000 bytes")


def test_chunks_that_break_off_are_a_short_body(store):
    def broken(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.close_connection = True
        handler.answer(200, b"%x\r\n%b" % (len(DATA), DATA[:50]), Content_Length="", Transfer_Encoding="chunked")

    with serving(broken) as server:
        error = failure(store, server)

    assert (error.kind, len(server.requests)) == (Kind.SHORT, 2)


@pytest.mark.parametrize("location", ["/model.ckpt", "//{place}/model.ckpt"])
def test_a_redirect_in_a_circle_is_named(store, location):
    with serving(redirect(lambda handler: location.format(place=handler.server.place))) as server:
        error = failure(store, server)

    assert (error.kind, error.fault) == (Kind.HTTP, True)
    assert "redirects in a circle" in str(error)


def test_redirects_without_end_are_counted(store):
    with serving(redirect(lambda handler: handler.path + "x")) as server:
        error = failure(store, server)

    assert (error.kind, len(server.requests)) == (Kind.HTTP, 6)
    assert "more than 5 redirects" in str(error)


def test_a_redirect_to_nowhere_is_named(store):
    with serving(lambda handler: handler.answer(302)) as server:
        assert "a redirect (status 302) to nowhere" in str(failure(store, server))


# Addresses.


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://10.0.0.1/a", "10.0.0.1 is private"),
        ("https://[::1]/a", "::1 is loopback"),
        ("http://example.org/a", "it is not https"),
        ("file:///etc/passwd", "the scheme is 'file'"),
        ("https://user:pass@example.org/", "a user name or password"),
        ("https://[::1", "is no address"),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(store, location, reason):
    with serving(redirect(location)) as server:
        error = failure(store, server)

    assert error.kind in {Kind.REFUSED, Kind.HTTP}
    assert error.fault
    assert reason in str(error)


def test_loopback_is_refused_unless_it_is_allowed(store):
    with serving(whole) as server:
        error = failure(store, server, f"https://{server.place}/a", guard=Guard())

    assert (error.kind, error.fault, server.requests) == (Kind.REFUSED, True, [])


def test_a_name_that_changes_its_address_after_the_check_does_not_lead_there(store, monkeypatch):
    """DNS rebinding: the connection goes to the address that was checked; the name is not asked for again."""
    answers, connected = iter([("203.0.114.5",), ("127.0.0.1",)]), []

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "create_connection", connect)
    guard = Guard(resolver=lambda *_: next(answers))

    with pytest.raises(FetchError) as caught:
        fetch("https://rebind.example/a", store=store, guard=guard, limits=Limits(attempts=2, pause=0.001))

    assert connected == [("203.0.114.5", 443)]
    assert caught.value.kind is Kind.REFUSED
    assert "rebind.example resolves to 127.0.0.1, which is loopback" in str(caught.value)


def test_a_name_without_address_is_unreachable_and_no_fault(store):
    def nowhere(*_: object) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(FetchError) as caught:
        fetch("https://nowhere.example/a", store=store, guard=Guard(resolver=nowhere), limits=QUICK)

    assert (caught.value.kind, caught.value.fault) == (Kind.UNREACHABLE, False)
    assert "its name does not resolve" in str(caught.value)


def test_a_refused_connection_is_tried_again_and_then_unreachable(store):
    with serving(whole) as server:
        pass

    error = failure(store, server)

    assert (error.kind, error.fault) == (Kind.UNREACHABLE, False)
    assert "Connection refused" in str(error)


def test_the_second_address_is_tried_where_the_first_does_not_answer(store):
    with serving(whole) as server:
        guard = Guard(frozenset({"hub.example"}), resolver=lambda *_: ("::1", "127.0.0.1"))
        outcome = bring(store, server, f"http://hub.example:{server.server_port}/a", guard=guard)

    assert outcome.size == len(DATA)
    assert server.requests[0]["host"] == f"hub.example:{server.server_port}"


# TLS.


@pytest.fixture
def certified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context


def trusting(host: str, cafile: str | None) -> Guard:
    return Guard(frozenset({host}), resolver=lambda *_: ("127.0.0.1",), cafile=cafile)


def test_over_tls_the_certificate_is_that_of_the_name_though_an_address_is_connected(store, certified):
    with serving(whole, certified) as server:
        guard = trusting("hub.example", str(TLS / "ca.pem"))
        outcome = bring(store, server, f"https://hub.example:{server.server_port}/a", guard=guard)

    assert outcome.sha256 == SHA


@pytest.mark.parametrize(
    ("host", "cafile", "reason"),
    [
        ("other.example", str(TLS / "ca.pem"), "Hostname mismatch"),
        ("hub.example", None, "unable to get local issuer certificate"),
    ],
)
def test_a_certificate_of_another_name_or_issuer_is_not_accepted(store, certified, host, cafile, reason):
    with serving(whole, certified) as server:
        url = f"https://{host}:{server.server_port}/a"
        error = failure(store, server, url, guard=trusting(host, cafile))

    assert (error.kind, error.fault, server.requests) == (Kind.UNREACHABLE, False, [])
    assert reason in str(error)


def test_certificates_named_in_the_environment_are_not_believed(store, certified, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "ca.pem"))

    with serving(whole, certified) as server:
        url = f"https://hub.example:{server.server_port}/a"
        error = failure(store, server, url, guard=trusting("hub.example", None))

    assert error.kind is Kind.UNREACHABLE


# Time and size.


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 204800\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["body", "headers", "chunk"],
)
def test_a_server_that_trickles_does_not_outlast_the_deadline(store, begun):
    with serving(lambda handler: handler.trickle(begun)) as server:
        error = failure(store, server, limits=Limits(seconds=0.4, idle=2))

    assert (error.kind, error.fault) == (Kind.DEADLINE, False)
    assert not server.outlasted


def test_a_server_that_trickles_its_tls_handshake_does_not_outlast_the_deadline(store):
    record = b"\x16\x03\x03\x40\x00"  # the head of a part of a handshake, of 16 kB
    with serving(lambda handler: handler.trickle(record), raw=True) as server:
        url = f"https://hub.example:{server.server_port}/a"
        error = failure(store, server, url, guard=trusting("hub.example", None), limits=Limits(seconds=0.4, idle=2))

    assert error.kind is Kind.DEADLINE
    assert not server.outlasted


def test_a_server_that_falls_silent_is_unreachable(store):
    asked = threading.Semaphore(0)

    def silent(handler: Handler) -> None:
        asked.release()
        handler.server.stop.wait()

    with serving(silent) as server:
        error = failure(store, server, limits=Limits(seconds=120, idle=0.05, attempts=2, pause=0.01))
        # It may come to read the requests when who made them has left.
        heard = [asked.acquire(timeout=120) for _ in range(2)]

    assert (error.kind, heard, len(server.requests)) == (Kind.UNREACHABLE, [True, True], 2)
    assert "nothing came for 0.05 s" in str(error)


def test_the_deadline_counts_the_wait_for_another_process(store):
    with serving(whole) as server, store.partial(SHA):
        error = failure(store, server, limits=Limits(seconds=0.2))

    assert (error.kind, server.requests) == (Kind.DEADLINE, [])
    assert "another process" in str(error)


@pytest.mark.parametrize("headers", [{}, {"Content_Length": ""}])
def test_a_file_over_the_limit_is_not_received_and_is_no_fault(store, headers):
    with serving(lambda handler: handler.answer(200, DATA, **headers)) as server:
        error = failure(store, server, sha256=None, size=None, limits=Limits(size=5000))

    assert (error.kind, error.fault) == (Kind.TOO_LARGE, False)


def test_a_claimed_size_over_the_limit_is_refused_before_anybody_is_contacted(store):
    with serving(whole) as server:
        error = failure(store, server, limits=Limits(size=5000))

    assert (error.kind, server.requests) == (Kind.TOO_LARGE, [])


def test_a_full_disk_is_a_fault_of_nobody_but_this_machine(store):
    store.root.parent.mkdir(exist_ok=True)
    store.root.write_text("a file where the folder should be")

    with serving(whole) as server:
        error = failure(store, server)

    assert (error.kind, error.fault) == (Kind.LOCAL, False)
    assert "cannot write into" in str(error)


# Going on where it broke.


def breaking(*, etags: tuple[str, ...] = ('"one"',), ranges: bool = True) -> Callable[[Handler], None]:
    """Break off the first answer after 100,000 bytes; the n-th answer has the n-th ETag."""

    def script(handler: Handler) -> None:
        count = len(handler.server.requests)
        if not ranges:
            del handler.headers["Range"]
        etag = etags[min(count, len(etags)) - 1]
        if etag:
            handler.ranged(DATA, etag, 100_000 if count == 1 else None)
        else:
            handler.answer(200, DATA[: 100_000 if count == 1 else None], Content_Length=str(len(DATA)))

    return script


def test_a_broken_body_is_continued_by_range_if_the_file_is_still_the_same(store):
    with serving(breaking()) as server:
        outcome = bring(store, server)

    assert (outcome.sha256, outcome.received) == (SHA, len(DATA))
    assert [(r.get("range"), r.get("if-range")) for r in server.requests] == [(None, None), ("bytes=100000-", '"one"')]


def test_a_reset_connection_is_continued_too(store):
    def resetting(handler: Handler) -> None:
        if len(handler.server.requests) == 1:
            handler.ranged(DATA, upto=100_000)
            # Closed so, the socket sends a reset instead of an end.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
        else:
            whole(handler)

    with serving(resetting) as server:
        outcome = bring(store, server)

    assert (outcome.sha256, len(server.requests)) == (SHA, 2)


@pytest.mark.parametrize(
    "script",
    [breaking(ranges=False), breaking(etags=('"one"', '"two"')), breaking(etags=('W/"one"',)), breaking(etags=("",))],
    ids=["ranges ignored", "the ETag changed", "a weak ETag", "no ETag"],
)
def test_what_cannot_be_continued_begins_anew(store, script):
    with serving(script) as server:
        outcome = bring(store, server)

    assert (outcome.sha256, outcome.received) == (SHA, 100_000 + len(DATA))


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (206, {"Content_Range": f"bytes 5-204799/{len(DATA)}", "ETag": '"one"'}),
        (206, {"Content_Range": f"bytes 100000-204799/{len(DATA)}", "ETag": '"two"'}),
        (206, {"ETag": '"one"'}),
        (416, {"ETag": '"one"'}),
    ],
    ids=["another range", "another file", "no range", "refused"],
)
def test_an_answer_that_does_not_go_on_where_we_stand_is_not_appended(store, status, headers):
    def script(handler: Handler) -> None:
        if "Range" in handler.headers:
            handler.answer(status, b"nonsense", **headers)
        else:
            handler.ranged(DATA, upto=100_000 if len(handler.server.requests) == 1 else None)

    with serving(script) as server:
        outcome = bring(store, server)

    assert (outcome.sha256, len(server.requests)) == (SHA, 3)


def test_what_an_earlier_run_left_is_continued(store):
    with serving(whole) as server:
        with store.partial(SHA) as partial:
            partial.restart({"url": server.url, "validator": '"one"'})
            partial.write(DATA[:150_000])
        outcome = bring(store, server)

    assert outcome.received == len(DATA) - 150_000


def test_what_an_earlier_run_left_damaged_is_fetched_anew_before_the_card_is_blamed(store):
    with serving(whole) as server:
        with store.partial(SHA) as partial:
            partial.restart({"url": server.url, "validator": '"one"'})
            partial.write(bytes(150_000))
        outcome = bring(store, server)

    assert (outcome.sha256, len(server.requests)) == (SHA, 2)


def test_a_file_that_was_complete_but_not_stored_needs_no_server(store):
    with serving(whole) as server:
        with store.partial(SHA) as partial:
            partial.restart({"url": server.url, "validator": '"one"'})
            partial.write(DATA)
        outcome = bring(store, server)

    assert (outcome.sha256, outcome.received, server.requests) == (SHA, 0, [])


def test_a_killed_download_is_continued_by_the_next_one(store):
    def slow(handler: Handler) -> None:
        if len(handler.server.requests) == 1:
            handler.ranged(DATA, upto=100_000)
            handler.server.stop.wait(20)
        else:
            whole(handler)

    with serving(slow) as server:
        code = (
            "from pathlib import Path; from mindhub.assets.fetch import fetch; from mindhub.assets.guard import Guard\n"
            "from mindhub.assets.store import Store\n"
            f"store, guard = Store(Path({str(store.root)!r})), Guard(frozenset({{{server.place!r}}}))\n"
            "show = lambda done, total: print(done, flush=True)\n"
            f"fetch({server.url!r}, store=store, guard=guard, sha256={SHA!r}, progress=show)"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            next(line for line in process.stdout if line == "100000\n")
            process.kill()
        outcome = bring(store, server)

    assert process.returncode == -signal.SIGKILL
    assert outcome.received == len(DATA) - 100_000
    assert outcome.path.read_bytes() == DATA


def test_an_error_survives_pickling(store):
    with serving(lambda handler: handler.answer(404)) as server:
        error = failure(store, server)

    again = pickle.loads(pickle.dumps(error))

    assert (str(again), again.kind, again.fault, again.status) == (str(error), error.kind, True, 404)
