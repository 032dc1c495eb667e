"""Search for break-even: many brackets closed in lock-step, each step a run of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Values = Callable[[Places, Array], Array]
"""From searches (by number) and places to try to rows, the offset first."""

ROUNDS = 12
"""Places tried in a bracket at most; halving alone then narrows it by a factor of 4,096."""

GENTLE = 6
"""Rounds by regula falsi before brackets are halved."""

TOLERANCE = 0.005
"""How near the offset has to come to its target: half a point of the loss."""

AT_ONCE, FOUND, NEVER = "at once", "found", "never"


@dataclass
class Brackets:
    """Searches, each between two places of a grid: where, and how far from the target, (search,).

    `low` lies below the target and `high` at or above it.
    """

    low: Array
    high: Array
    below: Array
    above: Array
    target: Array


@dataclass(frozen=True)
class Roots:
    """Where each search ended, (search,), and the row of the run made there, (search, value)."""

    place: Array
    rows: Array


def first_crossing(offsets: Array, target: float) -> tuple[list[str], NDArray[np.intp]]:
    """Return how each curve meets its target on the grid, and the first place at or above it.

    `offsets` (grid, curve); NEVER where the last place is passed below it.
    """
    reached = offsets >= target
    first = reached.argmax(axis=0)
    states = [
        NEVER if not reached[:, k].any() else AT_ONCE if first[k] == 0 else FOUND
        for k in range(offsets.shape[1])
    ]
    return states, first


def close(brackets: Brackets, rows: Array, values: Values) -> Roots:
    """Close all brackets together and return the nearest place tried in each.

    `rows` (search, value) are those at the upper end of each bracket.
    """
    b = brackets
    best, best_rows = b.high.copy(), rows.copy()
    weight, side = np.ones((2, b.low.size)), np.zeros(b.low.size)
    for step in range(ROUNDS):
        error = np.abs(best_rows[:, 0] - b.target)
        left = np.flatnonzero(error > TOLERANCE)
        if left.size == 0:
            break
        below, above = b.below * weight[0], b.above * weight[1]
        share = below / (below - above) if step < GENTLE else np.full(b.low.size, 0.5)
        place = b.low + np.clip(share, 0.02, 0.98) * (b.high - b.low)
        got = values(left, place[left])
        miss = got[:, 0] - b.target[left]
        nearer = np.abs(miss) < error[left]
        best[left[nearer]], best_rows[left[nearer]] = place[left[nearer]], got[nearer]
        _narrow(b, weight, side, left, place[left], miss)
    return Roots(best, best_rows)


def _narrow(
    b: Brackets, weight: Array, side: Array, left: Places, place: Array, miss: Array
) -> None:
    """Move one end of each bracket; an end that stays twice counts half, after Illinois."""
    under = miss < 0.0
    up, down = left[under], left[~under]
    b.low[up], b.below[up] = place[under], miss[under]
    b.high[down], b.above[down] = place[~under], miss[~under]
    for stays, moved, sign in ((1, up, -1.0), (0, down, 1.0)):
        weight[1 - stays, moved] = 1.0
        weight[stays, moved] = np.where(side[moved] == sign, 0.5 * weight[stays, moved], 1.0)
        side[moved] = sign
