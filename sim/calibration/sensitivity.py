"""What the offset hangs on: Morris screening, Sobol' indices of the first few, seed noise apart.

A point lies in the unit cube, one axis a parameter that may vary; its coordinates are quantiles of
the prior or of the fit's draws. The points of both methods share their random streams, so that what
differs between them is the parameters' doing; a sample with streams of its own shows seed noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.axes import ARMS
from sim.calibration.indices import Effect, Index, check_plan, morris, seed_of, sobol
from sim.calibration.simulate import BLOCK, Block, blocks
from sim.errors import DivertError, nearest
from sim.experiment.answer import quantiles, window_slice
from sim.experiment.ensemble import Ensemble, run_block
from sim.experiment.offset import IMMATERIAL, offset_arithmetic, receipts
from sim.parameters import Bounds, all_parameters, consistent, quantile
from sim.scenario import Scenario
from sim.scenario_terms import shown
from sim.workers import Workers, together

Array = NDArray[np.float64]
OVER = ("prior", "calibrated")
"""What the points of the cube are quantiles of."""

SCALE = 0.25
"""Multiple of the number of firms: a point's ratio is off by a tenth of the spread over points."""

NOISE_POINTS = 64
REPLICATES = 4
"""Points of the noise sample and seeds of each: both spreads are then known to about a tenth."""


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
        rng = np.random.default_rng(seed_of(seed, "noise"))
        cells = np.stack([rng.permutation(NOISE_POINTS) for _ in space.names], axis=1)
        points = (cells + rng.random(cells.shape)) / NOISE_POINTS
        # Every run has streams of its own: shared ones would leave as many seeds as replicates.
        ids = range(NOISE_POINTS * REPLICATES)
        ratio = self.ratio(space, np.repeat(points, REPLICATES, axis=0), ids)
        return ratio.reshape(NOISE_POINTS, REPLICATES)


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
    check_plan(trajectories=trajectories, sobol_base=sobol_base, most=most, seed=seed)
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
