"""Folders of images that are not here: what a script does to their images says which shape its network takes.

`ImageFolderDataset` gives pictures of any size, so that a network can only take what the script makes of them. Its
steps are noted, and done to two noisy pictures of different sizes: where both come out in one shape, that is the shape
of the network's input. Where they do not, nothing is known.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from mindhub.smoke.standins import Inert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Height and width of the two pictures: neither is a size that a network would be given as it is.
_SIZES = ((389, 523), (461, 367))
_KEPT = {
    "map": frozenset({"operations", "input_columns", "output_columns"}),
    "batch": frozenset({"per_batch_map", "input_columns", "output_columns"}),
}
_ALIKE = frozenset({"repeat", "shuffle", "skip", "take"})


class Pictures(Inert):
    """Stands for an ImageFolderDataset, and for what a script makes of it."""

    SIZES = _SIZES

    def __init__(self, *_: Any, decode: bool = False, **__: Any) -> None:
        super().__init__(f"mindspore.dataset.{type(self).__name__}()")
        self.__dict__["_decode"], self.__dict__["_steps"] = decode, ()

    def __getattr__(self, name: str) -> Any:
        if name in _KEPT:
            return self._noted(name)
        if name in _ALIKE:
            return lambda *_, **__: self
        if name in ("create_dict_iterator", "create_tuple_iterator"):
            return lambda *_, **__: self._rows(named="dict" in name)
        return super().__getattr__(name)

    def inputs(self) -> tuple[Any, ...]:
        """Return what a network is called with: the first picture's columns but the label; nothing where unknown."""
        try:
            rows = list(self._samples())
        except Exception:  # noqa: BLE001 - steps are the script's, and may want more than there is
            return ()
        return tuple(rows[0].values())[:-1] if len(rows[0]) > 1 else tuple(rows[0].values())

    def _noted(self, name: str) -> Callable[..., Pictures]:
        def step(*args: Any, **kwargs: Any) -> Pictures:
            kept = {key: value for key, value in kwargs.items() if key in _KEPT[name]}
            made = type(self)(decode=self._decode)
            made.__dict__["_steps"] = (*self._steps, (name, args, kept))
            return made

        return step

    def _rows(self, *, named: bool) -> Iterator[Any]:
        for row in self._samples():
            yield row if named else list(row.values())

    def _samples(self) -> Iterator[dict[str, Any]]:
        """Yield both pictures as the script makes them, in batches of one; raises where their shapes differ."""
        # Not from mindspore.dataset, where stand-ins are.
        from mindspore.dataset.engine.datasets_user_defined import GeneratorDataset

        made = GeneratorDataset(
            [_picture(size, decode=self._decode) for size in self.SIZES], ["image", "label"], shuffle=False,
            num_parallel_workers=1, python_multiprocessing=False,
        )  # fmt: skip
        for name, args, kwargs in self._steps:
            made = made.batch(1, **kwargs) if name == "batch" else made.map(*args, **kwargs, num_parallel_workers=1)
        rows = list(made.create_dict_iterator(num_epochs=1))
        if len({tuple(column.shape for column in row.values()) for row in rows}) != 1:
            raise ValueError("the shape of what comes out depends on the picture")
        yield from rows


class Thumbnails(Pictures):
    """Stands for a Cifar10Dataset, whose pictures are 32 × 32 (Krizhevsky, Learning Multiple Layers of Features)."""

    SIZES = ((32, 32), (32, 32))

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__(decode=True)


#: By the name of the class in mindspore.dataset.
READERS: Mapping[str, type[Pictures]] = {"ImageFolderDataset": Pictures, "Cifar10Dataset": Thumbnails}


def _picture(size: tuple[int, int], *, decode: bool) -> tuple[Any, Any]:
    """Return a picture as bytes of a JPEG file, or decoded to height × width × 3; and its label, 0."""
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(size).integers(0, 256, (*size, 3), dtype=np.uint8)
    if decode:
        return pixels, np.int32(0)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return np.frombuffer(file.getvalue(), np.uint8), np.int32(0)
