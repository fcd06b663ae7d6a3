"""The only reader of a registry folder: which files are cards, what they are called, and their bytes."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.messages import say
from mindhub.model import Uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Folders of a registry's root that hold no cards.
RESERVED = frozenset({"networks", "training", "disclaimers"})
CONFIG_NAME = "mindhub.toml"
_AT_ONCE = 1 << 13  #: bytes
#: Opening a pipe waits for whoever writes into it, unless it is asked not to; Windows has no such pipes, but two kinds
#: of files.
_TO_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: How a translation of `<name>.md` is called; on import also as the old hub called it.
TRANSLATION_ENDINGS = {"zh": ".zh.md"}
_OLD_ENDINGS = {"zh": ("_cn.md", "_CN.md")}
_TRANSLATION_ENDINGS = (*TRANSLATION_ENDINGS.values(), *(e for endings in _OLD_ENDINGS.values() for e in endings))


class SourceError(Exception):
    """A file or folder that cannot be read; says which, why, and what would do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{shown(self.path)}: {self.reason}"


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file that is a card by its name and place."""

    path: Path
    root: Path | None  #: the registry it lies in
    uid: Uid | None
    misplaced: str = ""  #: why a file inside a registry has no uid


@dataclass(frozen=True, slots=True)
class Registry:
    """A folder of cards."""

    root: Path

    def files(self) -> Iterator[CardFile]:
        """Yield every card of the registry, in the order of their paths."""
        yield from _walk(self.root, self.root)

    def path_of(self, uid: Uid) -> Path:
        """Return where the card of this name lies or would lie."""
        return self.root / f"{uid}.md"

    def card_file(self, uid: Uid) -> CardFile:
        """Return the card of this name; raises SourceError with the nearest names where there is none."""
        path = self.path_of(uid)
        if not path.is_file():
            from mindhub.text import did_you_mean

            known = [str(file.uid) for file in self.files() if file.uid]
            raise SourceError(path, f"no card is called '{uid}'{did_you_mean(str(uid), known)}")
        return CardFile(path, self.root, uid)

    def asset_path(self, card: Path, link: str) -> Path | None:
        """Return the file an embedded asset's link means, or None where it is none inside the registry.

        The file must be regular, not a symlink, and lie inside the root when every link is followed.
        """
        path = card.parent / link
        try:
            real = path.resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            return None
        if path.is_symlink() or not path.is_file() or not real.is_relative_to(self.root.resolve()):
            return None
        return real


def shown(path: Path) -> str:
    """Return a path as people read it: relative where it lies below the working directory."""
    inside = below(path.absolute(), _folder(os.getcwd()))  # noqa: PTH109 - making a Path of it each time takes longest
    return path.as_posix() if inside is None else inside


@lru_cache(maxsize=1)
def _folder(name: str) -> Path:
    return Path(name)


def below(path: Path, folder: Path) -> str | None:
    """Return where a path lies in a folder, with slashes; None where it does not lie in it.

    `relative_to` does so part by part, which for each file of a registry is much of what its reading takes.
    """
    start, name = f"{folder}{os.sep}", str(path)
    if start[1:2] != os.sep:  # `//a` does not lie in `/`
        if name.startswith(start):
            return name[len(start) :].replace(os.sep, "/")
        if name.startswith("/") and start.startswith("/") and len(name) >= len(start):
            return None  # not so on Windows, where case does not count
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return None


def find_root(path: Path) -> Path | None:
    """Return the nearest ancestor (or the path itself) that is a registry's root.

    That is a folder named `registry` or one that holds `mindhub.toml`; failing that, the folder `registry` in a
    folder argument (a repository's root); failing that, a folder whose cards lie two to four levels deep.
    """
    start = path.absolute()
    for folder in [start, *start.parents]:
        if folder.is_dir() and (folder.name == "registry" or (folder / CONFIG_NAME).is_file()):
            return folder
    if (start / "registry").is_dir():
        return start / "registry"
    if start.is_dir() and any(len(file.relative_to(start).parts) in (3, 4) for file in _named(start, is_card_name)):
        return start
    return None


def open_registry(path: Path | None = None) -> Registry:
    """Return the registry at or above a path, else `./registry`; raises SourceError where there is none.

    Without a path, the environment variable MINDHUB_REGISTRY counts before the working directory.
    """
    start = path or Path(os.environ.get("MINDHUB_REGISTRY") or Path.cwd())
    if not start.exists():
        raise SourceError(start, "no such folder")
    if path is None and (start / "registry").is_dir():
        start = start / "registry"
    root = find_root(start)
    if root is None:
        raise SourceError(start, "no registry here; name one with --registry or MINDHUB_REGISTRY")
    return Registry(root)


def is_card_name(name: str) -> bool:
    """Say whether a file of this name can be a card."""
    return name.endswith(".md") and not name.startswith((".", "README")) and not name.endswith(_TRANSLATION_ENDINGS)


def is_translation(name: str) -> bool:
    """Say whether a file of this name is a translation of a card."""
    return _language(name) is not None


def translation_beside(card: Path, language: str) -> Path | None:
    """Return the file that holds a card's translation into a language, or None where there is none."""
    stem = card.name.removesuffix(".md")
    names = [stem + ending for ending in (TRANSLATION_ENDINGS[language], *_OLD_ENDINGS[language])]
    return next((path for name in names if (path := card.with_name(name)).is_file()), None)


def translations(paths: Iterable[Path], root: Path | None = None) -> Iterator[tuple[Path, str, Path]]:
    """Yield the translations that files and folders mean, each once: its file, its language and its card's file.

    A card means its translations too. Those under the old hub's names are not among them.
    """
    seen: set[Path] = set()
    for path in paths:
        base = root.absolute() if root else find_root(path)
        absolute = path.absolute()
        if not path.is_dir():
            beside = [absolute.with_name(absolute.stem + ending) for ending in TRANSLATION_ENDINGS.values()]
            found: Iterable[Path] = [file for file in (absolute, *beside) if file.is_file()]
        else:
            folder = base if base is not None and base.is_relative_to(absolute) else absolute
            found = _outside_reserved(_named(folder, is_translation), base)
        for file in found:
            language = _language(file.name)
            if language and file not in seen:
                seen.add(file)
                yield file, language, _card_of(file)


def _language(name: str) -> str | None:
    """Return the language of a file of this name, where it is a translation."""
    if name.startswith((".", "README")):
        return None
    return next((language for language, ending in TRANSLATION_ENDINGS.items() if name.endswith(ending)), None)


def _card_of(translation: Path) -> Path:
    ending = TRANSLATION_ENDINGS[_language(translation.name) or ""]
    return translation.with_name(translation.name.removesuffix(ending) + ".md")


def collect(paths: Iterable[Path], root: Path | None = None) -> Iterator[CardFile | SourceError]:
    """Yield the cards that files and folders mean, each once; what cannot be read comes as an error value.

    A translation means its card, which is judged with it.
    """
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            yield SourceError(path, say("no such file or folder"))
            continue
        base = root.absolute() if root else find_root(path)
        inside = base is not None and base.is_relative_to(path.absolute())  # a repository: its other files are no cards
        folder = base if inside and base is not None else path.absolute()
        unread: list[OSError] = []
        found: Iterable[CardFile] = _walk(folder, base, unread) if path.is_dir() else _one(path, base)
        for file in found:
            if file.path not in seen:
                seen.add(file.path)
                yield file
        for error in unread:
            yield SourceError(Path(error.filename), _unreadable(error))


def _one(path: Path, root: Path | None) -> Iterator[CardFile]:
    card = _card_of(path) if _language(path.name) else path
    if card.exists() or card == path:
        yield card_file(card, root)


def card_file(path: Path, root: Path | None) -> CardFile:
    """Return one file as a card, with the uid its place gives it."""
    absolute = path.absolute()
    relative = None if root is None else below(absolute, root)
    if relative is None:
        return CardFile(absolute, None, None)
    try:
        return CardFile(absolute, root, Uid.parse(relative.removesuffix(".md")))
    except ValueError as error:
        return CardFile(absolute, root, None, error.args[0])


def read_bytes(path: Path, limit: int) -> bytes:
    """Return a card's bytes, at most `limit` + 1 of them; raises SourceError."""
    try:
        if path.is_symlink():
            raise SourceError(path, say("a symbolic link; a card is a file of its own"))
        opened = os.open(path, _TO_READ)
        try:
            about = os.fstat(opened)
            if not stat.S_ISREG(about.st_mode):
                raise SourceError(path, say("not a regular file"))
            return _read(opened, limit + 1, min(about.st_size, limit) + 1)
        finally:
            os.close(opened)
    except OSError as error:
        raise SourceError(path, _unreadable(error)) from None


def _read(opened: int, most: int, expected: int) -> bytes:
    """Read at most so many bytes, first as many as expected: asking for more takes memory that is not used."""
    data = os.read(opened, expected)
    while len(data) < most and (more := os.read(opened, min(most - len(data), _AT_ONCE))):
        data += more
    return data


def _unreadable(error: OSError) -> str:
    return say("cannot be read: {reason}", reason=error.strerror or str(error))


def _walk(folder: Path, root: Path | None, unread: list[OSError] | None = None) -> Iterator[CardFile]:
    for path in _outside_reserved(_named(folder, is_card_name, unread), root):
        yield card_file(path, root)


def _outside_reserved(paths: Iterable[Path], root: Path | None) -> Iterator[Path]:
    for path in paths:
        inside = below(path, root) if root else None
        if inside is None or inside.partition("/")[0] not in RESERVED:
            yield path


def _named(folder: Path, wanted: Callable[[str], bool], unread: list[OSError] | None = None) -> Iterator[Path]:
    """Yield files below a folder whose names are wanted, in order; hidden folders and symlinked ones are not entered.

    Why a folder could not be read is put into `unread`.
    """
    for current, folders, files in os.walk(folder, onerror=None if unread is None else unread.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(current)
        for name in sorted(filter(wanted, files)):
            yield here / name
