"""Started by test_shims.py: what MindHub's own process does leaves MindSpore, numpy and Python as they were.

Prints JSON: what differs after a card was loaded and a foreign network tried in a child, and for each shim whether this
comparison would have noticed it here.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import yaml

from mindhub import client
from mindhub.smoke import loading
from mindhub.smoke.child import Nursery
from mindhub.smoke.propose import trial

#: What shims change, and no import of MindSpore brings by itself.
for name in ("communication.management", "dataset.vision", "nn.metrics", "ops.operations", "mint"):
    importlib.import_module(f"mindspore.{name}")


def state():
    """Return what modules and classes of MindSpore and of others that shims change consist of, by identity."""
    ours = [builtins, os, np, yaml, loading]
    modules = [*ours, *(module for name, module in sys.modules.items() if name.partition(".")[0] == "mindspore")]
    found = {"meta path": tuple(type(finder).__name__ for finder in sys.meta_path), "environment": type(os.environ)}
    classes = {}
    for module in modules:
        held = dict(vars(module))
        # What an import adds to a module is no change, but for the one function that answers for absent names.
        found[module.__name__, "__getattr__"] = id(held.get("__getattr__"))
        found |= {(module.__name__, name): id(value) for name, value in held.items() if callable(value)}
        # By its type's own account: stand-ins of MindSpore answer isinstance with work.
        classes |= {id(value): value for value in held.values() if issubclass(type(value), type)}
    for kind in classes.values():
        if str(vars(kind).get("__module__")).startswith("mindspore"):
            found[kind.__module__, kind.__qualname__, id(kind)] = {key: id(part) for key, part in vars(kind).items()}
    return found


def changed(before):
    """Return the names of what was there before and is something else now."""
    now = state()
    return sorted(f"{key}" for key, value in before.items() if now.get(key) != value)


def main(registry, uid, folder):
    first = state()
    client.load(uid, registry=registry)
    with Nursery(unsandboxed=True) as nursery:
        outcome = trial(nursery, Path(folder), {"source": "hub-conf", "name": "it"}, run=False)
    left = changed(first)
    from mindhub.smoke.compat import ALL_SHIMS

    noticed = {}
    before = state()
    for shim in ALL_SHIMS:
        shim.install(lambda: None)
        before, earlier = state(), before
        noticed[shim.name] = before != earlier
    shims = outcome.of("built")[0].message.values["shims"]
    print(json.dumps({"left": left, "shims in the child": shims, "noticed": noticed}))  # noqa: T201 - the answer


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
