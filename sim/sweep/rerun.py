"""One row of a sweep made again, whole: the run behind a number, as a results folder."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from sim.errors import DivertError
from sim.experiment.answer import window_of
from sim.experiment.command import Finished, write_result
from sim.experiment.ensemble import Ensemble
from sim.inputs import build_inputs
from sim.model import SanctionsModel
from sim.sweep.block import parameters_of
from sim.sweep.manifest import read_manifest, sweep_of
from sim.sweep.outputs import of_runs
from sim.sweep.plan import PointJob, plan_of
from sim.sweep.store import read_table
from sim.yaml_text import Tree


@dataclass(frozen=True)
class Again:
    """A run made again: its folder, whether every kept number came out the same, and which."""

    finished: Finished
    row: dict[str, Any]
    again: dict[str, float]
    same: bool


def rerun(folder: Path, key: str, out: Path) -> Again:
    """Run the run of a sweep that has a key (its first characters suffice) and write its folder.

    Raises DivertError where no run or several have that key, where the run had failed, or where
    code or data are no longer those of the sweep.
    """
    manifest = read_manifest(folder)
    row = _row(folder, key)
    sweep = sweep_of(manifest)
    plan = plan_of(sweep, Tree(manifest["scenario"]))
    if plan.digest != manifest["digest"]:
        raise DivertError(
            "found a sweep of other code, data or scenario than these; its rows cannot be made "
            "again here",
            file=folder,
        )
    job = plan.point(row["point"])
    place = job.keys.index(row["key"])
    one = dataclasses.replace(
        job, ids=(job.ids[place],), members=(job.members[place],), keys=(row["key"],)
    )
    ensemble = _run(one, plan.arms)
    window = window_of(one.world, ensemble.inputs.months)
    got = of_runs(ensemble.record, window, plan.arms, sweep.outputs)
    again = {name: float(values[0]) for name, values in got.items()}
    same = all(
        np.isnan(again[name]) if row[name] is None else row[name] == again[name] for name in again
    )
    finished = write_result(ensemble, out / f"{sweep.name}-{row['key'][:12]}")
    return Again(finished, row, again, same)


def _row(folder: Path, key: str) -> dict[str, Any]:
    """Return the one row whose key begins so; raises DivertError."""
    table = read_table(folder, points=False)
    rows = table.filter(pc.starts_with(table.column("key"), key)).to_pylist()
    if not key or len(rows) != 1:
        what = "no run" if not rows else f"{len(rows)} runs"
        raise DivertError(
            f"found {what} with a key that begins with {key!r}; allowed: the first characters of "
            "one key of the sweep's table",
            file=folder, key="KEY",
        )  # fmt: skip
    if rows[0]["status"] != "ok":
        raise DivertError(
            f"found a run that failed: {rows[0]['message']}; allowed: one that was finished",
            file=folder, key="KEY",
        )  # fmt: skip
    return dict(rows[0])


def _run(point: PointJob, arms: tuple[str, ...]) -> Ensemble:
    """Run one member of a point."""
    world = point.world
    parameters = parameters_of([point])
    inputs = build_inputs(world, parameters)
    model = SanctionsModel(
        inputs, point.ids, world.seed, arms, world.firms.counts(), world.firms.pareto
    )
    record = model.run()
    alone = world.model_copy(update={"members": 1, "seeds_per_draw": 1, "answer": False})
    return Ensemble(alone, arms, inputs, record, parameters)
