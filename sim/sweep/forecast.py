"""What a sweep will take: time, disk and memory, from the first block that was run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sim.errors import DivertError
from sim.sweep.block import Rows
from sim.sweep.plan import Plan
from sim.sweep.store import Finished

PART_BYTES, LEDGER_BYTES = 900, 250
"""Bytes a stored block takes whatever it holds: table and ledger."""

COLUMN_BYTES = 250
"""Bytes that each output takes in a block beside its numbers."""

RUN_BYTES = 80
"""Bytes a stored run takes, its key in table and ledger, outputs apart."""

MONTH_BYTES = 11
"""Bytes that a month of a series takes."""

CLUSTERS = 3.0
"""How much more of a disk small files take than they hold."""

ROOM = 1.15
"""How much more memory a worker may come to take than it did for its first block."""

FIRM_BYTES, RECORD_BYTES = 120.0, 6_000.0
"""Bytes that a firm and a month take in each member and arm of a block."""


@dataclass(frozen=True)
class Forecast:
    """What a sweep will take: blocks and runs left, seconds in all, MB on disk, MB a worker.

    `seconds` and `memory_mb` follow from its first block, and are zero where nothing is left.
    """

    blocks: int
    left: int
    seconds: float
    disk_mb: float
    memory_mb: float


def left_of(plan: Plan, done: Finished) -> int:
    """Return how many runs are still to be made."""
    cannot = {key for failure in plan.failures for key in failure.keys}
    return plan.runnable - len(done.keys - cannot)


def forecast(
    plan: Plan, left: int, lanes: int, workers: int, rows: Rows | None, waited: float
) -> Forecast:
    """Return what a sweep will take, from its first block and the seconds it was waited for.

    What was waited beyond the block's own seconds is the start of the workers.
    """
    count = -(-left // lanes)
    disk = disk_bytes(plan, lanes) / 1e6
    if rows is None:
        return Forecast(count, left, 0.0, disk, 0.0)
    start = max(waited - rows.seconds, 0.0)
    work = max(rows.seconds / rows.runs * left / workers, rows.seconds)
    return Forecast(count, left, start + work, disk, _memory(plan, rows, lanes))


def _memory(plan: Plan, rows: Rows, lanes: int) -> float:
    """Return the most memory a worker will take, MB: as now, and more in larger worlds."""
    world = plan.point(rows.columns["point"][0]).world
    longer = plan.longest - len(world.period.months)
    larger = plan.most_firms - sum(world.firms.counts())
    more = lanes * len(plan.arms) * (longer * RECORD_BYTES + larger * FIRM_BYTES)
    return ROOM * rows.memory_mb + more / 1e6


def disk_bytes(plan: Plan, lanes: int) -> float:
    """Return the bytes that the folder of a finished sweep holds, about."""
    outputs, points = len(plan.sweep.outputs), len(plan.points)
    parts = -(-plan.runs // lanes)
    table = parts * (PART_BYTES + LEDGER_BYTES + COLUMN_BYTES * outputs)
    rows = plan.runs * (RUN_BYTES + 8.0 * outputs)
    series = plan.runs * len(plan.sweep.monthly) * plan.longest * MONTH_BYTES
    return table + rows + series + 8.0 * points * len(plan.points.factors)


def check_room(out: Path, plan: Plan, lanes: int) -> None:
    """Raise DivertError where the disk has no room for the sweep."""
    place = next((p for p in (out, *out.resolve().parents) if p.exists()), Path())
    need = CLUSTERS * disk_bytes(plan, lanes)
    free = shutil.disk_usage(place).free
    if need > free:
        raise DivertError(
            f"the sweep needs about {need / 1e6:,.2f} MB and the disk has {free / 1e6:,.2f} MB "
            "free; name another place with --out, or sweep fewer points",
            file=out,
        )
