"""A Dask cluster of this machine's own processes, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent


class Dask:
    """A scheduler on a free port of this machine, and workers that are started by hand."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = os.environ | environment
        self.started: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file),
            "--dashboard-address", "127.0.0.1:0",
        )  # fmt: skip
        until(lambda: _read(file) is not None)
        self.address: str = _read(file)["address"]

    def start(self, role: str, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a process in a group of its own."""
        with (self.folder / f"{role}-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(BIN / "dask"), role, *words, "--no-dashboard"],
                stdout=log, stderr=log, start_new_session=True, cwd=self.folder,
                env=self.environment | environment,
            )  # fmt: skip
        self.started.append(process)
        return process

    def worker(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker of one process and one thread."""
        return self.start(
            "worker", self.address, "--nworkers", "1", "--nthreads", "1",
            "--local-directory", str(self.folder), **environment,
        )  # fmt: skip

    def wait_for(self, workers: int) -> None:
        """Wait until so many workers are there."""
        from dask.distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=30)

    def pids(self) -> list[int]:
        """Return the processes that run blocks."""
        from dask.distributed import Client

        with Client(self.address, set_as_default=False) as client:
            return list(client.run(os.getpid).values())

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process of this cluster and those it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """Kill all processes of this cluster."""
        for process in reversed(self.started):
            self.kill(process)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something to happen."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
