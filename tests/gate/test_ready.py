"""`mindhub ready`: what the pull request will do, one verdict, and the next command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assets.servers import serving
from cards import UID, card_text
from mindhub.cli import GROUPS, VERBS, main
from mindhub.resources import schema
from repositories import OTHERWISE, SECOND, Scratch, scratch

PUBLISHER = "title: MindHub\nowners: [ann]\ncontact: cards@example.org\n"
OFFLINE = ("--skip", "verify", "--skip", "smoke")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    made = scratch(tmp_path)
    made.card()
    made.write("mindhub/publisher.yaml", PUBLISHER)
    made.write("mindhub.toml", 'title = "Ours"\n')
    made.commit()
    made.git("switch", "--quiet", "-c", "mine")
    monkeypatch.chdir(made.folder)
    return made


def ready(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["ready", *OFFLINE, "--format", "json", *arguments])
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, schema("ready"))
    return code, data


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["ready", *OFFLINE, *arguments])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_a_good_card_is_ready_and_the_next_command_is_said(repository: Scratch, capsys) -> None:
    repository.card(OTHERWISE, SECOND)

    before = told(capsys)
    repository.commit()
    after = told(capsys)

    assert (before[0], after[0]) == (0, 0)
    assert f"{SECOND}  new" in after[1]
    assert "since main" in after[1]
    assert before[1].splitlines()[-2:] == ["ready", "  git add --all && git commit  # the change is not committed yet"]
    assert after[1].splitlines()[-1] == "  git push  # send it, and open a pull request"


def test_a_fault_that_can_be_mended_leads_to_fix(repository: Scratch, capsys) -> None:
    path = repository.card(OTHERWISE.replace("fcde2b2e", "FCDE2B2E"), SECOND)

    code, data = ready(capsys)

    assert (code, data["verdict"]) == (1, "mend")
    assert data["next"]["command"] == f"mindhub fix {path.relative_to(repository.folder)}"
    (finding,) = data["findings"]
    lines = path.read_text("utf-8").splitlines()
    assert finding["code"] == "AS001"
    assert lines[finding["suggestion"]["line"] - 1] == finding["suggestion"]["text"].replace("fcde2b2e", "FCDE2B2E")
    assert finding["message"] != finding["message-zh"]


def test_a_fault_that_cannot_leads_to_its_explanation(repository: Scratch, capsys) -> None:
    repository.card(OTHERWISE + "evaluation: top1acc69.7 | top1acc89.4\n", SECOND)

    code, data = ready(capsys)

    assert (code, data["next"]["command"]) == (1, "mindhub explain EV002")
    assert [step["verdict"] for step in data["steps"]] == ["failed", "not run", "not run"]


def test_what_was_wrong_before_is_not_the_changes(repository: Scratch, capsys) -> None:
    repository.git("switch", "--quiet", "main")
    repository.card("license: Apache2.0\n")
    repository.commit()
    repository.git("switch", "--quiet", "-c", "another")
    repository.card("license: Apache2.0\nsummary: Another\n")

    code, data = ready(capsys)

    assert (code, data["findings"], data["summary"]["older"]) == (0, [], 1)


def test_nothing_changed_leads_to_a_new_card(repository: Scratch, capsys) -> None:
    code, data = ready(capsys)

    assert (code, data["verdict"], data["next"]["command"]) == (0, "nothing", "mindhub new")


def test_a_renamed_card_is_one_card_and_told_that_its_old_name_needs_an_alias(repository: Scratch, capsys) -> None:
    repository.git("mv", f"registry/{UID}.md", "registry/mindhub/2.3/lenet_mnist2.md")

    code, data = ready(capsys)

    assert code == 1
    (card,) = data["cards"]
    assert (card["uid"], card["what"], card["was"]) == ("mindhub/2.3/lenet_mnist2", "renamed", UID)
    assert card["needs-alias"]
    assert "HS003" in [finding["code"] for finding in data["findings"]]


@pytest.mark.parametrize(("language", "said"), [("en", "renamed, before: {}\n"), ("zh", "已改名，原名 {}\n")])
def test_a_renamed_card_with_an_alias_lacks_nothing(repository: Scratch, capsys, language: str, said: str) -> None:
    repository.git("mv", f"registry/{UID}.md", "registry/mindhub/2.3/lenet_mnist2.md")
    repository.write("aliases.yaml", f"{UID}: mindhub/2.3/lenet_mnist2\n")

    code, text = told(capsys, "--lang", language)

    assert code == 0
    assert said.format(UID) in text


def test_another_publishers_card_waits_for_a_maintainer_and_does_not_fail(repository: Scratch, capsys) -> None:
    repository.card("summary: Another sentence\n")

    mine = ready(capsys, "--author", "Ann")
    theirs = ready(capsys, "--author", "mallory")
    unknown = ready(capsys)

    assert [data["verdict"] for _, data in (mine, theirs, unknown)] == ["ready", "waits", "ready"]
    assert theirs[0] == 0
    (ruling,) = theirs[1]["policy"]["maintainers"]
    assert (ruling["path"], ruling["area"]) == (f"registry/{UID}.md", "other-publisher")


def test_a_change_that_makes_its_author_an_owner_gives_no_rights(repository: Scratch, capsys) -> None:
    repository.card("summary: Another sentence\n")
    repository.write("mindhub/publisher.yaml", PUBLISHER.replace("ann", "mallory"))

    _, data = ready(capsys, "--author", "mallory")

    assert [ruling["area"] for ruling in data["policy"]["maintainers"]] == ["other-publisher", "publisher"]


def test_a_first_card_brings_its_publisher_and_its_models_wait(repository: Scratch, capsys) -> None:
    uid = "fresh/2.3/lenet_cifar10"
    repository.card(OTHERWISE, uid)
    repository.write("fresh/publisher.yaml", PUBLISHER.replace("ann", "dan"))

    code, data = ready(capsys, "--author", "dan")
    _, approved = ready(capsys, "--author", "dan", "--approved")

    assert (code, data["verdict"], approved["verdict"]) == (0, "waits", "ready")
    assert data["policy"]["maintainers"] == []
    assert "new here" in data["policy"]["waiting"]["reason"]


def test_a_change_to_the_validator_is_told_apart(repository: Scratch, capsys) -> None:
    (repository.folder / "validator").mkdir()
    (repository.folder / "validator" / "gate.py").write_text("x = 1\n", encoding="utf-8")

    code, text = told(capsys)

    assert code == 0
    assert "validator/gate.py  it is the judge itself" in text
    assert "a part waits for a maintainer" in text


def test_a_changed_network_concerns_the_cards_that_name_it(repository: Scratch, capsys) -> None:
    (repository.root / "networks").mkdir()
    repository.write("networks/lenet.py", "x = 1\n")

    _, data = ready(capsys)

    assert data["cards"] == [{"file": f"registry/{UID}.md", "uid": UID, "what": "concerned"}]


def test_a_named_card_is_judged_alone(repository: Scratch, capsys) -> None:
    repository.card(OTHERWISE, SECOND)
    repository.card("license: Apache2.0\n", "mindhub/2.3/third_mnist")

    _, data = ready(capsys, f"registry/{SECOND}.md")

    assert [card["uid"] for card in data["cards"]] == [SECOND]
    assert [finding["code"] for finding in data["findings"] if "third" in finding["file"]] == []


def test_without_a_repository_all_is_judged_and_that_is_said(tmp_path: Path, capsys, monkeypatch) -> None:
    (tmp_path / "registry/mindhub/2.3").mkdir(parents=True)
    (tmp_path / "registry/mindhub/2.3/lenet_mnist.md").write_text(card_text(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code, text = told(capsys)

    assert code == 0
    assert "lies in no git repository" in text
    assert "put the card into a clone" in text.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--base", "nowhere"), "no commit is called 'nowhere'"),
        (("mindhub/2.3/lenet_mnits",), "did you mean 'mindhub/2.3/lenet_mnist'"),
        (("nothing.md",), "no such file"),
    ],
)
def test_what_cannot_be_begun_is_exit_code_2_with_the_reason(repository: Scratch, capsys, arguments, said) -> None:
    code, text = told(capsys, *arguments)

    assert code == 2
    assert said in text


def test_a_draft_outside_any_registry_is_told_where_to_go(tmp_path: Path, capsys, monkeypatch) -> None:
    (tmp_path / "draft.md").write_text(card_text(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code, text = told(capsys, "draft.md")

    assert code == 2
    assert "registry/PUBLISHER/MINDSPORE-VERSION/NAME.md" in text


def test_an_unreadable_card_is_exit_code_2(repository: Scratch, capsys) -> None:
    (repository.root / "mindhub/2.3/link.md").symlink_to("/etc/hostname")

    code, data = ready(capsys)

    assert (code, data["verdict"]) == (2, "incomplete")
    assert data["failures"][0]["file"].endswith("link.md")


@pytest.mark.parametrize("shard", ["1/2", "2/2"])
def test_a_shard_verifies_a_part(repository: Scratch, shard: str, capsys) -> None:
    repository.card(OTHERWISE, SECOND)

    code, data = ready(capsys, "--shard", shard)

    assert (code, len(data["cards"])) == (0, 1)


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b"])
def test_a_part_that_is_none_is_refused(shard: str, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["ready", "--shard", shard])
    assert "is no part" in capsys.readouterr().err


def test_every_format_goes_to_its_file(repository: Scratch, capsys, tmp_path: Path) -> None:
    repository.card(OTHERWISE + "license: Apache2.0\n", SECOND)
    names = ("text", "json", "markdown", "github", "sarif", "junit", "codequality", "rdjson")

    code = main(["ready", *OFFLINE, *(part for name in names for part in ("--format", f"{name}={tmp_path}/{name}"))])

    assert (code, capsys.readouterr().out) == (0, "")
    assert all("FD003" in (tmp_path / name).read_text("utf-8") for name in names if name != "junit")


def test_it_speaks_chinese(repository: Scratch, capsys) -> None:
    repository.card("summary: Another sentence\n")

    _, text = told(capsys, "--lang", "zh", "--author", "mallory")

    assert "'mindhub' 由 ann 维护" in text
    assert [line for line in text.splitlines() if "maintainer" in line] == []


def test_help_shows_authors_their_verbs_first(capsys) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out

    listed = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line.split()[0] in VERBS]
    authors = [name for name in GROUPS["for authors of cards"] if name in VERBS]
    assert listed[: len(authors)] == authors
    assert {"new", "check", "fix", "ready"} <= set(authors)
    assert sorted(listed) == sorted(set(VERBS) - {"ci"})


def answer_with(body: bytes):
    def script(handler: Any) -> None:
        if handler.path == "/model.ckpt":
            handler.answer(200, body if handler.command == "GET" else b"", Content_Length=str(len(body)))
        else:
            handler.answer(404)

    return script


@pytest.mark.parametrize(("dead", "verdict"), [(False, "passed"), (True, "failed")])
def test_the_addresses_of_a_changed_card_are_asked(
    repository: Scratch, capsys, tmp_path: Path, dead: bool, verdict: str
) -> None:
    with serving(answer_with(b"\x00" * 40)) as server:
        server.RequestHandlerClass.do_HEAD = server.RequestHandlerClass.do_GET  # type: ignore[attr-defined]
        paper = f"http://{server.place}/{'gone' if dead else 'model.ckpt'}"
        link = "# no repo-link\n# no asset\n"
        repository.card(OTHERWISE.split("asset:")[0] + link + f"repo-link: {paper}\n", SECOND)
        command = ["ready", "--skip", "smoke", "--allow-host", server.place, "--ledger", str(tmp_path / "ledger")]
        main([*command, "--format", "json"])
        data = json.loads(capsys.readouterr().out)

    step = next(one for one in data["steps"] if one["name"] == "verify")
    assert step["verdict"] == verdict, data
    assert ("ON001" in [finding["code"] for finding in data["findings"]]) is dead
