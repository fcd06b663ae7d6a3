"""Text of cards made harmless for terminals, logs and XML: nothing in a card may act, only be read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# C0 and C1 controls move cursors and end lines; the marks of writing direction make text read otherwise than it is
# (CVE-2021-42574); zero-width ones hide; surrogates and the two noncharacters are no text in XML or UTF-8.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_PICTURES = 0x2400  #: the first of Unicode's pictures of control characters, in the order of the characters
_LAST_CONTROL = 0x1F
_DELETE = "\x7f"


def visible(text: str) -> str:
    """Return one line of as many characters, with a picture in place of each that would act instead of being read.

    A tab becomes a space. `##[` anywhere in a line of a log starts a command of GitHub's runner (the function
    `TryParse` in its ActionCommand.cs), so its bracket becomes a look-alike.
    """
    return _ACTIVE.sub(_picture, text).replace("##[", "##⟦")


def _picture(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\t":
        return " "
    if ord(char) <= _LAST_CONTROL:
        return chr(_PICTURES + ord(char))
    return "␡" if char == _DELETE else "�"


def dumps(data: Mapping[str, Any], key: str, records: Iterable[Mapping[str, Any]]) -> str:
    """Return JSON text with the records, one a line, in the empty list that `data` has under a key at any depth.

    The text holds no `##[` and is safe to print into a log (see `visible`), yet means the same.
    """
    # Nothing but the key itself reads so: inside a string its quotes have backslashes before them.
    before, _, after = json.dumps(data, ensure_ascii=False, indent=1).partition(f'"{key}": []')
    encode = json.JSONEncoder(ensure_ascii=False).encode  # ten times as fast without indentation
    lines = ",\n".join(map(encode, records))
    text = f'{before}"{key}": [\n{lines}\n]{after}\n' if lines else f'{before}"{key}": []{after}\n'
    return text.replace("##[", "##\\u005b")
