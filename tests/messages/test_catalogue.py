"""The Chinese catalogue against the code, the schemas and the rules."""

from __future__ import annotations

import ast
import json
import re
import string
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import mindhub
from mindhub.frontmatter import read
from mindhub.messages import Message
from mindhub.resources import schema_dir
from mindhub.rules import ALL_RULES

PACKAGE = Path(mindhub.__file__).parent
CATALOGUES = PACKAGE / "locale" / "zh"
#: What takes a message, and the place of the message among its arguments.
TAKERS = {"Problem": 1, "Repair": 0, "Related": 2, "Failure": 1, "Embedded": 0, "fault": 1, "_refuse": 1}
CHINESE = re.compile("[\u4e00-\u9fff]")
CODE = re.compile(r"`[^`]+`")
#: Front matter that libyaml refuses, each for another reason.
REFUSED = (
    "a: [1, 2", "a: {b: 1", "a: 'x", 'a: "\\q"', "a: @x", "a: ]", "a: - b", "- a\nb: 1", "a: |0\n x", "a: &", "a: !<x",
    "a: \x01", "a: 'x' y", 'a: "\\x1"', "a: !x!y z", "a: > x", "a: b\n c\nd\ne: f",
)  # fmt: skip


def loaded(name: str) -> dict[str, Any]:
    return yaml.safe_load((CATALOGUES / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Return every call in the package whose function has a name, with where it stands."""
    return tuple(
        (f"{path.relative_to(PACKAGE)}:{node.lineno}", node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def templates() -> dict[str, str]:
    """Return every template that `say` and `many` are given, with a place where that is."""
    found: dict[str, str] = {}
    for place, call in calls():
        if isinstance(call.func, ast.Name) and call.func.id in ("say", "many") and not place.startswith("messages.py"):
            for argument in call.args[:1] if call.func.id == "say" else call.args[1:3]:
                assert isinstance(argument, ast.Constant), f"{place}: the template is no literal"
                found[argument.value] = place
    return found


def placeholders(template: str) -> set[tuple[str, str, str]]:
    parsed = string.Formatter().parse(template)
    return {(name, conversion or "", spec or "") for _, name, spec, conversion in parsed if name is not None}


def test_every_template_has_a_chinese_one_and_no_other_is_kept() -> None:
    used, known = templates(), loaded("messages")

    assert len(used) > 200
    assert {template: place for template, place in used.items() if template not in known} == {}
    assert [template for template in known if template not in used] == []


def test_a_chinese_template_has_the_placeholders_of_the_english_one() -> None:
    known = loaded("messages")

    assert len(known) > 200
    assert [text for text, said in known.items() if placeholders(text) != placeholders(said)] == []


def test_no_problem_is_made_of_a_text_that_cannot_be_translated() -> None:
    takers = [
        (place, call)
        for place, call in calls()
        # What a reader of checkpoints says of a file is no message of a rule.
        if name_of(call) in TAKERS and len(call.args) > TAKERS[name_of(call)] and not place.startswith("formats/")
    ]
    plain = [
        place
        for place, call in takers
        if isinstance(said := call.args[TAKERS[name_of(call)]], ast.JoinedStr)
        or (isinstance(said, ast.Constant) and isinstance(said.value, str) and said.value)
    ]

    assert len(takers) > 80
    assert plain == []


def test_every_rule_has_a_chinese_title_and_no_other_is_kept() -> None:
    known = loaded("rules")

    assert sorted(known) == sorted(rule.code for rule in ALL_RULES)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.code) for rule in ALL_RULES])
def test_a_rule_is_documented_in_chinese_as_far_as_in_english(rule: Any) -> None:
    known = loaded("rules")[rule.code]

    assert set(known) == {"title", "documentation"} if rule.documentation else {"title"}
    for english, chinese in ((rule.title, known["title"]), (rule.documentation, known.get("documentation", ""))):
        assert bool(CHINESE.search(chinese)) == bool(english)
        assert set(CODE.findall(chinese)) == set(CODE.findall(english))
        assert "\n" not in chinese  # a line break would become a space
    assert not known["title"].endswith("。")


def described(node: Any) -> set[str]:
    """Return what the card schema says about its keys, as messages and the pages of keys quote it."""
    if isinstance(node, list):
        return set().union(*map(described, node))
    if not isinstance(node, dict):
        return set()
    below = [*node.get("properties", {}).values(), node.get("items", {})]
    texts = {item.get("description", "") for item in below if isinstance(item, dict)}
    gists = {(text[:1] if text[1:2].isupper() else text[:1].lower()) + text[1:].rstrip(".") for text in texts if text}
    return gists.union(*map(described, node.values()))


def test_sentences_of_schemas_hosts_and_the_parser_are_known_and_no_others() -> None:
    schema = json.loads((schema_dir() / "card.schema.json").read_text(encoding="utf-8"))
    hosts = yaml.safe_load((schema_dir() / "vocabulary" / "hosts.yaml").read_text(encoding="utf-8"))
    remedies = {host["remedy"] for host in hosts.values() if " " in host.get("remedy", "")}
    faults = [read(f"---\n{text}\n---\n".encode(), {}).faults[0][1].message for text in REFUSED]
    problems = {str(message.values["problem"]) for message in faults if isinstance(message, Message)}

    said = described(schema) | remedies | problems

    assert len(problems) == len(REFUSED)
    assert sorted(loaded("data")) == sorted(said)
