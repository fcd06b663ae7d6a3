"""`mindhub waive` writes one entry, or none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cards import UID
from mindhub.cli import main
from mindhub.cli.waive import run as waive
from repositories import Scratch, codes, judged, scratch, waived, waiver


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    return scratch(tmp_path / "repository")


def test_an_entry_is_written_and_the_rest_of_the_file_stays(repository: Scratch) -> None:
    repository.card("license: x\nupdate-time: x\n")
    text = "# Ours, kept by hand.\n" + waiver("FD001") + "  # until they answer\n\n"
    path = repository.write("waivers.yaml", text)

    assert main([
        "waive", "FD003", UID, "--reason", 'They said: "soon" # ok', "--owner", "Zoë", "--expires", "2999-01-31",
        "--registry", str(repository.root),
    ]) == 0  # fmt: skip

    assert path.read_text(encoding="utf-8") == text + (
        f'- rule: FD003\n  uid: "{UID}"\n  reason: "They said: \\"soon\\" # ok"\n  owner: "Zoë"\n'
        '  expires: "2999-01-31"\n'
    )
    assert codes(judged(repository)) == []
    assert ("FD003", UID, 'They said: "soon" # ok') in waived(judged(repository))


INDENTED = "  " + waiver("FD001").rstrip("\n").replace("\n", "\n  ") + "\n"


@pytest.mark.parametrize(
    "before",
    [
        None,
        "",
        "[]\n",
        "# none yet\n",
        "# none yet\n[ ] # still none\n",
        waiver("FD001"),
        INDENTED,
        waiver("FD001").rstrip("\n"),
    ],
)
def test_an_entry_is_written_into_any_file_that_is_a_list(repository: Scratch, before: str | None) -> None:
    repository.card("license: x\nupdate-time: x\n")
    if before is not None:
        repository.write("waivers.yaml", before)

    code = waive(
        code="FD003", uid=UID, reason="r", owner="o", expires="2999-01-31", registry=repository.root
    )  # fmt: skip

    assert code == 0
    assert "FD003" in {rule for rule, _, _ in waived(judged(repository))}
    assert "RG007" not in codes(judged(repository))


def test_lines_end_as_they_do_in_the_file(repository: Scratch) -> None:
    repository.card("license: x\nupdate-time: x\n")
    path = repository.write("waivers.yaml", waiver("FD001").replace("\n", "\r\n"))

    waive(code="FD003", uid=UID, reason="r", owner="o", expires="2999-01-31", registry=repository.root)

    data = path.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "FD03"}, "no rule has the code 'FD03'; did you mean 'FD003'?"),
        ({"code": "WV001"}, "WV001 cannot be waived"),
        ({"uid": "mindhub/2.3/lenet_mnits"}, f"no card is called 'mindhub/2.3/lenet_mnits'; did you mean '{UID}'?"),
        ({"uid": "nobody/*/*"}, "no card is called 'nobody/*/*'"),
        ({"expires": "2026-02-28"}, "2026-02-28 is over; name the last day"),
        ({"expires": "soon"}, "'soon' is not a date; write YYYY-MM-DD"),
        ({"code": "FD001"}, f"FD001 at '{UID}' is waived already"),
        ({"reason": " "}, "'' says nothing"),
        ({"owner": ""}, "'' says nothing"),
    ],
)
def test_what_would_be_no_waiver_is_not_written(
    repository: Scratch, capsys: pytest.CaptureFixture[str], changes: dict[str, str], message: str
) -> None:
    repository.card()
    path = repository.write("waivers.yaml", waiver("FD001"))
    usual = {"code": "FD003", "uid": UID, "reason": "r", "owner": "o", "expires": "2026-03-01"}

    code = waive(**(usual | changes), registry=repository.root, today=dt.date(2026, 3, 1))

    assert code == 2
    assert message in capsys.readouterr().err
    assert path.read_text() == waiver("FD001")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {rule: FD001, uid: a/1/b, reason: r, owner: o, expires: 2999-01-31}\n", ""),
        ("[{rule: FD001, uid: a/1/b, reason: r, owner: o, expires: 2999-01-31}]\n", "no list with a dash"),
        (waiver("FD9"), "has faults to be mended first: 'FD9' does not have the form AS001"),
    ],
)
def test_a_file_that_cannot_be_added_to_stays_as_it_is(
    repository: Scratch, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    repository.card()
    path = repository.write("waivers.yaml", text)

    code = waive(code="FD003", uid=UID, reason="r", owner="o", expires="2999-01-31", registry=repository.root)

    assert code == (2 if message else 0)
    assert message in capsys.readouterr().err
    assert path.read_text().startswith(text)
