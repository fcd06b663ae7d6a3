"""For each shim a small repository that needs it and no other; test_shims.py runs each with the shim and without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ROWS = ((0.0, 1 / 3, 2 / 3), (1.0, 4 / 3, 5 / 3))
WEIGHT = ((1 / 7, 2 / 7, 3 / 7), (4 / 7, 5 / 7, 6 / 7))

#: What every case has beside its own code.
PLAIN = f"""
import numpy as np
from mindspore import Tensor, nn

WEIGHT = np.array({WEIGHT}, np.float32)


class Plain(nn.Cell):
    def __init__(self):
        super().__init__()
        self.fc = nn.Dense(3, 2, weight_init=Tensor(WEIGHT), has_bias=False)

    def construct(self, rows):
        return self.fc(rows)
"""


@dataclass(frozen=True)
class Case:
    """A repository, the error that it ends with where the shim is withheld, and what it gives where it is not."""

    conf: str  #: of mindspore_hub_conf.py: it has `create_network()`
    error: str  #: a part of the reason, or NUMBERS
    expected: Callable[[Any], Any] = lambda rows: rows @ _array(WEIGHT).T  #: by numpy, from the rows
    rows: Any = ROWS
    files: Mapping[str, str] = field(default_factory=dict)
    modes: tuple[str, ...] = ("pynative",)
    network: Mapping[str, str] = field(default_factory=lambda: {"source": "hub-conf", "name": "it"})


#: Without the shim the network runs, and gives other numbers.
NUMBERS = "other numbers"


def _array(values: Any) -> Any:
    import numpy as np

    return np.array(values, np.float32)


def _plain(before: str) -> str:
    """Return a configuration that does something and then builds the plain network."""
    return f"from plain import *\n{before}\n\ndef create_network():\n    return Plain()\n"


def _cell(construct: str, *init: str, before: str = "") -> str:
    """Return a configuration with a network of its own."""
    own = "".join(f"        {line}\n" for line in init)
    return (
        f"from plain import *\nimport mindspore\nfrom mindspore import ops\n{before}\n\nclass Own(Plain):\n"
        f"    def __init__(self):\n        super().__init__()\n{own}\n"
        f"    def construct(self, rows):\n        return {construct}\n\n"
        "def create_network():\n    return Own()\n"
    )


def _resized(rows: Any) -> Any:
    """Enlarge 2 × 2 to 4 × 4 by the half-open grid that ResizeBilinear has: place i of 4 is place i / 2 of 2."""
    import numpy as np

    places = np.minimum(np.arange(4) / 2, 1)
    along = np.stack([1 - places, places], 1).astype(np.float32)
    return np.einsum("ia,jb,ncab->ncij", along, along, rows)


def _tanh(rows: Any) -> Any:
    import numpy as np

    return np.tanh(rows)


def _recurrent(rows: Any) -> Any:
    """One layer of two tanh cells whose weights and biases are all 0.1, over rows of (time, 1, 3)."""
    import numpy as np

    state, states = np.zeros((1, 2), np.float32), []
    for row in rows:
        state = np.tanh(0.1 * row.sum() + 0.1 * state.sum() + 0.2) * np.ones((1, 2), np.float32)
        states.append(state)
    return np.stack(states)


def _gated(rows: Any) -> Any:
    """Long short-term memory over rows of (time, 1, 3): gates in the order input, candidate, forget, output."""
    import numpy as np

    weight = np.linspace(-1, 1, 40, dtype=np.float32).reshape(5, 8)
    h, c, states = np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32), []
    for row in rows:
        gates = np.concatenate([row, h], 1) @ weight + np.linspace(0, 1, 8, dtype=np.float32)
        i, j, f, o = np.split(gates, 4, 1)
        c = c / (1 + np.exp(-f - 1)) + np.tanh(j) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        states.append(h)
    return np.stack(states)


IMAGE = ((((0.0, 1.0), (2.0, 4.0)),),)

CASES: Mapping[str, Case] = {
    "configuration-place": Case(
        _plain("assert open('settings.yaml').read() == 'classes: 2'"),
        "No such file or directory: 'settings.yaml'",
        files={"config/settings.yaml": "classes: 2", "other/settings.yaml": "classes: 3"},
    ),
    # Nobody may make a folder there, whatever the sandbox allows.
    "author-folders": Case(_plain("import os\nos.makedirs('/sys/results')"), "/sys/results"),
    "config-module": Case(
        _plain("from src.config import classes\nassert classes == 2"),
        "No module named 'src.config'",
        files={"src/__init__.py": "", "src/model_utils/config.py": "classes = 2\n"},
    ),
    "device": Case(
        _plain("from mindspore import context\ncontext.set_context(device_target='Ascend', device_id=3)"), "Ascend"
    ),
    "single-process": Case(
        _plain(
            "from mindspore import context\n"
            "from mindspore.communication.management import get_group_size, get_rank, init\n"
            "init()\nassert (get_rank(), get_group_size()) == (0, 1)"
        ),
        "RuntimeError",
    ),
    "float32-compute": Case(
        _cell("self.fc(rows)", "self.to_float(mindspore.float16)"), NUMBERS, modes=("pynative", "graph")
    ),
    "numpy-aliases": Case(
        _plain("assert (np.int(2.5), np.float(1), np.bool(1)) == (2, 1.0, True)"), "numpy' has no attribute"
    ),
    "job-environment": Case(
        _plain("import os\nassert (os.environ['DEVICE_ID'], os.getenv('RANK_SIZE')) == ('0', '1')"), "DEVICE_ID"
    ),
    "easydict": Case(
        _plain(
            "from easydict import EasyDict as edict\n"
            "it = edict({'net': {'size': 2}, 'parts': [{'size': 3}]}, more=4)\nit.net.depth = 5\n"
            "it.update({'late': {'size': 6}})\n"
            "assert (it.net.size, it.parts[0].size, it.more, it['net']['depth'], it.late.size) == (2, 3, 4, 5, 6)\n"
            "assert not hasattr(it, 'absent')"
        ),
        "easydict",
    ),
    "yaml-load": Case(_plain("import yaml\nassert yaml.load('a: 2') == {'a': 2}"), "Loader"),
    "set-parameter-data": Case(
        "from plain import *\n\ndef create_network():\n    made = Plain()\n"
        "    made.fc.weight.set_parameter_data(Tensor(WEIGHT * 2))\n    return made\n",
        "set_parameter_data",
        lambda rows: rows @ _array(WEIGHT).T * 2,
    ),
    "ms-function": Case(
        _cell(
            "twice(self.fc(rows))",
            before="from mindspore import ms_function\n\n@ms_function\ndef twice(x):\n    return x * 2",
        ),
        "ms_function",
        lambda rows: rows @ _array(WEIGHT).T * 2,
    ),
    "checkparam": Case(
        _plain(
            "from mindspore._checkparam import Rel, Validator\n"
            "assert Validator.check_positive_int(2, 'size', 'Plain') == 2\n"
            "Validator.check_int(2, 1, Rel.GT, 'size', 'Plain')"
        ),
        "cannot import name",
    ),
    "resize-bilinear": Case(
        "from mindspore import nn, ops\n\n"
        "class Resized(nn.Cell):\n"
        "    def __init__(self):\n        super().__init__()\n        self.gain = nn.BatchNorm2d(1)\n"
        "        self.fixed = ops.ResizeBilinear((4, 4))\n        self.free = nn.ResizeBilinear()\n\n"
        "    def construct(self, rows):\n"
        "        return self.fixed(rows) + self.free(rows, size=(4, 4)) + self.free(rows, scale_factor=2)\n\n"
        "def create_network():\n    return Resized()\n",
        "ResizeBilinear",
        lambda rows: 3 * _resized(rows),
        IMAGE,
        modes=("pynative", "graph"),
    ),
    "sum-operator": Case(
        _cell("self.sum(rows, 1)", "self.sum = ops.Sum()"),
        "Sum",
        lambda rows: rows.sum(1),
        modes=("pynative", "graph"),
    ),
    "metrics": Case(
        _plain(
            "from mindspore.nn.metrics.metric import Metric, rearrange_inputs\n\nclass Own(Metric):\n"
            "    def clear(self): pass\n    def eval(self): return 1\n"
            "    update = rearrange_inputs(lambda self: None)\n\n"
            "assert Own().eval() == 1"
        ),
        "mindspore.nn.metrics",
    ),
    "data-transforms": Case(
        _plain(
            "import mindspore.dataset.vision.c_transforms as C\n"
            "import mindspore.dataset.transforms.py_transforms as P\n"
            "import mindspore.dataset.transforms.vision.c_transforms as V\n"
            "from mindspore.dataset.transforms.vision import Inter\n"
            "assert C.Resize((2, 2)) and V.Crop and P.Compose and Inter.LINEAR\n\n"
            "class Own(P.PyTensorOperation):\n    pass\n\n"
            "C.ComposeOp([])"
        ),
        "c_transforms",
    ),
    "profiler": Case(_plain("from mindspore.profiler.profiling import Profiler"), "mindspore.profiler.profiling"),
    "initial-values": Case(
        "from plain import *\nfrom mindspore.common.initializer import initializer\n\n"
        "def create_network():\n    made = Plain()\n"
        "    made.fc.weight.set_data(initializer('ones', [3, 2]).reshape((2, 3)))\n    return made\n",
        r"RuntimeError: The Tensor\(shape=\[3, 2\]",
        lambda rows: rows.sum(1, keepdims=True).repeat(2, 1),
    ),
    "to-tensor": Case(
        "from plain import *\nfrom mindspore.common.initializer import initializer\n\n"
        "def create_network():\n    made = Plain()\n"
        "    made.fc.weight.set_data(initializer('ones', [2, 3]).to_tensor())\n    return made\n",
        "to_tensor",
        lambda rows: rows.sum(1, keepdims=True).repeat(2, 1),
    ),
    "cell-constructor": Case(
        "from plain import *\n\nclass Own(nn.Cell):\n    def __init__(self):\n        self.inner = Plain()\n\n"
        "    def construct(self, rows):\n        return self.inner(rows)\n\ndef create_network():\n    return Own()\n",
        "Own|__init__",
        modes=("pynative", "graph"),
    ),
    "embedding-lookup": Case(
        "from plain import *\nimport mindspore\n\nclass Own(nn.Cell):\n    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.words = nn.EmbeddingLookup(2, 3, param_init=Tensor(WEIGHT), vocab_cache_size=0)\n\n"
        "    def construct(self, ids):\n        return self.words(ids.astype(mindspore.int32))\n\n"
        "def create_network():\n    return Own()\n",
        "vocab_cache_size",
        lambda rows: _array(WEIGHT)[rows.astype(int)],
        (1.0, 0.0, 1.0),
    ),
    "recurrent-dropout": Case(
        "from plain import *\n\nclass Own(nn.Cell):\n    def __init__(self):\n        super().__init__()\n"
        "        self.rnn = nn.RNN(3, 2, dropout=0)\n"
        "        for parameter in self.rnn.get_parameters():\n"
        "            parameter.set_data(Tensor(np.full(parameter.shape, 0.1, np.float32)))\n\n"
        "    def construct(self, rows):\n        return self.rnn(rows)[0]\n\ndef create_network():\n    return Own()\n",
        "dropout",
        _recurrent,
        tuple((row,) for row in ROWS),
    ),
    "scalar-cast": Case(
        _cell("rows * self.cast(2.75, mindspore.int32)", "self.cast = ops.ScalarCast()"),
        "ScalarCast|int32",
        lambda rows: rows * 2,
    ),
    "gather-v2": Case(
        _cell("self.gather(rows, Tensor([1, 0]), 1)", "self.gather = ops.GatherV2()"),
        "Gather",
        lambda rows: rows[:, [1, 0]],
        modes=("pynative", "graph"),
    ),
    "scalar-to-array": Case(
        _cell("rows * ops.ScalarToArray()(2).astype(mindspore.float32)"), "ScalarToArray", lambda rows: rows * 2
    ),
    "cast-of-nothing": Case(
        _cell(
            "rows if self.cast(None, mindspore.int32) is None else self.fc(rows)", "self.cast = ops.operations.Cast()"
        ),
        "Cast",
        lambda rows: rows,
    ),
    "dot-arguments": Case(_cell("ops.dot(x1=rows, x2=self.fc.weight.T)"), "x1", modes=("pynative", "graph")),
    "whole-sizes": Case(
        "from mindspore import nn, ops\n\nclass Resized(nn.Cell):\n    def __init__(self):\n"
        "        super().__init__()\n        self.gain = nn.BatchNorm2d(1)\n"
        "        self.resize, self.pool = ops.ResizeNearestNeighbor((4.0, 4.0)), nn.MaxPool2d(1.0, stride=1.0)\n\n"
        "    def construct(self, rows):\n        return self.pool(self.resize(rows))\n\n"
        "def create_network():\n    return Resized()\n",
        "ResizeNearestNeighbor|MaxPool2d",
        lambda rows: rows.repeat(2, 2).repeat(2, 3),
        IMAGE,
        modes=("pynative", "graph"),
    ),
    "dynamic-rnn": Case(
        _cell(
            "self.rnn(rows, self.weight, self.bias, None, self.state, self.state)[0]",
            "self.weight = Tensor(np.linspace(-1, 1, 40, dtype=np.float32).reshape(5, 8))",
            "self.bias = Tensor(np.linspace(0, 1, 8, dtype=np.float32))",
            "self.state = Tensor(np.zeros((1, 1, 2), np.float32))",
            "self.rnn = ops.DynamicRNN(forget_bias=1.0)",
        ),
        "DynamicRNN",
        _gated,
        tuple((row,) for row in ROWS),
    ),
    "whole-shapes": Case(
        _cell(
            "self.tile(self.reshape(rows, (4 / 2, 3)), (1.0, 2))",
            "self.reshape, self.tile = ops.Reshape(), ops.Tile()",
        ),
        "Reshape",
        lambda rows: rows.repeat(2, 0).reshape(2, 6),
    ),
    "list-arithmetic": Case(
        _cell("(rows + [1, 2, 3]) / (1, 2, 4)"), "div|add", lambda rows: (rows + _array((1, 2, 3))) / _array((1, 2, 4))
    ),
    "cell-list-index": Case(
        _cell("self.parts[1 / 2 * 2](rows)", "self.parts = nn.CellList([nn.ReLU(), nn.Tanh()])"),
        "must be int or slice",
        _tanh,
    ),
    "module-place": Case(
        _plain("import helpers\nfrom deep.numbers_of import CLASSES\nassert (helpers.CLASSES, CLASSES) == (2, 3)"),
        "No module named 'helpers'",
        files={"src/other/helpers.py": "CLASSES = 2\n", "src/deep/numbers_of.py": "CLASSES = 3\n"},
    ),
    "unimported-name": Case(
        _plain("class Meter(EasyDict):\n    pass\n\nassert Meter(value=2).value == EasyDict({'value': 2}).value == 2"),
        "name 'EasyDict' is not defined",
        # Whether the library is installed is another shim's concern.
        files={"easydict.py": "class EasyDict(dict):\n    __getattr__ = dict.__getitem__\n"},
    ),
    "library-spelling": Case(
        "",
        "mindcv.models has no 'SqueezeNet_1_1'",
        rows=None,
        network={"source": "package", "name": "mindcv.models:SqueezeNet_1_1"},
    ),
    "class-spelling": Case(
        "from plain import plain_\n\ndef create_network():\n    return plain_()\n",
        "cannot import name 'plain_' from 'plain'",
    ),
}
