"""The names that cards may use for domains, tasks, data sets, metrics and devices, with labels and aliases."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass, field
from mindhub.resources import read_own, schema_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KINDS = ("domains", "tasks", "datasets", "metrics", "devices", "formats", "licences", "status")
_SEPARATORS = re.compile(r"[\s_\-.()]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One name of a vocabulary."""

    name: str
    en: str
    zh: str
    aliases: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)  #: what only one kind has, such as a metric's unit


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """All vocabularies of `schema/vocabulary/`."""

    terms: Mapping[str, Mapping[str, Term]]  #: kind -> name -> term
    _index: Mapping[str, Mapping[str, str]]  #: kind -> folded spelling -> name

    def kind(self, kind: str) -> Mapping[str, Term]:
        """Return all terms of a kind, by canonical name."""
        return self.terms[kind]

    def find(self, kind: str, text: str) -> Term | None:
        """Return the term that a spelling means; case, spaces, dots and hyphens do not matter."""
        name = self._index[kind].get(fold(text))
        return self.terms[kind][name] if name else None

    def module_type(self, text: str) -> tuple[Term | None, Term | None]:
        """Split `domain` or `domain-task` into its terms; None where a part is unknown or absent."""
        domain, _, task = text.partition("-")
        return self.find("domains", domain), self.find("tasks", task) if task else None

    def spellings(self, kind: str) -> Mapping[str, str]:
        """Return every folded spelling of a kind with the canonical name it means."""
        return self._index[kind]


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Return a spelling without case and separators."""
    return _SEPARATORS.sub("", text.casefold())


@cache
def load_vocabulary(folder: Path | None = None) -> Vocabulary:
    """Read the vocabularies from a folder, by default the project's own."""
    terms: dict[str, dict[str, Term]] = {}
    index: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        path = (folder or schema_dir() / "vocabulary") / f"{kind}.yaml"
        entries = read_own(path)
        terms[kind], index[kind] = {}, {}
        for name, entry in entries.items():
            more = {key: value for key, value in entry.items() if key not in ("en", "zh", "aliases")}
            term = Term(name, entry["en"], entry["zh"], tuple(map(str, entry.get("aliases", ()))), more)
            terms[kind][name] = term
            for spelling in (name, *term.aliases):
                other = index[kind].setdefault(fold(spelling), name)
                if other != name:
                    raise ValueError(f"{path.name}: {spelling!r} means both {other!r} and {name!r}")
    return Vocabulary(terms, index)
