"""Write a tensor table for people and for programs: aligned text, a tree by names, JSON."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mindhub.formats.stats import Measured, Stats
    from mindhub.formats.table import Tensor, TensorTable

NOUNS = {"ckpt": "MindSpore checkpoint", "mindir": "MindIR model", "onnx": "ONNX model", "safetensors": "safetensors"}
_WIDEST = 64  # columns of a name that others are aligned to
_DEEPEST = 24  # parts of a name that make branches
_UNITS = ("B", "kB", "MB", "GB", "TB")


def human(nbytes: int) -> str:
    """Return a size as people read it, in powers of 1000."""
    size, unit = float(nbytes), 0
    while size >= 999.5 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - what rounds to 1000
        size, unit = size / 1000, unit + 1
    return f"{nbytes} B" if unit == 0 else f"{size:.{max(0, 2 - int(math.log10(size)))}f} {_UNITS[unit]}"


def clean(text: str) -> str:
    """Return text that a terminal shows as it is: what is not printable is escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def text(title: str, table: TensorTable, measured: Measured | None = None) -> str:
    """Return the table as lines: totals, tensors, inputs and outputs, facts, what is suspicious."""
    return "\n".join([*_head(title, table, measured), "", *_rows(table, measured), *_tail(table)]) + "\n"


def tree(title: str, table: TensorTable) -> str:
    """Return the tensors as a tree by the parts of their names, with the totals of each branch."""
    lines = [*_head(title, table, None), "", *_branches(table.tensors, 0, "")]
    return "\n".join([*lines, *_tail(table)]) + "\n"


def to_json(target: str, version: str, table: TensorTable, measured: Measured | None = None) -> dict[str, Any]:
    """Return what `schema/inspect.schema.json` describes."""
    data: dict[str, Any] = {
        "version": 1,
        "tool": {"name": "mindhub", "version": version},
        "target": target,
        "table": table.to_json(),
    }
    if measured is not None:
        data["sha256"] = measured.sha256
        data["files"] = measured.files
        data["stats"] = [_stats_to_json(stats) for stats in measured.stats]
    return data


def _stats_to_json(stats: Stats) -> dict[str, Any]:
    return {
        "name": stats.name,
        "sha256": stats.sha256 or None,
        "min": finite(stats.minimum),
        "max": finite(stats.maximum),
        "mean": finite(stats.mean),
        "std": finite(stats.std),
        "zeros": stats.zeros,
        "nan": stats.nan,
        "inf": stats.inf,
    }


def finite(value: float | None) -> float | None:
    """Return a number that JSON can hold, or None."""
    return value if value is not None and math.isfinite(value) else None


def number(value: float | None) -> str:
    """Return a number in few characters."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.5g}"


def shape(sizes: Sequence[int] | None) -> str:
    """Return a shape; an open size is `?`, and `…` says that even the number of axes is open."""
    return "[…]" if sizes is None else f"[{', '.join('?' if size < 0 else str(size) for size in sizes)}]"


def aligned(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> Iterator[str]:
    """Yield rows with their columns in line; those numbered in `right` end in line."""
    widths = [min(_WIDEST, max(map(_width, column))) for column in zip(*rows, strict=True)]
    to_the_right = set(right)
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - _width(cell))
            cells.append(space + cell if index in to_the_right else cell + space)
        yield "  ".join(cells).rstrip()


def _width(cell: str) -> int:
    """Return the columns that a terminal takes for a text."""
    return len(cell) if cell.isascii() else sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in cell)


def _head(title: str, table: TensorTable, measured: Measured | None) -> Iterator[str]:
    yield f"{clean(title)}: {NOUNS.get(table.format, table.format)}, {table.size:,} bytes"
    count = len(table.tensors)
    yield f"{_counted(count, 'tensor')}, {_counted(table.parameters, 'parameter')}, {human(table.nbytes)} of values"
    if table.dtypes:
        yield "dtypes: " + ", ".join(f"{dtype} × {count:,}" for dtype, count in table.dtypes.items())
    if measured is not None:
        yield f"sha256: {measured.sha256}"
        for name, sha256 in measured.files.items():
            yield f"sha256 of {clean(name)}: {sha256}"


def _rows(table: TensorTable, measured: Measured | None) -> Iterator[str]:
    head = ["name", "shape", "dtype", "parameters", "bytes", "offset"]
    rows = [[clean(t.name), shape(t.shape), t.dtype, f"{t.size:,}", f"{t.nbytes:,}", _place(t)] for t in table.tensors]
    right = {3, 4, 5}
    if measured is not None:
        head = [*head[:3], "min", "max", "mean", "std", "zeros", "NaN", "Inf", "sha256"]
        rows = [[*row[:3], *_figures(stats)] for row, stats in zip(rows, measured.stats, strict=True)]
        right = set(range(3, 10))
    if rows:
        yield from aligned([head, *rows], right)


def _place(tensor: Tensor) -> str:
    return f"{clean(tensor.file)}:{tensor.offset:,}" if tensor.file else f"{tensor.offset:,}"


def _figures(stats: Stats) -> list[str]:
    numbers = (stats.minimum, stats.maximum, stats.mean, stats.std, stats.zeros, stats.nan, stats.inf)
    return [*map(number, numbers), stats.sha256[:12] or "not here"]


def _tail(table: TensorTable) -> Iterator[str]:
    for label, values in (("inputs", table.inputs), ("outputs", table.outputs)):
        if values:
            yield from ("", label)
            yield from aligned([["  " + clean(value.name), shape(value.shape), value.dtype] for value in values])
    if table.extras:
        yield from ("", "facts" if table.inputs or table.outputs else "strings")
        yield from aligned([["  " + clean(extra.name), clean(extra.text)] for extra in table.extras])
    if table.suspicious:
        yield from ("", "suspicious")
        yield from (f"  {clean(line)}" for line in table.suspicious)


def _branches(tensors: Sequence[Tensor], depth: int, indent: str) -> Iterator[str]:
    """Yield the lines of what lies below one branch; a branch with one child is joined to it."""
    groups: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        parts = tensor.name.split(".")
        # A tensor stands under its last part; so does one named as a branch, or too deep.
        end = depth >= len(parts) - 1 or depth >= _DEEPEST
        groups.setdefault(f"\0{tensor.name}" if end else parts[depth], []).append(tensor)
    for index, (part, group) in enumerate(groups.items()):
        last = index == len(groups) - 1
        lead, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if len(group) == 1:
            name = ".".join(group[0].name.split(".")[depth:])
            yield f"{indent}{lead}{clean(name)}  {shape(group[0].shape)} {group[0].dtype}, {human(group[0].nbytes)}"
            continue
        label, inner = part, depth + 1
        while (
            inner < _DEEPEST
            and len(following := {_part(tensor, inner) for tensor in group}) == 1
            and None not in following
        ):
            label, inner = f"{label}.{following.pop()}", inner + 1
        totals = sum(tensor.size for tensor in group), sum(tensor.nbytes for tensor in group)
        yield (
            f"{indent}{lead}{clean(label)}  {_counted(len(group), 'tensor')}, "
            f"{_counted(totals[0], 'parameter')}, {human(totals[1])}"
        )
        yield from _branches(group, inner, indent + below)


def _part(tensor: Tensor, depth: int) -> str | None:
    parts = tensor.name.split(".")
    return parts[depth] if depth < len(parts) - 1 else None


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
