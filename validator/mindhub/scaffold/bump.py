"""A card -> the beginning of its next version: what carries over, and marks where only its author knows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mindhub.rules.marks import MARK
from mindhub.scaffold.card import KEYS, flow, scalar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from mindhub.model import Card, Uid

#: What belongs to one card alone: a commit, an end.
_DROPPED = frozenset({"repo-commit", "replaced-by", "deprecated"})
_ORDER = {key: at for at, key in enumerate(KEYS)}
_BRANCH = re.compile(r"/(?:tree|blob)/[^/]*\d")


def bumped(card: Card, uid: Uid, today: dt.date, *, same_file: bool = False) -> bytes:
    """Return the new card's bytes; `card` is one whose front matter could be read.

    With `same_file` the asset, the version of the model and the score stay; else they are marked, as is what says a
    number or a branch of the source code. The text stays, its snippets load the new card, and a mark asks for a look.
    """
    front: Mapping[str, Any] = card.front or {}
    keys = sorted((key for key in front if key not in _DROPPED), key=lambda key: _ORDER.get(key, len(_ORDER)))
    lines = (line for key in keys for line in _lines(key, front[key], uid, today, same_file))
    return f"---\n{''.join(lines)}---\n{_body(card, uid)}".encode()


def _lines(key: str, value: Any, uid: Uid, today: dt.date, same_file: bool) -> Iterator[str]:
    if key == "mindspore-version":
        yield f"{key}: {json.dumps(uid.version)}\n"
    elif key == "update-time":
        yield f"{key}: {json.dumps(today.isoformat())}\n"
    elif key == "model-version":
        yield f"{key}: {json.dumps(str(value) if same_file else MARK)}\n"
    elif key == "asset" and isinstance(value, list):
        yield from _assets(value, same_file)
    elif key == "smoke" and isinstance(value, dict):
        yield "smoke:\n"
        for name, item in value.items():
            if isinstance(item, list) and item and isinstance(item[0], dict):
                yield f"  {name}:\n"
                yield from (f"    - {flow(one)}\n" for one in item)
            else:
                yield f"  {name}: {flow(item)}\n"
    elif _is_open(key, value, same_file):
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"{key}: {scalar(f'{MARK} (was {said})')}\n"
    else:
        yield f"{key}: {scalar(value) if isinstance(value, str) else flow(value)}\n"


def _is_open(key: str, value: Any, same_file: bool) -> bool:
    """Say whether only the author knows what holds for the new card."""
    if key == "evaluation":
        return not same_file
    if key == "repo-link":
        return bool(_BRANCH.search(str(value)))
    return key == "summary" and not same_file and any(character.isdigit() for character in str(value))


def _assets(assets: list[Any], same_file: bool) -> Iterator[str]:
    yield "asset:\n"
    for asset in assets:
        known = asset if isinstance(asset, dict) else {}
        # Size and sha256 are what `mindhub pin` fills in from the new bytes.
        kept = (
            {key: value for key, value in known.items() if key != "replaces"}
            if same_file
            else {
                "file-format": known.get("file-format", "ckpt"),
                "asset-link": f"{MARK} (was {known.get('asset-link', 'absent')})",
            }
        )
        for at, (key, value) in enumerate(kept.items()):
            yield f"  {'-' if at == 0 else ' '} {key}: {scalar(value) if isinstance(value, str) else flow(value)}\n"


def _body(card: Card, uid: Uid) -> str:
    text = card.body.text.replace("\r\n", "\n").lstrip("\n")
    if card.uid:
        text = re.sub(rf"{re.escape(str(card.uid))}(?![\w./+-])", str(uid), text)
    title = f"# {card.title or card.model_name}\n\n"
    if re.match(r"# .*\n", text):
        title, _, text = text.partition("\n")
        title, text = f"{title}\n\n", text.lstrip("\n")
    mark = f"{MARK}: this is the text of {card.uid}. Put right what is another now, and remove this line.\n\n"
    return f"\n{title}{mark}{text}"
