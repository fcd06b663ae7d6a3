"""What the training scripts share: data, a seeded training loop, the checkpoint and its measurement.

A script beside this file is a `Recipe` and nothing else. Run as

    python registry/training/lenet_digits.py --out build/training

it trains on the CPU, writes `build/training/lenet_digits.ckpt` and prints what the card has to say about it:
size, sha256 and the score on the test split. With the same MindSpore on the same kind of processor the file
comes out the same, byte for byte; another kind may add up in another order, and then the last bits differ.
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

REGISTRY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides how a model comes out."""

    name: str  #: of the card and of the checkpoint
    network: Mapping[str, Any]  #: as under `smoke.network` of the card
    dataset: str
    preprocess: Mapping[str, Any]
    metric: str
    loss: Callable[[], nn.Cell]
    optimiser: Callable[[Sequence[mindspore.Parameter], Sequence[float]], nn.Optimizer]  #: of parameters and rates
    rate: float  #: the learning rate at the start; it falls to nothing along a half cosine
    epochs: int
    batch: int
    seed: int = 0
    prepare: Callable[[nn.Cell, NDArray[Any], NDArray[Any]], None] | None = None  #: sets what is not trained
    keep_training_state: bool = False  #: save the optimiser's slots too, so that training can go on


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trained checkpoint, measured."""

    path: Path
    size: int  #: bytes
    sha256: str
    metric: str
    value: float = field(metadata={"split": "test"})


def main(recipe: Recipe) -> None:
    """Run a recipe as a script: `--out DIR` says where the checkpoint goes."""
    parser = argparse.ArgumentParser(description=f"Train {recipe.name} and write its checkpoint.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint; made if absent")
    out = parser.parse_args().out
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
        f"trained in {time.monotonic() - start:.1f} s\n",
    )


def train(recipe: Recipe, out: Path) -> Outcome:
    """Train a recipe's network on the train split, save it under `out`, and measure it on the test split."""
    mindspore.set_device("CPU")
    mindspore.set_context(mode=mindspore.GRAPH_MODE)
    mindspore.set_seed(recipe.seed)
    training = load_split(recipe.dataset, "train", recipe.preprocess)
    (inputs,), targets = training.inputs, training.targets
    network = build(REGISTRY, recipe.network)
    if recipe.prepare is not None:
        recipe.prepare(network, inputs, targets)
    optimiser = _fit(recipe, network, inputs, targets)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{recipe.name}.ckpt"
    parameters = list(network.get_parameters())
    if recipe.keep_training_state:
        known = {parameter.name for parameter in parameters}
        parameters += [parameter for parameter in optimiser.get_parameters() if parameter.name not in known]
    mindspore.save_checkpoint([{"name": p.name, "data": p} for p in parameters], str(path))
    # A registry's files are read by everybody; MindSpore writes them for their owner alone.
    path.chmod(0o644)
    data = path.read_bytes()
    return Outcome(path, len(data), hashlib.sha256(data).hexdigest(), recipe.metric, evaluate(recipe, network))


def evaluate(recipe: Recipe, network: nn.Cell, split: str = "test") -> float:
    """Measure a network on a split that it was not trained on."""
    data = load_split(recipe.dataset, split, recipe.preprocess)
    outputs = network.set_train(False)(*(Tensor(array) for array in data.inputs))
    return measure(recipe.metric, outputs.asnumpy(), data.targets)


def standardise(network: nn.Cell, inputs: NDArray[Any], targets: NDArray[Any]) -> None:
    """Set the means and deviations of a network from `networks/mlp.py` to those of the training data."""
    _set_moments(network.features, inputs)
    if hasattr(network, "target"):
        _set_moments(network.target, targets.reshape(-1, 1))


def _set_moments(cell: nn.Cell, values: NDArray[Any]) -> None:
    exact = values.astype(np.float64)
    cell.mean.set_data(Tensor(exact.mean(axis=0).astype(np.float32)))
    cell.deviation.set_data(Tensor(exact.std(axis=0).astype(np.float32)))


def _fit(recipe: Recipe, network: nn.Cell, inputs: NDArray[Any], targets: NDArray[Any]) -> nn.Optimizer:
    """Train in place, on full batches only, in an order drawn from the recipe's seed; return the optimiser."""
    per_epoch = len(inputs) // recipe.batch
    steps = recipe.epochs * per_epoch
    rates = [recipe.rate * 0.5 * (1 + np.cos(np.pi * step / steps)) for step in range(steps)]
    network.set_train(True)
    optimiser = recipe.optimiser(network.trainable_params(), rates)
    step = nn.TrainOneStepCell(nn.WithLossCell(network, recipe.loss()), optimiser).set_train(True)
    order = np.random.default_rng(recipe.seed)
    for _ in range(recipe.epochs):
        shuffled = order.permutation(len(inputs))[: per_epoch * recipe.batch]
        for chosen in shuffled.reshape(per_epoch, recipe.batch):
            step(Tensor(inputs[chosen]), Tensor(targets[chosen]))
    return optimiser
