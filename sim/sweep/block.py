"""One block of a sweep: its points as members in lock-step, what is kept of each run."""

from __future__ import annotations

import os
import resource
import socket
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiment.answer import window_of
from sim.experiment.ensemble import member_parameters
from sim.experiment.join import join, shape_of
from sim.inputs import Inputs, build_inputs
from sim.model import SanctionsModel
from sim.parameters import consistent
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
    """Run a block and return its rows; a point that fails is a row with its message."""
    begun = time.monotonic()
    try:
        parts = [_together(job, list(job.points))]
    except Exception as error:
        if len(job.points) == 1:
            parts = [_failed(job, job.points[0], error)]
        else:
            parts = [_alone(job, point) for point in job.points]
    columns = {name: [x for part in parts for x in part[0][name]] for name in parts[0][0]}
    monthly = {name: [x for part in parts for x in part[1].get(name, [])] for name in _MONTHLY}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return Rows(job.name, columns, monthly, time.monotonic() - begun, worker, peak)


_MONTHLY = ("key", "point", "member", "month", "series", "value")
Parts = tuple[dict[str, list[Any]], dict[str, list[Any]]]


def _alone(job: Job, point: PointJob) -> Parts:
    try:
        return _together(job, [point])
    except Exception as error:
        return _failed(job, point, error)


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
    groups: dict[tuple[Any, ...], list[tuple[PointJob, Inputs]]] = {}
    for point, inputs in _inputs_of(points):
        world = point.world
        window = window_of(world, inputs.months)
        key = (
            shape_of(inputs), world.seed, world.firms.counts(), world.firms.pareto,
            window.start, window.stop,
        )  # fmt: skip
        groups.setdefault(key, []).append((point, inputs))
    columns: dict[str, list[Any]] = {
        n: [] for n in ("key", "point", "member", "status", "message", *job.outputs)
    }
    monthly: dict[str, list[Any]] = {name: [] for name in _MONTHLY}
    for members in groups.values():
        _run_group(job, members, columns, monthly)
    return columns, monthly


def _inputs_of(points: list[PointJob]) -> list[tuple[PointJob, Inputs]]:
    """Return the inputs of each point."""
    return [(point, build_inputs(point.world, parameters_of(point))) for point in points]


def parameters_of(point: PointJob) -> dict[str, Array]:
    """Return the parameters of a point's members, (member,)."""
    whole = member_parameters(point.world)
    places = [i % point.world.members for i in point.ids]
    values = {name: v[places] for name, v in whole.items()}
    for name, value in point.parameters:
        values[name] = np.full(len(places), value)
    return consistent(values)


def _run_group(
    job: Job,
    members: list[tuple[PointJob, Inputs]],
    columns: dict[str, list[Any]],
    monthly: dict[str, list[Any]],
) -> None:
    """Run worlds of one shape as one model and add their rows."""
    world = members[0][0].world
    inputs = join([part for _, part in members])
    ids = [i for point, _ in members for i in point.ids]
    model = SanctionsModel(
        inputs, ids, world.seed, job.arms, world.firms.counts(), world.firms.pareto
    )
    record = model.run()
    got = of_runs(record, window_of(world, inputs.months), job.arms, job.outputs)
    for name in job.outputs:
        columns[name] += [None if np.isnan(x) else float(x) for x in got[name]]
    for point, _ in members:
        columns["key"] += point.keys
        columns["point"] += [point.point] * len(point.keys)
        columns["member"] += point.members
        columns["status"] += [OK] * len(point.keys)
        columns["message"] += [""] * len(point.keys)
    if job.monthly:
        _add_months(job, members, record, monthly)


def _add_months(
    job: Job,
    members: list[tuple[PointJob, Inputs]],
    record: Record,
    monthly: dict[str, list[Any]],
) -> None:
    """Add the series that are kept by month, in the arm in which all are free."""
    months = record.inputs.months
    arm = job.arms.index("C1S1")
    lanes = [(p.point, m, k) for p, _ in members for m, k in zip(p.members, p.keys, strict=True)]
    for name in job.monthly:
        values = series_of(record, arm, name)
        for lane, (point, member, key) in enumerate(lanes):
            monthly["key"] += [key] * len(months)
            monthly["point"] += [point] * len(months)
            monthly["member"] += [member] * len(months)
            monthly["month"] += months
            monthly["series"] += [name] * len(months)
            monthly["value"] += [float(x) for x in values[:, lane]]
