"""Networks of other people's repositories, in the child that any card runs in."""

from __future__ import annotations

import pytest

mindspore = pytest.importorskip("mindspore")

from mindhub.cli.new_proposal import of_repository  # noqa: E402
from mindhub.cli.propose import propose as propose_verb  # noqa: E402
from mindhub.facts import load_facts  # noqa: E402
from mindhub.scaffold.card import Draft  # noqa: E402
from mindhub.smoke import bubblewrap  # noqa: E402
from mindhub.smoke.child import Nursery  # noqa: E402
from mindhub.smoke.propose import Means, propose, trial, why  # noqa: E402
from mindhub.smoke.random_runs import Options as RandomOptions  # noqa: E402
from mindhub.smoke.random_runs import run_networks  # noqa: E402
from mindhub.smoke.runner import Options, run_cards  # noqa: E402
from mindhub.smoke.sources.at_hand import at_hand  # noqa: E402
from mindhub.smoke.sources.repositories import Repositories  # noqa: E402
from smoke.old_networks import commit  # noqa: E402
from smoke.registries import WEIGHTS, place  # noqa: E402

pytestmark = pytest.mark.mindspore
URL = "https://git.example.org/owner/models"
LINK = f"repo-link: {URL}/tree/r1.9/net"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tmp_path_factory.mktemp("origin")


@pytest.fixture(scope="module")
def pinned(made):
    return commit(made)


@pytest.fixture(scope="module")
def repositories(made, pinned, tmp_path_factory):
    return Repositories(tmp_path_factory.mktemp("cache"), {URL: str(made)})


@pytest.fixture(scope="module")
def nursery():
    with Nursery(unsandboxed=True) as nursery:
        yield nursery


@pytest.fixture
def folder(repositories, pinned):
    return repositories.folder(URL, pinned, "net").path


def built(outcome):
    found = outcome.of("built")
    assert found, why(outcome)
    return found[0].message.values


def test_an_export_script_gives_network_inputs_and_the_names_before_wrapping(nursery, folder):
    outcome = trial(nursery, folder, {"source": "export", "name": "export.py"})

    values = built(outcome)
    assert [row[0] for row in values["rows"]] == ["fc.weight", "fc.bias"]
    assert [item["shape"] for item in values["traced"]] == [[4, 3]]
    assert outcome.of("loaded")
    assert outcome.of("traced")[0].message.values["outputs"] == [[[1, 2], "float32", True]]


def test_only_the_shims_that_are_needed_are_listed(nursery, folder):
    export = built(trial(nursery, folder, {"source": "export", "name": "export.py"}))
    conf = built(trial(nursery, folder, {"source": "hub-conf", "name": "small"}))

    needed = {"ms-function", "checkparam", "numpy-aliases", "float32-compute"}
    assert set(export["shims"]) == {*needed, "device", "job-environment", "configuration-place", "yaml-load"}
    assert set(conf["shims"]) == {*needed, "config-module"}
    assert conf["stand-ins"] == ["absent_library"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("empty", "no parameters"), ("absent", "not a mindspore.nn.Cell"), ("other", "other is not here")],
)
def test_nothing_masquerades_as_a_network(nursery, folder, name, words):
    outcome = trial(nursery, folder, {"source": "hub-conf", "name": name})

    assert outcome.of("built") == []
    assert words in why(outcome)[0]


def test_an_argument_that_nobody_gave_is_marked(nursery, folder):
    values = built(trial(nursery, folder, {"source": "export", "name": "guess.py"}))

    assert values["guessed"] == ["--width 1"]


def test_an_argument_that_the_contract_gives_is_not_marked(nursery, folder):
    values = built(trial(nursery, folder, {"source": "export", "name": "guess.py", "args": ["--width", "3"]}))

    assert values["guessed"] == []


def card_of(tmp_path, *lines, **network):
    home = place(tmp_path)
    card = home.add("small", network={"source": "export", "name": "export.py", **network}, weights=WEIGHTS)
    text = card.path.read_text("utf-8")
    keep = [line for line in text.splitlines() if not line.startswith(("repo-link", "repo-commit"))]
    card.path.write_text("\n".join([keep[0], *lines, *keep[1:]]) + "\n", encoding="utf-8")
    return home, home.card("small")


def run_one(tmp_path, repositories, *lines, unsandboxed=True, **network):
    home, card = card_of(tmp_path, *lines, **network)
    return next(iter(run_cards([card], home.registry, Options(repositories=repositories, unsandboxed=unsandboxed))))


def test_a_card_runs_the_code_of_its_pinned_commit(tmp_path, repositories, pinned):
    result = run_one(tmp_path, repositories, LINK, f"repo-commit: {pinned}")

    stages = {stage.name: stage.verdict for stage in result.evidence.stages}
    assert [stages[name] for name in ("build", "load", "run", "shape")] == ["passed"] * 4, result.blocking
    assert "ms-function" in result.evidence.environment["shims"]
    assert "absent_library" in result.evidence.environment["stand-ins"]
    assert result.evidence.environment["sandbox"].startswith("NOT the full sandbox")


def test_code_without_a_pinned_commit_is_not_run(tmp_path, repositories):
    result = run_one(tmp_path, repositories, LINK)

    assert (result.blocking or result.evidence.stage("build")).kind == "no-commit"
    assert "repo-commit is absent" in result.evidence.stage("build").reason


def test_a_guessed_argument_fails_a_card(tmp_path, repositories, pinned):
    result = run_one(tmp_path, repositories, LINK, f"repo-commit: {pinned}", name="guess.py")

    assert result.evidence.failed.name == "build"
    assert "--width 1" in result.evidence.failed.reason


@pytest.mark.skipif(bubblewrap.available() is not None, reason=str(bubblewrap.available()))
def test_a_card_runs_in_the_full_sandbox(tmp_path, repositories, pinned):
    result = run_one(tmp_path, repositories, LINK, f"repo-commit: {pinned}", unsandboxed=False)

    assert result.evidence.stage("shape").verdict == "passed", result.blocking
    assert result.evidence.environment["sandbox"].startswith("bubblewrap")


@pytest.mark.skipif(bubblewrap.available() is not None, reason=str(bubblewrap.available()))
@pytest.mark.parametrize("network", [{"name": "export.py"}, {"source": "hub-conf", "name": "small"}])
def test_code_of_a_repository_runs_with_random_weights_in_the_full_sandbox(tmp_path, repositories, pinned, network):
    home, card = card_of(tmp_path, LINK, f"repo-commit: {pinned}", **network)

    (result,) = run_networks([card], home.registry, RandomOptions(repositories=repositories))

    assert result.run.runs, result.run.stages
    assert result.run.environment["sandbox"].startswith("bubblewrap")
    assert [row.name for row in result.run.table] == ["fc.weight", "fc.bias"]
    assert len(result.run.digests["network"]) == 64


def test_code_of_a_repository_is_not_run_with_random_weights_without_the_full_sandbox(
    tmp_path, repositories, pinned, monkeypatch
):
    monkeypatch.setattr(bubblewrap, "available", lambda: "bubblewrap is not installed")
    home, card = card_of(tmp_path, LINK, f"repo-commit: {pinned}")

    (result,) = run_networks([card], home.registry, RandomOptions(repositories=repositories))

    assert (result.code, result.run.stages[0].kind) == (2, "no-sandbox")


def test_a_proposal_can_be_put_into_the_card(tmp_path, repositories, pinned, nursery):
    home, card = card_of(tmp_path, LINK)
    (home.root / "networks" / "odd_networks.py").unlink()

    found = propose(card, Means(home.registry, nursery, repositories), at_hand(card, home.registry))

    assert found.network == {"source": "export", "name": "export.py"}
    assert f"repo-commit: {pinned}" in found.section
    assert "- {shape: [1, 3], dtype: float32, fill: {random: [0, 1], seed: 0}}" in found.section
    assert "- {shape: [1, 2], dtype: float32}" in found.section
    assert found.guessed == ()


@pytest.mark.skipif(bubblewrap.available() is not None, reason=str(bubblewrap.available()))
def test_a_new_card_gets_inputs_outputs_and_commit_from_its_repository(tmp_path, made, pinned, monkeypatch, capsys):
    home, card = card_of(tmp_path, LINK)
    (home.root / "mindhub.toml").write_text(f'[mirrors]\n"{URL}" = "file://{made}"\n', encoding="utf-8")
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    values = {"model-name": "small", "repo-link": f"{URL}/tree/r1.9/net"}
    draft = Draft(card.uid, values, "x.ckpt", smoke={"network": {"source": "export"}})

    found = of_repository(draft, card.path, None, home.registry, load_facts())

    assert found.commit == pinned, found.notes
    assert found.smoke["network"] == {"source": "export", "name": "export.py"}
    assert found.smoke["inputs"][0]["shape"] == [1, 3]
    assert "whether it fits was not tried" in found.notes[0]


def test_where_tracing_finds_nothing_the_next_step_is_named(tmp_path, capsys):
    commit(tmp_path / "bare", {"net/readme.py": ""})
    home, card = card_of(tmp_path, LINK)

    code = propose_verb(
        targets=[str(card.path)], registry=home.root, mirrors=[f"{URL}={tmp_path / 'bare'}"], unsandboxed=True
    )

    out = capsys.readouterr().out
    assert code == 1
    assert "no network was found" in out
    assert "mindhub new --network" in out


def test_the_graph_of_a_mindir_runs_without_code(tmp_path):
    from mindspore import nn

    home = place(tmp_path)
    card = home.add("graph", network={"source": "mindir"}, modes=["graph"])
    file = card.path.with_suffix(".mindir")
    mindspore.set_seed(0)
    rows = mindspore.Tensor([[0.0, 1.0, 2.0]], mindspore.float32)
    mindspore.export(nn.Dense(3, 2), rows, file_name=str(file.with_suffix("")), file_format="MINDIR")
    from smoke.registries import claimed

    card = home.add(
        "graph",
        network={"source": "mindir"},
        modes=["graph"],
        asset={"file-format": "mindir", "asset-link": file.name, **claimed(file)},
    )

    result = next(iter(run_cards([card], home.registry, Options())))

    assert result.evidence.stage("shape").verdict == "passed", result.blocking
