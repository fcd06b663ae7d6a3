"""The note on a merge request of GitLab: one, kept up to date, of the verdict that its pipeline has joined."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fake_gitlab import BOT, Fake
from mindhub.cli import main
from mindhub.report import comment

HEAD = "a" * 40


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CI_COMMIT_SHA", HEAD)
    monkeypatch.delenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", raising=False)
    monkeypatch.setenv("CI_PIPELINE_URL", "https://gitlab.example/hub/cards/-/pipelines/1")
    return tmp_path / "verdict.json"


def noted(file: Path, ready: dict[str, Any], *arguments: str, head: str = HEAD) -> int:
    file.write_text(json.dumps({"version": 1, "number": 7, "head": head, "ready": ready}), encoding="utf-8")
    return main(["ci", "comment", "--verdict", str(file), *arguments])


def bodies(gitlab: Fake) -> list[str]:
    return [note["body"] for note in gitlab.state.notes.get(7, [])]


def test_a_merge_request_has_one_note_that_is_kept_up_to_date(gitlab: Fake, file: Path, ready: dict[str, Any]) -> None:
    gitlab.state.request(7, HEAD)

    codes = [noted(file, ready), noted(file, ready), noted(file, {**ready, "verdict": "ready", "findings": []})]

    assert codes == [0, 0, 0]
    (body,) = bodies(gitlab)
    assert body.startswith(f"{comment.MARKER}\n### ✅ MindHub: ready")
    assert gitlab.state.written() == ["POST", "PUT"]


def test_the_note_says_what_the_comment_on_github_says(gitlab: Fake, file: Path, ready: dict[str, Any]) -> None:
    gitlab.state.request(7, HEAD)

    noted(file, ready, "--site", "https://hub.example.org")

    (body,) = bodies(gitlab)
    assert "there is something to mend" in body
    assert "[EV002](https://hub.example.org/rules/EV002/)" in body
    assert "nobody is named as the owner of" in body
    assert "→ `license: Apache-2.0`" in body
    assert "[the run with all its files](https://gitlab.example/hub/cards/-/pipelines/1)" in body


def test_who_ticks_it_in_the_description_is_told_in_chinese(gitlab: Fake, file: Path, ready: dict[str, Any]) -> None:
    gitlab.state.request(7, HEAD, description="A card\n\n- [x] 请用中文评论 (comment in Chinese)\n")

    noted(file, ready)

    assert "有问题需要修正 · there is something to mend" in bodies(gitlab)[0]


def test_a_note_of_another_account_is_left_alone_also_behind_a_page_of_them(
    gitlab: Fake, file: Path, ready: dict[str, Any]
) -> None:
    gitlab.state.request(7, HEAD)
    for number in range(120):
        gitlab.state.note(7, 5, f"{comment.MARKER}\nall is well {number}")

    noted(file, ready)
    noted(file, {**ready, "verdict": "ready", "findings": []})

    assert [note["author"]["id"] for note in gitlab.state.notes[7]] == [5] * 120 + [BOT]
    assert gitlab.state.written() == ["POST", "PUT"]


@pytest.mark.parametrize(
    ("named", "newest", "state", "said"),
    [
        ("b" * 40, HEAD, "opened", "another commit than its run"),
        (HEAD, "c" * 40, "opened", "!7 has another newest commit"),
        (HEAD, HEAD, "merged", "!7 is not open"),
    ],
)
def test_a_verdict_that_is_not_about_the_merge_request_of_today_is_not_written(
    gitlab: Fake, file: Path, ready: dict[str, Any], capsys, named: str, newest: str, state: str, said: str
) -> None:
    gitlab.state.request(7, newest, state=state)

    assert noted(file, ready, head=named) == 2
    assert said in capsys.readouterr().err
    assert gitlab.state.written() == []


def test_a_pipeline_of_merged_results_is_about_the_commit_of_the_source_branch(
    gitlab: Fake, file: Path, ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_COMMIT_SHA", "d" * 40)
    monkeypatch.setenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", HEAD)
    gitlab.state.request(7, HEAD)

    assert noted(file, ready) == 0
    assert len(bodies(gitlab)) == 1


def test_without_a_token_nothing_is_asked_and_that_is_no_fault(
    gitlab: Fake, file: Path, ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.delenv("MINDHUB_NOTE_TOKEN")

    assert noted(file, ready) == 0
    assert "MINDHUB_NOTE_TOKEN is not set: nothing is written" in capsys.readouterr().out
    assert gitlab.state.asked == []


def test_a_refused_token_a_missing_project_and_an_open_line_are_told(
    gitlab: Fake, file: Path, ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("MINDHUB_NOTE_TOKEN", "wrong")
    refused = noted(file, ready)
    monkeypatch.setenv("CI_PROJECT_ID", "")
    nowhere = noted(file, ready)
    monkeypatch.setenv("CI_API_V4_URL", "http://gitlab.example.org/api/v4")
    read = noted(file, ready)

    said = capsys.readouterr().err
    assert (refused, nowhere, read) == (2, 2, 2)
    assert "401 401 Unauthorized; is the token set?" in said
    assert "CI_PROJECT_ID is not set" in said
    assert "is no https address" in said


@pytest.mark.parametrize("text", ["{", '{"version": 1, "number": 7, "head": "x", "ready": {}}'])
def test_a_file_that_is_no_verdict_is_refused(gitlab: Fake, file: Path, capsys, text: str) -> None:
    file.write_text(text, encoding="utf-8")

    assert main(["ci", "comment", "--verdict", str(file)]) == 2
    assert main(["ci", "comment", "--verdict", str(file.with_name("missing.json"))]) == 2
    assert "the verdict is" in capsys.readouterr().err
    assert gitlab.state.asked == []


QUICK = "x\n/close\n/assign @everyone !1 ~bug %1 $1 &1 #1 :tada: [vulnerability:1]"


def test_text_from_a_stranger_gives_gitlab_no_command_and_no_reference(
    gitlab: Fake, file: Path, ready: dict[str, Any]
) -> None:
    from markdown_it import MarkdownIt

    for one in ready["findings"]:
        one.update({"message": QUICK, "file": QUICK, "uid": QUICK, "suggestion": None})
    ready["next"].update({"command": QUICK, "why": QUICK})
    ready["steps"][0].update({"reason": QUICK})
    ready["failures"] = [{"file": QUICK, "message": QUICK, "message-zh": QUICK}]
    gitlab.state.request(7, HEAD)

    assert noted(file, ready) == 0

    (body,) = bodies(gitlab)
    assert [line for line in body.splitlines() if line.lstrip().startswith("/")] == []
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    words = " ".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    assert len(words) > 100
    assert not set("@!~%$&#").intersection(words)
    assert "tada" not in words
    assert "vulnerability" not in words
