"""How many draws the answer needs: the offset against the number of accepted draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.calibration.sensitivity import run_points
from sim.calibration.simulate import BLOCK, blocks
from sim.experiment.answer import BAND
from sim.scenario import Scenario
from sim.workers import Workers, together

Array = NDArray[np.float64]

FEWEST = 16
BOOTSTRAP = 1000


@dataclass(frozen=True)
class Stable:
    """The answer from the first `draws` draws: offset as p05, p50, p95, and how sure they are.

    The standard errors are those that another set of as many draws would show (bootstrap).
    """

    draws: int
    offset: tuple[float, float, float]
    median_se: float
    edge_se: float
    loss: float


def stability(
    scenario: Scenario,
    draws: dict[str, Array],
    workers: Workers,
    seed: int = 2017,
    progress: Callable[[float], None] | None = None,
) -> list[Stable]:
    """Return the answer for 16, 32, ... and all `draws` (draw,), one seed each."""
    count = len(next(iter(draws.values())))
    work = blocks(scenario, draws, range(count), together(count, workers.count, BLOCK))
    outcomes = []
    for outcome in workers.map(run_points, work):
        outcomes.append(outcome)
        if progress is not None:
            progress(len(outcomes) / len(work))
    ratio = np.concatenate([outcome.ratio for outcome in outcomes])
    loss = np.concatenate([outcome.loss for outcome in outcomes])
    sizes = [2**k for k in range(4, 20) if FEWEST <= 2**k < count] + [count]
    random = np.random.default_rng(seed)
    return [_stable(ratio[:size], loss[:size], random) for size in sizes]


def _stable(ratio: Array, loss: Array, random: np.random.Generator) -> Stable:
    known = ratio[np.isfinite(ratio)]
    if known.size == 0:
        nothing = (np.nan, np.nan, np.nan)
        return Stable(ratio.size, nothing, np.nan, np.nan, float(np.median(loss)))
    low, middle, high = (float(q) for q in np.quantile(known, BAND))
    again = random.choice(known, size=(BOOTSTRAP, known.size))
    edges = np.quantile(again, BAND, axis=1)
    error = edges.std(axis=1, ddof=1)
    return Stable(
        ratio.size,
        (low, middle, high),
        float(error[1]),
        float(max(error[0], error[2])),
        float(np.median(loss)),
    )
