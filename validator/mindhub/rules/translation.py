"""TR: whether a translation serves its readers; its text is judged by the rules for bodies (BD) besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.model import Card, Problem, Related, Severity
from mindhub.rules.base import rule
from mindhub.translation import opens_with_title, outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.facts import Facts


@rule("TR001", "translation-title", Severity.WARNING, example="translation", registry_wide=True)
def translation_title(_: Sequence[Card], facts: Facts) -> Iterator[tuple[Card, Problem]]:
    """A translation does not start with a heading of level 1.

    That heading is the title that readers of the language see in lists and above the text.

    Bad:
        ---
        summary: 识别手写数字
        ---

        ## 简介

        一个小网络。

        ## 用法

        ```python
        import mindhub
        ```

        ## 引用
    Good:
        ---
        summary: 识别手写数字
        ---

        # LeNet：识别手写数字

        ## 简介

        一个小网络。

        ## 用法

        ```python
        import mindhub
        ```

        ## 引用
    """
    for there in facts.translations:
        if not opens_with_title(there.page.body):
            message = say("the translation has no title: start its text with a heading of level 1, '# …'")
            yield there.page, Problem(("body",), message)


@rule("TR002", "translation-differs", Severity.ADVICE, example="translation", registry_wide=True)
def translation_differs(_: Sequence[Card], facts: Facts) -> Iterator[tuple[Card, Problem]]:
    """A translation has other headings or code blocks than its card.

    Most often the card was changed and its translation was not. What counts is their number and level, not their words.

    Bad:
        ---
        summary: 识别手写数字
        ---

        # LeNet：识别手写数字

        ## 简介

        一个小网络。
    Good:
        ---
        summary: 识别手写数字
        ---

        # LeNet：识别手写数字

        ## 简介

        一个小网络。

        ## 用法

        ```python
        import mindhub
        ```

        ## 引用
    """
    for there in facts.translations:
        if there.original is None:
            continue
        (here, code), (levels, blocks) = outline(there.page.body), outline(there.original.body)
        related = (Related(there.original, ("body",), say("the card's text")),)
        if here != levels:
            message = say(
                "the translation has {here} below its title, the card {there}; translate them one by one",
                here=_marks(here),
                there=_marks(levels),
            )
            yield there.page, Problem(("body",), message, related=related)
        elif code != blocks:
            message = say(
                "the translation has {here} blocks of code, the card {there}; carry them over as they are",
                here=code,
                there=blocks,
            )
            yield there.page, Problem(("body",), message, related=related)


def _marks(levels: tuple[int, ...]) -> str:
    return " ".join("#" * level for level in levels) or say("no headings")


RULES = (translation_title, translation_differs)
