"""Each rule against its own examples: the bad one is rejected by it alone, the good one by none."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from cards import OTHER, SHA, UID, card_text, write_card, write_network_run, write_record
from growth import no_explosion
from mindhub.check import check
from mindhub.facts import Facts, load_facts
from mindhub.messages import translate
from mindhub.model import Report
from mindhub.online import Reached
from mindhub.rules import ALL_RULES
from mindhub.rules.base import Rule
from repositories import scratch

EXAMPLES = [pytest.param(rule, id=rule.code) for rule in ALL_RULES]


def codes(rule: Rule, example: str, root: Path) -> set[str]:  # noqa: C901, PLR0911 - one for each kind of example
    """Return the codes of all findings about an example, put into a registry as its kind asks."""
    if rule.example == "file":
        data = (
            example.encode().decode("unicode_escape").encode("latin-1") if "\\" in example else f"{example}\n".encode()
        )
        write_card(root, data)
        return counting(root)
    if rule.example in ("history", "baseline"):
        return after_a_change(rule.example, example, root)
    if rule.example == "waivers":
        waivers, _, patch = example.partition("waives\n")
        (root / "waivers.yaml").write_text(waivers + "\n", encoding="utf-8")
        write_card(root, card_text(patch))
        return counting(root)
    if rule.example == "translation":
        write_card(root, card_text())
        write_card(root, example + "\n", f"{UID}.zh")
        return counting(root)
    if rule.example == "record":
        write_record(write_card(root, card_text()), root, yaml.safe_load(example))
        return counting(root)
    if rule.example == "network-run":
        write_network_run(write_card(root, card_text()), root, yaml.safe_load(example))
        return counting(root)
    if rule.example == "online":
        patch, _, answers = example.partition("answer\n")
        write_card(root, card_text(patch))
        return counting(root, facts=replace(load_facts(), online=answering(answers)))
    if rule.example == "path":
        for place in re.findall(r"\S+\.md", example):
            uid = place.removeprefix("registry/").removesuffix(".md")
            version = re.search(r"/(\d+\.\d+)/", place)
            patch = f'mindspore-version: "{version[1]}"\nrepo-link: https://gitee.com/a/b\n' if version else ""
            number = len(list(root.parent.rglob("*.md")))
            if number:  # of two cards the second has files and a name of its own
                patch += f"model-name: lenet{number}\n" + asset(f"https://gitee.com/a/{number}.ckpt", OTHER)
            target = root if place.startswith("registry/") else root.parent / "elsewhere"
            write_card(target, card_text(patch, uid=uid), uid)
        return counting(root.parent / "elsewhere" if target != root else root)
    if rule.example == "cards":
        first, joint, second = re.split(r"^(and(?:, in another version)?)\n", example, flags=re.MULTILINE)
        elsewhere = "another" in joint
        uid = "mindhub/2.4/lenet_mnist" if elsewhere else "mindhub/2.3/lenet2_mnist"
        version = 'mindspore-version: "2.4"\nrepo-link: https://gitee.com/a/b\n' if elsewhere else ""
        write_card(root, card_text(hashes(first)))
        default = "" if "asset:" in second else asset("https://gitee.com/a/b/raw/1/other.ckpt", OTHER)
        write_card(root, card_text(version + default + hashes(second), uid=uid), uid)
        return counting(root)
    patch, body = (example, "") if rule.example == "front" else ("", example)
    stated = re.search(r'^mindspore-version: "(.+)"', patch, re.MULTILINE)
    uid = f"mindhub/{stated[1]}/lenet_mnist" if stated else UID
    write_card(root, card_text(patch, body=body, uid=uid), uid)
    return counting(root)


def after_a_change(kind: str, example: str, root: Path) -> set[str]:
    """Return the codes of the findings that the last step of an example brings against those before it."""
    repository = scratch(root.parent / "repository")
    versions, _, copy = example.partition("and, in another version\n")
    steps = [(kind, text) for text in versions.split("becomes\n")] + ([("copy", copy)] if copy else [])
    repository.card()
    for name, text in steps:
        base = repository.commit()
        if name == "baseline":
            repository.write("baseline.json", text)
        elif "is gone" in text:
            (repository.root / f"{UID}.md").unlink()
        elif name == "copy":
            uid = "mindhub/2.4/lenet_mnist"
            version = 'mindspore-version: "2.4"\nrepo-link: https://gitee.com/a/b\n'
            repository.card(version + asset("https://gitee.com/a/b/raw/1/other.ckpt", OTHER) + text, uid)
        else:
            repository.card(hashes(text))
    return counting(repository.root, base)


def answering(text: str) -> dict[str, Reached]:
    """Read what addresses answer; today, where an example does not say when."""
    now = dt.datetime.now(dt.UTC)
    return {url: Reached(url, **{"reached": now, **fields}) for url, fields in yaml.safe_load(text).items()}


def counting(root: Path, base: str | None = None, facts: Facts | None = None) -> set[str]:
    """Return the codes of the findings that nothing excuses."""
    report = check([root], base=base, facts=facts)
    assert report.failures == ()
    assert untranslated(report) == []
    return {f.code for f in report.findings if f.waiver is None and not f.older}


def untranslated(report: Report) -> list[str]:
    """Return what a report says that is the same in Chinese."""
    fixes = [finding.fix.title for finding in report.findings if finding.fix]
    related = [place.message for finding in report.findings for place in finding.related]
    said = [*(finding.message for finding in report.findings), *fixes, *related]
    return [message for message in said if translate(message, "zh") == message]


def asset(link: str, sha256: str) -> str:
    return f"asset:\n  - file-format: ckpt\n    asset-link: {link}\n    asset-sha256: {sha256}\n    asset-size: 1\n"


def hashes(text: str) -> str:
    return text.replace("SHA}", f"{SHA}, asset-size: 1}}").replace("OTHER}", f"{OTHER}, asset-size: 1}}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    return folder


def test_a_valid_card_has_no_finding(root: Path) -> None:
    write_card(root, card_text())

    report = check([root])

    assert [str(f) for f in report.findings] == []
    assert len(report.cards) == 1


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_bad_example_is_rejected_by_its_rule_alone(rule: Rule, root: Path) -> None:
    found = codes(rule, rule.bad, root)

    if rule.example == "file":  # a fragment of a card: what it lacks is found as well
        assert rule.code in found
    else:
        assert found == {rule.code}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_good_example_is_accepted(rule: Rule, root: Path) -> None:
    found = codes(rule, rule.good, root)

    assert rule.code not in found
    if rule.example != "file":
        assert found == set()


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("RD001", lambda text: b"\xef\xbb\xbf" + text),
        ("RD002", lambda text: text.replace(b"---\n", b"")),
        ("RD007", lambda text: text.replace(b"\n", b"\r\n")),
        ("RD008", lambda text: b"# lenet\n\n" + text),
    ],
)
def test_a_fault_of_the_whole_file_is_rejected_by_its_rule_alone(code: str, change, root: Path) -> None:
    write_card(root, change(card_text().encode()))

    assert {f.code for f in check([root]).findings} == {code}


@pytest.mark.parametrize(
    "rule", [rule for rule in ALL_RULES if rule.source and not rule.registry_wide], ids=lambda rule: rule.code
)
def test_a_rule_finds_nothing_without_what_it_says_it_looks_at(rule: Rule, root: Path) -> None:
    write_card(root, card_text("author: A\nauthor: B\nlisence: MIT\nfine-tunable: maybe"))
    facts = load_facts()
    (card,) = check([root], facts=facts).cards

    found = list(rule.check(replace(card, faults=()) if rule.source == "faults" else card, facts))

    assert card.faults
    assert not found


class Watched:
    """A card or facts, and the names of the fields that somebody looks at."""

    def __init__(self, thing: object, seen: set[str]) -> None:
        self._thing, self._seen = thing, seen

    def __getattr__(self, name: str) -> object:
        self._seen.add(name)
        return getattr(self._thing, name)


@pytest.mark.parametrize("example", ["bad", "good"])
@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if rule.reads is not None], ids=lambda rule: rule.code)
def test_a_rule_looks_at_no_field_but_those_that_it_says_it_reads(
    rule: Rule, example: str, root: Path, monkeypatch
) -> None:
    seen: set[str] = set()

    def watched(cards, facts):
        list(rule.check([Watched(card, seen) for card in cards], Watched(facts, seen)))
        yield from rule.check(cards, facts)

    rules = tuple(replace(each, check=watched) if each is rule else each for each in ALL_RULES)
    monkeypatch.setattr("mindhub.check.ALL_RULES", rules)

    codes(rule, getattr(rule, example), root)

    assert rule.registry_wide
    assert seen
    assert seen <= {*rule.reads, "vocabulary", "books"}


def test_every_code_is_used_once() -> None:
    codes_in_use = [rule.code for rule in ALL_RULES]

    assert len(codes_in_use) >= 45
    assert sorted(codes_in_use) == sorted(set(codes_in_use))
    assert len({rule.slug for rule in ALL_RULES}) == len(ALL_RULES)


@pytest.mark.parametrize("rule", EXAMPLES)
def test_every_rule_is_documented(rule: Rule) -> None:
    assert rule.title[0].isupper() or rule.title[0] == "`"
    assert rule.bad
    assert rule.good


@pytest.mark.parametrize(("value", "found"), [(0.1532, set()), (0.1533, {"EV003"})])
def test_a_fraction_is_a_percentage_in_a_file_name(root: Path, value: float, found: set[str]) -> None:
    link = "https://download.mindspore.cn/models/r2.3/lenet_mnist_hr15.32.ckpt"
    write_card(root, card_text(f"evaluation: [{{metric: hit-rate, value: {value}}}]\n" + asset(link, SHA)))

    assert {f.code for f in check([root]).findings} == found


LONG = 200_000


@pytest.mark.parametrize("key", ["evaluation", "update-time", "license", "train-dataset", "module-type", "repo-link"])
@pytest.mark.parametrize("value", ["1", "a", "a|", "top1acc", "-", "n/", ". ", "https://a.", "<https:"])
def test_a_value_of_any_length_is_judged_at_once(root: Path, key: str, value: str) -> None:
    write_card(root, card_text(f"{key}: '{value * LONG}'\n"))

    with no_explosion():
        report = check([root])

    assert report.failures == ()


@pytest.mark.parametrize(
    "body", ["# " + "#" * LONG + " x", "# " + " " * LONG + "x", "[" * LONG, "*a " * LONG, "`" * LONG]
)
def test_a_text_of_any_length_is_judged_at_once(root: Path, body: str) -> None:
    write_card(root, card_text(body=f"{body}\n"))

    with no_explosion():
        report = check([root])

    assert report.failures == ()
