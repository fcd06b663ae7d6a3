"""Whose business a change is, and which models may run."""

from __future__ import annotations

import pytest

from mindhub.config import Config
from mindhub.policy import ADDED, CHANGED, REMOVED, Author, Change, Policy, Standing, judge
from mindhub.publishers import Publisher

OURS = Publisher("ours", "Ours", ("Ann",), "a@example.org")
STANDING = Standing(
    {"ours": OURS, "others": Publisher("others", "Others", ("bob",), "b@example.org")},
    frozenset({"ours", "others", "orphan"}),
    Config(maintainers=frozenset({"root"}), writers={"others": frozenset({"eve"})}),
)
CARD = Change("registry/ours/2.3/lenet.md", ADDED)


def judged(*changes: Change, by: str = "ann", approved: bool = False, **more: object) -> Policy:
    return judge(changes, Author(by, approved), STANDING, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("by", ["ann", "ANN", ""])
@pytest.mark.parametrize(
    "path", ["ours/2.3/lenet.md", "ours/2.3/lenet.zh.md", "ours/gpu/1.8/x.md", "ours/2.3/lenet.ckpt", "ours/2.3/a.PNG"]
)
def test_an_owner_decides_about_the_publishers_cards_and_what_lies_beside(by: str, path: str) -> None:
    policy = judged(Change(f"registry/{path}", CHANGED), by=by)

    assert policy.for_maintainers == ()
    assert policy.waiting is None


@pytest.mark.parametrize(
    ("path", "area", "said"),
    [
        ("registry/others/2.3/x.md", "other-publisher", "'others' is kept by bob, eve, and ann is not among them"),
        ("registry/orphan/2.3/x.md", "other-publisher", "nobody is named as the owner of 'orphan'"),
        ("registry/ours/publisher.yaml", "publisher", "who may write under 'ours'"),
        ("registry/ours/2.3/x.evidence.json", "evidence", "the registry's own run"),
        ("registry/ours/2.3/x.evidence.jsonl", "evidence", "the registry's own run"),
        ("registry/ours/2.3/x.SVG", "drawing", "code that browsers run"),
        ("registry/ours/2.3/run.py", "other", "no card"),
        ("registry/networks/lenet.py", "network", "a maintainer reads it first"),
        ("registry/training/lenet.py", "network", "a maintainer reads it first"),
        ("registry/mindhub.toml", "registry", "asks of everybody"),
        ("registry/waivers.yaml", "registry", "answer for"),
        ("registry/baseline.json", "registry", "own run"),
        ("registry/aliases.yaml", "registry", "an old name"),
        ("registry/README.md", "other", "no card"),
        ("registry/.gitattributes", "other", "no card"),
        ("registry/.hidden/2.3/x.md", "other", "no card"),
        ("schema/vocabulary/datasets.yaml", "schema", "once it is merged"),
        (".github/workflows/pull-request.yml", "workflow", "rights of the registry"),
        ("action.yml", "workflow", "rights of the registry"),
        ("validator/mindhub/gate.py", "validator", "the base's has judged"),
        ("site/templates/card.html", "validator", "the base's has judged"),
        ("pyproject.toml", "validator", "the base's has judged"),
        ("docs/outputs.md", "other", "no card"),
        (".gitattributes", "other", "no card"),
    ],
)
def test_everything_else_needs_a_maintainer_with_the_reason(path: str, area: str, said: str) -> None:
    (ruling,) = judged(Change(path, CHANGED)).for_maintainers

    assert (ruling.path, ruling.area) == (path, area)
    assert said in str(ruling.reason)


def test_who_may_write_by_the_registrys_configuration_is_no_stranger() -> None:
    assert judged(Change("registry/others/2.3/x.md", CHANGED), by="Eve").for_maintainers == ()


def test_a_symbolic_link_where_a_card_belongs_needs_a_maintainer() -> None:
    (ruling,) = judged(Change("registry/ours/2.3/x.md", ADDED, regular=False)).for_maintainers

    assert ruling.area == "link"


def test_a_removed_card_of_another_publisher_is_told_apart() -> None:
    (ruling,) = judged(Change("registry/others/2.3/x.md", REMOVED)).for_maintainers

    assert ruling.what == "removed"


NEW = (Change("registry/fresh/publisher.yaml", ADDED), Change("registry/fresh/2.3/x.md", ADDED))
FRESH = Publisher("fresh", "Fresh", ("dan",), "d@example.org")


def test_a_first_card_may_bring_a_new_publisher() -> None:
    policy = judged(*NEW, by="Dan", brought={"fresh": FRESH})

    assert policy.for_maintainers == ()
    assert {ruling.area for ruling in policy.rulings} == {"new-publisher"}


@pytest.mark.parametrize(
    ("changes", "by", "brought", "said"),
    [
        (NEW, "mallory", {"fresh": FRESH}, "mallory is not among the owners of the new publisher 'fresh'"),
        (NEW[1:], "dan", {}, "in fresh/publisher.yaml"),
        (NEW[:1], "dan", {"fresh": FRESH}, "with its first card"),
        ((Change("registry/Ours/2.3/x.md", ADDED),), "dan", {}, "differs from the publisher 'ours' in case alone"),
    ],
)
def test_a_new_publisher_that_is_not_what_it_should_be_needs_a_maintainer(changes, by, brought, said) -> None:
    rulings = judged(*changes, by=by, brought=brought).for_maintainers

    assert len(rulings) == len(changes)
    assert all(said in str(ruling.reason) for ruling in rulings)


def test_a_registry_may_take_new_publishers_by_invitation_only() -> None:
    closed = Standing(config=Config(new_publishers=False))

    policy = judge(NEW, Author("dan"), closed, brought={"fresh": FRESH})

    assert all("by invitation" in str(ruling.reason) for ruling in policy.for_maintainers)
    assert len(policy.for_maintainers) == 2


@pytest.mark.parametrize(
    ("by", "approved", "path", "waits"),
    [
        ("dan", False, "registry/ours/2.3/x.md", "new here"),
        ("dan", True, "registry/ours/2.3/x.md", None),
        ("ann", False, "registry/ours/2.3/x.md", None),
        ("ann", False, "registry/networks/x.py", "code of a network"),
        ("root", False, "registry/networks/x.py", None),
        ("", False, "registry/networks/x.py", None),
    ],
)
def test_models_run_for_who_is_known_here_or_was_approved(by, approved, path, waits) -> None:
    waiting = judged(Change(path, ADDED), by=by, approved=approved).waiting

    assert (waits in str(waiting)) if waits else waiting is None


def test_a_registry_may_be_a_whole_repository() -> None:
    changes = [Change(path, ADDED) for path in ("ours/2.3/x.md", ".github/workflows/a.yml", "mindhub.toml", "schema/x")]

    rulings = judged(*changes, registry="").rulings

    assert [ruling.area for ruling in rulings] == ["card", "workflow", "registry", "schema"]


def test_a_change_gives_nobody_rights() -> None:
    brought = {"others": Publisher("others", "Others", ("mallory",), "m@example.org")}

    policy = judged(Change("registry/others/2.3/x.md", CHANGED), by="mallory", brought=brought)

    assert len(policy.for_maintainers) == 1
    assert policy.waiting is not None
