"""Put the script of the site's search into the wheel, where tools/environment/npm.py has fetched it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCRIPT = "minisearch.js"


class SearchHook(BuildHookInterface[Any]):
    """A wheel without the script builds sites whose search takes words by their letters alone; the build says so."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the script to the files of the wheel; `version` is `editable` where none are copied."""
        script = Path(self.root, ".venv", "opt", "site", SCRIPT)
        if script.is_file():
            build_data["force_include"][str(script)] = f"mindhub/_data/vendor/{SCRIPT}"
        elif version != "editable":
            self.app.display_warning(f"{SCRIPT} is not in .venv: run make first for a wheel with the site's search")
