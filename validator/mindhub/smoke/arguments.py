"""Arguments of a repository's script that nobody gave: paths get an empty file or folder, the rest is a guess."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mindhub.smoke.tracing import Trace

#: Arguments that mean a checkpoint or another file; their values are no part of a network.
_PATH = re.compile(r"(ckpt|checkpoint|pretrain|pre_train|resume|weight)(?!.*(num|size|decay|epoch|step|type|format))")
_PLACE = re.compile(r"(path|dir|file|root|folder)s?(name)?$")
#: Addresses in a cloud: a script that has one copies from there.
_ADDRESS = re.compile(r"url$")
_FOLDER = re.compile(r"(dir|folder|root)$")
_CONFIGURATION = re.compile(r"config|cfg|yaml")
_DEVICE = re.compile(r"device_?(target|type)|platform")
_SPARE = frozenset({argparse.REMAINDER, argparse.ZERO_OR_MORE, argparse.OPTIONAL})
#: What an argument that means a file gets.
FILE = "weights.ckpt"


def filled(found: Trace, scratch: Path, folders: frozenset[str]) -> list[tuple[Any, str, Any]]:
    """Return what has argparse fill in paths, and required arguments that nobody gave: owner, name, replacement.

    Arguments in `folders` mean a folder, whatever their name says. What was invented is noted in `found`.
    """
    real = argparse.ArgumentParser.parse_known_args

    def parse_known_args(self: Any, args: Any = None, namespace: Any = None) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        for action in self._actions:
            name = (action.option_strings or [action.dest])[-1]
            if action.option_strings and action.nargs != 0 and _CONFIGURATION.search(action.dest.lower()):
                found.configurations.append(name)
            said = any(
                word == option or word.startswith(f"{option}=") for option in action.option_strings for word in given
            )
            # argparse calls words that may be absent required, where they have no default.
            spare = not action.option_strings and action.nargs in _SPARE
            if said or spare or action.nargs == 0:
                continue
            wanted = _wanted(action, _place(action.dest, scratch, folders))
            if _DEVICE.fullmatch(action.dest) and (action.required or action.default is None):
                # Which device a network is meant for is no property of it.
                wanted = str(next(iter(action.choices or ["Ascend"])))
            if wanted is None and action.required and action.default is not None:
                wanted = str(action.default)  # the script's own word, though it asks for one
            if wanted is None and action.required:
                wanted = _guess(action)
                found.guessed.append(f"{name} {wanted}".strip())
            if wanted is not None and action.option_strings:
                given = [name, wanted, *given]
            elif wanted is not None and not given:
                given.append(wanted)
        return real(self, given, namespace)

    return [(argparse.ArgumentParser, "parse_known_args", parse_known_args)]


def _place(argument: str, scratch: Path, folders: frozenset[str]) -> Path:
    """Return an empty file or folder for an argument; each file its own: an error then says which one it is about."""
    folder = scratch / "files"
    folder.mkdir(exist_ok=True)
    if _FOLDER.search(argument) or argument in folders:
        return folder
    file = scratch / "given" / argument / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


def _wanted(action: argparse.Action, place: Path) -> str | None:
    """Return a path for an argument that means one and has none."""
    if action.choices or action.type not in (None, str):
        return None
    empty = action.default in (None, "") or action.required
    name = action.dest.lower()
    if _CONFIGURATION.search(name):
        return None
    if _ADDRESS.search(name):
        return str(place) if action.required or action.default is None else None
    if _PATH.search(name) and (empty or not Path(str(action.default)).exists()):
        return str(place)
    return str(place) if empty and _PLACE.search(name) else None


def _guess(action: argparse.Action) -> str:
    """Return some value for a required argument. Whoever counts must not count what was built with it."""
    if action.choices:
        return str(next(iter(action.choices)))
    return "1" if action.type in (int, float) else action.dest
