"""Which language is spoken: on the command line, in every format and on the site."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cards import UID, card_text, write_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.cli.arguments import LANGUAGES
from mindhub.localise import locale_language, localise
from mindhub.messages import LANGUAGES as SPOKEN
from mindhub.model import Failure
from mindhub.pages import Options as SiteOptions
from mindhub.pages import build_site
from mindhub.report.formats import FORMATS, Options, render
from mindhub.rules import ALL_RULES
from pages.sites import card, site
from reports import make_report

SAID = "'Apache2.0' 不是 SPDX 标识符；是否应为 'Apache-2.0'？"
MADE = re.compile(r"\b\d+\.\d+ ?s\b|[\d.]+ 秒")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_card(tmp_path / "registry", card_text("license: Apache2.0\n"))
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "registry"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_the_first_variable_that_is_set_decides(environment: dict[str, str], language: str) -> None:
    assert locale_language(environment) == language


def test_the_command_line_offers_what_is_spoken() -> None:
    assert LANGUAGES == SPOKEN


def test_lang_is_obeyed_by_the_text_output(registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(registry), "--lang", "zh"])

    out = capsys.readouterr().out
    assert f"警告 FD003  {SAID}  licence-not-spdx" in out
    assert MADE.sub("T", out).endswith("已检查 1 张卡片，用时 T：1 个警告\n")


def test_the_locale_counts_for_text_alone(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")

    main(["check", str(registry), "--format", "text", "--format", f"json={tmp_path / 'out.json'}"])

    assert SAID in capsys.readouterr().out
    assert "is not an SPDX identifier" in (tmp_path / "out.json").read_text(encoding="utf-8")


def test_a_language_asked_for_wins_over_the_locale(
    registry: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    main(["check", str(registry), "--lang", "en"])

    assert "is not an SPDX identifier" in capsys.readouterr().out


def test_the_summary_of_a_job_speaks_the_language_asked_for(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))

    main(["check", str(registry), "--format", "github", "--lang", "zh"])

    assert "MindHub：没有错误" in (tmp_path / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_speaks_chinese(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = make_report(Path("registry"))

    text = render(name, report, Options(language="zh"))

    assert "不是 SPDX 标识符" in text.replace("`", "")
    assert "is not an SPDX identifier" not in text


def test_only_messages_and_titles_of_the_json_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = make_report(Path("registry"))

    english, chinese = (json.loads(render("json", report, Options(language=one))) for one in SPOKEN)

    assert english != chinese
    for data in (english, chinese):
        for finding in data["findings"]:
            finding["message"] = ""
            finding["fix"] = finding["fix"] and {**finding["fix"], "title": ""}
            finding["related"] = [{**place, "message": ""} for place in finding["related"]]
    assert english == chinese


def test_a_fingerprint_is_the_same_in_every_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = make_report(Path("registry"))

    english, chinese = (json.loads(render("sarif", report, Options(language=one)))["runs"][0] for one in SPOKEN)

    marks = [[result["partialFingerprints"] for result in run["results"]] for run in (english, chinese)]
    assert len(marks[0]) > 5
    assert marks[0] == marks[1]
    assert (english.get("language"), chinese["language"]) == (None, "zh-CN")
    assert all(
        re.search("[\u4e00-\u9fff]", rule["shortDescription"]["text"]) for rule in chinese["tool"]["driver"]["rules"]
    )


def test_a_report_in_english_is_itself(registry: Path) -> None:
    report = check([registry])

    assert localise(report, "en") is report


def test_what_could_not_be_checked_is_said_in_chinese(registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(registry), "absent", "--lang", "zh"])

    assert "无法检查 absent：没有这个文件或文件夹" in capsys.readouterr().out


def test_a_failure_that_was_never_a_message_stays_as_it_is(registry: Path) -> None:
    report = replace(check([registry]), failures=(Failure("x", "because"),))

    assert localise(report, "zh").failures == (Failure("x", "because"),)


@pytest.mark.parametrize("verb", ["rules", "explain"])
def test_a_rule_is_explained_in_both_languages(verb: str, registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "AS001"]) == 0
    english = capsys.readouterr().out
    assert main([verb, "as001", "--lang", "zh"]) == 0
    chinese = capsys.readouterr().out

    assert english.startswith("AS001 sha256-malformed (error)\nThe sha256 is not 64 lower-case hexadecimal digits.\n")
    assert chinese.startswith("AS001 sha256-malformed (错误)\nsha256 不是 64 位小写十六进制数字。\n")
    assert "\n错误示例：\n    asset:" in chinese
    assert "\n正确示例：\n    asset:" in chinese


def test_explain_needs_a_rule_and_names_the_nearest(registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["explain"])
    capsys.readouterr()

    assert main(["explain", "AS01"]) == 2
    assert capsys.readouterr().err.startswith("mindhub explain: no rule is called 'AS01'; did you mean 'AS0")


def test_all_rules_are_listed_in_the_language_of_the_locale(
    registry: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")

    main(["rules"])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(ALL_RULES)
    assert all(re.search("[\u4e00-\u9fff]{2}", line.partition("  ")[2].partition("  ")[2]) for line in lines)


def test_the_chinese_pages_speak_chinese_about_rules_and_findings(registry: Path) -> None:
    report = check([registry])
    changes = {"findings": report.findings, "options": SiteOptions(languages=("en", "zh"))}

    pages = {
        path: data.decode()
        for path, data in build_site(site(card("license: Apache2.0\n"), **changes)).items()
        if path.endswith("html")
    }

    quoted = SAID.replace("'", "&#39;")
    assert quoted in pages[f"zh/{UID}/index.html"]
    assert quoted not in pages[f"{UID}/index.html"]
    assert "许可证不是 SPDX 标识符" in pages["zh/rules/FD003/index.html"]
    assert "读者按标识符筛选" in pages["zh/rules/FD003/index.html"]
    assert "许可证不是 SPDX 标识符" in pages["zh/rules/index.html"]
    assert "The licence is not an SPDX identifier" in pages["rules/FD003/index.html"]
