"""A small repository with code as it was written for MindSpore 1.x; the tests commit it."""

from __future__ import annotations

import subprocess
from pathlib import Path

NETWORK = """
import absent_library
import numpy as np
from mindspore import nn
from mindspore.common.api import ms_function
from mindspore._checkparam import Validator


class Small(nn.Cell):
    def __init__(self, classes):
        super().__init__()
        Validator.check_positive_int(classes)
        self.classes = np.int(classes)
        self.fc = nn.Dense(3, classes).to_float(__import__("mindspore").float16)

    def construct(self, rows):
        return self.fc(rows)


class Wrapped(nn.Cell):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def construct(self, rows):
        return self.inner(rows) * 2


class Empty(nn.Cell):
    def construct(self, rows):
        return rows


class Absent(absent_library.Network):
    pass
"""
CONF = """
from src.net import Absent, Empty, Small
from src.config import classes


def create_network(name, *args, **kwargs):
    if name == "small":
        return Small(classes, *args, **kwargs)
    if name == "empty":
        return Empty()
    if name == "absent":
        return Absent()
    raise NotImplementedError(f"{name} is not here")
"""
EXPORT = """
import argparse
import os
import numpy as np
import yaml
from mindspore import Tensor, context, export, load_checkpoint, load_param_into_net
from src.net import Small, Wrapped

parser = argparse.ArgumentParser()
parser.add_argument("--ckpt_file", type=str, required=True)
parser.add_argument("--config_path", type=str, default="default_config.yaml")
parser.add_argument("--device_target", type=str, default="Ascend", choices=["Ascend", "GPU"])
args = parser.parse_args()
context.set_context(mode=context.GRAPH_MODE, device_target=args.device_target, device_id=int(os.getenv("DEVICE_ID")))
assert os.path.exists(args.ckpt_file)
config = yaml.load(open(args.config_path))
net = Small(config["classes"])
load_param_into_net(net, load_checkpoint(args.ckpt_file))
export(Wrapped(net), Tensor(np.zeros([4, 3]), __import__("mindspore").float32), file_name="x", file_format="AIR")
"""
GUESS = EXPORT.replace(
    '"--config_path", type=str,', '"--width", type=int, required=True)\nparser.add_argument("--config_path",'
)
FILES = {
    "net/src/net.py": NETWORK,
    "net/src/model_utils/config.py": "classes = 2\n",
    "net/mindspore_hub_conf.py": CONF,
    "net/export.py": EXPORT,
    "net/guess.py": GUESS,
    "net/config/default_config.yaml": "classes: 2\n",
    "net/picture.png": "not code",
    "other/big.py": "x = 1\n",
}


def commit(folder: Path, files=None) -> str:
    """Write files into a repository, made if it is none, commit them, and return the commit."""
    if not (folder / ".git").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet", "--initial-branch=r1.9")
        git(folder, "config", "uploadpack.allowFilter", "true")
        git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    for name, text in (FILES if files is None else files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "x")
    return git(folder, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout
