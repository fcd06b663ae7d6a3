"""The arguments of the verbs, and how they reach the verbs' functions."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LANGUAGES = ("en", "zh")  #: as messages has them
SEVERITIES = ("advice", "warning", "error")  #: as model.Severity has them


def add_registry(verb: argparse.ArgumentParser) -> None:
    """Add `--registry`."""
    verb.add_argument("--registry", type=Path, metavar="DIR", help="the registry's root; found by itself where absent")


def add_cards(verb: argparse.ArgumentParser) -> None:
    """Add the cards that are meant."""
    verb.add_argument("targets", nargs="*", metavar="CARD", help="uids, files or folders; the registry where absent")
    add_registry(verb)


def add_language(verb: argparse.ArgumentParser) -> None:
    """Add `--lang`."""
    verb.add_argument("--lang", choices=LANGUAGES, help="language of messages; that of the locale where absent")


def add_store(verb: argparse.ArgumentParser) -> None:
    """Add `--store`."""
    verb.add_argument("--store", type=Path, metavar="DIR", help="folder of downloads; the user's cache where absent")


def add_allowed_hosts(verb: argparse.ArgumentParser) -> None:
    """Add `--allow-host`."""
    what = "contact this host though it is private"
    verb.add_argument("--allow-host", action="append", default=[], metavar="HOST[:PORT]", help=what)


def add_reports(verb: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """Add `--format`, which may send a report to a file, `--site` and `--lang`."""
    verb.add_argument(
        "--format",
        action="append",
        default=[],
        type=partial(_report, formats=formats),
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(formats)}; to a file if named; may stand several times",
    )
    verb.add_argument("--site", default="", metavar="URL", help="where the registry's site is, for links to rules")
    add_language(verb)


def _report(text: str, *, formats: Sequence[str]) -> str:
    if text.partition("=")[0] not in formats:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(formats)}")
    return text
