"""Where many jobs run: in processes of this machine, or on a Dask cluster, through one interface.

A job is a picklable function and its picklable argument; what it returns comes back as it is done. Which machine does
what, and what becomes of the jobs of a machine that goes away, is the executor's business (`concurrent.futures`).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    T = TypeVar("T")
    R = TypeVar("R")

_FORMS = "'processes:N', or 'dask://HOST:PORT'"
_PROCESSES = re.compile(r"processes:([1-9][0-9]{0,3})")
_DASK = re.compile(r"dask://(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")
#: Seconds in which a scheduler has to answer.
_PATIENCE = 10


class ExecutorError(Exception):
    """Say why jobs cannot be run where they were to be run, and what would do."""


@contextlib.contextmanager
def open_executor(spec: str, resource: str | None = None) -> Iterator[Executor]:
    """Open what a `--executor` names: `processes:N` on this machine, or `dask://HOST:PORT`, a running scheduler.

    `resource` is what a Dask worker must offer to get a job, such as `ASCEND` (`dask worker --resources ASCEND=1`);
    each job takes one of it. Raises ExecutorError for a name that cannot be read, a scheduler that does not answer, a
    cluster with no worker that has the resource, and where Dask is not installed.
    """
    if found := _PROCESSES.fullmatch(spec):
        # Spawned, not forked: threads of this process would not be there in the copies, their locks would.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(int(found[1]), 4 * (os.cpu_count() or 1)), mp_context=context) as pool:
            yield pool
        return
    if found := _DASK.fullmatch(spec):
        with _dask(f"tcp://{found['host']}:{found['port']}", resource) as executor:
            yield executor
        return
    raise ExecutorError(f"{spec!r} is no executor; there are {_FORMS}")


@contextlib.contextmanager
def _dask(address: str, resource: str | None) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        raise ExecutorError("Dask is not installed; pip install 'mindhub[cluster]'") from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        remedy = "start one with 'dask scheduler', and workers with 'dask worker ADDRESS'"
        raise ExecutorError(f"no Dask scheduler answers at {address}: {error}; {remedy}") from None
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        if not workers:
            raise ExecutorError(f"the scheduler at {address} has no workers; start some with 'dask worker {address}'")
        options: dict[str, Any] = {}
        if resource is not None:
            if not any(resource in worker.get("resources", {}) for worker in workers):
                remedy = f"start one with 'dask worker {address} --resources {resource}=1'"
                raise ExecutorError(f"no worker of {address} offers {resource!r}; {remedy}")
            options["resources"] = {resource: 1}
        # Not pure: two runs of a job are two runs, even where their arguments are equal.
        yield client.get_executor(pure=False, **options)  # type: ignore[no-untyped-call]


def run_jobs(
    executor: Executor, function: Callable[[T], R], jobs: Iterable[T]
) -> Iterator[tuple[T, R | BaseException]]:
    """Run a function on every job and yield each with its result, or with the exception it ended in, as they are done.

    Every job is yielded exactly once, also when its worker died: the executor gives the job to another one, or its
    error says that it could not. What is not yet begun is cancelled when the caller stops asking.
    """
    waiting: dict[Future[R], T] = {executor.submit(function, job): job for job in jobs}
    try:
        for future in as_completed(list(waiting)):
            # Let go of what is done: Dask computes a result again whose worker died while anybody may ask for it.
            job, error = waiting.pop(future), future.exception()
            yield job, future.result() if error is None else error
    finally:
        for future in waiting:
            future.cancel()


__all__ = ["ExecutorError", "open_executor", "run_jobs"]
