"""The site's folder: what is written takes the place of what was there at once, or not at all."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.pages.inputs import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Stands in every folder that this module made, so that it replaces no other.
_MARK = ".mindhub-site"
_RENAME_EXCHANGE, _AT_FDCWD = 2, -100  #: renameat2(2)
#: What a kernel or a file system answers that cannot exchange.
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
#: Flags for opening, as far as a system has them: Windows lacks those of POSIX and would translate ends of lines.
_PLAIN, _WARY = (
    sum(getattr(os, name, 0) for name in names) for names in (("O_CLOEXEC", "O_BINARY"), ("O_NOFOLLOW", "O_NONBLOCK"))
)


def write_site(pages: Mapping[str, bytes] | Iterable[tuple[str, bytes]], out: Path) -> int:
    """Make a folder hold exactly these files; return how many of them differ from what was there.

    Files that come one after the other are written as they come: a site need not be in memory as a whole. The new site
    is made beside the old one, and both change places in one step where the system can do that, else in two, so that a
    failure leaves the old one as it was. A file that did not change is linked rather than written again. Raises
    SiteError where the folder is not empty and no site of ours, or a path would leave it.
    """
    out = out.absolute()
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise SiteError(f"{out}: not a folder; name another with --out")
    if out.is_dir() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise SiteError(f"{out}: holds files that are not a site made here; empty it or name another folder with --out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise SiteError(f"{out}: cannot be written: {error.strerror}") from None
    try:
        made: set[str] = {str(new)}
        old = str(out) if out.is_dir() else None
        files = pages.items() if isinstance(pages, Mapping) else pages
        changed = sum(_put(str(new), old, path, content, made) for path, content in files)
        (new / _MARK).touch()
        # mkdtemp lets nobody else in; a web server must be able to read.
        new.chmod(0o755)
        _swap(new, out)
    except OSError as error:
        raise SiteError(f"{out}: cannot be written: {error.strerror}; the old site is as it was") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return changed


def replace_files(pages: Mapping[str, bytes], out: Path, gone: Iterable[str] = ()) -> int:
    """Replace single files of a site, each at once, and remove others; return how many differ.

    Raises SiteError where there is no site, or a file cannot be written.
    """
    out = out.absolute()
    if not (out / _MARK).is_file():
        raise SiteError(f"{out}: no site made here")
    try:
        changed = sum(_replace(out.joinpath(*_parts(path)), content) for path, content in pages.items())
        for path in gone:
            _remove(out.joinpath(*_parts(path)), out)
            changed += 1
    except OSError as error:
        raise SiteError(f"{out}: cannot be written: {error.strerror}") from None
    return changed


def _replace(target: Path, content: bytes) -> bool:
    if _same(target, content):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # Never in place: the file may be a link to that of an older site.
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(content)
    beside.replace(target)
    return True


def _remove(target: Path, out: Path) -> None:
    """Remove a file, and the folders that are empty without it."""
    target.unlink(missing_ok=True)
    for folder in target.parents:
        if folder == out:
            break
        try:
            folder.rmdir()
        except OSError:
            break


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if any(part in ("", "..", ".") for part in parts) or "\\" in path:
        raise SiteError(f"{path!r} is no path inside a site")
    return parts


def _put(new: str, old: str | None, path: str, content: bytes, made: set[str]) -> bool:
    # Strings and descriptors: a site is tens of thousands of files, and Path and open() cost more than the system does.
    _parts(path)
    target = f"{new}/{path}"
    parent, _, _ = target.rpartition("/")
    if parent not in made:
        Path(parent).mkdir(parents=True, exist_ok=True)
        made.add(parent)
    if old is not None and _same(f"{old}/{path}", content):
        try:
            os.link(f"{old}/{path}", target)
        except OSError:
            _write(target, content)
        return False
    _write(target, content)
    return True


def _write(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _PLAIN, 0o666)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _same(path: str | Path, content: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | _PLAIN | _WARY)
    except OSError:
        return False
    try:
        size = len(content)
        return os.fstat(descriptor).st_size == size and os.read(descriptor, size + 1) == content
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _swap(new: Path, out: Path) -> None:
    """Put the new folder in the old one's place; what was there is where the new one was, or gone."""
    if not out.exists():
        new.rename(out)
    elif not exchange(new, out):
        _swap_in_two(new, out)


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot. Raises OSError where it failed."""
    call = _renameat2()
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(other))


@cache
def _renameat2() -> Any:
    """Return the C library's renameat2, which glibc has since 2.28; None elsewhere."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):  # the last where there is no C library of the process, on Windows
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return call


def _swap_in_two(new: Path, out: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
    try:
        out.rename(aside / "site")
        try:
            new.rename(out)
        except OSError:
            (aside / "site").rename(out)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
