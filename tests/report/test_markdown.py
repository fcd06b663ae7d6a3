"""The Markdown summary."""

from __future__ import annotations

from mindhub.model import Failure, Report, Severity
from mindhub.report.markdown import COMMENT_LIMIT, MARKER, render
from reports import finding


def test_a_clean_run_says_so() -> None:
    assert render(Report((), ())) == (
        f"{MARKER}\n### MindHub: no errors\n\n0 cards checked: 0 errors, 0 warnings, 0 advice.\n"
    )


def test_what_is_waived_or_older_is_counted_apart() -> None:
    text = render(Report((), (finding(waiver="w"), finding(waiver="w", older=True), finding(older=True))))

    assert "0 errors, 0 warnings, 0 advice. Not counted: 2 that the registry waives. Not yours: 1 that stood" in text
    assert "|" not in text


def test_cards_with_most_errors_come_first_and_errors_before_the_rest() -> None:
    findings = (
        finding(file="a.md", severity=Severity.ADVICE),
        finding(file="b.md"),
        finding(file="c.md", severity=Severity.WARNING),
        finding(file="c.md"),
    )

    lines = render(Report((), findings), site="https://hub.example").splitlines()

    assert [line for line in lines if line.startswith("| `")] == [
        "| `c.md` | 1 | 1 | 0 |",
        "| `b.md` | 1 | 0 | 0 |",
        "| `a.md` | 0 | 0 | 1 |",
    ]
    assert [line.split(" | ")[:3] for line in lines[-4:]] == [
        ["| error", "`b.md:2:1`", "[FD003](https://hub.example/rules/FD003/)"],
        ["| error", "`c.md:2:1`", "[FD003](https://hub.example/rules/FD003/)"],
        ["| warning", "`c.md:2:1`", "[FD003](https://hub.example/rules/FD003/)"],
        ["| advice", "`a.md:2:1`", "[FD003](https://hub.example/rules/FD003/)"],
    ]


def test_without_a_site_rules_do_not_link() -> None:
    assert "| FD003 |" in render(Report((), (finding(),)))


def test_what_could_not_be_checked_is_never_a_pass() -> None:
    text = render(Report((), (), (Failure("x.md", "gone"),)))

    assert "MindHub: not everything could be checked" in text
    assert "| `x.md` | gone |" in text


def test_a_long_summary_is_cut_to_what_a_comment_holds_and_the_rest_counted() -> None:
    findings = tuple(finding(file=f"{number}.md", message="准" * 100) for number in range(3000))

    text = render(Report((), findings, tuple(Failure(f"{n}", "准" * 100) for n in range(3000))))

    assert COMMENT_LIMIT * 0.9 < len(text.encode()) <= COMMENT_LIMIT
    shown = text.count("| FD003 |")
    assert shown > 20
    assert f"… and {3000 - shown:,} more findings." in text
    assert "more failures." in text
    assert "more cards with findings." in text
