"""The comment on a pull request: one, kept up to date, made from what anybody may have handed over."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cards import UID
from fake_github import BOT, REPOSITORY, TOKEN, Fake
from mindhub.cli import main
from mindhub.report import comment
from repositories import SECOND

HEAD = "a" * 40


def verdict(ready: dict[str, Any], number: int = 7, head: str = HEAD) -> bytes:
    return json.dumps({"version": 1, "number": number, "head": head, "ready": ready}).encode()


def commented(github: Fake, *arguments: str) -> int:
    return main(["ci", "comment", "--run", "1", *arguments])


def bodies(github: Fake, number: int = 7) -> list[str]:
    return [one["body"] for one in github.state.comments.get(number, [])]


def test_a_run_is_commented_once_and_the_comment_kept_up_to_date(github: Fake, ready: dict[str, Any]) -> None:
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})
    first = commented(github)
    again = commented(github)
    mended = {**ready, "verdict": "ready", "findings": []}
    github.state.run(1, HEAD, {"verdict.json": verdict(mended)})

    assert (first, again, commented(github)) == (0, 0, 0)
    (body,) = bodies(github)
    assert body.startswith(f"{comment.MARKER}\n### ✅ MindHub: ready")
    assert [method for method, path in github.state.asked if "comments" in path and method != "GET"] == [
        "POST",
        "PATCH",
    ]


def test_the_comment_says_what_is_wrong_what_waits_and_what_to_do(github: Fake, ready: dict[str, Any]) -> None:
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    commented(github, "--site", "https://hub.example.org")

    (body,) = bodies(github)
    assert "there is something to mend" in body
    assert "Next: `mindhub explain EV002`" in body
    assert f"`registry/{SECOND}.md:" in body
    assert "[EV002](https://hub.example.org/rules/EV002/)" in body
    assert "Waits for a maintainer:" in body
    assert "nobody is named as the owner of" in body
    assert "[the run with all its files](https://github.com/" in body


def test_who_ticks_it_is_told_in_chinese(github: Fake, ready: dict[str, Any]) -> None:
    github.state.pull(7, HEAD, body="A card\r\n\r\n- [x] 请用中文评论 (comment in Chinese)\r\n")
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    commented(github)

    (body,) = bodies(github)
    assert "有问题需要修正 · there is something to mend" in body
    assert "不是 SPDX 标识符" in body
    assert "等待维护者" in body


def test_a_repair_is_suggested_once_at_its_line_of_the_change(github: Fake, ready: dict[str, Any]) -> None:
    finding = next(one for one in ready["findings"] if one["code"] == "FD003")
    line = finding["suggestion"]["line"]
    github.state.pull(7, HEAD)
    github.state.files[7] = [{"filename": finding["file"], "patch": f"@@ -0,0 +1,{line + 5} @@\n+x"}]
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    commented(github)
    commented(github)

    (review,) = github.state.reviews
    (said,) = review["comments"]
    assert (review["event"], review["commit_id"]) == ("COMMENT", HEAD)
    assert (said["path"], said["line"], said["side"]) == (finding["file"], line, "RIGHT")
    assert "```suggestion\nlicense: Apache-2.0\n```" in said["body"]


def test_a_line_that_the_change_does_not_show_gets_no_suggestion(github: Fake, ready: dict[str, Any]) -> None:
    github.state.pull(7, HEAD)
    github.state.files[7] = [{"filename": ready["findings"][0]["file"], "patch": "@@ -1,2 +1,2 @@\n x"}]
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    assert commented(github) == 0
    assert github.state.reviews == []


def test_a_suggestion_cannot_leave_its_block(github: Fake, ready: dict[str, Any]) -> None:
    finding = next(one for one in ready["findings"] if one["suggestion"])
    finding["suggestion"] = {"line": 1, "end-line": 1, "text": "x\n```\n@everyone [click](https://evil.example)\n````"}
    github.state.pull(7, HEAD)
    github.state.files[7] = [{"filename": finding["file"], "patch": "@@ -0,0 +1,9 @@\n+x"}]
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    commented(github)

    body = github.state.reviews[0]["comments"][0]["body"]
    assert "`````suggestion\n" in body
    assert body.endswith("\n`````")
    assert body.count("`````") == 2


@pytest.mark.parametrize(
    ("number", "head", "pull", "said"),
    [
        (7, "b" * 40, HEAD, "another commit than its run"),
        (7, HEAD, "c" * 40, "has another newest commit"),
        (8, HEAD, HEAD, "404"),
    ],
)
def test_a_verdict_about_somebody_elses_pull_request_is_not_believed(
    github: Fake, ready: dict[str, Any], capsys, number: int, head: str, pull: str, said: str
) -> None:
    github.state.pull(7, pull)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready, number, head)})

    assert commented(github) == 2
    assert said in capsys.readouterr().err
    assert github.state.comments == {}


def test_a_closed_pull_request_is_left_alone(github: Fake, ready: dict[str, Any], capsys) -> None:
    github.state.pull(7, HEAD, state="closed")
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    assert commented(github) == 2
    assert "#7 is not open" in capsys.readouterr().err


def test_a_comment_that_only_looks_like_ours_is_left_alone(github: Fake, ready: dict[str, Any]) -> None:
    github.state.pull(7, HEAD)
    github.state.comments[7] = [{"id": 1, "user": {"login": "mallory"}, "body": f"{comment.MARKER}\nall is well"}]
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    commented(github)

    assert bodies(github)[0].endswith("all is well")
    assert [one["user"]["login"] for one in github.state.comments[7]] == ["mallory", BOT]


EVIL = (
    "![x](https://evil.example/p.png) @everyone #1 <img src=x> [a](javascript:b) | \n## Merged ``` </details> \x1b[31m"
)


def test_text_from_a_stranger_makes_no_link_mention_picture_or_heading(github: Fake, ready: dict[str, Any]) -> None:
    for one in ready["findings"]:
        one.update({"message": EVIL, "file": EVIL, "uid": EVIL})
    ready["cards"][0].update({"uid": EVIL})
    ready["next"].update({"command": EVIL, "why": EVIL})
    ready["steps"][0].update({"reason": EVIL})
    ready["runs"] = [{"name": EVIL, "file": EVIL, "verdict": "failed", "said": EVIL, "reason": EVIL}]
    ready["failures"] = [{"file": EVIL, "message": EVIL, "message-zh": EVIL}]
    ready["policy"]["maintainers"] = [
        {"path": EVIL, "what": "added", "area": "other", "reason": EVIL, "reason-zh": EVIL}
    ]
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    commented(github)

    from markdown_it import MarkdownIt

    (body,) = bodies(github)
    tokens = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").parse(body)
    inside = [child for token in tokens for child in token.children or ()]
    assert len(inside) > 50
    assert {child.type for child in inside} <= {"text", "code_inline", "softbreak", "link_open", "link_close"}
    links = [child.attrs["href"] for child in inside if child.type == "link_open"]
    assert links == ["https://github.com/hub/cards/actions/runs/1"]
    words = " ".join(child.content for child in inside if child.type == "text")
    assert "@" not in words
    assert "#1" not in words
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h3"]
    assert "\x1b" not in body


def test_a_comment_has_the_size_that_github_takes(github: Fake, ready: dict[str, Any]) -> None:
    ready["findings"] = [{**ready["findings"][0], "message": f"{number} " + "x" * 400} for number in range(1000)]
    ready["cards"] = [{"file": "f" * 4000, "uid": None, "what": "new"}] * 500
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    assert commented(github) == 0
    (body,) = bodies(github)
    assert 30_000 < len(body.encode()) < 65_536
    assert "more findings." in body


def bomb() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("verdict.json", b" " * (9 << 20))
    return archive.getvalue()


def stored(members: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (b"no archive", "cannot be unpacked"),
        (stored({"other.json": b"{}"}), "holds no verdict.json"),
        (stored({"../verdict.json": b"{}", "/verdict.json": b"{}"}), "holds no verdict.json"),
        (stored({f"{number}": b"" for number in range(11)}), "has 11 files"),
        (bomb(), "has more than 8,388,608 bytes"),
        (b"x" * (9 << 20), "a verdict has at most 8,388,608"),
        (stored({"verdict.json": b"{"}), "is no JSON"),
        (stored({"verdict.json": b"[" * 100_000}), "is no JSON"),
        (stored({"verdict.json": b'{"version": 1, "number": "7", "head": "x", "ready": {}}'}), "verdict.schema.json"),
        (stored({"verdict.json": verdict({})}), "ready.schema.json"),
    ],
    ids=range(10),
)  # fmt: skip
def test_an_artefact_that_is_no_verdict_is_refused(github: Fake, capsys, archive: bytes, said: str) -> None:
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {})
    github.state.artefacts[1] = [("verdict", archive)]

    assert commented(github) == 2
    assert said in capsys.readouterr().err
    assert github.state.comments == {}


def test_a_run_without_a_verdict_is_nothing_to_comment_on(github: Fake, capsys) -> None:
    github.state.run(1, HEAD, {}, name="site")

    assert commented(github) == 0
    assert "nothing to say" in capsys.readouterr().out


def test_the_token_goes_to_the_api_alone(github: Fake, ready: dict[str, Any]) -> None:
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})

    commented(github)

    sent = dict(github.state.tokens)
    assert sent["/blob/1/0"] is None
    assert sent[f"/repos/{REPOSITORY}/pulls/7"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://192.0.2.1/x"])
def test_an_artefact_is_fetched_by_https_alone(github: Fake, ready: dict[str, Any], capsys, target: str) -> None:
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready)})
    github.state.elsewhere = target

    assert commented(github) == 2
    assert "no https address" in capsys.readouterr().err


def test_the_sarif_is_handed_on_with_the_place_that_was_verified(
    github: Fake, ready: dict[str, Any], tmp_path: Path, monkeypatch
) -> None:
    github.state.pull(7, HEAD)
    github.state.run(1, HEAD, {"verdict.json": verdict(ready), "report.sarif": b"{}"})
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))

    commented(github, "--sarif", str(tmp_path / "sarif" / "out.sarif"))

    assert (tmp_path / "sarif" / "out.sarif").read_bytes() == b"{}"
    assert (tmp_path / "output").read_text() == f"sarif=true\nref=refs/pull/7/head\nhead={HEAD}\n"


def test_a_missing_token_and_a_refused_one_are_told(github: Fake, monkeypatch, capsys) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "wrong")
    assert commented(github) == 2
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert commented(github) == 2

    said = capsys.readouterr().err
    assert "401 Bad credentials; is the token set?" in said
    assert "GITHUB_TOKEN is not set" in said


def test_an_api_that_is_not_encrypted_is_refused(monkeypatch, capsys) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", "http://api.example.org")

    assert main(["ci", "comment", "--run", "1", "--repository", REPOSITORY]) == 2
    assert "is no https address" in capsys.readouterr().err


def part(ready: dict[str, Any], path: Path, **more: Any) -> str:
    path.write_text(json.dumps({**ready, **more}), encoding="utf-8")
    return str(path)


def joined(tmp_path: Path, *parts: str, jobs: tuple[str, ...] = ()) -> tuple[int, dict[str, Any]]:
    out = tmp_path / "verdict.json"
    named = [piece for job in jobs for piece in ("--job", job)]
    code = main(["ci", "join", *parts, *named, "--number", "7", "--head", HEAD, "--out", str(out)])
    return code, json.loads(out.read_text("utf-8"))["ready"] if out.exists() else {}


def test_the_worst_of_several_jobs_is_the_verdict(ready: dict[str, Any], tmp_path: Path) -> None:
    left = {"verdict": "not run", "reason": "left out", "reason-zh": "", "seconds": 0}
    steps = [{"name": name, **left} for name in ("check", "verify")]
    smoke = {"name": "smoke", "verdict": "passed", "reason": "1 card run", "reason-zh": "", "seconds": 1.5}
    run = {"name": UID, "file": "x.md", "verdict": "passed", "said": "runs", "reason": ""}
    first = part(ready, tmp_path / "1")
    second = part(ready, tmp_path / "2", verdict="ready", findings=[], steps=[*steps, smoke], runs=[run])

    code, whole = joined(tmp_path, first, second)

    assert (code, whole["verdict"], whole["runs"]) == (1, "mend", [run])
    assert [(step["name"], step["verdict"]) for step in whole["steps"]] == [
        ("check", "failed"),
        ("verify", "not run"),
        ("smoke", "passed"),
    ]
    assert whole["findings"] == ready["findings"]


def test_a_job_that_ended_without_a_result_makes_the_verdict_incomplete(ready: dict[str, Any], tmp_path: Path) -> None:
    fine = part(ready, tmp_path / "1", verdict="ready", findings=[])

    lost = joined(tmp_path, fine, jobs=("check=success", "smoke=failure"))
    skipped = joined(tmp_path, fine, jobs=("check=success", "smoke=skipped"))

    assert (lost[0], lost[1]["verdict"], lost[1]["failures"][0]["file"]) == (2, "incomplete", "smoke")
    assert (skipped[0], skipped[1]["verdict"]) == (0, "ready")


def test_without_any_part_there_is_no_verdict(tmp_path: Path, capsys) -> None:
    assert joined(tmp_path, str(tmp_path / "missing"))[0] == 2
    assert "the job that checks has failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cards", "waiting", "shards"), [(1, False, 1), (5, False, 2), (99, False, 4), (0, False, 0), (9, True, 0)]
)
def test_cards_are_run_in_shards(ready, tmp_path, capsys, cards: int, waiting: bool, shards: int) -> None:
    card = {"file": "x.md", "uid": None, "what": "new"}
    policy = {"maintainers": [], "waiting": {"reason": "x", "reason-zh": "x"} if waiting else None}
    gone = [{**card, "what": "removed"}] * 30

    code = main(["ci", "plan", part(ready, tmp_path / "1", cards=[card] * cards + gone, policy=policy)])

    line = capsys.readouterr().out.strip()
    assert code == 0
    assert json.loads(line.removeprefix("shards=")) == [f"{number}/{shards}" for number in range(1, shards + 1)]
