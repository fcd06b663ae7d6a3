"""The numbers that a card claims, computed from outputs and targets."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def measure(metric: str, outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Compute one metric, by its canonical name, over all samples of a split.

    `outputs` has the samples on its first axis. For accuracies and F1 it holds scores (samples, classes) and
    `targets` the class numbers (samples,); the result is in percent. For `auc` it holds one score for each sample, or
    two, whose difference counts; `targets` are 0 or 1; the result is a fraction.
    For `mse`, `rmse`, `mae`, `r2`, `psnr` and `psnr-y` (here: of grey images) both hold values, with the same shape but
    for axes of length 1; the result is in the units of the targets (squared for `mse`), a fraction for `r2`, in dB for
    `psnr`. Sums are taken in double precision.

    Raises ValueError for an unknown metric, for shapes that do not fit, for no samples, for scores that are
    not finite and where the metric is not defined (`r2` of constant targets).
    """
    import numpy as np

    if metric not in METRICS:
        near = difflib.get_close_matches(metric, METRICS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(METRICS)}"
        raise ValueError(f"{metric!r} is not a metric that can be measured; {hint}")
    outputs, targets = np.asarray(outputs), np.asarray(targets)
    if not len(outputs) or len(outputs) != len(targets):
        raise ValueError(f"{metric}: {len(outputs)} outputs for {len(targets)} targets")
    if not np.isfinite(outputs).all():
        raise ValueError(f"{metric}: {int((~np.isfinite(outputs)).sum())} of {outputs.size} outputs are not finite")
    return METRICS[metric](outputs, targets)


def _top(outputs: NDArray[Any], targets: NDArray[Any], among: int) -> float:
    """Return the percentage of samples whose class is among the highest scores.

    Of equal scores the lower class number counts as the higher, as in argmax.
    """
    import numpy as np

    _expect_scores(outputs, targets)
    if outputs.shape[1] < among:
        raise ValueError(f"top{among}-accuracy of {outputs.shape[1]} classes is always 100; use accuracy")
    best = np.argsort(-outputs, axis=1, kind="stable")[:, :among]
    return float(100 * (best == targets[:, None]).any(axis=1).mean())


def _accuracy(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    return _top(outputs, targets, 1)


def _top5_accuracy(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    return _top(outputs, targets, 5)


def _f1(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return 2TP / (2TP + FP + FN) of class 1, the positive one of two, in percent."""
    _expect_scores(outputs, targets)
    if outputs.shape[1] != 2:  # noqa: PLR2004 - two classes
        raise ValueError(f"f1 is defined for two classes, here are {outputs.shape[1]}; use macro-f1")
    return 100 * _f1_of(1, outputs.argmax(axis=1), targets)


def _macro_f1(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return the mean of the classes' F1, in percent; a class that occurs on neither side is left out."""
    import numpy as np

    _expect_scores(outputs, targets)
    predicted = outputs.argmax(axis=1)
    return float(100 * np.mean([_f1_of(label, predicted, targets) for label in np.union1d(predicted, targets)]))


def _f1_of(label: int, predicted: NDArray[Any], targets: NDArray[Any]) -> float:
    import numpy as np

    named = int(np.sum(predicted == label) + np.sum(targets == label))
    if not named:
        raise ValueError(f"f1 is not defined: class {label} is neither predicted nor among the targets")
    return float(2 * np.sum((predicted == label) & (targets == label)) / named)


def _auc(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return the chance that a sample of class 1 scores higher than one of class 0, equal scores counting half.

    That is the area under the ROC curve, computed from ranks (Mann and Whitney 1947).
    """
    import numpy as np

    if targets.ndim != 1 or not np.isin(targets, (0, 1)).all():
        raise ValueError("auc is defined for targets that are 0 or 1")
    scores = outputs.reshape(len(outputs), -1).astype(np.float64)
    if scores.shape[1] > 2:  # noqa: PLR2004 - one score, or one for each class
        raise ValueError(f"auc is defined for two classes, here are {scores.shape[1]} scores for each sample")
    scores = scores[:, -1] - scores[:, 0] if scores.shape[1] > 1 else scores[:, 0]
    positive = int(targets.sum())
    if positive in (0, len(targets)):
        raise ValueError("auc is not defined: all targets are of one class")
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    above = ranks[targets == 1].sum() - positive * (positive + 1) / 2
    return float(above / (positive * (len(targets) - positive)))


def _mse(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    import numpy as np

    return float(np.mean(_residuals(outputs, targets) ** 2))


def _rmse(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    return math.sqrt(_mse(outputs, targets))


def _mae(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    import numpy as np

    return float(np.mean(np.abs(_residuals(outputs, targets))))


def _r2(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return 1 - (sum of squared errors) / (sum of squared distances from the mean), a fraction."""
    import numpy as np

    spread = float(np.var(np.asarray(targets, dtype=np.float64)))
    if not spread:
        raise ValueError("r2 is not defined: all targets are equal")
    return 1 - _mse(outputs, targets) / spread


def _psnr(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return -10 log10(mse) in dB, for signals between 0 and 1, over all samples at once.

    The mean is taken before the logarithm, so that one perfect sample does not make the score infinite.
    """
    error = _mse(outputs, targets)
    low, high = float(targets.min()), float(targets.max())
    if low < 0 or high > 1:
        raise ValueError(f"psnr is taken of signals between 0 and 1; the targets reach from {low:g} to {high:g}")
    return -10 * math.log10(error) if error else math.inf


def _residuals(outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
    """Return outputs minus targets in double precision."""
    import numpy as np

    if [n for n in outputs.shape if n != 1] != [n for n in targets.shape if n != 1]:
        # (n, 1) minus (n,) would silently become (n, n).
        raise ValueError(f"outputs have the shape {list(outputs.shape)}, targets {list(targets.shape)}")
    return np.subtract(outputs.reshape(targets.shape), targets, dtype=np.float64)


def _expect_scores(outputs: NDArray[Any], targets: NDArray[Any]) -> None:
    """Refuse anything but (samples, classes) scores and (samples,) class numbers below `classes`."""
    if outputs.ndim != 2 or targets.ndim != 1:  # noqa: PLR2004 - named in the message
        raise ValueError(
            f"expected scores (samples, classes) and classes (samples,), got {list(outputs.shape)} "
            f"and {list(targets.shape)}",
        )
    if targets.min() < 0 or targets.max() >= outputs.shape[1]:
        raise ValueError(f"class {int(targets.max())} among the targets, but scores for {outputs.shape[1]} classes")


#: Canonical names of schema/vocabulary/metrics.yaml that can be measured here.
METRICS: dict[str, Callable[[NDArray[Any], NDArray[Any]], float]] = {
    "accuracy": _accuracy,
    "top1-accuracy": _accuracy,
    "top5-accuracy": _top5_accuracy,
    "f1": _f1,
    "macro-f1": _macro_f1,
    "auc": _auc,
    "mse": _mse,
    "rmse": _rmse,
    "mae": _mae,
    "r2": _r2,
    "psnr": _psnr,
    "psnr-y": _psnr,  # of grey images, which are all luminance
}
