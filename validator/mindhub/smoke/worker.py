"""The worker: builds a card's network, loads its checkpoint, runs it, and tells what happened.

It judges nothing. What it says is a claim of the network's process, which the harness (verdicts.py) judges.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.smoke import devices
from mindhub.smoke.wire import Decoder, Message, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mindspore import nn
    from numpy.typing import NDArray

    from mindhub.formats.table import TensorTable
    from mindhub.smoke.foreign import Foreign

    Send = Callable[..., None]

#: Samples of one call when a score is measured.
BATCH = 64
_SHOWN_FRAMES = 4
_ALTERED = 4  # tries with other values than the script's


def main(job: int, result: int, sandbox: str) -> None:
    """Read the job from one descriptor and write messages to the other; waits at the end until the job is closed."""
    message, token = _receive(job)
    send = _sender(result, token)
    send("started", {"sandbox": sandbox})
    stage = ["build"]
    try:
        _run(message, send, stage)
    except BaseException as error:  # noqa: BLE001 - SystemExit of a network is a result as well
        send("raised", {"stage": stage[0], **_described(error)})
    else:
        send("done", {})
    # The harness reads this process's peak memory before it lets go.
    while os.read(job, 1 << 12):
        pass


def _run(job: Message, send: Send, stage: list[str]) -> None:  # noqa: PLR0915 - the stages, told in order
    import mindspore
    import numpy as np

    from mindhub.formats.table import TensorTable
    from mindhub.smoke.loading import NetworkError, load_strict, network_table

    begun = time.process_time()
    values = job.values
    inputs, samples = job.arrays[: values["inputs"]], job.arrays[values["inputs"] :]
    devices.select(mindspore, devices.parse_device(values.get("device", "CPU")))
    mindspore.set_seed(0)
    graph = values["network"]["source"] == "mindir"
    set_context = mindspore.set_context  # kept from before the shims, which leave modes to the contract: this is it
    made = _graph(values) if graph else _built(values)
    network, holder = made.network, made.holder
    rows = [[row.name, list(row.shape), row.dtype] for row in network_table(holder)]
    if graph:  # the weights came with the graph: the file's table is the network's
        rows = [[row.name, list(row.shape), row.dtype] for row in TensorTable.from_json(values["table"]).tensors]
    arguments = getattr(sys.modules.get(type(holder).__module__), "SHAPE_ARGUMENTS", {})
    if made.guessed and not values.get("trace"):
        raise NetworkError(
            f"the script asks for arguments that nobody gave ({', '.join(made.guessed)}): smoke.network.args"
        )
    traced = [_kind_of(item) for item in made.inputs]
    told = {"stand-ins": made.stand_ins, "guessed": made.guessed, "ended": made.ended[:1000], "traced": traced}
    send("built", {"rows": rows, "arguments": arguments, "shims": made.ledger.names, **told})

    stage[0] = "load"
    if values["table"] is None:
        table, size = _save_random(holder, Path(values["checkpoint"]))
        send("saved", {"table": table.to_json(), "bytes": size})
    else:
        table = TensorTable.from_json(values["table"])
    if not graph:
        load_strict(holder, Path(values["checkpoint"]), table.tensors, values["ignore-extra"])
    weights = ((parameter.name, parameter.asnumpy()) for parameter in holder.get_parameters())
    counts = ((name, int(np.isnan(array).sum()), array.size) for name, array in weights if array.dtype.kind == "f")
    send("loaded", {"nan": [row for row in counts if row[1]]})

    if values.get("trace"):
        stage[0] = "run"
        _run_traced(made, send, begun)
    for mode in values["modes"]:
        stage[0] = "run"
        set_context(mode=mindspore.GRAPH_MODE if mode == "graph" else mindspore.PYNATIVE_MODE)
        first = time.monotonic()
        outputs = _call(network, inputs)
        second = time.monotonic()
        _call(network, inputs)
        seconds = [second - first, time.monotonic() - second]
        dtypes = [dtype for _, dtype in outputs]
        times = {"mode": mode, "seconds": seconds, "dtypes": dtypes}
        send("ran", {**times, "shims": made.ledger.names}, [array for array, _ in outputs])

    if samples:
        stage[0] = "evaluate"
        set_context(mode=mindspore.PYNATIVE_MODE if "pynative" in values["modes"] else mindspore.GRAPH_MODE)
        total = len(samples[0])
        batches = (tuple(array[start : start + BATCH] for array in samples) for start in range(0, total, BATCH))
        send("evaluated", {}, [np.concatenate([_call(network, batch)[0][0] for batch in batches])])


def _built(values: Mapping[str, Any]) -> Foreign:
    """Build the network; a library's may need the compatibility layer, one of the registry's own must not."""
    from mindhub.smoke.foreign import Foreign, build_foreign

    withheld = values.get("withheld", ())
    if "folder" in values:
        return build_foreign(values["network"], Path(values["folder"]), Path.cwd(), withheld=withheld)
    from mindhub.smoke.compat import Ledger, install
    from mindhub.smoke.loading import build

    made = Ledger()
    if values["network"]["source"] == "package":
        install(made, withheld)
    network = build(Path(values["registry"]), values["network"])
    return Foreign(network, network, ledger=made)


def _graph(values: Mapping[str, Any]) -> Foreign:
    """Load the graph of a MindIR file, weights included."""
    import mindspore
    from mindspore import nn

    from mindhub.smoke.foreign import Foreign

    # MindSpore wants the ending, which the file does not have here.
    link = Path("model.mindir")
    link.symlink_to(values["checkpoint"])
    network = nn.GraphCell(mindspore.load(str(link)))
    return Foreign(network, network)


def _run_traced(made: Foreign, send: Send, begun: float) -> None:
    """Run a network on the inputs that its script had: one sample of them, and where it does not like that, all.

    Where they cannot be computed here, as `_altered` says; what it ran on is told.
    """
    import mindspore

    mindspore.set_context(mode=mindspore.PYNATIVE_MODE)
    tries = [one for one in (_first_sample(made.inputs), made.inputs) if one]
    left = len(tries) + _ALTERED
    while tries:
        inputs = tries.pop(0)
        left -= 1
        start, used = time.monotonic(), time.process_time()
        try:
            outputs = list(_flat(made.network(*inputs)))
        except Exception as error:
            tries += _altered(inputs, error) if left else []
            if not tries:
                raise
            continue
        rows = [[list(array.shape), dtype, bool(_finite(array))] for array, dtype in outputs]
        values = {"inputs": [_kind_of(item) for item in inputs], "outputs": rows, "shims": made.ledger.names}
        now = time.process_time()
        # CPU seconds are user and system of all threads: of the run, and of the process since it took the job.
        times = {"seconds": time.monotonic() - start, "cpu": now - used, "cpu since job": now - begun}
        send("traced", {**times, **values})
        return


def _first_sample(inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Cut the batch of inputs, where they have one of the same size above 1, to one sample; else return nothing."""
    import mindspore

    if not inputs or not all(isinstance(item, mindspore.Tensor) and item.ndim > 1 for item in inputs):
        return ()
    batches = {item.shape[0] for item in inputs}
    return (
        tuple(mindspore.Tensor(item.asnumpy()[:1].copy()) for item in inputs)
        if min(batches) > 1 == len(batches)
        else ()
    )


def _altered(inputs: Sequence[Any], error: Exception) -> list[tuple[Any, ...]]:
    """Return the inputs as the CPU can take them: ids inside the table that refused them, or whole precision.

    An id beyond a table is an error on the CPU, and something or other elsewhere; scripts draw them at random. Half
    precision does not fit to networks that compute in float32 under the shim.
    """
    import mindspore

    limit = re.search(r"range \[(?:-\d+|0), (\d+)\), but got", str(error))
    made = []
    for item in inputs:
        tensor = isinstance(item, mindspore.Tensor)
        if limit and tensor and item.asnumpy().dtype.kind == "i":
            made.append(mindspore.Tensor(item.asnumpy() % int(limit[1])))
        elif not limit and tensor and item.dtype == mindspore.float16:
            made.append(item.astype(mindspore.float32))
        else:
            made.append(item)
    return [tuple(made)] if any(one is not item for one, item in zip(made, inputs, strict=True)) else []


def _kind_of(item: Any) -> dict[str, Any]:
    """Describe an input: shape, dtype and range of a tensor, else its type."""
    import mindspore

    if not isinstance(item, mindspore.Tensor):
        return {"type": type(item).__name__}
    array = item.asnumpy() if item.dtype != mindspore.bfloat16 else item.astype(mindspore.float32).asnumpy()
    ends = [float(array.min()), float(array.max())] if array.size else []
    return {"shape": list(item.shape), "dtype": str(item.dtype).lower(), "range": ends}


def _finite(array: NDArray[Any]) -> bool:
    import numpy as np

    return bool(array.dtype.kind not in "fc" or np.isfinite(array).all())


def _save_random(network: nn.Cell, path: Path) -> tuple[TensorTable, int]:
    """Save the weights that the network was made with, and make each zero: loading has to bring them back."""
    import mindspore

    from mindhub.formats import scan

    mindspore.save_checkpoint(network, str(path))
    path.chmod(0o600)
    for parameter in network.get_parameters():
        parameter.set_data(mindspore.ops.zeros_like(parameter))
    return scan(path, "ckpt"), path.stat().st_size


def _call(network: Any, inputs: Sequence[NDArray[Any]]) -> list[tuple[NDArray[Any], str]]:
    """Call the network and return its outputs with their dtypes, tuples flattened."""
    import mindspore

    outputs = list(_flat(network(*(mindspore.Tensor(array) for array in inputs))))
    if not outputs:
        raise TypeError("the network returned nothing")
    return outputs


def _flat(value: Any) -> Iterator[tuple[NDArray[Any], str]]:
    import mindspore
    import numpy as np

    if isinstance(value, mindspore.Tensor):
        dtype = str(value.dtype).lower()
        # numpy has no bfloat16; float32 holds every value of it.
        plain = value.astype(mindspore.float32) if dtype == "bfloat16" else value
        yield plain.asnumpy(), dtype
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _flat(item)
    elif isinstance(value, bool | int | float):
        array = np.asarray(value)
        yield array, str(array.dtype)
    else:
        raise TypeError(f"the network returned {type(value).__name__}, not a tensor")


def _described(error: BaseException) -> dict[str, Any]:
    """Return what the harness needs to know of an exception."""
    from mindhub.smoke.loading import LoadMismatch, NetworkError, NetworkUnavailable

    kinds = {
        LoadMismatch: "mismatch",
        NetworkError: "network",
        NetworkUnavailable: "unavailable",
        MemoryError: "memory",
    }
    known = next((word for kind, word in kinds.items() if isinstance(error, kind)), "exception")
    frames = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "/networks/" in frame.filename or "/code/" in frame.filename
    ]
    return {
        "known": known,
        "type": type(error).__name__,
        "message": str(error)[:4000],
        "frames": frames[-_SHOWN_FRAMES:],
        "notes": [str(note)[:1000] for note in getattr(error, "__notes__", [])],
    }


def _receive(descriptor: int) -> tuple[Message, str]:
    """Read the job; it begins with the token that our messages carry."""
    token = os.read(descriptor, 2 * TOKEN_BYTES).decode()
    decoder = Decoder(token)
    while data := os.read(descriptor, 1 << 20):
        for message in decoder.feed(data):
            return message, token
    raise EOFError("the job ended early")


TOKEN_BYTES = 16


def new_token() -> str:
    """Return the word by which the messages of one run are known."""
    return secrets.token_hex(TOKEN_BYTES)


def _sender(descriptor: int, token: str) -> Send:
    def send(kind: str, values: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> None:
        data = memoryview(encode(token, kind, values, arrays))
        while data:
            data = data[os.write(descriptor, data) :]

    return send
