"""From factors and a design to points: one row of values each, and its place in the unit cube."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.parameters import accepted, all_parameters, quantile
from sim.sweep.file import Factor, Sweep

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """The points of a sweep: values by factor, and the draw of all parameters each one takes.

    `unit` (point, factor) are coordinates in [0, 1] of sampled designs, in the order that SALib
    needs, None for others.
    """

    factors: tuple[Factor, ...]
    values: tuple[tuple[Any, ...], ...]
    draws: tuple[int | None, ...]
    unit: Array | None

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.values)


def lay_points(sweep: Sweep) -> Points:
    """Return the points of a sweep, the same for the same file."""
    factors, design = sweep.all_factors(), sweep.design
    if design.kind in ("latin", "sobol", "morris"):
        unit = _sampled(sweep, len(factors))
        values = tuple(
            tuple(at_quantile(f, float(u)) for f, u in zip(factors, row, strict=True))
            for row in unit
        )
        return Points(factors, values, (None,) * len(values), unit)
    if design.kind == "list":
        rows = tuple(tuple(row) for row in design.rows)
        return Points(factors, rows, (None,) * len(rows), None)
    if design.kind == "one_at_a_time":
        rows = _one_at_a_time(factors)
        return Points(factors, rows, (None,) * len(rows), None)
    grid = tuple(product(*(levels_of(f) for f in factors)))
    if design.kind == "grid":
        return Points(factors, grid, (None,) * len(grid), None)
    count = design.points or 1
    pairs = [(row, draw) for row in grid for draw in range(count)]
    return Points(factors, tuple(r for r, _ in pairs), tuple(d for _, d in pairs), None)


def levels_of(factor: Factor) -> tuple[Any, ...]:
    """Return the levels of a factor in a grid: its values, or evenly spaced ones of its range."""
    if factor.values is not None:
        return factor.values
    return tuple(at_quantile(factor, float(u)) for u in np.linspace(0.0, 1.0, factor.levels))


def at_quantile(factor: Factor, unit: float) -> Any:
    """Return the value of a factor at a place of its range, prior or list, `unit` in [0, 1]."""
    if factor.values is not None:
        return factor.values[min(int(unit * len(factor.values)), len(factor.values) - 1)]
    if factor.prior:
        assert factor.parameter is not None
        return float(quantile(all_parameters()[factor.parameter], np.array([unit]))[0])
    assert factor.low is not None
    assert factor.high is not None
    if factor.log:
        return float(np.exp(np.log(factor.low) + unit * np.log(factor.high / factor.low)))
    return float(factor.low + unit * (factor.high - factor.low))


def _one_at_a_time(factors: tuple[Factor, ...]) -> tuple[tuple[Any, ...], ...]:
    """Return the middle of all factors, then each level of each with the others there."""
    middle = tuple(at_quantile(f, 0.5) for f in factors)
    rows = [middle]
    for i, factor in enumerate(factors):
        rows += [(*middle[:i], level, *middle[i + 1 :]) for level in levels_of(factor)]
    return tuple(dict.fromkeys(rows))


def problem(factors: int) -> dict[str, Any]:
    """Return the unit cube as SALib describes it."""
    return {
        "num_vars": factors,
        "names": [f"x{i}" for i in range(factors)],
        "bounds": [[0.0, 1.0]] * factors,
    }


def _sampled(sweep: Sweep, factors: int) -> Array:
    """Return the unit coordinates of a sampled design, (point, factor)."""
    kind, count, seed = sweep.design.kind, sweep.design.points or 1, sweep.seed % 2**32
    if kind == "sobol":
        from SALib.sample import sobol

        return np.asarray(sobol.sample(problem(factors), count, calc_second_order=False, seed=seed))
    if kind == "morris":
        from SALib.sample import morris

        return np.asarray(morris.sample(problem(factors), count, seed=seed))
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(factors, rng=seed).random(count))


def draw_of(sweep: Sweep, number: int) -> dict[str, float]:
    """Return one whole draw of the parameters for a `calibrated` or `prior` design."""
    if sweep.design.kind == "calibrated":
        kept = accepted()
        return {name: float(v[number % v.size]) for name, v in kept.items()}
    from sim.parameters import draw

    values = draw("prior", number + 1, sweep.seed)
    return {name: float(v[number]) for name, v in values.items()}
