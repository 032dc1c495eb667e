"""Tiny sweeps for the tests: a few points of few firms over four years, run in a second."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import pyarrow as pa
from click.testing import CliRunner, Result

from sim.cli import main
from sim.sweep.block import Rows, run_job
from sim.sweep.command import Swept, run_sweep
from sim.sweep.file import Sweep
from sim.sweep.plan import Job
from sim.sweep.store import read_table

FEW = {"firms.scale": 0.05, "period.to": "2017-12", "window.to": "2017-12"}
"""Few firms and few months."""

SIGMA = {"key": "parameters.set.sigma_coal", "values": [2.1, 3.2, 5.7]}
CHINA = {"key": "actors.China.enforcement.value", "name": "china", "values": [0.3, 0.9]}
PENALTY = {"key": "parameters.set.penalty", "low": 1.0, "high": 5.0, "levels": 48}


def tiny(**keys: Any) -> Sweep:
    """Return a sweep of two enforcements and three elasticities, with keys replaced."""
    values: dict[str, Any] = {
        "name": "tiny",
        "set": FEW | {"actors.China.enforcement.mode": "fixed"},
        "factors": [CHINA, SIGMA],
        "members": 2,
        "outputs": ["loss", "offset", "labour", "enforcement_china"],
    }
    return Sweep.model_validate(values | keys)


def long(**keys: Any) -> Sweep:
    """Return a sweep of 48 points and 192 runs in six blocks, in one arm: time to break into."""
    values = {
        "name": "long", "set": FEW, "factors": [PENALTY], "members": 4,
        "outputs": ["receipts", "china_imports", "enforcement_china"],
    }  # fmt: skip
    return Sweep.model_validate(values | keys)


def swept(sweep: Sweep, out: Path, workers: int = 1, **keys: Any) -> pa.Table:
    """Run a sweep and return its table."""
    done: Swept = run_sweep(sweep, out, workers, **keys)
    return read_table(done.folder)


def starved_job(job: Job, needed: dict[str, str] | None = None) -> Rows:
    """Run a block in a process that gets 16 MB more from the system and no byte beyond."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    size = pages * resource.getpagesize() + 16 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    return run_job(job)


def write(sweep: Sweep, folder: Path) -> Path:
    """Write a sweep as a file and return its path."""
    path = folder / f"{sweep.name}.yaml"
    values = sweep.model_dump(mode="json", exclude_unset=True)
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")
    return path


def call(*words: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


def sentence(result: Result) -> str:
    """Return the one sentence that bad input gets."""
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("divert: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    return result.stderr.removeprefix("divert: ").rstrip()
