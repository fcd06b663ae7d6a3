"""The data that ships inside scikit-learn, as it names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.smoke.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

#: Side of a square piece of a photograph, in pixels; and the pieces of each row, from the left, that are trained on.
PATCH, _TRAINED_COLUMNS = 32, 15
#: The weights of red, green and blue in a grey value (ITU-R BT.601).
_LUMINANCE = (0.299, 0.587, 0.114)


def digits() -> Samples:
    """1,797 images of 64 grey values from 0 to 16; the digit."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Samples(bunch.data, bunch.target, "int32")


def iris() -> Samples:
    """150 irises with 4 measurements in cm; the species, 0 to 2."""
    from sklearn.datasets import load_iris

    bunch = load_iris()
    return Samples(bunch.data, bunch.target, "int32")


def wine() -> Samples:
    """178 wines with 13 measurements; the cultivar, 0 to 2."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return Samples(bunch.data, bunch.target, "int32")


def breast_cancer() -> Samples:
    """569 biopsies with 30 measurements; 0 malignant, 1 benign."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return Samples(bunch.data, bunch.target, "int32")


def diabetes() -> Samples:
    """442 patients with 10 raw measurements; the progression of the disease after a year, 25 to 346."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return Samples(bunch.data, bunch.target, "float32")


def sample_images() -> Samples:
    """520 pieces of 32 by 32 grey values from 0 to 255, cut from two photographs; no target of their own.

    A piece is a row of 1,024 values. Pieces do not overlap; those of the first photograph come first, each row by
    row. The right quarter of both photographs is held out. The target is the photograph's number.
    """
    import numpy as np
    from sklearn.datasets import load_sample_images

    pieces = [_pieces(image) for image in load_sample_images().images]
    features = np.concatenate([rows for rows, _ in pieces])
    columns = np.concatenate([column for _, column in pieces])
    targets = np.repeat(np.arange(len(pieces)), [len(rows) for rows, _ in pieces])
    return Samples(features, targets, "int32", held_out=np.flatnonzero(columns >= _TRAINED_COLUMNS))


def _pieces(image: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Cut an image (height, width, 3) into pieces (count, PATCH²); return them and the column each stood in."""
    import numpy as np

    grey = np.round(image.astype("float64") @ np.array(_LUMINANCE))
    rows, columns = grey.shape[0] // PATCH, grey.shape[1] // PATCH
    grid = grey[: rows * PATCH, : columns * PATCH].reshape(rows, PATCH, columns, PATCH).swapaxes(1, 2)
    return grid.reshape(-1, PATCH * PATCH), np.tile(np.arange(columns), rows)


#: Under the names that follow `sklearn:`.
LOADERS: Mapping[str, Callable[[], Samples]] = {
    "breast_cancer": breast_cancer,
    "diabetes": diabetes,
    "digits": digits,
    "iris": iris,
    "sample_images": sample_images,
    "wine": wine,
}
