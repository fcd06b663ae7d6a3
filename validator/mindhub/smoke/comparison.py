"""Outputs against what was promised, against each other and against the record."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mindhub.smoke.contract import DEFAULT_ATOL, DEFAULT_RTOL
from mindhub.smoke.evidence import Compared, Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mindhub.smoke.contract import Expected

#: Elements of an output that the record keeps.
KEPT = 256
#: Two modes run other kernels; differences up to 3e-5 were seen between them on networks that are right.
MODE_ATOL = 1e-4


def recorded(array: NDArray[Any], dtype: str) -> Output:
    """Return what the record keeps of an output; `dtype` is the network's, which numpy may lack (bfloat16)."""
    import numpy as np

    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    # numpy's shortest spelling that gives the same element again: 0.3 rather than 0.30000001192092896.
    values = tuple(float(str(value)) if value.dtype.kind == "f" else float(value) for value in array.flat[:KEPT])
    return Output(array.shape, dtype, values, hashlib.sha256(little.tobytes()).hexdigest())


def describe_outputs(
    outputs: Sequence[NDArray[Any]], dtypes: Sequence[str], expected: Sequence[Expected]
) -> tuple[str, str] | None:
    """Return kind and description of the first fault of a call's outputs, None where they are as promised."""
    import numpy as np

    if len(outputs) != len(dtypes):
        raise ValueError(f"{len(outputs)} outputs and {len(dtypes)} dtypes")
    if expected and len(outputs) != len(expected):
        return "wrong-shape", f"{len(outputs)} outputs, {len(expected)} promised"
    for number, (array, dtype) in enumerate(zip(outputs, dtypes, strict=True)):
        promise = expected[number] if expected else None
        if promise and array.shape != promise.shape:
            return "wrong-shape", f"output {number} has the shape {list(array.shape)}, promised {list(promise.shape)}"
        if promise and promise.dtype not in (None, dtype):
            return "wrong-dtype", f"output {number} is {dtype}, promised {promise.dtype}"
        if array.dtype.kind not in "fc":
            continue
        bad = ~np.isfinite(array)
        if bad.any():
            where = [int(n) for n in np.argwhere(bad)[0]]
            count = f"{int(bad.sum()):,} of {array.size:,} values of output {number} are not finite"
            return "not-finite", f"{count}, first {array[tuple(where)]} at {where}"
    return None


def agree(here: Sequence[NDArray[Any]], there: Sequence[NDArray[Any]], expected: Sequence[Expected]) -> str:
    """Return how the outputs of two modes differ, empty where they agree within the tolerances."""
    for number, (one, other) in enumerate(zip(here, there, strict=True)):
        if one.shape != other.shape or one.dtype != other.dtype:
            return f"output {number} is {one.dtype} {list(one.shape)} and {other.dtype} {list(other.shape)}"
        if one.dtype.kind not in "fc":
            difference = _other_labels(other, one, expected[number].differing if expected else 0.0)
        else:
            rtol, atol = _tolerances(expected, number)
            difference = _difference(other, one, rtol, max(atol, MODE_ATOL))
        if difference:
            return f"output {number}: {difference}"
    return ""


def compare_recorded(
    outputs: Sequence[Output], reference: Sequence[Output], expected: Sequence[Expected]
) -> tuple[str, str]:
    """Return (fault, note): how outputs differ from the recorded ones, or, where they do not, how close they are."""
    import numpy as np

    if len(outputs) != len(reference):
        return f"{len(outputs)} outputs, {len(reference)} recorded", ""
    largest = 0.0
    for number, (found, known) in enumerate(zip(outputs, reference, strict=True)):
        if (found.shape, found.dtype) != (known.shape, known.dtype):
            return (
                f"output {number} is {found.dtype} {list(found.shape)}, recorded {known.dtype} {list(known.shape)}",
                "",
            )
        here, there = np.asarray(found.values), np.asarray(known.values)
        if _whole(known):
            difference = _other_labels(here, there, expected[number].differing if expected else 0.0)
        else:
            difference = _difference(here, there, *_tolerances(expected, number))
        if difference:
            return f"output {number} is not the recorded one: {difference}", ""
        largest = max(largest, float(np.abs(here - there).max(initial=0.0)))
    if all(found.digest == known.digest for found, known in zip(outputs, reference, strict=True)):
        return "", "bit for bit the recorded output"
    return "", f"largest difference from the recorded output {largest:.2g}"


def compared(
    outputs: Sequence[Output], reference: Sequence[Output], expected: Sequence[Expected]
) -> tuple[Compared, ...]:
    """Return how far each output is from the recorded one; empty where their numbers, shapes or types differ."""
    import numpy as np

    if [(one.shape, one.dtype) for one in outputs] != [(other.shape, other.dtype) for other in reference]:
        return ()
    found = []
    for number, (one, other) in enumerate(zip(outputs, reference, strict=True)):
        here, there = np.asarray(one.values), np.asarray(other.values)
        rtol, atol = (0.0, 0.0) if _whole(other) else _tolerances(expected, number)
        apart = np.abs(here - there)
        beyond = int((~(apart <= atol + rtol * np.abs(there))).sum())
        mean = float(apart.mean()) if apart.size else 0.0
        found.append(Compared(apart.size, beyond, float(apart.max(initial=0.0)), mean))
    return tuple(found)


def _whole(output: Output) -> bool:
    """Say whether an output's elements are whole numbers: labels and ids, of which a near one is another one."""
    return output.dtype.lower().startswith(("int", "uint", "bool"))


def _other_labels(found: NDArray[Any], known: NDArray[Any], share: float) -> str:
    """Describe how many whole numbers are others, empty where they are no more than a share of them."""
    import numpy as np

    other = found != known
    count = int(other.sum())
    if count <= share * other.size:
        return ""
    where = tuple(int(n) for n in np.argwhere(other)[0])
    allowed = f"; at most {share:.3%} may" if share else ""
    return (
        f"{count:,} of {other.size:,} whole numbers differ{allowed}, first at {list(where)}: "
        f"{found[where]:g} instead of {known[where]:g}"
    )


def _tolerances(expected: Sequence[Expected], number: int) -> tuple[float, float]:
    return (expected[number].rtol, expected[number].atol) if expected else (DEFAULT_RTOL, DEFAULT_ATOL)


def _difference(found: NDArray[Any], known: NDArray[Any], rtol: float, atol: float) -> str:
    """Describe where `|found - known| > atol + rtol |known|`, empty where nowhere."""
    import numpy as np

    wide = np.result_type(found, known, np.float64)
    here, there = found.astype(wide), known.astype(wide)
    apart = np.abs(here - there)
    bad = ~(apart <= atol + rtol * np.abs(there))
    if not bad.any():
        return ""
    place = np.unravel_index(int(np.where(bad, apart, -1).argmax()), apart.shape)
    where = [int(n) for n in place]
    return (
        f"{int(bad.sum()):,} of {bad.size:,} values differ, most at {where}: "
        f"{here[place]:.6g} instead of {there[place]:.6g} (rtol {rtol:g}, atol {atol:g})"
    )
