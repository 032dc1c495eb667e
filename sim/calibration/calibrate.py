"""What `divert calibrate` does: fit the parameters to the record and write the accepted draws."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calibration import coal_stop, votes
from sim.calibration.blocks import FinishedBlocks
from sim.calibration.fit import Fitted, Ids, Plan, fit
from sim.calibration.kernel import REPRODUCED, distance, log_kernel, pattern_distance
from sim.calibration.outcomes import observed, read
from sim.calibration.simulate import (
    BLOCK,
    EVERYTHING,
    Block,
    Origin,
    blocks,
    from_normal,
    run_series,
    simulate,
    world,
)
from sim.code import code_digest
from sim.data import load
from sim.parameters import all_parameters
from sim.scenario import Scenario
from sim.workers import Workers, together

Array = NDArray[np.float64]

FITTING_SCALE = 0.25
"""Multiple of the number of firms in fits: the kernel's mean moves by less than its seed noise."""

READ_BY_A_RUN = (
    "rules", "measures", "base_flows", "us_pressure", "provocations", "summits", "political_paths",
    "border_months", "world_prices", "trade_china_monthly",
)  # fmt: skip
"""Tables that a run reads."""

DIGITS = 6
"""Significant digits of a written parameter; everything said of a draw is said of these digits."""


@dataclass(frozen=True)
class KernelJob:
    """One block of the fit and the figures it is held against."""

    block: Block
    rows: tuple[Any, ...]


def block_kernel(job: KernelJob) -> Array:
    """Run a block and return the log kernel of each draw, (draw,)."""
    simulated = read(run_series(job.block), job.block.world.period.months, job.rows)
    return log_kernel(simulated, job.rows)


def fit_digest(scenario: Scenario, rows: tuple[Any, ...], plan: Plan) -> str:
    """Return the digest of all that determines a fit: world, figures, kernel, priors, plan."""
    from sim import __version__

    parts = {
        "divert": __version__,
        "scenario": scenario.digest(),
        "figures": [str(row) for row in rows],
        "code": code_digest(),
        "data": [str(row) for name in READ_BY_A_RUN for row in load(name)],
        "plan": asdict(plan),
        "block": BLOCK,
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Calibration:
    """A finished fit: rounded draws, their misses by pattern, and how it went."""

    origin: Origin
    scenario: Scenario
    plan: Plan
    fitted: Fitted
    parameters: dict[str, Array]
    points: Array
    distance: Array
    patterns: dict[str, Array]
    rows: tuple[Any, ...]
    runs: int
    seconds: float
    finished: FinishedBlocks

    @property
    def ids(self) -> Ids:
        """Return the names of the draws' random streams."""
        return self.fitted.population.ids

    @property
    def votes_as_recorded(self) -> float:
        """Return the share of draws whose Council votes as recorded, 2006 to 2025."""
        return float(votes.votes(self.parameters).as_recorded().mean())

    def reproduced(self) -> list[str]:
        """Return the patterns that each draw reproduces, as words."""
        inside = {name: values <= REPRODUCED for name, values in self.patterns.items()}
        return [
            " ".join(name for name, ok in inside.items() if ok[i]) for i in range(len(self.points))
        ]


def rounded(values: dict[str, Array]) -> dict[str, Array]:
    """Return parameters as they are written, with `DIGITS` significant digits."""
    return {n: np.array([float(f"{x:.{DIGITS}g}") for x in v]) for n, v in values.items()}


def calibrate(
    origin: Origin,
    plan: Plan,
    workers: Workers,
    out: Path,
    scale: float = FITTING_SCALE,
    report: Callable[[float], None] | None = None,
    base: str = "historical",
) -> Calibration:
    """Fit all parameters to the figures that an origin may see.

    The blocks in `finished` are the caller's to remove once the fit is written. `report` receives
    the share done. A fit that was stopped goes on where it was when it is called again with the
    same arguments and folder.
    """
    scenario = world(origin, origin.until, scale, plan.seed, base)
    rows = observed(origin.as_of, origin.until)
    finished = FinishedBlocks(out, fit_digest(scenario, rows, plan))
    begun, runs = time.monotonic(), 0

    def evaluate(call: int, points: Array, ids: Ids) -> Array:
        nonlocal runs
        width = together(len(points), workers.count, BLOCK)
        work = blocks(scenario, from_normal(points), [int(i) for i in ids], width)
        answers = {i: finished.get(call, i, block) for i, block in enumerate(work)}
        todo = [i for i, found in answers.items() if found is None]
        jobs = [KernelJob(work[i], rows) for i in todo]
        for i, values in zip(todo, workers.map(block_kernel, jobs), strict=True):
            finished.put(call, i, work[i], values)
            answers[i] = values
            runs += values.size
        return np.concatenate([values for values in answers.values() if values is not None])

    fitted = fit(evaluate, len(all_parameters()), plan, report)
    seconds = time.monotonic() - begun
    population = fitted.population
    if origin is EVERYTHING:
        voted = votes.condition(population.points, from_normal(population.points), plan.seed)
        names = [int(i) for i in population.ids]
        wish = coal_stop.wishes(workers, origin, scale, from_normal(voted), names)
        population = replace(population, points=coal_stop.condition(voted, wish, plan.seed))
    parameters = rounded(from_normal(population.points))
    series = simulate(workers, scenario, parameters, [int(i) for i in population.ids])
    simulated = read(series, scenario.period.months, rows)
    return Calibration(
        origin=origin,
        scenario=scenario,
        plan=plan,
        fitted=fitted,
        parameters=parameters,
        points=population.points,
        distance=distance(simulated, rows),
        patterns=pattern_distance(simulated, rows),
        rows=rows,
        runs=runs,
        seconds=seconds,
        finished=finished,
    )
