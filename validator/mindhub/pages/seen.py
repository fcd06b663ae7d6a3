"""What the page of a card shows, as a digest: where it is the same as in the build before, so is the page.

Everything that a page can say is in it. A page sees its card, its files and `Neighbours`, which hold of the rest of the
registry what this page says about it and nothing more. A new field of one of them has to be named here; a test asks
for it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mindhub.messages import Message
from mindhub.pages.kept import digest
from mindhub.pages.rows import version_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mindhub.model import Finding
    from mindhub.pages.card_page import Neighbours
    from mindhub.pages.entries import Entry
    from mindhub.pages.inputs import Record, SiteInput
    from mindhub.pages.panels import File
    from mindhub.pages.place import Place
    from mindhub.smoke.network_runs import NetworkRun

#: Fields of an entry that follow from its card's bytes, uid and record, and from what `common` holds.
FOLLOWING = frozenset(
    (
        "publisher", "stem", "identity", "device", "name", "version", "domain", "task", "dataset", "license", "devices",
        "formats", "ran", "state", "updated", "parameters", "size", "teaching", "archived", "plain",
    )
)  # fmt: skip
#: Fields that `key` looks at itself.
ENTRY = frozenset(("card", "uid", "shared", "record", "network_run", "said", "findings"))
FILE = frozenset(("asset", "name", "content", "differs", "counted", "reached"))
#: `names` is asked for one card after the other; the answers are kept with the page. Bodies are made of the card.
NEIGHBOURS = frozenset(("group", "names", "rules", "atlas", "lists", "bodies", "figures"))
AROUND = frozenset(("ranks", "sharing", "compared", "disclaimers", "likes", "former", "accepted"))


def common(site: SiteInput, place: Place) -> bytes:
    """Return a digest of what all pages of a language share: templates, strings, vocabulary, options, rules."""
    options = site.options
    return digest(
        sorted(site.theme.templates.items()),
        sorted(place.words.strings.items()),
        [(kind, list(terms.items())) for kind, terms in site.vocabulary.terms.items()],
        [
            options.title, options.languages, options.base_url, options.repository, options.edit_url,
            options.source_url, options.history_url, sorted(options.archived),
        ],
        [rule.code for rule in site.rules],
        (place.words.language, place.prefix, sorted(place.others.items())),
    )  # fmt: skip


def itself(entry: Entry, files: tuple[File, ...], figures: Mapping[str, bytes]) -> bytes:
    """Return a digest of what a card is by itself: its text, files and records, and what it says in other languages."""
    return digest(
        entry.uid,
        _sha256(entry.card.data),
        record(entry.record),
        run(entry.network_run),
        [(name, said.title, said.summary, said.body.text) for name, said in entry.said.items()],
        [finding(found) for found in entry.findings],
        [(file.name, _sha256(file.content), file.differs, file.counted, file.reached) for file in files],
        sorted((name, _sha256(content)) for name, content in figures.items()),
    )


def around(entry: Entry, near: Neighbours) -> bytes:
    """Return a digest of what the pages of a card show of the rest of the registry, the same in every language."""
    found = near.atlas
    return digest(
        _texts(entry.shared),
        [(other.uid, version_label(other)) for other in near.group],
        [(kind, sorted(values)) for kind, values in near.lists.items()],
        [(uid, list(ranks.items())) for uid, ranks in found.ranks.items()],
        list(found.sharing.items()),
        sorted(found.compared),
        list(found.disclaimers.items()),
        list(found.former.items()),
        list(found.accepted.items()),
    )


def _sha256(content: bytes | None) -> bytes | None:
    return None if content is None else hashlib.sha256(content).digest()


def _texts(value: Any) -> Any:
    """Return a value with sets in an order: that of a frozenset differs from one process to the next."""
    return sorted(value) if isinstance(value, frozenset) else value


def record(found: Record | None) -> object:
    """Return what stands for a record."""
    return found and (_sha256(found.data), found.evidence.to_json(), found.outdated, found.due)


def run(found: NetworkRun | None) -> object:
    """Return what stands for a run with random weights."""
    return found and found.to_json()


def finding(found: Finding) -> Iterable[object]:
    """Return what a page shows of a finding."""
    return found.code, found.severity.label, _said(found.message), found.span and found.span.line, found.waiver


def _said(message: object) -> object:
    """Return a message with what it is made of: the same sentence may be another one in another language."""
    if isinstance(message, Message):
        return str(message), message.template, [(name, _said(value)) for name, value in message.values.items()]
    return message
