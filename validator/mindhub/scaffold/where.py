"""Where a model's file may live, the form of an immutable link there, and how a file gets there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mindhub.messages import say, translate
from mindhub.resources import schema_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A file up to this many bytes may lie beside its card: git keeps every version of it for ever.
BESIDE = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """A host that anyone may upload to."""

    host: str
    label: str
    form: str  #: an immutable link, with OWNER, REPOSITORY, COMMIT, TAG, ID and FILE to fill in
    upload: tuple[str | dict[str, str], ...]  #: commands, or a sentence by language

    def steps(self, file: str, language: str) -> tuple[str, ...]:
        """Return what to do, in order, for a file of this name."""
        said = (step if isinstance(step, str) else step[language] for step in self.upload)
        return tuple(step.replace("FILE", file) for step in said)


@cache
def places() -> tuple[Place, ...]:
    """Return the hosts of `schema/vocabulary/hosts.yaml` that take files from anyone, in its order."""
    import yaml

    entries: dict[str, Any] = yaml.safe_load((schema_dir() / "vocabulary" / "hosts.yaml").read_text(encoding="utf-8"))
    return tuple(
        Place(host, entry["en"], entry["form"], tuple(entry["upload"]))
        for host, entry in entries.items()
        if "form" in entry
    )


def table(language: str, file: str = "FILE") -> str:
    """Return where a file may live, each place with its link and its upload."""
    return "\n".join(_lines(language, file)) + "\n"


def _lines(language: str, file: str) -> Iterator[str]:
    limit = f"{BESIDE >> 20} MB"
    yield translate(say("up to {limit}: beside the card, under the card's name", limit=limit), language)
    yield f"  asset-link: {file}"
    yield translate(say("larger: at an address whose bytes never change, such as these"), language)
    for place in places():
        yield f"\n  {place.host}  ({place.label})"
        yield f"    {place.form.replace('FILE', file)}"
        yield from (f"      {step}" for step in place.steps(file, language))
    yield ""
    yield translate(
        say("COMMIT is the whole hash of a commit, TAG a release's name; a branch such as main is refused"), language
    )
