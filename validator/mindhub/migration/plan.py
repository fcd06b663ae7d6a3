"""The old hub's tree -> a registry: which card goes where, and what it is then called.

The old hub had a device between publisher and version (`noah-cvlab/gpu/1.8/x.md`), and Chinese cards as
`x_cn.md` beside the English ones. Nothing is lost on the way: a card that cannot be read is brought over as
it is, and every name that changes gets an alias.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.model import Uid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath

OLD_TRANSLATION = ("_cn.md", "_CN.md")


@dataclass(frozen=True, slots=True)
class Move:
    """One file's way."""

    source: Path
    target: str  #: below the new registry's root
    alias: tuple[str, str] | None = None  #: old and new uid, where they differ


@dataclass(frozen=True, slots=True)
class Left:
    """A file that is not brought over, and why."""

    source: Path
    reason: str


def plan(
    files: Iterable[tuple[Path, PurePosixPath]], *, lower: bool = False
) -> tuple[tuple[Move, ...], tuple[Left, ...]]:
    """Decide where files go; each comes with its path below the old hub's root.

    A device is dropped from a path only where that leaves the name the only one of its kind. With `lower`, names are
    put into lower case; so no two of them may differ in case alone, which they do not where the device stays.
    """
    cards: list[tuple[Path, Uid]] = []
    translations: list[tuple[Path, Uid]] = []
    left: list[Left] = []
    for source, relative in files:
        ending = next((e for e in OLD_TRANSLATION if relative.name.endswith(e)), ".md")
        try:
            uid = Uid.parse(relative.as_posix().removesuffix(ending))
        except ValueError as error:
            left.append(Left(source, str(error)))
            continue
        (cards if ending == ".md" else translations).append((source, uid))
    short = {str(uid): _without_device(uid) for _, uid in cards}
    taken = Counter(name.casefold() for name in short.values())
    new = {uid: name if taken[name.casefold()] == 1 else uid for uid, name in short.items()}
    if lower:
        final = Counter(name.casefold() for name in new.values())
        new = {uid: _lower(name) if final[name.casefold()] == 1 else name for uid, name in new.items()}
    moves = [
        Move(source, f"{new[str(uid)]}.md", (str(uid), new[str(uid)]) if new[str(uid)] != str(uid) else None)
        for source, uid in cards
    ]
    for source, uid in translations:
        if str(uid) in new:
            moves.append(Move(source, f"{new[str(uid)]}.zh.md"))
        else:
            left.append(Left(source, f"a translation of '{uid}', and there is no such card"))
    return tuple(sorted(moves, key=lambda move: move.target)), tuple(left)


def _lower(uid: str) -> str:
    folder, _, name = uid.rpartition("/")
    return f"{folder}/{name.lower()}"


def _without_device(uid: Uid) -> str:
    return str(Uid(uid.publisher, uid.version, uid.name))
