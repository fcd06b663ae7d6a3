"""A card's `smoke` section, proposed by tracing its repository's own scripts; a person reviews it.

The order is CONTRIBUTING's: an installed package, the repository's export script, its hub configuration. Where none of
them gives a network, `advice` says what to do next.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mindhub.smoke.contract import Limits
from mindhub.smoke.sources.repositories import place_of
from mindhub.smoke.tracing import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mindhub.model import Card
    from mindhub.smoke.child import Nursery
    from mindhub.smoke.sources.repositories import Repositories
    from mindhub.smoke.watch import Outcome

SECONDS, MEMORY = 240.0, 6_000_000_000
_MOST = 8  # attempts
_FLOATS = ("float16", "float32", "float64")
_ASIDE = re.compile(r"310|onnx|modelarts|preprocess|postprocess", re.IGNORECASE)
_EVALUATION = re.compile(r"(eval|test|val|infer|predict)")
#: What CONTRIBUTING's table says, in its order.
ADVICE = """\
What to do next, the first that you can (CONTRIBUTING.md has the table):
  1. export the trained network as MindIR with today's MindSpore, name it as an asset, and write
     smoke: {network: {source: mindir}}
  2. name the factory of an installed library: {source: package, name: "mindcv.models:resnet18"}
  3. put a ten-line mindspore_hub_conf.py into your own repository (`mindhub new --network` writes one), and pin it with
     repo-commit: {source: hub-conf, name: …}
  4. add a file to registry/networks in the same pull request, for review: {source: file, name: "yours:Class"}"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What tracing found out for a card."""

    commit: str = ""
    network: Mapping[str, Any] | None = None  #: None where nothing was found
    section: str = ""  #: the YAML to put into the card
    shims: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()  #: arguments that were invented: to be replaced by right ones before the card counts
    notes: tuple[str, ...] = ()
    tried: tuple[str, ...] = field(default=())  #: one line for each attempt that failed


def propose(card: Card, repositories: Repositories, nursery: Nursery) -> Proposal:
    """Trace a card's repository and propose the section.

    Raises RepositoryError where the repository cannot be had, HarnessError where there is no sandbox.
    """
    place = place_of(card.repo_link or "")
    commit = card.repo_commit or repositories.resolve(place.url, place.revision or "HEAD")
    folder = repositories.folder(place.url, commit, place.folder).path.resolve()
    tried: list[str] = []
    names = [name for name in (card.model_name, card.backbone_name) if name]
    queue = list(attempts(folder, names))
    while queue and len(tried) < _MOST:
        network = queue.pop(0)
        outcome = trial(nursery, folder, network)
        built = outcome.of("built")
        if built and outcome.of("loaded"):
            return _proposal(card, commit, network, outcome, tried)
        reason, notes = why(outcome)
        tried.append(f"{network['source']} {network['name']}: {reason}")
        if len(tried) == 1:
            queue = [*configured(folder, network, notes, names), *queue]
    return Proposal(commit, tried=tuple(tried))


def trial(
    nursery: Nursery, folder: Path, network: Mapping[str, Any], *, run: bool = True, seconds: float = SECONDS
) -> Outcome:
    """Build a network from a folder, save and strictly reload random weights, and run it where its inputs are known."""
    job: dict[str, Any] = {
        "network": network,
        "table": None,
        "ignore-extra": [],
        "modes": [],
        "inputs": 0,
        "trace": run,
    }
    return nursery.run(
        {**job, "folder": str(folder)}, [], None, Limits(seconds, MEMORY), scratch_bytes=MEMORY,
        foreign=True, readonly=[folder],
    )  # fmt: skip


def attempts(folder: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the sources to try, best first: export scripts, the hub configuration, evaluation scripts."""
    scripts = sorted(folder.rglob("*.py"), key=lambda path: (len(path.relative_to(folder).parts), len(path.name)))
    exports = [path for path in scripts if "export" in path.name]
    exports.sort(key=lambda path: bool(_ASIDE.search(path.name)))
    others = [path for path in scripts if _EVALUATION.match(path.name) and not _ASIDE.search(path.name)]
    for path in exports[:3]:
        yield {"source": "export", "name": path.relative_to(folder).as_posix()}
    conf = folder / "mindspore_hub_conf.py"
    if conf.is_file():
        for name in list(dict.fromkeys([*names, *_conf_names(conf)]))[:4]:
            yield {"source": "hub-conf", "name": name}
    for path in others[:3]:
        yield {"source": "export", "name": path.relative_to(folder).as_posix()}


def configured(folder: Path, failed: Mapping[str, Any], notes: list[str], names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield a script anew with each configuration that the repository publishes, those that name the model first."""
    options = [word for note in notes if note.startswith(NOTE) for word in note.removeprefix(NOTE).split()]
    files = [path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".json", ".toml")]
    files = [path for path in files if not re.search("infer|docker|sdk", path.parent.relative_to(folder).as_posix())]
    tokens = {token for name in names for token in re.split(r"[^a-z0-9]+", name.lower()) if token}
    files.sort(key=lambda path: (-sum(token in path.stem.lower() for token in tokens), path.name))
    for option in options[:2]:
        for path in files[:5]:
            yield {**failed, "args": [option, path.relative_to(folder).as_posix()]}


def why(outcome: Outcome) -> tuple[str, list[str]]:
    """Return why an attempt came to nothing, in a line, and the notes of its exception."""
    raised = outcome.of("raised")
    if raised:
        values = raised[0].message.values
        text = f"{values['type']}: {values['message']}".partition("\n")[0][:300]
        return text, [str(note) for note in values.get("notes", [])]
    return f"{outcome.ending}: {outcome.detail}".strip(": "), []


def _proposal(card: Card, commit: str, network: dict[str, Any], outcome: Outcome, tried: list[str]) -> Proposal:
    built = outcome.of("built")[0].message.values
    ran = [item.message.values for item in outcome.of("traced")]
    inputs = list(ran[0]["inputs"] if ran else built["traced"])
    shims = list(ran[0]["shims"] if ran else built["shims"])
    notes = []
    if not ran:
        reason = why(outcome)[0] if outcome.ending == "done" and outcome.of("raised") else outcome.ending
        notes.append(f"it was not run: {reason if inputs else 'the script came to no inputs; name them'}")
    if any("shape" not in item for item in inputs):
        notes.append("an input is no tensor, which a contract cannot say: wrap the network in a file of the registry")
        inputs = [item for item in inputs if "shape" in item]
    lines = [] if card.repo_commit else [f"repo-commit: {commit}"]
    lines += ["smoke:", f"  network: {_flow(network)}"]
    if inputs:
        lines += ["  inputs:", *(f"    - {_input(item)}" for item in inputs)]
    if ran:
        rows = [{"shape": shape, "dtype": dtype} for shape, dtype, _ in ran[0]["outputs"]]
        lines += ["  outputs:", *(f"    - {_flow(row)}" for row in rows)]
    seconds = max(60, int(4 * outcome.seconds)) if ran else 240
    memory = max(1000, -(-int(1.3 * outcome.memory / 1e6) // 100) * 100)
    lines += ["  modes: [pynative]", f"  limits: {{seconds: {min(3600, seconds)}, memory: {memory}MB}}"]
    guessed = tuple(str(word) for word in built["guessed"])
    return Proposal(
        commit, network, "\n".join(lines) + "\n", tuple(map(str, shims)), guessed, tuple(notes), tuple(tried)
    )


def _input(item: Mapping[str, Any]) -> str:
    """Write an input with bounds: whole numbers stay within those the script used, since they may be indices."""
    dtype, ends = str(item["dtype"]), list(item.get("range", []))
    high = 1 if dtype in _FLOATS or not ends else max(1, int(ends[1])) + 1
    fill: dict[str, Any] = {"random": [0, high], "seed": 0}
    return _flow({"shape": list(item["shape"]), "dtype": dtype, "fill": fill})


def _flow(value: Any) -> str:
    """Write a value as YAML on one line; texts in double quotes are YAML as JSON writes them."""
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    plain = (
        isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9-]*", value) and value not in ("no", "yes", "on", "off")
    )
    return str(value) if plain else json.dumps(value)


def _conf_names(conf: Path) -> list[str]:
    """Return the names that a create_network knows: the texts it compares its argument with."""
    try:
        tree = ast.parse(conf.read_text("utf-8", errors="replace"))
    except SyntaxError:
        return []
    return [
        side.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for side in [node.left, *node.comparators]
        if isinstance(side, ast.Constant) and isinstance(side.value, str)
    ]
