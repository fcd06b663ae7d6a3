"""The evaluation of a card: `top1acc79.3 | top5acc94.5`, or a typed list, into metrics."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.model import Metric

if TYPE_CHECKING:
    from mindhub.model import FieldPath
    from mindhub.vocabulary import Term, Vocabulary

_NUMBER = r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_VALUE = re.compile(rf"[\s:=]*({_NUMBER})\s*%?")
_LONGEST = 2_000  #: characters of an evaluation; those of the old hub have at most 200
_LONGEST_SCORE = 120  #: characters of one score, spelling and number
_SUFFIXED = re.compile(rf"({_NUMBER})\s*([a-zA-Z]+)")
_LABEL_END = re.compile(rf"[\s:=]*{_NUMBER}\s*%?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of an evaluation, read or not."""

    path: FieldPath  #: within the front matter
    text: str  #: as written
    metric: Metric | None  #: None where the grammar cannot read it


def parse_evaluation(value: Any, vocabulary: Vocabulary) -> tuple[Part, ...]:
    """Read a card's `evaluation`, in either form; parts that cannot be read have no metric."""
    if isinstance(value, str) and len(value) > _LONGEST:
        return (Part(("evaluation",), value, None),)
    if isinstance(value, str):
        texts = [text.strip() for text in value.split("|")]
        return tuple(Part(("evaluation",), text, parse_metric(text, vocabulary)) for text in texts if text)
    if isinstance(value, list):
        return tuple(_typed(index, item, vocabulary) for index, item in enumerate(value))
    return ()


@lru_cache(maxsize=8192)
def parse_metric(text: str, vocabulary: Vocabulary) -> Metric | None:
    """Read `top1acc79.3`: the longest spelling of a metric that leaves a number behind it.

    A number that comes first is read by its unit, as in `3.2mos`.
    """
    if len(text) > _LONGEST_SCORE:
        return None
    numbered = _LABEL_END.search(text)
    for end in range(len(text), max(numbered.start(), 1) - 1 if numbered else len(text), -1):
        number = None if text[end - 1] in " :=-_." else _VALUE.fullmatch(text[end:])
        if number and (term := vocabulary.find("metrics", text[:end].rstrip(" :="))):
            return _metric(term, float(number[1]), text)
    if suffixed := _SUFFIXED.fullmatch(text):
        for term in vocabulary.kind("metrics").values():
            if term.more.get("suffix") == suffixed[2]:
                return _metric(term, float(suffixed[1]), text)
    return None


def label_of(text: str) -> str:
    """Return what stands before the number of `label12.3`; the whole text where there is none."""
    match = _LABEL_END.search(text)
    return text[: match.start()] if match else text


def _metric(term: Term, value: float, text: str, dataset: str | None = None, split: str | None = None) -> Metric:
    name = term.name
    return Metric(
        name,
        value,
        str(term.more.get("unit", "")),
        str(term.more.get("direction", "")),
        dataset or term.more.get("dataset"),
        split,
        text,
    )


def _typed(index: int, item: Any, vocabulary: Vocabulary) -> Part:
    path: FieldPath = ("evaluation", index)
    if not isinstance(item, dict):
        return Part(path, str(item), None)
    name, value = item.get("metric"), item.get("value")
    term = vocabulary.find("metrics", name) if isinstance(name, str) else None
    text = f"{name} {value}"
    if term is None or not isinstance(value, int | float) or isinstance(value, bool):
        return Part((*path, "metric"), text, None)
    strings = {key: item[key] for key in ("dataset", "split") if isinstance(item.get(key), str)}
    return Part(path, text, _metric(term, float(value), text, **strings))
