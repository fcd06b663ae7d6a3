"""The command line: one module per verb here, their arguments in `arguments`."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Every verb, in the order of `--help`, with the module that describes its arguments and one line about it.
VERBS = {
    "new": ("authors", "write a card that passes: asks for what it needs, or takes flags"),
    "bump": ("authors", "begin a new version of a card with what carries over"),
    "preview": ("authors", "show the page of a card, built anew when the card changes"),
    "completion": ("authors", "print what completes mindhub's words in a shell, and a card's keys in VS Code"),
    "check": ("cards", "find every fault of cards"),
    "fix": ("cards", "repair what can be repaired without guessing; the same as check --fix"),
    "ready": ("gate", "do what the pull request will do, and say what to do next"),
    "rules": ("cards", "list the rules, or explain some"),
    "explain": ("cards", "explain rules: what each wants, and why, with a bad and a good example"),
    "pin": ("files", "fill in sizes, hashes and the commit of a card from the bytes"),
    "verify": ("files", "ask the addresses that cards name, and judge what they answer"),
    "smoke": ("models", "run what cards claim"),
    "evidence": ("models", "show and compare what runs found out; which card works where"),
    "doctor": ("models", "say what this machine can do, and what is missing for the rest"),
    "hub": ("models", "check the registry, run its embedded models, build the site"),
    "site": ("models", "build the site, or look at it"),
    "inspect": ("files", "list what a model file holds"),
    "diff": ("files", "say which tensors differ between two model files"),
    "lookup": ("files", "find the cards that claim a file"),
    "store": ("files", "list, verify and prune what was downloaded"),
    "waive": ("registry", "live with a finding for a time: write it into waivers.yaml"),
    "baseline": ("registry", "take a registry over with the findings it has: write them into baseline.json"),
    "import": ("registry", "bring the cards of an old MindSpore Hub over into a registry"),
    "init": ("gate", "begin a registry of your own with five files"),
    "ci": ("gate", "do the steps of the registry's own workflows"),
}

#: The verbs of `--help` by who needs them; those of no group stand under the last heading.
GROUPS = {
    "for authors of cards": ("new", "check", "fix", "ready", "preview"),
    "about one card or file": (
        "bump", "rules", "explain", "pin", "verify", "smoke", "inspect", "diff", "lookup", "store", "completion",
    ),
    "for keepers of a registry": (),
}  # fmt: skip
#: Verbs that only the registry's own workflows call.
HIDDEN = frozenset({"ci"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `mindhub`; return the exit code (0 fine, 1 a fault of a card, 2 the tool could not)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None and given[:1] in (["check"], ["fix"]):
        gc.disable()  # what a check builds is kept until the process ends: looking for cycles in it finds nothing
    wanted = given[0] if given else ""
    if wanted and not wanted.startswith("-") and wanted not in VERBS:
        parser().error(f"there is no verb {wanted!r}{did_you_mean(wanted, VERBS.keys() - HIDDEN)}")
    options = parser(wanted).parse_args(given)
    try:
        return int(options.run(options))
    except BrokenPipeError:  # the reader of a pipe went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        print("mindhub: interrupted", file=sys.stderr)
        return 130


def parser(wanted: str = "") -> argparse.ArgumentParser:
    """Return the parser; of all verbs, or of one alone, because describing all takes longer than checking a card."""
    made = argparse.ArgumentParser(
        prog="mindhub",
        description=_description(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 fine, 1 a fault of a card or its files, 2 the tool could not do what was asked",
    )
    made.add_argument("--version", action="version", version=f"mindhub {__version__}")
    verbs = made.add_subparsers(metavar="VERB", required=True, help="mindhub VERB --help says more", parser_class=_Verb)
    for name, (module, what) in VERBS.items():
        if wanted in VERBS and name != wanted:
            continue
        verb = verbs.add_parser(name, description=f"{what[0].upper()}{what[1:]}.")
        importlib.import_module(f"mindhub.cli.arguments.{module}").ADD[name](verb)
    return made


class _Verb(argparse.ArgumentParser):
    """A verb or a step of one, which names itself and shows its usage where it does not know an argument."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Leave nothing for the parser above, as argparse does: its usage would say nothing about this verb."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def _description() -> str:
    grouped = {name for names in GROUPS.values() for name in names}
    lines = ["The model-card registry for MindSpore: check cards, run what they claim, build the site."]
    for heading, names in GROUPS.items():
        shown = names or tuple(name for name in VERBS if name not in grouped | HIDDEN)
        lines += ["", f"{heading}:", *(f"  {name:<12}{VERBS[name][1]}" for name in shown if name in VERBS)]
    return "\n".join(lines)
