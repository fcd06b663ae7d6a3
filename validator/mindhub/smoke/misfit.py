"""Why a checkpoint does not fit a network, in words: the differences, the nearest names, the likely causes."""

from __future__ import annotations

import difflib
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from mindhub.smoke.matching import slot_owners

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.smoke.matching import Match, Pair, Parameter

#: How many names of one kind are spelt out.
_SHOWN = 8


def explanation(found: Match) -> Iterator[str]:
    """Yield what differs line by line, with the nearest names and the likely causes."""
    total = len(found.wanted)
    if found.ok:
        yield f"all {total} parameters of the network are in the checkpoint" + _beyond(found) + _cast(found)
        return
    if not total:
        yield "the network has no parameters, so nothing can be loaded"
        return
    counts = [
        (len(found.missing), "missing"),
        (len(found.reshaped), "of another shape"),
        (len(found.recast), "of another dtype"),
    ]
    faults = [f"{count} {what}" for count, what in counts if count]
    faults += [f"{len(found.extra)} unexpected"] if found.extra else []
    yield f"the checkpoint does not fit the network of {total} parameters: {', '.join(faults)}" + _beyond(found)
    yield from _table(list(_rows(found)))
    for cause in likely_causes(found):
        yield f"  likely cause: {cause}"


def _beyond(found: Match) -> str:
    """Count what the checkpoint holds besides, which does no harm."""
    parts = [
        f"{len(rows)} {what}"
        for rows, what in ((found.training_state, "of training state"), (found.ignored, "ignored"))
        if rows
    ]
    return f" ({' and '.join(parts)} besides)" if parts else ""


def _cast(found: Match) -> str:
    """Say which entries are cast to a wider type."""
    kinds = Counter((pair.checkpoint.dtype, pair.network.dtype) for pair in found.widened)
    return "".join(f"; {count} cast from {there} to {here}" for (there, here), count in kinds.most_common())


def _rows(found: Match) -> Iterator[tuple[str, ...]]:
    """Yield a row for each difference that is spelt out: the fault, the name, both sides, the nearest names."""
    nearest = _nearest(found.missing, found.extra, found.spare)
    for row in found.missing[:_SHOWN]:
        yield "missing", row.name, _kind(row), "-", ", ".join(nearest[row.name])
    yield from _and_more("missing", len(found.missing))
    for what, pairs in (("shape", found.reshaped), ("dtype", found.recast)):
        for pair in pairs[:_SHOWN]:
            yield what, pair.network.name, _kind(pair.network), _kind(pair.checkpoint), ""
        yield from _and_more(what, len(pairs))
    nearest = _nearest(found.extra, found.missing, found.wanted)
    for row in found.extra[:_SHOWN]:
        yield "unexpected", row.name, "-", _kind(row), ", ".join(nearest[row.name])
    yield from _and_more("unexpected", len(found.extra))


def _and_more(what: str, count: int) -> Iterator[tuple[str, ...]]:
    if count > _SHOWN:
        yield what, f"… and {count - _SHOWN} more", "", "", ""


def _kind(row: Parameter) -> str:
    return f"{row.dtype} {list(row.shape)}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows under their headings, each column as wide as its longest entry."""
    lines = [("fault", "parameter", "network", "checkpoint", "nearest name"), *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def _nearest(rows: Sequence[Parameter], opposite: Sequence[Parameter], names: Sequence[str]) -> dict[str, list[str]]:
    """Find, for the rows that will be shown, similar names on the other side.

    What is left over there comes first, and among that what has the same shape; names in use come last.
    """
    nearest = {}
    for row in rows[:_SHOWN]:
        same = [other.name for other in opposite if other.shape == row.shape]
        pools = (same, [other.name for other in opposite], names)
        close = (difflib.get_close_matches(row.name, pool, n=2, cutoff=0.6) for pool in pools)
        nearest[row.name] = next(filter(None, close), [])
    return nearest


def likely_causes(found: Match) -> list[str]:
    """Return sentences that say why a checkpoint may not fit, the surest first."""
    return [*_prefix(found), *_arguments(found), *_turned(found), *_converted(found), *_orphans(found)]


def _prefix(found: Match) -> Iterator[str]:
    """Look for one string that, set before the names of one side, gives those of the other."""
    missing = {row.name for row in found.missing}
    extra = {row.name for row in found.extra}
    for shorter, longer, side in ((missing, extra, "checkpoint"), (extra, missing, "network")):
        prefixes = Counter(
            name[: -len(tail)] for name in longer for tail in _tails(name) if tail in shorter and tail != name
        )
        if not prefixes:
            continue
        prefix, count = prefixes.most_common(1)[0]
        remedy = (
            "save the inner network rather than the cell around it, or name the factory that builds that cell"
            if side == "checkpoint"
            else "name the inner network, or save the whole cell"
        )
        yield f"the prefix {prefix!r} of the {side}'s names accounts for {count} of {len(missing)} missing; {remedy}"


def _tails(name: str) -> Iterator[str]:
    """Yield what remains of a dotted name after its first, second, … dot."""
    place = name.find(".")
    while place >= 0:
        yield name[place + 1 :]
        place = name.find(".", place + 1)


def _arguments(found: Match) -> Iterator[str]:
    """Name the factory arguments, vocabulary or number of classes that would give the checkpoint's shapes."""
    sentences: dict[str, None] = {}
    for pair in found.reshaped:
        axes = _differing_axes(pair)
        fitting = (
            (argument, axis)
            for pattern, (argument, axis) in found.arguments.items()
            if axis in axes and fnmatchcase(pair.network.name, pattern)
        )
        argument, axis = next(fitting, ("", 0))
        if argument:
            here, there = pair.network.shape[axis], pair.checkpoint.shape[axis]
            sentences[f"the network was built with {argument}={here}, the checkpoint needs {argument}={there}"] = None
        elif axes == [0] and "embedding" in pair.network.name:
            sentences[f"another vocabulary: {pair.network.name} is {_shapes(pair)}"] = None
        elif axes == [0]:
            sentences[f"another number of outputs or classes: {pair.network.name} is {_shapes(pair)}"] = None
    yield from list(sentences)[:_SHOWN]


def _shapes(pair: Pair) -> str:
    return f"{list(pair.network.shape)} in the network, {list(pair.checkpoint.shape)} in the checkpoint"


def _differing_axes(pair: Pair) -> list[int]:
    here, there = pair.network.shape, pair.checkpoint.shape
    return [axis for axis in range(len(here)) if here[axis] != there[axis]] if len(here) == len(there) else []


def _turned(found: Match) -> Iterator[str]:
    """Notice shapes that hold the same numbers in another order."""
    for pair in found.reshaped:
        here, there = pair.network.shape, pair.checkpoint.shape
        if sorted(here) == sorted(there):
            yield f"{pair.checkpoint.name} is transposed: {list(there)} for {list(here)}"
            return
        if [n for n in here if n != 1] == [n for n in there if n != 1]:
            yield f"{pair.checkpoint.name} differs only by axes of length 1: {list(there)} for {list(here)}"
            return


def _converted(found: Match) -> Iterator[str]:
    kinds = Counter((pair.checkpoint.dtype, pair.network.dtype) for pair in found.recast)
    for (there, here), count in kinds.most_common():
        yield (
            f"{count} entries were saved as {there} where the network has {here}; "
            f"build the network in {there}, or convert the checkpoint"
        )


def _orphans(found: Match) -> Iterator[str]:
    """Explain why an entry that looks like an optimiser slot is not taken for one."""
    for row in found.extra:
        # Without a dot in the owner's name it may as well be a layer that is called `linear`.
        owner = next((owner for owner in slot_owners(row.name) if "." in owner), None)
        if owner:
            yield f"{row.name} looks like an optimiser's state for {owner!r}, which stands nowhere"
            return
