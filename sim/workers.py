"""Work in parallel processes: results in order, killed workers replaced, no orphan left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, TypeVar

from sim.errors import DivertError

Job = TypeVar("Job")
Result = TypeVar("Result")

AHEAD = 3
"""Jobs handed out for each worker, so that none waits and few results pile up."""

MOST_DEATHS = 5
"""Workers that may die in a row, with nothing finished between, before the work is given up."""


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def together(count: int, workers: int, most: int) -> int:
    """Return how many of `count` runs to step together: at most `most`, work for every worker."""
    return max(1, min(most, -(-count // max(1, workers))))


def _end_with_parent() -> None:
    """End this worker when its parent is gone, and leave Ctrl-C to the parent.

    A killed parent leaves the workers of its pool running.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back while processes start: they inherit that and leave it to this one."""
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return
    # The tracker starts with the first process and would let Ctrl-C through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _main_left_alone(function: Callable[..., Any]) -> Iterator[None]:
    """Start processes without the script that asked for them, unless the job is defined in it.

    They would run it again, and a script without `if __name__ == "__main__"` would never end.
    """
    main = sys.modules["__main__"]
    needed = function.__module__ == "__main__"
    names = [n for n in ("__spec__", "__file__") if hasattr(main, n) and not needed]
    before = {name: getattr(main, name) for name in names}
    for name in names:
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(main, name, value)


class Workers:
    """A pool of `count` processes; with one, work is done in this process.

    Use it in a `with` block. Jobs and results must be plain data, functions importable by name.
    """

    def __init__(self, count: int) -> None:
        self.count = max(1, count)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        """Return the pool; processes start with the first job."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes; after an error without waiting for unfinished work."""
        self._end(wait=kind is None)

    def _end(self, wait: bool) -> None:
        if self._pool is not None:
            if not wait:
                for process in list((self._pool._processes or {}).values()):
                    process.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _submit(self, function: Callable[[Any], Any], job: Any) -> Future[Any]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self.count, mp_context=context, initializer=_end_with_parent
            )
        # Any job may be the one that a further process starts with.
        with _no_interrupt(), _main_left_alone(function):
            return self._pool.submit(function, job)

    def map(self, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of each job, in the order of the jobs.

        A job whose worker was killed runs again; raises DivertError where workers keep dying.
        """
        if self.count == 1:
            yield from map(function, jobs)
            return
        waiting = iter(jobs)
        under_way: deque[tuple[Any, Future[Any] | None]] = deque()
        deaths = 0
        while True:
            room = AHEAD * self.count - len(under_way)
            under_way.extend((job, None) for job in islice(waiting, room))
            if not under_way:
                return
            try:
                # A worker may die while no result is waited for; handing out work then says so.
                for i, (job, future) in enumerate(under_way):
                    under_way[i] = (job, future or self._submit(function, job))
                first = under_way[0][1]
                assert first is not None
                result = first.result()
            except BrokenProcessPool:
                deaths += 1
                self._end(wait=False)
                if deaths > MOST_DEATHS:
                    raise DivertError(
                        f"worker processes ended {deaths} times before any work was done, as when "
                        "memory runs out; try fewer --workers"
                    ) from None
                under_way = deque((job, None) for job, _ in under_way)
                continue
            deaths = 0
            under_way.popleft()
            yield result
