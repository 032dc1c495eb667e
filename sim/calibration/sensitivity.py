"""What the offset hangs on: Morris screening, Sobol' indices of the first few, seed noise apart.

A point lies in the unit cube, one axis a parameter that may vary; its coordinates are quantiles of
the prior or of the fit's draws. The points of both methods share their random streams, so that what
differs between them is the parameters' doing; a sample with streams of its own shows seed noise.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import ARMS
from sim.calibration.simulate import BLOCK, Block, blocks
from sim.errors import DivertError, nearest
from sim.experiment.answer import quantiles, window_slice
from sim.experiment.ensemble import Ensemble, run_block
from sim.experiment.offset import IMMATERIAL, offset_arithmetic, receipts
from sim.experiment.results import write_json
from sim.parameters import Bounds, all_parameters, consistent, quantile
from sim.scenario import Scenario
from sim.scenario_terms import shown
from sim.streams import spawn_key
from sim.workers import Workers, together

Array = NDArray[np.float64]
Evaluate = Callable[[Array], Array]
"""From points (point, axis) to one number each (point,), NaN where there is none."""

OVER = ("prior", "calibrated")
"""What the points of the cube are quantiles of."""

SCALE = 0.25
"""Multiple of the number of firms: a point's ratio is off by a tenth of the spread over points."""

LEVELS = 4
"""Levels of Morris' grid: the middles of the quarters of each prior, whose ends have no weight."""

NOISE_POINTS = 64
REPLICATES = 4
"""Points of the noise sample and seeds of each: both spreads are then known to about a tenth."""

COLUMNS = (
    "method", "over", "parameter", "mu_star", "mu_star_conf", "sigma", "first", "first_conf",
    "total", "total_conf",
)  # fmt: skip
PLAN_AND_COUNTS = ("over", "runs", "points_without_loss", "trajectories", "sobol_base", "seed")


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


@dataclass(frozen=True)
class Spread:
    """Standard deviation of the ratio from seeds alone and from parameters alone, as shares."""

    seed_sd: float
    parameter_sd: float

    @property
    def seed_share_of_variance(self) -> float:
        """Return which share of the variance of single runs is seed noise, 0 without variance."""
        total = self.seed_sd**2 + self.parameter_sd**2
        return self.seed_sd**2 / total if total > 0.0 else 0.0


@dataclass(frozen=True)
class Sensitivity:
    """How the offset ratio answers to parameters: effects, indices, seed noise, and the plan.

    `points_without_loss` of all `runs` had no loss to offset: Morris and Sobol' take the median
    ratio of the others for them, `spread` and `offset` leave them out. `offset` is p05, p50 and
    p95 of the noise sample, which lies all over the cube.
    """

    over: str
    effects: tuple[Effect, ...]
    indices: tuple[Index, ...]
    spread: Spread
    offset: dict[str, float] | None
    runs: int
    points_without_loss: int
    trajectories: int
    sobol_base: int
    seed: int


@dataclass(frozen=True)
class Cube:
    """The parameters that may vary, one axis each, and how a point is read."""

    names: tuple[str, ...]
    settings: Mapping[str, Bounds]
    draws: Mapping[str, Array] | None = None

    def values(self, points: Array) -> dict[str, Array]:
        """Return every parameter (point,) at `points` (point, axis); the rest at their medians.

        Axes are read one by one: what goes together in the fit's draws is not kept together.
        """
        axis = {name: i for i, name in enumerate(self.names)}
        middle = np.full(len(points), 0.5)
        out = {}
        for name, parameter in all_parameters().items():
            uniform = points[:, axis[name]] if name in axis else middle
            if name in self.settings:
                out[name] = quantile(parameter, uniform, self.settings[name])
            elif self.draws is not None:
                out[name] = np.quantile(self.draws[name], uniform)
            else:
                out[name] = quantile(parameter, uniform)
        return consistent(out)


def cube(
    scenario: Scenario,
    over: str,
    draws: Mapping[str, Array] | None = None,
    names: Sequence[str] | None = None,
) -> Cube:
    """Return the cube of all parameters that the scenario does not fix, or of `names` among them.

    `draws` (draw,) by name are what `calibrated` takes its quantiles from. Raises DivertError for
    another `over`, missing draws, or a name that is unknown, fixed or said twice.
    """
    if over not in OVER:
        raise DivertError(
            f"found {shown(over)}; allowed: {', '.join(OVER)}{nearest(over, OVER)}", key="over"
        )
    given = draws or {}
    lacking = [name for name in all_parameters() if np.size(given.get(name, ())) == 0]
    if over == "calibrated" and lacking:
        raise DivertError(
            f"found no draws of {lacking[0]}; allowed: draws of every parameter", key="draws"
        )
    settings = scenario.parameters.set
    free = [n for n in all_parameters() if n not in settings or settings[n].low < settings[n].high]
    chosen = tuple(free if names is None else names)
    if not chosen:
        raise DivertError("found none; allowed: one parameter to vary or more", key="names")
    for i, name in enumerate(chosen):
        if name not in free:
            allowed = f"a parameter that the scenario leaves free{nearest(name, free)}"
            raise DivertError(f"found {shown(name)}; allowed: {allowed}", key="names")
        if name in chosen[:i]:
            raise DivertError(f"found {shown(name)} twice; allowed: once", key="names")
    return Cube(chosen, settings, draws if over == "calibrated" else None)


@dataclass(frozen=True)
class Outcome:
    """What points gave: ratio and loss (point,), receipts Y (arm, point), money in USD million."""

    ratio: Array
    loss: Array
    receipts: Array


def run_points(block: Block) -> Outcome:
    """Run points in all four arms; the ratio is NaN where a loss is none (`IMMATERIAL`)."""
    record = run_block(block.world, block.parameters, block.ids, ARMS)
    ensemble = Ensemble(block.world, ARMS, record.inputs, record, block.parameters)
    y = receipts(record, window_slice(ensemble)).total
    by_arm = dict(zip(ARMS, y, strict=True))
    loss, ratio, _, _ = offset_arithmetic(by_arm)
    real = loss > IMMATERIAL * np.abs(by_arm["C0S0"])
    return Outcome(np.where(real, ratio, np.nan), loss, y)


class Runs:
    """Runs points on all workers and counts them; `progress` receives the share of `planned`."""

    def __init__(
        self,
        scenario: Scenario,
        workers: Workers,
        planned: int,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self.scenario, self.workers = scenario, workers
        self.planned, self.progress = planned, progress
        self.done = self.without_loss = 0

    def ratio(self, space: Cube, points: Array, ids: Sequence[int] | None = None) -> Array:
        """Return the offset ratio of points (point, axis), all under streams 0 without `ids`."""
        width = together(len(points), self.workers.count, BLOCK)
        work = blocks(self.scenario, space.values(points), ids or [0] * len(points), width)
        parts = []
        for outcome in self.workers.map(run_points, work):
            parts.append(outcome.ratio)
            self.done += outcome.ratio.size
            self.without_loss += int((~np.isfinite(outcome.ratio)).sum())
            if self.progress is not None:
                self.progress(self.done / self.planned)
        return np.concatenate(parts)

    def noise(self, space: Cube, seed: int) -> Array:
        """Return the ratio of a Latin hypercube sample of points, (point, replicate)."""
        rng = np.random.default_rng(_seed(seed, "noise"))
        cells = np.stack([rng.permutation(NOISE_POINTS) for _ in space.names], axis=1)
        points = (cells + rng.random(cells.shape)) / NOISE_POINTS
        # Every run has streams of its own: shared ones would leave as many seeds as replicates.
        ids = range(NOISE_POINTS * REPLICATES)
        ratio = self.ratio(space, np.repeat(points, REPLICATES, axis=0), ids)
        return ratio.reshape(NOISE_POINTS, REPLICATES)


def settled(values: Array) -> Array:
    """Return values with the median of the finite ones in place of the others, 0 without any."""
    known = np.isfinite(values)
    return np.where(known, values, np.median(values[known]) if known.any() else 0.0)


def _seed(seed: int, part: str) -> int:
    """Return the seed of one part of the plan, never 0: SALib takes 0 for no seed at all."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=spawn_key("plan", part)))
    return int(rng.integers(1, 2**31))


def _problem(names: Sequence[str]) -> dict[str, Any]:
    """Return what SALib calls a problem: names and the ends of each axis."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def morris(
    names: Sequence[str], evaluate: Evaluate, trajectories: int = 12, seed: int = 2017
) -> tuple[Effect, ...]:
    """Return Morris' measures of every axis, largest mu_star first.

    Runs trajectories x (axes + 1) points. Source: Campolongo, Cariboni & Saltelli 2007.
    """
    _check_plan(trajectories=trajectories)
    # Here and below SALib is imported late: it brings pandas, which the workers do not need.
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as sampling

    problem = _problem(names)
    grid = sampling.sample(problem, trajectories, num_levels=LEVELS, seed=_seed(seed, "morris"))
    inner = 1.0 - 1.0 / LEVELS
    values = settled(evaluate(0.5 / LEVELS + inner * grid))
    draw = _seed(seed, "morris intervals")
    found = analysis.analyze(problem, grid, values, num_levels=LEVELS, seed=draw)
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
    _check_plan(sobol_base=base)
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    problem = _problem(names)
    points = sampling.sample(problem, base, calc_second_order=False, seed=_seed(seed, "sobol"))
    values = settled(evaluate(points))
    keys = ("S1", "S1_conf", "ST", "ST_conf")
    found = {key: np.zeros(len(names)) for key in keys}
    if np.ptp(values) > 0.0:  # else there is no variance to share out
        draw = _seed(seed, "sobol intervals")
        found = analysis.analyze(problem, values, calc_second_order=False, seed=draw)
    rows = [Index(n, *(float(found[key][i]) for key in keys)) for i, n in enumerate(names)]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.parameter)))


def spread(values: Array) -> Spread:
    """Return the spread of `values` (point, replicate) within and between points.

    One-way analysis of variance; points that lack a value in some replicate are left out.
    """
    known = values[np.isfinite(values).all(axis=1)]
    points, replicates = known.shape
    if points < 2:
        return Spread(0.0, 0.0)
    within = float(known.var(axis=1, ddof=1).mean())
    between = float(known.mean(axis=1).var(ddof=1)) - within / replicates
    return Spread(float(np.sqrt(within)), float(np.sqrt(max(between, 0.0))))


def sensitivity(
    scenario: Scenario,
    workers: Workers,
    over: str = "prior",
    draws: Mapping[str, Array] | None = None,
    trajectories: int = 12,
    sobol_base: int = 64,
    most: int = 8,
    seed: int = 2017,
    progress: Callable[[float], None] | None = None,
    names: Sequence[str] | None = None,
    scale: float = SCALE,
) -> Sensitivity:
    """Return how a scenario's offset ratio answers to its parameters, or to `names` among them.

    Morris' screening of all, Sobol' indices of the `most` that matter most by it with the others
    at their medians, and the noise of seeds. `scale` is the multiple of the number of firms.
    """
    _check_plan(trajectories=trajectories, sobol_base=sobol_base, most=most, seed=seed)
    whole = cube(scenario, over, draws, names)
    axes = len(whole.names)
    few = min(most, axes)
    planned = NOISE_POINTS * REPLICATES + trajectories * (axes + 1) + sobol_base * (few + 2)
    firms = scenario.firms.model_copy(update={"scale": scale})
    runs = Runs(scenario.model_copy(update={"firms": firms}), workers, planned, progress)

    noise = runs.noise(whole, seed)
    effects = morris(whole.names, partial(runs.ratio, whole), trajectories, seed)
    leading = replace(whole, names=tuple(effect.parameter for effect in effects[:few]))
    indices = sobol(leading.names, partial(runs.ratio, leading), sobol_base, seed)
    return Sensitivity(
        over, effects, indices, spread(noise), quantiles(noise), runs.done, runs.without_loss,
        trajectories, sobol_base, seed,
    )  # fmt: skip


_PLAN: dict[str, tuple[Callable[[int], bool], str]] = {
    "trajectories": (lambda n: n >= 2, "a whole number of 2 or more"),
    "sobol_base": (lambda n: n >= 2 and n & (n - 1) == 0, "a power of two: 2, 4, 8, 16 and so on"),
    "most": (lambda n: n >= 1, "a whole number of 1 or more"),
    "seed": (lambda n: n >= 0, "a whole number of 0 or more"),
}
"""Numbers of a plan: whether one will do, and what will in words."""


def _check_plan(**numbers: int) -> None:
    """Raise DivertError for a number of the plan that will not do."""
    for name, number in numbers.items():
        good, allowed = _PLAN[name]
        if not isinstance(number, int) or isinstance(number, bool) or not good(number):
            raise DivertError(f"found {shown(number)}; allowed: {allowed}", key=name)


def write_sensitivity(folder: Path, found: Sensitivity) -> None:
    """Write `sensitivity.csv` (effects, then indices) and `sensitivity.json` into a folder.

    What was found over the fit's draws goes into `sensitivity-calibrated`, likewise.
    """
    name = "sensitivity" if found.over == "prior" else f"sensitivity-{found.over}"
    number = lambda *values: tuple(f"{value:.6g}" for value in values)  # noqa: E731
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for e in found.effects:
            cells = number(e.mu_star, e.mu_star_conf, e.sigma)
            writer.writerow(("morris", found.over, e.parameter, *cells, "", "", "", ""))
        for i in found.indices:
            cells = number(i.first, i.first_conf, i.total, i.total_conf)
            writer.writerow(("sobol", found.over, i.parameter, "", "", "", *cells))
    content = {name: getattr(found, name) for name in PLAN_AND_COUNTS} | {
        "points_without_loss_take": "the median ratio of the other points of their method",
        "seed_sd": found.spread.seed_sd,
        "parameter_sd": found.spread.parameter_sd,
        "seed_share_of_variance": found.spread.seed_share_of_variance,
        "offset": found.offset,
    }
    write_json(folder / f"{name}.json", content)
