"""What the data moved: prior against posterior for each parameter, and pairs that trade off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.calibration.fit import SURE, informed
from sim.experiment.answer import BAND
from sim.parameters import Parameter, all_parameters, quantile

Array = NDArray[np.float64]

NARROWED = 0.8
"""A parameter whose posterior is narrower than this share of its prior was moved (C)."""

SHIFTED = 0.4
"""So was one whose mean moved by more than this many prior standard deviations (C)."""

TRADE_OFF = 0.25
"""Weaker correlations of the posterior are not worth a word; nor are those within sampling."""

PINNED = 0.5
"""Share of the prior's variance below which a direction counts as pinned down (C)."""

CONTROL = "cyber_income_late"
"""A parameter of 2021 and later: no figure a fit sees depends on it, so it must keep its prior."""


@dataclass(frozen=True)
class Moved:
    """Prior and posterior of one parameter; spread and shift on the normal scale of the prior."""

    parameter: Parameter
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    spread_ratio: float
    shift: float
    draws: int

    @property
    def moved(self) -> bool:
        """Return whether the data narrowed or shifted it, beyond what sampling alone would."""
        narrowed = 1.0 - self.spread_ratio > max(1.0 - NARROWED, SURE / (2.0 * self.draws) ** 0.5)
        shifted = abs(self.shift) > max(SHIFTED, SURE / self.draws**0.5)
        return bool(narrowed or shifted)


def prior_against_posterior(points: Array, values: dict[str, Array]) -> list[Moved]:
    """Return every parameter, those the data moved most first.

    `points` (draw, parameter) on the normal scale, `values` (draw,) by name.
    """
    spread, shift = points.std(axis=0, ddof=1), points.mean(axis=0)
    rows = []
    for i, (name, parameter) in enumerate(all_parameters().items()):
        low, middle, high = (float(x) for x in quantile(parameter, np.array(BAND)))
        after = tuple(float(x) for x in np.quantile(values[name], BAND))
        rows.append(
            Moved(
                parameter, (low, middle, high), (after[0], after[1], after[2]),
                float(spread[i]), float(shift[i]), len(points),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: row.spread_ratio - abs(row.shift))


def trade_offs(points: Array) -> list[tuple[str, str, float]]:
    """Return pairs of parameters that go together in the posterior, strongest first."""
    names = list(all_parameters())
    together = np.asarray(np.corrcoef(points, rowvar=False))
    least = max(TRADE_OFF, 2.0 * SURE / len(points) ** 0.5)
    pairs = [
        (names[i], names[j], float(together[i, j]))
        for i in range(len(names))
        for j in range(i)
        if abs(together[i, j]) >= least
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[2]))


def directions_identified(points: Array) -> int:
    """Return how many independent combinations of parameters the data pin down.

    Directions among the informed parameters whose variance is less than half the prior's: of all
    parameters together sampling alone would make some look narrow.
    """
    return int((informed(points).variance < PINNED).sum())
