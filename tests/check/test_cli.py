"""`mindhub check` as people and programs call it."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path

import jsonschema
import pytest

from cards import UID, card_text, write_card
from mindhub.cli import main
from mindhub.resources import schema


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINDHUB_REGISTRY", raising=False)
    return folder


def test_a_good_registry_exits_with_0(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text())

    assert main(["check"]) == 0
    assert re.fullmatch(r"1 card checked in \d+\.\d s: no findings\n", capsys.readouterr().out)


def test_an_error_exits_with_1_and_shows_line_and_caret(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text("fine-tunable: maybe\n"))

    code = main(["check", "registry"])

    out = capsys.readouterr().out
    assert code == 1
    assert f"registry/{UID}.md" in out
    assert "error   SC001  'maybe' is not True or False" in out
    assert "           | fine-tunable: maybe\n           |               ^^^^^\n" in out


def test_a_warning_exits_with_1_only_if_asked(root: Path) -> None:
    write_card(root, card_text("license: Apache2.0\n"))

    assert main(["check"]) == 0
    assert main(["check", "--fail-on", "warning"]) == 1


def test_what_cannot_be_read_does_not_stop_the_others(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text())
    broken = write_card(root, card_text(), "mindhub/2.3/lenet_gone_mnist")
    broken.unlink()
    broken.symlink_to(root / f"{UID}.md")
    write_card(root, b"no card at all", "mindhub/2.3/lenet_text")

    code = main(["check", str(root), "no/such/folder"])

    out = capsys.readouterr().out
    assert code == 1
    assert "could not check" in out
    assert "a symbolic link; a card is a file of its own" in out
    assert "no such file or folder" in out
    assert "RD002" in out
    assert "2 cards checked" in out


def test_only_failures_exit_with_2(root: Path) -> None:
    assert main(["check", "no/such/folder"]) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_card_is_a_failure_that_names_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text()).chmod(0)

    assert main(["check"]) == 2
    assert "Permission denied" in capsys.readouterr().out


def test_a_pipe_in_place_of_a_card_is_not_waited_for(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text())
    os.mkfifo(root / "mindhub/2.3/pipe_mnist.md")

    assert main(["check"]) == 2
    out = capsys.readouterr().out
    assert "pipe_mnist.md: not a regular file" in out
    assert "1 card checked" in out


def test_a_folder_that_cannot_be_read_is_a_failure_and_the_others_go_on(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(root, card_text())
    closed = write_card(root, card_text(), "closed/2.3/lenet_mnist").parent
    scandir = os.scandir

    def refuse(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)

    assert main(["check", "--no-cache"]) == 2
    out = capsys.readouterr().out
    assert "could not check" in out
    assert "closed/2.3: cannot be read: Permission denied" in out
    assert "1 card checked" in out


def test_online_asks_the_addresses_too(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINDHUB_CACHE", str(root.parent / "cache"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(socket.gaierror(-2, "unknown")))
    write_card(root, card_text("license: Apache2.0\n"))

    assert main(["check", "--online"]) == 2
    out = capsys.readouterr().out
    assert "FD003" in out
    assert "https://download.mindspore.cn/models/r2.3/lenet.ckpt: its name does not resolve" in out


def test_bad_usage_exits_with_2(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 2
    assert "no card in" in capsys.readouterr().err

    assert main(["check", "--select", "XX9"]) == 2
    assert "no rule has the code 'XX9'" in capsys.readouterr().err

    assert main(["check", "--as", "nonsense"]) == 2
    assert "write publisher/mindspore-version/name" in capsys.readouterr().err


def test_select_and_ignore_choose_rules(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text("fine-tunable: maybe\nlicense: Apache2.0\n"))

    assert main(["check", "--select", "FD"]) == 0
    assert "SC001" not in capsys.readouterr().out
    assert main(["check", "--ignore", "SC001"]) == 0
    assert main(["check", "--select", "SC"]) == 1


def test_a_draft_outside_a_registry_is_told_where_it_would_go(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(card_text())

    assert main(["check", str(draft)]) == 0
    assert f"belongs at 'registry/{UID}.md'" in capsys.readouterr().out
    assert main(["check", str(draft), "--as", "mindhub/2.3/other_mnist"]) == 1
    assert "BD002" in capsys.readouterr().out


def test_json_follows_its_schema_and_its_places_are_true(root: Path) -> None:
    path = write_card(
        root, card_text("license: Apache2.0\nevaluation: top1acc1 | top1acc2\n", body="[x](javascript:y)\n")
    )

    code = main(["check", "--format", "json=out.json", "--format", "text=out.txt"])

    report = json.loads(Path("out.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("report")).validate(report)
    data = path.read_bytes()
    lines = data.decode().splitlines()
    assert code == 1
    assert report["summary"]["errors"] == 2
    assert {finding["code"] for finding in report["findings"]} == {"FD003", "EV002", "BD004"}
    for finding in report["findings"]:
        said = data[finding["start"] : finding["end"]].decode()
        assert lines[finding["line"] - 1][finding["column"] - 1 :].startswith(said)
        assert finding["uid"] == UID
    licence = next(finding for finding in report["findings"] if finding["code"] == "FD003")
    edit = licence["fix"]["edits"][0]
    assert data[edit["start"] : edit["end"]] == b"Apache2.0"
    assert edit["text"] == "Apache-2.0"
    assert "FD003" in Path("out.txt").read_text(encoding="utf-8")


def test_two_runs_differ_in_seconds_alone(root: Path) -> None:
    write_card(root, card_text("license: x\n"))
    write_card(root, card_text("license: y\n", uid="mindhub/2.3/lenet2_mnist"), "mindhub/2.3/lenet2_mnist")

    reports = []
    for name in ("a.json", "b.json"):
        main(["check", "--format", f"json={name}"])
        reports.append(json.loads(Path(name).read_text(encoding="utf-8")))
        del reports[-1]["summary"]["seconds"]

    assert reports[0]["findings"]
    assert reports[0] == reports[1]


def test_a_file_beside_the_card_is_compared_with_what_the_card_says(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = "asset:\n- {file-format: ckpt, asset-link: lenet.ckpt, asset-sha256: SHA, asset-size: 5}\n"
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of b"hello"
    card = write_card(root, card_text(link.replace("SHA", sha256)))

    card.with_name("lenet.ckpt").write_bytes(b"hello")
    assert main(["check"]) == 0
    card.with_name("lenet.ckpt").write_bytes(b"jello")
    assert main(["check"]) == 1
    assert "AS010  the file beside the card has the sha256" in capsys.readouterr().out
    card.with_name("lenet.ckpt").write_bytes(b"hello!")
    assert main(["check"]) == 1
    assert "the file has 6 bytes, the card says 5" in capsys.readouterr().out
    card.with_name("lenet.ckpt").unlink()
    assert main(["check"]) == 1
    assert "'lenet.ckpt' is no regular file inside the registry" in capsys.readouterr().out


def test_an_embedded_file_outside_the_registry_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root.parent / "secret.ckpt").write_bytes(b"hello")
    write_card(root, card_text("asset:\n- {file-format: ckpt, asset-link: ../../../secret.ckpt}\n"))

    assert main(["check"]) == 1
    assert "no regular file inside the registry" in capsys.readouterr().out


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    assert "AS001  error    sha256-malformed" in capsys.readouterr().out
    assert main(["rules", "as001"]) == 0
    assert "Bad:\n    asset:" in capsys.readouterr().out
    assert main(["rules", "sha256-malforme"]) == 2
    assert "did you mean 'sha256-malformed'?" in capsys.readouterr().err


def test_wide_characters_do_not_move_the_caret(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text("evaluation: 准确率 97\n"))

    main(["check"])

    assert "           | evaluation: 准确率 97\n           |             ^^^^^^^^^\n" in capsys.readouterr().out


def test_no_colour_leaks_into_a_pipe(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text("license: x\n"))

    main(["check"])

    assert "\x1b" not in capsys.readouterr().out


def test_the_root_of_a_repository_means_the_registry_in_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(root, card_text())
    (root.parent / "docs").mkdir()
    (root.parent / "docs" / "page.md").write_text("not a card")

    assert main(["check", "."]) == 0
    assert "1 card checked" in capsys.readouterr().out


def test_a_snippet_may_load_the_card_by_an_old_name(root: Path) -> None:
    write_card(root, card_text().replace(UID, "mindhub/2.3/old_mnist"))
    (root / "aliases.yaml").write_text(f"mindhub/2.3/old_mnist: {UID}\n")

    assert main(["check"]) == 0


@pytest.mark.parametrize("command", [["check", "--fast"], ["site", "build", "registry"], ["store", "list", "x", "y"]])
def test_an_unknown_argument_is_told_with_the_usage_of_its_verb(command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(command)

    verb = "mindhub " + " ".join(word for word in command if word in ("check", "site", "build", "store", "list"))
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert said.startswith(f"usage: {verb} [-h]")
    assert re.search(rf"^{verb}: error: unrecognized arguments: \S+", said, re.MULTILINE)


@pytest.mark.parametrize(("word", "hint"), [("chek", "; did you mean 'check'?"), ("x", "")])
def test_an_unknown_verb_is_told_with_the_nearest(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([word])

    assert stopped.value.code == 2
    assert capsys.readouterr().err.endswith(f"mindhub: error: there is no verb '{word}'{hint}\n")
