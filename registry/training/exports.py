"""The other formats of a published checkpoint: safetensors and MindIR by MindSpore, ONNX by the onnx package.

    python registry/training/exports.py lenet_digits --out registry/mindhub/2.10

reads `lenet_digits.ckpt` in the folder and writes what the card's recipe lists under `forms` beside it. The same
checkpoint gives the same bytes. ONNX is not MindSpore's own export: the graph is written out below, layer by layer,
from the network's definition, so that it is a second opinion on it.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mindspore
from mindspore import Tensor, nn

from mindhub.smoke.loading import build

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from common import Recipe
    from numpy.typing import NDArray

REGISTRY = Path(__file__).resolve().parents[1]
#: Of the ONNX files: what every reader of the last years knows.
OPSET, IR_VERSION = 17, 8


def write(recipe: Recipe, checkpoint: Path) -> list[Path]:
    """Write a checkpoint's other formats beside it; return the files."""
    network = build(REGISTRY, recipe.network)
    values = mindspore.load_checkpoint(str(checkpoint))
    mindspore.load_param_into_net(network, values)
    network.set_train(False)
    files = []
    for form in recipe.forms:
        if form != "ckpt":
            path = checkpoint.with_suffix(f".{form}")
            _WRITERS[form](recipe, network, path)
            path.chmod(0o644)
            files.append(path)
    return files


def _safetensors(_recipe: Recipe, network: nn.Cell, path: Path) -> None:
    parameters = [{"name": p.name, "data": p} for p in network.get_parameters()]
    mindspore.save_checkpoint(parameters, str(path), format="safetensors")


def _mindir(recipe: Recipe, network: nn.Cell, path: Path) -> None:
    """Write the graph for any number of samples."""
    from mindhub.smoke.datasets import load_split

    sample = load_split(recipe.dataset, "test", recipe.preprocess).inputs[0]
    any_batch = Tensor(shape=[None, *sample.shape[1:]], dtype=Tensor(sample[:1]).dtype)
    mindspore.set_context(mode=mindspore.GRAPH_MODE)
    mindspore.export(network, any_batch, file_name=str(path.with_suffix("")), file_format="MINDIR")


def _onnx(recipe: Recipe, network: nn.Cell, path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = {parameter.name: parameter.asnumpy() for parameter in network.get_parameters()}
    nodes, shape = _GRAPHS[recipe.network["name"]](weights)
    classes = list(weights.values())[-1].shape[0]  # of the last layer's bias
    graph = helper.make_graph(
        [helper.make_node(kind, inputs, [output], **more) for kind, inputs, output, more in nodes],
        recipe.name,
        [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _lenet(_weights: Mapping[str, NDArray[Any]]) -> tuple[list[Any], list[int]]:
    """Return nodes and the shape of one sample of `networks/lenet.py`."""
    same = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    halve = {"kernel_shape": [2, 2], "strides": [2, 2]}
    nodes: list[Any] = []
    last = "inputs"
    for layer in ("conv1", "conv2"):
        nodes += [
            ("Conv", [last, f"{layer}.weight", f"{layer}.bias"], layer, same),
            ("Relu", [layer], f"{layer}.relu", {}),
            ("MaxPool", [f"{layer}.relu"], f"{layer}.pool", halve),
        ]
        last = f"{layer}.pool"
    nodes += [
        ("Flatten", [last], "flat", {}),
        ("Gemm", ["flat", "fc1.weight", "fc1.bias"], "fc1", {"transB": 1}),
        ("Relu", ["fc1"], "fc1.relu", {}),
        ("Gemm", ["fc1.relu", "fc2.weight", "fc2.bias"], "logits", {"transB": 1}),
    ]
    return nodes, [1, 8, 8]


def _classifier(weights: Mapping[str, NDArray[Any]]) -> tuple[list[Any], list[int]]:
    """Return nodes and the shape of one sample of `Classifier` in `networks/mlp.py`."""
    layers = sorted({int(name.split(".")[1]) for name in weights if name.startswith("body.")})
    nodes: list[Any] = [
        ("Sub", ["inputs", "features.mean"], "centred", {}),
        ("Div", ["centred", "features.deviation"], "scores", {}),
    ]
    last = "scores"
    for layer in layers:
        output = "logits" if layer == layers[-1] else f"layer.{layer}"
        nodes.append(("Gemm", [last, f"body.{layer}.weight", f"body.{layer}.bias"], output, {"transB": 1}))
        last = output
        if layer != layers[-1]:
            nodes.append(("Relu", [last], f"{last}.relu", {}))
            last = f"{last}.relu"
    return nodes, [len(weights["features.mean"])]


_GRAPHS: Mapping[str, Callable[..., Any]] = {"lenet:LeNet": _lenet, "mlp:Classifier": _classifier}
_WRITERS: Mapping[str, Callable[[Recipe, nn.Cell, Path], None]] = {
    "safetensors": _safetensors,
    "mindir": _mindir,
    "onnx": _onnx,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the other formats of a published checkpoint.")
    parser.add_argument("name", help="of the card, such as lenet_digits")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the checkpoint")
    arguments = parser.parse_args()
    mindspore.set_device("CPU")
    write(importlib.import_module(arguments.name).RECIPE, arguments.out / f"{arguments.name}.ckpt")
