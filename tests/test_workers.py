"""Worker processes: order, a killed worker, a killed parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from sim.errors import DivertError
from sim.workers import Workers, cores


def double(value: int) -> int:
    """Return twice the value."""
    return 2 * value


def die_once(job: tuple[str, int]) -> int:
    """Kill this worker the first time it is asked, then answer."""
    marker, value = Path(job[0]), job[1]
    if value == 3 and not marker.exists():
        marker.write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def die(value: int) -> int:
    """Kill this worker."""
    os.kill(os.getpid(), signal.SIGKILL)
    return value


def refuse(value: int) -> int:
    """Fail."""
    raise ValueError(f"no {value}")


@pytest.mark.parametrize("count", [1, 2])
def test_results_come_in_the_order_of_the_jobs(count: int) -> None:
    with Workers(count) as workers:
        assert list(workers.map(double, range(20))) == [2 * i for i in range(20)]
        assert list(workers.map(double, [])) == []


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    with Workers(2) as workers:
        assert list(workers.map(die_once, [(marker, i) for i in range(8)])) == list(range(8))
    assert Path(marker).exists()


def test_a_worker_killed_between_two_results_is_replaced() -> None:
    """The pool breaks while the caller is busy: handing out the next job must not fail."""
    with Workers(2) as workers:
        results = workers.map(double, range(30))
        got = [next(results)]
        assert workers._pool is not None
        for process in list(workers._pool._processes.values()):
            process.kill()
            process.join()
        _until(lambda: bool(workers._pool._broken))
        got += results
    assert got == [2 * i for i in range(30)]


def test_workers_that_keep_dying_are_said() -> None:
    with Workers(2) as workers, pytest.raises(DivertError, match="try fewer --workers"):
        list(workers.map(die, range(2)))


def test_an_error_in_a_job_is_raised() -> None:
    with Workers(2) as workers, pytest.raises(ValueError, match="no 0"):
        list(workers.map(refuse, range(3)))


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, sys, time
            from sim.workers import Workers

            def wait(path):
                open(f"{path}/{os.getpid()}", "w").close()
                time.sleep(120)

            if __name__ == "__main__":
                with Workers(2) as workers:
                    list(workers.map(wait, [sys.argv[1]] * 2))
            """
        ),
        encoding="utf-8",
    )
    pids = tmp_path / "pids"
    pids.mkdir()
    parent = subprocess.Popen([sys.executable, str(script), str(pids)])
    _until(lambda: len(list(pids.iterdir())) == 2)
    parent.kill()
    parent.wait()
    children = [int(path.name) for path in pids.iterdir()]
    _until(lambda: not any(_alive(pid) for pid in children))


def _alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    return "State:\tZ" not in status


def _until(condition, seconds: float = 30.0) -> None:
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_there_is_a_core() -> None:
    assert cores() >= 1
