"""What a site is made from: values only, so that building it is a pure function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.model import Card, Finding
    from mindhub.publishers import Publisher
    from mindhub.rules.base import Rule
    from mindhub.smoke.evidence import Evidence
    from mindhub.smoke.network_runs import NetworkRun
    from mindhub.translation import Translation
    from mindhub.vocabulary import Vocabulary
    from mindhub.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Record:
    """What a run found out about a card, and whether that still holds."""

    evidence: Evidence
    data: bytes = field(repr=False)  #: the JSON file as it lies beside the card; published unchanged
    outdated: str = ""  #: what changed since, in words; empty where the record still holds
    due: str = ""  #: why it should be run again although it holds; empty where it need not


@dataclass(frozen=True, slots=True)
class Theme:
    """What the site is made of: the contents of `site/` and the schemas to publish."""

    templates: Mapping[str, str]  #: file name -> Jinja source
    static: Mapping[str, bytes]  #: file name -> content
    strings: Mapping[str, Mapping[str, str]]  #: language -> key -> text with {placeholders}
    schemas: Mapping[str, bytes] = field(default_factory=dict)  #: file name -> JSON


@dataclass(frozen=True, slots=True)
class Options:
    """What a registry decides about its site."""

    title: str = "MindHub"
    languages: tuple[str, ...] = ("en", "zh")  #: the first is at the root, others in a folder of their name
    base_url: str = ""  #: where the site will be, ending in `/`; empty where nobody knows. 404.html and
    #: command lines that need a whole address use it
    repository: str = ""  #: https address of the registry's repository
    edit_url: str = ""  #: address with {file}, the card's path inside the registry, for the edit link
    source_url: str = ""  #: likewise, of the card's file
    history_url: str = ""  #: likewise, of the list of its changes
    archived: frozenset[str] = frozenset()  #: MindSpore versions whose cards rank last
    page_size: int = 1000  #: models on one page of a listing


@dataclass(frozen=True, slots=True)
class SiteInput:
    """Everything a site is made from."""

    cards: tuple[Card, ...]
    findings: tuple[Finding, ...]
    vocabulary: Vocabulary
    theme: Theme
    rules: tuple[Rule, ...] = ()
    records: Mapping[str, Record] = field(default_factory=dict)  #: by uid
    network_runs: Mapping[str, NetworkRun] = field(default_factory=dict)  #: with random weights, by uid
    embedded: Mapping[tuple[str, int], bytes] = field(default_factory=dict)  #: (uid, place in `asset`) -> bytes
    figures: Mapping[tuple[str, str], bytes] = field(default_factory=dict)  #: (uid, file name) -> picture beside a card
    runs: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)  #: all known runs of a card, by uid
    translations: Mapping[tuple[str, str], Translation] = field(default_factory=dict)  #: by uid and language
    aliases: Mapping[str, str] = field(default_factory=dict)  #: old name -> uid
    publishers: Mapping[str, Publisher] = field(default_factory=dict)  #: by name of the folder
    waivers: tuple[Waiver, ...] = ()  #: faults that the registry accepts for a time
    disclaimers: Mapping[str, str] = field(default_factory=dict)  #: name -> Markdown that cards refer to
    reached: Mapping[str, str] = field(default_factory=dict)  #: address -> day on which it last was as it should be
    options: Options = field(default_factory=Options)
    fulltext: bool = False  #: an index of all texts will be put beside the pages


class SiteError(Exception):
    """A site that cannot be built; says which input is in the way and what would do."""
