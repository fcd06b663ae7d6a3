"""The verdict that a pull request's jobs hand over: joined by them, and read with suspicion by who comments.

The jobs of a pull request belong to its author, who may change their workflow: what they hand over may be anything.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from mindhub.ready import FAILED, NOT_RUN, PASSED, STEPS
from mindhub.resources import schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERDICT, SARIF = "verdict.json", "report.sarif"
MOST_BYTES = 8 << 20  #: of the archive, and of each file in it when it is unpacked
_MEMBERS = 10
_LISTS = ("failures", "findings", "runs", "unanswered")


class VerdictError(Exception):
    """Why something is no verdict, or not the one of this pull request."""


def join(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one verdict of several about the same change, each with some of the steps left out.

    A step that one part took and another left out counts as taken; of several that took it the worst counts. The
    first part gives what all share. Raises VerdictError where there is none, or they differ in their commits.
    """
    if not parts:
        raise VerdictError("no part of a verdict was handed over; the job that checks has failed")
    whole = dict(parts[0])
    if any((part["head"], part["base"]["commit"]) != (whole["head"], whole["base"]["commit"]) for part in parts):
        raise VerdictError("the parts are about different commits")
    for key in _LISTS:
        seen = {json.dumps(item, sort_keys=True): item for part in parts for item in part[key]}
        whole[key] = list(seen.values())
    whole["steps"] = [
        _worst([step for part in parts for step in part["steps"] if step["name"] == name]) for name in STEPS
    ]
    counts = {key: max(part["summary"][key] for part in parts) for key in whole["summary"]}
    counts["errors"] = sum(finding["severity"] == "error" for finding in whole["findings"])
    whole["summary"] = counts
    worst = min(parts, key=lambda part: _ORDER.index(part["verdict"]))
    whole |= {key: worst[key] for key in ("verdict", "headline", "headline-zh", "next")}
    return whole


_ORDER = ("mend", "incomplete", "waits", "ready", "nothing")
_WORST = (FAILED, PASSED, NOT_RUN)


def _worst(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the step that counts: one that failed, else passed, else one with a reason of its own."""
    taken = [step for step in steps if step["reason"] != "left out"] or list(steps)
    return dict(min(taken, key=lambda step: _WORST.index(step["verdict"])))


def parse(data: bytes) -> dict[str, Any]:
    """Read a verdict from anybody; raises VerdictError where it is none."""
    if len(data) > MOST_BYTES:
        raise VerdictError(f"the verdict has more than {MOST_BYTES:,} bytes")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise VerdictError(f"the verdict is no JSON: {str(error)[:200]}") from None
    _hold(said, "verdict")
    _hold(said["ready"], "ready")
    whole: dict[str, Any] = said
    return whole


def parse_part(data: bytes) -> dict[str, Any]:
    """Read what one job has handed over, in the shape of ready.schema.json; raises VerdictError."""
    if len(data) > MOST_BYTES:
        raise VerdictError(f"a part of the verdict has more than {MOST_BYTES:,} bytes")
    try:
        said: dict[str, Any] = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise VerdictError(f"a part of the verdict is no JSON: {str(error)[:200]}") from None
    _hold(said, "ready")
    return said


def _hold(value: Any, name: str) -> None:
    import jsonschema_rs

    try:
        jsonschema_rs.validator_for(schema(name)).validate(value)
    except (jsonschema_rs.ValidationError, ValueError, RecursionError) as error:
        where = "/".join(map(str, getattr(error, "instance_path", ())))
        raise VerdictError(f"the verdict is not what schema/{name}.schema.json says, at {where[:200]!r}") from None


def unpack(archive: bytes) -> dict[str, bytes]:
    """Return the files of an artefact that are known by name; raises VerdictError for an archive that is none.

    Nothing is written, no more is unpacked than is allowed, and a name counts only where it is exactly a known one.
    """
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            members = files.infolist()
            if len(members) > _MEMBERS:
                raise VerdictError(f"the artefact has {len(members):,} files; a verdict has one or two")
            for member in members:
                if member.filename in (VERDICT, SARIF):
                    with files.open(member) as stream:
                        data = stream.read(MOST_BYTES + 1)
                    if len(data) > MOST_BYTES:
                        raise VerdictError(f"{member.filename} has more than {MOST_BYTES:,} bytes")
                    found[member.filename] = data
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise VerdictError(f"the artefact cannot be unpacked: {str(error)[:200]}") from None
    if VERDICT not in found:
        raise VerdictError(f"the artefact holds no {VERDICT}")
    return found
