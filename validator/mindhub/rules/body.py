"""BD: whether the text below the front matter serves its readers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mindhub.messages import many, say
from mindhub.model import Card, Problem, Severity
from mindhub.rules.base import rule
from mindhub.snippets import OLD_CLIENT_WORDS, is_plain_old_client, loaded_uids, rewrite, uses_old_client
from mindhub.text import shorten
from mindhub.vocabulary import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts

_SECTIONS = {"introduction": "Introduction", "usage": "Usage", "citation": "Citation"}
_SECTION_NAMES = {
    "introduction": ("introduction", "overview", "description", "介绍", "简介", "概述"),
    "usage": ("usage", "howtouse", "quickstart", "使用", "用法"),
    "citation": ("citation", "citations", "reference", "references", "引用", "参考"),
}
_LOAD_THIS = say("load this card")
_USE_MINDHUB = say("use mindhub")
_SCHEME = re.compile(r"\s*(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)\s*:")
_GOOD_SCHEMES = frozenset({"https", "http", "mailto"})
_CONTROL = re.compile(r"[\x00-\x20]")
#: What each kind of credential looks like.
_SECRETS = {
    say("an AWS access key"): re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    say("a GitHub token"): re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})"),
    say("a Hugging Face token"): re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    say("a Slack token"): re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    say("a private key"): re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    say("a PyPI token"): re.compile(r"\bpypi-[A-Za-z0-9_-]{50,}"),
    say("a Google API key"): re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
}
#: Some of these is in each: one search of the bytes is much cheaper than seven of the text.
_SIGNS = re.compile(rb"AKIA|ASIA|gh[pousr]_|github_pat_|hf_|xox|PRIVATE KEY|pypi-|AIza")


@rule("BD001", "section-missing", Severity.WARNING, example="body")
def section_missing(card: Card, _: Facts) -> Iterator[Problem]:
    """The text lacks a section that readers look for: Introduction, Usage or Citation.

    Bad:
        ## Introduction

        A small network.
    Good:
        ## Introduction

        A small network.

        ## Usage

        Load it and call it.

        ## Citation

        The paper.
    """
    if card.front is None:
        return
    present = frozenset().union(*(_sections(heading.text) for heading in card.body.headings))
    missing = [title for key, title in _SECTIONS.items() if key not in present]
    if missing:
        message = many(
            len(missing),
            "the text has no section {names}",
            "the text has no sections {names}",
            names=", ".join(missing),
        )
        yield Problem(("body",), message)


@lru_cache(maxsize=1024)
def _sections(heading: str) -> frozenset[str]:
    """Return the sections that a heading may begin."""
    folded = fold(heading)
    return frozenset(key for key, names in _SECTION_NAMES.items() if folded.startswith(names))


@rule("BD002", "usage-names-other", Severity.ERROR, example="body")
def usage_names_other(card: Card, facts: Facts) -> Iterator[Problem]:
    """The usage snippet loads another card.

    Who pastes it gets another model than the one the page describes.

    Bad:
        ## Usage

        ```python
        import mindhub
        network = mindhub.load("mindhub/2.3/vgg_mnist")
        ```
    Good:
        ## Usage

        ```python
        import mindhub
        network = mindhub.load("mindhub/2.3/lenet_mnist")
        ```
    """
    if card.uid is None:
        return
    for path, uid in loaded_uids(card):
        if facts.books.aliases.resolve(uid) != str(card.uid):
            fix = rewrite(card, path, {f'"{uid}"': f'"{card.uid}"', f"'{uid}'": f"'{card.uid}'"}, _LOAD_THIS)
            message = say("the snippet loads {other!r}; this card is '{uid}'", other=uid, uid=card.uid)
            yield Problem(path, message, fix=fix)


@rule("BD003", "raw-html", Severity.WARNING, example="body")
def raw_html(card: Card, _: Facts) -> Iterator[Problem]:
    """The text has HTML in it.

    Pages show it as text, because HTML from strangers can run code in a reader's browser. Markdown does the same
    things safely.

    Bad:
        <img src="picture.png" width="200">
    Good:
        ![What the network sees](picture.png)
    """
    for index, html in enumerate(card.body.html):
        if not html.text.startswith("<!--"):
            message = say("{text!r} is HTML; write Markdown", text=shorten(html.text, 40))
            yield Problem(("body", "html", index), message)


@rule("BD004", "link-scheme", Severity.ERROR, example="body")
def link_scheme(card: Card, _: Facts) -> Iterator[Problem]:
    """A link's target is empty, has a dangerous or misspelt scheme, or none where one is needed.

    Bad:
        See the [paper](hhttps://arxiv.org/abs/1810.04805).
    Good:
        See the [paper](https://arxiv.org/abs/1810.04805).
    """
    for index, link in enumerate(card.body.links):
        path = ("body", "link", index)
        target = _CONTROL.sub("", link.target)
        scheme = _SCHEME.match(target)
        if not target:
            yield Problem(path, say("the link {text!r} has no target", text=shorten(link.text, 40)))
        elif target.startswith(("//", "\\\\", "/\\")):
            yield Problem(path, say("{link!r} has no scheme; write 'https://…'", link=shorten(link.target)))
        elif scheme and scheme["scheme"].lower() not in _GOOD_SCHEMES:
            yield Problem(path, say("the scheme '{scheme}:' is not https", scheme=scheme["scheme"]))


@rule("BD005", "relative-link", Severity.WARNING, example="body")
def relative_link(card: Card, _: Facts) -> Iterator[Problem]:
    """A link is relative and means nothing outside the repository that the text was copied from.

    Bad:
        See the [source](../../src/lenet.py).
    Good:
        See the [source](https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet).
    """
    for index, link in enumerate(card.body.links):
        target = _CONTROL.sub("", link.target)
        if not target or link.image or target.startswith(("#", "//", "\\")) or _SCHEME.match(target):
            continue
        message = say("{link!r} points nowhere from here; write the whole address", link=shorten(link.target))
        yield Problem(("body", "link", index), message)


@rule("BD006", "secret", Severity.ERROR, example="body")
def secret(card: Card, _: Facts) -> Iterator[Problem]:
    """The card holds a credential.

    Withdraw it where it came from: once published it is everybody's, also after the card was changed.

    Bad:
        The token is AKIAABCDEFGHIJKLMNOP.
    Good:
        The token is in the environment variable `AWS_ACCESS_KEY_ID`.
    """
    if not _SIGNS.search(card.data):
        return
    text = card.text
    for what, pattern in _SECRETS.items():
        if match := pattern.search(text):
            message = say("this looks like {what}; withdraw it at its issuer", what=what)
            yield Problem((), message, chars=match.span())


@rule("BD007", "plain-http", Severity.WARNING, example="body")
def plain_http(card: Card, _: Facts) -> Iterator[Problem]:
    """A link is not encrypted.

    Bad:
        See the [data set](http://yann.lecun.com/exdb/mnist/).
    Good:
        See the [data set](https://yann.lecun.com/exdb/mnist/).
    """
    for index, link in enumerate(card.body.links):
        if link.target.lower().startswith("http:"):
            message = say("{link!r} is not encrypted; write https", link=shorten(link.target))
            yield Problem(("body", "link", index), message)


@rule("BD008", "old-client", Severity.ADVICE, example="body")
def old_client(card: Card, _: Facts) -> Iterator[Problem]:
    """The snippet imports `mindspore_hub`, which cannot be installed from PyPI.

    Bad:
        ## Usage

        ```python
        import mindspore_hub as mshub
        ```
    Good:
        ## Usage

        ```python
        import mindhub
        ```
    """
    for index, code in enumerate(card.body.code):
        if uses_old_client(code.text):
            path = ("body", "code", index)
            fix = rewrite(card, path, OLD_CLIENT_WORDS, _USE_MINDHUB) if is_plain_old_client(code.text) else None
            message = say("mindspore_hub is not on PyPI; use 'import mindhub' and 'mindhub.load'")
            yield Problem(path, message, fix=fix)


RULES = (
    section_missing,
    usage_names_other,
    raw_html,
    link_scheme,
    relative_link,
    secret,
    plain_http,
    old_client,
)
