"""Enforcement and support: how far a partner's state applies its law, or helps to get around it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernels.population import logistic

Array = NDArray[np.float64]

MEMORY_MONTHS = 6.0
"""Months over which a provocation fades by a factor e (C)."""

MOST_PROVOCATION = 1.5
"""Upper bound of the provocation index (C)."""

US_PRESSURE_BASE = 0.1
"""US pressure in the base years 2015-16, `us_pressure.csv` (C)."""


THAW_MONTHS = 12.0
"""Months over which a summit fades by a factor e (C)."""

MOST_THAW = 1.5
"""Upper bound of the index of summits (C)."""


def fading(weights: Array, memory: float, most: float) -> Array:
    """Return an index of each month: weights of events, each fading with its age, at most `most`.

    `weights` (month,), `memory` the months after which a factor e is gone.
    """
    fade = np.exp(-1.0 / memory)
    level, out = 0.0, np.empty_like(weights)
    for t, weight in enumerate(weights):
        level = level * fade + weight
        out[t] = min(level, most)
    return out


def provocation_index(weights: Array) -> Array:
    """Return V of each month; `weights` per month: nuclear 1, ICBM 0.7, other launch days 0.1."""
    return fading(weights, MEMORY_MONTHS, MOST_PROVOCATION)


def thaw_index(summits: Array) -> Array:
    """Return G of each month; `summits` (month,) counts meetings with a partner's leader."""
    return fading(summits, THAW_MONTHS, MOST_THAW)


class EnforcementTerms(NamedTuple):
    """The terms of the enforcement rule in logits, broadcastable to (arm, member, partner)."""

    intercept: Array
    un: Array
    us: Array
    provocation: Array
    diplomacy: Array
    stability: Array
    need: Array

    @property
    def target(self) -> Array:
        """Return e* in [0, 1], (arm, member, partner)."""
        given = self.intercept + self.us + self.provocation - self.need - self.diplomacy
        return logistic(given + self.un - self.stability)


def enforcement_terms(
    weights: dict[str, Array],
    trade_under_measures: Array,
    us_pressure: float,
    provocation: float,
    thaw: Array,
    distress: Array,
    need: Array,
) -> EnforcementTerms:
    """Return the terms of e* = L(a0 + a_un R + a_us U + a_pr V - a_di G - a_st D - a_need A).

    `weights` maps intercept, un, us, provocation, diplomacy, stability, need to (member, partner);
    `trade_under_measures` (arm, member, partner), `distress` (arm, member, 1), `thaw` and `need`
    (partner,).
    """
    return EnforcementTerms(
        weights["intercept"],
        weights["un"] * trade_under_measures,
        weights["us"] * us_pressure,
        weights["provocation"] * provocation,
        weights["diplomacy"] * thaw,
        weights["stability"] * distress,
        weights["need"] * need,
    )


def move(level: Array, target: Array, up: Array, down: Array) -> Array:
    """Return a level moved toward its target, at speed `up` when rising and `down` when falling."""
    gap = target - level
    return level + np.where(gap > 0.0, up, down) * gap


def support_target(
    intercept: Array,
    need_weight: Array,
    commerce_weight: Array,
    joint_weight: Array,
    us_weight: Array,
    need: Array,
    commerce: Array,
    us_pressure: float | Array,
    decoupling: Array,
) -> Array:
    """Return o* in [0, 1): zero in the base, driven by need and commerce together.

    `need` and `us_pressure` are above their base-period value, `commerce` is 1 - P of the goods on
    offer, `decoupling` x the share of US pressure that no longer bites. Weights (member, 1).
    Source: the product of both motives after Early and Spice (2011).
    """
    z = (
        need_weight * need
        + commerce_weight * commerce
        + joint_weight * need * commerce
        - us_weight * (1.0 - decoupling) * us_pressure
    )
    closed = logistic(intercept)
    return np.maximum(0.0, (logistic(intercept + z) - closed) / (1.0 - closed))


def friction(weight: Array, us_pressure: float | Array, support: Array) -> Array:
    """Return the payment friction on all trade of a partner, in log points of margin."""
    pressure = np.maximum(np.asarray(us_pressure) - US_PRESSURE_BASE, 0.0)
    return weight * pressure * pressure * (1.0 - support)
