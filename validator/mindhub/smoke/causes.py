"""What lies between two records of a card: did the model change, or the tools, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.smoke.evidence import NOT_RUN

if TYPE_CHECKING:
    from mindhub.smoke.evidence import Evidence

#: What the model is; `claims` is what the card says about it.
_MODEL = {"asset": "the checkpoint", "network": "the network's source", "contract": "the smoke section"}
#: What it was run with.
_TOOLS = {
    "mindspore": "MindSpore", "device": "the device", "harness": "the harness", "mindhub": "MindHub",
    "numpy": "numpy", "python": "Python", "platform": "the platform", "modes": "the modes",
}  # fmt: skip
_SHOWN = 12  # characters of a digest
_DIGEST = 64


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two records."""

    name: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.name}: {_short(self.old)} -> {_short(self.new)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two records of one card, side by side."""

    model: tuple[Change, ...]
    tools: tuple[Change, ...]
    claims: bool  #: the card claims something else about its files or scores
    verdicts: tuple[Change, ...]
    scores: tuple[Change, ...]
    outputs: tuple[str, ...]  #: how the outputs differ, a sentence each

    @property
    def effect(self) -> bool:
        """Say whether anything came out differently."""
        return bool(self.verdicts or self.scores or self.outputs)

    @property
    def verdict(self) -> str:
        """Say in one sentence what changed: the model, the tools, both, or nothing that is known."""
        if self.model and self.tools:
            return "the model and the tools changed"
        if self.model:
            return "the model changed"
        if self.tools:
            return "the tools changed"
        return "nothing that is known changed" + (", and yet the results differ" if self.effect else "")


def difference(old: Evidence, new: Evidence) -> Difference:
    """Compare two records, the older one first; raises ValueError where they are of different cards."""
    if old.uid != new.uid:
        raise ValueError(f"the records are of {old.uid} and {new.uid}; compare two of one card")
    before = {stage.name: stage for stage in old.stages}
    after = {stage.name: stage for stage in new.stages}
    named = [(name, before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])]
    verdicts = [(name, one.verdict if one else NOT_RUN, two.verdict if two else NOT_RUN) for name, one, two in named]
    return Difference(
        model=_changes(_MODEL, old.digests, new.digests),
        tools=_changes(_TOOLS, old.environment, new.environment),
        claims=old.digests.get("claims") != new.digests.get("claims"),
        verdicts=tuple(Change(name, one, two) for name, one, two in verdicts if one != two),
        scores=_scores(old, new),
        outputs=tuple(_outputs(old, new)),
    )


def _changes(names: dict[str, str], old: object, new: object) -> tuple[Change, ...]:
    one, two = dict(old), dict(new)  # type: ignore[call-overload]
    pairs = ((words, str(one.get(name, "")), str(two.get(name, ""))) for name, words in names.items())
    # What an older harness did not write down is not known to have changed.
    return tuple(Change(words, first, second) for words, first, second in pairs if first and second and first != second)


def _scores(old: Evidence, new: Evidence) -> tuple[Change, ...]:
    before = {(item.metric, item.dataset, item.split): item for item in old.measured}
    found = []
    for item in new.measured:
        past = before.get((item.metric, item.dataset, item.split))
        if past is not None and past.measured != item.measured:
            found.append(Change(f"{item.metric} on {item.dataset}", f"{past.measured:.6g}", f"{item.measured:.6g}"))
    return tuple(found)


def _outputs(old: Evidence, new: Evidence) -> list[str]:
    if len(old.outputs) != len(new.outputs):
        return [f"{len(old.outputs)} outputs -> {len(new.outputs)}"] if old.outputs and new.outputs else []
    found = []
    for place, (one, two) in enumerate(zip(old.outputs, new.outputs, strict=True)):
        if (one.shape, one.dtype) != (two.shape, two.dtype):
            found.append(f"output {place}: {one.dtype} {list(one.shape)} -> {two.dtype} {list(two.shape)}")
        elif one.digest != two.digest:
            apart = [abs(a - b) for a, b in zip(one.values, two.values, strict=False)]
            largest = f"{max(apart):.3g} at most in the first {len(apart)} values" if apart else "by their digests"
            found.append(f"output {place} differs: {largest}")
    return found


def _short(value: str) -> str:
    return value[:_SHOWN] + "…" if len(value) == _DIGEST else value
