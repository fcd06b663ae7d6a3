"""What a visitor can paste: only lines that are true for the card at hand."""

from __future__ import annotations

import posixpath
import re
import shlex
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mindhub.frozen import dataclass
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


@lru_cache(maxsize=8)
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
    return _last_part(asset.link) or f"file-{asset.index + 1}"


@lru_cache(maxsize=1024)
def _last_part(link: str | None) -> str:
    path = urlsplit(link).path if safe_url(link) else (link or "")
    name = posixpath.basename(unquote(path))
    return name if _FILE_NAME.fullmatch(name) else ""


#: Hosts whose trees are addressed as /<owner>/<repository>/tree/<branch>/<folder>.
_FORGES = {"github.com", "gitee.com", "gitlab.com"}
_REPOSITORY = re.compile(r"/([\w.-]+)/([\w.-]+?)(?:\.git)?(?:/(?:-/)?(?:tree|blob)/([\w.-]+)((?:/[\w.+-]+)*))?/?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the source code is, as far as the address says it."""

    repository: str  #: https address to clone
    branch: str  #: empty where the address names none
    folder: str  #: inside the repository; empty for its root
    commit: str  #: 40 hexadecimal digits; empty where the card names none

    @property
    def address(self) -> str:
        """Return the address of the folder at the commit, else at the branch."""
        at = self.commit or self.branch
        return f"{self.repository}/tree/{at}" + (f"/{self.folder}" if self.folder else "") if at else self.repository


def source_of(entry: Entry) -> Source | None:
    """Return the parts of `repo-link` on a host whose addresses are known; else None."""
    return _source(entry.card.repo_link, entry.card.repo_commit or "")


@lru_cache(maxsize=1024)
def _source(link: str | None, written: str) -> Source | None:
    url = safe_url(link)
    parts = urlsplit(url) if url else None
    match = _REPOSITORY.fullmatch(parts.path) if parts else None
    if not parts or not match or parts.hostname not in _FORGES or parts.query:
        return None
    owner, name, branch, folder = match.groups()
    commit = written if _COMMIT.fullmatch(written) else ""
    return Source(f"https://{parts.hostname}/{owner}/{name}", branch or "", (folder or "").strip("/"), commit)


@lru_cache(maxsize=1024)
def source_lines(source: Source) -> str:
    """Return shell lines that fetch the source code at its commit, else at its branch, and enter its folder."""
    name = posixpath.basename(source.repository)
    branch = f"--branch {shlex.quote(source.branch)} " if source.branch and not source.commit else ""
    depth = "" if source.commit else "--depth 1 "
    lines = [f"git clone {depth}{branch}{shlex.quote(source.repository + '.git')}"]
    if source.commit:
        lines.append(f"git -C {shlex.quote(name)} checkout {source.commit}")
    return "\n".join([*lines, f"cd {shlex.quote(posixpath.join(name, source.folder).rstrip('/'))}"]) + "\n"


def shell_lines(asset: Asset, address: str | None) -> str:
    """Return lines that download a file (where a whole address is known) and check its sha256 (where one is)."""
    name, sha256 = file_name(asset), digest(asset)
    lines = []
    if address:
        lines.append(f"curl --fail --location --output {shlex.quote(name)} {shlex.quote(address)}")
    if sha256:
        lines.append(f'echo "{sha256}  {name}" | sha256sum --check')
    return "\n".join(lines) + "\n" if lines else ""
