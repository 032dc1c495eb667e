"""Scenario discovery: where among the inputs an output exceeds a level, as boxes by PRIM."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.sweep.analysis_effects import STRONGEST, rank_correlations
from sim.sweep.analysis_table import Input, Results

Array = NDArray[np.float64]

FEWEST = 20
"""Points of interest, and others, below which a box says nothing."""

MOST_BOXES = 3
DENSITY = 0.5
"""A box counts only where most points in it exceed the level."""

CHANCE = 0.05
"""A limit that chance gives as often as this is dropped from a box."""


@dataclass(frozen=True)
class Limit:
    """The limits of a box on one input; `low` or `high` is None where it goes to the end.

    `chance` is the quasi-p-value of the limit: how often chance alone would make it this telling.
    """

    given: Input
    low: float | None
    high: float | None
    chance: float


@dataclass(frozen=True)
class Box:
    """A box: which share of the points that exceed the level lies in it, and of it exceeds."""

    coverage: float
    density: float
    points: int
    exceeding: int
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Discovery:
    """Where the mean of a point exceeds `above`; `missing` says why there are no boxes.

    `path` are coverage, density and number of inputs limited of each step of the search for the
    first box, (step, 3).
    """

    above: float
    points: int
    exceeding: int
    boxes: tuple[Box, ...] = ()
    path: Array | None = None
    missing: str = ""


def discover(results: Results, above: float) -> Discovery:
    """Return the boxes of numeric inputs in which the mean over members exceeds `above`.

    Sources: Friedman & Fisher 1999; Bryant & Lempert 2010, whose quasi-p-values drop limits.
    """
    known = results.known
    means = results.means[known]
    exceeding = means > above
    count, points = int(exceeding.sum()), int(known.sum())
    given = _numeric(results)
    if missing := _too_few(count, points, given):
        return Discovery(above, points, count, missing=missing)
    prim = _prim()
    if prim is None:
        return Discovery(
            above, points, count, missing="boxes need the EMA workbench, which is not installed: "
            "pip install 'divert[discovery]'",
        )  # fmt: skip
    table = {i.label: i.values[known] for i in given}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _boxes(prim, table, exceeding, given, above)


def _numeric(results: Results) -> list[Input]:
    """Return the numeric inputs; of the parameters of draws the strongest."""
    strongest = [row.given for row in rank_correlations(results)[:STRONGEST]]
    numeric = [given for given in (*results.inputs, *strongest) if given.numeric]
    return [given for given in numeric if np.ptp(given.values[results.known]) > 0.0]


def _too_few(count: int, points: int, given: list[Input]) -> str:
    """Return why no box can be found, an empty text where one can."""
    if count == 0:
        return "no point exceeds it"
    if count == points:
        return "every point exceeds it"
    if not given:
        return "no input is a number that varies, and boxes are limits on numbers"
    if count < FEWEST:
        return f"too few points exceed it for boxes, which need {FEWEST} or more"
    if points - count < FEWEST:
        return f"too few points stay at or below it for boxes, which need {FEWEST} or more"
    return ""


def _prim() -> Any:
    """Return the library's module, None where it is not installed."""
    import matplotlib

    # The library brings seaborn, which changes the colours of all figures that come after.
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from ema_workbench.analysis import prim
        except ImportError:
            return None
    logging.getLogger("EMA").setLevel(logging.CRITICAL)
    return prim


def _boxes(
    prim: Any, table: dict[str, Array], exceeding: NDArray[np.bool_], given: list[Input],
    above: float,
) -> Discovery:  # fmt: skip
    """Return up to three boxes, each from the points that those before it leave."""
    import pandas as pd

    search = prim.Prim(pd.DataFrame(table), exceeding, threshold=DENSITY)
    boxes: list[Box] = []
    path = None
    for _ in range(MOST_BOXES):
        found = search.find_box()
        if found is None or found.density < DENSITY:
            break
        steps = found.peeling_trajectory[["coverage", "density", "res_dim"]].to_numpy(float)
        path = steps if path is None else path
        found.select(best_step(steps))
        _drop_chance(search, found)
        box = _box(found, given)
        if not box.limits or box.density < DENSITY:
            break
        boxes.append(box)
    missing = "" if boxes else "no single box was found in which most points exceed it"
    return Discovery(above, len(exceeding), int(exceeding.sum()), tuple(boxes), path, missing)


def best_step(steps: Array) -> int:
    """Return the step (coverage, density, ...) with the highest harmonic mean of both.

    Of steps where most points exceed the level, or of all where there is none.
    """
    coverage, density = steps[:, 0], steps[:, 1]
    mean = 2.0 * coverage * density / np.maximum(coverage + density, 1e-12)
    dense = density >= DENSITY
    return int(np.argmax(np.where(dense, mean, -1.0) if dense.any() else mean))


def _drop_chance(search: Any, found: Any) -> None:
    """Drop, one after another, the sides of a box that chance would give as well."""
    while True:
        sides = _chances(found)
        worst = max(sides, key=lambda side: sides[side], default=None)
        if worst is None or sides[worst] <= CHANCE:
            return
        name, end = worst
        limits = found.box_lim.copy()
        limits.loc[end, name] = search.box_init.loc[end, name]
        left = search.x.loc[search.yi_remaining]
        inside = ((left >= limits.loc[0]) & (left <= limits.loc[1])).all(axis=1)
        found.update(limits, search.yi_remaining[inside.to_numpy()])


def _chances(found: Any) -> dict[tuple[str, int], float]:
    """Return the quasi-p-value of each limit by input and end, 0 the low one and 1 the high one."""
    sides = found.qp[found._cur_box]
    return {(n, end): p for n, both in sides.items() for end, p in enumerate(both) if p >= 0.0}


def _box(found: Any, given: list[Input]) -> Box:
    """Return a box of the library as ours."""
    ends, chances = found.box_lim, _chances(found)
    limits = []
    for one in given:
        sides = [end for end in (0, 1) if (one.label, end) in chances]
        if sides:
            low, high = (float(ends[one.label][k]) if k in sides else None for k in (0, 1))
            chance = min(chances[one.label, end] for end in sides)
            limits.append(Limit(one, low, high, chance))
    step = found.peeling_trajectory.iloc[found._cur_box]
    return Box(
        float(step["coverage"]), float(step["density"]), int(step["n"]), int(step["k"]),
        tuple(sorted(limits, key=lambda limit: (limit.chance, limit.given.label))),
    )  # fmt: skip
