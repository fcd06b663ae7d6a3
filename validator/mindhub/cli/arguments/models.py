"""Arguments of the verbs that run models and show them: smoke, hub, site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.cli.arguments import add_allowed_hosts, add_cards, add_registry, add_store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_SITE = Path("build/site")
_STATE = Path("build/smoke")
_MADE_BY = ("hub", "reported")


def _smoke(verb: argparse.ArgumentParser) -> None:
    add_cards(verb)
    what = "find the card's network (its graph, a library, registry/networks, its repository) and print a smoke section"
    verb.add_argument("--propose", action="store_true", help=what)
    what = "take a repository from here: another address, or a directory"
    verb.add_argument("--mirror", action="append", default=[], metavar="URL=PLACE", help=what)
    what = "run the network with random weights instead: no file is fetched, and the card's status stays as it is"
    verb.add_argument("--random-weights", action="store_true", help=what)
    verb.add_argument("--record", action="store_true", help="write what was found out beside the card")
    verb.add_argument("--made-by", choices=_MADE_BY, default="reported", help="who answers for the record")
    verb.add_argument("--state", type=Path, metavar="DIR", help="remember results here, and run only what has changed")
    add_store(verb)
    add_allowed_hosts(verb)
    what = "fail where this stage did not run"
    verb.add_argument("--require", action="append", default=[], metavar="STAGE", help=what)
    verb.add_argument("--allow-not-run", action="store_true", help="exit with 0 where something could not be run here")
    what = "of all cards this part, balanced by how long each took before: 2/5 is the second of five"
    verb.add_argument("--shard", metavar="I/N", help=what)
    what = "run the cards elsewhere: processes:N, or dask://HOST:PORT, a running scheduler"
    verb.add_argument("--executor", metavar="WHERE", help=what)
    what = "what a Dask worker must offer to get a card, such as ASCEND"
    verb.add_argument("--resource", metavar="NAME", help=what)
    what = "cards at a time, as far as they fit into memory; as many as there are processors if absent"
    verb.add_argument("--jobs", type=_count, default=0, metavar="N", help=what)
    what = "run under another MindSpore, such as 2.8, in an environment made for it (2.5 GB, from PyPI)"
    verb.add_argument("--mindspore", metavar="VERSION", help=what)
    verb.add_argument(
        "--device", default="CPU", help="where networks run: CPU, Ascend, GPU, or Ascend:1; CPU if absent"
    )
    what = "DANGEROUS: let unreviewed code run without the full sandbox; the record says so"
    verb.add_argument("--unsandboxed", action="store_true", help=what)
    verb.add_argument("--format", choices=("text", "json"), default="text", help="what is printed")
    verb.set_defaults(run=_run_smoke)


def _count(text: str) -> int:
    """Read a number of cards, 1 or more."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _run_smoke(options: argparse.Namespace) -> int:
    if options.propose:
        from mindhub.cli.propose import propose

        return propose(
            targets=options.targets,
            registry=options.registry,
            mirrors=options.mirror,
            store=options.store,
            unsandboxed=options.unsandboxed,
        )
    if options.random_weights:
        from mindhub.cli.random_weights import random_weights

        return random_weights(
            targets=options.targets,
            registry=options.registry,
            record=options.record,
            made_by=options.made_by,
            allow_not_run=options.allow_not_run,
            jobs=options.jobs,
            unsandboxed=options.unsandboxed,
            mirrors=options.mirror,
            output=options.format,
        )
    from mindhub.cli import smoke

    return smoke.smoke(
        targets=options.targets,
        registry=options.registry,
        record=options.record,
        made_by=options.made_by,
        state=options.state,
        store=options.store,
        allow_hosts=options.allow_host,
        require=options.require,
        allow_not_run=options.allow_not_run,
        shard=options.shard,
        executor=options.executor,
        resource=options.resource,
        jobs=options.jobs,
        mindspore=options.mindspore,
        device=options.device,
        unsandboxed=options.unsandboxed,
        mirrors=options.mirror,
        output=options.format,
    )


def _hub(verb: argparse.ArgumentParser) -> None:
    add_registry(verb)
    verb.add_argument("--out", type=Path, default=_SITE, metavar="DIR", help="where the site goes")
    verb.add_argument("--state", type=Path, default=_STATE, metavar="DIR", help="where runs are remembered")
    verb.add_argument("--made-by", choices=_MADE_BY, default="reported", help="who answers for new records")
    verb.add_argument("--no-record", action="store_true", help="write no record beside a card")
    verb.set_defaults(run=_run_hub)


def _run_hub(options: argparse.Namespace) -> int:
    from mindhub.cli import hub

    return hub.run(
        registry=options.registry,
        out=options.out,
        state=options.state,
        made_by=options.made_by,
        record=not options.no_record,
    )


def _site(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(title="steps", metavar="STEP", required=True)
    build = steps.add_parser("build", help="build the site of a registry", description="Build the site of a registry.")
    add_registry(build)
    build.add_argument("--out", type=Path, default=_SITE, metavar="DIR", help="where to; build/site if absent")
    build.add_argument("--base-url", default="", metavar="URL", help="where the site will be, for whole addresses")
    what = "that of verify: pages then say when addresses last answered"
    build.add_argument("--ledger", type=Path, metavar="FILE", help=what)
    build.add_argument(
        "--only-changed", action="store_true", help="only the cards that changed since --base, for a preview"
    )
    build.add_argument("--base", default="", metavar="REV", help="with --only-changed: what to compare with")
    what = "make every page anew although it shows what it showed in the last build"
    build.add_argument("--no-cache", action="store_true", help=what)
    build.set_defaults(run=_run_build)
    serve = steps.add_parser("serve", help="show a built site", description="Serve a built site on this machine.")
    serve.add_argument("folder", nargs="?", type=Path, default=_SITE, metavar="DIR", help="the built site")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on; 127.0.0.1 if absent")
    what = "port to listen on; 8000 if absent, 0 for any that is free"
    serve.add_argument("--port", type=int, default=8000, help=what)
    what = "build the site of a registry first, and again at each change of a file; open pages reload"
    serve.add_argument("--live", action="store_true", help=what)
    add_registry(serve)
    serve.set_defaults(run=_run_serve)


def _run_build(options: argparse.Namespace) -> int:
    from mindhub.cli import site

    if options.only_changed and not options.base:
        print("mindhub site: --only-changed needs --base, the revision to compare with", file=sys.stderr)
        return 2
    base = options.base if options.only_changed else ""
    return site.build(
        registry=options.registry,
        out=options.out,
        base_url=options.base_url,
        ledger=options.ledger,
        base=base,
        cache=not options.no_cache,
    )


def _run_serve(options: argparse.Namespace) -> int:
    from mindhub.cli import server

    return server.serve(
        folder=options.folder, host=options.host, port=options.port, live=options.live, registry=options.registry
    )


def _doctor(verb: argparse.ArgumentParser) -> None:
    from mindhub.doctor import ABILITIES

    what = f"look only at what this needs: {', '.join(ABILITIES)}; all of them if absent"
    verb.add_argument("--for", dest="wanted", action="append", default=[], choices=tuple(ABILITIES), help=what)
    verb.add_argument("--format", choices=("text", "json"), default="text", help="what is printed")
    verb.set_defaults(run=_run_doctor)


def _run_doctor(options: argparse.Namespace) -> int:
    from mindhub.cli import doctor

    return doctor.doctor(wanted=options.wanted, output=options.format)


def _evidence(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(title="steps", metavar="STEP", required=True)
    show = steps.add_parser("show", help="list the records of cards", description="List the records of cards.")
    add_cards(show)
    compare = steps.add_parser(
        "compare", help="say what lies between two records", description="Say what lies between two records of a card."
    )
    add_registry(compare)
    compare.add_argument("card", metavar="CARD", help="a card, by name or file")
    what = "a record as `show` numbers them, or a file; the last two if absent"
    compare.add_argument("records", nargs="*", metavar="RECORD", help=what)
    table = steps.add_parser(
        "matrix", help="show which card works where", description="Show which card works under which MindSpore, where."
    )
    add_cards(table)
    verify = steps.add_parser(
        "verify", help="find records that contradict themselves", description="Find records that contradict themselves."
    )
    add_cards(verify)
    for step in (show, compare, table, verify):
        step.add_argument("--format", choices=("text", "json"), default="text", help="what is printed")
    show.set_defaults(run=_run_evidence("show"))
    compare.set_defaults(run=_run_compare)
    table.set_defaults(run=_run_evidence("matrix"))
    verify.set_defaults(run=_run_evidence("verify"))


def _run_evidence(step: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import evidence

        steps = {"show": evidence.show, "matrix": evidence.matrix, "verify": evidence.verify}
        return steps[step](targets=options.targets, registry=options.registry, output=options.format)

    return run


def _run_compare(options: argparse.Namespace) -> int:
    from mindhub.cli import evidence

    return evidence.compare(
        card=options.card, records=options.records, registry=options.registry, output=options.format
    )


ADD = {"smoke": _smoke, "doctor": _doctor, "evidence": _evidence, "hub": _hub, "site": _site}
