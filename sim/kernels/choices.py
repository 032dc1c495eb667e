"""Choices of the DPRK beside trade: tests that answer pressure, and its own border."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

KINDS = ("nuclear", "icbm", "other")
"""Kinds of test; of the other launches, days with at least one count."""

ABLE_FROM = {"nuclear": "2006-10", "icbm": "2017-07", "other": "2006-07"}
"""Month of the first test of each kind, before which there is no hazard (events.csv)."""

MOST_LAUNCH_DAYS = 12
"""Launch days a month at most; the record to 2025 has 11."""


def test_rates(
    base: Array, pressure_weight: Array, diplomacy_weight: Array, pressure: float, thaw: float
) -> Array:
    """Return expected tests a month: base rates times exp(a U' - b G), (member,).

    Tests answer pressure of the United States above its base and rest while summits are recent:
    16 months from March 2018 saw three launch days, the 16 before 15 (provocations.csv). Weights C.
    """
    return np.asarray(base * np.exp(pressure_weight * pressure - diplomacy_weight * thaw))


def poisson(uniform: Array, rate: Array, most: int = MOST_LAUNCH_DAYS) -> Array:
    """Return Poisson counts from uniform draws by inversion, at most `most`, of their shape."""
    count = np.zeros(np.broadcast_shapes(np.shape(uniform), np.shape(rate)))
    term = np.exp(-rate) + np.zeros_like(count)
    total = term.copy()
    for k in range(1, most + 1):
        count = count + (uniform > total)
        term = term * rate / k
        total = total + term
    return count


def border_target(threat: Array | float, fear: Array, patience: Array, distress: Array) -> Array:
    """Return the openness the DPRK wants: 1 - fear x threat, less of it as distress grows.

    `threat` in [0, 1] is the danger of infection from abroad; `fear` the share of traffic shut at
    full threat; `patience` the distress that wears it down by a factor e; all (member,), `distress`
    (arm, member). Judgement (C).
    """
    closure = fear * threat * np.exp(-distress / np.maximum(patience, 1e-9))
    return np.asarray(np.clip(1.0 - closure, 0.0, 1.0))
