"""A registry on the disk with a bit of everything, and what can happen to one."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_OWN = Path(__file__).parents[1] / "registry"
_CARDS = (
    "mindhub/2.10/lenet_digits", "mindhub/2.10/gcn_karate", "mindhub/2.10/mlp_wine", "mindhub/2.10/softmax_iris",
    "mindhub/2.9/lenet_digits", "mindhub/2.9/mlp_wine", "mindspore/1.7/squeezenet_imagenet2012",
    "mindspore/1.7/convnext_imagenet2012", "mindspore/1.7/bertfinetuning_classifier_cola",
    "mindspore/1.5/squeezenet_cifar10",
)  # fmt: skip


def some_of_our_own(root: Path) -> Path:
    """Copy a few cards of this repository's registry with all that lies beside them, and the registry's own files."""
    for path in _OWN.iterdir():
        if path.is_file():
            root.mkdir(exist_ok=True)
            shutil.copy(path, root)
    for name in ("networks", "disclaimers"):
        shutil.copytree(_OWN / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in _OWN.glob("*/publisher.yaml"):
        (root / path.parent.name).mkdir()
        shutil.copy(path, root / path.parent.name)
    for card in _CARDS:
        here = _OWN / card
        (root / card).parent.mkdir(parents=True, exist_ok=True)
        for path in here.parent.glob(f"{here.name}.*"):
            shutil.copy(path, (root / card).parent)
    time.sleep(0.06)  # what was written a moment ago counts as what may change again
    return root


def _edit(root: Path, name: str, pattern: str, text: str) -> None:
    path = root / name
    if path.is_file():
        path.write_text(re.sub(pattern, lambda _: text, path.read_text("utf-8"), count=1, flags=re.MULTILINE), "utf-8")


def _edits(name: str, pattern: str, text: str) -> Callable[[Path], None]:
    return lambda root: _edit(root, name, pattern, text)


def _added(name: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)

    return change


def _gone(*names: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        for name in names:
            (root / name).unlink(missing_ok=True)

    return change


def _copied(name: str, to: str, pattern: str = "$^", text: str = "") -> Callable[[Path], None]:
    def change(root: Path) -> None:
        if (root / name).is_file():
            (root / to).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, root / to)
            _edit(root, to, pattern, text)

    return change


def _renamed(name: str, to: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        if (root / f"{name}.md").is_file():
            (root / f"{name}.md").rename(root / f"{to}.md")

    return change


LENET, KARATE, WINE = "mindhub/2.10/lenet_digits", "mindhub/2.10/gcn_karate", "mindhub/2.10/mlp_wine"
SQUEEZE, CONVNEXT = "mindspore/1.7/squeezenet_imagenet2012", "mindspore/1.7/convnext_imagenet2012"
_WAIVER = """\
- rule: FD006
  uid: mindhub/2.10/lenet_digits
  reason: Tried out
  owner: mindhub
  expires: "2099-11-30"
"""
#: What a contributor or a maintainer does to a registry, by name; each can be done to what another one left.
CHANGES: dict[str, Callable[[Path], None]] = {
    "a summary": _edits(f"{SQUEEZE}.md", r"^summary:.*", "summary: Quite another thing."),
    "a summary that is no more than the name": _edits(f"{SQUEEZE}.md", r"^summary:.*", "summary: squeezenet"),
    "a key that few write": _edits(f"{CONVNEXT}.md", r"^summary:", "tags: [one, two]\nsummary:"),
    "a body": _added(f"{CONVNEXT}.md", "\n\n## More\n\nA word on `mindhub/2.10/lenet_digits` more.\n"),
    "a fault": _edits(f"{SQUEEZE}.md", r"^license:.*", "license: none of any"),
    "a card that nothing can read": _edits(f"{SQUEEZE}.md", r"^model-name:.*", "model-name: [x"),
    "a score, which moves others on the leaderboard": _edits(f"{SQUEEZE}.md", r"^evaluation:.*", "evaluation: acc99"),
    "a name that another model has": _edits(f"{SQUEEZE}.md", r"^model-name:.*", "model-name: convnext"),
    "a sha256 of another card": _edits(f"{SQUEEZE}.md", r"[0-9a-f]{64}", "0" * 64),
    "a card of a model that is new": _copied(f"{SQUEEZE}.md", "mindspore/1.7/other_imagenet2012.md"),
    "a card of a publisher that is new": _copied(f"{SQUEEZE}.md", "someone/1.7/squeezenet_imagenet2012.md"),
    "a new version": _copied(f"{SQUEEZE}.md", "mindspore/1.8/squeezenet_imagenet2012.md", r'"1\.7"', '"1.8"'),
    "a card that is gone": _gone(f"{CONVNEXT}.md"),
    "a card that is renamed": _renamed(CONVNEXT, "mindspore/1.7/convnext2_imagenet2012"),
    "a card in no place for cards": _copied(f"{SQUEEZE}.md", "mindspore/squeezenet.md"),
    "a record that is gone": _gone(f"{LENET}.evidence.json"),
    "a record that was forged": _edits(f"{WINE}.evidence.json", r'"made_by": "hub"', '"made_by": "reported"'),
    "a checkpoint that is another": _added(f"{KARATE}.ckpt", "x"),
    "a checkpoint that is gone": _gone(f"{WINE}.ckpt"),
    "a picture that is another": _edits(f"{KARATE}.svg", "#fafafa", "#fafafb"),
    "a translation": _edits(f"{LENET}.zh.md", r"^summary:.*", "summary: 另一句话。"),
    "a translation that is gone": _gone(f"{KARATE}.zh.md"),
    "a translation that is new": _added(f"{SQUEEZE}.zh.md", "---\nsummary: 一句话。\n---\n\n# 挤压网络\n\n文字。\n"),
    "a translation without its card": _added("mindspore/1.7/nobody.zh.md", "# 无\n"),
    "a network": _added("networks/lenet_small.py", "\n# another word\n"),
    "a waiver that is of no use": _added("waivers.yaml", _WAIVER),
    "an alias": _added("aliases.yaml", f"mindspore/1.7/former_name: {SQUEEZE}\n"),
    "a disclaimer": _added("disclaimers/another.md", "Words.\n"),
    "a publisher": _edits("mindhub/publisher.yaml", r"^title:.*", "title: Another"),
    "an option": _edits("mindhub.toml", r"^title =.*", 'title = "Another"'),
}
#: Those of them that touch what the whole registry is judged by.
WIDE = frozenset({
    "a card in no place for cards", "a network", "a waiver that is of no use", "an alias", "a disclaimer",
    "a publisher", "an option",
})  # fmt: skip
