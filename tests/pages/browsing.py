"""A window on a site that keeps what went wrong, and the look at a page for barriers."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

#: Milliseconds that a page may take for anything, on a machine that has little time for it.
PATIENCE = 300_000
#: What a barrier is, where it is, and what to do about it.
_LOOK = """axe.run().then(found => found.violations.flatMap(
  fault => fault.nodes.map(node => `${fault.id}: ${node.target}: ${node.failureSummary}`)))"""


class Visit:
    """A browser window on a site."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self.address = address
        self.page = self.context.new_page()
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.messages.append(f"{self.page.url}: {message.text}"))
        self.page.on("pageerror", lambda error: self.messages.append(f"{self.page.url}: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(f"{self.address}/{path}")
        return self.page

    def shown(self) -> list[str]:
        """Return the names of the models that a listing shows, in order."""
        return [text.split(" · ")[0] for text in self.page.locator(".models > li:visible h2 a").all_text_contents()]

    def foreign(self) -> list[str]:
        """Return the addresses outside the site that were asked for anything."""
        assert len(self.requests) >= 3, "a page asks for its style sheet and its script at least"
        return [url for url in self.requests if not url.startswith((self.address, "data:"))]

    def barriers(self, schemes: tuple[str, ...] = ("light", "dark")) -> Iterator[str]:
        """Yield what axe-core finds on the page as it stands, with all that folds unfolded, in each colour scheme."""
        # Through the developer tools, which the policy of the pages does not bind: it stays as it is.
        tools = self.context.new_cdp_session(self.page)
        self.page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true })")
        tools.send("Runtime.evaluate", {"expression": axe()})
        for scheme in schemes:
            # Colours that are on their way to others while it looks are no colours.
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            answer = tools.send("Runtime.evaluate", {"expression": _LOOK, "awaitPromise": True, "returnByValue": True})
            assert "exceptionDetails" not in answer, answer
            yield from (f"{self.page.url} ({scheme}): {fault}" for fault in answer["result"]["value"])
        tools.detach()


@cache
def axe() -> str:
    """Return axe-core's script, from the package that carries it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")
