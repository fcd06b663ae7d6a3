"""How to cite a model: BibTeX, and CITATION.cff (Citation File Format 1.2.0)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages.links import safe_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.inputs import Options

FILES = ("citation.bib", "CITATION.cff")  #: what a card's folder holds where the card names a work

_KEY = re.compile(r"[^A-Za-z0-9]+")
_YEAR = re.compile(r"[0-9]{4}")
_ENCODER = json.JSONEncoder(ensure_ascii=False)
#: What LaTeX reads as a command.
_ESCAPES = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
})  # fmt: skip
#: What a byte of a file for a citation manager must not hold.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Work:
    """A published work, as a card names it."""

    title: str
    authors: tuple[str, ...]
    year: str
    venue: str = ""
    url: str = ""
    doi: str = ""
    arxiv: str = ""


def work_of(entry: Entry) -> Work | None:
    """Return the work that a card asks to cite; None where it names none that is whole."""
    said = (entry.card.front or {}).get("citation")
    if not isinstance(said, dict):
        return None

    def text(key: str) -> str:
        value = said.get(key)
        return _CONTROLS.sub(" ", str(value)).strip() if isinstance(value, str | int | float) else ""

    authors = said.get("authors")
    names = [_CONTROLS.sub(" ", name).strip() for name in authors if isinstance(name, str)] if authors else []
    title, year = text("title"), text("year")
    if not title or not any(names) or not _YEAR.fullmatch(year):
        return None
    url = safe_url(text("url")) or ""
    return Work(title, tuple(filter(None, names)), year, text("venue"), url, text("doi"), text("arxiv"))


def files(entry: Entry, options: Options) -> Iterator[tuple[str, bytes]]:
    """Yield the files to download, with their names, for a card that names a work."""
    if work_of(entry):
        for name, text in zip(FILES, (bibtex(entry, options), cff(entry, options)), strict=True):
            yield name, text.encode("utf-8", "replace")


def bibtex(entry: Entry, options: Options) -> str:
    """Return the BibTeX of the work that a card names, and of the model as it is published here."""
    work = work_of(entry)
    return (f"{_bibtex_of_work(work)}\n" if work else "") + _bibtex_of_model(entry, options)


def _bibtex_of_work(work: Work) -> str:
    first_word = work.title.split()[0]
    fields = {
        "title": f"{{{_tex(work.title)}}}",  # inner braces keep the capitals of names
        "author": " and ".join(_tex(name) for name in work.authors),
        "year": work.year,
    }
    kind = "misc"
    if work.venue:
        kind = (
            "article"
            if "journal" in work.venue.casefold() or "transactions" in work.venue.casefold()
            else "inproceedings"
        )
        fields["journal" if kind == "article" else "booktitle"] = _tex(work.venue)
    if work.doi:
        fields["doi"] = work.doi
    if work.arxiv:
        fields |= {"eprint": work.arxiv, "archiveprefix": "arXiv"}
    if work.url:
        fields["url"] = work.url
    return _entry(kind, _key(work.authors[0].split()[-1], work.year, first_word), fields)


def _bibtex_of_model(entry: Entry, options: Options) -> str:
    card = entry.card
    fields = {
        "title": f"{{{_tex(_one_line(entry.name))}}} for MindSpore {_tex(entry.version.en)}",
        "author": f"{{{_tex(_one_line(card.author or entry.publisher))}}}",
    }
    if entry.updated:
        fields["year"] = entry.updated[:4]
    address = _address(entry, options)
    if address:
        fields["url"] = address
    fields["note"] = _tex(f"{options.title}: {entry.uid}")
    return _entry("misc", _key(*entry.uid.split("/")), fields)


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    width = max(map(len, fields))
    lines = [f"  {name:<{width}} = {{{_balanced(value)}}}" for name, value in fields.items()]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _balanced(text: str) -> str:
    return text if text.count("{") == text.count("}") else text.replace("{", "").replace("}", "")


def _tex(text: str) -> str:
    return text.translate(_ESCAPES)


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text)


def _key(*parts: str) -> str:
    return _KEY.sub("-", "-".join(parts)).strip("-").lower() or "model"


def _address(entry: Entry, options: Options) -> str:
    return f"{options.base_url}{entry.uid}/" if safe_url(options.base_url) else entry.card.repo_link or ""


def cff(entry: Entry, options: Options) -> str:
    """Return CITATION.cff for a model; the work that the card names is its preferred citation.

    Strings are written as JSON, which YAML 1.2 reads as they are.
    """
    card, work = entry.card, work_of(entry)
    lines = [
        "cff-version: 1.2.0",
        "message: If you use this model, please cite it as below.",
        "type: software",
        f"title: {_yaml(f'{entry.name} for MindSpore {entry.version.en}')}",
        "authors:",
        f"  - name: {_yaml(card.author or entry.publisher)}",
    ]
    if card.model_version:
        lines.append(f"version: {_yaml(card.model_version)}")
    if entry.updated:
        lines.append(f"date-released: {_yaml(entry.updated)}")
    address = safe_url(_address(entry, options))
    if address:
        lines.append(f"url: {_yaml(address)}")
    if safe_url(card.repo_link):
        lines.append(f"repository-code: {_yaml(card.repo_link or '')}")
    if work:
        lines += ["preferred-citation:", *(f"  {line}" for line in _reference(work))]
    return "\n".join(lines) + "\n"


def _reference(work: Work) -> Sequence[str]:
    lines = [
        "type: article" if not work.venue else "type: conference-paper",
        f"title: {_yaml(work.title)}",
        "authors:",
        *(f"  - {line}" for name in work.authors for line in [_person(name)]),
        f"year: {work.year}",
    ]
    if work.venue:
        lines.append(f"collection-title: {_yaml(work.venue)}")
    if work.doi:
        lines.append(f"doi: {_yaml(work.doi)}")
    url = work.url or (f"https://arxiv.org/abs/{work.arxiv}" if safe_url(f"https://arxiv.org/abs/{work.arxiv}") else "")
    if url:
        lines.append(f"url: {_yaml(url)}")
    return lines


def _person(name: str) -> str:
    given, _, family = name.rpartition(" ")
    return f"{{family-names: {_yaml(family)}, given-names: {_yaml(given)}}}" if given else f"name: {_yaml(name)}"


def _yaml(text: str) -> str:
    return _ENCODER.encode(_one_line(text))
