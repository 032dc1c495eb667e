"""What each input does to an output: main effects, pairs, one at a time, rank correlations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sim.experiment.answer import BAND
from sim.sweep.analysis_table import Groups, Input, Results, groups_of, points_together

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]

STRONGEST = 12
"""Inputs that tables and figures show where there are many."""

FEWEST_A_LEVEL = 2
"""Points a level, on average, below which a share of the variance says nothing."""

MOST_PAIRS = 6
TURN = 0.25
"""A main effect turns where it goes back by this share of its range."""

TWO = 2.0
"""Standard errors that chance stays within nineteen times of twenty."""


@dataclass(frozen=True)
class Level:
    """The output at one level of an input, over all runs there: members and other inputs.

    `error` is the standard error of the mean from the choice of points, 0 where they are all there.
    """

    words: str
    place: float
    points: int
    runs: int
    mean: float
    error: float
    p05: float
    p50: float
    p95: float


@dataclass(frozen=True)
class Effect:
    """The main effect of one input.

    `share` is the part of the variance of the points' means that the means of its levels have,
    None where points are too few or not laid independently of each other. `rank` is Spearman's
    correlation of the input with the points' means, None for words without an order; chance alone
    gives one up to `by_chance`.
    """

    given: Input
    levels: tuple[Level, ...]
    tenths: bool
    share: float | None
    rank: float | None
    by_chance: float

    @property
    def directed(self) -> bool:
        """Return whether the output goes one way along the input, beyond what chance gives."""
        return self.rank is not None and abs(self.rank) > self.by_chance

    @property
    def range(self) -> float:
        """Return how far the means of the levels lie apart."""
        means = [level.mean for level in self.levels]
        return max(means) - min(means)

    @property
    def turns(self) -> bool:
        """Return whether the output goes up and down again, or down and up, along the input."""
        means = [level.mean for level in self.levels]
        inside = max(means) - max(means[0], means[-1]), min(means[0], means[-1]) - min(means)
        return max(inside) > max(TURN * self.range, self.doubt)

    @property
    def doubt(self) -> float:
        """Return the difference of two levels that the choice of points alone may make."""
        return TWO * math.sqrt(2.0) * max(level.error for level in self.levels)


def main_effects(results: Results) -> tuple[Effect, ...]:
    """Return the main effect of every input, the one that matters most first.

    After the factors the parameters of the draws, the strongest by rank correlation.
    """
    kind, together = results.sweep.design.kind, points_together(results)
    sampled = kind in ("latin", "sobol", "morris")
    one_by_one = kind == "one_at_a_time"
    blocks = np.arange(len(results.values)) // together if sampled else None
    effects = []
    for given in results.inputs:
        only = results.known
        if one_by_one:
            only = only & _others_in_the_middle(results, given)
        share = together == 1 and not one_by_one
        effects.append(_effect(results, given, only, blocks, share))
    effects.sort(key=lambda effect: (-(effect.share or 0.0), -effect.range))
    # With factors a draw is in several points, which are then no independent sample of it.
    alone = not results.inputs
    for row in rank_correlations(results)[:STRONGEST]:
        effect = _effect(results, row.given, results.known, results.draws, alone)
        effects.append(replace(effect, rank=row.rank))
    return tuple(effects)


def _others_in_the_middle(results: Results, given: Input) -> Mask:
    """Return the points in which all inputs but one are where the first point has them."""
    same = [
        other.values == other.values[0] for other in results.inputs if other.label != given.label
    ]
    return np.logical_and.reduce(same) if same else np.ones(len(given.values), dtype=bool)


def _effect(
    results: Results, given: Input, taken: Mask, blocks: Whole | None, with_share: bool
) -> Effect:
    """Return the main effect of an input over the points `taken`.

    `blocks` (point,) are what was chosen at random, None where nothing was.
    """
    means = results.means
    groups = groups_of(given, by_level=results.sweep.design.kind == "grid")
    levels = []
    for k, words in enumerate(groups.words):
        inside = taken & (groups.of == k)
        if not inside.any():
            continue
        error = 0.0
        if blocks is not None:
            error = float(means[inside].std() / np.sqrt(len(np.unique(blocks[inside]))))
        levels.append(_level(results.values[inside], words, float(groups.places[k]), error))
    share = None
    if with_share and taken.sum() >= FEWEST_A_LEVEL * len(levels):
        share = share_of(means[taken], groups.of[taken], whole(results))
    by_chance = 0.0 if blocks is None else TWO / np.sqrt(len(np.unique(blocks[taken])))
    rank = _rank(given, means, taken)
    return Effect(given, tuple(levels), groups.tenths, share, rank, float(by_chance))


def _level(values: Array, words: str, place: float, error: float) -> Level:
    """Return the output of the points at one level, `values` (point, member)."""
    there = values[np.isfinite(values)]
    low, middle, high = np.quantile(there, BAND)
    return Level(
        words, place, len(values), there.size, float(there.mean()), error, float(low),
        float(middle), float(high),
    )  # fmt: skip


def whole(results: Results) -> bool:
    """Return whether every combination of the levels of a grid has a value."""
    return results.sweep.design.kind == "grid" and bool(results.known.all())


def share_of(means: Array, of: Whole, exact: bool) -> float:
    """Return the share of the variance of `means` (point,) that the means of its groups have.

    In a sample some of that share is chance and is taken off; `exact` for a whole grid.
    Source: Saltelli et al. 2008, section 1.2.13; Kelley 1935 for the correction.
    """
    total = float(((means - means.mean()) ** 2).sum())
    if total <= 0.0:
        return 0.0
    _, of = np.unique(of, return_inverse=True)
    count = np.bincount(of)
    level = np.bincount(of, weights=means) / count
    between = float((count * (level - means.mean()) ** 2).sum())
    left = means.size - count.size
    if not exact:
        chance = (count.size - 1) * (total - between) / left if left > 0 else between
        between -= chance
    return float(np.clip(between / total, 0.0, 1.0))


def _rank(given: Input, means: Array, taken: Mask) -> float | None:
    """Return Spearman's correlation of an input of numbers or dates with the points' means."""
    from scipy.stats import spearmanr

    x, y = given.values[taken], means[taken]
    if not given.ordered or x.size < 3 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None
    return float(spearmanr(x, y).statistic)


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation of a drawn parameter with the output, `chance` its p-value."""

    given: Input
    rank: float
    chance: float


def rank_correlations(results: Results) -> tuple[Correlation, ...]:
    """Return the rank correlation of every drawn parameter with the mean output of its draw."""
    from scipy.stats import spearmanr

    if results.draws is None:
        return ()
    taken = results.known
    draws, first, of = np.unique(results.draws[taken], return_index=True, return_inverse=True)
    y = np.bincount(of, weights=results.means[taken]) / np.bincount(of)
    if draws.size < 3 or np.ptp(y) == 0.0:
        return ()
    out = []
    for given in results.drawn:
        x = given.values[taken][first]
        if np.ptp(x) > 0.0:
            found = spearmanr(x, y)
            out.append(Correlation(given, float(found.statistic), float(found.pvalue)))
    return tuple(sorted(out, key=lambda row: (-abs(row.rank), row.given.label)))


@dataclass(frozen=True)
class Map:
    """The median of an output over members and other inputs by two inputs, (row, column)."""

    row: Input
    column: Input
    row_words: tuple[str, ...]
    column_words: tuple[str, ...]
    median: Array
    share: float


def heat_maps(results: Results) -> tuple[Map, ...]:
    """Return the pairs of factors of a grid that explain most of the points, at most six."""
    if results.sweep.design.kind not in ("grid", "calibrated", "prior"):
        return ()
    means, known = results.means, results.known
    pairs = []
    for one, two in combinations(results.inputs, 2):
        a, b = groups_of(one, by_level=True), groups_of(two, by_level=True)
        cell = a.of * len(b.words) + b.of
        share = share_of(means[known], cell[known], whole(results))
        pairs.append((share, one, two, a, b))
    pairs.sort(key=lambda pair: -pair[0])
    return tuple(_map(results, *pair) for pair in pairs[:MOST_PAIRS])


def _map(results: Results, share: float, one: Input, two: Input, a: Groups, b: Groups) -> Map:
    """Return one heat map; the input with more levels lies across."""
    if len(a.words) > len(b.words):
        one, two, a, b = two, one, b, a
    median = np.full((len(a.words), len(b.words)), np.nan)
    for i in range(len(a.words)):
        for j in range(len(b.words)):
            values = results.values[(a.of == i) & (b.of == j)]
            values = values[np.isfinite(values)]
            if values.size:
                median[i, j] = np.median(values)
    return Map(one, two, a.words, b.words, median, share)


@dataclass(frozen=True)
class Bar:
    """The output at the ends of an input with all others in the middle, means over members.

    `low`, `high` are at its lowest and highest level, `least`, `most` over all its levels.
    `low_range`, `high_range` are the 5 and 95 % of the members' change from the middle point.
    """

    given: Input
    low_words: str
    high_words: str
    low: float
    high: float
    least: float
    most: float
    low_range: tuple[float, float]
    high_range: tuple[float, float]


@dataclass(frozen=True)
class Tornado:
    """One-at-a-time effects, the longest first, and the output in the middle of all inputs."""

    middle: float
    bars: tuple[Bar, ...]


def tornado(results: Results) -> Tornado | None:
    """Return the effects of a one-at-a-time design, None for others or without its middle."""
    if results.sweep.design.kind != "one_at_a_time" or not results.known[0]:
        return None
    bars = [bar for given in results.inputs if (bar := _bar(results, given)) is not None]
    return Tornado(float(results.means[0]), tuple(sorted(bars, key=lambda b: b.least - b.most)))


def _bar(results: Results, given: Input) -> Bar | None:
    taken = results.known & _others_in_the_middle(results, given)
    means = results.means
    groups = groups_of(given, by_level=True)
    places = np.flatnonzero(taken)
    if len(places) < 2:
        return None
    low, high = places[np.argmin(given.values[places])], places[np.argmax(given.values[places])]
    return Bar(
        given, groups.words[groups.of[low]], groups.words[groups.of[high]],
        float(means[low]), float(means[high]), float(means[places].min()),
        float(means[places].max()), _change(results.values, low), _change(results.values, high),
    )  # fmt: skip


def _change(values: Array, point: int) -> tuple[float, float]:
    """Return 5 and 95 % over members of the change from the first point, (nan, nan) without any."""
    change = values[point] - values[0]
    change = change[np.isfinite(change)]
    if not change.size:
        return float("nan"), float("nan")
    low, high = np.quantile(change, (BAND[0], BAND[-1]))
    return float(low), float(high)
