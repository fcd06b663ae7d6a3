"""What asking the addresses of cards finds out, and how servers are treated meanwhile."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assets.servers import Handler, Server, deaf, serving
from cards import UID, card_text, write_card
from formats.ckpt_bytes import entry
from mindhub.assets.guard import Guard
from mindhub.assets.ledger import Ledger
from mindhub.assets.schedule import Politeness
from mindhub.assets.store import Store
from mindhub.assets.verify import Options, Question, ask_all, retry_after
from mindhub.cli.site import build
from mindhub.cli.verify import Network, ask, verify
from mindhub.formats import scan
from repositories import OTHERWISE, SECOND, scratch

if TYPE_CHECKING:
    from collections.abc import Callable

    from mindhub.online import Reached

    Script = Callable[[Handler], None]

pytestmark = pytest.mark.slow  # waits for servers that are slow on purpose
DATA = b"".join(entry(f"layer{number}.weight", (50, 20)) for number in range(4))
SHA = hashlib.sha256(DATA).hexdigest()
TLS = Path(__file__).parent / "tls"
QUICK = Options(politeness=Politeness(interval=0, pause=0.01), seconds=120, idle=60)


@pytest.fixture(autouse=True)
def _heads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test server answer HEAD as it answers GET, without the body."""

    def head(handler: Handler) -> None:
        body = handler.wfile
        try:
            handler.do_GET()
        finally:
            handler.wfile = body

    monkeypatch.setattr(Handler, "do_HEAD", head, raising=False)


def file(data: bytes = DATA, etag: str = '"one"') -> Script:
    """Serve a file with ranges."""

    def script(handler: Handler) -> None:
        if handler.command == "HEAD":
            handler.answer(200, Content_Length=str(len(data)), ETag=etag)
        elif "Range" in handler.headers:
            first, _, last = handler.headers["Range"].removeprefix("bytes=").partition("-")
            end = min(int(last) + 1, len(data)) if last else len(data)
            told = f"bytes {first}-{end - 1}/{len(data)}"
            handler.answer(206, data[int(first) : end], Content_Range=told, ETag=etag)
        else:
            handler.answer(200, data, ETag=etag)

    return script


def status(code: int, **headers: str) -> Script:
    return lambda handler: handler.answer(code, **headers)


class Asker:
    """Asks with a ledger and a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "ledger.sqlite"
        self.store = Store(folder / "store")

    def __call__(self, *asked: Question, guard: Guard, options: Options = QUICK) -> list[Reached]:
        with Ledger(self.ledger) as ledger:
            return list(ask_all(asked, ledger=ledger, guard=guard, store=self.store, options=options))

    def one(self, server: Server, file_format: str | None = None, **more: Any) -> Reached:
        options = more.pop("options", QUICK)
        question = Question(server.url, file_format, **more)
        return self(question, guard=Guard(frozenset({server.place})), options=options)[0]


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    return Asker(tmp_path)


# Pages.


def test_a_page_that_is_there_is_alive_after_one_request(asker):
    with serving(status(200)) as server:
        answer = asker.one(server)

    assert (answer.alive, answer.status, len(server.requests)) == (True, 200, 1)


def test_a_page_that_is_gone_is_a_fault_once_a_second_way_of_asking_says_so_too(asker):
    with serving(status(404)) as server:
        answer = asker.one(server)

    assert (answer.kind, answer.fault, answer.message) == ("http", True, "status 404 (Not Found)")
    assert ["range" in request for request in server.requests] == [False, True]


def test_a_server_that_knows_no_head_is_asked_otherwise(asker):
    with serving(lambda handler: handler.answer(405 if handler.command == "HEAD" else 200, b"x")) as server:
        assert asker.one(server).alive


def test_permanent_redirects_are_told(asker):
    def script(handler: Handler) -> None:
        handler.answer(200) if handler.path == "/new" else handler.answer(301, Location="/new")

    with serving(script) as server:
        answer = asker.one(server)

    assert (answer.alive, answer.moved) == (True, f"http://{server.place}/new")


def test_a_redirect_to_a_private_address_is_a_fault_of_the_link(asker):
    with serving(status(302, Location="https://192.168.0.1/")) as server:
        answer = asker.one(server)

    assert (answer.kind, answer.fault) == ("refused", True)


@pytest.mark.parametrize("code", [500, 503, 429, 403])
def test_a_server_in_trouble_gives_no_verdict(asker, code):
    with serving(status(code)) as server:
        answer = asker.one(server)

    assert (answer.answered, answer.reached, answer.failures) == (False, None, 1)


def test_a_busy_server_is_asked_again_after_the_time_it_names(asker):
    times = []

    def script(handler: Handler) -> None:
        times.append(time.monotonic())
        handler.answer(429 if len(times) == 1 else 200, Retry_After="1")

    with serving(script) as server:
        answer = asker.one(server)

    assert answer.alive
    assert times[1] - times[0] >= 1


def test_a_server_that_asks_for_more_patience_than_a_run_has_is_left_until_then(asker):
    with serving(status(503, Retry_After="90000")) as server:
        answer = asker.one(server)

    assert answer.due is not None
    assert answer.checked is not None
    assert len(server.requests) == 1
    assert answer.due - answer.checked >= dt.timedelta(seconds=90_000)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("Sun, 22 Nov 2026 12:01:00 GMT", 60), ("soon", 0), (None, 0), ("-5", 0)],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after(value, dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)) == seconds


def test_a_host_is_asked_a_few_things_at_a_time_and_others_meanwhile(asker):
    running, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(3, timeout=120)

    def script(handler: Handler) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        time.sleep(0.02)  # time for a fourth to come
        with lock:
            running -= 1
        handler.answer(200)

    with serving(script) as server:
        asked = [Question(f"http://{server.place}/{number}") for number in range(30)]
        options = replace(QUICK, politeness=Politeness(workers=10, per_host=3, interval=0))
        answers = asker(*asked, guard=Guard(frozenset({server.place})), options=options)

    assert len(answers) == 30
    assert all(answer.alive for answer in answers)
    assert most == 3


def test_requests_to_one_host_keep_their_distance(asker):
    times = []

    def script(handler: Handler) -> None:
        times.append(time.monotonic())
        handler.answer(200)

    with serving(script) as server:
        asked = [Question(f"http://{server.place}/{number}") for number in range(5)]
        options = replace(QUICK, politeness=Politeness(interval=0.2))
        # Not from the first that the server has heard, which may hear it late.
        start = time.monotonic()
        asker(*asked, guard=Guard(frozenset({server.place})), options=options)

    assert len(times) == 5
    assert times[-1] - start >= 0.79


def test_a_host_that_does_not_answer_is_not_asked_for_everything(asker):
    options = replace(QUICK, politeness=Politeness(workers=1, interval=0, pause=0.001, attempts=1))
    with deaf() as place:
        asked = [Question(f"http://{place}/{number}") for number in range(20)]
        answers = asker(*asked, guard=Guard(frozenset({place})), options=options)

    assert len(answers) == 20
    assert sum("not asked" in answer.message for answer in answers) == 17
    assert not any(answer.answered for answer in answers)


def test_a_server_that_trickles_its_headers_is_left_in_time(asker):
    with serving(lambda handler: handler.trickle(b"HTTP/1.0 200 OK\r\nX-Slow: ")) as server:
        answer = asker.one(server, options=replace(QUICK, seconds=0.3, idle=2))

    assert (answer.kind, answer.answered) == ("deadline", False)
    assert not server.outlasted


def test_a_certificate_of_another_issuer_is_told(asker):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    with serving(status(200), context) as server:
        hosts = frozenset({"hub.example"})
        url = f"https://hub.example:{server.server_port}/"
        untrusted = asker(Question(url), guard=Guard(hosts, resolver=lambda *_: ("127.0.0.1",)))
        trusted = asker(
            Question(url), guard=Guard(hosts, resolver=lambda *_: ("127.0.0.1",), cafile=str(TLS / "ca.pem"))
        )

    assert [answer.kind for answer in (*untrusted, *trusted)] == ["certificate", ""]


def test_credentials_of_the_environment_are_not_sent(asker, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    with serving(status(200)) as server:
        assert asker.one(server).alive

    assert not {"authorization", "proxy-authorization", "cookie"} & server.requests[0].keys()


# Files.


def test_of_a_file_its_structure_is_read(asker, tmp_path):
    (tmp_path / "model.ckpt").write_bytes(DATA)
    with serving(file()) as server:
        answer = asker.one(server, "ckpt")

    table = scan(tmp_path / "model.ckpt", "ckpt")
    assert (answer.alive, answer.size, answer.etag) == (True, len(DATA), '"one"')
    assert (answer.table, answer.sha256) == (table.digest(), None)


def test_in_full_a_file_is_downloaded_and_hashed(asker):
    with serving(file()) as server:
        answer = asker.one(server, "ckpt", options=replace(QUICK, full=True))

    assert (answer.alive, answer.sha256) == (True, SHA)
    assert asker.store.get(SHA) is not None


def test_a_file_with_the_etag_and_size_of_the_last_time_costs_one_request(asker):
    options = replace(QUICK, full=True)
    with serving(file()) as server:
        asker.one(server, "ckpt", options=options)
        before = len(server.requests)
        again = asker.one(server, "ckpt", options=options)

    assert (again.sha256, len(server.requests) - before) == (SHA, 1)


def test_a_file_with_another_etag_is_looked_at_anew(asker):
    script = file()
    with serving(lambda handler: script(handler)) as server:  # noqa: PLW0108 - it is replaced below
        asker.one(server, "ckpt", options=replace(QUICK, full=True))
        script = file(DATA[:-10], '"two"')
        answer = asker.one(server, "ckpt")

    assert (answer.kind, answer.fault, answer.sha256) == ("format", True, None)


def test_a_page_in_place_of_a_file_is_named(asker):
    with serving(file(b"<html><title>Sign in</title>" + b" " * 5000)) as server:
        answer = asker.one(server, "ckpt")

    assert (answer.kind, answer.fault, answer.message) == ("error-page", True, "an HTML page ('Sign in')")


def test_of_a_format_without_a_reader_the_size_is_known(asker):
    with serving(file()) as server:
        answer = asker.one(server, "air")

    assert (answer.alive, answer.size, answer.table) == (True, len(DATA), None)


def test_a_server_that_knows_no_ranges_is_not_accused_of_anything(asker):
    big = DATA * 400
    with serving(lambda handler: handler.answer(200, big, ETag='"one"')) as server:
        answer = asker.one(server, "ckpt")

    assert (answer.alive, answer.size, answer.table) == (True, len(big), None)


def test_a_server_that_answers_ranges_wrongly_gives_no_verdict(asker):
    def script(handler: Handler) -> None:
        if handler.command == "HEAD":
            file()(handler)
        else:
            handler.answer(206, DATA[:10], Content_Range="bytes 5-14/20000")

    with serving(script) as server:
        answer = asker.one(server, "ckpt")

    assert (answer.answered, answer.reached) == (False, None)
    assert "the server answers a range wrongly" in answer.trouble


# The verb.


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def add(home: Path, place: str, sha256: str = SHA, body: str = "", size: int = len(DATA)) -> None:
    fields = f"asset-link: 'http://{place}/a.ckpt', asset-sha256: {sha256}, asset-size: {size}"
    asset = f"asset: [{{file-format: ckpt, {fields}}}]"
    write_card(home, card_text(f"repo-link: http://{place}/repo\n{asset}\n", body=body))


def network(home: Path, place: str, **more: Any) -> Network:
    store, ledger = home.parent / "store", home.parent / "ledger.sqlite"
    return Network(allow_hosts=frozenset({place}), store=store, ledger=ledger, interval=0, **more)


def hub(gone: tuple[str, ...] = ()) -> Script:
    def script(handler: Handler) -> None:
        if handler.path in gone:
            handler.answer(404)
        elif handler.path.endswith(".ckpt"):
            file()(handler)
        else:
            handler.answer(200)

    return script


def found(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], dict[str, Any]]:
    data = json.loads(capsys.readouterr().out)
    return sorted(finding["code"] for finding in data["findings"]), data["online"]


def test_a_card_whose_addresses_are_as_they_should_be_passes(home, capsys):
    with serving(hub()) as server:
        add(home, server.place)
        code = verify(registry=home, network=network(home, server.place, full=True), output="json")

    codes, online = found(capsys)
    assert (code, codes, online["addresses"], online["failures"]) == (0, [], 2, [])


def test_dead_links_and_wrong_bytes_are_findings_and_the_exit_code_is_1(home, capsys):
    with serving(hub(gone=("/repo", "/paper"))) as server:
        add(home, server.place, sha256="0" * 63 + "1", size=5, body=f"[paper](http://{server.place}/paper#page)")
        code = verify(registry=home, network=network(home, server.place, full=True), output="json")

    codes, _ = found(capsys)
    assert (code, codes) == (1, ["ON001", "ON001", "ON002", "ON003"])


def test_a_host_that_is_out_is_no_finding_and_the_exit_code_is_2(home, capsys):
    with deaf() as place:
        add(home, place)
        options = network(home, place)
        codes = [verify(registry=home, network=options, output="json", allow_not_run=each) for each in (False, True)]

    assert codes == [2, 0]
    assert "'findings': []" in str(json.loads(capsys.readouterr().out.partition("\n}\n")[0] + "}"))


def test_offline_the_verdict_is_that_of_the_last_run_whatever_the_host_does(home, capsys):
    with serving(hub(gone=("/repo",))) as server:
        add(home, server.place)
        options = network(home, server.place)
        first = verify(registry=home, network=options, output="json")
        asked = len(server.requests)
    codes, _ = found(capsys)
    outage = verify(registry=home, network=options, output="json")
    after, _ = found(capsys)
    offline = [verify(registry=home, network=replace(options, offline=True), output="json") for _ in range(2)]

    assert asked > 0
    assert (first, outage, offline) == (1, 1, [1, 1])
    assert codes == after == ["ON001"]


def test_offline_what_was_never_asked_is_said(home, capsys):
    add(home, "127.0.0.1:9")

    code = verify(registry=home, network=network(home, "127.0.0.1:9", offline=True))

    assert code == 2
    assert "never asked; run without --offline" in capsys.readouterr().out


def test_a_due_run_asks_only_what_is_due(home):
    with serving(hub()) as server:
        add(home, server.place)
        options = network(home, server.place, due=True)
        first = verify(registry=home, network=options)
        before = len(server.requests)
        second = verify(registry=home, network=options)

    assert (first, second, len(server.requests) - before) == (0, 0, 0)


def test_other_tensors_than_recorded_are_found_without_a_download(home, tmp_path):
    from mindhub.smoke.evidence import Evidence, Stage, evidence_path, write_evidence

    with serving(hub()) as server:
        add(home, server.place)
        (tmp_path / "other.ckpt").write_bytes(entry("other", (3, 3)))
        record = Evidence(
            UID,
            "reported",
            "2026-11-22",
            {"asset": SHA},
            {},
            (Stage("scan", "passed"),),
            scan(tmp_path / "other.ckpt", "ckpt"),
        )
        write_evidence(evidence_path(home / f"{UID}.md"), record)
        code = verify(registry=home, network=network(home, server.place))

    assert code == 1


def test_a_moved_address_is_repaired_without_touching_its_fragment(home):
    from mindhub.check import Selection, check
    from mindhub.facts import load_facts
    from mindhub.fix import apply

    def script(handler: Handler) -> None:
        if handler.path == "/old":
            handler.answer(301, Location="/new")
        else:
            hub()(handler)

    with serving(script) as server:
        add(home, server.place, body=f"See [it](http://{server.place}/old#part).")
        card = home / f"{UID}.md"
        from mindhub.card import read_card
        from mindhub.source import card_file
        from mindhub.vocabulary import load_vocabulary

        cards = [read_card(card_file(card, home), load_vocabulary())]
        asked = ask(cards, network(home, server.place))
        # The test server has no https, which a repair never gives up.
        secure = {
            url.replace("http:", "https:"): replace(
                entry, url=url, moved=entry.moved and entry.moved.replace("http:", "https:")
            )
            for url, entry in asked.online.items()
        }
        card.write_text(card.read_text().replace("http://", "https://"))
        report = check([card], root=home, selection=Selection(("ON",)), facts=replace(load_facts(), online=secure))

    (finding,) = report.findings
    assert finding.code == "ON005"
    assert finding.fix is not None
    assert f"https://{server.place}/new#part)" in apply(card.read_bytes(), [finding.fix]).decode()


def test_with_a_base_only_changed_cards_are_asked_about(tmp_path, capsys):
    with serving(hub()) as server:
        repository = scratch(tmp_path / "repository")
        add(repository.root, server.place)
        repository.card(OTHERWISE, SECOND)
        base = repository.commit()
        options = network(repository.root, server.place)
        same = verify(registry=repository.root, network=options, base=base, output="json")
        said = capsys.readouterr().out
        add(repository.root, server.place, body="Another word.")
        changed = verify(registry=repository.root, network=options, base=base, output="json")

    _, online = found(capsys)
    assert (same, said) == (0, f"no card has changed since {base}\n")
    assert (changed, sorted(online["answers"])) == (0, [f"http://{server.place}/a.ckpt", f"http://{server.place}/repo"])


def test_an_unknown_base_is_exit_code_2(tmp_path, capsys):
    repository = scratch(tmp_path / "repository")
    repository.card()
    repository.commit()

    assert verify(registry=repository.root, network=network(repository.root, "x"), base="nowhere") == 2
    assert "nowhere" in capsys.readouterr().err


def test_the_site_says_when_an_address_last_answered(home, capsys):
    with serving(hub()) as server:
        add(home, server.place)
        verify(registry=home, network=network(home, server.place))
        code = build(registry=home, out=home.parent / "site", ledger=home.parent / "ledger.sqlite")
    with Ledger(home.parent / "ledger.sqlite") as ledger:
        (today,) = {answer.reached.date().isoformat() for answer in ledger if answer.url.endswith("/a.ckpt")}

    page = home.parent / "site" / UID / "index.html"
    assert code == 0
    assert f"the address last answered as it should on {today}" in page.read_text(encoding="utf-8")
    (stated,) = json.loads(page.with_name("index.json").read_text(encoding="utf-8"))["files"]
    assert stated["reached"] == today


def test_a_site_with_a_ledger_that_is_not_there_is_exit_code_2(home, capsys):
    write_card(home, card_text())

    assert build(registry=home, out=home.parent / "site", ledger=home.parent / "none.sqlite") == 2
    assert "no such ledger" in capsys.readouterr().err
