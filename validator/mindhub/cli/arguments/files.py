"""Arguments of the verbs about files and addresses: inspect, diff, verify, pin, lookup, store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.cli.arguments import add_allowed_hosts, add_cards, add_registry, add_store

if TYPE_CHECKING:
    import argparse

_FORMATS = ("ckpt", "mindir", "safetensors", "onnx")  #: as formats.READERS has them


def _inspect(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("target", metavar="TARGET", help="a file, an https address, or the uid of a card")
    add_registry(verb)
    verb.add_argument("--format", choices=("text", "json", "tree"), default="text", help="what is printed")
    verb.add_argument("--stats", action="store_true", help="read all values: minimum, mean, zeros, NaN, sha256 …")
    verb.add_argument("--file-format", choices=_FORMATS, help="what the file is; found out where absent")
    add_allowed_hosts(verb)
    verb.add_argument("--allow-private", action="store_true", help="contact any private address, as inside a company")
    verb.set_defaults(run=_run_inspect)


def _run_inspect(options: argparse.Namespace) -> int:
    from mindhub.cli import inspect

    return inspect.run(
        target=options.target,
        registry=options.registry,
        output=options.format,
        stats=options.stats,
        file_format=options.file_format,
        allow_hosts=options.allow_host,
        allow_private=options.allow_private,
    )


def _diff(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("first", metavar="A", help="a file, or the uid of a card")
    verb.add_argument("second", metavar="B", help="another")
    add_registry(verb)
    verb.add_argument("--format", choices=("text", "json"), default="text", help="what is printed")
    verb.add_argument("--all", action="store_true", help="list unchanged tensors too")
    verb.set_defaults(run=_run_diff)


def _run_diff(options: argparse.Namespace) -> int:
    from mindhub.cli import diff

    return diff.run(
        first=options.first,
        second=options.second,
        registry=options.registry,
        output=options.format,
        every=options.all,
    )


def _verify(verb: argparse.ArgumentParser) -> None:
    add_cards(verb)
    verb.add_argument("--full", action="store_true", help="download files and compute their sha256")
    verb.add_argument("--base", metavar="REV", help="only the cards that changed since HEAD left this git revision")
    way = verb.add_mutually_exclusive_group()
    way.add_argument("--offline", action="store_true", help="ask nobody, judge by what was answered before")
    way.add_argument("--due", action="store_true", help="ask only what has not been asked for long enough")
    verb.add_argument(
        "--ledger", type=Path, metavar="FILE", help="where answers are kept; the user's cache where absent"
    )
    add_store(verb)
    add_allowed_hosts(verb)
    verb.add_argument("--allow-private", action="store_true", help="contact any private address, as inside a company")
    verb.add_argument(
        "--per-host", type=int, default=4, metavar="N", help="connections to one host at a time; 4 if absent"
    )
    verb.add_argument(
        "--interval", type=float, default=0.1, metavar="S", help="seconds between two questions to a host"
    )
    verb.add_argument("--jobs", type=int, default=16, metavar="N", help="addresses asked at a time; 16 if absent")
    verb.add_argument("--allow-not-run", action="store_true", help="exit with 0 where something could not be asked")
    verb.add_argument("--format", choices=("text", "json"), default="text", help="what is printed")
    verb.set_defaults(run=_run_verify)


def _run_verify(options: argparse.Namespace) -> int:
    from mindhub.cli import verify

    return verify.verify(
        targets=options.targets,
        registry=options.registry,
        network=verify.Network(
            full=options.full,
            offline=options.offline,
            due=options.due,
            ledger=options.ledger,
            store=options.store,
            allow_hosts=frozenset(options.allow_host),
            allow_private=options.allow_private,
            per_host=options.per_host,
            interval=options.interval,
            jobs=options.jobs,
        ),
        base=options.base,
        allow_not_run=options.allow_not_run,
        output=options.format,
    )


def _pin(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("target", metavar="CARD", help="the card: its file or its uid")
    add_registry(verb)
    verb.add_argument("--file", type=Path, metavar="FILE", help="the model file, if you have it here")
    verb.add_argument("--asset", type=int, metavar="N", help="which entry of the card's asset list, from 1")
    verb.add_argument(
        "--repository", type=Path, metavar="DIR", help="a copy of the source repository, to ask instead of its host"
    )
    verb.add_argument("--no-commit", action="store_true", help="leave repo-commit alone")
    verb.add_argument(
        "--replace-claims", action="store_true", help="write over a size or sha256 that is there and differs"
    )
    add_store(verb)
    add_allowed_hosts(verb)
    verb.add_argument("--allow-private", action="store_true", help="contact any private address, as inside a company")
    verb.set_defaults(run=_run_pin)


def _run_pin(options: argparse.Namespace) -> int:
    from mindhub.cli import pin

    return pin.pin(
        target=options.target,
        registry=options.registry,
        file=options.file,
        asset=options.asset,
        repository=options.repository,
        commit=not options.no_commit,
        replace_claims=options.replace_claims,
        store=options.store,
        allow_hosts=options.allow_host,
        allow_private=options.allow_private,
    )


def _lookup(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("wanted", metavar="SHA256", help="a sha256, its first 8 digits or more, or a file")
    add_registry(verb)
    verb.set_defaults(run=_run_lookup)


def _run_lookup(options: argparse.Namespace) -> int:
    from mindhub.cli import lookup

    return lookup.lookup(wanted=options.wanted, registry=options.registry)


def _store(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(title="steps", metavar="STEP", required=True)
    for name, what, run in (
        ("list", "list what was downloaded", _run_list),
        ("verify", "hash everything again, and remove what is damaged", _run_store_verify),
        ("prune", "remove what was used longest ago", _run_prune),
    ):
        step = steps.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        add_store(step)
        step.set_defaults(run=run)
        if name == "prune":
            step.add_argument("--budget", default="20GB", metavar="SIZE", help="what may stay; 20GB if absent")
            step.add_argument("--leftovers", action="store_true", help="remove all that broken downloads have left")


def _run_list(options: argparse.Namespace) -> int:
    from mindhub.cli import store as verb

    return verb.list_files(store=options.store)


def _run_store_verify(options: argparse.Namespace) -> int:
    from mindhub.cli import store as verb

    return verb.verify(store=options.store)


def _run_prune(options: argparse.Namespace) -> int:
    from mindhub.cli import store as verb

    return verb.prune(store=options.store, budget=options.budget, leftovers=options.leftovers)


ADD = {"inspect": _inspect, "diff": _diff, "verify": _verify, "pin": _pin, "lookup": _lookup, "store": _store}
