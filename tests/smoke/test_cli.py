from __future__ import annotations

import json

import pytest

from cards import SHA, UID, card_text, write_card
from formats.ckpt_bytes import entry
from mindhub.assets.store import hash_file
from mindhub.cli.smoke import smoke

FILE = entry("fc.weight", (2, 3))
FOREIGN = "smoke: {network: {source: hub-conf}}\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "registry"


def add(home, uid=UID, smoke="# no smoke\n", sha256=None):
    path = home / f"{uid}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".ckpt").write_bytes(FILE)
    sha256 = sha256 or hash_file(path.with_suffix(".ckpt"))[0]
    asset = f"asset: [{{file-format: ckpt, asset-link: {path.stem}.ckpt, asset-sha256: {sha256}}}]\n"
    return write_card(home, card_text(asset + smoke, uid=uid), uid)


def test_a_card_shows_every_stage(home, capsys):
    add(home)

    code = smoke(targets=[UID], registry=home)

    out = capsys.readouterr().out
    assert code == 0
    assert f"{UID}  file checked" in out
    assert "  scan       passed" in out
    assert "  build      not run" in out
    assert "no smoke section" in out


def test_a_card_can_be_named_by_its_file_or_its_folder(home):
    path = add(home)

    assert [smoke(targets=[str(target)]) for target in (path, path.parent, home)] == [0, 0, 0]


@pytest.mark.mindspore  # without it, that is what is said of code from elsewhere
def test_several_cards_end_in_a_table_and_a_fault_wins(home, capsys):
    add(home)
    add(home, "mindhub/2.3/foreign", FOREIGN)
    add(home, "mindhub/2.3/wrong", sha256=SHA)
    write_card(home, "nothing\n", "mindhub/2.3/broken")

    code = smoke(registry=home)

    out = capsys.readouterr().out
    assert code == 1
    assert "mindhub/2.3/broken  failed at fetch\n  fetch  failed  the card cannot be read: " in out
    assert "mindhub/2.3/foreign  not run (no-commit)\n  build  not run  repo-commit is absent" in out
    assert f"mindhub/2.3/wrong  failed at hash\n  hash  failed  the card claims sha256 {SHA}, the file has " in out
    assert "mindhub/2.3/lenet_mnist ok ok ok - - - - - -" in " ".join(out.split())
    assert "4 cards: 1 passed, 2 failed, 1 not run; " in out


def test_not_run_can_be_allowed_or_made_a_failure(home):
    add(home, smoke=FOREIGN)

    codes = [smoke(registry=home), smoke(registry=home, allow_not_run=True), smoke(registry=home, require=["load"])]

    assert codes == [2, 0, 1]


def test_an_unknown_card_stops_none_of_the_others(home, capsys):
    add(home)

    code = smoke(targets=["mindhub/2.3/lenet_mnits", UID, "nowhere"], registry=home, allow_not_run=True)

    shown = capsys.readouterr()
    assert code == 2
    assert f"did you mean '{UID}'?" in shown.err
    assert "'nowhere' is not a uid" in shown.err
    assert f"{UID}  file checked" in shown.out


def test_bad_usage_is_said(home, capsys):
    add(home)

    assert smoke(registry=home, require=["lode"]) == 2
    assert smoke(registry=home / "nowhere") == 2
    shown = capsys.readouterr().err
    assert "'lode' is no stage; the stages are fetch, hash" in shown
    assert "no such folder" in shown


def test_json_holds_the_evidence_of_every_card(home, capsys):
    add(home)

    smoke(registry=home, output="json")

    data = json.loads(capsys.readouterr().out)
    assert data["summary"] | {"seconds": 0} == {"cards": 1, "passed": 1, "failed": 0, "not-run": 0, "seconds": 0}
    assert data["results"][0]["evidence"]["status"] == "file-checked"
    assert data["results"][0]["evidence"]["table"]["tensors"][0]["name"] == "fc.weight"


def test_a_record_is_written_beside_the_card_once(home, capsys):
    path = add(home)

    smoke(registry=home, record=True)
    smoke(registry=home, record=True)

    assert capsys.readouterr().out.count("recorded in registry/mindhub/2.3/lenet_mnist.evidence.json") == 1
    assert path.with_suffix(".evidence.json").is_file()


def test_a_record_that_cannot_be_read_is_said_and_replaced(home, capsys):
    path = add(home)
    path.with_suffix(".evidence.json").write_text("{")

    code = smoke(registry=home, record=True)

    assert code == 0
    assert "lenet_mnist.evidence.json: not a record of a smoke run" in capsys.readouterr().out
    assert '"format": 1' in path.with_suffix(".evidence.json").read_text(encoding="utf-8")
