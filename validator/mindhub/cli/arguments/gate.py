"""Arguments of the verbs around a change: ready."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.cli.arguments import add_allowed_hosts, add_language, add_registry, add_store

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("text", "json", "markdown", "github", "sarif", "junit", "rdjson")  #: as cli.ready has them
STEPS = ("check", "verify", "smoke")  #: as mindhub.ready has them


def _ready(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "targets", nargs="*", metavar="CARD", help="uids, files or folders; all that changed where absent"
    )
    add_registry(verb)
    verb.add_argument("--base", metavar="REV", help="where the change began; the upstream's main branch where absent")
    verb.add_argument("--skip", action="append", default=[], choices=STEPS, help="leave a step out; may stand twice")
    verb.add_argument("--full", action="store_true", help="download files and compute their sha256")
    verb.add_argument("--shard", type=_shard, default=(1, 1), metavar="I/N", help="verify and run one part of N alone")
    verb.add_argument("--author", default="", metavar="ACCOUNT", help="who sends the change; CI says so")
    verb.add_argument("--approved", action="store_true", help="a maintainer lets the models of this commit run")
    verb.add_argument("--ledger", type=Path, metavar="FILE", help="where answers are kept; the user's cache if absent")
    verb.add_argument("--state", type=Path, metavar="DIR", help="remember runs here, and run only what has changed")
    add_store(verb)
    add_allowed_hosts(verb)
    verb.add_argument(
        "--format",
        action="append",
        default=[],
        type=_format,
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(FORMATS)}; to a file if named; may stand several times",
    )
    verb.add_argument("--site", default="", metavar="URL", help="where the registry's site is, for links to rules")
    add_language(verb)
    verb.set_defaults(run=_run_ready)


def _run_ready(options: argparse.Namespace) -> int:
    from mindhub.cli import ready
    from mindhub.policy import Author

    asked = ready.Asked(
        targets=options.targets,
        registry=options.registry,
        base=options.base,
        author=Author(options.author, approved=options.approved),
        skip=frozenset(options.skip),
        shard=options.shard,
        full=options.full,
        ledger=options.ledger,
        store=options.store,
        state=options.state,
        allow_hosts=frozenset(options.allow_host),
    )
    return ready.run(asked, formats=options.format or ["text"], site=options.site, language=options.lang)


def _shard(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if not found or int(found[1]) > int(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no part; write 1/4 for the first of four")
    return int(found[1]), int(found[2])


def _format(text: str) -> str:
    if text.partition("=")[0] not in FORMATS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(FORMATS)}")
    return text


ADD: dict[str, Callable[[argparse.ArgumentParser], None]] = {"ready": _ready}
