"""What `divert sweep` does: plan, run what is not done, store it as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sim.experiment.cost import members_of
from sim.model import SanctionsModel
from sim.sweep.block import FAILED, MONTHLY_COLUMNS, Rows
from sim.sweep.engine import Engine, engine_for
from sim.sweep.file import Sweep
from sim.sweep.forecast import Forecast, check_room, forecast, left_of
from sim.sweep.plan import BLOCK_LANES, MOST_LANES, Plan, blocks, name_of, plan_of
from sim.sweep.store import Finished, Store
from sim.workers import together

BLOCKS_A_WORKER = 8
"""A sweep that leaves each worker fewer blocks has smaller ones: a stop loses what is under way."""

FAILURES_A_PART = 1024
"""Points that cannot be run whose rows are stored together."""


@dataclass(frozen=True)
class Swept:
    """A sweep that has gone through: its folder, runs made, found and failed, all in all."""

    folder: Path
    plan: Plan
    runs: int
    found: int
    failed: int
    seconds: float


Told = Callable[[Plan, Forecast, str], None]
Report = Callable[[float], None]


def run_sweep(
    sweep: Sweep,
    out: Path,
    workers: int,
    scheduler: str | None = None,
    retry_failed: bool = False,
    told: Told | None = None,
    report: Report | None = None,
    dry: bool = False,
    lanes: int | None = None,
    model: type[SanctionsModel] = SanctionsModel,
) -> Swept:
    """Run what a sweep has not done yet, and store every block as it is finished.

    `told` receives plan, forecast and engine as soon as the first block says how long it takes;
    with `dry` that block is not stored and nothing is written. `report` receives the share done.
    `lanes` members of all points are stepped together, by default more in a longer sweep.
    A sweep that was stopped goes on when it is called again. `model` is a subclass with rules of
    its own.
    """
    plan = plan_of(sweep, model=model)
    work = _Work(plan, Store(out / sweep.name, plan), lanes, told, report)
    check_room(out, plan, lanes or BLOCK_LANES)
    work.store.check()
    with engine_for(workers, scheduler) as engine:
        if dry:
            return work.look(engine, work.store.finished(retry_failed))
        with work.store.open():
            return work.go(engine, work.store.finished(retry_failed))


@dataclass
class _Work:
    """The work of one call: what is planned, where it goes, who is told."""

    plan: Plan
    store: Store
    lanes: int | None
    told: Told | None
    report: Report | None

    def look(self, engine: Engine, done: Finished) -> Swept:
        """Run as many blocks as there are workers for their time alone, and tell."""
        begun = time.monotonic()
        left = left_of(self.plan, done)
        first = islice(blocks(self.plan, done.keys, self._lanes(engine, left)), engine.count)
        rows = next(engine.run(first), None)
        self._tell(engine, left, rows, time.monotonic() - begun)
        return Swept(self.store.folder, self.plan, 0, len(done.keys), 0, 0.0)

    def go(self, engine: Engine, done: Finished) -> Swept:
        """Run and store what is not done."""
        begun = time.monotonic()
        left = left_of(self.plan, done)
        failed = done.failed
        for rows in _failures(self.plan, done.keys):
            self.store.put(rows)
            failed += rows.runs
        if not left:
            self._tell(engine, left, None, 0.0)
        runs = 0
        for rows in engine.run(blocks(self.plan, done.keys, self._lanes(engine, left))):
            if runs == 0:
                self._tell(engine, left, rows, time.monotonic() - begun)
            self.store.put(rows)
            runs += rows.runs
            failed += rows.columns["status"].count(FAILED)
            if self.report is not None:
                self.report(runs / left)
        found = self.plan.runnable - left
        return Swept(self.store.folder, self.plan, runs, found, failed, time.monotonic() - begun)

    def _lanes(self, engine: Engine, left: int) -> int:
        """Return how many members are stepped together."""
        wide = max(BLOCK_LANES, together(left, BLOCKS_A_WORKER * engine.count, MOST_LANES))
        return self.lanes or min(wide, members_of(self.plan.most_firms))

    def _tell(self, engine: Engine, left: int, rows: Rows | None, waited: float) -> None:
        """Say what the sweep will take, where anyone listens."""
        if self.told is not None:
            lanes = self._lanes(engine, left)
            found = forecast(self.plan, left, lanes, engine.count, rows, waited)
            self.told(self.plan, found, engine.words)


def _failures(plan: Plan, done: Set[str]) -> Iterator[Rows]:
    """Yield rows for the runs of points whose scenario is wrong."""
    new = (failure for failure in plan.failures if not set(failure.keys) <= done)
    while part := list(islice(new, FAILURES_A_PART)):
        columns: dict[str, list[Any]] = {
            "key": [key for failure in part for key in failure.keys],
            "point": [failure.point for failure in part for _ in failure.keys],
            "member": [member for failure in part for member in failure.members],
            "message": [failure.message for failure in part for _ in failure.keys],
        }
        count = len(columns["key"])
        columns["status"] = [FAILED] * count
        columns |= {name: [None] * count for name in plan.sweep.outputs}
        none: dict[str, list[Any]] = {name: [] for name in MONTHLY_COLUMNS}
        yield Rows(name_of(columns["key"]), columns, none, 0.0, "", 0.0)
