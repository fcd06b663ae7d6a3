"""A `smoke` section as a person reads it: its YAML, and what to do where none could be proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.scaffold.card import flow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The rows of CONTRIBUTING's table that a person has to do something for, in its order.
STEPS: Mapping[str, str] = {
    "mindir": """\
export the trained network as MindIR with today's MindSpore, name it as an asset, and write
smoke: {network: {source: mindir}}""",
    "package": """\
name the factory of an installed library: {source: package, name: "mindcv.models:resnet18"}""",
    "hub-conf": """\
put a ten-line mindspore_hub_conf.py into your own repository (`mindhub new --network` writes one), and pin it with
repo-commit: {source: hub-conf, name: …}""",
    "file": """\
add a file to registry/networks in the same pull request, for review: {source: file, name: "yours:Class"}""",
}


def advice(tried: Sequence[str] = ()) -> Iterator[str]:
    """Say line by line what to do next; `tried` are the attempts that failed (`Proposal.tried`).

    Who has a repository whose code was tried is nearest to a `mindspore_hub_conf.py` in it, so that comes first then.
    """
    coded = any(line.startswith(("export ", "hub-conf ")) for line in tried)
    rows = sorted(STEPS, key=lambda row: row != "hub-conf") if coded else list(STEPS)
    yield "What to do next, the first that you can (CONTRIBUTING.md has the table):"
    for number, row in enumerate(rows, 1):
        first, *rest = STEPS[row].split("\n")
        yield f"  {number}. {first}"
        yield from (f"     {line}" for line in rest)


def text_of(smoke: Mapping[str, Any]) -> Iterator[str]:
    """Write a section as YAML: a line for each thing in it, and for each input and output."""
    yield "smoke:"
    for key, value in smoke.items():
        if key in ("inputs", "outputs"):
            yield f"  {key}:"
            yield from (f"    - {flow(row)}" for row in value)
        else:
            yield f"  {key}: {flow(value)}"
