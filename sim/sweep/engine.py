"""Where blocks are run: in this process, in a pool, or on a Dask cluster; one loop for all."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from platform import python_version_tuple
from typing import Any, Protocol

import numpy as np
import scipy

from sim.code import code_digest
from sim.errors import DivertError
from sim.sweep.block import Rows, run_job
from sim.sweep.plan import Job
from sim.workers import AHEAD, Workers

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer."""

LOOK_SECONDS = 5.0
"""How often a cluster is asked which workers it has."""

NO_WORKER_SECONDS = 60.0
"""How long a cluster may be without any worker before the sweep is given up."""

KEPT = "what is finished is kept: the same command goes on from there"


class Engine(Protocol):
    """Runs blocks and gives their rows as they come."""

    words: str

    @property
    def count(self) -> int:
        """Return how many blocks run at once."""

    def run(self, jobs: Iterator[Job]) -> Iterator[Rows]:
        """Yield the rows of every block."""


class Pool:
    """Processes of this machine; with one, this process."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.words = "this process" if self.count == 1 else f"{self.count} processes"

    @property
    def count(self) -> int:
        """Return the number of processes."""
        return self.workers.count

    def run(self, jobs: Iterator[Job]) -> Iterator[Rows]:
        """Yield the rows of every block, in order; a killed worker's block runs again."""
        return self.workers.map(run_job, jobs)


class Cluster:
    """Workers of a Dask scheduler; a block whose worker dies is run again elsewhere.

    Workers may join and go while a sweep runs.
    """

    def __init__(self, client: Any, address: str) -> None:
        self.client, self.address = client, address
        self._threads, self._asked, self._seen = 0, -math.inf, time.monotonic()
        self._look()
        found = "1 worker" if self.count == 1 else f"{self.count} workers"
        self.words = f"{found} of {address}"

    def run(self, jobs: Iterator[Job]) -> Iterator[Rows]:
        """Yield the rows of blocks as they are finished.

        Raises DivertError where the scheduler is lost, where no worker is there for long, where a
        block ends every worker it is given to, and where a worker has other code or data.
        """
        under_way: set[Any] = set()
        while True:
            with self._said():
                self._look()
                room = AHEAD * self.count - len(under_way)
                # Two sweeps may share runs and keep other columns of them, so no key is shared.
                under_way |= {
                    self.client.submit(run_checked, job, needs(job), pure=False)
                    for job in islice(jobs, max(room, 0))
                }
            if not under_way:
                return
            for future in self._finished(under_way):
                with self._said():
                    try:
                        rows: Rows = future.result(timeout=NO_WORKER_SECONDS)
                    except TimeoutError:
                        # Its worker ended before the rows were fetched; the block runs again.
                        continue
                under_way.remove(future)
                # The cluster keeps a result as long as the client holds its future.
                future.release()
                yield rows

    @property
    def count(self) -> int:
        """Return how many blocks run at once; one where workers are gone, for they may return."""
        return max(self._threads, 1)

    def _look(self) -> None:
        """Ask the cluster every few seconds how many blocks it runs at once."""
        if time.monotonic() - self._asked >= LOOK_SECONDS:
            self._threads = sum(self.client.nthreads().values())
            self._asked = time.monotonic()
            self._seen = self._asked if self._threads else self._seen

    def _finished(self, under_way: set[Any]) -> list[Any]:
        """Wait until blocks are finished and return their futures."""
        from dask.distributed import wait

        while True:
            with self._said():
                try:
                    with self.client.as_current():
                        ended = wait(under_way, LOOK_SECONDS, "FIRST_COMPLETED")
                    return list(ended.done)
                except TimeoutError:
                    self._look()
            if not self._threads and time.monotonic() - self._seen > NO_WORKER_SECONDS:
                raise DivertError(
                    f"found no worker at {self.address} for {NO_WORKER_SECONDS:.0f} s; start one "
                    f"with: dask worker {self.address} --nthreads 1 ({KEPT})",
                    key="--scheduler",
                )

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turn what Dask raises where a scheduler or a block is lost into a sentence."""
        from dask.distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            yield
        except KilledWorker:
            raise DivertError(
                f"a block ended every worker of {self.address} that it was given to, as when "
                f"memory runs out; give each worker more ({KEPT})",
                key="--scheduler",
            ) from None
        except Exception as error:
            if isinstance(error, RuntimeError) and "deserialization" in str(error):
                raise DivertError(
                    f"the scheduler at {self.address} cannot read a block, as where divert is not "
                    "installed there; install the same version and start it again",
                    key="--scheduler",
                ) from None
            lost = isinstance(error, CancelledError | CommClosedError)
            if self.client.status == "running" and not lost:
                raise
            raise DivertError(
                f"the Dask scheduler at {self.address} is gone; start it again ({KEPT})",
                key="--scheduler",
            ) from None


@contextmanager
def engine_for(workers: int, scheduler: str | None) -> Iterator[Engine]:
    """Give the engine that was asked for; raises DivertError where a cluster cannot be used."""
    if scheduler is None:
        with Workers(workers) as pool:
            yield Pool(pool)
        return
    client = _client(scheduler)
    try:
        check_versions(client, scheduler)
        yield Cluster(client, scheduler)
    finally:
        client.close()


def _client(scheduler: str) -> Any:
    """Return a client of a Dask scheduler; raises DivertError where there is none."""
    try:
        import dask

        # Dask's own log would stand between the sentences; a configuration of the user's prevails.
        dask.config.update_defaults(
            {"logging": {"distributed": "critical", "distributed.client": "critical"}}
        )
        from dask.distributed import Client
    except ImportError:
        raise DivertError(
            "found no Dask; install it with: pip install 'divert[cluster]'", key="--scheduler"
        ) from None
    try:
        _must_answer(scheduler)
        # Not the default of this process: what else computes here keeps its own way.
        return Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise DivertError(
            f"found no Dask scheduler at {scheduler} ({' '.join(str(error).split())}); allowed: "
            "an address such as tcp://127.0.0.1:8786 where `dask scheduler` runs",
            key="--scheduler",
        ) from None


def _must_answer(scheduler: str) -> None:
    """Raise OSError, ValueError or TypeError where no Dask scheduler says who it is in time.

    A client would ask a service that takes connections and says nothing for ever.
    """
    from distributed.core import rpc
    from distributed.security import Security
    from distributed.utils import LoopRunner

    async def ask() -> Any:
        there = rpc(
            scheduler,
            timeout=CONNECT_SECONDS,
            connection_args=Security().get_connection_args("client"),
        )
        try:
            return await asyncio.wait_for(there.identity(), CONNECT_SECONDS + 1.0)
        finally:
            await there.close_rpc()

    try:
        found = LoopRunner(asynchronous=False).run_sync(ask)
    except TimeoutError:
        raise OSError(f"what is there gave no answer within {CONNECT_SECONDS:.0f} s") from None
    except (OSError, ValueError, TypeError):
        raise
    except Exception:
        # Of another protocol Dask may take words for a length, and find no memory for it.
        raise ValueError("what is there speaks another protocol") from None
    if not isinstance(found, dict) or found.get("type") != "Scheduler":
        raise ValueError("what is there is none")


def versions() -> dict[str, str]:
    """Return what must be the same wherever a block is run, for results to be the same."""
    return {
        "Python": ".".join(python_version_tuple()[:2]),
        "NumPy": np.__version__,
        "SciPy": scipy.__version__,
        "code of divert": code_digest()[:12],
    }


def needs(job: Job) -> dict[str, str]:
    """Return what must be the same where a block is run: versions, draws that its worlds name."""
    needed = versions()
    for name in sorted({point.world.parameters.draws for point in job.points} - {""}):
        file = Path(name)
        needed[name] = sha256(file.read_bytes()).hexdigest()[:12] if file.exists() else "no file"
    return needed


def run_checked(job: Job, needed: dict[str, str]) -> Rows:
    """Run a block on a worker that has what it needs; raises DivertError on another.

    A worker may join a cluster long after the others were asked.
    """
    from dask.distributed import get_worker

    found = needs(job)
    if found != needed:
        raise DivertError(_other(get_worker().address, found, needed), key="--scheduler")
    return run_job(job)


def check_versions(client: Any, scheduler: str) -> None:
    """Raise DivertError where there is no worker, or one of other versions than this process."""
    found = client.run(versions, on_error="return")
    if not found:
        raise DivertError(
            f"found no worker at {scheduler}; start one with: dask worker {scheduler} --nthreads 1",
            key="--scheduler",
        )
    for worker, answer in sorted(found.items()):
        if isinstance(answer, Exception):
            raise DivertError(
                f"the worker {worker} cannot run divert ({' '.join(str(answer).split())}); "
                "install the same version there and start it again",
                key="--scheduler",
            )
        if answer != versions():
            raise DivertError(_other(worker, answer, versions()), key="--scheduler")


def _other(worker: str, found: dict[str, str], needed: dict[str, str]) -> str:
    """Return the sentence about the first thing of which a worker has another."""
    name = next(name for name in needed if found.get(name) != needed[name])
    return (
        f"the worker {worker} has another {name} ({found.get(name)}); allowed: the same as here "
        f"({needed[name]}); put it there and start the worker again"
    )
