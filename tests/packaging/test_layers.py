"""Who may import whom, read from the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mindhub

PACKAGE = Path(mindhub.__file__).parent
#: Part -> parts that it must never import, not even inside a function.
FORBIDDEN = {
    "formats": {"*"},
    "model": {"card", "check", "rules", "assets", "smoke", "pages", "cli", "report"},
    "rules": {"assets", "smoke", "pages", "cli", "report", "check", "source", "writing"},
    "card": {"check", "rules", "assets", "smoke", "pages", "cli", "report"},
    "check": {"assets", "smoke", "pages", "cli", "report"},
    "recheck": {"assets", "smoke", "pages", "cli", "report"},
    "history": {"assets", "smoke", "pages", "cli", "report", "check"},
    "assets": {"smoke", "pages", "cli", "report", "check", "rules", "client"},
    "smoke": {"pages", "cli", "report", "check", "rules", "client"},
    "report": {"assets", "smoke", "pages", "cli", "check", "client"},
    "pages": {"cli", "client", "check"},
    "client": {"cli", "pages", "check", "report", "rules"},
}
#: The modules of pages that read, write and start Pagefind for the pure ones.
EDGES = {"pages/disk.py", "pages/beside.py", "pages/fulltext.py", "pages/folder.py", "pages/shelf.py"}


def part_of(path: Path) -> str:
    """Return the top-level part that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return the parts of the package that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "mindhub":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mindhub."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("mindhub.")}
    return found - {part_of(path)}


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if part_of(path) in FORBIDDEN)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_part_imports_only_what_lies_below_it(path):
    forbidden = FORBIDDEN[part_of(path)]
    found = imports(path)

    assert not (found if forbidden == {"*"} else found & forbidden)


def test_nobody_but_the_command_itself_imports_the_command_line():
    knowing = [path for path in PACKAGE.rglob("*.py") if "cli" in imports(path)]

    assert [part_of(path) for path in knowing] == ["__main__"]


def test_pages_are_made_without_files_clocks_or_chance():
    for path in (PACKAGE / "pages").glob("*.py"):
        if str(path.relative_to(PACKAGE)) in EDGES:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not called & {"read_text", "read_bytes", "write_text", "write_bytes", "now", "today", "urandom"}, path


def test_the_page_about_it_names_every_part():
    text = (PACKAGE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert [part for part in FORBIDDEN if f"`{part}`" not in text and part != "model"] == []
