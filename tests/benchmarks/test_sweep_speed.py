"""Speed and memory of sweeps: `pytest tests/benchmarks/test_sweep_speed.py --benchmark-only -s`.

Nothing here fails on time: the tables are the result. It takes about two minutes on two cores.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from sim.experiment.ensemble import member_parameters
from sim.inputs import build_inputs
from sim.model import SanctionsModel
from sim.scenario_file import load_scenario
from sim.sweep import engine
from sim.sweep.block import OK, Rows
from sim.sweep.command import run_sweep
from sim.sweep.file import Sweep
from sim.sweep.plan import BLOCK_LANES, Job
from sim.workers import cores
from tests.benchmarks.test_speed import IdiomaticModel

from clusters import Dask
from reference import ReferenceModel

RUNS, FOUR_ARM_RUNS, PROCESSES = 2_000, 500, 2
OBJECT_RUNS = 8
"""Runs of the versions with one object a lot, after one for each process that starts them."""

MONTHS = 72

HEAP = {"MALLOC_TRIM_THRESHOLD_": "1073741824", "MALLOC_MMAP_THRESHOLD_": "1073741824"}
"""Dask has its workers give memory back at once, and a block asks for it again every month."""


def sweep_of(runs: int, output: str = "receipts") -> Sweep:
    """Return a full-size sweep over one parameter, one member a point; `offset` takes four arms."""
    return Sweep.model_validate(
        {
            "name": "speed",
            "scenario": "historical",
            "factors": [{"key": "parameters.set.belief_speed", "prior": True}],
            "design": {"kind": "latin", "points": runs},
            "members": 1,
            "outputs": [output],
        }
    )


class Run:
    """A version with one object a lot, as `mesa.batch_run` wants it."""

    def __init__(self, belief_speed: float) -> None:
        world = load_scenario("historical", {"members": "1"})
        own = {**member_parameters(world), "belief_speed": np.array([belief_speed])}
        inputs = build_inputs(world, own)
        twin = SanctionsModel(inputs, range(1), world.seed, ("C1S1",), world.firms.counts())
        super().__init__(twin, 0)  # type: ignore[call-arg]
        self.datacollector = mesa.DataCollector({"receipts": "receipts"})

    def step(self) -> None:
        """Step a month and keep the receipts."""
        super().step()  # type: ignore[misc]
        self.datacollector.collect(self)
        self.running = self.month < MONTHS  # type: ignore[attr-defined]


class BareRun(Run, ReferenceModel):
    """Lots stepped in a bare loop."""


class AgentSetRun(Run, IdiomaticModel):
    """Lots stepped through Mesa's agent set."""


def of_objects(kind: type[Run]) -> float:
    """Return the seconds a run takes in `mesa.batch_run`, the start of its processes apart."""

    def seconds(runs: int) -> float:
        values = {"belief_speed": list(np.linspace(0.05, 0.3, runs))}
        begun = time.perf_counter()
        rows = mesa.batch_run(kind, values, number_processes=PROCESSES, display_progress=False)
        assert len(rows) == runs
        return time.perf_counter() - begun

    return (seconds(PROCESSES + OBJECT_RUNS) - seconds(PROCESSES)) / OBJECT_RUNS


def timed(
    sweep: Sweep,
    folder: Path,
    workers: int,
    scheduler: str | None = None,
    lanes: int | None = None,
) -> tuple[float, float]:
    """Return the seconds of a whole sweep, and its runs a second once all processes work."""
    marks: list[tuple[float, float]] = []
    begun = time.perf_counter()
    done = run_sweep(
        sweep, folder, workers, scheduler,
        report=lambda share: marks.append((time.perf_counter(), share)), lanes=lanes,
    )  # fmt: skip
    whole = time.perf_counter() - begun
    assert done.failed == 0
    (first, low), (last, high) = (
        next(mark for mark in marks if mark[1] > part) for part in (0.1, 0.9)
    )
    return whole, done.runs * (high - low) / (last - first)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Dask]:
    """As many workers as the pool has processes."""
    dask = Dask(tmp_path)
    try:
        for _ in range(PROCESSES):
            dask.worker(**HEAP)
        dask.wait_for(PROCESSES)
        yield dask
    finally:
        dask.end()


def test_sweep_table(
    benchmark: Any, tmp_path: Path, cluster: Dask, capsys: pytest.CaptureFixture[str]
) -> None:
    """Print the ratios of one sweep: against objects, two processes, Dask, going on."""
    bare, agent_set = of_objects(BareRun), of_objects(AgentSetRun)
    sweep = sweep_of(RUNS)
    _, one = timed(sweep, tmp_path / "one", 1)
    whole, two = timed(sweep, tmp_path / "two", PROCESSES)
    begun = time.perf_counter()
    again = run_sweep(sweep, tmp_path / "two", PROCESSES)
    resume = time.perf_counter() - begun
    assert again.runs == 0
    over_wire, dask = timed(sweep, tmp_path / "dask", 1, cluster.address)
    four, _ = timed(sweep_of(FOUR_ARM_RUNS, "offset"), tmp_path / "four", PROCESSES)
    rows = (
        (f"batch_run in a bare loop, {PROCESSES} processes, s a run", bare, ""),
        (f"batch_run over Mesa's agent set, {PROCESSES} processes, s a run", agent_set, ""),
        (f"sweep of {RUNS:,} runs, {PROCESSES} processes, s", whole, ""),
        ("whole sweep against batch_run, bare loop", bare * RUNS / whole, "goal 80"),
        ("whole sweep against batch_run, agent set", agent_set * RUNS / whole, "goal 80"),
        ("four arms against four runs, bare loop", 4 * bare * FOUR_ARM_RUNS / four, "goal 80"),
        ("four arms against four runs, agent set", 4 * agent_set * FOUR_ARM_RUNS / four, "goal 80"),
        ("two processes against one, runs a second", two / one, "goal 1.8"),
        ("Dask against the pool, runs a second", dask / two, "goal at least 0.85"),
        ("Dask against the pool, whole sweep", whole / over_wire, "goal at least 0.85"),
        ("going on from a finished sweep, share of it", resume / whole, "goal at most 0.02"),
    )
    with capsys.disabled():
        print(f"\nfirms of the historical scenario, {cores()} cores")
        for label, value, goal in rows:
            print(f"{label:58s} {value:8.3f}   {goal}")
    benchmark.pedantic(lambda: None, rounds=1)


def at_once(job: Job) -> Rows:
    """Return rows of a block without running it."""
    keys = [key for point in job.points for key in point.keys]
    count = len(keys)
    columns: dict[str, list[Any]] = {
        "key": keys, "point": [p.point for p in job.points for _ in p.keys],
        "member": [m for p in job.points for m in p.members],
        "status": [OK] * count, "message": [""] * count,
    }  # fmt: skip
    columns |= {name: [0.5] * count for name in job.outputs}
    monthly: dict[str, list[Any]] = {
        n: [] for n in ("key", "point", "member", "month", "series", "value")
    }
    return Rows(job.name, columns, monthly, 0.1, "none", 0.0)


def megabytes(word: str = "VmRSS") -> float:
    """Return the memory of this process, or its peak by `VmHWM`."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return float(next(line for line in lines if line.startswith(word)).split()[1]) / 1024.0


def memory_of(runs: int, folder: str) -> tuple[float, float, float, float]:
    """Return MB before a sweep of stand-ins, after a tenth, at its end, and at its peak."""
    engine.run_job = at_once
    before, marks = megabytes(), list[float]()

    def report(share: float) -> None:
        if not marks and share >= 0.1:
            marks.append(megabytes())

    run_sweep(sweep_of(runs), Path(folder), 1, report=report)
    return before, marks[0], megabytes(), megabytes("VmHWM")


def test_memory_over_many_runs(
    benchmark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Print what the parent takes while 10,000 and 100,000 runs pass through it."""
    context = multiprocessing.get_context("spawn")
    with capsys.disabled():
        print()
        for runs in (10_000, 100_000):
            begun = time.perf_counter()
            with context.Pool(1) as pool:
                before, tenth, end, peak = pool.apply(memory_of, (runs, str(tmp_path / str(runs))))
            print(
                f"{runs:,} runs in blocks of {BLOCK_LANES}: parent {before:.0f} MB before, "
                f"{tenth:.0f} MB after a tenth, {end:.0f} MB at the end, peak {peak:.0f} MB "
                f"({time.perf_counter() - begun:.0f} s)"
            )
    benchmark.pedantic(lambda: None, rounds=1)
