"""Morris' measures and Sobol' indices of a function on the unit cube, by SALib."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import DivertError
from sim.scenario_terms import shown
from sim.streams import spawn_key

Array = NDArray[np.float64]
Evaluate = Callable[[Array], Array]
"""From points (point, axis) to one number each (point,), NaN where there is none."""

LEVELS = 4
"""Levels of Morris' grid: the middles of the quarters of each prior, whose ends have no weight."""


@dataclass(frozen=True)
class Effect:
    """Morris' measures of one parameter, in units of the output for a quantile going from 0 to 1.

    `mu_star` is the mean size of its effect, `mu_star_conf` half the 95 % interval, `sigma` the
    standard deviation of the effect: how far it depends on other parameters and on the level.
    """

    parameter: str
    mu_star: float
    mu_star_conf: float
    sigma: float


@dataclass(frozen=True)
class Index:
    """Sobol' indices of one parameter, `_conf` half the 95 % interval.

    Shares of the variance that is there with the parameters left out at their medians.
    """

    parameter: str
    first: float
    first_conf: float
    total: float
    total_conf: float


def settled(values: Array) -> Array:
    """Return values with the median of the finite ones in place of the others, 0 without any."""
    known = np.isfinite(values)
    return np.where(known, values, np.median(values[known]) if known.any() else 0.0)


def seed_of(seed: int, part: str) -> int:
    """Return the seed of one part of the plan, never 0: SALib takes 0 for no seed at all."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=spawn_key("plan", part)))
    return int(rng.integers(1, 2**31))


def problem(names: Sequence[str]) -> dict[str, Any]:
    """Return the unit cube as SALib describes it: names and the ends of each axis."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def morris(
    names: Sequence[str], evaluate: Evaluate, trajectories: int = 12, seed: int = 2017
) -> tuple[Effect, ...]:
    """Return Morris' measures of every axis, largest mu_star first.

    Runs trajectories x (axes + 1) points. Source: Campolongo, Cariboni & Saltelli 2007.
    """
    check_plan(trajectories=trajectories)
    # Here and below SALib is imported late: it brings pandas, which the workers do not need.
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as sampling

    cube = problem(names)
    grid = sampling.sample(cube, trajectories, num_levels=LEVELS, seed=seed_of(seed, "morris"))
    inner = 1.0 - 1.0 / LEVELS
    values = settled(evaluate(0.5 / LEVELS + inner * grid))
    draw = seed_of(seed, "morris intervals")
    found = analysis.analyze(cube, grid, values, num_levels=LEVELS, seed=draw)
    # SALib divides by the step on its own grid from 0 to 1, which is wider than the one run.
    columns = [
        np.asarray(found[key], dtype=np.float64) / inner
        for key in ("mu_star", "mu_star_conf", "sigma")
    ]
    rows = [Effect(n, *(float(c[i]) for c in columns)) for i, n in enumerate(names)]
    return tuple(sorted(rows, key=lambda row: (-row.mu_star, row.parameter)))


def sobol(
    names: Sequence[str], evaluate: Evaluate, base: int = 64, seed: int = 2017
) -> tuple[Index, ...]:
    """Return first and total Sobol' indices of every axis, largest total first.

    Runs base x (axes + 2) points. Source: Saltelli et al. 2010. With few points an index may fall
    outside 0 to 1 by sampling alone: read it with its interval.
    """
    check_plan(sobol_base=base)
    from SALib.sample import sobol as sampling

    points = sampling.sample(
        problem(names), base, calc_second_order=False, seed=seed_of(seed, "sobol")
    )
    values = settled(evaluate(points))
    return sobol_indices(names, values, seed_of(seed, "sobol intervals"))


def sobol_indices(names: Sequence[str], values: Array, seed: int) -> tuple[Index, ...]:
    """Return the indices of the values (point,) of a Saltelli sample, largest total first.

    All 0 where the values do not differ; `seed`, never 0, draws the intervals.
    """
    from SALib.analyze import sobol as analysis

    keys = ("S1", "S1_conf", "ST", "ST_conf")
    found = {key: np.zeros(len(names)) for key in keys}
    if np.ptp(values) > 0.0:
        found = analysis.analyze(problem(names), values, calc_second_order=False, seed=seed)
    rows = [Index(n, *(float(found[key][i]) for key in keys)) for i, n in enumerate(names)]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.parameter)))


_PLAN: dict[str, tuple[Callable[[int], bool], str]] = {
    "trajectories": (lambda n: n >= 2, "a whole number of 2 or more"),
    "sobol_base": (lambda n: n >= 2 and n & (n - 1) == 0, "a power of two: 2, 4, 8, 16 and so on"),
    "most": (lambda n: n >= 1, "a whole number of 1 or more"),
    "seed": (lambda n: n >= 0, "a whole number of 0 or more"),
}
"""Numbers of a plan: whether one will do, and what will in words."""


def check_plan(**numbers: int) -> None:
    """Raise DivertError for a number of the plan that will not do."""
    for name, number in numbers.items():
        good, allowed = _PLAN[name]
        if not isinstance(number, int) or isinstance(number, bool) or not good(number):
            raise DivertError(f"found {shown(number)}; allowed: {allowed}", key=name)
