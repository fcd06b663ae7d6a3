"""Arguments of the verbs that authors of cards begin with: new, bump, preview, completion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.cli.arguments import add_language, add_registry

if TYPE_CHECKING:
    import argparse

SHELLS = ("bash", "zsh", "fish", "vscode")


def _new(verb: argparse.ArgumentParser) -> None:
    from mindhub.scaffold.questions import QUESTIONS

    verb.add_argument("uid", nargs="?", default="", metavar="UID", help="publisher/mindspore-version/name of the card")
    add_registry(verb)
    verb.add_argument("--where", action="store_true", help="say where a model's file may live, and write nothing")
    verb.add_argument("--file", type=Path, help="the model's file here; size, sha256 and tensors are read from it")
    verb.add_argument("--link", default="", metavar="URL", help="address of the file, where it is over 1 MB")
    what = "network, as MODULE:FACTORY below registry/networks, package:MODULE:FACTORY, mindir, hub-conf or export"
    verb.add_argument("--smoke", default="", metavar="NETWORK", help=what)
    what = "input of the network, such as images:1x3x224x224:float32; may stand several times"
    verb.add_argument("--input", action="append", default=[], metavar="NAME:SHAPE:TYPE", help=what)
    for question in QUESTIONS:
        verb.add_argument(f"--{question.key}", default="", metavar="TEXT", help=str(question.help).replace("%", "%%"))
    what = "a device it was made for: ascend, gpu or cpu; may stand several times"
    verb.add_argument("--device", action="append", default=[], choices=("ascend", "gpu", "cpu"), help=what)
    what = "first paragraph of the text; the summary where absent"
    verb.add_argument("--introduction", default="", metavar="TEXT", help=what)
    verb.add_argument("--citation", default="", metavar="TEXT", help="how to cite the model")
    what = "mail or https address of a publisher whose first card this is; writes its publisher.yaml"
    verb.add_argument("--contact", default="", metavar="ADDRESS", help=what)
    what = "account that may change that publisher's cards; the publisher's name where absent"
    verb.add_argument("--owner", default="", metavar="ACCOUNT", help=what)
    verb.add_argument("--overwrite", action="store_true", help="replace a card or a file that is there already")
    what = "ask nothing: what is not given has its default, or is named as missing"
    verb.add_argument("--no-input", action="store_true", help=what)
    what = "write a mindspore_hub_conf.py for MODULE:FACTORY of your own repository instead of a card"
    verb.add_argument("--network", default="", metavar="MODULE:FACTORY", help=what)
    what = "where --network writes to; the working directory where absent"
    verb.add_argument("--out", type=Path, default=Path(), metavar="PATH", help=what)
    add_language(verb)
    verb.set_defaults(run=_run_new)


def _run_new(options: argparse.Namespace) -> int:
    from mindhub.cli import new
    from mindhub.scaffold.questions import QUESTIONS

    if options.where:
        return new.where(language=options.lang, file=options.file.name if options.file else "FILE")
    if options.network:
        from mindhub.cli import new_network

        return new_network.run(
            target=options.out, factory=options.network, overwrite=options.overwrite, language=options.lang
        )
    values = {question.key: getattr(options, question.key.replace("-", "_")) for question in QUESTIONS}
    given = new.Given(
        uid=options.uid,
        values={key: value for key, value in values.items() if value},
        file=options.file,
        link=options.link,
        network=options.smoke,
        inputs=tuple(options.input),
        devices=tuple(options.device),
        introduction=options.introduction,
        citation=options.citation,
        contact=options.contact,
        owner=options.owner,
    )
    return new.run(
        given=given,
        registry=options.registry,
        overwrite=options.overwrite,
        asking=False if options.no_input else None,
        language=options.lang,
    )


def _bump(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("uid", metavar="UID", help="the card that is there")
    verb.add_argument("version", metavar="VERSION", help="the MindSpore version of the new one, such as 2.10")
    add_registry(verb)
    what = "the file is the same one: keep its asset, model-version and evaluation"
    verb.add_argument("--same-file", action="store_true", help=what)
    verb.add_argument("--overwrite", action="store_true", help="replace a card that is there already")
    add_language(verb)
    verb.set_defaults(run=_run_bump)


def _run_bump(options: argparse.Namespace) -> int:
    from mindhub.cli import bump

    return bump.run(
        uid=options.uid,
        version=options.version,
        registry=options.registry,
        same_file=options.same_file,
        overwrite=options.overwrite,
        language=options.lang,
    )


def _preview(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("card", nargs="?", default="", metavar="CARD", help="uid or file; the newest card where absent")
    add_registry(verb)
    verb.add_argument("--no-serve", action="store_true", help="build the page and print its path")
    verb.add_argument("--port", type=int, default=8000, help="port on this machine; 8000 if absent, 0 for any")
    verb.add_argument("--out", type=Path, metavar="DIR", help="where the pages go; the user's cache where absent")
    add_language(verb)
    verb.set_defaults(run=_run_preview)


def _run_preview(options: argparse.Namespace) -> int:
    from mindhub.cli import preview

    return preview.run(
        target=options.card,
        registry=options.registry,
        serve=not options.no_serve,
        port=options.port,
        out=options.out,
        language=options.lang,
    )


def _completion(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "shell", choices=SHELLS, help="the shell that reads the script; vscode: snippets of a card's keys"
    )
    verb.set_defaults(run=_run_completion)


def _run_completion(options: argparse.Namespace) -> int:
    from mindhub.cli import completion

    return completion.run(shell=options.shell)


ADD = {"new": _new, "bump": _bump, "preview": _preview, "completion": _completion}
