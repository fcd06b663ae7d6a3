"""Arguments of the verbs around a registry's gate: ready, init, and ci for the registry's own workflows."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.cli.arguments import add_allowed_hosts, add_registry, add_reports, add_store

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("text", "json", "markdown", "github", "sarif", "junit", "codequality", "rdjson")  #: as cli.ready has them
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
    add_reports(verb, FORMATS)
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


def _init(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("folder", type=Path, metavar="DIR", help="where the registry goes; made if absent")
    verb.add_argument("--publisher", required=True, metavar="NAME", help="folder of the first publisher's cards")
    verb.add_argument("--owner", required=True, metavar="ACCOUNT", help="who may change them, and keeps the registry")
    verb.add_argument("--contact", required=True, metavar="ADDRESS", help="a mail address or an https address")
    verb.add_argument("--title", default="", help="the publisher's name for readers; that of its folder if absent")
    verb.add_argument("--host", choices=("github", "gitlab", "gitee"), default="github", help="whose CI judges changes")
    verb.set_defaults(run=_run_init)


def _run_init(options: argparse.Namespace) -> int:
    from mindhub.cli import init

    return init.run(
        folder=options.folder,
        publisher=options.publisher,
        owner=options.owner,
        contact=options.contact,
        title=options.title,
        host=options.host,
    )


def _ci(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(title="steps", metavar="STEP", required=True)
    step = _step(steps, "plan", "say in how many shards the cards of a change are run", _run_plan)
    step.add_argument("ready", type=Path, metavar="FILE", help="what mindhub ready --format json has written")
    step.add_argument("--most", type=int, default=4, metavar="N", help="shards at most; 4 if absent")
    step = _step(steps, "join", "make one verdict of what several jobs have found", _run_join)
    step.add_argument(
        "parts", nargs="+", type=Path, metavar="FILE", help="what mindhub ready --format json has written"
    )
    step.add_argument("--job", action="append", default=[], metavar="STEP=RESULT", help="how the job of a step ended")
    step.add_argument("--number", type=int, required=True, help="the pull request's")
    step.add_argument("--head", required=True, metavar="SHA", help="the pull request's newest commit")
    step.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the verdict goes")
    step = _step(steps, "comment", "comment on the pull request or merge request of a run", _run_comment)
    of = step.add_mutually_exclusive_group(required=True)
    of.add_argument("--run", dest="of", type=int, metavar="ID", help="the workflow's run, on GitHub")
    of.add_argument("--verdict", type=Path, metavar="FILE", help="what mindhub ci join has written, on GitLab")
    step.add_argument("--site", default="", metavar="URL", help="where the registry's site is, for links to rules")
    step.add_argument("--sarif", type=Path, metavar="FILE", help="where the run's SARIF goes")
    _add_host(step)
    step = _step(steps, "issues", "open, update and close issues about what has failed for days", _run_issues)
    add_registry(step)
    step.add_argument("--ledger", type=Path, metavar="FILE", help="that of mindhub verify")
    step.add_argument("--smoke", type=Path, metavar="FILE", help="what mindhub smoke --format json has written")
    step.add_argument("--state", type=Path, required=True, metavar="FILE", help="on which days what was seen to fail")
    step.add_argument("--dry-run", action="store_true", help="say what would be done")
    _add_host(step)


def _step(
    steps: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    what: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    step = steps.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    step.set_defaults(run=run)
    return step


def _add_host(step: argparse.ArgumentParser) -> None:
    step.add_argument("--repository", default="", metavar="OWNER/NAME", help="on GitHub; GITHUB_REPOSITORY if absent")
    what = "the account that comments; others' comments are left alone"
    step.add_argument("--account", default="github-actions[bot]", help=what)


def _run_plan(options: argparse.Namespace) -> int:
    from mindhub.cli import ci

    return ci.plan(ready=options.ready, most=options.most)


def _run_join(options: argparse.Namespace) -> int:
    from mindhub.cli import ci

    return ci.join_parts(
        parts=options.parts, jobs=options.job, number=options.number, head=options.head, out=options.out
    )


def _run_comment(options: argparse.Namespace) -> int:
    from mindhub.cli import ci

    if options.verdict is not None:
        return ci.note(verdict=options.verdict, site=options.site)
    return ci.comment_on(
        run=options.of, repository=options.repository, account=options.account, site=options.site, out=options.sarif
    )


def _run_issues(options: argparse.Namespace) -> int:
    from mindhub.cli import ci

    return ci.issues(
        registry=options.registry,
        ledger=options.ledger,
        smoke=options.smoke,
        state=options.state,
        repository=options.repository,
        account=options.account,
        dry_run=options.dry_run,
    )


ADD: dict[str, Callable[[argparse.ArgumentParser], None]] = {"ready": _ready, "init": _init, "ci": _ci}
