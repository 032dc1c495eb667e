"""One block of a sweep: its points as members in lock-step, what is kept of each run."""

from __future__ import annotations

import gc
import os
import resource
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.kinds import made
from sim.errors import memory_ran_out
from sim.experiment.answer import window_of
from sim.experiment.join import join, laws, shape_of
from sim.inputs import Inputs, build_inputs
from sim.measure_kinds import add_measure_kind
from sim.parameters import consistent, drawn
from sim.record import Record
from sim.sweep.outputs import of_runs, series_of
from sim.sweep.plan import Job, PointJob

Array = NDArray[np.float64]
OK, FAILED = "ok", "failed"


@dataclass(frozen=True)
class Rows:
    """What a block leaves: one row a run, columns as lists; series by month apart."""

    name: str
    columns: dict[str, list[Any]]
    monthly: dict[str, list[Any]]
    seconds: float
    worker: str
    memory_mb: float

    @property
    def runs(self) -> int:
        """Return the number of runs."""
        return len(self.columns["key"])


def run_job(job: Job) -> Rows:
    """Run a block and return its rows; a point that fails is a row with its message.

    Raises MemoryError where even a single point finds no room.
    """
    begun = time.monotonic()
    for kind in job.kinds:
        add_measure_kind(kind)
    try:
        parts = [_together(job, list(job.points))]
    except Exception as error:
        if len(job.points) == 1:
            _no_fault_of_the_point(error)
            parts = [_failed(job, job.points[0], error)]
        else:
            parts = [_alone(job, point) for point in job.points]
        gc.collect()
    columns = {name: [x for part in parts for x in part[0][name]] for name in parts[0][0]}
    monthly = {
        name: [x for part in parts for x in part[1].get(name, [])] for name in MONTHLY_COLUMNS
    }
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return Rows(job.name, columns, monthly, time.monotonic() - begun, worker, peak_mb())


def peak_mb() -> float:
    """Return the most memory this process has held, MB."""
    try:
        # What `getrusage` says of a new process includes the one that began it.
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024.0
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024.0**2 if sys.platform == "darwin" else 1024.0)


MONTHLY_COLUMNS = ("key", "point", "member", "month", "series", "value")
Parts = tuple[dict[str, list[Any]], dict[str, list[Any]]]
OfOneWorld = tuple[list[PointJob], Inputs]


def _alone(job: Job, point: PointJob) -> Parts:
    try:
        return _together(job, [point])
    except Exception as error:
        _no_fault_of_the_point(error)
        return _failed(job, point, error)


def _no_fault_of_the_point(error: Exception) -> None:
    """Raise again what says that memory ran out: the sweep ends, and goes on where there is more.

    Stored as a failed run it would be counted as finished.
    """
    if memory_ran_out(error):
        raise MemoryError(str(error)) from None


def _failed(job: Job, point: PointJob, error: Exception) -> Parts:
    """Return a row for each run of a point that failed."""
    count = len(point.keys)
    message = " ".join(str(error).split()) or type(error).__name__
    columns: dict[str, list[Any]] = {
        "key": list(point.keys), "point": [point.point] * count, "member": list(point.members),
        "status": [FAILED] * count, "message": [message] * count,
    }  # fmt: skip
    return columns | {name: [None] * count for name in job.outputs}, {}


def _together(job: Job, points: list[PointJob]) -> Parts:
    """Run points side by side, in as few models as their worlds allow."""
    columns: dict[str, list[Any]] = {
        n: [] for n in ("key", "point", "member", "status", "message", *job.outputs)
    }
    monthly: dict[str, list[Any]] = {name: [] for name in MONTHLY_COLUMNS}
    for members in _side_by_side(points):
        _run_group(job, members, columns, monthly)
    return columns, monthly


def _side_by_side(points: list[PointJob]) -> list[list[OfOneWorld]]:
    """Return points by world, and the worlds that can step together."""
    by_world: dict[int, list[PointJob]] = {}
    for point in points:
        by_world.setdefault(id(point.world), []).append(point)
    sides = [(alike[0].world, parameters_of(alike)) for alike in by_world.values()]
    groups: dict[tuple[Any, ...], list[OfOneWorld]] = {}
    for alike, (world, own), law in zip(by_world.values(), sides, laws(sides), strict=True):
        inputs = build_inputs(world, own, law)
        window = window_of(world, inputs.months)
        key = (
            shape_of(inputs), world.seed, world.firms.counts(), world.firms.pareto,
            window.start, window.stop,
        )  # fmt: skip
        groups.setdefault(key, []).append((alike, inputs))
    return list(groups.values())


def parameters_of(points: list[PointJob]) -> dict[str, Array]:
    """Return the parameters of the members of points of one world, side by side, (member,)."""
    world = points[0].world
    chosen, seeds = world.parameters, world.seeds_per_draw
    draws = -(-world.members // seeds)
    whole = drawn(chosen.source, draws, world.seed, chosen.set, chosen.draws)
    places = np.array([i % world.members // seeds for point in points for i in point.ids])
    values = {name: v[places] for name, v in whole.items()}
    first = 0
    for point in points:
        for name, value in point.parameters:
            values[name][first : first + len(point.ids)] = value
        first += len(point.ids)
    return consistent(values)


def _run_group(
    job: Job,
    members: list[OfOneWorld],
    columns: dict[str, list[Any]],
    monthly: dict[str, list[Any]],
) -> None:
    """Run worlds of one shape as one model and add their rows."""
    points = [point for alike, _ in members for point in alike]
    world = points[0].world
    inputs = join([part for _, part in members])
    ids = [i for point in points for i in point.ids]
    firms = world.firms
    model = made(job.model, inputs, ids, world.seed, job.arms, firms.counts(), firms.pareto)
    record = model.run()
    # A model refers to itself through its agents; waiting, each block would hold the last ones too.
    model.__dict__.clear()
    got = of_runs(record, window_of(world, inputs.months), job.arms, job.outputs)
    for name in job.outputs:
        columns[name] += [None if np.isnan(x) else float(x) for x in got[name]]
    for point in points:
        columns["key"] += point.keys
        columns["point"] += [point.point] * len(point.keys)
        columns["member"] += point.members
        columns["status"] += [OK] * len(point.keys)
        columns["message"] += [""] * len(point.keys)
    if job.monthly:
        _add_months(job, points, record, monthly)


def _add_months(
    job: Job, points: list[PointJob], record: Record, monthly: dict[str, list[Any]]
) -> None:
    """Add the series that are kept by month, in the arm in which all are free."""
    months = record.inputs.months
    arm = job.arms.index("C1S1")
    lanes = [(p.point, m, k) for p in points for m, k in zip(p.members, p.keys, strict=True)]
    for name in job.monthly:
        values = series_of(record, arm, name)
        for lane, (point, member, key) in enumerate(lanes):
            monthly["key"] += [key] * len(months)
            monthly["point"] += [point] * len(months)
            monthly["member"] += [member] * len(months)
            monthly["month"] += months
            monthly["series"] += [name] * len(months)
            monthly["value"] += [float(x) for x in values[:, lane]]
