"""What `divert sweep` does: plan, probe, run what is not done, store it as it comes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import DivertError
from sim.sweep.block import FAILED, Rows, run_job
from sim.sweep.engine import Engine, engine_for
from sim.sweep.file import Sweep
from sim.sweep.plan import BLOCK_LANES, Failure, Plan, blocks, plan_of
from sim.sweep.store import Store

BYTES_A_RUN = 160
"""Bytes a stored run takes, key and ledger among them, outputs apart."""

ROOM = 1.5
"""How much more memory a worker may take than the probe did."""

BASE_MEMORY_MB = 260.0
"""What a worker takes before it runs anything: libraries and data."""


@dataclass(frozen=True)
class Forecast:
    """What a sweep will take: from a short probe of its first block."""

    blocks: int
    left: int
    seconds: float
    disk_mb: float
    memory_mb: float


@dataclass(frozen=True)
class Swept:
    """A sweep that has gone through: its folder, what it ran and what failed."""

    folder: Path
    plan: Plan
    runs: int
    found: int
    failed: int
    seconds: float


def forecast(plan: Plan, left: int, probe: Rows | None, workers: int) -> Forecast:
    """Return time, disk and memory from a probe; zeros where nothing is left to do."""
    count = -(-left // BLOCK_LANES)
    outputs = len(plan.sweep.outputs)
    disk = plan.runs * (BYTES_A_RUN + 8 * outputs) / 1e6
    if probe is None or probe.runs == 0:
        return Forecast(count, left, 0.0, disk, 0.0)
    each = probe.seconds / probe.runs
    return Forecast(count, left, each * left / workers, disk, memory_of(plan))


def memory_of(plan: Plan) -> float:
    """Return the most memory a worker will take, MB: arrays of one block, twice, and libraries."""
    from sim.axes import months
    from sim.record import VARIABLES

    world = plan.jobs[0].world
    numbers = 0
    for shape, _, _ in VARIABLES.values():
        size = 1
        for side in shape:
            size *= side
        numbers += size
    period = len(months(world.period.first, world.period.last))
    lots = 3.0 * sum(world.firms.counts())
    record = numbers * period * len(plan.arms) * BLOCK_LANES * 8.0
    firms = lots * 40.0 * len(plan.arms) * BLOCK_LANES
    return BASE_MEMORY_MB + ROOM * (record * 1.3 + firms) / 1e6


def run_sweep(
    sweep: Sweep,
    out: Path,
    workers: int,
    scheduler: str | None = None,
    retry_failed: bool = False,
    told: Callable[[Plan, Forecast, str], None] | None = None,
    report: Callable[[float], None] | None = None,
    dry: bool = False,
    lanes: int = BLOCK_LANES,
) -> Swept:
    """Run what a sweep has not done yet, and store every block as it is finished.

    `told` receives plan, forecast and engine before the work; with `dry` there is no work.
    `report` receives the share done. A sweep that was stopped goes on when it is called again.
    """
    import time

    plan = plan_of(sweep)
    store = Store(out / sweep.name, plan)
    if not dry or store.folder.exists():
        store.open()
    done = store.finished(retry_failed) if store.folder.exists() else set()
    _check_room(out, plan)
    begun = time.monotonic()
    if not dry:
        _put_failures(store, plan, done)
    runnable = {key for point in plan.jobs for key in point.keys}
    left = len(runnable - done)
    with engine_for(workers, scheduler) as engine:
        probe = None
        if told is not None:
            probe = _probe(plan, done)
            told(plan, forecast(plan, left, probe, workers), engine.words)
        if dry:
            return Swept(store.folder, plan, 0, len(done), 0, 0.0)
        runs, failed = _loop(engine, store, plan, done, lanes, left, report)
    return Swept(
        store.folder, plan, runs, len(done & runnable), failed + len(plan.failures),
        time.monotonic() - begun,
    )  # fmt: skip


def _probe(plan: Plan, done: set[str]) -> Rows | None:
    """Return the rows of the first runs that are left, for their time alone."""
    job = next(blocks(plan, done, min(BLOCK_LANES, 16)), None)
    return None if job is None else run_job(job)


def _loop(
    engine: Engine,
    store: Store,
    plan: Plan,
    done: set[str],
    lanes: int,
    left: int,
    report: Callable[[float], None] | None,
) -> tuple[int, int]:
    """Run the blocks and store their rows; return runs made and runs failed."""
    runs = failed = 0
    for rows in engine.run(blocks(plan, done, lanes)):
        store.put(rows)
        runs += rows.runs
        failed += rows.columns["status"].count(FAILED)
        if report is not None:
            report(runs / max(left, 1))
    return runs, failed


def _put_failures(store: Store, plan: Plan, done: set[str]) -> None:
    """Store a row for each run of a point whose scenario is wrong."""
    for failure in plan.failures:
        if not set(failure.keys) <= done:
            store.put(_rows_of(failure, plan))


def _rows_of(failure: Failure, plan: Plan) -> Rows:
    count = len(failure.keys)
    columns: dict[str, list[Any]] = {
        "key": list(failure.keys), "point": [failure.point] * count,
        "member": list(failure.members), "status": [FAILED] * count,
        "message": [failure.message] * count,
    }  # fmt: skip
    empty: dict[str, list[Any]] = {name: [None] * count for name in plan.sweep.outputs}
    monthly: dict[str, list[Any]] = {
        n: [] for n in ("key", "point", "member", "month", "series", "value")
    }
    return Rows(f"point-{failure.point:08d}", columns | empty, monthly, 0.0, "", 0.0)


def _check_room(out: Path, plan: Plan) -> None:
    """Raise DivertError where the disk has no room for the sweep."""
    place = next((p for p in (out, *out.resolve().parents) if p.exists()), Path())
    need = plan.runs * (BYTES_A_RUN + 8 * len(plan.sweep.outputs))
    free = shutil.disk_usage(place).free
    if need > free:
        raise DivertError(
            f"the sweep needs about {need / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB "
            "free; name another place with --out, or sweep fewer points",
            file=out,
        )
