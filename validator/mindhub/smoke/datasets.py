"""The data that cards are trained and measured on: what ships inside scikit-learn."""

from __future__ import annotations

import difflib
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

#: Every fifth sample is held out, beginning with the third: the rest has a neighbour on both sides of it.
_EVERY, _FIRST = 5, 2

_SPLITS = ("train", "test", "all")

_DTYPES = ("float16", "float32", "float64", "int32", "int64", "uint8")

#: What `preprocess` may say, in the order in which it is applied.
PREPROCESS = ("scale", "reshape", "dtype", "targets")


@dataclass(frozen=True, slots=True)
class Split:
    """The samples of one part of a dataset, ready for a network."""

    inputs: tuple[NDArray[Any], ...]  #: one array per network input, samples on the first axis
    targets: NDArray[
        Any
    ]  #: (samples,) labels as int32 or values as float32; the shape of the input for `targets: inputs`
    digest: str  #: sha256 of the whole dataset as loaded, the same for each of its splits


def load_split(dataset: str, split: str, preprocess: Mapping[str, Any] | None = None) -> Split:
    """Load `sklearn:<name>` and return its part `train`, `test` or `all`.

    Training scripts and measurements both read through here, so that a score is taken on samples the
    network has not seen. The split needs no random generator: samples are ordered by target (ties keep
    the order of the dataset) and every fifth, from the third on, is a test sample. Each class, and each
    stretch of a regression's values, is thus held out in the same proportion, on every machine. Within a
    split the samples stand in the order of the dataset.

    `preprocess` is data, applied in this fixed order whatever the order of its keys:

    * `scale`: a number that the features are multiplied with, in double precision;
    * `reshape`: the shape of one sample, such as [1, 8, 8];
    * `dtype`: of the inputs (float32 where absent);
    * `targets: inputs`: the network shall reproduce its (preprocessed) input.

    `digest` covers shape, features and targets as little-endian doubles, before any preprocessing.
    Raises ValueError, with the value and what would do, for a name or a key that is not known; ImportError
    where scikit-learn is not installed.
    """
    import numpy as np

    name = dataset.removeprefix("sklearn:")
    if name == dataset or name not in _LOADERS:
        raise ValueError(_unknown("dataset", dataset, DATASETS))
    if split not in _SPLITS:
        raise ValueError(_unknown("split", split, _SPLITS))
    steps = _checked(preprocess or {})
    features, raw_targets, target_dtype = _LOADERS[name]()
    features = np.ascontiguousarray(features, dtype="<f8")
    raw_targets = np.ascontiguousarray(raw_targets, dtype="<f8")
    chosen = _members(raw_targets, split)
    inputs = _preprocessed(features[chosen], steps)
    targets = inputs if steps.get("targets") == "inputs" else raw_targets[chosen].astype(target_dtype)
    return Split((inputs,), targets, _digest(features, raw_targets))


def _members(targets: NDArray[Any], split: str) -> NDArray[Any]:
    """Return the indices of a split's samples, ascending."""
    import numpy as np

    order = np.argsort(targets, kind="stable")
    held_out = order[_FIRST::_EVERY]
    if split == "all":
        return np.arange(len(targets))
    if split == "test":
        return np.sort(held_out)
    return np.setdiff1d(np.arange(len(targets)), held_out)


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


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "scale": _is_number,
    "reshape": _is_shape,
    "dtype": lambda value: value in _DTYPES,
    "targets": lambda value: value == "inputs",
}

_EXPECTED = {
    "scale": "a finite number",
    "reshape": "a list of positive whole numbers, the shape of one sample",
    "dtype": f"one of {', '.join(_DTYPES)}",
    "targets": "'inputs', the only value it can have",
}


def _preprocessed(features: NDArray[Any], steps: Mapping[str, Any]) -> NDArray[Any]:
    """Apply the steps in the order of PREPROCESS."""
    import numpy as np

    if "scale" in steps:
        features = features * steps["scale"]
    if "reshape" in steps:
        shape = tuple(steps["reshape"])
        if math.prod(shape) != features.shape[1]:
            raise ValueError(
                f"preprocess reshape: {list(shape)} holds {math.prod(shape)} numbers; a sample has {features.shape[1]}",
            )
        features = features.reshape(len(features), *shape)
    return np.ascontiguousarray(features, dtype=steps.get("dtype", "float32"))


def _digest(features: NDArray[Any], targets: NDArray[Any]) -> str:
    digest = hashlib.sha256(f"{features.shape} {targets.shape}\n".encode())
    digest.update(features.tobytes())
    digest.update(targets.tobytes())
    return digest.hexdigest()


def _digits() -> tuple[NDArray[Any], NDArray[Any], str]:
    """1,797 images of 64 grey values from 0 to 16; the digit."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.data, bunch.target, "int32"


def _wine() -> tuple[NDArray[Any], NDArray[Any], str]:
    """178 wines with 13 measurements; the cultivar, 0 to 2."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return bunch.data, bunch.target, "int32"


def _breast_cancer() -> tuple[NDArray[Any], NDArray[Any], str]:
    """569 biopsies with 30 measurements; 0 malignant, 1 benign."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return bunch.data, bunch.target, "int32"


def _diabetes() -> tuple[NDArray[Any], NDArray[Any], str]:
    """442 patients with 10 raw measurements; the progression of the disease after a year, 25 to 346."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return bunch.data, bunch.target, "float32"


_LOADERS: dict[str, Callable[[], tuple[NDArray[Any], NDArray[Any], str]]] = {
    "breast_cancer": _breast_cancer,
    "diabetes": _diabetes,
    "digits": _digits,
    "wine": _wine,
}

#: The names a card may give under `smoke.evaluate.dataset`.
DATASETS: Sequence[str] = tuple(f"sklearn:{name}" for name in _LOADERS)


def _unknown(what: str, value: str, known: Iterable[str]) -> str:
    """Say that a name is not known and which one may be meant."""
    known = list(known)
    near = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return f"{value!r} is not a {what}; {hint}"
