"""Plots as SVG without scripts and without styles of their own: the style sheet colours them, light and dark."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from mindhub.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_WIDTH, _HEIGHT = 720, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 34, 46
_RADIUS = 5.0
#: What a label of a point needs, in units of the drawing; characters are about half as wide as they are high.
_LETTER, _SQUARE, _LINE = 6.3, 11.5, 14.0
_LONGEST = 24 * _LETTER  #: a name, not a sentence
_LABELS = 12  #: more would hide the points
_ROW = 24.0  #: height of a line with one point


@dataclass(frozen=True, slots=True)
class Point:
    """A model in a plot."""

    x: float  #: above zero where the axis is logarithmic
    y: float
    label: str
    href: str
    said: str  #: what is shown when a pointer rests on it
    also: float | None = None  #: the score measured anew, drawn filled and joined to the claimed one


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its title, and how a value is written."""

    title: str
    text: Callable[[float], str]


def scatter(points: Sequence[Point], across: Axis, up: Axis, description: str) -> Markup:
    """Return a plot of points, the horizontal axis logarithmic; `description` is what screen readers say.

    The best points come first: they get the labels that fit.
    """
    low, high = _decades([point.x for point in points])
    values = [value for point in points for value in (point.y, point.also) if value is not None]
    ticks = _ticks(min(values), max(values))

    def x(value: float) -> float:
        return _LEFT + (math.log10(value) - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [*_rules(ticks, y, up), *_marks(_log_ticks(low, high), x, across)]
    boxes = [_box(x(point.x), y(point.y), _RADIUS) for point in points]
    labels: list[Markup] = []
    parts += [
        _dot(point, x(point.x), y(point.y), (x(point.x), y(point.also)) if point.also is not None else None)
        for point in points
    ]
    for point in points[:_LABELS]:
        placed = _label(point.label, x(point.x), y(point.y), boxes)
        if placed:
            box, html = placed
            boxes.append(box)
            labels.append(html)
    return _figure([*parts, *labels], description, _HEIGHT)


def strip(points: Sequence[Point], across: Axis, description: str) -> Markup:
    """Return points along one axis, those that would cover each other stacked; x counts, y does not.

    A few stand on a line each, with their names.
    """
    if len(points) <= _LABELS:
        return _rows(points, across, description)
    ticks = _ticks(min(point.x for point in points), max(point.x for point in points))
    heights: dict[int, int] = {}
    step = 2 * _RADIUS + 1

    def x(value: float) -> float:
        return _LEFT + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (_WIDTH - _LEFT - _RIGHT)

    placed = []
    for point in points:
        column = round(x(point.x) / step)
        heights[column] = heights.get(column, 0) + 1
        placed.append((point, column * step, heights[column]))
    # A column of hundreds is drawn denser rather than higher than a screen.
    rise = min(step, 220 / max(heights.values()))
    height = round(_TOP + max(heights.values()) * rise + _RADIUS + _BOTTOM)
    parts = list(_marks(ticks, x, across, height))
    parts += [_dot(point, at, height - _BOTTOM - _RADIUS - (rank - 1) * rise, None) for point, at, rank in placed]
    return _figure(parts, description, height)


def _rows(points: Sequence[Point], across: Axis, description: str) -> Markup:
    """Return each point on a line of its own, with its name at the left."""
    values = [value for point in points for value in (point.x, point.also) if value is not None]
    ticks = _ticks(min(values), max(values))
    left = _LEFT + max(_width(_short(point.label)) for point in points)
    height = round(_TOP / 2 + len(points) * _ROW + _BOTTOM)

    def x(value: float) -> float:
        return left + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (_WIDTH - left - _RIGHT)

    parts = list(_marks(ticks, x, across, height, left))
    for number, point in enumerate(points):
        y = _TOP / 2 + (number + 0.5) * _ROW
        also = (x(point.also), y) if point.also is not None else None
        parts += [
            Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                f"{left:.1f}", _WIDTH - _RIGHT, f"{y:.1f}", f"{y:.1f}"
            ),
            Markup('<text class="name end" x="{}" y="{}">{}</text>').format(
                f"{left - 12:.1f}", f"{y + 4:.1f}", _short(point.label)
            ),
            _dot(point, x(point.x), y, also),
        ]
    return _figure(parts, description, height)


def _figure(parts: Sequence[Markup], description: str, height: int) -> Markup:
    head = Markup('<svg class="plot" viewBox="0 0 {} {}" role="group" aria-label="{}">').format(
        _WIDTH, height, description
    )
    return head + Markup("").join(parts) + Markup("</svg>")


def _rules(ticks: Sequence[float], y: Callable[[float], float], axis: Axis) -> Iterator[Markup]:
    for tick in ticks:
        at = f"{y(tick):.1f}"
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, _WIDTH - _RIGHT, at, at)
        yield Markup('<text class="tick end" x="{}" y="{}">{}</text>').format(
            _LEFT - 10, f"{y(tick) + 4:.1f}", axis.text(tick)
        )
    yield Markup('<text class="axis" x="{}" y="{}">{}</text>').format(12, 20, axis.title)


def _marks(
    ticks: Sequence[float], x: Callable[[float], float], axis: Axis, height: int = _HEIGHT, left: float = _LEFT
) -> Iterator[Markup]:
    base = height - _BOTTOM
    yield Markup('<line class="base" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        f"{left:.0f}", _WIDTH - _RIGHT, base, base
    )
    for tick in ticks:
        at = f"{x(tick):.1f}"
        yield Markup('<line class="base" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(at, at, base, base + 4)
        yield Markup('<text class="tick middle" x="{}" y="{}">{}</text>').format(at, base + 18, axis.text(tick))
    middle = f"{(left + _WIDTH - _RIGHT) / 2:.0f}"
    yield Markup('<text class="axis middle" x="{}" y="{}">{}</text>').format(middle, height - 8, axis.title)


def _dot(point: Point, x: float, y: float, also: tuple[float, float] | None) -> Markup:
    inner = Markup('<circle class="claimed" cx="{}" cy="{}" r="{}"/>').format(f"{x:.1f}", f"{y:.1f}", _RADIUS)
    if also is not None:
        at = [f"{value:.1f}" for value in (x, also[0], y, also[1])]
        inner += Markup('<line class="join" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(*at)
        inner += Markup('<circle class="measured" cx="{}" cy="{}" r="{}"/>').format(at[1], at[3], _RADIUS - 1.5)
    return Markup('<a href="{}" aria-label="{}"><title>{}</title>{}</a>').format(
        point.href, point.said, point.said, inner
    )


_Box = tuple[float, float, float, float]


def _box(x: float, y: float, radius: float) -> _Box:
    return x - radius, y - radius, x + radius, y + radius


def _label(text: str, x: float, y: float, taken: Sequence[_Box]) -> tuple[_Box, Markup] | None:
    """Return a label's place beside its point, right, left, above or below; None where none is free."""
    text = _short(text)
    width, gap = _width(text), _RADIUS + 4
    above, below = y - gap - 2, y + gap + 11
    choices = (
        ("start", x + gap, y + 4), ("end", x - gap, y + 4), ("middle", x, above), ("middle", x, below),
        ("start", x - _RADIUS, above), ("end", x + _RADIUS, above), ("start", x - _RADIUS, below),
        ("end", x + _RADIUS, below),
    )  # fmt: skip
    for anchor, at, base in choices:
        left = at - {"start": 0.0, "end": width, "middle": width / 2}[anchor]
        box = (left, base - _LINE + 3, left + width, base + 3)
        inside = box[0] >= _LEFT and box[2] <= _WIDTH and box[1] >= 0 and box[3] <= _HEIGHT - _BOTTOM
        if inside and not any(_meet(box, other) for other in taken):
            html = Markup('<text class="name {}" x="{}" y="{}">{}</text>').format(
                anchor, f"{at:.1f}", f"{base:.1f}", escape(text)
            )
            return box, html
    return None


def _short(text: str) -> str:
    """Return a name as far as it fits beside a point."""
    if _width(text) <= _LONGEST:
        return text
    while _width(text) > _LONGEST - _LETTER:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _width(text: str) -> float:
    """Return how wide a text is: Chinese characters are as wide as they are high."""
    return sum(_SQUARE if unicodedata.east_asian_width(letter) in "WF" else _LETTER for letter in text)


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a logarithmic axis, with a margin on both sides."""
    low, high = math.log10(min(values)), math.log10(max(values))
    margin = max((high - low) * 0.06, 0.15)
    return low - margin, high + margin


def _log_ticks(low: float, high: float) -> list[float]:
    """Return about four to eight round values between two powers of ten."""
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        found = [
            step * 10.0**power
            for power in range(math.floor(low), math.ceil(high) + 1)
            for step in steps
            if low <= math.log10(step * 10.0**power) <= high
        ]
        if len(found) >= 4:  # noqa: PLR2004 - fewer do not show that the axis is logarithmic
            return found
    return found


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round values that span the given ones."""
    if high - low < 1e-9 * max(abs(high), 1.0):
        low, high = low - 1.0, high + 1.0
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]
