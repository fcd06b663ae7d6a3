"""A unit of the site: files that are made together, and a digest of everything that they show.

What is equal for a whole build, such as templates, vocabulary and settings, is in none of the digests: a build that
takes units of another one has to see to it that these are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Page = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Unit:
    """Files of a site that are made together."""

    name: str  #: `card mindspore/1.7/x`, `listing task/classification`, …
    sees: Callable[[], bytes]  #: makes a digest of what the files show
    files: Callable[[], Iterator[Page]]
    #: Cards that the files ask for by name, and whether there are such; known once the files were made.
    asked: dict[str, bool] = field(default_factory=dict)
    lists: bool = False  #: it shows of cards what lists say and nothing else
