"""`mindhub diff`: say which tensors differ between two files of weights, and by how much."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.cli.inspect import recognised
from mindhub.cli.weights import CANNOT, Cannot, file_of, is_address
from mindhub.formats import FormatError, scan, show
from mindhub.formats.reading import local

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mindhub.formats import Tensor, TensorTable
    from mindhub.formats.diff import Difference

DIFFERENT = 1


def run(*, first: str, second: str, registry: Path | None = None, output: str = "text", every: bool = False) -> int:
    """Compare two files, each a path or the file of a card by its uid; `every` lists unchanged tensors too.

    Returns 0 when all tensors are equal, 1 when some differ, 2 when a file could not be read or compared.
    """
    # Of use before numpy is imported: more threads than one burn time on small blocks.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from mindhub.formats.diff import Incomparable, compare
    from mindhub.formats.values import NumpyMissing

    try:
        found = compare(_read(first, registry), _read(second, registry))
    except (Cannot, FormatError, NumpyMissing, Incomparable) as error:
        print(f"mindhub diff: {show.clean(str(error))}", file=sys.stderr)
        return CANNOT
    except OSError as error:
        print(f"mindhub diff: {error.filename or ''}: cannot be read: {error.strerror or error}", file=sys.stderr)
        return CANNOT
    if output == "json":
        print(json.dumps(_to_json(first, second, found), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print("\n".join(_lines(found, every=every)))
    return DIFFERENT if any(row.kind != "unchanged" for row in found) else 0


def _read(target: str, registry: Path | None) -> tuple[Path, TensorTable]:
    if is_address(target):
        raise Cannot(f"{target}: values are compared of files on this machine; download the file first")
    path = file_of(target, registry)
    with local(path) as source:
        file_format = recognised(source)
    return path, scan(path, file_format)


def _lines(found: Sequence[Difference], *, every: bool) -> Iterator[str]:
    from mindhub.formats.diff import KINDS

    shown = [row for kind in KINDS if every or kind != "unchanged" for row in found if row.kind == kind]
    if shown:
        yield from show.aligned([[row.kind, show.clean(row.name), _what(row)] for row in shown])
    counts = Counter(row.kind for row in found)
    yield ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS if counts[kind]) or "no tensors on either side"


def _what(row: Difference) -> str:
    """Say in words what became of a tensor."""
    before, after = row.before, row.after
    if before is None or after is None:
        return _kind(before or after)
    if row.kind == "renamed":
        return f"to {show.clean(after.name)}"
    if row.kind == "unchanged":
        return _kind(before)
    told = [f"{_kind(before)} to {_kind(after)}"] if row.kind != "changed" else []
    if row.changed is not None:
        told.append(f"{row.changed:,} of {before.size:,} elements differ")
        told.append(f"max |difference| {show.number(row.largest)}, relative L2 {show.number(row.relative)}")
    elif row.kind == "changed":
        told.append("the bytes differ; they are not read as numbers")
    return "; ".join(told)


def _kind(tensor: Tensor | None) -> str:
    return f"{show.shape(tensor.shape)} {tensor.dtype}" if tensor else ""


def _to_json(first: str, second: str, found: Sequence[Difference]) -> dict[str, Any]:
    """Return what `schema/diff.schema.json` describes."""
    return {
        "version": 1,
        "tool": {"name": "mindhub", "version": __version__},
        "first": first,
        "second": second,
        "summary": dict(Counter(row.kind for row in found)),
        "tensors": [
            {
                "kind": row.kind,
                "name": row.name,
                "before": _side(row.before),
                "after": _side(row.after),
                "changed": row.changed,
                "largest": show.finite(row.largest),
                "relative": show.finite(row.relative),
            }
            for row in found
        ],
    }


def _side(tensor: Tensor | None) -> dict[str, Any] | None:
    return {"name": tensor.name, "shape": list(tensor.shape), "dtype": tensor.dtype} if tensor else None
