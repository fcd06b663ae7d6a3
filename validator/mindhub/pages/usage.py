"""What a visitor can paste: only lines that are true for the card at hand."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mindhub.pages.links import safe_url

if TYPE_CHECKING:
    from mindhub.model import Asset
    from mindhub.pages.entries import Entry
    from mindhub.pages.inputs import Options

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True, slots=True)
class Signature:
    """One input or output of the network, as the card declares it."""

    name: str
    shape: tuple[int, ...]
    dtype: str  #: empty where the card does not say


def signatures(entry: Entry, side: str) -> tuple[Signature, ...]:
    """Return the declared `inputs` or `outputs`; empty where there are none or they are malformed."""
    items = (entry.card.smoke or {}).get(side)
    if not isinstance(items, list):
        return ()
    return tuple(made for item in items if (made := _signature(item)))


def _signature(item: Any) -> Signature | None:
    shape = item.get("shape") if isinstance(item, dict) else None
    if not isinstance(shape, list) or not all(isinstance(dim, int) for dim in shape):
        return None
    name, dtype = item.get("name"), item.get("dtype")
    return Signature(name if isinstance(name, str) else "", tuple(shape), dtype if isinstance(dtype, str) else "")


def python_lines(entry: Entry) -> str:
    """Return Python that loads the network and calls it; empty where loading it was not verified."""
    if "loads" not in entry.state.reached:
        return ""
    inputs = signatures(entry, "inputs")
    if "runs" not in entry.state.reached or not inputs or not all(_NUMPY.fullmatch(item.dtype) for item in inputs):
        return f"import mindhub\n\nnetwork = mindhub.load({entry.uid!r})\n".replace("'", '"')
    arguments = ", ".join(f"ms.Tensor(np.zeros({_tuple(item.shape)}, np.{item.dtype}))" for item in inputs)
    return (
        "import mindhub\nimport mindspore as ms\nimport numpy as np\n\n"
        f'network = mindhub.load("{entry.uid}")\n'
        f"output = network({arguments})\n"
    )


#: Types of inputs that numpy has under the same name.
_NUMPY = re.compile(r"(u?int(8|16|32|64)|float(16|32|64))")


def _tuple(shape: tuple[int, ...]) -> str:
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def install_lines(options: Options) -> str:
    """Return the shell lines after which the Python works: a checkout of the registry and its package."""
    repository = safe_url(options.repository)
    lines = []
    if repository:
        folder = posixpath.basename(urlsplit(repository).path.rstrip("/")).removesuffix(".git")
        lines = [f"git clone {shlex.quote(repository)}", f"cd {shlex.quote(folder)}"] if folder else []
    return "\n".join([*lines, 'pip install ".[run]"']) + "\n"


def digest(asset: Asset) -> str:
    """Return an asset's sha256 where it is one; else an empty string."""
    return asset.sha256 if asset.sha256 and _SHA256.fullmatch(asset.sha256) else ""


def file_name(asset: Asset) -> str:
    """Return the last part of an asset's link, fit for a file system and a shell; else `file-<n>`."""
    path = urlsplit(asset.link).path if safe_url(asset.link) else (asset.link or "")
    name = posixpath.basename(unquote(path))
    return name if _FILE_NAME.fullmatch(name) else f"file-{asset.index + 1}"


def shell_lines(asset: Asset, address: str | None) -> str:
    """Return lines that download a file (where a whole address is known) and check its sha256 (where one is)."""
    name, sha256 = file_name(asset), digest(asset)
    lines = []
    if address:
        lines.append(f"curl --fail --location --output {shlex.quote(name)} {shlex.quote(address)}")
    if sha256:
        lines.append(f'echo "{sha256}  {name}" | sha256sum --check')
    return "\n".join(lines) + "\n" if lines else ""
