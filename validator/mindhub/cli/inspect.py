"""`mindhub inspect`: say what a file of weights holds, without the framework."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.cli.weights import FAULT, Cannot, Elsewhere, place_of
from mindhub.formats import READERS, FormatError, format_of, scan, show
from mindhub.formats.reading import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.assets.guard import Guard
    from mindhub.formats import ByteSource, TensorTable
    from mindhub.formats.stats import Measured

OUTPUTS = ("text", "json", "tree")


def run(
    *,
    target: str,
    registry: Path | None = None,
    output: str = "text",
    stats: bool = False,
    file_format: str | None = None,
    allow_hosts: Sequence[str] = (),
    allow_private: bool = False,
) -> int:
    """List what a file holds: a path, an address, or the file of a card by its uid.

    What is not here is read by ranges, from the card's link or else its mirrors; for `stats` it is downloaded.

    Returns 0 when the file was read, 1 when it is not what it should be, 2 when it could not be read at all.
    """
    try:
        _check(output, file_format, stats=stats)
        place = place_of(target, registry, file_format)
        if isinstance(place, Elsewhere):
            from mindhub.assets.guard import Guard

            guard = Guard(frozenset(allow_hosts), allow_private=allow_private)
            table, measured = _remote(place, file_format, guard, stats)
        else:
            table, measured = _local(place, file_format, stats)
    except FormatError as error:
        return _refused(target, error, output)
    except Cannot as error:
        print(f"mindhub inspect: {error}", file=sys.stderr)
        return error.code
    sys.stdout.write(_rendered(target, table, measured, output))
    return 0


def _check(output: str, file_format: str | None, *, stats: bool) -> None:
    """Refuse what makes no sense."""
    if output not in OUTPUTS:
        raise Cannot(f"{output!r} is no output; there are {', '.join(OUTPUTS)}")
    if file_format is not None and file_format.lower() not in READERS:
        raise Cannot(f"no reader for the format {file_format!r}; readable are {', '.join(READERS)}")
    if stats and output == "tree":
        raise Cannot("a tree has no room for statistics; use text or json")


def _local(path: Path, file_format: str | None, stats: bool) -> tuple[TensorTable, Measured | None]:
    from mindhub.formats.values import NumpyMissing

    try:
        with local(path) as source:
            chosen = file_format or recognised(source)
        table = scan(path, chosen)
        if not stats:
            return _with_name(table, path.name), None
        # Of use before numpy is imported: more threads than one burn time on blocks of 256 kB.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from mindhub.formats.stats import measure

        return _with_name(table, path.name), measure(path, table)
    except NumpyMissing as error:
        raise Cannot(str(error)) from None
    except OSError as error:
        raise Cannot(f"{path}: cannot be read: {error.strerror or error}") from None


def _remote(
    place: Elsewhere, file_format: str | None, guard: Guard, stats: bool
) -> tuple[TensorTable, Measured | None]:
    from mindhub.assets.ranges import RemoteFile
    from mindhub.assets.remote import scan_remote

    if stats:
        return _local(place.brought(guard), file_format or place.file_format, stats)

    def ask(url: str) -> TensorTable:
        chosen = file_format or place.file_format or Path(url.partition("?")[0].partition("#")[0]).suffix[1:].lower()
        if chosen not in READERS:
            with RemoteFile(url, guard) as source:
                chosen = format_of(source)
        return scan_remote(url, chosen, guard=guard, size=place.size).table

    return place.first(ask), None


def recognised(source: ByteSource) -> str:
    """Return the format of the bytes; of bytes without a face, that of the name, whose reader says what is wrong."""
    try:
        return format_of(source)
    except FormatError:
        ending = Path(source.name).suffix[1:].lower()
        if ending in READERS:
            return ending
        raise


def _with_name(table: TensorTable, name: str) -> TensorTable:
    """Note a name that promises another format than the bytes have."""
    ending = Path(name).suffix[1:].lower()
    if ending not in READERS or ending == table.format:
        return table
    sentence = f"the name ends in .{ending}, and the bytes are {table.format}"
    return replace(table, suspicious=(sentence, *table.suspicious))


def _rendered(target: str, table: TensorTable, measured: Measured | None, output: str) -> str:
    if output == "json":
        data = show.to_json(target, __version__, table, measured)
        return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    return show.tree(target, table) if output == "tree" else show.text(target, table, measured)


def _refused(target: str, error: FormatError, output: str) -> int:
    """Say what is wrong with the bytes."""
    if output == "json":
        fields = ("kind", "message", "offset", "tensor", "expected", "found")
        data: dict[str, Any] = {
            "version": 1,
            "tool": {"name": "mindhub", "version": __version__},
            "target": target,
            "error": {name: getattr(error, name) for name in fields},
        }
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        print(f"mindhub inspect: {show.clean(str(error))}", file=sys.stderr)
    return FAULT
