"""The formats of a report by their names, each module imported when it is asked for."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.localise import localise
from mindhub.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mindhub.model import Report


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is shown; a format ignores what it has no use for."""

    shown: Severity = Severity.ADVICE  #: the least severity that appears
    colour: bool = False  #: of a terminal
    site: str = ""  #: address of the published site, to which rules link; without it they do not link
    language: str = "en"  #: of messages, titles and the format's own words; one of messages.LANGUAGES


def render(name: str, report: Report, options: Options | None = None) -> str:
    """Return a report in a format of FORMATS, as text that UTF-8 can hold; raises KeyError for another name.

    Pure: the same report gives the same text, but for the seconds that a run took.
    """
    options = options or Options()
    text = FORMATS[name](localise(report, options.language), options)
    # A file's name may hold bytes that are no UTF-8, which Python carries as surrogates.
    return text.encode("utf-8", "replace").decode()


def _text(report: Report, options: Options) -> str:
    from mindhub.report import text

    return text.render(report, colour=options.colour, shown=options.shown, language=options.language)


def _json(report: Report, options: Options) -> str:
    from mindhub.report import json

    return json.render(report, shown=options.shown)


def _sarif(report: Report, options: Options) -> str:
    from mindhub.report import sarif

    return sarif.render(report, shown=options.shown, site=options.site, language=options.language)


def _github(report: Report, options: Options) -> str:
    from mindhub.report import github

    return github.render(report, shown=options.shown, language=options.language)


def _junit(report: Report, options: Options) -> str:
    from mindhub.report import junit

    return junit.render(report, shown=options.shown, language=options.language)


def _rdjson(report: Report, options: Options) -> str:
    from mindhub.report import rdjson

    return rdjson.render(report, shown=options.shown, site=options.site, language=options.language)


def _codequality(report: Report, options: Options) -> str:
    from mindhub.report import codequality

    return codequality.render(report, shown=options.shown, language=options.language)


def _markdown(report: Report, options: Options) -> str:
    from mindhub.report import markdown

    return markdown.render(report, shown=options.shown, site=options.site, language=options.language)


def _lines(report: Report, options: Options) -> str:
    from mindhub.report import lines

    return lines.render(report, shown=options.shown)


#: Every format there is, in the order in which help lists them.
FORMATS: Mapping[str, Callable[[Report, Options], str]] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "sarif": _sarif,
        "github": _github,
        "junit": _junit,
        "codequality": _codequality,
        "rdjson": _rdjson,
        "markdown": _markdown,
        "lines": _lines,
    }
)
