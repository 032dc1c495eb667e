"""Law: what share of a good a partner's measures ban, month by month, and how strongly.

A national act binds with strength one; where only a UN measure binds, with the partner's
enforcement. Within a segment of a good the largest coverage counts, across segments they add.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Coverage(NamedTuple):
    """Share of a good under national acts, and under UN measures beyond them; (member, month)."""

    national: Array
    council: Array


def in_force(first: Array, last: Array, days: int) -> NDArray[np.bool_]:
    """Return whether a measure is in force on each day, (member, day).

    `first` and `last` (member,) are days from the start of the period; `last` is the first free
    day. Days are whole.
    """
    day = np.arange(days)
    return (day >= np.round(first)[:, None]) & (day < np.round(last)[:, None])


def monthly_mean(daily: Array, month_starts: NDArray[np.int64]) -> Array:
    """Return the mean over each month of a daily path, (member, month)."""
    lengths = np.diff(np.append(month_starts, daily.shape[-1]))
    return np.add.reduceat(daily, month_starts, axis=-1) / lengths


def segment_coverage(
    national: list[tuple[Array, Array, Array]],
    council: list[tuple[Array, Array, Array]],
    month_starts: NDArray[np.int64],
    days: int,
    members: int,
) -> Coverage:
    """Return the coverage of one segment of one good.

    Each item of `national` and `council` is (first day, first free day, coverage), all (member,).
    The largest in force counts each day; a month counts its days.
    """

    def largest(rules: list[tuple[Array, Array, Array]]) -> Array:
        daily = np.zeros((members, days))
        for first, last, share in rules:
            np.maximum(daily, in_force(first, last, days) * share[:, None], out=daily)
        return daily

    own = largest(national)
    beyond = np.maximum(largest(council) - own, 0.0)
    return Coverage(monthly_mean(own, month_starts), monthly_mean(beyond, month_starts))


def ban_strength(national: Array, council: Array, enforcement: Array) -> Array:
    """Return b in [0, 1] for every cell; `enforcement` (..., partner), the rest (..., cell axes).

    The first axes of `national` and `council` are those of `enforcement`.
    """
    extra = (1,) * (council.ndim - enforcement.ndim)
    strength = enforcement.reshape(enforcement.shape + extra)
    return np.clip(national + council * strength, 0.0, 1.0)


def share_above_cap(expected: Array, used: Array, cap: Array, in_force_share: Array) -> Array:
    """Return the share of this month's legal value that a value cap no longer admits.

    `expected` is the month's legal value at last month's prices, `used` what the cap's period has
    taken so far, `cap` its total, all in USD million, (arm, member); an overshoot (used above cap)
    is carried. `in_force_share` is the share of the month's days on which the cap holds.
    """
    month = expected * in_force_share
    over = np.clip(month + used - cap, 0.0, None)
    share = np.where(month > 0.0, over / np.where(month > 0.0, month, 1.0), 0.0)
    return np.minimum(share, 1.0) * in_force_share
