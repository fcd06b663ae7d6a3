"""Chinese cards of the old hub -> translations: their words stay, and what is the card's is left to the card."""

from __future__ import annotations

import re

from mindhub.migration.disclaimers import disclaimer_of
from mindhub.scaffold.card import scalar
from mindhub.snippets import OLD_CLIENT_WORDS, is_plain_old_client
from mindhub.text import text_of

_FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_SUMMARY = re.compile(r"^(?:摘要|summary)[ \t]*[：:][ \t]*(?P<text>\S.*?)[ \t]*$", re.MULTILINE)
_SECTION = re.compile(r"^##[ \t]*(?:Disclaimer|免责声明)[ \t#]*\n.*?(?=^#{1,2}[ \t]|\Z)", re.MULTILINE | re.DOTALL)


def translation(data: bytes, disclaimer: str = "") -> bytes:
    """Return a translation's bytes: title, summary and text; unchanged where the file is not of the old hub's kind.

    `disclaimer` is the text that the card refers to; the same text here is left out, another one stays.
    """
    text = text_of(data).replace("\r\n", "\n")
    fences = [(match.start(), match.end()) for match in _FENCE.finditer(text)]
    if len(fences) < 2 or "\ufffd" in text:  # noqa: PLR2004 - a pair
        return data
    (opens, block), (closes, behind) = fences[:2]
    summary = _SUMMARY.search(text, block, closes)
    title, body = text[:opens].strip(), text[behind:].strip()
    if disclaimer and " ".join(disclaimer_of(body).split()) == " ".join(disclaimer.split()):
        body = _SECTION.sub("", body).strip()
    if is_plain_old_client(body):
        for old, new in OLD_CLIENT_WORDS.items():
            body = body.replace(old, new)
    head = f"---\nsummary: {scalar(summary['text'])}\n---\n\n" if summary else ""
    parts = [part for part in (title, body) if part]
    return (head + "\n\n".join(parts) + "\n").encode()
