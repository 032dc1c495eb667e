"""The Security Council: tension, drafts, what veto players accept, votes.

One dimension, strictness: the share of the DPRK's base trade under measures. A veto player has an
ideal strictness and knows what happens without agreement: the status quo, plus what the United
States would do alone as far as it bites on that player. Source: the outside option of Voeten
(2001), "Outside options and the logic of Security Council action".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernels.enforcement import US_PRESSURE_BASE, fade

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOTHING, DRAFT, RESOLUTION, VETO = range(4)
"""What the Council does in a month: no draft, a draft under talks, a resolution, a veto."""

TENSION_MONTHS = 6.0
"""Months over which an unanswered test fades by a factor e (C, as the provocation index)."""

OUTLOOK_MONTHS = 24
"""Months over which pressure of the United States counts as usual; above it, it is a threat (C)."""

MONTHS_ROUNDING = 1e-9
"""Months by which a draft may fall short of its talks or deadline."""


class Ideal(NamedTuple):
    """The terms of a veto player's ideal strictness, shares of base trade, (..., player)."""

    intercept: Array
    provocation: Array
    stability: Array
    need: Array
    diplomacy: Array

    @property
    def strictness(self) -> Array:
        """Return the ideal, terms added up; below 0 a player wants measures lifted."""
        asked = self.intercept + self.provocation
        return asked - self.stability - self.need - self.diplomacy

    def signed(self) -> Array:
        """Return the terms as they add up to the ideal, (..., player, term)."""
        against = (self.stability, self.need, self.diplomacy)
        return np.stack([self.intercept, self.provocation, *(-term for term in against)], axis=-1)


def ideal(
    weights: dict[str, Array],
    provocation: float | Array,
    distress: Array,
    need: Array,
    thaw: Array,
) -> Ideal:
    """Return the terms of the ideal strictness, those against with their sign turned.

    `weights` maps intercept, provocation, stability, need, diplomacy to (member, 1); `provocation`
    and `distress` broadcast to (arm, member, 1), `need` (member, player), `thaw` (player,).
    """
    terms = (
        weights["intercept"],
        weights["provocation"] * provocation,
        weights["stability"] * distress,
        weights["need"] * need,
        weights["diplomacy"] * thaw,
    )
    shape = np.broadcast_shapes(*(np.shape(term) for term in terms))
    return Ideal(*(np.broadcast_to(term, shape) for term in terms))


def most_acceptable(ideal_point: Array, status_quo: Array, outside: Array) -> Array:
    """Return the strictest draft a veto player prefers to no agreement, (..., player).

    Loss is the distance from the ideal; no agreement leaves the status quo plus `outside`, what
    the United States does alone, as far as it bites on the player. A laxer draft does not keep
    them from it, so no draft is too lax to accept.
    """
    reversion = status_quo + outside
    return ideal_point + np.abs(ideal_point - reversion)


def threat(us_pressure: Array, before: Array) -> Array:
    """Return how far US pressure of each month stands above its usual level, in [0, 1], (month,).

    Usual is the mean of the `OUTLOOK_MONTHS` before; `before` are those before the first month.
    """
    out = np.zeros_like(us_pressure)
    most = 1.0 - US_PRESSURE_BASE
    padded = np.concatenate([before, us_pressure])
    for t, level in enumerate(us_pressure):
        out[t] = max(0.0, level - padded[t : t + OUTLOOK_MONTHS].mean())
    return out / most


class Table(NamedTuple):
    """What lies on the Council's table in each lane, (arm, member); steps (arm, member, step)."""

    tension: Array  # unanswered tests
    pending: Array  # months a draft has been under talks, -1 without one
    vetoed: Flags  # whether a draft has been vetoed
    resolutions: Array  # resolutions adopted
    adopted: Array  # month each step of the ladder was adopted, -1 where it was not


class Vote(NamedTuple):
    """The table after the month, and what was asked, acceptable and done, (arm, member)."""

    table: Table
    asked: Array  # strictness the draft would add
    accepted: Array  # strictness of the steps that survive the talks
    tension: Array  # tension before the vote
    event: Array  # NOTHING, DRAFT, RESOLUTION or VETO


def month(
    table: Table,
    t: int,
    tests: Array | float,
    limit: Array,
    status_quo: Array,
    costs: Array,
    instruments: Array,
    weights: dict[str, Array],
) -> Vote:
    """Return the Council's month.

    Nuclear and intercontinental tests (`tests`, weighted) add to tension. Tension above the
    threshold brings a draft: every step of the ladder up to the next instrument. Talks strike the
    costliest steps until both veto players accept (`limit`, (arm, member)). A draft that survives
    whole is adopted once talks of `talks` months are over; at the deadline what survives is
    adopted if it is at least the share `least` of what was asked, else vetoed. After a veto none
    is tabled that would fail again. `costs` (step,) strictness each step adds, `instruments`
    (step,) number of the instrument it belongs to, cheapest steps first within the order given;
    `weights` maps threshold, talks, deadline, least to (member,).
    """
    tension = table.tension * fade(TENSION_MONTHS) + tests
    open_steps = (table.adopted < 0.0) & (instruments <= table.resolutions[..., None])
    asked_steps = np.where(open_steps, costs, 0.0)
    running = np.zeros_like(tension)
    kept = np.zeros(open_steps.shape, dtype=bool)
    for s in np.argsort(costs, kind="stable"):
        fits = open_steps[..., s] & (status_quo + running + costs[s] <= limit)
        kept[..., s] = fits
        running = running + np.where(fits, costs[s], 0.0)
    asked = np.zeros_like(tension)
    for s in range(costs.size):
        asked = asked + asked_steps[..., s]
    whole = (kept == open_steps).all(axis=-1)
    enough = np.where(asked > 0.0, running >= weights["least"] * asked, limit >= status_quo)
    enough &= kept.any(axis=-1)

    something = open_steps.any(axis=-1)
    begins = (tension >= weights["threshold"]) & (table.pending < 0.0) & something
    begins &= ~table.vetoed | enough
    pending = np.where(begins, 0.0, np.where(table.pending >= 0.0, table.pending + 1.0, -1.0))
    talking = pending >= 0.0
    talked = pending >= np.round(weights["talks"]) - MONTHS_ROUNDING
    late = pending >= np.round(weights["deadline"]) - MONTHS_ROUNDING
    adopts = talking & enough & ((whole & talked) | late)
    vetoes = talking & late & ~adopts
    over = adopts | vetoes
    passed = kept & adopts[..., None]
    after = Table(
        tension=np.where(over, 0.0, tension),
        pending=np.where(over, -1.0, pending),
        vetoed=(table.vetoed & ~adopts) | vetoes,
        resolutions=table.resolutions + adopts,
        adopted=np.where(passed, float(t), table.adopted),
    )
    event = np.where(adopts, RESOLUTION, np.where(vetoes, VETO, np.where(talking, DRAFT, NOTHING)))
    return Vote(after, asked, running, tension, event.astype(np.float64))


def monitors_stay(support: Array, enforcement: Array) -> Flags:
    """Return whether the mandate of the monitors is renewed, (arm, member).

    A veto player that helps the DPRK more than it enforces has more to hide than to learn and
    lets them go (C). `support` and `enforcement` (arm, member, player).
    """
    return np.asarray((support <= enforcement).all(axis=-1))
