"""Enforcement and support: how far a partner's state applies its law, or helps to get around it."""

from __future__ import annotations

import math
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


def fade(memory: float) -> float:
    """Return what is left of an event's weight after a month; e is gone after `memory` months."""
    return math.exp(-1.0 / memory)


def fading(weights: Array, memory: float, most: float) -> Array:
    """Return an index of each month: weights of events, each fading with its age, at most `most`.

    `weights` (month,), `memory` the months after which a factor e is gone.
    """
    left = fade(memory)
    level, out = 0.0, np.empty_like(weights)
    for t, weight in enumerate(weights):
        level = level * left + weight
        out[t] = min(level, most)
    return out


def provocation_index(weights: Array) -> Array:
    """Return V of each month, (month,); `weights` are those of its tests added up."""
    return fading(weights, MEMORY_MONTHS, MOST_PROVOCATION)


def thaw_index(summits: Array) -> Array:
    """Return G of each month, (month,); `summits` counts meetings with a partner's leader."""
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
    rivalry: Array
    losses: Array

    @property
    def target(self) -> Array:
        """Return e* in [0, 1], (arm, member, partner)."""
        given = self.intercept + self.us + self.provocation - self.need - self.diplomacy
        return logistic(given + self.un - self.stability - self.rivalry - self.losses)

    def signed(self) -> Array:
        """Return the terms as they add up to the logit of e*, (arm, member, partner, term)."""
        return _stacked(self, ("diplomacy", "stability", "need", "rivalry", "losses"))


def enforcement_terms(
    weights: dict[str, Array],
    trade_under_measures: Array,
    us_pressure: float,
    provocation: float | Array,
    thaw: Array,
    distress: Array,
    need: Array,
    influence_lost: Array,
    trade_lost: Array,
) -> EnforcementTerms:
    """Return the terms of the rule of enforcement.

    e* = L(a0 + a_un R + a_us U + a_pr V - a_di G - a_st D - a_need A - a_ri I - a_lo B): the level
    that maximises e u + H(e), u the sum of the terms and H the entropy of e, so e* is the choice of
    a state that finds it costly to tell well apart what it gains (Mattsson and Weibull 2002).

    `weights` maps intercept, un, us, provocation, diplomacy, stability, need, rivalry, losses to
    (member, partner); `trade_under_measures`, `influence_lost`, `trade_lost` (arm, member,
    partner), `distress` (arm, member, 1), `thaw` (partner,), `need` (member, partner).
    """
    return EnforcementTerms(
        weights["intercept"],
        weights["un"] * trade_under_measures,
        weights["us"] * us_pressure,
        weights["provocation"] * provocation,
        weights["diplomacy"] * thaw,
        weights["stability"] * distress,
        weights["need"] * need,
        weights["rivalry"] * influence_lost,
        weights["losses"] * trade_lost,
    )


def _stacked(terms: EnforcementTerms | SupportTerms, against: tuple[str, ...]) -> Array:
    """Return terms on a last axis, those of names `against` with their sign turned."""
    out = np.empty((*np.broadcast(*terms).shape, len(terms)))
    for place, (name, values) in enumerate(zip(terms._fields, terms, strict=True)):
        out[..., place] = -values if name in against else values
    return out


def move(level: Array, target: Array, up: Array, down: Array) -> Array:
    """Return a level moved toward its target, at speed `up` when rising and `down` when falling.

    Of any shape; speeds are shares of the gap a month.
    """
    gap = target - level
    return level + np.where(gap > 0.0, up, down) * gap


class SupportTerms(NamedTuple):
    """The terms of the rule of support in logits, broadcastable to (arm, member, partner)."""

    intercept: Array
    need: Array
    commerce: Array
    both: Array
    us: Array

    @property
    def target(self) -> Array:
        """Return o* in [0, 1), (arm, member, partner)."""
        z = self.need + self.commerce + self.both - self.us
        closed = logistic(self.intercept)
        return np.maximum(0.0, (logistic(self.intercept + z) - closed) / (1.0 - closed))

    def signed(self) -> Array:
        """Return the terms as they add up to the logit that o* is made of, (..., term)."""
        return _stacked(self, ("us",))


def support_terms(
    weights: dict[str, Array],
    need: Array,
    commerce: Array,
    us_pressure: float | Array,
    decoupling: Array,
) -> SupportTerms:
    """Return the terms of o*: zero in the base, driven by need and commerce together.

    `need` (member, partner) and `us_pressure` are above their base-period value, `commerce` (arm,
    member, partner) is 1 - P of the goods on offer, `decoupling` (member, partner) x the share of
    US pressure that no longer bites. `weights` maps intercept, need, commerce, both, us to
    (member, 1). Source: the product of both motives after Early and
    Spice (2011).
    """
    return SupportTerms(
        weights["intercept"],
        weights["need"] * need,
        weights["commerce"] * commerce,
        weights["both"] * need * commerce,
        weights["us"] * (1.0 - decoupling) * us_pressure,
    )


OWN_MARGIN = 0.1
"""An act of its own stays until the wish for strictness is this far below what brought it (C)."""


def own_acts(standing: Array, target: Array, threshold: Array) -> Array:
    """Return whether a partner goes beyond the Council on its own, 1 or 0, (arm, member, partner).

    It stops altogether what the Council only caps once its wish e* passes the threshold (China's
    coal stop of February 2017 with 36 % of the cap used), and goes back to the cap when the wish
    is `OWN_MARGIN` below it. `standing` is last month's, `threshold` (member, 1). Judgement (C).
    """
    bar = threshold - OWN_MARGIN * standing
    return np.asarray((target >= bar).astype(np.float64))


def friction(weight: Array, us_pressure: float | Array, support: Array) -> Array:
    """Return the payment friction on all trade of a partner, in log points of margin.

    f (U - base)^2 (1 - o), nothing below the base; `weight` f (member, partner), `support` o (arm,
    member, partner). Source: Crozet and Hinz (2020) for the mechanism; size C.
    """
    pressure = np.maximum(np.asarray(us_pressure) - US_PRESSURE_BASE, 0.0)
    return weight * pressure * pressure * (1.0 - support)
