"""Sentences for people: English, and able to be said in another language because they remember their making."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

LANGUAGES = ("en", "zh")  #: zh: Simplified Chinese
#: A placeholder of a template, as `re.escape` leaves it.
_PLACE = re.compile(r"\\\{(\w+)\\\}")
_FOLDER = Path(__file__).parent / "locale"
_CATALOGUES = ("messages", "data")  #: sentences of the code, and those that schemas and vocabularies hold


class Message(str):
    """A sentence in one language, with the English template and the values that it was made of.

    It is a text like any other; `translate` makes it anew.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __reduce__(self) -> tuple[Any, ...]:
        return _message, (str(self), self.template, dict(self.values))


# The cards of a registry have the same faults over and over: of eight messages seven were made before, and one object
# for all of them spares time and memory. `typed`, as 1 and True are equal and read differently.
@lru_cache(maxsize=1 << 13, typed=True)
def say(template: str, /, **values: Hashable) -> Message:
    """Return an English sentence: a template as `str.format` fills it; without values it stands as it is.

    The template is a literal, so that a test can find it and ask for its translation. A Message among the values
    is translated with the whole.
    """
    return _message(template.format(**values) if values else template, template, values)


def many(count: int, one: str, more: str, /, **values: Hashable) -> Message:
    """Return `one` or `more`, both literal templates, with {count} among the values."""
    return say(one if count == 1 else more, count=count, **values)


def from_data(text: str) -> Message:
    """Return a sentence that a schema or a vocabulary of the project holds; its translation is in `data.yaml`."""
    return _message(text, text, {})


def translate(text: str, language: str) -> str:
    """Return a Message in a language; other text, and what has no translation, is returned unchanged."""
    if not isinstance(text, Message):
        return text
    template = text.template if language == "en" else _catalogue(language).get(text.template)
    if template is None:
        return text
    values = {
        name: translate(value, language) if isinstance(value, Message) else value for name, value in text.values.items()
    }
    return _message(template.format(**values) if values else template, text.template, text.values)


def recall(text: str, language: str) -> str:
    """Return a sentence that a run wrote into its record, in a language; unchanged where it is none of the known.

    A record holds plain text. `records.yaml` has the templates of what runs write most, in English and translated.
    """
    for pattern, said in _recorded(language):
        if found := pattern.fullmatch(text):
            return said.format(**found.groupdict())
    for between, joined in (("; ", "；"), (", ", "、")):
        parts = text.split(between)
        each = [recall(part, language) for part in parts] if len(parts) > 1 else parts
        if all(said != part for part, said in zip(parts, each, strict=True)):
            return joined.join(each)
    return text


def rule_texts(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return, by rule code, the translated `title` and, where the rule has one, `documentation`."""
    return _load(language, "rules")


def _message(text: str, template: str, values: Mapping[str, object]) -> Message:
    message = str.__new__(Message, text)
    message.template = template
    message.values = values
    return message


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    return {english: said for name in _CATALOGUES for english, said in _load(language, name).items()}


@cache
def _recorded(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    found = _load(language, "records")
    return tuple(
        (re.compile(_PLACE.sub(r"(?P<\1>[^;]+)", re.escape(english))), said) for english, said in found.items()
    )


@cache
def _load(language: str, name: str) -> Mapping[str, Any]:
    if language not in LANGUAGES[1:]:
        return {}
    from mindhub.resources import read_own

    loaded: dict[str, Any] = read_own(_FOLDER / language / f"{name}.yaml")
    return loaded
