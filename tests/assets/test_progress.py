"""The line that shows a download's progress."""

from __future__ import annotations

import io

import pytest

from mindhub.assets.progress import OneLine, Progress, line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_nothing_is_written():
    stream = io.StringIO()

    with Progress("bert.ckpt", stream) as progress:
        progress(1, 2)

    assert stream.getvalue() == ""


def test_on_a_terminal_the_line_is_renewed_a_few_times_a_second_and_cleared_at_the_end():
    stream, times = Terminal(), iter([0.0, 0.1, 1.0, 2.0])

    with Progress("bert.ckpt", stream, clock=lambda: next(times)) as progress:
        progress(10_000_000, 40_000_000)
        progress(11_000_000, 40_000_000)
        progress(20_000_000, 40_000_000)
        progress(40_000_000, 40_000_000)

    lines = stream.getvalue().split("\r")
    assert lines[1:4] == [
        "bert.ckpt  10.0 MB of 40.0 MB",
        "bert.ckpt  20.0 MB of 40.0 MB  10.0 MB/s  0:02 left",
        "bert.ckpt  40.0 MB of 40.0 MB  15.0 MB/s  0:00 left",
    ]
    assert lines[4].strip() == lines[5] == ""


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ((0, None, 0, 0.0), "m  0.0 MB"),
        ((5_000_000, None, 5_000_000, 2.0), "m  5.0 MB  2.5 MB/s"),
        ((1_000_000, 438_000_000, 1_000_000, 1.0), "m  1.0 MB of 438.0 MB  1.0 MB/s  7:17 left"),
    ],
)
def test_rate_and_time_are_shown_as_far_as_they_are_known(figures, text):
    assert line("m", *figures) == text


def test_things_are_counted_where_they_are_no_bytes():
    assert line("addresses", 120, 3000, 100, 4.0, "") == "addresses  120 of 3,000  25/s  1:55 left"


def test_several_progresses_share_a_line_and_leave_nothing_of_each_other():
    stream = Terminal()
    shared = OneLine(stream)

    with Progress("a file with a long name", shared) as one, Progress("b", shared) as other:
        one(5, 10)
        other(1, 2)

    shown = stream.getvalue().split("\r")
    assert shown[1] == "a file with a long name  0.0 MB of 0.0 MB"
    assert shown[2].rstrip() == "b  0.0 MB of 0.0 MB"
    assert len(shown[2]) >= len(shown[1])
    assert shown[-2].strip() == ""
