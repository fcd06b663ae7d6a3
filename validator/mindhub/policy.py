"""What a change may do by itself, and what of it waits for a maintainer: paths in, rulings out.

The verdict is about who decides, not about what is right: a change that needs a maintainer may be a good one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub import aliases, baseline, publishers, waivers
from mindhub.config import Config
from mindhub.frozen import dataclass, field
from mindhub.messages import say
from mindhub.source import CONFIG_NAME, RESERVED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mindhub.messages import Message
    from mindhub.publishers import Publisher

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
_EVIDENCE = (".evidence.json", ".evidence.jsonl", ".network.json")
_DRAWING = ".svg"
#: Files that may lie beside cards: texts, models, pictures.
_BESIDE = (
    ".md", ".ckpt", ".mindir", ".safetensors", ".onnx", ".ms", ".air", ".png", ".jpg", ".jpeg", ".gif", ".webp",
)  # fmt: skip
_BOOKS = {
    CONFIG_NAME: say("it decides what the gate asks of everybody"),
    waivers.NAME: say("a waiver excuses a fault, and somebody has to answer for that"),
    baseline.NAME: say("the baseline is written by the registry's own run"),
    aliases.NAME: say("an alias decides what an old name leads to"),
}
_OUTSIDE = (
    ("schema", ("schema/",), say("it decides what cards may say; the gate knows it once it is merged")),
    (
        "workflow",
        (".github/", ".gitlab-ci.yml", ".gitlab/", ".workflow/", ".ci/", "action.yml", ".pre-commit-hooks.yaml"),
        say("it runs with the rights of the registry once it is merged"),
    ),
    (
        "validator",
        ("validator/", "tools/", "site/", "pyproject.toml", "Makefile"),
        say("it is the judge itself; here the base's has judged, not this one"),
    ),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A file that a change adds, changes or removes."""

    path: str  #: from the repository's root, parted by `/`
    what: str  #: ADDED, CHANGED or REMOVED
    regular: bool = True  #: a file, rather than a symbolic link or another repository


@dataclass(frozen=True, slots=True)
class Author:
    """Who sends a change, as far as that is known."""

    account: str = ""  #: on the registry's host; empty on an author's own machine
    approved: bool = False  #: a maintainer has said that the models of this very commit may run


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whose business a changed file is."""

    path: str
    what: str
    area: str  #: card, new-publisher, other-publisher, publisher, evidence, registry, network, schema, workflow, …
    reason: Message | None = None  #: why a maintainer decides; None where its author may


@dataclass(frozen=True, slots=True)
class Policy:
    """What a change needs beyond being right."""

    rulings: tuple[Ruling, ...] = ()
    waiting: Message | None = None  #: why models do not run yet; None where they may

    @property
    def for_maintainers(self) -> tuple[Ruling, ...]:
        """The files about which a maintainer decides."""
        return tuple(ruling for ruling in self.rulings if ruling.reason is not None)


@dataclass(frozen=True, slots=True)
class Standing:
    """The registry as the base of a change has it: a change gives nobody rights."""

    publishers: Mapping[str, Publisher] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()  #: folders of the registry's root that hold cards
    config: Config = field(default_factory=Config)

    def writers(self, publisher: str) -> frozenset[str]:
        """Return the accounts that may write under a publisher, case folded."""
        known = self.publishers.get(publisher)
        owners = {name.casefold() for name in known.owners} if known else set()
        return frozenset(owners) | self.config.writers.get(publisher, frozenset())

    def knows(self, account: str) -> bool:
        """Say whether an account keeps this registry or a publisher of it."""
        everybody = {*self.publishers, *self.config.writers}
        return account.casefold() in self.config.maintainers or any(
            account.casefold() in self.writers(name) for name in everybody
        )


def judge(
    changes: Sequence[Change],
    author: Author,
    standing: Standing,
    *,
    registry: str = "registry",
    brought: Mapping[str, Publisher] | None = None,
) -> Policy:
    """Say of each changed file whose business it is, and whether the models of a change may run.

    `registry` is the registry's path inside the repository, empty where it is the repository; `brought` are the
    publishers as the change has them.
    """
    court = _Court(changes, author, standing, f"{registry}/" if registry else "", brought or {})
    rulings = tuple(court.ruling(change) for change in changes)
    return Policy(rulings, court.waiting(rulings))


class _Court:
    """Knows the whole change, for what one file of it depends on."""

    def __init__(
        self,
        changes: Sequence[Change],
        author: Author,
        standing: Standing,
        prefix: str,
        brought: Mapping[str, Publisher],
    ) -> None:
        self._author, self._standing, self._prefix, self._brought = author, standing, prefix, brought
        inside = [change for change in changes if change.path.startswith(prefix)]
        added = [change.path.removeprefix(prefix).split("/") for change in inside if change.what == ADDED]
        self._with_cards = {parts[0] for parts in added if len(parts) > 2 and parts[-1].endswith(".md")}  # noqa: PLR2004

    def ruling(self, change: Change) -> Ruling:
        """Return whose business one file is."""
        area, reason = self._place(change)
        if reason is None and not change.regular:
            area, reason = "link", say("a symbolic link or another repository, where a file belongs")
        return Ruling(change.path, change.what, area, reason)

    def waiting(self, rulings: Collection[Ruling]) -> Message | None:
        """Return why models do not run yet, or None."""
        author = self._author
        if not author.account or author.approved or author.account.casefold() in self._standing.config.maintainers:
            return None
        if any(ruling.area == "network" for ruling in rulings):
            return say("the change brings code of a network, which runs once a maintainer has read it")
        if not self._standing.knows(author.account):
            return say("models of an author who is new here run once a maintainer has said so")
        return None

    def _place(self, change: Change) -> tuple[str, Message | None]:
        if not change.path.startswith(self._prefix):
            return self._outside(change.path)
        inside = change.path.removeprefix(self._prefix)
        folder, _, rest = inside.partition("/")
        if not rest:
            # A registry that is its whole repository has workflows and the like beside its publishers.
            known = _BOOKS.get(inside)
            return ("registry", known) if known else self._outside(inside)
        if folder in RESERVED:
            return "network", say("code that runs; a maintainer reads it first")
        if not publishers.is_publisher(folder):
            return self._outside(inside)
        if not self._prefix and self._outside(inside)[0] != "other":
            return self._outside(inside)
        return self._of_publisher(folder, rest)

    def _outside(self, path: str) -> tuple[str, Message]:
        for area, starts, reason in _OUTSIDE:
            if path.startswith(starts):
                return area, reason
        return "other", say("no card, nor a file beside one")

    def _of_publisher(self, name: str, rest: str) -> tuple[str, Message | None]:
        if rest.endswith(_EVIDENCE):
            return "evidence", say("records are made by the registry's own run")
        if rest.lower().endswith(_DRAWING):
            return "drawing", say("a drawing (SVG) may hold code that browsers run; a maintainer reads it first")
        if rest != publishers.NAME and not rest.lower().endswith(_BESIDE):
            return "other", say("no card, nor a file beside one")
        if name not in self._standing.publishers and name not in self._standing.folders:
            return "new-publisher", self._new_publisher(name)
        if rest == publishers.NAME:
            return "publisher", say("it decides who may write under '{name}'", name=name)
        reason = self._not_theirs(name)
        return ("other-publisher" if reason else "card" if rest.endswith(".md") else "file"), reason

    def _not_theirs(self, name: str) -> Message | None:
        """Return why an author may not write under a publisher, or None; on an author's own machine all may."""
        writers = self._standing.writers(name)
        account = self._author.account
        if not writers:
            return say("nobody is named as the owner of '{name}'", name=name)
        if not account or account.casefold() in writers:
            return None
        kept = ", ".join(sorted(writers))
        return say("'{name}' is kept by {kept}, and {account} is not among them", name=name, kept=kept, account=account)

    def _new_publisher(self, name: str) -> Message | None:
        """Return why a change may not bring a publisher; it may with a first card, and its author among the owners."""
        taken = {known.casefold(): known for known in (*self._standing.publishers, *self._standing.folders)}
        account, said = self._author.account, self._brought.get(name)
        if not self._standing.config.new_publishers:
            return say("this registry takes new publishers by invitation")
        if name.casefold() in taken:
            known = taken[name.casefold()]
            return say("'{name}' differs from the publisher '{known}' in case alone", name=name, known=known)
        if said is None:
            return say("a new publisher says who it is, in {name}/publisher.yaml", name=name)
        if name not in self._with_cards:
            return say("a new publisher comes with its first card")
        if account and account.casefold() not in {owner.casefold() for owner in said.owners}:
            return say("{account} is not among the owners of the new publisher '{name}'", account=account, name=name)
        return None
