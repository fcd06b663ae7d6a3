"""Reads what changed since a git base: which cards, from what, and which are gone.

The work tree is what is judged, so that a commit is not needed to see a verdict, and git's index is never
asked: a file differs where the name that git would give to its bytes differs from the one in the base's tree.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mindhub import books
from mindhub.card import parse_card
from mindhub.documents import MAX_BYTES as MAX_DOCUMENT
from mindhub.facts import MAX_EMBEDDED, Embedded
from mindhub.frontmatter import MAX_BYTES
from mindhub.history import History
from mindhub.history.corrections import read_corrections
from mindhub.history.git import Repository, open_repository
from mindhub.history.likeness import pairs
from mindhub.messages import say
from mindhub.publishers import NAME as PUBLISHER
from mindhub.publishers import is_publisher
from mindhub.recorded import MADE, PAST, PRESENT, judge_records
from mindhub.source import CONFIG_NAME, RESERVED, TRANSLATION_ENDINGS, Registry, card_file, is_card_name
from mindhub.translation import parse as parse_translation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from mindhub.model import Card
    from mindhub.recorded import Recorded
    from mindhub.translation import TranslationFile
    from mindhub.vocabulary import Vocabulary

#: What may lie beside `<name>.md` and is judged with it.
_BESIDE = (*TRANSLATION_ENDINGS.values(), PRESENT, PAST, MADE)


def read_history(
    revision: str,
    root: Path,
    cards: Sequence[Card],
    *,
    files: Collection[Path],
    scope: Iterable[Path],
    vocabulary: Vocabulary,
    codes: Collection[str],
    translations: Sequence[TranslationFile] = (),
    today: dt.date | None = None,
) -> History:
    """Compare a registry's work tree with the commit at which HEAD left a revision; raises HistoryError.

    `files` are the cards' files, those that could not be read included; `scope` are the files and folders
    that are being checked: only cards below them can be missed. `codes` are those of all rules, `translations` those
    of today's cards. Records are judged as of `today`, and not at all without it.
    """
    repository = open_repository(root)
    commit = repository.merge_base(revision)
    tree = repository.tree(commit, root)
    inside = {_inside(path, root) for path in files}
    by_path = {_inside(card.path, root): card for card in cards if card.path.is_relative_to(root)}
    wanted = {_inside(path.absolute(), root) for path in scope if path.absolute().is_relative_to(root)} or {"."}
    then = {path: blob for path, blob in tree.items() if _is_card(path) and _below(path, wanted)}

    fresh = sorted(path for path in by_path if path not in then)
    gone = sorted(path for path in then if path not in inside)
    differing = {path for path, card in by_path.items() if path in then and repository.name_of(card.data) != then[path]}
    differing.update(_beside(by_path, tree, root, repository))
    blobs = repository.blobs((then[path] for path in {*differing, *gone}), MAX_BYTES)

    def base_card(path: str) -> Card | None:
        data = blobs.get(then[path])
        return None if data is None else parse_card(data, card_file(root / path, root), vocabulary)

    before = {by_path[path].file: base_card(path) for path in sorted(differing)}
    removed = {path: card for path in gone if (card := base_card(path))}
    renamed: dict[str, str] = {}
    moved = pairs({path: card.text for path, card in removed.items()}, {path: by_path[path].text for path in fresh})
    moved |= _same_files(
        {path: card for path, card in removed.items() if path not in moved},
        {path: by_path[path] for path in fresh if path not in moved.values()},
    )
    for old, new in moved.items():
        before[by_path[new].file] = removed[old]
        renamed[str(removed[old].uid)] = str(by_path[new].uid)
    added = [by_path[path] for path in fresh if path not in moved.values()]
    unknown = frozenset(card.file for card in added)
    return History(
        commit=commit,
        new=unknown,
        before=before,
        removed=tuple(removed.values()),
        renamed=renamed,
        books=read_base_books(root, tree, repository, codes),
        embedded=dict(_embedded([card for card in before.values() if card], tree, root, repository)),
        recorded=dict(_recorded([card for card in before.values() if card], tree, root, repository, today)),
        translations=tuple(_translations(translations, before, unknown, tree, root, repository)),
        corrections=read_corrections(added, tree, root, repository, commit, vocabulary),
    )


def _same_files(old: Mapping[str, Card], new: Mapping[str, Card]) -> dict[str, str]:
    """Return which old path became which new one by the files that they claim, where that leaves no doubt."""

    def by_files(cards: Mapping[str, Card]) -> dict[tuple[str | None, ...], list[str]]:
        found: dict[tuple[str | None, ...], list[str]] = {}
        for path, card in cards.items():
            found.setdefault(tuple(asset.sha256 for asset in card.assets), []).append(path)
        return found

    then, now = by_files(old), by_files(new)
    return {
        then[files][0]: now[files][0]
        for files in then.keys() & now.keys()
        if files and all(files) and len(then[files]) == len(now[files]) == 1
    }


def _translations(
    today: Sequence[TranslationFile],
    before: Mapping[str, Card | None],
    new: Collection[str],
    tree: Mapping[str, str],
    root: Path,
    repository: Repository,
) -> Iterator[TranslationFile]:
    """Yield the translations as the base has them, under the files that they have today."""
    then: list[tuple[TranslationFile, Card | None, str]] = []
    for there in today:
        original = there.original
        if original is not None and original.file not in before:
            if original.file not in new:
                yield there  # nothing that belongs to the card differs
            continue
        was = before.get(original.file) if original else None
        own = there.page.path.relative_to(root)
        path = str(own) if was is None else _inside(was.path, root).removesuffix(".md") + _ending(there)
        if path in tree:
            then.append((there, was, path))
    blobs = repository.blobs((tree[path] for _, _, path in then), MAX_BYTES)
    for there, was, path in then:
        data = blobs.get(tree[path])
        if data is not None:
            missing = path.removesuffix(_ending(there)) + ".md" not in tree
            yield parse_translation(data, there.page.path, there.language, was, uid=there.page.uid, dangling=missing)


def _ending(there: TranslationFile) -> str:
    return TRANSLATION_ENDINGS[there.language]


def _inside(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_card(path: str) -> bool:
    """Say whether a path of the tree is a card, by the rules of the reader of folders."""
    *folders, name = path.split("/")
    hidden = any(folder.startswith(".") for folder in folders)
    return is_card_name(name) and not hidden and not (folders and folders[0] in RESERVED)


def _below(path: str, wanted: Collection[str]) -> bool:
    return "." in wanted or path in wanted or any(str(parent) in wanted for parent in PurePosixPath(path).parents)


def _beside(cards: Mapping[str, Card], tree: Mapping[str, str], root: Path, repository: Repository) -> Iterator[str]:
    """Yield the cards of the base beside which a translation, a record or an embedded file differs."""
    present = {path for folder in {path.rpartition("/")[0] for path in cards} for path in _files(root, folder)}
    for path, card in cards.items():
        stem = path.removesuffix(".md")
        own = [stem + ending for ending in _BESIDE]
        own = [name for name in own if name in tree or name in present]
        own += [_normal(path, asset.link) for asset in card.assets if asset.embedded and asset.link]
        if path in tree and any(tree.get(name) != _name_of(root / name, root, repository) for name in own):
            yield path


def _files(root: Path, folder: str) -> Iterator[str]:
    try:
        with os.scandir(root / folder) as entries:
            yield from (f"{folder}/{entry.name}" for entry in entries)
    except OSError:
        return


def _normal(card: str, link: str) -> str:
    return posixpath.normpath(f"{card.rpartition('/')[0]}/{link}")


def _name_of(path: Path, root: Path, repository: Repository) -> str | None:
    """Return the name of a file's bytes, or None where there is no regular file inside the registry."""
    real = Registry(root).asset_path(path, path.name)
    try:
        return repository.name_of_file(real) if real and real.stat().st_size <= MAX_EMBEDDED else None
    except OSError:
        return None


def _embedded(
    cards: Sequence[Card], tree: Mapping[str, str], root: Path, repository: Repository
) -> Iterator[tuple[tuple[str, str], Embedded]]:
    links = {
        (card.file, asset.link): tree.get(_normal(_inside(card.path, root), asset.link))
        for card in cards
        for asset in card.assets
        if asset.embedded and asset.link
    }
    blobs = repository.blobs((blob for blob in links.values() if blob), MAX_EMBEDDED)
    for key, blob in links.items():
        data = blobs.get(blob or "")
        if data is None:
            yield key, Embedded(say("is no regular file inside the registry"))
        else:
            yield key, Embedded("", len(data), hashlib.sha256(data).hexdigest())


def _recorded(
    cards: Sequence[Card], tree: Mapping[str, str], root: Path, repository: Repository, today: dt.date | None
) -> Iterator[tuple[str, Recorded]]:
    """Yield what the base's records give away, by the card file that the base has."""
    if today is None:
        return
    stems = {card.file: _inside(card.path, root).removesuffix(".md") for card in cards}
    names = [stem + ending for stem in stems.values() for ending in (PRESENT, PAST, MADE)]
    blobs = repository.blobs((tree[name] for name in names if name in tree), MAX_EMBEDDED)
    for card in cards:
        data = [blobs.get(tree.get(stems[card.file] + ending, "")) for ending in (PRESENT, PAST, MADE)]
        if any(item is not None for item in data):
            yield card.file, judge_records(card, root, today, *data)


def read_base_books(root: Path, tree: Mapping[str, str], repository: Repository, codes: Collection[str]) -> books.Books:
    """Return a registry's own files as a tree of its repository has them."""
    names = [path for path in tree if path in (*books.NAMES, CONFIG_NAME) or _is_publisher(path)]
    found = {root / name: tree[name] for name in names}
    blobs = repository.blobs(found.values(), MAX_DOCUMENT)
    publishers = [root / name for name in sorted(names) if _is_publisher(name)]
    return books.read_books(root, codes, lambda path: blobs.get(found.get(path, "")), publishers)


def _is_publisher(path: str) -> bool:
    folder, _, name = path.partition("/")
    return name == PUBLISHER and is_publisher(folder)
