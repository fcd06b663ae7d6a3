"""mindhub.toml: what a registry decides, read with the place of every fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards import card_text, write_card
from mindhub import tomltext
from mindhub.check import check
from mindhub.config import parse_config
from mindhub.model import Severity
from mindhub.rules import ALL_RULES
from repositories import codes, judged, scratch

CODES = [rule.code for rule in ALL_RULES]
TEXT = """\
# a registry
title = "Ours"  # its name
archived = ["1.3",
  '1.4', # old
]
maintainers = ["Ann"]
"new-publishers" = false

[rules]
FD003 = "error"
FD006 = 'off'
[hosts]
allow = ["files.example.org"]
[limits]
embedded = "2MB"
new-issues = 3
[publishers]
ours = ["Bob", "eve"]
[site]
languages = ["zh"]
"""


def faults(text: str) -> list[tuple[str, str]]:
    """Return what is wrong with a file: the text that a problem points at, and what it says."""
    document = parse_config(text.encode(), Path("mindhub.toml"), CODES).document
    assert document is not None
    places = []
    for problem in document.problems:
        found = document.keys if problem.key else document.places
        start, end = problem.chars or found[problem.path]
        places.append((document.text[start:end], str(problem.message)))
    return places


def test_every_decision_is_read() -> None:
    config = parse_config(TEXT.encode(), Path("mindhub.toml"), CODES)

    assert faults(TEXT) == []
    assert (config.title, config.archived, config.new_publishers) == ("Ours", {"1.3", "1.4"}, False)
    assert (config.maintainers, config.writers) == ({"ann"}, {"ours": {"bob", "eve"}})
    assert config.severities == {"FD003": Severity.ERROR, "FD006": None}
    assert (config.hosts, config.embedded, config.new_issues) == (("files.example.org",), 2_000_000, 3)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("titel = 'x'", "titel", "did you mean 'title'?"),
        ("[rules]\nFD03 = 'error'", "FD03", "no rule has the code 'FD03'; did you mean 'FD003'?"),
        ("[rules]\nFD003 = 'fatal'", "'fatal'", "is not one of error, warning, advice, off"),
        ("[rules]\nFD003 = 'eror'", "'eror'", "did you mean 'error'?"),
        ("rules = {FD003 = 'error', RG007 = 'off'}", "RG007", "keeps its severity"),
        ("archived = ['1.3', 1.4]", "1.4", "is not text"),
        ("[limits]\nembedded = '900MB'", "'900MB'", "is more than 64MB"),
        ("[limits]\nembedded = '1 MB'", "'1 MB'", "does not have the form 1MB"),
        ("[limits]\nnew-issues = 1_000", "1_000", "is more than 100"),
        ("[publishers]\nours = ['@bob']", "'@bob'", "an account name, without @"),
        ("[[site]]\nbase-url = ''", "[[site]]", "is not a mapping"),
        ("site.base-url = 'hub'", "'hub'", "does not have the form https://…"),
    ],
)
def test_a_fault_is_found_where_it_stands(text: str, place: str, said: str) -> None:
    ((at, message), *rest) = faults(f"# a comment with = and [\n{text}\n")

    assert rest == []
    assert (at, said in message) == (place, True), message


def test_text_that_is_no_toml_is_a_fault_at_its_line(tmp_path: Path) -> None:
    write_card(tmp_path / "registry", card_text())
    (tmp_path / "registry" / "mindhub.toml").write_text('title = "x"\narchived = [\n  x\n]\n', encoding="utf-8")

    (finding,) = check([tmp_path / "registry"]).findings

    assert (finding.code, finding.span and finding.span.line) == ("RG007", 3)
    assert "not TOML" in finding.message


def test_a_wrong_key_does_not_undo_the_others() -> None:
    config = parse_config(b"title = 'x'\n[rules]\nFD003 = 'error'\nFD004 = 'x'\n", Path("mindhub.toml"), CODES)

    assert (config.title, config.severities) == ("x", {"FD003": Severity.ERROR})


def test_severities_count_and_rules_can_be_switched_off(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    write_card(root, card_text("license: Apache2.0\nupdate-time: tomorrow\n"))
    before = {finding.code: finding.severity for finding in check([root]).findings}

    (root / "mindhub.toml").write_text("[rules]\nFD003 = 'error'\nFD001 = 'off'\n", encoding="utf-8")

    assert before == {"FD001": Severity.WARNING, "FD003": Severity.WARNING}
    assert {finding.code: finding.severity for finding in check([root]).findings} == {"FD003": Severity.ERROR}


def test_a_change_cannot_switch_off_the_rule_that_it_breaks(tmp_path: Path) -> None:
    repository = scratch(tmp_path)
    repository.card()
    base = repository.commit()
    repository.card("license: Apache2.0\n")
    repository.write("mindhub.toml", "[rules]\nFD003 = 'off'\n")

    assert codes(judged(repository, base)) == ["FD003"]
    assert codes(judged(repository)) == []


def test_a_registry_allows_hosts_and_limits_what_lies_beside_its_cards(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    write_card(root, card_text("asset: [{file-format: ckpt, asset-link: 'https://files.example.org/raw/1/a.ckpt', "
                               "asset-sha256: " + "ab" * 32 + ", asset-size: 1}]\n"))  # fmt: skip
    before = {finding.code for finding in check([root]).findings}

    (root / "mindhub.toml").write_text("[hosts]\nallow = ['files.example.org']\n", encoding="utf-8")

    assert "AS005" in before
    assert "AS005" not in {finding.code for finding in check([root]).findings}

    import hashlib

    data = b"x" * 1500
    (root / "mindhub/2.3/a.ckpt").write_bytes(data)
    write_card(root, card_text("asset: [{file-format: ckpt, asset-link: a.ckpt, asset-size: 1500, asset-sha256: "
                               f"{hashlib.sha256(data).hexdigest()}}}]\n"))  # fmt: skip
    (root / "mindhub.toml").write_text("[limits]\nembedded = '1kB'\n", encoding="utf-8")

    (finding,) = check([root]).findings
    assert finding.code == "AS010"
    assert "may have 1,000" in finding.message


KEYS = st.text("ab-_9", min_size=1, max_size=4)
SCALARS = st.one_of(st.booleans(), st.integers(), st.text("ab\"'\\#[]{}=,\n é", max_size=8), st.dates())
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


def written(value: object) -> str:
    """Return a value as TOML, strings in the form of JSON, which TOML's basic strings include."""
    import json

    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + ", # c\n".join([*map(written, value), ""]) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {written(item)}' for key, item in value.items()) + "}"
    return str(value)


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=3))
def test_every_value_has_the_place_that_holds_it(top: dict[str, object], table: dict[str, object]) -> None:
    lines = [f"{key} = {written(value)}" for key, value in top.items()]
    lines += ['[t."a b"]', *(f"{key} = {written(value)}" for key, value in table.items())]
    text = "\n".join(lines)
    if "t" in top:
        return

    value, places, keys = tomltext.parse(text)

    assert value == {**top, "t": {"a b": table}}
    for prefix, held in (((), top), (("t", "a b"), table)):
        for key, item in held.items():
            start, end = places[*prefix, key]
            assert text[start:end] == written(item)
            start, end = keys[*prefix, key]
            assert text[start:end] == key
