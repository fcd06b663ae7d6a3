"""A small registry with faults of every kind, and the Report of one run over it: for tests of the outputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cards import UID, card_text, write_card
from mindhub.check import Selection, check
from mindhub.model import Edit, Failure, Finding, Fix, Report, Severity, Span

#: Rules that make the findings, so that a new rule does not change what the outputs look like.
RULES = ("RD001", "RD002", "RD005", "SC001", "FD003", "EV001", "EV002", "BD004", "AS002")
#: Text that tries to act wherever it is put: in a log, a terminal, a table, a comment, a message, XML.
HOSTILE = (
    "\x1b[31m\x00\x07 ::error::a\r\n::add-mask::b\n##[add-path]/c |x\\|y `z``` @octocat a@b.example GH-12 #7 %0A %25"
    " deadbeef01 https://evil.example www.evil.example <img src=x onerror=y> [l](javascript:m) ]]> & \u202e"
    "\ufffe\udc80 {0}"
)


def make_registry(root: Path) -> None:
    """Write the cards: a good one, one with a few faults, one in CRLF and wide characters, one that is none."""
    write_card(root, card_text())
    faulty = 'license: Apache2.0\nevaluation: top1acc1 | top1acc2\nauthor: "作者 | `<b>` @all"\nlicense: MIT\n'
    uid = "mindhub/2.3/lenet_faulty_mnist"
    write_card(root, card_text(faulty, uid=uid, body="[x](javascript:y)\n"), uid)
    uid = "mindhub/2.3/lenet_wide_mnist"
    asset = "asset:\n  - file-format: ckpt\n    asset-link: https://gitee.com/a/b/raw/1/x.ckpt\n    asset-size: 1\n"
    wide = card_text(f"evaluation: 准确率 97\nsummary: 图像\t分类\nlicense: 'Apache2.0' # 许可证\n{asset}", uid=uid)
    write_card(root, b"\xef\xbb\xbf" + wide.replace("\n", "\r\n").encode(), uid)
    write_card(root, b"no card at all", "mindhub/2.3/lenet_text")


def make_report(root: Path) -> Report:
    """Check the registry and add what a run of these rules alone has not: a waiver, an older finding, a failure."""
    make_registry(root)
    report = check([root], root=root, selection=Selection(RULES))
    findings = [
        replace(finding, waiver="known since 2024, see the | list") if finding.code == "EV002" else finding
        for finding in report.findings
    ]
    findings = [replace(finding, older=finding.code == "AS002") for finding in findings]
    failures = (Failure("registry/mindhub/2.3/gone.md", "cannot be read: no such file"),)
    return replace(report, findings=tuple(findings), failures=failures, seconds=0.25)


def finding(**changes: object) -> Finding:
    """Return a finding told only what differs."""
    plain = Finding(
        "FD003", "licence-not-spdx", Severity.ERROR, f"registry/{UID}.md", "'x' is wrong", UID, Span(4, 5, 2, 1, 2, 2)
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def hostile_report() -> Report:
    """Return a report every text of which is hostile."""
    edit = Fix(HOSTILE, (Edit(4, 5, HOSTILE),))
    findings = tuple(
        finding(
            severity=severity, file=f"{HOSTILE}.md", message=HOSTILE, uid=HOSTILE, path=(HOSTILE, 0), excerpt=HOSTILE,
            fix=edit, waiver=HOSTILE if waived else None,
        )
        for severity in Severity
        for waived in (False, True)
    )  # fmt: skip
    return Report((), findings, (Failure(HOSTILE, HOSTILE),))
