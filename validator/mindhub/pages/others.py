"""The pages of rules, and the one for addresses that do not exist."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from mindhub.frozen import dataclass
from mindhub.localise import localise_rule
from mindhub.pages.card_page import TONES
from mindhub.pages.panels import snippet
from mindhub.pages.place import folder
from mindhub.pages.views import Elsewhere, Frame, Link, RuleIndex, RulePage, RuleRow

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from mindhub.model import Finding
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words
    from mindhub.rules.base import Rule

#: Cards that a rule's page names; the JSON has them all.
_SHOWN = 50
_FAMILIES = ("RD", "SC", "ID", "FD", "EV", "BD", "AS", "RG", "HS", "ON", "SM", "WV")


def cards_by_rule(findings: Iterable[Finding], uids: Container[str]) -> dict[str, list[str]]:
    """Return, per rule, which of these cards have its fault now; accepted faults are left out."""
    having: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.waiver is None and finding.uid and finding.uid in uids:
            having[finding.code].add(finding.uid)
    return {code: sorted(uids) for code, uids in having.items()}


def rule_index(place: Place, rules: Sequence[Rule], found: Mapping[str, Sequence[str]]) -> tuple[str, RuleIndex]:
    """Return the list of all rules, by family."""
    path, words = "rules/index.html", place.words
    home = place.home(path)
    families: dict[str, list[RuleRow]] = defaultdict(list)
    for rule in (localise_rule(rule, words.language) for rule in rules):
        family = rule.code[:2] if rule.code[:2] in _FAMILIES else "other"
        count = len(found.get(rule.code, ()))
        families[family].append(
            RuleRow(
                rule.code, rule.slug, inline(rule.title), words(f"severity.{rule.severity.label}"),
                TONES[rule.severity], f"{count:,}" if count else "", f"{home}rules/{rule.code}/index.html",
            )
        )  # fmt: skip
    title, lead = words("rules.title"), words("rules.lead")
    ordered = tuple(
        (words(f"family.{name}"), tuple(families[name])) for name in (*_FAMILIES, "other") if name in families
    )
    return path, RuleIndex(place.frame(path, title, lead, "rules"), title, lead, ordered)


def rule_page(place: Place, rules: Sequence[Rule], at: int, uids: Sequence[str]) -> tuple[str, RulePage]:
    """Return the page of one of the rules, by its place among them; `uids` are the cards that have its fault."""
    words = place.words
    rule = localise_rule(rules[at], words.language)
    path = f"rules/{rule.code}/index.html"
    home = place.home(path)
    before, after = (rules[near] if 0 <= near < len(rules) else None for near in (at - 1, at + 1))
    language = "yaml" if rule.example in ("front", "cards", "record") else ""

    def link(other: Rule | None) -> Link | None:
        return Link(f"{other.code} {other.slug}", f"{home}rules/{other.code}/index.html") if other else None

    return path, RulePage(
        frame=place.frame(path, f"{rule.code} {rule.slug}", rule.title, "rules"),
        code=rule.code,
        slug=rule.slug,
        title=inline(rule.title),
        severity=words(f"severity.{rule.severity.label}"),
        tone=TONES[rule.severity],
        meaning=words(f"severity.{rule.severity.label}.meaning"),
        paragraphs=_paragraphs(rule.documentation),
        bad=snippet(words("rules.bad"), _visible(rule.bad), language),
        good=snippet(words("rules.good"), _visible(rule.good), language),
        counted=words.plural("rules.found", len(uids)) if uids else words("rules.found-none"),
        cards=tuple(Link(uid, f"{home}{uid}/index.html") for uid in uids[:_SHOWN]),
        cards_more=words("rules.more", count=len(uids) - _SHOWN) if len(uids) > _SHOWN else "",
        before=link(before),
        after=link(after),
    )


def _visible(text: str) -> str:
    """Show what an example is about where it cannot be seen: a byte order mark, tabs, carriage returns."""
    for hidden, name in (("\ufeff", "␟BOM␟"), ("\u200b", "␣(U+200B)"), ("\r", "␍")):
        text = text.replace(hidden, name)
    return text


def _paragraphs(text: str) -> tuple[Markup, ...]:
    """Return a docstring's paragraphs; text between backquotes is code."""
    return tuple(inline(" ".join(paragraph.split())) for paragraph in text.split("\n\n") if paragraph.strip())


def inline(text: str) -> Markup:
    """Return a sentence in which text between backquotes is code."""
    parts = text.split("`")
    html = [Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)]
    return Markup("").join(html)


#: Finds the site where nobody said where it is: the folder above the missing page that has its style sheet. The page
#: is written for the root of a host; where the site lies deeper, its links are moved there.
_FINDER = """
(async () => {
  // Opened from the disk, where nothing can be asked for.
  if (location.protocol === "file:") { move(""); return; }
  const folders = location.pathname.split("/").slice(1, -1);
  for (let depth = 0; depth <= folders.length; depth++) {
    const root = ["", ...folders.slice(0, depth), ""].join("/");
    const answer = await fetch(root + "static/site.css", { method: "HEAD" }).catch(() => null);
    if (!answer?.ok || !/css/.test(answer.headers.get("content-type"))) continue;
    if (depth) move(root);
    return;
  }
})();
function move(root) {
  const apply = () => {
    for (const name of ["href", "src", "action"]) for (const item of document.querySelectorAll(`[${name}^="/"]`)) {
      const moved = root + item.getAttribute(name).slice(1);
      // A script runs once, where it was first found or not found.
      if (item.matches("script")) {
        const again = document.createElement("script");
        again.src = moved;
        item.replaceWith(again);
      } else item.setAttribute(name, moved);
    }
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", apply); else apply();
}
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """The page for addresses that do not exist."""

    frame: Frame
    heading: str
    lead: str
    others: tuple[Elsewhere, ...]
    finder: Markup  #: the script that finds the site; empty where its address is known
    finder_hash: str  #: by which the policy of the page knows that script


def missing_page(place: Place, others: Sequence[Words]) -> tuple[str, Missing]:
    """Return 404.html. It is shown at any depth, so its links begin at the base address, else at `/`.

    Without a base address a script of the page's own looks for the site; a site at the root of its host needs neither.
    A host has one such page, so it says the same in `others`, the strings of the other languages.
    """
    path, words = "404.html", place.words
    title, lead = words("missing.title"), words("missing.lead")
    base = urlsplit(place.options.base_url).path or "/"
    frame = place.frame(path, title, lead, "", "index.json")
    said = tuple(
        Elsewhere(
            other("missing.lead"), other("list.all-models"), f"{base}{folder(other.language, place.options)}index.html",
            other.language,
        )
        for other in others
    )  # fmt: skip
    finder = "" if place.options.base_url else _FINDER
    digest = base64.b64encode(hashlib.sha256(finder.encode()).digest()).decode() if finder else ""
    return path, Missing(frame.at(base), title, lead, said, Markup(finder), digest)  # noqa: S704 - our own script
