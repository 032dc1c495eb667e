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


class Days(NamedTuple):
    """The days that have to be looked at one by one to know every month of a period.

    A month in which nothing starts or ends is like any other of its length at the same law.
    """

    numbers: Array  # (day,), from the start of the period
    starts: NDArray[np.int64]  # (sample,), place of the first day of each month looked at
    lengths: NDArray[np.int64]  # (sample,)
    sample: NDArray[np.int64]  # (month,), which month looked at stands for it

    def monthly_mean(self, daily: Array) -> Array:
        """Return the mean over each month of the period of a daily path, (member, month)."""
        means = np.add.reduceat(daily, self.starts, axis=-1) / self.lengths
        return np.asarray(means[:, self.sample])


def telling_days(edges: list[Array], month_starts: NDArray[np.int64], days: int) -> Days:
    """Return the days to look at where measures start or end on `edges`, each (member,)."""
    ends = np.append(month_starts[1:], days)
    lengths = ends - month_starts
    turns = np.unique(np.round(np.concatenate([np.zeros(0), *edges])))
    before = np.searchsorted(turns, month_starts, side="right")
    inside = np.searchsorted(turns, ends, side="left") > before
    number = np.arange(month_starts.size)
    # Months alike have the same turns behind them and the same length; one with a turn has no like.
    kind = (before * 32 + lengths) * (number.size + 1) + np.where(inside, number + 1, 0)
    _, first, sample = np.unique(kind, return_index=True, return_inverse=True)
    taken = lengths[first]
    starts = np.cumsum(taken) - taken
    numbers = np.arange(taken.sum()) + np.repeat(month_starts[first] - starts, taken)
    return Days(numbers.astype(np.float64), starts, taken, sample)


def in_force(first: Array, last: Array, day: Array) -> NDArray[np.bool_]:
    """Return whether a measure is in force on each day, (member, day).

    `first` and `last` (member,) are days from the start of the period; `last` is the first free
    day. Days are whole; `day` (day,) are those to look at.
    """
    return (day >= np.round(first)[:, None]) & (day < np.round(last)[:, None])


def share_of_month(first: Array, last: Array, share: Array | float, looked_at: Days) -> Array:
    """Return the mean over each month of `share` while a measure is in force, (month, member)."""
    level = np.asarray(share, dtype=np.float64)[..., None]
    daily = in_force(first, last, looked_at.numbers) * level
    return looked_at.monthly_mean(daily).T


def segment_coverage(
    national: list[tuple[Array, Array, Array]],
    council: list[tuple[Array, Array, Array]],
    looked_at: Days,
    members: int,
) -> Coverage:
    """Return the coverage of one segment of one good.

    Each item of `national` and `council` is (first day, first free day, coverage), all (member,).
    The largest in force counts each day; a month counts its days.
    """

    def largest(rules: list[tuple[Array, Array, Array]]) -> Array:
        daily = np.zeros((members, looked_at.numbers.size))
        for first, last, share in rules:
            held = in_force(first, last, looked_at.numbers) * share[:, None]
            np.maximum(daily, held, out=daily)
        return daily

    own = largest(national)
    beyond = np.maximum(largest(council) - own, 0.0)
    return Coverage(looked_at.monthly_mean(own), looked_at.monthly_mean(beyond))


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
