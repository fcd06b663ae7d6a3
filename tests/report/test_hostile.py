"""Text of cards that tries to act: in a log of GitHub's runner, a terminal, a comment, XML."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from mindhub.model import Report, Severity
from mindhub.report.escape import visible
from mindhub.report.formats import FORMATS, Options, render
from mindhub.report.markdown import code, prose
from reports import HOSTILE, finding, hostile_report

COMMAND = re.compile(r"\s*::|.*##\[")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "github"])
def test_no_line_of_any_format_starts_a_command_of_the_runner(name: str) -> None:
    lines = render(name, hostile_report()).split("\n")

    assert len(lines) >= 5
    assert [line for line in lines if COMMAND.match(line)] == []


def test_a_file_whose_name_is_a_command_heads_its_findings_harmlessly() -> None:
    text = render("text", Report((), (finding(file="::error::x.md"),)))

    assert text.startswith("./::error::x.md\n")


def test_annotations_are_the_only_commands() -> None:
    lines = render("github", hostile_report()).splitlines()

    assert [line.split(" ", 1)[0] for line in lines] == ["::error", "::error", "::warning", "::notice"]
    for line in lines:
        head, message = line[2:].split("::", 1)
        assert "%0A" not in message.replace("%250A", "")
        assert [pair.partition("=")[0] for pair in head.split(" ", 1)[1].split(",")] in (
            ["title"],
            ["file", "line", "endLine", "col", "endColumn", "title"],
        )


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_character_or_surrogate_gets_out(name: str) -> None:
    text = render(name, hostile_report(), Options(site="https://hub.example"))

    text.encode()
    assert not set(text) & {chr(at) for at in range(32) if at != 10}
    assert "\ufffe" not in text or name in {"json", "sarif", "rdjson"}


def test_the_xml_reads_back() -> None:
    root = ET.fromstring(render("junit", hostile_report()))

    failure = root.find(".//failure")
    assert failure is not None
    assert "onerror=y> [l](javascript:m) ]]> &" in str(failure.text)


@pytest.mark.parametrize("name", ["json", "sarif", "rdjson"])
def test_json_gives_back_the_very_text(name: str) -> None:
    message = "##[add-path]/c \x1b[31m\u202e"

    text = render(name, Report((), (finding(message=message),)))

    assert "##[" not in text
    assert message in json.dumps(json.loads(text), ensure_ascii=False).replace("\\u001b", "\x1b")


def test_a_message_of_sarif_makes_no_link() -> None:
    text = render("sarif", hostile_report())

    assert "[l] (javascript:m)" in text
    assert "](javascript" not in json.loads(text)["runs"][0]["results"][0]["message"]["text"]


def test_markdown_has_no_link_but_those_to_rules_and_no_html() -> None:
    text = render("markdown", hostile_report(), Options(site="https://hub.example"))

    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert re.findall(r'href="([^"]*)"', html) == ["https://hub.example/rules/FD003/"] * 3
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {
        "h3",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "a",
    }
    assert html.count("<tr>") == 1 + 1 + 1 + 1 + 1 + 3


@pytest.mark.parametrize("text", [HOSTILE, "a|b", "a\\|b", "\\", "`", "``", "`a`|`b`", "", " ", "||", "x\\"])
def test_a_cell_stays_one_cell_and_what_it_quotes_is_code(text: str) -> None:
    row = f"| a | b |\n|---|---|\n| {prose(text)} | {code(text)} |\n"

    html = MarkdownIt("commonmark").enable("table").render(row)

    assert html.count("<td") == 2
    last = re.search(r"<code>([^<]*)</code></td>\n</tr>", html)
    assert last is not None
    words = re.sub(r"<code>[^<]*</code>|<[^>]*>", " ", html).split()
    assert [word for word in words if word.strip("(),;?") and not word.strip("(),;?").isalnum()] == []


@pytest.mark.parametrize(
    "word",
    ["@octocat", "a@b.example", "#12", "GH-12", "JIRA-1", "deadbeef", "0a1b2c3d", "www.x.example", "https://x.example",
     "a/b#1", "*a*", "_a_", "<b>", ":tada:", "1234567", "&lt", "~~a~~", "!"],
)  # fmt: skip
def test_whatever_a_renderer_may_turn_into_something_is_code(word: str) -> None:
    assert prose(f"see {word} there") == f"see `{word}` there"


def test_plain_words_of_any_language_are_prose() -> None:
    assert prose("it isn't known; did you mean 12 of (these)?") == "it isn't known; did you mean 12 of (these)?"
    assert prose("许可证，不在 “列表” 中。") == "许可证，不在 “列表” 中。"


def test_punctuation_of_the_sentence_stays_outside_of_code() -> None:
    assert prose("'a' is not; did you (see 'a:b') mean 'b'?") == "`'a'` is not; did you (see `'a:b'`) mean `'b'`?"
    assert prose("a:b(c) d:e)?") == "`a:b(c) d:e`)?"
    assert prose("a:b??") == "`a:b`??"


def test_visible_text_keeps_its_length() -> None:
    assert len(visible(HOSTILE)) == len(HOSTILE)
    assert visible("a\tb\x1b\x7f\x85\u202e##[x") == "a b␛␡��##⟦x"


def test_severity_of_hostile_findings_is_not_theirs_to_choose() -> None:
    report = hostile_report()

    text = render("github", replace(report, failures=()), Options(shown=Severity.ERROR))

    assert text.count("\n") == 1
    assert text.startswith("::error ")
