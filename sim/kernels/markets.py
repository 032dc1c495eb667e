"""Prices that clear markets over partners: sums in a fixed order, the CES index, the budget.

Everything is solved in logs: an inner Newton iteration for ln I of each good, an outer one for the
factor ln F common to the goods of a lane. A lane that has converged is not moved again, and no sum
runs over lanes, so that a lane's result does not depend on the lanes beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TOLERANCE = 1e-13
INNER_STEPS = 60
OUTER_STEPS = 100
LONGEST_STEP = 3.0
WIDEST = 700.0
"""Bound on |ln F| before the iteration has brackets of its own."""

BEYOND = 1e-9
"""How far past the factor that brings the last price to its cap a sated lane is put, in logs."""

ABSENT = -1e30
"""Log of a share or capacity that is zero: finite, so that no lane meets an undefined value."""


class ImportTerms(NamedTuple):
    """What clears, in logs (..., partner, good): ln P = min(cap, h + inverse ln F + pull ln I)."""

    share: Array
    h: Array
    inverse: Array  # 1 / (e + s)
    pull: Array  # (s - n) / (e + s)
    capacity: Array  # ln A'
    gamma: Array  # s - 1 (..., 1, good)
    epsilon: Array  # (..., partner, 1)
    cap: Array  # (..., 1, 1), infinite without a cap
    present: Mask
    traded: Mask  # (..., good): has a seller
    alike: Mask  # (...): one supply elasticity
    start: Array  # ln I at factor one without caps where elasticities are alike (..., good)
    index_slope: Array  # d ln I / d ln F there, 1 / (e + n) (..., 1)


class Point(NamedTuple):
    """Prices at a factor and index, the index they imply, and slopes for Newton."""

    log_price: Array
    implied: Array
    slope: Array  # of ln I - implied in ln I
    rise: Array  # d ln I / d ln F (..., good)
    free: Mask  # below the cap


def over_partners(values: Array) -> Array:
    """Return the sum over partners in a fixed order."""
    return values[..., 0, :] + values[..., 1, :] + values[..., 2, :]


def largest_partner(values: Array) -> Array:
    """Return the largest over partners."""
    return np.maximum(np.maximum(values[..., 0, :], values[..., 1, :]), values[..., 2, :])


def over_cells(values: Array) -> Array:
    """Return the sum over partners and goods in a fixed order."""
    by_good = over_partners(values)
    total: Array = by_good[..., 0]
    for g in range(1, by_good.shape[-1]):
        total = total + by_good[..., g]
    return total


def share(part: Array, whole: Array) -> Array:
    """Return part over whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0)


def ces_index(share: Array, gamma: Array, log_price: Array) -> tuple[Array, Array]:
    """Return ln (sum a P^(1-s))^(1/(1-s)) over origins (..., good) and the origins' weights."""
    term = share - gamma * log_price
    top = largest_partner(term)
    part = np.exp(term - top[..., None, :])
    whole = over_partners(part)
    return -(top + np.log(whole)) / gamma[..., 0, :], part / whole[..., None, :]


def free_prices(market: ImportTerms, log_factor: Array, index: Array) -> Array:
    """Return ln prices as if no cap held."""
    return (
        market.h + market.inverse * log_factor[..., None, None] + market.pull * index[..., None, :]
    )


def below_cap(market: ImportTerms, log_factor: Array, index: Array) -> Mask:
    """Return the lanes (...) in which no seller's price passes its cap."""
    below = (free_prices(market, log_factor, index) <= market.cap) | ~market.present
    return np.asarray(below.all(axis=(-2, -1)))


def _at(market: ImportTerms, log_factor: Array, index: Array) -> Point:
    """Return prices, implied index and slopes at a factor and index."""
    raw = free_prices(market, log_factor, index)
    free = raw < market.cap
    log_price = np.minimum(raw, market.cap)
    implied, weight = ces_index(market.share, market.gamma, log_price)
    weight = np.where(free, weight, 0.0)
    slope = 1.0 - over_partners(weight * market.pull)
    return Point(log_price, implied, slope, over_partners(weight * market.inverse) / slope, free)


def solve_index(
    market: ImportTerms, log_factor: Array, index: Array, lanes: Mask
) -> tuple[Array, Point]:
    """Return ln I at a factor, moved in `lanes` (...) only, and the point there.

    ln I minus its implied value is convex in ln I with slope in (0, 1], caps included, so that
    Newton lands at or above the root after one step and descends: it cannot cycle.
    """
    active = lanes[..., None] & market.traded
    for _ in range(INNER_STEPS):
        point = _at(market, log_factor, index)
        step = (index - point.implied) / point.slope
        active = active & (np.abs(step) > TOLERANCE * np.maximum(1.0, np.abs(index)))
        if not active.any():
            break
        index = np.where(active, index - step, index)
    return index, point


def solve_budget(market: ImportTerms, wanted: Array, buys: Mask) -> tuple[Array, Array, Mask]:
    """Return ln F (...), ln I (..., good) that spend exp(`wanted`), and lanes that cannot.

    Without caps and with one supply elasticity spending goes as F^((1+e)/(e+n)), a closed form,
    which also starts the iteration of the other lanes. A lane that cannot spend all even with every
    price at its cap gets the smallest factor that brings them there.
    """
    value_power = 1.0 + market.epsilon
    at_one = market.h + market.pull * market.start[..., None, :]
    spent = over_cells(np.exp(market.capacity + value_power * at_one))
    closed = (wanted - np.log(np.where(buys, spent, 1.0))) / np.max(value_power, axis=(-2, -1))
    log_factor = np.where(buys, closed / market.index_slope[..., 0], 0.0)
    index = market.start + log_factor[..., None] * market.index_slope
    todo = buys & ~(market.alike & below_cap(market, log_factor, index))
    sated = np.zeros(buys.shape, dtype=bool)
    if not todo.any():
        return log_factor, index, sated

    capped = np.isfinite(market.cap)
    cap = np.where(capped, market.cap, 0.0)
    ceiling = over_cells(np.exp(market.capacity + value_power * cap))
    sated = todo & capped[..., 0, 0] & (np.log(np.where(todo, ceiling, 1.0)) <= wanted)
    top, _ = ces_index(market.share, market.gamma, cap)
    need = cap - market.h - market.pull * top[..., None, :]
    need = need / np.where(market.present, market.inverse, 1.0)
    full = np.where(market.present, need, -WIDEST).max(axis=(-2, -1)) + BEYOND
    high = np.where(capped[..., 0, 0], full, WIDEST)
    log_factor = np.where(sated | (todo & (log_factor > high)), high, log_factor)
    index = np.where(sated[..., None] & market.traded, top, index)
    rows = np.asarray(todo & ~sated)
    log_factor[rows], index[rows] = _spend(
        _lanes(market, rows), wanted[rows], log_factor[rows], index[rows], high[rows]
    )
    return log_factor, index, sated


def _lanes(market: ImportTerms, rows: Mask) -> ImportTerms:
    """Return the lanes where `rows` (...) holds, one after another."""
    lanes = market.alike.shape
    own = {"alike": 0, "traded": 1, "start": 1, "index_slope": 1}
    taken = {}
    for name, field in market._asdict().items():
        inner = field.shape[field.ndim - own.get(name, 2) :]
        taken[name] = np.broadcast_to(field, lanes + inner)[rows]
    return ImportTerms(**taken)


def _spend(
    market: ImportTerms, wanted: Array, log_factor: Array, index: Array, high: Array
) -> tuple[Array, Array]:
    """Return ln F and ln I at which spending is exp(`wanted`): Newton in ln F inside a bracket."""
    value_power = 1.0 + market.epsilon
    todo = np.ones(wanted.shape, dtype=bool)
    low = np.full(wanted.shape, -WIDEST)
    for _ in range(OUTER_STEPS):
        if not todo.any():
            break
        index, point = solve_index(market, log_factor, index, todo)
        value = np.exp(market.capacity + value_power * point.log_price)
        total = over_cells(value)
        gap = np.log(total) - wanted
        todo = todo & (np.abs(gap) > TOLERANCE)
        low = np.where(todo & (gap < 0.0), log_factor, low)
        high = np.where(todo & (gap > 0.0), log_factor, high)
        change = (market.inverse + market.pull * point.rise[..., None, :]) * value_power
        slope = over_cells(np.where(point.free, value * change, 0.0)) / total
        step = np.clip(gap / np.maximum(slope, 1e-12), -LONGEST_STEP, LONGEST_STEP)
        newton = log_factor - step
        moved = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
        todo = todo & (moved != log_factor)
        ahead = index + point.rise * (moved - log_factor)[..., None]
        index = np.where(todo[..., None], ahead, index)
        log_factor = np.where(todo, moved, log_factor)
    return log_factor, index
