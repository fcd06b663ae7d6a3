"""A uid is a safe path and nothing else."""

from __future__ import annotations

import pytest

from mindhub.model import Uid


@pytest.mark.parametrize("text", ["mindhub/2.10/lenet_digits", "noah-cvlab/gpu/1.8/x_v1.0", "a/1.0/c++"])
def test_a_uid_is_written_as_it_is_read(text: str) -> None:
    assert str(Uid.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "a", "a/b", "a/b/c/d", "../2.10/x", "a/../x", "a/2.10/..", "a/2.10/.x", "a//x", "/a/b/c", "a/b/c/", "a/b/c d",
     "a/2.10/x.zh", "a/2.10/x.evidence", "a/2.10/x\n", "a/2.10/é", "a\\b/c/d"],
)  # fmt: skip
def test_what_is_no_safe_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"uid|device|beside"):
        Uid.parse(text)
