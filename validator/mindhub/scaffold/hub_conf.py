"""`mindspore_hub_conf.py`: by which a repository says how its networks are built."""

from __future__ import annotations

import re

from mindhub.messages import say
from mindhub.scaffold.contract import AnswerError

_FACTORY = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<name>[A-Za-z_]\w*)")

# Two arguments, as MindSpore Hub's published contract has them: the network's name, then what it takes.
_TEXT = '''\
"""Says how the networks of this repository are built: read by MindHub and by mindspore_hub."""

from {module} import {name}


def create_network(name, *args, **kwargs):
    """Return the network of this name, without weights."""
    if name == "{network}":
        return {name}(*args, **kwargs)
    raise ValueError(f"this repository has no network {{name!r}}; it has {network!r}")
'''


def hub_conf(factory: str) -> str:
    """Return the file for a factory such as `src.lenet:LeNet`; raises AnswerError where it is none."""
    match = _FACTORY.fullmatch(factory)
    if match is None:
        form = "src.lenet:LeNet"
        raise AnswerError(say("{text!r} names no class or function; write {form}", text=factory, form=form))
    network = match["name"].lower()
    return _TEXT.format(module=match["module"], name=match["name"], network=network)
