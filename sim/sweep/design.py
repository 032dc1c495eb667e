"""From factors and a design to points: one row of values each, and its place in the unit cube."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.calibration.indices import problem
from sim.parameters import all_parameters, drawn, quantile
from sim.sweep.file import Sweep
from sim.sweep.terms import Factor

Array = NDArray[np.float64]
Column = Array | Sequence[Any]
"""The values of one factor, (point,): numbers, or whatever else a key takes."""


class Laid(Sequence[tuple[Any, ...]]):
    """Points as rows of one value a factor, kept as columns: many points take little memory."""

    def __init__(self, columns: Sequence[Column], points: int) -> None:
        self.columns, self._points = tuple(columns), points

    def __len__(self) -> int:
        """Return the number of points."""
        return self._points

    def __getitem__(self, point: Any) -> Any:
        """Return the values of a point."""
        place = range(self._points)[point]
        if isinstance(place, range):
            return [self[k] for k in place]
        return tuple(value_at(column, place) for column in self.columns)


def value_at(column: Column, point: int) -> Any:
    """Return a value of a column as plain data."""
    return column[point].item() if isinstance(column, np.ndarray) else column[point]


@dataclass(frozen=True)
class Points:
    """The points of a sweep: values by factor, and the draw of all parameters each one takes.

    `unit` (point, factor) are coordinates in [0, 1] of sampled designs, in the order that SALib
    needs, None for others.
    """

    factors: tuple[Factor, ...]
    values: Laid
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
        columns = [at_quantiles(f, unit[:, i]) for i, f in enumerate(factors)]
        return Points(factors, Laid(columns, len(unit)), (None,) * len(unit), unit)
    if design.kind == "list":
        rows = [tuple(row) for row in design.rows]
    elif design.kind == "one_at_a_time":
        rows = _one_at_a_time(factors)
    else:
        rows = list(product(*(levels_of(f) for f in factors)))
    draws = design.points or 1
    each = [row for row in rows for _ in range(draws)]
    numbers: tuple[int | None, ...] = (None,) * len(each)
    if design.kind in ("calibrated", "prior"):
        numbers = tuple(range(draws)) * len(rows)
    return Points(factors, Laid(list(zip(*each, strict=True)), len(each)), numbers, None)


def levels_of(factor: Factor) -> tuple[Any, ...]:
    """Return the levels of a factor in a grid: its values, or evenly spaced ones of its range."""
    if factor.values is not None:
        return factor.values
    return tuple(_plain(at_quantiles(factor, np.linspace(0.0, 1.0, factor.levels))))


def _plain(column: Column) -> list[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def at_quantiles(factor: Factor, unit: Array) -> Column:
    """Return values of a factor at places of its range, prior or list, `unit` in [0, 1]."""
    if factor.values is not None:
        most = len(factor.values) - 1
        return [factor.values[min(int(u * len(factor.values)), most)] for u in unit]
    if factor.prior:
        assert factor.parameter is not None
        return quantile(all_parameters()[factor.parameter], unit)
    low, high = factor.low, factor.high
    assert low is not None
    assert high is not None
    inside = low * (high / low) ** unit if factor.log else low + unit * (high - low)
    # Rounding must not take an end of the range beyond what the key allows.
    return np.clip(inside, low, high)


def _one_at_a_time(factors: tuple[Factor, ...]) -> list[tuple[Any, ...]]:
    """Return the middle of all factors, then each level of each with the others there."""
    middle = tuple(_plain(at_quantiles(f, np.array([0.5])))[0] for f in factors)
    rows = [middle]
    for i, factor in enumerate(factors):
        rows += [(*middle[:i], level, *middle[i + 1 :]) for level in levels_of(factor)]
    once: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        # Levels may be lists, which cannot be keys themselves.
        once.setdefault(json.dumps(row, default=str), row)
    return list(once.values())


def _sampled(sweep: Sweep, factors: int) -> Array:
    """Return the unit coordinates of a sampled design, (point, factor)."""
    names = [f"x{i}" for i in range(factors)]
    kind, count, seed = sweep.design.kind, sweep.design.points or 1, sweep.seed % 2**32
    if kind == "sobol":
        from SALib.sample import sobol

        return np.asarray(sobol.sample(problem(names), count, calc_second_order=False, seed=seed))
    if kind == "morris":
        from SALib.sample import morris

        return np.asarray(morris.sample(problem(names), count, seed=seed))
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(factors, rng=seed).random(count))


def draw_of(sweep: Sweep, number: int) -> dict[str, float]:
    """Return one whole draw of the parameters for a `calibrated` or `prior` design."""
    kept = _draws(sweep.design.kind, sweep.design.points or 1, sweep.seed)
    return {name: float(v[number]) for name, v in kept.items()}


@lru_cache(maxsize=1)
def _draws(source: Literal["calibrated", "prior"], count: int, seed: int) -> dict[str, Array]:
    return drawn(source, count, seed)
