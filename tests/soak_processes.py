"""Processes for the soak test: forked `divert` commands, and what is done to them."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq

import sim.calibration.blocks as blocks_module
import sim.calibration.calibrate as calibrate_module
import sim.calibration.fit as fit_module
import sim.sweep.block as block_module
import sim.sweep.command as command_module
import sim.sweep.plan as plan_module
import sim.sweep.store as store_module
from sim.cli import main
from sim.code import code_digest
from sim.model import SanctionsModel

from clusters import Dask, until

SECONDS = 600.0 if "DIVERT_SOAK" in os.environ else 120.0
"""How long a process may take before it counts as hanging; `divert sensitivity` is long."""

Fault = Callable[[], None]

code_digest()
"""Taken once, for the processes run what was imported here, whatever is edited meanwhile."""

np.linalg.cholesky(np.eye(512))
"""Lets OpenBLAS take its memory now: a fork of it would wait for ever for threads that are none."""


class Process:
    """A `divert` command in a session of its own, forked from this process, which has all read."""

    def __init__(self, words: list[str], said: Path, *faults: Fault) -> None:
        self.said = said
        with warnings.catch_warnings():
            # Python warns of forks beside threads; the threads here hold nothing the child needs.
            warnings.simplefilter("ignore")
            self.pid = os.fork()
        if self.pid == 0:
            _live(words, said, faults)

    def children(self) -> list[int]:
        """Return its worker processes."""
        try:
            found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            return [pid for pid in map(int, found) if b"spawn_main" in _command(pid)]
        except OSError:
            return []

    def kill_all(self) -> None:
        """SIGKILL to every process of the command."""
        os.killpg(self.pid, signal.SIGKILL)

    def kill(self, pid: int, number: int = signal.SIGKILL) -> None:
        """Send a signal to a process that may have ended."""
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    def ends_within(self, seconds: float) -> bool:
        """Wait and say whether it has ended; the process is left to `end`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return True
            time.sleep(0.005)
        return False

    def died(self) -> bool:
        """Wait and say whether a signal ended it."""
        self.ends_within(SECONDS)
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        died = found is not None and found.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
        if died:
            self.end()
        return died

    def end(self) -> tuple[int, str]:
        """Wait for its end; return the exit code (a signal is negative) and what it printed."""
        late = not self.ends_within(SECONDS)
        if late:
            self.kill_all()
        _, status = os.waitpid(self.pid, 0)
        text = self.said.read_text(encoding="utf-8", errors="replace") if self.said.exists() else ""
        assert not late, f"it hung: {text}"
        return os.waitstatus_to_exitcode(status), text


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _live(words: list[str], said: Path, faults: tuple[Fault, ...]) -> None:
    """Be the command; never return."""
    code = 70
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, 1)
        os.dup2(file, 2)
        for number, name in ((1, "stdout"), (2, "stderr")):
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
        # A fit of fewer moves asks for the same kinds of blocks.
        whole = fit_module.Plan
        fit_module.Plan = lambda **keys: whole(moves=1, settle=2, **keys)
        for fault in faults:
            fault()
        main(words, prog_name="divert")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def starve(pid: int, chance: random.Random) -> None:
    """Leave a process no more memory than it has, or little more (RLIMIT_AS)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        size = pages * resource.getpagesize() + chance.choice((0, 1, 4, 16, 64)) * 2**20
        resource.prlimit(pid, resource.RLIMIT_AS, (size, size))
    except (OSError, ProcessLookupError, ValueError, IndexError):
        # It has ended by itself.
        return


class Cluster(Dask):
    """A scheduler and two workers; this process never joins it, for it forks."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        super().__init__(folder)
        self.workers = [self.worker(), self.worker()]
        for number in (1, 2):
            log = folder / f"worker-{number}.log"
            until(lambda log=log: b"Registered to" in log.read_bytes(), SECONDS)

    def at_work(self) -> list[int]:
        """Return the processes that run blocks: those that the nannies look after."""
        found = []
        for nanny in self.workers:
            with suppress(OSError):
                at = Path(f"/proc/{nanny.pid}/task").glob("*/children")
                found += [int(pid) for path in at for pid in path.read_text().split()]
        return [pid for pid in found if b"spawn_main" in _command(pid)]


# What is done inside a process.


def never_again(kept: set[Path]) -> Fault:
    """Let the process fail where it stores again what was stored before."""

    def fault() -> None:
        real = os.replace

        def replace(source: Any, target: Any, **keys: Any) -> None:
            if Path(target) in kept:
                raise AssertionError(f"made again: {target}")
            real(source, target, **keys)

        os.replace = replace

    return fault


def full(chance: random.Random) -> Fault:
    """Let the disk be full from a random write on."""
    where, name = chance.choice([(os, "replace"), (pq, "write_table"), (Path, "write_bytes")])
    after = chance.randrange(12)

    def fault() -> None:
        real, calls = getattr(where, name), iter(range(10**6))

        def write(*words: Any, **keys: Any) -> Any:
            if next(calls) >= after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*words, **keys)

        setattr(where, name, write)

    return fault


def jumping_clock(chance: random.Random) -> Fault:
    """Let the clock on the wall jump by years; durations come out as they like."""

    def fault() -> None:
        hours = lambda: timedelta(hours=chance.uniform(-1e5, 1e5))  # noqa: E731
        now = lambda zone=UTC: datetime.now(zone) + hours()  # noqa: E731
        store_module.datetime = SimpleNamespace(now=now)
        clock = SimpleNamespace(
            monotonic=lambda: chance.uniform(-1e6, 1e6), time=lambda: chance.uniform(0.0, 4e9)
        )
        for module in (command_module, block_module, calibrate_module, blocks_module):
            module.time = clock

    return fault


def no_memory(chance: random.Random) -> Fault:
    """Let memory run out in a random model, once or from then on."""
    after, again = chance.randrange(8), chance.random() < 0.5

    def fault() -> None:
        real, calls = SanctionsModel.run, iter(range(10**6))

        def run(*words: Any) -> Any:
            call = next(calls)
            if call == after or (again and call > after):
                raise MemoryError("Unable to allocate 9.31 GiB")
            return real(*words)

        SanctionsModel.run = run

    return fault


def other_code() -> None:
    """Be another version of divert."""
    for module in (plan_module, calibrate_module, blocks_module):
        module.code_digest = lambda: "of another version"
