"""FD: whether the values of the front matter can be used."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mindhub.card import is_legacy_key
from mindhub.messages import say
from mindhub.model import Card, Problem, Repair, Severity
from mindhub.rules.base import rule
from mindhub.rules.marks import MARK
from mindhub.text import did_you_mean
from mindhub.vocabulary import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts
    from mindhub.model import FieldPath

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NEARLY_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_NUMBER_LIKE = re.compile(r"[0-9]+(\.[0-9]+)?")
_PLACEHOLDER = re.compile(r"(n/?a|none|null|nil|-+|\?+|tbd|todo|xxx+|unknown|undefined|placeholder)", re.IGNORECASE)
_PLACEHOLDER_BEGINS = frozenset("nNtTxXuUpP-?")  #: told in less time than that most values are none
_BOILERPLATE = re.compile(r".+ is used for \S+\.?")
_MOVING = re.compile(r"/(?:tree|blob|src/branch)/(?P<branch>master|main|dev|develop)(?:/|$)")
_LINE_AND_GAP = re.compile(r"[ \t]*(?:\r\n|\n|\r)(?:[ \t]*(?:\r\n|\n|\r))?")
_ARXIV_YEAR = re.compile(r"([0-9]{2})[0-9]{2}\.")  #: the form since 2007, which is the only one that has it in front
_ARXIV_ADDRESS = re.compile(r"https://arxiv\.org/(?:abs|pdf)/([0-9]{4}\.[0-9]{4,5})")
_SPDX_PARTS = re.compile(r"[A-Za-z0-9.+-]+")
_KEPT = 1024  #: addresses and rows of keys, which many cards share, of which it is known what they are
#: What one of each vocabulary is called.
_KINDS = {
    "datasets": say("data set"),
    "domains": say("domain"),
    "tasks": say("task"),
    "formats": say("format"),
    "devices": say("device"),
}
_OPERATORS = frozenset({"AND", "OR", "WITH"})
#: What took the place of a key of the old hub; the others have no successor.
_SUCCESSORS = {"accuracy": "evaluation", "mAP": "evaluation", "train-backend": "devices", "infer-backend": "devices"}


@rule("FD001", "date", Severity.WARNING)
def date(card: Card, facts: Facts) -> Iterator[Problem]:
    """The update time is not a date of the form YYYY-MM-DD, or lies in the future.

    Lists are sorted by it.

    Bad:
        update-time: 2022-9-1
    Good:
        update-time: "2022-09-01"
    """
    text = card.update_time
    if text is None:
        return
    if not _ISO.fullmatch(text):
        nearly = _NEARLY_ISO.fullmatch(text)
        padded = f"{nearly[1]}-{int(nearly[2]):02}-{int(nearly[3]):02}" if nearly else None
        hint = say("; write {text!r}", text=padded) if padded else ""
        message = say("{text!r} is not a date of the form YYYY-MM-DD{hint}", text=text, hint=hint)
        yield Problem(("update-time",), message, fix=padded)
        return
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        yield Problem(("update-time",), say("{text!r} is no day of the calendar", text=text))
        return
    if day > facts.today + dt.timedelta(days=1):
        yield Problem(("update-time",), say("{text!r} lies in the future", text=text))


@rule("FD002", "version-unquoted", Severity.ADVICE)
def version_unquoted(card: Card, _: Facts) -> Iterator[Problem]:
    """A version stands without quotes and looks like a number.

    To YAML 1.10 is the number 1.1: most tools would read another version than you wrote.

    Bad:
        model-version: 1.10
    Good:
        model-version: "1.10"
    """
    for key, value in (("model-version", card.model_version), ("mindspore-version", card.mindspore_version)):
        if value and (key,) not in card.quoted and _NUMBER_LIKE.fullmatch(value):
            message = say('{value} reads as a number; write "{value}"', value=value)
            yield Problem((key,), message, fix=f'"{value}"')


@rule("FD003", "licence-not-spdx", Severity.WARNING)
def licence_not_spdx(card: Card, facts: Facts) -> Iterator[Problem]:
    """The licence is not an SPDX identifier.

    Readers filter by identifier, so a licence written in words is one that nobody finds.

    Bad:
        license: Apache2.0
    Good:
        license: Apache-2.0
    """
    text = card.license
    if text is None or text in facts.spdx:
        return
    parts = [part for part in _SPDX_PARTS.findall(text) if part not in _OPERATORS]
    if parts and all(part in facts.spdx or part.startswith("LicenseRef-") for part in parts):
        return
    alias = facts.vocabulary.find("licences", text)
    hint = say("; did you mean {name!r}?", name=alias.name) if alias else did_you_mean(text, facts.spdx)
    message = say("{text!r} is not an SPDX identifier{hint}", text=text, hint=hint)
    yield Problem(("license",), message, fix=alias.name if alias else None)


@rule("FD004", "vocabulary", Severity.WARNING)
def vocabulary(card: Card, facts: Facts) -> Iterator[Problem]:
    """A data set, domain, task, format or device is not in the vocabulary, or goes by another name there.

    One name for one thing makes filters, leaderboards and the Chinese labels work. A new name is added to
    `schema/vocabulary/` in the same pull request.

    Bad:
        train-dataset: citesser
    Good:
        train-dataset: citeseer
    """
    words = facts.vocabulary
    if card.train_dataset and not _is_placeholder(card.train_dataset):
        yield from _named(("train-dataset",), card.train_dataset, facts, "datasets")
    if card.module_type:
        domain, dash, task = card.module_type.partition("-")
        if words.find("domains", domain) is None:
            yield _unknown(("module-type",), domain, facts, "domains")
        elif dash and words.find("tasks", task) is None:
            yield _unknown(("module-type",), task, facts, "tasks")
    for asset in card.assets:
        if asset.file_format:
            yield from _named(("asset", asset.index, "file-format"), asset.file_format, facts, "formats")
    for index, device in enumerate(card.devices):
        yield from _named(("devices", index), device, facts, "devices")


def _named(path: FieldPath, text: str, facts: Facts, kind: str) -> Iterator[Problem]:
    if text in facts.vocabulary.kind(kind):
        return
    term = facts.vocabulary.find(kind, text)
    if term is None:
        yield _unknown(path, text, facts, kind)
    elif fold(text) != fold(term.name):
        message = say("{text!r} is another name of {name!r}; use that one", text=text, name=term.name)
        yield Problem(path, message, fix=term.name)


def _unknown(path: FieldPath, text: str, facts: Facts, kind: str) -> Problem:
    hint = did_you_mean(text, facts.vocabulary.kind(kind))
    what = _KINDS[kind]
    return Problem(path, say("{text!r} is no {what} of the vocabulary{hint}", text=text, what=what, hint=hint))


def _is_placeholder(value: str) -> bool:
    return value[:1] in _PLACEHOLDER_BEGINS and _PLACEHOLDER.fullmatch(value) is not None


@rule("FD005", "placeholder", Severity.WARNING)
def placeholder(card: Card, _: Facts) -> Iterator[Problem]:
    """A placeholder stands where a value belongs.

    Leave an optional key out instead: an absent value can be told from a present one.

    Bad:
        train-dataset: none
    Good:
        train-dataset: mnist
    """
    for key, value in (card.front or {}).items():
        if isinstance(value, str) and _is_placeholder(value) and key != "evaluation":
            message = say("{value!r} is a placeholder; give the value or leave the key out", value=value)
            yield Problem((key,), message)


@rule("FD006", "boilerplate-summary", Severity.ADVICE)
def boilerplate_summary(card: Card, _: Facts) -> Iterator[Problem]:
    """The summary only repeats the name and the domain.

    It is the first sentence that visitors read; say what goes in, what comes out and how good it is.

    Bad:
        summary: lenet is used for cv
    Good:
        summary: Classifies 28×28 images of handwritten digits
    """
    if card.summary and _BOILERPLATE.fullmatch(card.summary):
        message = say("{text!r} says nothing that the keys do not; say what the model does", text=card.summary)
        yield Problem(("summary",), message)


@rule("FD007", "autolink", Severity.ADVICE)
def autolink(card: Card, _: Facts) -> Iterator[Problem]:
    """An address stands in angle brackets.

    They belong to Markdown; in YAML they are part of the value, and most tools fail on them.

    Bad:
        repo-link: <https://gitee.com/mindspore/models>
    Good:
        repo-link: https://gitee.com/mindspore/models
    """
    if b"<http" not in card.data:
        return
    text = card.text
    for path, (start, end) in card.places.items():
        if text[start] == "<" and text[start:end].startswith(("<http:", "<https:")):
            plain = text[start:end].strip("<>")
            yield Problem(path, say("an address needs no angle brackets here"), fix=plain)


@rule("FD008", "repo-link", Severity.ERROR)
def repo_link(card: Card, _: Facts) -> Iterator[Problem]:
    """The address of the source code is missing, empty or not https.

    Without the code nobody can build the network. A card whose network and files all lie in the registry
    has its source there and needs no address.

    Bad:
        repo-link: http://gitee.com/mindspore/models
    Good:
        repo-link: https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet
    """
    if card.front is None:
        return
    if card.repo_link is None:
        if not _self_contained(card) and not any(key.endswith("-repo-link") for key in card.front):
            yield Problem(("repo-link",), say("there is no repo-link: give the https address of the source code"))
        return
    if card.repo_link.startswith(MARK):
        return  # FD012 says that it is still to be filled in
    if not _is_https(card.repo_link):
        yield Problem(("repo-link",), say("{link!r} is not an https address", link=card.repo_link))


@lru_cache(maxsize=_KEPT)
def _is_https(link: str) -> bool:
    try:
        parts = urlsplit(link)
        return parts.scheme == "https" and bool(parts.hostname) and not parts.username and " " not in link
    except ValueError:
        return False


def _self_contained(card: Card) -> bool:
    network = (card.smoke or {}).get("network")
    # A MindIR holds its network itself.
    in_registry = isinstance(network, dict) and network.get("source") in {"file", "mindir"}
    return in_registry and bool(card.assets) and all(asset.embedded for asset in card.assets)


@rule("FD009", "moving-branch", Severity.WARNING)
def moving_branch(card: Card, _: Facts) -> Iterator[Problem]:
    """The source code is named by a branch that moves on.

    The network of today may not be the one that the checkpoint was made with.

    Bad:
        repo-link: https://gitee.com/mindspore/models/tree/master/official/cv/lenet
    Good:
        repo-link: https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet
    """
    moving = _MOVING.search(card.repo_link or "")
    if moving and card.repo_commit is None:
        message = say("the branch {branch!r} moves on; pin it with repo-commit", branch=moving["branch"])
        yield Problem(("repo-link",), message)


@rule("FD010", "legacy-key", Severity.WARNING)
def legacy_key(card: Card, _: Facts) -> Iterator[Problem]:
    """A key is one of the old hub's.

    Nothing reads it any more.

    Bad:
        mindspore-lite: True
    Good:
        x-mindspore-lite: True
    """
    for key in _legacy_keys(tuple(card.front or ())):
        heir = _SUCCESSORS.get(key, "repo-link" if key.endswith("-repo-link") else None)
        remedy = say("'{key}' took its place", key=heir) if heir else say("remove it, or keep it as 'x-{key}'", key=key)
        fix = _devices(card, key) if heir == "devices" else None if heir else _kept(card, key)
        message = say("{key!r} is a key of the old hub; {remedy}", key=key, remedy=remedy)
        yield Problem((key,), message, key=True, fix=fix)


@lru_cache(maxsize=_KEPT)
def _legacy_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(is_legacy_key, keys))


def _kept(card: Card, key: str) -> Repair:
    start, end = card.keys[key,]
    return Repair(say("keep it as x-{key}", key=key), ((start, end, f"x-{key}"),))


def _devices(card: Card, key: str) -> Repair | None:
    """Turn `train-backend: gpu` into `devices: [gpu]`; where that says so already, remove the line."""
    stated = (card.front or {}).get(key)
    names = [name.strip().lower() for name in stated.split("/")] if isinstance(stated, str) else []
    if not names or not set(names) <= {"ascend", "gpu", "cpu"}:
        return None
    start, end = card.keys[key,][0], card.places[key,][1]
    if "devices" not in (card.front or {}):
        # Of two such keys the first is turned, and the second removed once that is done.
        first = next(k for k in card.front or {} if _SUCCESSORS.get(k) == "devices")
        edits = ((start, end, f"devices: [{', '.join(names)}]"),)
        return Repair(say("say it as devices"), edits) if key == first else None
    if set(card.devices) != set(names):
        return None
    gap = _LINE_AND_GAP.match(card.text, end)
    return Repair(say("remove the line"), ((start, gap.end() if gap else end, ""),))


@rule("FD011", "citation", Severity.WARNING)
def citation(card: Card, facts: Facts) -> Iterator[Problem]:
    """The year of the work to cite cannot be right, or its address is that of another work.

    Numbers at arXiv begin with year and month: nothing appears in print a year or more before it is written down there,
    and nothing appears in a year to come.

    Bad:
        citation: {title: A network, authors: [A. Author], year: 2015, arxiv: "1704.04861"}
    Good:
        citation: {title: A network, authors: [A. Author], year: 2017, arxiv: "1704.04861"}
    """
    work = card.citation
    if work is None:
        return
    if work.year > facts.today.year + 1:
        yield Problem(("citation", "year"), say("the year {year} is yet to come", year=work.year))
    submitted = _ARXIV_YEAR.match(work.arxiv or "")
    # A journal's volume may carry the year in which it was planned: one year is no contradiction.
    if submitted and work.year < 2000 + int(submitted[1]) - 1:
        message = say(
            "{year}, but {arxiv} was put there in 20{then}", year=work.year, arxiv=work.arxiv, then=submitted[1]
        )
        yield Problem(("citation", "year"), message)
    named = _ARXIV_ADDRESS.match(work.url or "")
    if named and work.arxiv and named[1] != work.arxiv:
        message = say("the address is that of {other}, the number is {arxiv}", other=named[1], arxiv=work.arxiv)
        yield Problem(("citation", "url"), message)


RULES = (
    date,
    version_unquoted,
    licence_not_spdx,
    vocabulary,
    placeholder,
    boilerplate_summary,
    autolink,
    repo_link,
    moving_branch,
    legacy_key,
    citation,
)
