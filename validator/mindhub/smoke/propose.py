"""A card's `smoke` section, proposed by trying where its network may come from; a person reviews it.

The order is CONTRIBUTING's: the graph of a MindIR file, an installed library, the reviewed files of the registry, the
repository's export script, its hub configuration. Where none of them gives a network, section.py says what to do next.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mindhub.smoke import doors
from mindhub.smoke.child import HarnessError
from mindhub.smoke.contract import Limits
from mindhub.smoke.libraries import installed, libraries
from mindhub.smoke.matching import Parameter, match
from mindhub.smoke.reviewed import Trial, try_out
from mindhub.smoke.section import text_of
from mindhub.smoke.sources.repositories import RepositoryError, place_of
from mindhub.smoke.tracing import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mindhub.model import Card
    from mindhub.smoke.child import Nursery
    from mindhub.smoke.doors import Candidate, Sought
    from mindhub.smoke.sources.repositories import Repositories
    from mindhub.smoke.watch import Outcome
    from mindhub.source import Registry

SECONDS, MEMORY = 240.0, 6_000_000_000
_MOST = 8  # attempts in a repository
_FLOATS = ("float16", "float32", "float64")
_ASIDE = re.compile(r"310|onnx|modelarts|preprocess|postprocess", re.IGNORECASE)
_EVALUATION = re.compile(r"(eval|test|val|infer|predict)")


@dataclass(frozen=True, slots=True)
class Means:
    """What a proposal is made with."""

    registry: Registry  #: whose reviewed networks and cards count
    nursery: Nursery
    repositories: Repositories | None = None  #: where code of repositories comes from; None runs none


@dataclass(frozen=True, slots=True)
class Proposal:
    """What trying found out for a card."""

    commit: str = ""  #: of the repository whose code was run; empty where none was
    network: Mapping[str, Any] | None = None  #: None where nothing was found
    smoke: Mapping[str, Any] = field(default_factory=dict)  #: the section
    shims: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()  #: arguments that were invented: to be replaced by right ones before the card counts
    notes: tuple[str, ...] = ()
    tried: tuple[str, ...] = field(default=())  #: one line for each attempt that failed
    hindered: bool = False  #: something could not be tried here: another machine may find more

    @property
    def section(self) -> str:
        """Return the YAML to put into the card."""
        lines = [f"repo-commit: {self.commit}"] if self.commit else []
        return "\n".join([*lines, *text_of(self.smoke)]) + "\n" if self.smoke else ""


def propose(card: Card, means: Means, sought: Sought) -> Proposal:
    """Try what CONTRIBUTING's table names, row by row, and propose the section of the first network that fits.

    What cannot be tried here (no repository, no sandbox) is listed with its reason, and the next row's turn comes.
    Raises HarnessError where MindSpore cannot be imported.
    """
    named = any(asset.file_format == "mindir" for asset in card.assets)
    found = propose_reviewed(sought, means, named=named)
    if found.network is not None or means.repositories is None:
        return found
    tried, hindered = list(found.tried), found.hindered
    if not card.repo_link:
        return replace(found, tried=(*tried, "repository: the card names none (repo-link)"))
    try:
        other = propose_traced(card, means, means.repositories, sought)
    except (RepositoryError, HarnessError) as error:
        if isinstance(error, HarnessError) and error.kind != "no-sandbox":
            raise
        return replace(found, tried=(*tried, f"repository: {error}"), hindered=True)
    return replace(other, tried=(*tried, *other.tried), hindered=hindered or other.hindered)


def propose_reviewed(sought: Sought, means: Means, *, named: bool = False) -> Proposal:
    """Try the model's own graph, installed libraries and the reviewed files; no code of strangers is run.

    `named` says that the card has a MindIR file, at hand or not. Raises HarnessError.
    """
    from mindhub.vocabulary import load_vocabulary

    tried = []
    hindered = False
    for library in libraries():
        if not installed(library) and library in sought.places:
            tried.append(f"package {library}: not installed; pip install {library}")
            hindered = True
    if named and sought.table is None:
        note = "the MindIR file is not at hand, so that its inputs could not be read: name them"
        return Proposal(network={"source": "mindir"}, smoke={"network": {"source": "mindir"}}, notes=(note,))
    candidates = [
        *doors.graph(sought),
        *doors.packages(sought),
        *doors.files(sought, means.registry, load_vocabulary()),
    ]
    for candidate in candidates:
        result = try_out(candidate, sought, means.registry, means.nursery)
        if not result.reason:
            return _reviewed(candidate, result, sought, tried)
        tried.append(f"{candidate.network['source']} {candidate.network.get('name', '')}: {result.reason}")
    return Proposal(tried=tuple(tried), hindered=hindered)


def propose_traced(card: Card, means: Means, repositories: Repositories, sought: Sought) -> Proposal:
    """Trace the scripts of a card's repository; where the card's tensors are known, only what fits them is proposed.

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
        outcome = trial(means.nursery, folder, network)
        built = outcome.of("built")
        if built and outcome.of("loaded"):
            misfit = _misfit(outcome, sought)
            if not misfit:
                return _traced("" if card.repo_commit else commit, network, outcome, tried, sought)
            tried.append(f"{network['source']} {network['name']}: {misfit}")
            continue
        reason, notes = why(outcome)
        tried.append(f"{network['source']} {network['name']}: {reason}")
        if len(tried) == 1:
            queue = [*configured(folder, network, notes, names), *queue]
    return Proposal(tried=tuple(tried))


def _misfit(outcome: Outcome, sought: Sought) -> str:
    """Say why the card's file does not fit a network that was built; empty where it does, or is not at hand."""
    if sought.table is None:
        return ""
    rows = outcome.of("built")[0].message.values["rows"]
    network = [Parameter(str(name), tuple(map(int, shape)), str(dtype)) for name, shape, dtype in rows]
    found = match(network, sought.table.tensors)
    return "" if found.ok else found.explain().partition("\n")[0]


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
    # vit_export.yml is what export.py wants.
    words = [*names, str(failed["name"]).rpartition("/")[2].partition(".")[0]]
    tokens = {token for word in words for token in re.split(r"[^a-z0-9]+", word.lower()) if token}
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


def _traced(commit: str, network: dict[str, Any], outcome: Outcome, tried: Sequence[str], sought: Sought) -> Proposal:
    built = outcome.of("built")[0].message.values
    ran = [item.message.values for item in outcome.of("traced")]
    inputs = list(ran[0]["inputs"] if ran else built["traced"])
    shims = list(ran[0]["shims"] if ran else built["shims"])
    notes = [_held(sought)]
    if not ran:
        reason = why(outcome)[0] if outcome.ending == "done" and outcome.of("raised") else outcome.ending
        notes.append(f"it was not run: {reason if inputs else 'the script came to no inputs; name them'}")
    if any("shape" not in item for item in inputs):
        notes.append("an input is no tensor, which a contract cannot say: wrap the network in a file of the registry")
        inputs = [item for item in inputs if "shape" in item]
    smoke: dict[str, Any] = {"network": network}
    if inputs:
        smoke["inputs"] = [_input(item) for item in inputs]
    if ran:
        smoke["outputs"] = [{"shape": shape, "dtype": dtype} for shape, dtype, _ in ran[0]["outputs"]]
    seconds = max(60, int(4 * outcome.seconds)) if ran else 240
    smoke |= {"modes": ["pynative"], "limits": _limits(seconds, outcome.memory)}
    guessed = tuple(str(word) for word in built["guessed"])
    return Proposal(commit, network, smoke, tuple(map(str, shims)), guessed, tuple(notes), tuple(tried))


def _reviewed(candidate: Candidate, result: Trial, sought: Sought, tried: Sequence[str]) -> Proposal:
    smoke: dict[str, Any] = {"network": dict(result.network)}
    if candidate.inputs:
        smoke["inputs"] = [dict(row) for row in candidate.inputs]
    if result.outputs:
        names = [row.get("name") for row in candidate.outputs] or [None] * len(result.outputs)
        rows = zip(names, result.outputs, strict=False)
        smoke["outputs"] = [
            ({"name": name} if name else {}) | {"shape": list(shape), "dtype": dtype} for name, (shape, dtype) in rows
        ]
    smoke |= {"modes": list(result.modes), "limits": _limits(max(60, int(4 * result.seconds)), result.memory)}
    like = [f"inputs as in {candidate.like}"] if candidate.like else []
    notes = (_held(sought), *like, *result.notes)
    return Proposal("", result.network, smoke, result.shims, notes=notes, tried=tuple(tried))


def _held(sought: Sought) -> str:
    """Say what the network was held against."""
    if sought.path is not None:
        return "the card's file was loaded into it strictly" if sought.table else ""
    if sought.table is not None:
        return "its parameters are those of the card's file, by the recorded tensor table"
    return "the card's file is not at hand: whether it fits was not tried"


def _limits(seconds: int, memory: int) -> dict[str, Any]:
    size = max(1000, -(-int(1.3 * memory / 1e6) // 100) * 100)
    return {"seconds": min(3600, seconds), "memory": f"{size}MB"}


def _input(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an input with bounds: whole numbers stay within those the script used, since they may be indices."""
    dtype, ends = str(item["dtype"]), list(item.get("range", []))
    high = 1 if dtype in _FLOATS or not ends else max(1, int(ends[1])) + 1
    return {"shape": list(item["shape"]), "dtype": dtype, "fill": {"random": [0, high], "seed": 0}}


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
