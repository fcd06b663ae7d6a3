"""The verdict about a change as one comment on its pull request, and as a job's summary.

It is made from the JSON of `mindhub ready`, which may come from a stranger: all of its text stands in code spans or
as plain words, so that it makes no link, mention, picture or block of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.messages import many, say, translate
from mindhub.report.escape import visible
from mindhub.report.markdown import COMMENT_LIMIT, SUMMARY_LIMIT, code, prose
from mindhub.report.ready import NO_ALIAS, verdict_word, what_word
from mindhub.report.selection import rule_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mindhub.messages import Message

__all__ = ["COMMENT_LIMIT", "MARKER", "SUMMARY_LIMIT", "render"]

#: By this first line a later run finds the comment of an earlier one, to write over it.
MARKER = "<!-- mindhub ready -->"
_SIGNS = {"mend": "❌", "incomplete": "⚠️", "waits": "⏳", "ready": "✅", "nothing": "💤"}
_HEADS: Mapping[str, Message] = {
    "mend": say("there is something to mend"),
    "incomplete": say("not everything could be judged"),
    "waits": say("nothing to mend; a part waits for a maintainer"),
    "ready": say("ready"),
    "nothing": say("nothing has changed"),
}
_SEVERITIES = {"error": say("error"), "warning": say("warning"), "advice": say("advice")}
_SHARE = 0.5  #: of the room that is left, for each list but the last


def render(
    data: Mapping[str, Any],
    *,
    language: str = "en",
    site: str = "",
    limit: int = COMMENT_LIMIT,
    links: Mapping[Message, str] | None = None,
) -> str:
    """Return the Markdown of a verdict in the shape of schema/ready.schema.json, cut to about `limit` bytes.

    `links` are addresses to name at the end, by their titles. In Chinese, the first line says the verdict in English
    too, for maintainers who read no Chinese.
    """
    page = _Page(language, site, limit)
    verdict = str(data["verdict"])
    head = _HEADS.get(verdict, say("not everything could be judged"))
    both = f" · {head}" if language != "en" else ""
    page.add(f"{MARKER}\n### {_SIGNS.get(verdict, '⚠️')} MindHub: {page.tell(head)}{both}")
    if data["next"]["command"] and verdict in ("mend", "incomplete"):
        page.add(f"{page.tell(say('Next:'))} {code(data['next']['command'])} · {prose(page.of(data['next'], 'why'))}")
    page.add("\n".join(_steps(data, page)))
    cards = [f"| {code(card['uid'] or card['file'])} | {_what(card, page)} |" for card in data["cards"]]
    page.table(say("| card | |"), "|---|---|", cards, say("more cards"))
    _waiting(data, page)
    failures = [f"| {code(one['file'])} | {prose(page.of(one, 'message'))} |" for one in data["failures"]]
    page.table(say("| could not be checked | because |"), "|---|---|", failures, say("more failures"))
    runs = [_run(run, page) for run in data["runs"]]
    page.table(say("| model | | how far it came | because |"), "|---|---|---|---|", runs, say("more models"))
    rows = [_finding(one, page) for one in data["findings"]]
    page.table(say("| | place | rule | finding |"), "|---|---|---|---|", rows, say("more findings"), share=1.0,
               more=int(data["left-out"]))  # fmt: skip
    if data["unanswered"]:
        silent = len(data["unanswered"])
        page.add(
            page.tell(
                many(
                    silent,
                    "{count:,} address did not answer; it is asked again later, and blocks nothing.",
                    "{count:,} addresses did not answer; they are asked again later, and block nothing.",
                )
            )
        )
    if links:
        page.add(" · ".join(f"[{page.tell(title)}]({address})" for title, address in links.items()))
    return page.text()


class _Page:
    """Blocks of Markdown, with the room that is left."""

    def __init__(self, language: str, site: str, limit: int) -> None:
        self.language, self.site = language, site
        self._blocks: list[str] = []
        self._room = limit - 2000  # for heads, and for the lines that say what was cut

    def tell(self, message: str) -> str:
        return translate(message, self.language)

    def of(self, said: Mapping[str, Any], key: str) -> str:
        """Return a message of the data in the page's language."""
        return str(said.get(f"{key}-{self.language}") or said[key])

    def add(self, block: str) -> None:
        self._room -= _size(block)
        self._blocks.append(block)

    def table(
        self, head: Message, ruler: str, rows: Iterable[str], rest: Message, *, share: float = _SHARE, more: int = 0
    ) -> None:
        """Add a table as far as there is room, and a line that counts what it leaves out."""
        rows = list(rows)
        room = int(self._room * share)
        kept: list[str] = []
        for row in rows:
            room -= _size(row)
            if room < 0:
                break
            kept.append(row)
        if kept:
            self.add("\n".join([self.tell(head), ruler, *kept]))
        left = len(rows) - len(kept) + more
        if left:
            self.add(self.tell(say("… and {count:,} {what}.", count=left, what=rest)))

    def text(self) -> str:
        return "\n\n".join(self._blocks) + "\n"


def _what(card: Mapping[str, Any], page: _Page) -> str:
    """Say what a change does to a card, of a renamed one also what it was called and whether an alias is missing."""
    word = page.tell(what_word(card["what"]))
    if not card.get("was"):
        return word
    return f"{word} {code(card['was'])}" + (page.tell(NO_ALIAS) if card.get("needs-alias") else "")


def _steps(data: Mapping[str, Any], page: _Page) -> Iterable[str]:
    yield page.tell(say("| step | | |"))
    yield "|---|---|---|"
    for step in data["steps"]:
        word = page.tell(verdict_word(step["verdict"]))
        yield f"| {code(step['name'])} | {word} | {prose(page.of(step, 'reason'))} |"


def _run(run: Mapping[str, Any], page: _Page) -> str:
    word = page.tell(verdict_word(run["verdict"]))
    return f"| {code(run['name'])} | {word} | {prose(run['said'])} | {prose(run['reason'])} |"


def _waiting(data: Mapping[str, Any], page: _Page) -> None:
    waiting = data["policy"]["waiting"]
    if waiting:
        page.add(f"⏳ {page.tell(say('Waits for a maintainer:'))} {prose(page.of(waiting, 'reason'))}")
    rulings = [f"| {code(one['path'])} | {prose(page.of(one, 'reason'))} |" for one in data["policy"]["maintainers"]]
    page.table(say("| a maintainer decides about | because |"), "|---|---|", rulings, say("more files"))


def _finding(one: Mapping[str, Any], page: _Page) -> str:
    place = f"{one['file']}:{one['line']}:{one['column']}" if one["line"] else one["file"]
    link = rule_page(page.site, one["code"])
    rule = f"[{one['code']}]({link})" if link else one["code"]
    severity = page.tell(_SEVERITIES.get(one["severity"], one["severity"]))
    row = f"| {severity} | {code(place)} | {rule} | {prose(page.of(one, 'message'))}"
    suggestion = one.get("suggestion")
    if suggestion and suggestion["text"].count("\n") == 0:
        row += f" → {code(visible(suggestion['text'].strip()))}"
    return row + " |"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace")) + 2
