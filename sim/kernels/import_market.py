"""Markets for goods the DPRK buys: CES over origins, one budget over goods, prices capped.

Demand of good g from origin p is F D a_p (P_p / I)^-s I^-n with the factor F common to all goods;
supply is A_p w^-e P_p^e. F makes total spending equal the budget.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TOLERANCE = 1e-13
INNER_STEPS = 60
OUTER_STEPS = 80
LARGEST_FACTOR = 60.0
"""Bound on the logarithm of the demand factor; reached only where every price is at its cap."""


class ImportClearing(NamedTuple):
    """Prices, volumes (..., partner, good), index (..., good), factor, unspent (...), residual."""

    price: Array
    volume: Array
    index: Array
    factor: Array
    unspent: Array
    residual: Array


class _Market(NamedTuple):
    """Logs of what clears: (..., partner, good), the elasticities broadcast."""

    shares: Array  # ln a
    h: Array  # ln (D a / A') at factor one
    capacity: Array  # ln A'
    sigma: Array  # (..., 1, good)
    eta: Array  # (..., 1, 1)
    epsilon: Array  # (..., partner, 1)
    cap: Array  # (..., 1, 1), ln of the price cap or inf
    present: Mask


class _Prices(NamedTuple):
    log_index: Array  # (..., good)
    log_price: Array  # (..., partner, good)
    free: Mask  # below the cap
    weight: Array  # CES weights
    residual: Array  # (..., good)


def clear_imports(
    shares: Array,
    demand: Array,
    capacity: Array,
    sigma: Array,
    supply_elasticity: Array,
    demand_elasticity: Array,
    world_price: Array,
    spending: Array,
    price_cap: Array | None,
    smallest: Array | float = 1.0,
) -> ImportClearing:
    """Clear all import markets so that spending over goods and origins is exactly `spending`.

    `shares` a (partner, good) add up to one over partners; `demand` D (..., good) base spending;
    `capacity` A (..., partner, good); `sigma`, `world_price` (..., good); `supply_elasticity`
    (..., partner), 0 where a partner's volume is held; `demand_elasticity` (..., 1); `spending`
    (...); `price_cap` (..., 1) or None. Money in USD million a month. Origins without capacity
    leave the sum and quote what a seller of capacity `smallest` (..., partner, good) would get. What finds no seller at the cap is `unspent`. Source: MODEL section 4.
    """
    market = _market(
        shares, demand, capacity, sigma, supply_elasticity, demand_elasticity, world_price,
        price_cap, smallest,
    )
    log_factor, prices = _budget(market, spending)
    return _clearing(market, prices, log_factor, spending)


def clear_imports_at(
    factor: Array,
    shares: Array,
    demand: Array,
    capacity: Array,
    sigma: Array,
    supply_elasticity: Array,
    demand_elasticity: Array,
    world_price: Array,
    price_cap: Array | None,
    smallest: Array | float = 1.0,
) -> ImportClearing:
    """Clear at a given demand factor, whatever it costs; arguments as in `clear_imports`."""
    market = _market(
        shares, demand, capacity, sigma, supply_elasticity, demand_elasticity, world_price,
        price_cap, smallest,
    )
    log_factor = np.log(factor)
    prices = _solve(market, log_factor, np.ones(log_factor.shape, dtype=bool))
    return _clearing(market, prices, log_factor, _spending(market, prices.log_price))


def _market(
    shares: Array,
    demand: Array,
    capacity: Array,
    sigma: Array,
    supply_elasticity: Array,
    demand_elasticity: Array,
    world_price: Array,
    price_cap: Array | None,
    smallest: Array | float,
) -> _Market:
    present = (capacity > 0.0) & (shares > 0.0) & (demand > 0.0)[..., None, :]
    epsilon = supply_elasticity[..., None]
    served = np.where(present, capacity, smallest)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_capacity = np.log(served) - epsilon * np.log(world_price)[..., None, :]
        h = np.log(demand)[..., None, :] + np.log(shares) - log_capacity
        log_shares = np.log(np.where(present, shares, 0.0))
    h = np.where(np.isfinite(h), h, 0.0)
    cap = np.inf if price_cap is None else np.log(price_cap)[..., None, :]
    return _Market(
        log_shares,
        h,
        np.where(present, log_capacity, -np.inf),
        sigma[..., None, :],
        demand_elasticity[..., None],
        epsilon,
        np.asarray(cap),
        present,
    )


def _partners(values: Array) -> Array:
    """Return the sum over partners in a fixed order."""
    return values[..., 0, :] + values[..., 1, :] + values[..., 2, :]


def _at(market: _Market, log_factor: Array, index: Array) -> tuple[Array, Mask, Array, Array]:
    """Return ln prices, which are below the cap, CES weights and ln index they imply."""
    sigma, eta, epsilon = market.sigma, market.eta, market.epsilon
    raw = (market.h + log_factor[..., None, None] + (sigma - eta) * index[..., None, :]) / (
        epsilon + sigma
    )
    free = raw < market.cap
    log_price = np.where(free, raw, market.cap)
    term = market.shares + (1.0 - sigma) * log_price
    top = term.max(axis=-2)
    top = np.where(np.isfinite(top), top, 0.0)
    weight = np.exp(term - top[..., None, :])
    total = _partners(weight)
    some = total > 0.0
    safe = np.where(some, total, 1.0)
    implied = np.where(some, (top + np.log(safe)) / (1.0 - sigma[..., 0, :]), 0.0)
    return log_price, free, weight / safe[..., None, :], implied


def _closed_index(market: _Market, log_factor: Array) -> Array:
    """Return ln I in closed form for equal supply elasticities and no cap."""
    sigma, eta = market.sigma[..., 0, :], market.eta[..., 0, :]
    epsilon = market.epsilon[..., 0, :]
    term = market.shares + (market.h + log_factor[..., None, None]) * (
        (1.0 - market.sigma) / (market.epsilon[..., :1, :] + market.sigma)
    )
    top = term.max(axis=-2)
    top = np.where(np.isfinite(top), top, 0.0)
    total = _partners(np.exp(term - top[..., None, :]))
    safe = np.where(total > 0.0, total, 1.0)
    power = (epsilon + sigma) / ((1.0 - sigma) * (epsilon + eta))
    return np.where(total > 0.0, (top + np.log(safe)) * power, 0.0)


def _solve(market: _Market, log_factor: Array, lanes: Mask, start: Array | None = None) -> _Prices:
    """Return prices and index at a demand factor; Newton in ln I, lane by lane."""
    index = _closed_index(market, log_factor) if start is None else start
    active = np.broadcast_to(lanes[..., None], index.shape).copy()
    slope_part = (market.sigma - market.eta) / (market.epsilon + market.sigma)
    for _ in range(INNER_STEPS):
        log_price, free, weight, implied = _at(market, log_factor, index)
        gap = index - implied
        slope = 1.0 - _partners(weight * np.where(free, slope_part, 0.0))
        step = gap / slope
        done = np.abs(step) <= TOLERANCE * np.maximum(1.0, np.abs(index))
        active &= ~done
        if not active.any():
            break
        index = np.where(active, index - step, index)
    residual = np.abs(index - implied)
    return _Prices(index, log_price, free, weight, residual)


def _spending(market: _Market, log_price: Array) -> Array:
    """Return total spending over goods and origins."""
    value = np.exp(market.capacity + (1.0 + market.epsilon) * log_price)
    total = _partners(np.where(market.present, value, 0.0))
    spent = total[..., 0]
    for g in range(1, total.shape[-1]):
        spent = spent + total[..., g]
    return spent


def _budget(market: _Market, spending: Array) -> tuple[Array, _Prices]:
    """Return the log factor at which spending meets the budget, and the prices there."""
    buys = spending > 0.0
    wanted = np.log(np.where(buys, spending, 1.0))
    zero = np.zeros(spending.shape)
    every = np.ones(spending.shape, dtype=bool)
    epsilon, eta = market.epsilon[..., 0, 0], market.eta[..., 0, 0]
    alike = (market.epsilon == market.epsilon[..., :1, :]).all(axis=(-2, -1))

    first = _at(market, zero, _closed_index(market, zero))[0]
    spent = _spending(market, _uncapped(market, zero, first))
    anything = spent > 0.0
    log_spent = np.log(np.where(anything, spent, 1.0))
    closed = np.where(anything, (wanted - log_spent) * (epsilon + eta) / (1.0 + epsilon), 0.0)
    log_factor = np.clip(closed, -LARGEST_FACTOR, LARGEST_FACTOR)
    index = _closed_index(market, log_factor)
    log_price, free, weight, _ = _at(market, log_factor, index)
    exact = np.broadcast_to(alike, spending.shape) & (free | ~market.present).all(axis=(-2, -1))
    active = ~exact & buys & anything

    with np.errstate(over="ignore"):
        ceiling = _spending(market, np.broadcast_to(market.cap, market.present.shape))
    sated = active & (ceiling <= spending)
    log_factor = np.where(sated, LARGEST_FACTOR, log_factor)
    active = active & ~sated
    if not (active | sated).any():
        prices = _Prices(index, log_price, free, weight, np.abs(index - _at(market, log_factor, index)[3]))
        return log_factor, prices

    low, high = np.full(spending.shape, -LARGEST_FACTOR), np.full(spending.shape, LARGEST_FACTOR)
    prices = _solve(market, log_factor, ~exact, index)
    for _ in range(OUTER_STEPS):
        value = _spending(market, prices.log_price)
        gap = np.log(np.where(value > 0.0, value, 1.0)) - wanted
        active = active & (np.abs(gap) > 4.0 * TOLERANCE)
        if not active.any():
            break
        low = np.where(active & (gap < 0.0), log_factor, low)
        high = np.where(active & (gap > 0.0), log_factor, high)
        slope = _slope(market, prices, value)
        step = np.divide(gap, slope, out=np.full_like(gap, np.inf), where=slope > 1e-12)
        newton = log_factor - step
        inside = (newton > low) & (newton < high)
        moved = np.where(inside, newton, 0.5 * (low + high))
        active = active & (high - low > 1e-15 * np.maximum(1.0, np.abs(log_factor)))
        log_factor = np.where(active, moved, log_factor)
        prices = _solve(market, log_factor, ~exact & every, prices.log_index)
    return log_factor, prices


def _uncapped(market: _Market, log_factor: Array, _: Array) -> Array:
    """Return ln prices at the closed-form index as if no cap held."""
    index = _closed_index(market, log_factor)
    raw = market.h + log_factor[..., None, None] + (market.sigma - market.eta) * index[..., None, :]
    return np.where(market.present, raw / (market.epsilon + market.sigma), 0.0)


def _slope(market: _Market, prices: _Prices, value: Array) -> Array:
    """Return d ln(spending) / d ln(factor), by the implicit rule through the index."""
    inverse = np.where(prices.free & market.present, 1.0 / (market.epsilon + market.sigma), 0.0)
    pull = _partners(prices.weight * inverse)
    damp = 1.0 - _partners(prices.weight * inverse * (market.sigma - market.eta))
    index_slope = pull / damp
    price_slope = inverse * (1.0 + (market.sigma - market.eta) * index_slope[..., None, :])
    spent = np.exp(market.capacity + (1.0 + market.epsilon) * prices.log_price)
    change = _partners(
        np.where(market.present, spent * (1.0 + market.epsilon) * price_slope, 0.0)
    )
    total = change[..., 0]
    for g in range(1, change.shape[-1]):
        total = total + change[..., g]
    return total / np.where(value > 0.0, value, 1.0)


def _clearing(
    market: _Market, prices: _Prices, log_factor: Array, spending: Array
) -> ImportClearing:
    """Return what was bought; nothing where the budget is empty."""
    buys = (spending > 0.0)[..., None, None]
    with np.errstate(over="ignore", invalid="ignore"):
        volume = np.exp(market.capacity + market.epsilon * prices.log_price)
    volume = np.where(market.present & buys, volume, 0.0)
    quoted = np.where(np.isfinite(prices.log_price), prices.log_price, 0.0)
    price = np.exp(np.where(buys, quoted, 0.0))
    bought = _partners(volume * price)
    spent = bought[..., 0]
    for g in range(1, bought.shape[-1]):
        spent = spent + bought[..., g]
    gap = spending - spent
    full = (log_factor >= LARGEST_FACTOR) | (spent <= 0.0)
    unspent = np.where(full, np.maximum(gap, 0.0), 0.0)
    miss = np.abs(gap - unspent) / np.where(spending > 0.0, spending, 1.0)
    at_index = np.where(full[..., None] | ~buys[..., 0], 0.0, prices.residual)
    residual = np.maximum(at_index, miss[..., None])
    return ImportClearing(
        price, volume, np.exp(prices.log_index), np.exp(log_factor), unspent, residual
    )
