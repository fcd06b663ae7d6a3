"""What tests of pages in a browser share: sites in folders, and windows on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mindhub.pages import build_site
from mindhub.pages.folder import write_site
from pages.browsing import Visit
from pages.sites import everything, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a bit of everything that cards can be; below a folder, as hosts have it."""
    out = tmp_path_factory.mktemp("hub") / "sub" / "site"
    write_site(build_site(sample()), out)
    return out


@pytest.fixture(scope="session")
def hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with what a registry has beside its cards."""
    out = tmp_path_factory.mktemp("atlas") / "sub" / "site"
    write_site(build_site(everything()), out)
    return out


@pytest.fixture
def visit(browser: Browser, serve: Callable[[Path], str], sample_folder: Path) -> Iterator[Callable[..., Visit]]:
    """Open windows: `visit(folder, **options of the context)`, without a folder on the sample."""
    opened: list[Visit] = []

    def start(root: Path = sample_folder, **options: Any) -> Visit:
        # The site lies in a folder of its host, and works from there.
        opened.append(Visit(browser, f"{serve(root.parent)}/{root.name}", **options))
        return opened[-1]

    yield start
    for each in opened:
        each.context.close()
