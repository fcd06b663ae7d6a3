"""Short reviews in English and Chinese, put together from phrases of our own; each is praise or blame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.smoke.samples import Dice, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Bytes of a review in UTF-8, filled up with zeros.
WIDTH = 96
_COUNT = 3000

_THINGS = {
    "en": ("the film", "the soup", "our room", "the service", "this phone", "the story", "the music", "the tour",
           "this book", "the coffee"),
    "zh": ("这部电影", "这碗汤", "我们的房间", "服务", "这部手机", "故事", "音乐", "行程", "这本书", "咖啡"),
}  # fmt: skip
_GOOD = {
    "en": ("good", "lovely", "excellent", "pleasant", "wonderful", "charming", "fine", "brilliant"),
    "zh": ("好", "棒", "出色", "舒服", "精彩", "迷人", "不错", "令人满意"),
}
_BAD = {
    "en": ("bad", "dull", "awful", "unpleasant", "terrible", "boring", "poor", "dreadful"),
    "zh": ("差", "糟", "乏味", "难受", "糟糕", "无聊", "失败", "令人失望"),
}
_PLAIN = {
    "en": ("was {}", "was really {}", "seemed very {}", "is simply {}"),
    "zh": ("很{}", "真{}", "非常{}", "实在{}"),
}
_TURNED = {
    "en": ("was not {}", "was never {}", "was anything but {}", "is not {} at all"),
    "zh": ("并不{}", "一点也不{}", "绝对算不上{}", "谈不上{}"),
}
_BUT = {"en": (", but ", ", yet "), "zh": ("，但是", "，不过")}
_ALSO = {"en": (" and ", ", and also "), "zh": ("，而且", "，")}


def reviews() -> Samples:
    """Return 3,000 different reviews as 96 bytes of UTF-8 each, the first half English; 1 praise, 0 blame.

    A review is one or two statements about a thing, each with a good or a bad word, plain or turned by a negation.
    Two statements joined by a word for "and" agree; of two joined by a word for "but" the second counts. So no
    single word decides.
    """
    import numpy as np

    texts, labels = written()
    rows = np.zeros((len(texts), WIDTH), dtype="int64")
    for row, text in zip(rows, texts, strict=True):
        encoded = np.frombuffer(text.encode(), dtype="uint8")
        row[: len(encoded)] = encoded
    return Samples(rows, np.array(labels), "int32")


def written() -> tuple[list[str], list[int]]:
    """Return the reviews as text, and 1 for praise or 0 for blame of each."""
    dice = Dice(6)
    found: dict[str, int] = {}
    for language in ("en", "zh"):
        wanted = len(found) + _COUNT // 2
        while len(found) < wanted:
            text, praise = _review(dice, language)
            if len(text.encode()) <= WIDTH:
                found[text] = praise
    return list(found), list(found.values())


def _review(dice: Dice, language: str) -> tuple[str, int]:
    kind, praise = dice.uniform(1)[0], int(dice.below(2, 1)[0])
    last = _statement(dice, language, praise)
    if kind < 1 / 4:
        text = last
    elif kind < 1 / 2:
        text = _statement(dice, language, praise) + _one(dice, _ALSO[language]) + last
    else:
        text = _statement(dice, language, 1 - praise) + _one(dice, _BUT[language]) + last
    return (text[0].upper() + text[1:] + ("." if language == "en" else "。")), praise


def _statement(dice: Dice, language: str, praise: int) -> str:
    turned = int(dice.below(2, 1)[0])
    word = _one(dice, (_GOOD if praise != turned else _BAD)[language])
    shape = _one(dice, (_TURNED if turned else _PLAIN)[language])
    gap = " " if language == "en" else ""
    return _one(dice, _THINGS[language]) + gap + shape.format(word)


def _one(dice: Dice, choices: Sequence[str]) -> str:
    return choices[int(dice.below(len(choices), 1)[0])]
