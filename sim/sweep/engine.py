"""Where blocks are run: in this process, in a pool, or on a Dask cluster; one loop for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sim.code import code_digest
from sim.errors import DivertError
from sim.sweep.block import Rows, run_job
from sim.sweep.plan import Job
from sim.workers import Workers

AHEAD = 3
"""Blocks handed out for each worker of a cluster, so that none waits and few results pile up."""


class Engine(Protocol):
    """Runs blocks and gives their rows as they come."""

    words: str

    def run(self, jobs: Iterator[Job]) -> Iterator[Rows]:
        """Yield the rows of every block."""


class Pool:
    """Processes of this machine; with one, this process."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        count = workers.count
        self.words = "in this process" if count == 1 else f"{count} processes"

    def run(self, jobs: Iterator[Job]) -> Iterator[Rows]:
        """Yield the rows of every block, in order; a killed worker's block runs again."""
        return self.workers.map(run_job, jobs)


class Cluster:
    """Workers of a Dask scheduler; a block whose worker dies is run again elsewhere."""

    def __init__(self, client: Any, address: str) -> None:
        self.client = client
        count = len(client.scheduler_info()["workers"])
        self.words = f"{count} workers of {address}"
        self.room = AHEAD * max(count, 1)

    def run(self, jobs: Iterator[Job]) -> Iterator[Rows]:
        """Yield the rows of blocks as they are finished."""
        from dask.distributed import as_completed

        waiting = iter(jobs)
        first = [self._submit(job) for job, _ in zip(waiting, range(self.room), strict=False)]
        done = as_completed(first)
        for future in done:
            rows: Rows = future.result()
            future.release()
            for job in waiting:
                done.add(self._submit(job))
                break
            yield rows

    def _submit(self, job: Job) -> Any:
        return self.client.submit(run_job, job, pure=False, retries=2)


@contextmanager
def engine_for(workers: int, scheduler: str | None) -> Iterator[Engine]:
    """Give the engine that was asked for; raises DivertError where a cluster cannot be used."""
    if scheduler is None:
        with Workers(workers) as pool:
            yield Pool(pool)
        return
    try:
        from dask.distributed import Client
    except ImportError:
        raise DivertError(
            "found --scheduler without Dask; install it with: pip install 'divert[cluster]'"
        ) from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise DivertError(
            f"found no Dask scheduler at {scheduler} ({' '.join(str(error).split())}); allowed: "
            "an address such as tcp://127.0.0.1:8786 where `dask scheduler` runs",
            key="--scheduler",
        ) from None
    try:
        check_versions(client, scheduler)
        yield Cluster(client, scheduler)
    finally:
        client.close()


def check_versions(client: Any, scheduler: str) -> None:
    """Raise DivertError where there is no worker, or one that has other code than this process."""
    if not client.scheduler_info()["workers"]:
        raise DivertError(
            f"found no worker at {scheduler}; start one with: dask worker {scheduler}",
            key="--scheduler",
        )
    try:
        found = client.run(code_digest)
    except Exception as error:
        raise DivertError(
            f"a worker of {scheduler} cannot run divert ({' '.join(str(error).split())}); install "
            "the same version there",
            key="--scheduler",
        ) from None
    other = sorted(name for name, digest in found.items() if digest != code_digest())
    if other:
        raise DivertError(
            f"the workers {', '.join(other)} have another version of divert; install the same "
            "version there",
            key="--scheduler",
        )
