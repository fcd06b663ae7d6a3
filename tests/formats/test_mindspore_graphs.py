"""What `mindspore.export` writes is listed as the network has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mindhub.formats import FormatError, scan
from mindhub.formats.stats import measure

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.mindspore, pytest.mark.filterwarnings("ignore")]  # MindSpore's own, while it compiles


@pytest.fixture(scope="module")
def ms() -> Any:
    return pytest.importorskip("mindspore")


@pytest.fixture(scope="module")
def network(ms: Any) -> Any:
    from formats.networks import Small

    return Small().set_train(False)


@pytest.mark.parametrize("file_format", ["MINDIR", "ONNX"])
def test_a_network_is_listed_with_its_parameters_inputs_and_outputs(ms, network, tmp_path: Path, file_format):
    import numpy as np

    path = tmp_path / f"net.{file_format.lower()}"
    ms.export(network, ms.Tensor(np.ones((2, 1, 8, 8), np.float32)), file_name=str(path), file_format=file_format)

    table = scan(path, file_format.lower())

    parameters = {parameter.name: parameter.asnumpy() for parameter in network.get_parameters()}
    content = path.read_bytes()
    assert {t.name: t.shape for t in table.tensors} == {name: value.shape for name, value in parameters.items()}
    assert all(content[t.offset : t.offset + t.nbytes] == parameters[t.name].tobytes() for t in table.tensors)
    assert [(value.name, value.shape, value.dtype) for value in table.inputs] == [("x", (2, 1, 8, 8), "float32")]
    assert [(value.shape, value.dtype) for value in table.outputs] == [((2, 10), "float32"), ((), "float32")]
    assert {extra.name: extra.text for extra in table.extras}["producer_name"] == "MindSpore"
    assert table.suspicious == ()


def test_open_sizes_are_minus_one(ms, network, tmp_path: Path):
    path = tmp_path / "net.mindir"
    ms.export(network, ms.Tensor(shape=[None, 1, 8, 8], dtype=ms.float32), file_name=str(path), file_format="MINDIR")

    table = scan(path, "mindir")

    assert [value.shape for value in table.inputs] == [(-1, 1, 8, 8)]
    assert table.outputs[0].shape == (-1, 10)


def test_an_encrypted_model_is_named_as_such(ms, network, tmp_path: Path):
    import numpy as np

    path = tmp_path / "net.mindir"
    example = ms.Tensor(np.ones((2, 1, 8, 8), np.float32))
    key = b"0123456789ABCDEF"
    ms.export(network, example, file_name=str(path), file_format="MINDIR", enc_key=key, enc_mode="AES-GCM")

    with pytest.raises(FormatError, match="encrypted with AES-GCM"):
        scan(path, "mindir")


def test_weights_in_files_of_their_own_are_found(ms, network, tmp_path: Path, monkeypatch):
    import numpy as np
    from mindspore.train import serialization

    # What MindSpore does over 1 GB, asked for at once.
    monkeypatch.setattr(serialization, "TOTAL_SAVE", 0)
    path = tmp_path / "net.mindir"
    example = ms.Tensor(np.ones((2, 1, 8, 8), np.float32))
    ms.export(network, example, file_name=str(path), file_format="MINDIR")

    graph = tmp_path / "net_graph.mindir"
    table = scan(graph, "mindir")
    maxima = {stats.name: stats.maximum for stats in measure(graph, table).stats}

    assert {tensor.file for tensor in table.tensors} == {"net_variables/data_0"}
    assert table.suspicious == ()
    expected = {parameter.name: float(parameter.asnumpy().max()) for parameter in network.get_parameters()}
    assert maxima == pytest.approx(expected)
