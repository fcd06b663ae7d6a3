"""Scheduled runs: one issue for each cause, after days, closed by itself."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from cards import card_text, write_card
from fake_github import BOT, Fake
from mindhub.assets.ledger import Ledger
from mindhub.card import read_card
from mindhub.cli import main
from mindhub.hosting.causes import Trouble, address_troubles, causes, remember, smoke_troubles
from mindhub.hosting.issues import Open, Plan, plan, text, title
from mindhub.online import Reached
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary

DAY = dt.datetime(2026, 5, 1, 3, tzinfo=dt.UTC)
FILE = "https://{host}/models/{name}.ckpt"


def on(day: int) -> dt.datetime:
    return DAY + dt.timedelta(days=day)


def trouble(key: str, *cards: str, day: int = 0, **more: Any) -> Trouble:
    return Trouble(key, cards or ("a/1/b",), "no answer", on(day).date(), **more)


def lasting(*troubles: Trouble) -> dict[str, Any]:
    """Return what is remembered after the troubles were seen on three days."""
    seen: dict[str, Any] = {}
    for day in range(3):
        seen = remember(seen, [Trouble(t.key, t.cards, t.said, on(day).date(), t.silent, t.tool) for t in troubles])
    return seen


def keys(*troubles: Trouble, known: dict[str, Reached] | None = None) -> list[str]:
    return [cause.key for cause in causes(troubles, lasting(*troubles), known or {})]


def test_a_host_that_is_silent_is_one_cause_for_all_its_files() -> None:
    down = [trouble(f"https://files.example.org/{n}.ckpt", f"a/1/c{n}", silent=True) for n in range(5)]

    (cause,) = causes(down, lasting(*down), {})

    assert cause.key == "host files.example.org"
    assert cause.cards == tuple(f"a/1/c{n}" for n in range(5))
    assert cause.since == DAY.date()


def test_a_host_that_answers_elsewhere_is_not_to_blame() -> None:
    well = Reached("https://files.example.org/other", reached=DAY, checked=DAY)

    found = keys(trouble("https://files.example.org/a.ckpt", silent=True), known={well.url: well})

    assert found == ["card a/1/b"]


def test_a_repository_that_is_gone_is_one_cause() -> None:
    lost = [trouble(f"https://gitee.com/o/r/tree/{n}", f"a/1/c{n}") for n in range(3)]
    alive = Reached("https://gitee.com/o/r", reached=DAY, checked=DAY)

    assert keys(*lost) == ["repository https://gitee.com/o/r"]
    assert keys(*lost, known={alive.url: alive}) == [f"card a/1/c{n}" for n in range(3)]
    assert keys(lost[0]) == ["card a/1/c0"]


def test_a_new_mindspore_that_breaks_several_models_is_one_cause() -> None:
    def result(uid: str, version: str) -> dict[str, Any]:
        stage = {"name": "run", "verdict": "failed", "reason": "crashed"}
        evidence = {"uid": uid, "stages": [stage], "environment": {"mindspore": version}}
        return {"code": 1, "file": f"{uid}.md", "evidence": evidence}

    ran_with = {"a/1/b": "2.9.0", "a/1/c": "2.9.0", "a/1/d": "2.10.0"}
    results = [result(uid, "2.10.0") for uid in ran_with] + [{"code": 0, "file": "x"}, {"code": 2, "file": "y"}]
    found = list(smoke_troubles(results, ran_with, DAY.date()))

    made = causes(found, lasting(*found), {})

    assert [(cause.key, cause.cards) for cause in made] == [
        ("tool mindspore 2.10.0", ("a/1/b", "a/1/c")),
        ("card a/1/d", ("a/1/d",)),
    ]
    assert made[1].troubles[0].said == "run: crashed"


def test_what_failed_on_fewer_than_three_days_is_not_said_yet() -> None:
    one = trouble("https://h.example.org/a", silent=True)
    twice = remember(remember(remember({}, [one]), [one]), [trouble(one.key, day=1, silent=True)])

    assert twice[one.key].days == 2
    assert causes([one], twice, {}) == []


def test_what_went_well_in_between_begins_anew() -> None:
    one = trouble("https://h.example.org/a", silent=True)
    gone = remember(remember({}, [one]), [])

    assert gone == {}
    assert remember(gone, [trouble(one.key, day=5)])[one.key].days == 1


def test_issues_follow_the_causes() -> None:
    first = [trouble("https://a.example.org/x", silent=True), trouble("https://b.example.org/x", silent=True)]
    found = causes(first, lasting(*first), {})
    opened = [Open(1, "host a.example.org", text(found[0])), Open(2, "host gone.example.org", "x")]

    assert plan(found, opened, 10) == Plan(create=((title(found[1]), text(found[1])),), close=(2,))
    assert plan(found, [Open(1, "host a.example.org", "old")], 0) == Plan(update=((1, text(found[0])),), later=1)
    assert plan(found, [*opened, Open(3, "host a.example.org", "twice")], 10).close == (2, 3)


def test_a_key_cannot_end_its_mark() -> None:
    evil = [trouble("https://a--><img>@all/x", silent=True)]
    (cause,) = causes(evil, lasting(*evil), {})

    assert text(cause).split("\n")[0].count("-->") == 1
    assert "@" not in title(cause)
    assert plan([cause], [Open(1, "host a--%3E%3Cimg%3E@all", text(cause))], 10) == Plan()


def registry(folder: Path, hosts: int) -> Path:
    root = folder / "registry"
    for number in range(hosts):
        uid = f"mindhub/2.3/lenet{number}_mnist"
        patch = f"asset: [{{file-format: ckpt, asset-link: 'https://h{number}.example.org/a.ckpt'}}]\n# no repo-link\n"
        write_card(root, card_text(patch, uid=uid), uid)
    return root


def note(path: Path, day: int, hosts: int, *, well: bool = False) -> None:
    """Write into the ledger what a run on a day has found."""
    with Ledger(path) as ledger:
        for number in range(hosts):
            url = f"https://h{number}.example.org/a.ckpt"
            answer = Reached(url) if well else Reached(url, kind="unreachable", message="no route to host")
            ledger.note(answer, on(day))


def run(tmp_path: Path, root: Path, *more: str) -> int:
    state = ["--ledger", str(tmp_path / "ledger"), "--state", str(tmp_path / "seen.json")]
    return main(["ci", "issues", "--registry", str(root), *state, *more])


def opened(github: Fake) -> list[str]:
    return sorted(one["title"] for one in github.state.issues.values() if one["state"] == "open")


def test_an_outage_of_days_is_one_issue_that_closes_when_it_is_over(github: Fake, tmp_path: Path) -> None:
    root = registry(tmp_path, 1)
    counts = []
    for day in range(5):
        note(tmp_path / "ledger", day, 1)
        assert run(tmp_path, root) == 0
        counts.append(len(opened(github)))
    note(tmp_path / "ledger", 5, 1, well=True)
    assert run(tmp_path, root) == 0

    assert counts == [0, 0, 1, 1, 1]
    (issue,) = github.state.issues.values()
    assert issue["title"] == "h0.example.org does not answer"
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert "mindhub/2.3/lenet0_mnist" in issue["body"]
    assert "works again" in github.state.comments[issue["number"]][0]["body"]


def test_an_outage_of_a_host_changes_the_last_day_of_an_address_and_nothing_else(tmp_path: Path) -> None:
    root = registry(tmp_path, 1)
    note(tmp_path / "ledger", 0, 1, well=True)
    with Ledger(tmp_path / "ledger") as ledger:
        (before,) = ledger
    note(tmp_path / "ledger", 8, 1)
    with Ledger(tmp_path / "ledger") as ledger:
        (after,) = ledger

    assert (before.alive, after.alive) == (True, True)
    assert before.reached == after.reached == DAY
    assert after.checked == on(8)
    card = read_card(next(iter(Registry(root).files())), load_vocabulary())
    assert [one.silent for one in address_troubles([card], {after.url: after})] == [True]


def test_one_run_opens_ten_issues_at_most_and_the_next_the_rest(github: Fake, tmp_path: Path, capsys) -> None:
    root = registry(tmp_path, 12)
    for day in range(3):
        note(tmp_path / "ledger", day, 12)
        run(tmp_path, root)
    first = len(opened(github))
    said = capsys.readouterr().out
    run(tmp_path, root)

    assert (first, len(opened(github))) == (10, 12)
    assert "10 to open, 0 to change, 0 to close, 2 left for the next run" in said


def test_a_registry_decides_how_many(github: Fake, tmp_path: Path) -> None:
    root = registry(tmp_path, 4)
    (root / "mindhub.toml").write_text("[limits]\nnew-issues = 1\n", encoding="utf-8")
    for day in range(3):
        note(tmp_path / "ledger", day, 4)
        run(tmp_path, root)

    assert len(opened(github)) == 1


def test_an_issue_that_somebody_else_opened_is_left_alone(github: Fake, tmp_path: Path) -> None:
    body = "<!-- mindhub cause: host x.example.org -->\nmine"
    github.state.issues[1] = {"number": 1, "user": {"login": "mallory"}, "state": "open", "body": body, "title": "t",
                              "labels": [{"name": "mindhub"}]}  # fmt: skip

    assert run(tmp_path, registry(tmp_path, 1)) == 0
    assert github.state.issues[1]["state"] == "open"


def test_a_dry_run_changes_nothing(github: Fake, tmp_path: Path, capsys) -> None:
    root = registry(tmp_path, 1)
    for day in range(3):
        note(tmp_path / "ledger", day, 1)
        run(tmp_path, root, "--dry-run")

    assert github.state.issues == {}
    assert "new: h0.example.org does not answer" in capsys.readouterr().out


def test_models_that_fail_are_told_too(github: Fake, tmp_path: Path) -> None:
    root = registry(tmp_path, 1)
    stage = {"name": "load", "verdict": "failed", "reason": "a parameter is missing"}
    evidence = {"uid": "mindhub/2.3/lenet0_mnist", "stages": [stage], "environment": {"mindspore": "2.10.0"}}
    results = {"results": [{"code": 1, "file": "x.md", "evidence": evidence}]}
    (tmp_path / "smoke.json").write_text(json.dumps(results), encoding="utf-8")
    seen = {"first": "2026-01-01", "last": "2026-01-02", "days": 2}
    state = {"version": 1, "troubles": {"smoke mindhub/2.3/lenet0_mnist": seen}}
    (tmp_path / "seen.json").write_text(json.dumps(state), encoding="utf-8")

    assert run(tmp_path, root, "--smoke", str(tmp_path / "smoke.json")) == 0

    assert opened(github) == ["mindhub/2.3/lenet0_mnist does not work as it says"]
    assert "since 2026-01-01" in next(iter(github.state.issues.values()))["body"].lower()


def test_a_damaged_state_begins_counting_anew(github: Fake, tmp_path: Path) -> None:
    (tmp_path / "seen.json").write_text("{", encoding="utf-8")
    note(tmp_path / "ledger", 0, 1)

    assert run(tmp_path, registry(tmp_path, 1)) == 0
    assert json.loads((tmp_path / "seen.json").read_text())["troubles"]["https://h0.example.org/a.ckpt"]["days"] == 1
    assert BOT not in [issue["user"]["login"] for issue in github.state.issues.values()]
