from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mindspore")
pytest.importorskip("numpy")

from mindhub.card import read_card
from mindhub.model import Uid
from mindhub.smoke.evidence import PASSED
from mindhub.smoke.runner import Options, run_cards
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary
from smoke.registries import claimed

pytestmark = [pytest.mark.mindspore, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
UID = "mindspore/1.7/bertfinetuning_classifier_cola"


def card_with(root: Path, link: str, file: Path):
    """Copy the registry's card and networks, with another link and the sha256 of another file."""
    text = (ROOT / "registry" / f"{UID}.md").read_text(encoding="utf-8")
    card = read_card(Registry(ROOT / "registry").card_file(Uid.parse(UID)), load_vocabulary())
    asset = card.assets[0]
    path = root / f"{UID}.md"
    path.parent.mkdir(parents=True)
    path.write_text(
        text.replace(asset.link, link).replace(asset.sha256, claimed(file)["asset-sha256"]), encoding="utf-8"
    )
    networks = root / "networks"
    networks.mkdir()
    (networks / "bert.py").write_bytes((ROOT / "registry" / "networks" / "bert.py").read_bytes())
    return read_card(Registry(root).card_file(Uid.parse(UID)), load_vocabulary())


def test_bert_at_full_size_is_fetched_loaded_and_run_in_both_modes_within_its_limits(tmp_path, serve):
    checkpoint = tmp_path / "served" / "bert.ckpt"
    script = [sys.executable, str(ROOT / "tests" / "make_bert_checkpoint.py"), str(checkpoint)]
    subprocess.run(script, check=True, stdout=subprocess.DEVNULL, cwd=tmp_path)
    address = serve(checkpoint.parent)
    root = tmp_path / "registry"
    card = card_with(root, f"{address}/bert.ckpt", checkpoint)
    options = Options(store=tmp_path / "store", allow_hosts=frozenset({address.removeprefix("http://")}))

    result = next(iter(run_cards([card], Registry(root), options)))

    stages = {stage.name: stage for stage in result.evidence.stages}
    for stage in stages.values():
        # For who wants the figures: pytest -s.
        figures = f"{stage.name} {stage.verdict} {stage.seconds:.1f} s {stage.memory / 1e6:,.0f} MB {stage.reason}"
        sys.stdout.write(figures + "\n")
    assert [(name, stages[name].reason) for name in list(stages)[:7] if stages[name].verdict != PASSED] == []
    assert (result.code, result.evidence.status) == (0, "runs")
    assert result.evidence.table.size > 437_000_000
    assert len(result.evidence.table.tensors) == 201
    assert result.evidence.environment["modes"] == "pynative, graph"
    # The card's limits are 120 s and 2500 MB, and the harness enforces them: this is what the run took.
    assert sum(stages[name].seconds for name in ("build", "load", "run")) < 120
    assert stages["run"].memory < 2_500_000_000
