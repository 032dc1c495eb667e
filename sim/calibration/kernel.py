"""How well a run agrees with the record: the kernel of the fit and the errors it stands for.

The kernel is the law of ln(observed / simulated) under a right model (Wilkinson 2013): official
figures tight, estimates wide. In a pooled series the error itself is inferred, so that a series
the model cannot follow closely counts for less and its forecasts get wider.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calibration.outcomes import OUTCOMES, PRIOR_FIGURES

Array = NDArray[np.float64]

IMPOSSIBLE = -1e9
"""Log kernel of a run that gives no number."""

REPRODUCED = 2.0
"""A pattern is reproduced where its misses are at most this many declared errors, root mean square
(C)."""


def by_series(rows: tuple[Any, ...]) -> dict[str, list[int]]:
    """Return the places of each series in a list of observations."""
    places: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        places.setdefault(row.series, []).append(i)
    return places


def misses(simulated: Array, rows: tuple[Any, ...]) -> Array:
    """Return ln(observed / simulated) with the floor of each series, (observation, member)."""
    floor = np.array([OUTCOMES[row.series].floor for row in rows])
    value = np.array([row.value for row in rows])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(value + floor)[:, None] - np.log(simulated + floor[:, None]))


def log_kernel(simulated: Array, rows: tuple[Any, ...]) -> Array:
    """Return the log of the kernel of each member, up to a constant, (member,).

    Gaussian in the misses; in a pooled series Student's t jointly over its figures, the error
    integrated out of a scaled inverse chi-square prior around the declared one.
    """
    miss = misses(simulated, rows)
    total = np.zeros(miss.shape[1])
    for name, places in by_series(rows).items():
        one = OUTCOMES[name]
        squares = one.weight * (miss[places] ** 2).sum(axis=0) / one.error**2
        if one.pooled:
            figures = PRIOR_FIGURES + one.weight * len(places)
            total -= 0.5 * figures * np.log1p(squares / PRIOR_FIGURES)
        else:
            total -= 0.5 * squares
    return np.where(np.isfinite(total), total, IMPOSSIBLE)


def error_draws(
    name: str, miss: Array, random: np.random.Generator, shape: tuple[int, int, int]
) -> Array:
    """Return draws of the error in logs of one series, of `shape` (copy, observation, member).

    `miss` (figure, member) are the misses of the figures the fit saw; they make a pooled series'
    error, one draw of it for each member and copy.
    """
    one = OUTCOMES[name]
    size = np.full((shape[0], 1, shape[2]), one.error**2)
    if one.pooled:
        squares = PRIOR_FIGURES * one.error**2 + one.weight * (miss**2).sum(axis=0)
        freedom = PRIOR_FIGURES + one.weight * len(miss)
        size = squares / random.chisquare(freedom, size=size.shape)
    return np.asarray(np.sqrt(size) * random.standard_normal(shape))


def pattern_distance(simulated: Array, rows: tuple[Any, ...]) -> dict[str, Array]:
    """Return the root mean square of misses over declared errors by pattern, each (member,)."""
    error = np.array([OUTCOMES[row.series].error for row in rows])
    scaled = (misses(simulated, rows) / error[:, None]) ** 2
    places: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        places.setdefault(OUTCOMES[row.series].pattern, []).append(i)
    return {name: np.sqrt(scaled[at].mean(axis=0)) for name, at in sorted(places.items())}


def distance(simulated: Array, rows: tuple[Any, ...]) -> Array:
    """Return the root mean square over patterns of their distances, (member,)."""
    parts = np.array(list(pattern_distance(simulated, rows).values()))
    return np.asarray(np.sqrt((parts**2).mean(axis=0)))
