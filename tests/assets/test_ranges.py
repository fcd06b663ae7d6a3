"""The structure of a file on a server: read by ranges, from servers that behave and from those that do not."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.servers import Handler, Server, serving
from formats.ckpt_bytes import entry, with_crc
from mindhub.assets.errors import FetchError, Kind
from mindhub.assets.guard import Guard
from mindhub.assets.ranges import Pieces, RangeLimits, RemoteFile
from mindhub.assets.remote import RemoteScan, scan_remote
from mindhub.formats import FormatError, TensorTable, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Script = Callable[[Handler], None]

pytestmark = pytest.mark.slow  # waits for servers that are slow on purpose
#: Small files are read by ranges too, so that the tests need no large ones.
LIMITS = RangeLimits(seconds=120, idle=60, first=8192, whole=0)


def layers(count: int) -> bytes:
    """A network of layers whose tensors are larger than what is read at a time."""
    rows = [("embed.weight", (300, 64))]
    for number in range(count):
        rows += [(f"layers.{number}.weight", (160, 160)), (f"layers.{number}.bias", (160,))]
    return with_crc(b"".join(entry(name, dims) for name, dims in rows))


DATA = layers(14)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> TensorTable:
    path: Path = tmp_path_factory.mktemp("ranges") / "model.ckpt"
    path.write_bytes(DATA)
    return scan(path, "ckpt")


def ranged(data: bytes = DATA, **more: Any) -> Script:
    """Serve ranges of a file over connections that stay open."""

    def script(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        first, _, last = handler.headers["Range"].removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last) + 1, len(data))
        told = f"bytes {start}-{end - 1}/{len(data)}"
        headers = {"Content_Range": told, "ETag": '"one"', **more}
        handler.answer(206, data[start:end], **headers)

    return script


def later(script: Script, first: Script | None = None) -> Script:
    """Answer the first request as it should be, and the others by a script."""
    first = first or ranged()
    return lambda handler: (first if len(handler.server.requests) == 1 else script)(handler)


def read(server: Server, **options: Any) -> RemoteScan:
    options = {"limits": LIMITS, "guard": Guard(frozenset({server.place}))} | options
    return scan_remote(server.url, "ckpt", **options)


def failure(script: Script, **options: Any) -> FetchError:
    with serving(script) as server, pytest.raises(FetchError) as caught:
        read(server, **options)
    return caught.value


def test_the_table_is_that_of_the_whole_file_and_the_weights_are_not_read(table):
    with serving(ranged()) as server:
        found = read(server)

    assert found.table == table
    assert found.received < len(DATA) / 2
    assert all(request["accept-encoding"] == "identity" for request in server.requests)


def test_with_a_known_table_two_rounds_are_enough(table):
    with serving(ranged()) as server:
        found = read(server, known=table)

    assert (found.table, found.rounds) == (table, 2)


def test_layers_that_repeat_are_read_in_few_rounds(table):
    with serving(ranged()) as server:
        found = read(server)

    assert found.rounds <= 6
    assert len(table.tensors) == 29


def test_shapes_that_repeat_under_unlike_names_are_guessed_too():
    chance = random.Random(0)
    names = ["".join(chance.choices("abcdefgh", k=8)) for _ in range(24)]
    data = b"".join(entry(name, (96, 64)) for name in names)
    with serving(ranged(data)) as server:
        found = read(server)

    assert [tensor.name for tensor in found.table.tensors] == names
    assert found.rounds <= 8


def test_a_known_table_that_is_wrong_costs_rounds_and_decides_nothing(table, tmp_path):
    other = entry("first", (100, 64)) + DATA[:-17]
    (tmp_path / "other.ckpt").write_bytes(other)
    with serving(ranged(other)) as server:
        found = read(server, known=table)

    assert found.table == scan(tmp_path / "other.ckpt", "ckpt")


def test_every_later_request_asks_for_the_same_version():
    with serving(ranged()) as server:
        read(server)

    assert server.requests[0].get("if-match") is None
    assert {request.get("if-match") for request in server.requests[1:]} == {'"one"'}


def test_without_an_etag_the_date_of_the_last_change_is_asked_for():
    date = "Sun, 01 Nov 2026 00:00:00 GMT"
    with serving(ranged(ETag="", Last_Modified=date)) as server:
        read(server)

    assert {request.get("if-unmodified-since") for request in server.requests[1:]} == {date}


def test_a_small_file_is_read_whole_from_a_server_that_ignores_ranges(table):
    with serving(lambda handler: handler.answer(200, DATA)) as server:
        found = read(server, limits=RangeLimits(seconds=120))

    assert (found.table, found.requests) == (table, 1)


def test_redirects_are_checked_and_the_ranges_go_to_where_they_lead(table):
    def script(handler: Handler) -> None:
        if handler.path == "/end":
            ranged()(handler)
        else:
            handler.answer(301, Location="/end")

    with serving(script) as server:
        found = read(server)

    assert (found.table, found.moved) == (table, f"http://{server.place}/end")
    assert [request["path"] for request in server.requests].count("/model.ckpt") == 1


def test_a_redirect_to_a_private_address_is_refused():
    error = failure(lambda handler: handler.answer(302, Location="https://10.0.0.1/"))

    assert (error.kind, error.fault) == (Kind.REFUSED, True)


def test_an_empty_file_is_named_as_such():
    script: Script = lambda handler: handler.answer(416, Content_Range="bytes */0")  # noqa: E731
    with serving(script) as server, pytest.raises(FormatError) as caught:
        read(server)

    assert caught.value.kind == "empty"


def test_what_is_wrong_with_the_bytes_is_the_formats_matter():
    broken = DATA[:60_000] + b"\xff" * 400 + DATA[60_400:]
    cut = DATA[: len(DATA) // 2]
    with serving(ranged(broken[:76_900] + b"\x00" * 2000)) as one, serving(ranged(cut)) as two:
        for server in (one, two):
            with pytest.raises(FormatError):
                read(server)


# Servers that misbehave.


def test_a_large_file_from_a_server_that_ignores_ranges_is_not_read():
    error = failure(lambda handler: handler.answer(200, DATA), limits=RangeLimits(whole=1000, first=500))

    assert (error.kind, error.fault) == (Kind.HTTP, False)
    assert "the server sends the whole file where a range of it was asked for" in str(error)


def test_a_server_that_forgets_ranges_midway_is_named():
    error = failure(later(lambda handler: handler.answer(200, DATA, ETag='"one"')))

    assert "though it sent a range before" in str(error)


@pytest.mark.parametrize(
    "script",
    [
        ranged(ETag='"two"'),
        lambda handler: handler.answer(412),
        lambda handler: handler.answer(200, DATA, ETag='"two"'),
        ranged(DATA + b"more"),
    ],
    ids=["another ETag", "412", "the whole of another", "another size"],
)
def test_a_file_that_changes_midway_is_named(script):
    error = failure(later(script))

    assert (error.kind, error.fault) == (Kind.HTTP, False)
    assert "changed on the server" in str(error)


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (ranged(Content_Range=""), "without a usable Content-Range"),
        (ranged(Content_Range="bytes 5-9/100"), "in answer to a range from byte 0"),
        (ranged(Content_Range="bytes 0-99/50"), "in answer to a range from byte 0"),
        (ranged(Content_Range=f"bytes 0-9/{len(DATA)}"), "came where 8,192 were asked for"),
        (ranged(Content_Range="bytes 0-8191/99999999999999999999999999999999999999", Content_Length="5"), "5 received"),
        (lambda handler: handler.answer(206, DATA[:9999], Content_Range=f"bytes 0-8191/{len(DATA)}"), "received"),
    ],
    ids=["no range", "another range", "a range beyond the end", "less than asked for", "a short body", "a long body"],
)
def test_a_server_that_lies_about_what_it_sends_is_named(first, words):
    error = failure(first)

    assert (error.kind, error.fault) == (Kind.HTTP, False)
    assert "the server answers a range wrongly" in str(error)
    assert words in str(error)


def test_a_body_that_ends_early_is_named():
    def script(handler: Handler) -> None:
        handler.answer(206, DATA[:100], Content_Length="8192", Content_Range=f"bytes 0-8191/{len(DATA)}")

    error = failure(script)

    assert error.kind is Kind.SHORT


def test_a_server_that_trickles_does_not_outlast_the_deadline():
    begun = b"HTTP/1.0 206 Partial Content\r\nContent-Length: 8192\r\n\r\n"
    limits = RangeLimits(seconds=0.5, idle=2, first=8192, whole=0)
    with serving(later(lambda handler: handler.trickle(begun))) as server, pytest.raises(FetchError) as caught:
        read(server, limits=limits)

    assert caught.value.kind is Kind.DEADLINE
    assert not server.outlasted


def test_a_page_in_place_of_a_file_is_named():
    error = failure(ranged(b"<!doctype html><title>Sign in</title>" + b" " * 9000))

    assert (error.kind, error.fault, error.found) == (Kind.ERROR_PAGE, True, "an HTML page ('Sign in')")


def test_a_missing_file_is_a_fault():
    error = failure(lambda handler: handler.answer(404))

    assert (error.kind, error.status, error.fault) == (Kind.HTTP, 404, True)


def test_another_size_than_claimed_is_known_from_the_first_answer():
    error = failure(ranged(), size=5)

    assert (error.kind, error.expected) == (Kind.WRONG_SIZE, "5 bytes")


def test_a_file_whose_headers_are_everywhere_is_not_read_without_end():
    error = failure(ranged(), limits=RangeLimits(first=8192, whole=0, received=30_000))

    assert error.kind is Kind.TOO_LARGE


def test_a_connection_that_was_closed_meanwhile_is_opened_again(table):
    def closing(handler: Handler) -> None:
        ranged()(handler)
        handler.close_connection = True  # without a word

    with serving(closing) as server:
        assert read(server).table == table


def test_no_credentials_or_proxies_of_the_environment_are_used(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with serving(ranged()) as server:
        read(server)

    assert server.requests
    assert not any({"authorization", "proxy-authorization", "cookie"} & request.keys() for request in server.requests)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), max_size=30))
def test_pieces_give_back_what_was_put_in_and_know_what_is_missing(stretches):
    data, pieces, here = hashlib.sha512(b"x").digest() * 5, Pieces(), [False] * 320
    for start, length in stretches:
        pieces.add(start, data[start : start + length])
        here[start : start + length] = [True] * length

    for start in range(0, 260, 7):
        known = pieces.get(start, 40)
        run = next((n for n in range(40) if not here[start + n]), 40)
        assert known == data[start : start + run]
        assert (pieces.missing(start, start + 40) is None) == (run == 40)


def test_a_remote_file_is_a_source_of_bytes():
    with serving(ranged()) as server, RemoteFile(server.url, Guard(frozenset({server.place})), LIMITS) as file:
        assert (file.size, file.name) == (len(DATA), server.url)
        assert file.read_at(50_000, 100) == DATA[50_000:50_100]
        assert file.read_at(len(DATA) - 5, 100) == DATA[-5:]
        assert file.read_at(len(DATA), 100) == b""


def test_a_name_that_changes_its_address_between_two_ranges_does_not_lead_there():
    """DNS rebinding: every connection goes to an address that was checked for it."""
    answers = iter([("127.0.0.1",)])
    with serving(ranged()) as server:
        # The port is allowed by name, so that loopback may stand for the public address; its successor is not.
        guard = Guard(
            frozenset({f"hub.example:{server.server_port}"}), resolver=lambda *_: next(answers, ("10.0.0.1",))
        )
        strict = replace(guard, allow_hosts=frozenset())
        with RemoteFile(f"http://hub.example:{server.server_port}/a", guard, LIMITS) as file:
            file._session._guard = replace(strict, allow_http=True)
            file._session.close()
            with pytest.raises(FetchError) as caught:
                file.read_at(500_000, 10)

    assert caught.value.kind is Kind.REFUSED
    assert "hub.example resolves to 10.0.0.1, which is private" in str(caught.value)
    assert len(server.requests) == 1
