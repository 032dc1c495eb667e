"""Construction of the firms of a cell: sizes, lots, reservation margins and the barrier.

The base year is reproduced exactly: in random order the first firms up to base over potential
are active and carry the base flow, the rest are idle and carry the remaining potential.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FULL_ACTIVITY = 0.87
"""Share of potential that is active where nothing stands in the way (C, ODD section 7)."""

LARGEST_FIRM = 0.10
"""No firm holds more than this share of a cell of ten firms or more (C)."""

LARGEST_LOT = 1.0 / 50.0
"""No lot of illegal cargo is larger than this share of its cell (C)."""

ROOM_TO_GROW = 1.05
"""Firms are scaled to the base flow after they are split: a lot may grow by so much (C)."""


def logit(share: Array | float) -> Array:
    """Return ln(x / (1 - x))."""
    x = np.asarray(share, dtype=np.float64)
    return np.asarray(np.log(x) - np.log1p(-x))


def logistic(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)), without overflow."""
    half: Array = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(z, dtype=np.float64)))
    return half


def pareto_shares(count: int, exponent: float) -> Array:
    """Return the size shares of `count` firms at the midpoint quantiles of a Pareto law.

    (firm,). Shares fall with rank and add up to one. In a cell of ten or more no share passes
    `LARGEST_FIRM`; what is cut off goes to the others in proportion. `exponent` is the tail
    exponent; infinity gives equal firms.
    """
    if count <= 0:
        return np.zeros(0)
    if np.isinf(exponent):
        return np.full(count, 1.0 / count)
    quantile = (np.arange(count) + 0.5) / count
    size = quantile ** (-1.0 / exponent)
    share = size / size.sum()
    cap = LARGEST_FIRM if count * LARGEST_FIRM >= 1.0 else 1.0
    for _ in range(count):
        over = share > cap + 1e-15
        if not over.any():
            break
        fixed = share >= cap - 1e-15
        share[fixed] = cap
        share[~fixed] *= (1.0 - cap * fixed.sum()) / share[~fixed].sum()
    return np.asarray(share)


def lots_per_firm(shares: Array) -> NDArray[np.int64]:
    """Return in how many lots, (firm,), each firm trades so that none passes `LARGEST_LOT`."""
    return np.maximum(1, np.ceil(shares * (ROOM_TO_GROW / LARGEST_LOT)).astype(np.int64))


class Inversion(NamedTuple):
    """What stands between base and potential in each cell; all (member, cell)."""

    spread: Array
    centre: Array
    barrier: Array


def invert(
    base: Array, potential: Array, margin: Array, spread: Array, barrier_spread: Array
) -> Inversion:
    """Return the spread and centre of reservation margins and the barrier of each cell.

    `base`, `potential` in USD million a month, (member, cell) or broadcastable; `margin`,
    `spread`, `barrier_spread` (member, 1), log points. With these, the share of potential whose
    reservation lies below margin less barrier is exactly base over potential (ODD section 7).
    """
    used = base / potential
    s = np.where(used < 0.5, barrier_spread, spread)
    gap = logit(FULL_ACTIVITY) - logit(used)
    barrier = s * np.maximum(gap, 0.0)
    centre = margin - s * (logit(FULL_ACTIVITY) - np.minimum(gap, 0.0))
    return Inversion(s, centre, barrier)


class CellFirms(NamedTuple):
    """The firms of one cell, (member, firm): capacity, reservation margin, active at the start."""

    size: Array
    reservation: Array
    active: NDArray[np.bool_]


def build_cell(
    shares: Array, order: Array, base: Array, potential: Array, centre: Array, spread: Array
) -> CellFirms:
    """Return the firms of a cell such that the active ones carry exactly the base flow.

    `shares` (firm,) add up to one; `order` (member, firm) uniform draws whose ranks are the order
    of the firms; `base`, `potential`, `centre`, `spread` (member,). Sizes are in USD million a
    month at base prices, reservations in log points. An empty base gives firms of size zero.
    """
    rank = np.argsort(order, axis=-1, kind="stable")
    ranked = shares[rank]
    used = np.where(potential > 0.0, base / np.where(potential > 0.0, potential, 1.0), 0.0)
    until = np.cumsum(ranked, axis=-1)
    count = np.clip((until <= used[:, None] + 1e-12).sum(axis=-1), 1, max(shares.size - 1, 1))
    active = np.arange(shares.size) < count[:, None]
    held = np.where(active, ranked, 0.0).sum(axis=-1)
    idle = 1.0 - held
    scale_active = base / held
    scale_idle = np.where(idle > 1e-12, (potential - base) / np.where(idle > 1e-12, idle, 1.0), 0.0)
    size = ranked * np.where(active, scale_active[:, None], scale_idle[:, None])
    total = np.where(potential > 0.0, potential, 1.0)
    share = size / total[:, None]
    midpoint = np.clip(np.cumsum(share, axis=-1) - 0.5 * share, 1e-9, 1.0 - 1e-9)
    reservation = centre[:, None] + spread[:, None] * logit(midpoint)
    out = CellFirms(np.empty_like(size), np.empty_like(size), np.empty_like(active))
    for target, values in zip(
        out, (size, reservation, active & (base > 0.0)[:, None]), strict=True
    ):
        np.put_along_axis(target, rank, values, axis=-1)
    return out
