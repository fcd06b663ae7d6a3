"""Pictures beside a card that its text shows: small, and of kinds that can do nothing but be looked at.

A text shows one as `![what it shows](lenet_digits.svg)`. The file lies beside the card. Pictures of other hosts are
links, since loading one would tell that host who reads the page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.body import Body

#: Bytes of one picture.
LARGEST = 30_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*\.(?:svg|png)")
_PNG = b"\x89PNG\r\n\x1a\n"
_NAMESPACE = "http://www.w3.org/2000/svg"
#: What an SVG may be made of. Opened by itself it is a page of this site: nothing in it may run, load or lead away.
_ELEMENTS = frozenset({"svg", "title", "g", "rect", "path", "line", "polyline", "circle", "text"})
_ATTRIBUTES = frozenset(
    {
        "xmlns",
        "viewBox",
        "width",
        "height",
        "role",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "d",
        "points",
    }
    | {"fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "transform", "opacity"}
    | {"font-family", "font-size", "font-weight", "text-anchor"}
)


def names(body: Body) -> Iterator[str]:
    """Yield the names of the files that a text shows as pictures beside the card, as they come."""
    for link in body.links if "![" in body.text else ():
        if link.image and _NAME.fullmatch(link.target):
            yield link.target


def fault(name: str, data: bytes) -> str:
    """Say what keeps a picture from being shown; empty where nothing does."""
    if len(data) > LARGEST:
        return f"has {len(data):,} bytes; a picture may have {LARGEST:,}"
    if name.endswith(".png"):
        return "" if data.startswith(_PNG) else "is no PNG"
    return _svg_fault(data)


def _svg_fault(data: bytes) -> str:
    found: list[str] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element not in _ELEMENTS:
            found.append(f"has the element {element!r}, which a picture may not have")
        for name, value in attributes.items():
            # Everything that leads somewhere does so by a URL; of those there is only the name of the format.
            leads = ":" in value or "url(" in value.casefold()
            if name not in _ATTRIBUTES or (leads and value != _NAMESPACE):
                found.append(f"has the attribute {name}={value!r}, which a picture may not have")

    def refuse(*_: object) -> None:
        found.append("has a document type or an instruction, which a picture may not have")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.ProcessingInstructionHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        return f"is no SVG: {error}"
    return found[0] if found else ""
