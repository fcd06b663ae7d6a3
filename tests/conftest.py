"""Fixtures that every area shares: a headless Chromium and a file server on loopback."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "tools"
RECORD = ROOT / ".venv" / "opt" / "browser.json"
SECTION = "browser tests NOT RUN"

if str(TOOLS) not in sys.path:
    sys.path.insert(0, str(TOOLS))

# How long an example takes is a matter of the machine.
settings.register_profile("mindhub", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mindhub")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine of a Chinese developer speak English to the tests."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Begin with nothing kept: neither by an earlier run of the tests nor by the user, whose folder stays as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINDHUB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden files anew; read the diff")
    parser.addoption("--slowest-files", type=int, default=0, metavar="N", help="name the N files whose tests take most")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    # A file of tests that all need MindSpore imports it, which takes longer than hundreds of the others.
    if "not mindspore" in config.option.markexpr and collection_path.suffix == ".py":
        text = collection_path.read_text(encoding="utf-8")
        return True if re.search(r"^pytestmark = \[?[^\]\n]*\s*pytest\.mark\.mindspore\b", text, re.MULTILINE) else None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Asking for the browser is what makes a test a browser test, whether or not its author thought of the marker.
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def slowest_files(terminalreporter: pytest.TerminalReporter, number: int) -> None:
    """Name the files that take most, so that what makes the inner loop slow is seen when it comes."""
    seconds: Counter[str] = Counter()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            seconds[report.nodeid.partition("::")[0]] += report.duration
    terminalreporter.section(f"slowest {number} files")
    for name, spent in seconds.most_common(number):
        terminalreporter.line(f"{spent:6.2f} s {name}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if number := terminalreporter.config.getoption("slowest_files"):
        slowest_files(terminalreporter, number)
    skipped = [
        report for report in terminalreporter.getreports("skipped") if "browser" in getattr(report, "keywords", ())
    ]
    if skipped:
        reasons = sorted({str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)})
        terminalreporter.section(SECTION, yellow=True)
        terminalreporter.line(f"{len(skipped)} tests: {'; '.join(reasons)}")


def chosen_chromium() -> tuple[str, dict[str, str]] | str:
    """Find the Chromium to start and its variables, or say why there is none."""
    from environment import machine

    if os.environ.get("MINDHUB_CHROMIUM"):
        return os.environ["MINDHUB_CHROMIUM"], {}
    try:
        record = json.loads(RECORD.read_text(encoding="utf-8"))
    except FileNotFoundError:
        record = {"reason": "no Chromium on PATH, and `make test` has not installed one"}
    if record.get("executable") and Path(record["executable"]).exists():
        return record["executable"], record["env"]
    found = machine.chromiums()
    return (found[0], {}) if found else str(record.get("reason") or "the Chromium of .venv is gone: run `make test`")


def without_browser(reason: str) -> None:
    """Skip the test, or fail it where a browser is required."""
    if os.environ.get("CI") or os.environ.get("MINDHUB_REQUIRE_BROWSER"):
        pytest.fail(f"no browser, and CI or MINDHUB_REQUIRE_BROWSER requires one: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium (Playwright's sync API); tests that use it are not run where there is none."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from playwright.sync_api import Error

    from environment import launch

    chosen = chosen_chromium()
    with ExitStack() as stack:
        if isinstance(chosen, str):
            without_browser(chosen)
        else:
            try:
                started = stack.enter_context(launch.chromium(*chosen))
            except Error as error:
                without_browser(f"{chosen[0]} does not start: {error.message.splitlines()[0]}")
            else:
                yield started


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing: requests are not what a test's output is about."""


@contextmanager
def served(folder: Path, handler: type[QuietHandler] = QuietHandler) -> Iterator[str]:
    """Serve a folder on a free port of loopback; gives the address without a slash at the end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve folders until the test ends: `serve(folder)` gives `http://127.0.0.1:PORT`."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(served(folder))
