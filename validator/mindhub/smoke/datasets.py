"""The data that cards are trained and measured on: what ships inside scikit-learn, and what is made from a seed."""

from __future__ import annotations

import difflib
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mindhub.smoke import bundled, made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from mindhub.smoke.samples import Samples

#: Every fifth sample is held out, beginning with the third: the rest has a neighbour on both sides of it.
_EVERY, _FIRST = 5, 2

_SPLITS = ("train", "test", "all")

_DTYPES = ("float16", "float32", "float64", "int32", "int64", "uint8")

#: What `preprocess` may say, in the order in which it is applied.
PREPROCESS = ("scale", "targets", "noise", "reshape", "shrink", "dtype")


@dataclass(frozen=True, slots=True)
class Split:
    """The samples of one part of a dataset, ready for a network."""

    inputs: tuple[NDArray[Any], ...]  #: one array per network input, samples on the first axis
    #: (samples,) labels as int32 or values as float32, (samples, columns) where a sample has several; for
    #: `targets: inputs` of the input's shape
    targets: NDArray[Any]
    digest: str  #: sha256 of the whole dataset as loaded, the same for each of its splits


def load_split(dataset: str, split: str, preprocess: Mapping[str, Any] | None = None) -> Split:
    """Load a dataset by name, such as `sklearn:digits` or `made:load`, and return its part `train`, `test` or `all`.

    Training scripts and measurements both read through here, so that a score is taken on samples the
    network has not seen. The split needs no random generator: samples are ordered by target (ties keep
    the order of the dataset) and every fifth, from the third on, is a test sample. Each class, and each
    stretch of a regression's values, is thus held out in the same proportion, on every machine. Datasets of which
    neighbouring samples resemble each other (time, pictures, graphs) say themselves which are held out; their
    loaders in bundled.py and made.py document it. Within a split the samples stand in the order of the dataset.

    `preprocess` is data, applied in this fixed order whatever the order of its keys:

    * `scale`: a number that the features are multiplied with, in double precision;
    * `targets: inputs`: the network shall give back its input as it is at this point;
    * `noise`: `{deviation: 0.1, seed: 0}` adds normal noise, drawn for the whole dataset at once, to the input;
    * `reshape`: the shape of one sample, such as [1, 8, 8];
    * `shrink`: a whole number; each square of so many pixels a side (last two axes) becomes their mean;
    * `dtype`: of the inputs (float32 where absent).

    Targets taken from the inputs are brought into the shape and type of the inputs too, and are not shrunk.
    `digest` covers shape, features and targets as little-endian doubles, before any preprocessing.
    Raises ValueError, with the value and what would do, for a name or a key that is not known; ImportError
    where scikit-learn is not installed.
    """
    import numpy as np

    if dataset not in _LOADERS:
        raise ValueError(_unknown("dataset", dataset, DATASETS))
    if split not in _SPLITS:
        raise ValueError(_unknown("split", split, _SPLITS))
    steps = _checked(preprocess or {})
    samples = _LOADERS[dataset]()
    features = np.ascontiguousarray(samples.features, dtype="<f8")
    raw_targets = np.ascontiguousarray(samples.targets, dtype="<f8")
    chosen = _members(samples, split)
    inputs, clean = _preprocessed(features, chosen, steps)
    targets = clean if steps.get("targets") == "inputs" else raw_targets[chosen].astype(samples.dtype)
    return Split((inputs,), targets, _digest(features, raw_targets))


def _members(samples: Samples, split: str) -> NDArray[Any]:
    """Return the indices of a split's samples, ascending."""
    import numpy as np

    everything = np.arange(len(samples.targets))
    if split == "all":
        return everything
    if samples.held_out is None:
        held_out = np.sort(np.argsort(np.asarray(samples.targets, dtype="<f8"), kind="stable")[_FIRST::_EVERY])
    else:
        held_out = np.asarray(samples.held_out)
    return held_out if split == "test" else np.setdiff1d(everything, np.union1d(held_out, samples.left_out))


def _checked(preprocess: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse what `preprocess` may not say, before any data is read."""
    for key, value in preprocess.items():
        if key not in PREPROCESS:
            raise ValueError(_unknown("preprocess key", str(key), PREPROCESS))
        if not _CHECKS[key](value):
            raise ValueError(f"preprocess {key}: {value!r} is not {_EXPECTED[key]}")
    return dict(preprocess)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in value)
    )


def _is_noise(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) <= {"deviation", "seed"}
        and _is_number(value.get("deviation"))
        and value["deviation"] > 0
        and _is_whole(value.get("seed", 0), 0)
    )


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "scale": _is_number,
    "targets": lambda value: value == "inputs",
    "noise": _is_noise,
    "reshape": _is_shape,
    "shrink": lambda value: _is_whole(value, 2),
    "dtype": lambda value: value in _DTYPES,
}

_EXPECTED = {
    "scale": "a finite number",
    "targets": "'inputs', the only value it can have",
    "noise": "of the form {deviation: 0.1, seed: 0}, the deviation above 0",
    "reshape": "a list of positive whole numbers, the shape of one sample",
    "shrink": "a whole number from 2",
    "dtype": f"one of {', '.join(_DTYPES)}",
}


def _preprocessed(
    features: NDArray[Any], chosen: NDArray[Any], steps: Mapping[str, Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Apply the steps in the order of PREPROCESS; return the chosen inputs, and them without noise and shrinking."""
    import numpy as np

    clean = features[chosen] * steps["scale"] if "scale" in steps else features[chosen]
    inputs = clean
    if "noise" in steps:
        from mindhub.smoke.samples import Dice

        # Drawn for every sample, so that a sample has the same noise in each of the splits.
        drawn = Dice(steps["noise"].get("seed", 0)).normal(*features.shape)
        inputs = clean + steps["noise"]["deviation"] * drawn[chosen]
    if "reshape" in steps:
        shape = tuple(steps["reshape"])
        if math.prod(shape) != features.shape[1]:
            raise ValueError(
                f"preprocess reshape: {list(shape)} holds {math.prod(shape)} numbers; a sample has {features.shape[1]}",
            )
        inputs, clean = (array.reshape(len(array), *shape) for array in (inputs, clean))
    if "shrink" in steps:
        inputs = _shrunk(inputs, steps["shrink"])
    dtype = steps.get("dtype", "float32")
    return np.ascontiguousarray(inputs, dtype=dtype), np.ascontiguousarray(clean, dtype=dtype)


def _shrunk(images: NDArray[Any], by: int) -> NDArray[Any]:
    """Return the means of squares of `by` pixels a side over the last two axes."""
    if images.ndim < 3 or images.shape[-1] % by or images.shape[-2] % by:  # noqa: PLR2004 - samples, rows, columns
        raise ValueError(
            f"preprocess shrink: samples of the shape {list(images.shape[1:])} have no squares of {by} by {by}"
        )
    rows, columns = images.shape[-2] // by, images.shape[-1] // by
    means: NDArray[Any] = images.reshape(*images.shape[:-2], rows, by, columns, by).mean(axis=(-3, -1))
    return means


def _digest(features: NDArray[Any], targets: NDArray[Any]) -> str:
    digest = hashlib.sha256(f"{features.shape} {targets.shape}\n".encode())
    digest.update(features.tobytes())
    digest.update(targets.tobytes())
    return digest.hexdigest()


_LOADERS: Mapping[str, Callable[[], Samples]] = {
    **{f"made:{name}": loader for name, loader in made.LOADERS.items()},
    **{f"sklearn:{name}": loader for name, loader in bundled.LOADERS.items()},
}

#: The names a card may give under `smoke.evaluate.dataset`.
DATASETS: Sequence[str] = tuple(_LOADERS)


def _unknown(what: str, value: str, known: Iterable[str]) -> str:
    """Say that a name is not known and which one may be meant."""
    known = list(known)
    near = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return f"{value!r} is not a {what}; {hint}"
