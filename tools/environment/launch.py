"""Start the headless Chromium, the same way in the bootstrap's probe and in the tests.

As a script (`launch.py EXECUTABLE ENV-AS-JSON`) it shows one page and prints the browser's version.
Needs Playwright, so it runs in the environment, not before.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser

#: No GPU, no QUIC, and nothing that contacts anybody by itself. Playwright adds --no-sandbox on its own: the pages
#: are this project's, from loopback, and neither root nor a user of a hardened kernel could start the sandbox.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(executable: str, env: Mapping[str, str]) -> Iterator[Browser]:
    """Start a Chromium and close it afterwards.

    Raises playwright.sync_api.Error where it does not start.
    """
    from playwright.sync_api import sync_playwright

    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=[*ARGUMENTS, *root], env={**os.environ, **env}
        )
        try:
            yield browser
        finally:
            browser.close()


def main(executable: str, env: str) -> None:
    """Show one page and print the browser's version."""
    with chromium(executable, json.loads(env)) as browser:
        page = browser.new_page()
        page.set_content("<p>started</p>")
        if page.inner_text("p") != "started":
            sys.exit("the page shows nothing")
        print(browser.version)


if __name__ == "__main__":
    main(*sys.argv[1:])
