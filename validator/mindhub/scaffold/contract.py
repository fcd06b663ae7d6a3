"""The smoke section of a new card: what its author says of the network, put into the card's form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mindhub.messages import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.formats import TensorTable
    from mindhub.messages import Message

_NAMED = re.compile(r"(?:(?P<source>file|package):)?(?P<name>[A-Za-z_][\w.]*:[A-Za-z_]\w*)")
_BARE = ("mindir", "hub-conf", "export")
_INPUT = re.compile(r"(?P<name>[A-Za-z_]\w*):(?P<shape>[0-9]+(?:x[0-9]+)*):(?P<dtype>[a-z]+[0-9]*)")
DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")


class AnswerError(ValueError):
    """An answer that is of no use; says what would do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def network_of(text: str) -> dict[str, str]:
    """Read `lenet:LeNet`, `package:mindcv.models:resnet18`, `mindir`, `hub-conf` or `export`; raises AnswerError."""
    if text in _BARE:
        return {"source": text}
    named = _NAMED.fullmatch(text)
    if named is None:
        forms = "lenet:LeNet, package:mindcv.models:resnet18, mindir, hub-conf, export"
        raise AnswerError(say("{text!r} names no network; write one of {forms}", text=text, forms=forms))
    return {"source": named["source"] or "file", "name": named["name"]}


def input_of(text: str) -> dict[str, Any]:
    """Read `images:1x1x8x8:float32`; raises AnswerError."""
    match = _INPUT.fullmatch(text)
    if match is None or match["dtype"] not in DTYPES or "0" in match["shape"].split("x"):
        form = "images:1x3x224x224:float32"
        raise AnswerError(say("{text!r} is no input; write name, shape and type as in {form}", text=text, form=form))
    shape = [int(axis) for axis in match["shape"].split("x")]
    # Whole numbers are mostly indices into a table: 0 and 1 are in every one.
    high = 1 if match["dtype"].startswith("float") else 2
    fill = {"random": [0, high], "seed": 0}
    return {"name": match["name"], "shape": shape, "dtype": match["dtype"], "fill": fill}


def section(network: dict[str, str] | None, inputs: Sequence[dict[str, Any]], table: TensorTable | None) -> Any:
    """Return the smoke section, or None where there is nothing to say; a graph names its network and inputs itself."""
    if network is None and table is not None and table.format == "mindir":
        network = {"source": "mindir"}
    if network is None:
        return None
    given = list(inputs) or _of_graph(table)
    return {"network": network} | ({"inputs": given} if given else {})


def _of_graph(table: TensorTable | None) -> list[dict[str, Any]]:
    """Return the inputs that a graph declares, axes of open size as 1; none where one of them has no known shape."""
    values = table.inputs if table else ()
    if any(value.shape is None or value.dtype not in DTYPES for value in values):
        return []
    texts = [
        f"{re.sub(r'[^0-9A-Za-z_]', '_', value.name) or 'x'}:"
        f"{'x'.join(str(max(axis, 1)) for axis in value.shape or (1,))}:{value.dtype}"
        for value in values
    ]
    return [input_of(text if text[0].isalpha() or text[0] == "_" else f"x{text}") for text in texts]
