"""Small fits for the tests."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.calibration.calibrate import KernelJob, block_kernel
from sim.calibration.fit import Fitted, Ids, Plan, fit
from sim.calibration.outcomes import observed, read
from sim.calibration.simulate import EVERYTHING, blocks, from_normal, simulate, world
from sim.parameters import all_parameters
from sim.scenario import Scenario
from sim.workers import Workers

Array = NDArray[np.float64]

SCALE = 0.05
QUICK = Plan(particles=96, moves=3, settle=8, seed=5)


def small_world() -> Scenario:
    """Return the world of a fit to 2018-12 with few firms."""
    return world(EVERYTHING, "2018-12", SCALE)


def rows_to_2018() -> tuple:
    """Return the figures that the shipped draws were fitted to."""
    return observed(date.max, "2018-12")


INFORMED = (
    "transit_cut", "transit_cut_up", "russia_friction", "season_weight", "transit_response",
    "world_price_passthrough_coal", "permit_exit", "contract_decay", "clearing_release",
    "coverage_other_goods",
)  # fmt: skip
"""Parameters that the figures to 2018-12 speak of most; the others stay at their medians."""


def whole(points: Array) -> Array:
    """Return points of all parameters, (draw, parameter), from points of `INFORMED`."""
    names = list(all_parameters())
    out = np.zeros((len(points), len(names)))
    out[:, [names.index(name) for name in INFORMED]] = points
    return out


def fit_to(rows: tuple, workers: Workers, plan: Plan = QUICK) -> Fitted:
    """Return a small fit of `INFORMED` to any figures."""
    scenario = small_world()

    def evaluate(call: int, points: Array, ids: Ids) -> Array:
        work = blocks(scenario, from_normal(whole(points)), [int(i) for i in ids], 48)
        return np.concatenate(
            list(workers.map(block_kernel, [KernelJob(block, rows) for block in work]))
        )

    return fit(evaluate, len(INFORMED), plan)


def simulated(points: Array, ids: list[int], rows: tuple, workers: Workers) -> Array:
    """Return what figures are in runs of points of `INFORMED`, (figure, draw)."""
    scenario = small_world()
    series = simulate(workers, scenario, from_normal(whole(points)), ids)
    return read(series, scenario.period.months, rows)
