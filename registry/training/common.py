"""What the training scripts share: data, a seeded training loop, the checkpoint and its measurement.

A script beside this file is a `Recipe` and what only it needs. Run as

    python registry/training/lenet_digits.py --out build/training

it trains on the CPU, writes `build/training/lenet_digits.ckpt` and prints what the card has to say about it:
size, sha256 and the score on the test split. With the same MindSpore on the same kind of processor the file
comes out the same, byte for byte; another kind may add up in another order, and then the last bits differ.

The script reads which MindSpore it runs under: where a card was published for an earlier one too, that version gets
the recipe of that card.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mindspore
import numpy as np
from mindspore import Tensor, nn

from mindhub.smoke.datasets import load_split
from mindhub.smoke.loading import build
from mindhub.smoke.metrics import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mindhub.smoke.datasets import Split

REGISTRY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides how a model comes out."""

    name: str  #: of the card and of the checkpoint
    network: Mapping[str, Any]  #: as under `smoke.network` of the card
    dataset: str
    preprocess: Mapping[str, Any]
    metric: str
    loss: Callable[[], nn.Cell]  #: makes a cell of (what the network returns, targets)
    optimiser: Callable[[Sequence[mindspore.Parameter], Sequence[float]], nn.Optimizer]  #: of parameters and rates
    rate: float  #: the learning rate at the start; it falls to nothing along a half cosine
    epochs: int
    batch: int
    seed: int = 0
    prepare: Callable[[nn.Cell, NDArray[Any], NDArray[Any]], None] | None = None  #: sets what is not trained
    #: makes a cell of (inputs, targets) around a network, where its loss needs more than what it returns
    objective: Callable[[nn.Cell], nn.Cell] | None = None
    renew: Callable[[int], Split] | None = None  #: the training samples of an epoch, where they are not always the same
    keep_training_state: bool = False  #: save the optimiser's slots too, so that training can go on
    forms: tuple[str, ...] = ("ckpt",)  #: formats in which it is published; all hold the same weights


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trained checkpoint, measured."""

    path: Path
    size: int  #: bytes
    sha256: str
    metric: str
    value: float = field(metadata={"split": "test"})


def main(recipe: Recipe, earlier: Mapping[str, Recipe] | None = None) -> None:
    """Run a recipe as a script: `--out DIR` says where the checkpoint goes.

    `earlier` has the recipes of cards for other versions of MindSpore, such as "2.9".
    """
    parser = argparse.ArgumentParser(description=f"Train {recipe.name} and write its checkpoint.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint; made if absent")
    out = parser.parse_args().out
    recipe = (earlier or {}).get(".".join(mindspore.__version__.split(".")[:2]), recipe)
    # MindSpore sums the gradients of a convolution in as many parts as there are cores. On one core the bytes of
    # the result do not depend on the machine's number of them.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    start = time.monotonic()
    outcome = train(recipe, out)
    sys.stdout.write(
        f"{outcome.path}\n"
        f"size    {outcome.size}\n"
        f"sha256  {outcome.sha256}\n"
        f"test    {outcome.metric} {outcome.value:.4f}\n"
        f"trained in {time.monotonic() - start:.1f} s with MindSpore {mindspore.__version__}\n",
    )


def train(recipe: Recipe, out: Path) -> Outcome:
    """Train a recipe's network on the train split, save it under `out`, and measure it on the test split."""
    mindspore.set_device("CPU")
    mindspore.set_context(mode=mindspore.GRAPH_MODE)
    mindspore.set_seed(recipe.seed)
    training = load_split(recipe.dataset, "train", recipe.preprocess)
    network = build(REGISTRY, recipe.network)
    if recipe.prepare is not None:
        recipe.prepare(network, training.inputs[0], training.targets)
    optimiser = _fit(recipe, network, training)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{recipe.name}.ckpt"
    parameters = list(network.get_parameters())
    if recipe.keep_training_state:
        known = {parameter.name for parameter in parameters}
        parameters += [parameter for parameter in optimiser.get_parameters() if parameter.name not in known]
    mindspore.save_checkpoint([{"name": p.name, "data": p} for p in parameters], str(path))
    # A registry's files are read by everybody; MindSpore writes them for their owner alone.
    path.chmod(0o644)
    network.set_train(False)
    data = path.read_bytes()
    return Outcome(path, len(data), hashlib.sha256(data).hexdigest(), recipe.metric, evaluate(recipe, network))


def evaluate(recipe: Recipe, network: nn.Cell, split: str = "test") -> float:
    """Measure a network on a split that it was not trained on."""
    data = load_split(recipe.dataset, split, recipe.preprocess)
    return measure(recipe.metric, outputs(network, data), data.targets)


def outputs(network: nn.Cell, data: Split) -> NDArray[Any]:
    """Return what a network makes of all samples of a split."""
    result: NDArray[Any] = network.set_train(False)(*(Tensor(array) for array in data.inputs)).asnumpy()
    return result


def standardise(network: nn.Cell, inputs: NDArray[Any], targets: NDArray[Any]) -> None:
    """Set the means and deviations of a network from `networks/mlp.py` to those of the training data."""
    _set_moments(network.features, inputs)
    if hasattr(network, "target"):
        _set_moments(network.target, targets.reshape(-1, 1))


def _set_moments(cell: nn.Cell, values: NDArray[Any]) -> None:
    exact = values.astype(np.float64)
    deviation = exact.std(axis=0)
    cell.mean.set_data(Tensor(exact.mean(axis=0).astype(np.float32)))
    # A column that never changes is told from nothing; dividing by its deviation would make it infinite.
    cell.deviation.set_data(Tensor(np.where(deviation == 0, 1.0, deviation).astype(np.float32)))


class Objective(nn.Cell):
    """A network with its loss, as one cell of (inputs, targets)."""

    def __init__(self, network: nn.Cell, loss: nn.Cell) -> None:
        super().__init__(auto_prefix=False)
        self.network = network
        self.loss = loss

    def construct(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Map a batch to its mean loss."""
        return self.loss(self.network(inputs), targets)


def _fit(recipe: Recipe, network: nn.Cell, training: Split) -> nn.Optimizer:
    """Train in place, on full batches only, in an order drawn from the recipe's seed; return the optimiser."""
    count = len(training.targets)
    per_epoch = count // recipe.batch
    steps = recipe.epochs * per_epoch
    rates = [recipe.rate * 0.5 * (1 + np.cos(np.pi * step / steps)) for step in range(steps)]
    network.set_train(True)
    optimiser = recipe.optimiser(network.trainable_params(), rates)
    objective = recipe.objective(network) if recipe.objective else Objective(network, recipe.loss())
    step = nn.TrainOneStepCell(objective, optimiser).set_train(True)
    order = np.random.default_rng(recipe.seed)
    for epoch in range(recipe.epochs):
        samples = recipe.renew(epoch) if recipe.renew else training
        shuffled = order.permutation(count)[: per_epoch * recipe.batch]
        for chosen in shuffled.reshape(per_epoch, recipe.batch):
            step(Tensor(samples.inputs[0][chosen]), Tensor(samples.targets[chosen]))
    return optimiser
