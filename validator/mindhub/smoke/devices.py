"""Devices: which one a network runs on, whether it is there, and what a run may use on it.

Proven on the CPU alone. For the others the code is the same with one word changed; `mindhub smoke --device Ascend CARD`
is what proves it on a machine that has one.
"""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mindhub.smoke.contract import Limits

KINDS = ("CPU", "Ascend", "GPU")
_FORM = re.compile(r"(CPU|Ascend|GPU)(?::([0-9]{1,2}))?")
#: What the drivers' users open. `{}` is the device's number; what is not there is left out.
_NODES = {
    "Ascend": ("/dev/davinci{}", "/dev/davinci_manager", "/dev/devmm_svm", "/dev/hisi_hdc"),
    "GPU": ("/dev/nvidia{}", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"),
}
#: Variables of the user's that the drivers' libraries need, by their beginnings.
_VARIABLES = {"Ascend": ("ASCEND_", "CANN_", "TOOLCHAIN_HOME"), "GPU": ("CUDA_", "NVIDIA_")}
#: Beyond a contract's limits, which are those of the CPU: compilers of operators take their time, runtimes memory of
#: the host's. Estimates; nothing here has run there.
_ALLOWANCES = {"CPU": (1.0, 0), "Ascend": (5.0, 8_000_000_000), "GPU": (2.0, 4_000_000_000)}
_PROBE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a machine."""

    kind: str = "CPU"  #: as MindSpore spells it
    number: int = 0

    def __str__(self) -> str:
        return self.kind if self.kind == "CPU" else f"{self.kind}:{self.number}"

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the files below /dev that a process needs for it, as far as they are there."""
        wanted = (name.format(self.number) for name in _NODES.get(self.kind, ()))
        return tuple(place for name in wanted for place in glob.glob(name))  # noqa: PTH207 - absolute names

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what of the user's environment the device's libraries need."""
        beginnings = _VARIABLES.get(self.kind, ())
        return {name: value for name, value in environment.items() if beginnings and name.startswith(beginnings)}

    def limits(self, limits: Limits) -> Limits:
        """Return what a run may use on this device, given what it may use on a CPU."""
        factor, more = _ALLOWANCES[self.kind]
        return replace(limits, seconds=limits.seconds * factor, memory=limits.memory + more)


CPU = Device()


def parse_device(text: str) -> Device:
    """Read `CPU`, `Ascend` or `Ascend:1`; ValueError for what is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no device; there are {', '.join(KINDS)}, with a number as in 'Ascend:1'")
    return Device(found[1], int(found[2] or 0))


def select(layer: Any, device: Device) -> None:
    """Have MindSpore (`layer`) use a device; before anything is built."""
    if device.kind == "CPU":
        layer.set_device("CPU")
    else:
        layer.set_device(device.kind, device.number)


def capability(layer: Any, device: Device) -> dict[str, Any]:
    """Ask MindSpore (`layer`) about a device: `available`, a `reason` if it is not, else its `name` and `memory`."""
    if device.kind == "CPU":
        return {"available": True, "name": "CPU"}
    try:
        if not layer.hal.is_available(device.kind):
            return {"available": False, "reason": f"this MindSpore finds no {device.kind}"}
        count = int(layer.hal.device_count(device.kind))
        if device.number >= count:
            return {"available": False, "reason": f"there are {count} of {device.kind}, counted from 0"}
        properties = layer.hal.get_device_properties(device.number, device.kind)
        name, memory = str(properties.name), int(properties.total_memory)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the device cannot be used
        return {"available": False, "reason": f"{type(error).__name__}: {error}"[:400]}
    return {"available": True, "name": name, "memory": memory}


def probe(device: Device, python: Path | str = sys.executable, source: str = "") -> str:
    """Say why a device cannot be used here, empty where it can; a process of its own asks, for drivers start threads.

    `source` is the folder that holds this package, for a Python that does not have it installed.
    """
    if device.kind == "CPU":
        return ""
    asked = [str(python), "-s", "-P", "-m", "mindhub.smoke.devices", str(device)]
    environment = {**os.environ, "PYTHONPATH": source, "GLOG_v": "3"} if source else None
    try:
        done = subprocess.run(  # noqa: S603 - this package
            asked, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False, env=environment
        )
        said = json.loads(done.stdout.rpartition("\n")[2] or done.stdout.strip().rpartition("\n")[2])
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return f"{device} could not be asked for: {error}"
    return "" if said["available"] else f"{device} cannot be used: {said['reason']}"


if __name__ == "__main__":
    import mindspore

    print(json.dumps(capability(mindspore, parse_device(sys.argv[1]))))  # noqa: T201 - its answer
