"""What MindSpore itself writes is listed as MindSpore loads it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from mindhub.formats import FormatError, scan

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.mindspore

DTYPES = (
    "bool_",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
)


@pytest.fixture(scope="module")
def ms() -> Any:
    return pytest.importorskip("mindspore")


@pytest.fixture(scope="module")
def parameters(ms: Any) -> list[dict[str, Any]]:
    import numpy as np

    made = [{"name": f"{name}.权重", "data": ms.Tensor(np.ones((2, 3, 5), getattr(np, name)))} for name in DTYPES]
    made.append({"name": "scalar", "data": ms.Tensor(np.float32(3))})
    made.append({"name": "one", "data": ms.Tensor(np.ones((1,), np.float32))})
    made.append({"name": "bfloat16", "data": ms.Tensor(np.ones((4,), np.float32)).astype(ms.bfloat16)})
    made.append({"name": "int4", "data": ms.Tensor(np.ones((4,), np.int8), ms.qint4x2)})
    return made


APPENDED = {"epoch_num": 3, "lr": 0.25, "done": True, "author": "héllo 世界", "none": ""}


def loaded(ms: Any, path: Path) -> tuple[dict[str, tuple[tuple[int, ...], str]], dict[str, str]]:
    """Load with MindSpore: shapes and dtypes of the parameters, and the strings."""
    values = ms.load_checkpoint(str(path), format=path.suffix[1:])
    tensors = {
        name: (tuple(value.shape), str(value.dtype).lower().replace("qint4x2", "int4"))
        for name, value in values.items()
        if not isinstance(value, str)
    }
    return tensors, {name: value for name, value in values.items() if isinstance(value, str)}


@pytest.mark.parametrize("crc", [False, True])
def test_a_checkpoint_is_listed_as_mindspore_loads_it(ms, parameters, tmp_path, crc):
    path = tmp_path / "model.ckpt"
    ms.save_checkpoint(parameters, str(path), append_dict=APPENDED, crc_check=crc)

    table = scan(path, "ckpt")

    tensors, strings = loaded(ms, path)
    assert {t.name: (t.shape, t.dtype) for t in table.tensors} == tensors
    assert {extra.name: extra.text for extra in table.extras} == strings
    assert len(table.tensors) == len(parameters) + 3
    assert table.suspicious == ()


def test_the_content_lies_where_the_table_says(ms, tmp_path):
    import numpy as np

    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    path = tmp_path / "model.ckpt"
    ms.save_checkpoint([{"name": "w", "data": ms.Tensor(values)}], str(path))

    (tensor,) = scan(path, "ckpt").tensors

    assert path.read_bytes()[tensor.offset : tensor.offset + tensor.nbytes] == values.tobytes()


def test_a_generator_in_append_dict_is_16_bytes(ms, tmp_path):
    import numpy as np

    path = tmp_path / "model.ckpt"
    weights = [{"name": "w", "data": ms.Tensor(np.ones(3, np.float32))}]
    ms.save_checkpoint(weights, str(path), append_dict={"rng": ms.Generator()})

    table = scan(path, "ckpt")

    assert [(t.name, t.shape, t.dtype) for t in table.tensors[1:]] == [("rng", (16,), "uint8")]


@pytest.mark.parametrize("mode", ["AES-GCM", "AES-CBC", "SM4-CBC"])
def test_an_encrypted_checkpoint_is_named_as_such(ms, parameters, tmp_path, mode):
    path = tmp_path / "model.ckpt"
    ms.save_checkpoint(parameters[:2], str(path), enc_key=b"0123456789ABCDEF", enc_mode=mode)

    with pytest.raises(FormatError, match=mode) as caught:
        scan(path, "ckpt")

    assert caught.value.kind == "encrypted"


def test_safetensors_are_listed_as_mindspore_loads_them(ms, parameters, tmp_path):
    path = tmp_path / "model.safetensors"
    ms.save_checkpoint(parameters, str(path), format="safetensors")

    table = scan(path, "safetensors")

    tensors, _ = loaded(ms, path)
    assert {t.name: (t.shape, t.dtype) for t in table.tensors} == tensors
    assert len(table.tensors) == len(parameters)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:getName:DeprecationWarning")  # MindSpore's own, in its background writer
@pytest.mark.parametrize("in_background", [False, True])
def test_a_tensor_over_512_mib_is_listed_whole_however_it_was_written(ms, tmp_path, in_background):
    import numpy as np

    path = tmp_path / "model.ckpt"
    weights = [{"name": "big", "data": ms.Tensor(np.zeros((5, 30_000_000), np.float32))}]
    ms.save_checkpoint(weights, str(path), async_save=in_background)
    for thread in [thread for thread in threading.enumerate() if thread.name == "asyn_save_ckpt"]:
        thread.join()

    table = scan(path, "ckpt")

    path.unlink()
    assert [(t.name, t.shape, t.nbytes) for t in table.tensors] == [("big", (5, 30_000_000), 600_000_000)]
    assert table.suspicious == ()
