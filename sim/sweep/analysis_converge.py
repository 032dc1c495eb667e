"""Whether a sweep is large enough: its answer from parts of it, and where its spread comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.experiment.answer import BAND
from sim.streams import spawn_key
from sim.sweep.analysis_table import Results, points_together

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Of = Literal["points", "members"]

SHARES = (0.125, 0.25, 0.5, 1.0)
RESAMPLES = 200
FEWEST_RESAMPLES = 20
MOST_NUMBERS = 8_000_000
"""Numbers that a bootstrap may look at; larger sweeps get fewer resamples."""


@dataclass(frozen=True)
class Part:
    """5 %, median and 95 % of the output from the first `count` points or members.

    `errors` are their standard errors by bootstrap over points or members, NaN from a single one.
    """

    of: Of
    count: int
    band: tuple[float, float, float]
    errors: tuple[float, float, float]


def convergence(results: Results) -> tuple[Part, ...]:
    """Return the answer from an eighth, a quarter, half and all of the points, then of the members.

    Points go in the order of a sampled design, else in a random one that the sweep's seed draws;
    those of a one-at-a-time design are no sample, and are left out.
    """
    whole = results.values[_order(results)]
    step, pair = points_together(results), _members_together(results)
    parts = []
    sample = results.sweep.design.kind != "one_at_a_time"
    for count in _sizes(len(whole), step) if sample else ():
        parts += _part(results, whole[:count], step, "points")
    for count in _sizes(whole.shape[1], pair):
        parts += _part(results, whole[:, :count].T, pair, "members")
    return tuple(parts)


def _sizes(size: int, together: int) -> list[int]:
    """Return the sizes of the parts, whole multiples of what belongs `together`."""
    found = {max(together, round(size * share / together) * together) for share in SHARES}
    return sorted({min(count, size) for count in found})


def _members_together(results: Results) -> int:
    """Return how many members side by side have one draw of the parameters."""
    members = results.values.shape[1]
    return results.by_seed if results.by_seed < members else 1


def _order(results: Results) -> Whole:
    """Return the order of the points in which a sweep of half the size would have them."""
    count, kind = len(results.values), results.sweep.design.kind
    if kind in ("latin", "sobol", "morris"):
        return np.arange(count)
    if results.draws is not None:
        return np.argsort(results.draws, kind="stable")
    return _generator(results, "points").permutation(count)


def _generator(results: Results, part: str) -> np.random.Generator:
    seed = np.random.SeedSequence(results.sweep.seed, spawn_key=spawn_key("analysis", part))
    return np.random.default_rng(seed)


def _part(results: Results, values: Array, together: int, of: Of) -> list[Part]:
    """Return the answer from `values` (point or member, other), none where they have none.

    What belongs together is drawn again together.
    """
    if not np.isfinite(values).any():
        return []
    units = len(values) // together
    sets = values[: units * together].reshape(units, -1)
    sets = sets[np.isfinite(sets).any(axis=1)]
    if len(sets) < 2:
        unknown = float("nan")
        return [Part(of, len(values), band_of(values), (unknown, unknown, unknown))]
    generator = _generator(results, of)
    times = int(np.clip(MOST_NUMBERS // sets.size, FEWEST_RESAMPLES, RESAMPLES))
    again = [band_of(sets[generator.integers(0, len(sets), len(sets))]) for _ in range(times)]
    low, middle, high = (float(x) for x in np.std(again, axis=0, ddof=1))
    return [Part(of, len(values), band_of(values), (low, middle, high))]


def band_of(values: Array) -> tuple[float, float, float]:
    """Return 5 %, median and 95 % of the finite values."""
    low, middle, high = np.quantile(values[np.isfinite(values)], BAND)
    return float(low), float(middle), float(high)


@dataclass(frozen=True)
class Spread:
    """Standard deviations of the output: between points, within one over members, by seed alone.

    `seeds` is None where no two members differ by seed alone; `members` is None with one member.
    """

    points: float
    members: float | None
    seeds: float | None


def spread(results: Results) -> Spread:
    """Return where the spread of the runs comes from; points that lack a member are left out.

    The chance that is left in the points' means is taken off: with common random numbers what
    points and members do together, with numbers of their own the whole spread of the members.
    """
    values = results.values[np.isfinite(results.values).all(axis=1)]
    if values.shape[1] < 2 or len(values) < 2:
        return Spread(float(np.nanstd(results.means)), None, None)
    within = float(values.var(axis=1, ddof=1).mean())
    chance = within
    if not results.sweep.independent:
        left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
        chance = float((left**2).sum() / ((len(values) - 1) * (values.shape[1] - 1)))
    between = float(values.mean(axis=1).var(ddof=1)) - chance / values.shape[1]
    return Spread(
        float(np.sqrt(max(between, 0.0))), float(np.sqrt(within)), _seeds(values, results.by_seed)
    )


def _seeds(values: Array, together: int) -> float | None:
    """Return the standard deviation among members that differ by seed alone."""
    sets = values.shape[1] // together
    if together < 2 or sets < 1:
        return None
    grouped = values[:, : sets * together].reshape(len(values), sets, together)
    return float(np.sqrt(grouped.var(axis=2, ddof=1).mean()))
