"""Markets for goods the DPRK buys: CES over origins, one budget over goods, prices capped.

Demand of good g from origin p is F D a_p (P_p / I)^-s I^-n with one factor F for all goods; supply
is A' P_p^e with A' = A w^-e. F makes total spending equal the budget.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from sim.kernels.markets import (
    ABSENT,
    Array,
    ImportTerms,
    Mask,
    below_cap,
    ces_index,
    free_prices,
    over_cells,
    solve_budget,
    solve_index,
)

LEAST_SELLER = 1e-30
"""Bound below on the capacity that an absent origin's quoted price is made of."""


@dataclasses.dataclass(frozen=True, slots=True)
class ImportClearing:
    """Prices relative to base, volumes and values in USD million a month, and what does not clear.

    `price`, `volume`, `value` (..., partner, good); `index` (..., good); `demand_factor`,
    `unspent`, `residual` (...). Where even every price at its cap leaves money, the factor is the
    smallest that brings all prices to the cap; where nothing is bought it is 0. The residual is the
    largest relative error of total spending and of the indices.
    """

    price: Array
    index: Array
    volume: Array
    value: Array
    demand_factor: Array
    unspent: Array
    residual: Array


def clear_imports(
    shares: Array,
    demand: Array,
    capacity: Array,
    sigma: Array,
    supply_elasticity: Array,
    demand_elasticity: Array | float,
    world_price: Array,
    spending: Array,
    price_cap: Array | float | None,
    smallest: Array | float = 1.0,
) -> ImportClearing:
    """Clear all import markets so that spending over goods and origins is exactly `spending`.

    `shares` a >= 0 and `capacity` A >= 0 (..., partner, good); `demand` D, `sigma` s > 1,
    `world_price` w (..., good); `supply_elasticity` e (..., partner), 0 where a partner's volume is
    held; `demand_elasticity` n < s and `price_cap` scalar or (..., 1); `spending` (...). Money in
    USD million a month. An origin without capacity leaves the sum and quotes what a seller of
    capacity `smallest` (..., partner, good) would get; a good without sellers quotes the cap, or 1;
    a lane without spending buys nothing and quotes 1. Source: ODD section 7.
    """
    market = _market(
        shares, demand, capacity, sigma, supply_elasticity, demand_elasticity, world_price,
        price_cap, smallest, spending.shape,
    )  # fmt: skip
    spending = np.broadcast_to(spending, market.present.shape[:-2])
    buys = (spending > 0.0) & market.present.any(axis=(-2, -1))
    wanted = np.log(np.where(spending > 0.0, spending, 1.0))
    log_factor, index, sated = solve_budget(market, wanted, buys)
    clearing = _clearing(market, log_factor, index, buys)
    gap = spending - over_cells(clearing.value)
    unspent = np.where(sated | ~buys, np.maximum(gap, 0.0), 0.0)
    miss = np.abs(gap - unspent) / np.where(spending > 0.0, spending, 1.0)
    quoted = np.minimum(market.cap, 0.0)
    some = (spending > 0.0)[..., None]
    return dataclasses.replace(
        clearing,
        price=np.where(some[..., None], clearing.price, np.exp(quoted)),
        index=np.where(some, clearing.index, np.exp(quoted[..., 0])),
        unspent=unspent,
        residual=np.maximum(clearing.residual, miss),
    )


def clear_imports_at(
    factor: Array | float,
    shares: Array,
    demand: Array,
    capacity: Array,
    sigma: Array,
    supply_elasticity: Array,
    demand_elasticity: Array | float,
    world_price: Array,
    price_cap: Array | float | None,
    smallest: Array | float = 1.0,
) -> ImportClearing:
    """Clear at a demand factor > 0, scalar or (...), whatever it costs; else as `clear_imports`."""
    market = _market(
        shares, demand, capacity, sigma, supply_elasticity, demand_elasticity, world_price,
        price_cap, smallest, np.shape(factor),
    )  # fmt: skip
    log_factor = np.broadcast_to(np.log(factor), market.present.shape[:-2])
    index = market.start + log_factor[..., None] * market.index_slope
    todo = ~(market.alike & below_cap(market, log_factor, index))
    if todo.any():
        index, _ = solve_index(market, log_factor, index, todo)
    return _clearing(market, log_factor, index, np.ones(log_factor.shape, dtype=bool))


def _market(
    shares: Array,
    demand: Array,
    capacity: Array,
    sigma: Array,
    supply_elasticity: Array,
    demand_elasticity: Array | float,
    world_price: Array,
    price_cap: Array | float | None,
    smallest: Array | float,
    lanes: tuple[int, ...],
) -> ImportTerms:
    """Return the logs of what clears, with every lane written out."""
    epsilon = supply_elasticity[..., None]
    eta = np.atleast_1d(demand_elasticity)[..., None]
    cap = np.atleast_1d(np.inf if price_cap is None else np.log(price_cap))[..., None]
    asked = (shares > 0.0) & (demand > 0.0)[..., None, :]
    present = asked & (capacity > 0.0)
    grid = np.broadcast_shapes(
        present.shape, epsilon.shape, eta.shape, cap.shape, sigma[..., None, :].shape,
        world_price[..., None, :].shape, (*lanes, 1, 1),
    )  # fmt: skip
    present = np.broadcast_to(present, grid)
    traded = present[..., 0, :] | present[..., 1, :] | present[..., 2, :]
    quotes = asked & traded[..., None, :]
    gamma = sigma[..., None, :] - 1.0

    seller = np.where(present, capacity, np.maximum(smallest, LEAST_SELLER))
    log_capacity = np.log(seller) - epsilon * np.log(world_price)[..., None, :]
    log_share = np.log(np.where(shares > 0.0, shares, 1.0))
    log_demand = np.log(np.where(demand > 0.0, demand, 1.0))[..., None, :]
    inverse = np.where(quotes, 1.0 / (epsilon + sigma[..., None, :]), 0.0)
    pull = inverse * (sigma[..., None, :] - eta)
    highest = np.where(np.isfinite(cap), cap, 0.0)[..., 0]
    unsold = np.where(traded | (demand <= 0.0), 0.0, highest)
    h = np.where(quotes, (log_demand + log_share - log_capacity) * inverse, unsold[..., None, :])
    share = np.where(present, log_share, ABSENT)

    largest = np.max(epsilon, axis=-2)
    index_slope = 1.0 / (largest + eta[..., 0])
    start = ces_index(share, gamma, h)[0] * ((largest + sigma) * index_slope)
    start = np.where(traded, start, 0.0)
    alike = (supply_elasticity == supply_elasticity[..., :1]).all(axis=-1)
    return ImportTerms(
        share, h, inverse, pull, np.where(present, log_capacity, ABSENT), gamma, epsilon, cap,
        present, traded, np.broadcast_to(alike, grid[:-2]), start, index_slope,
    )  # fmt: skip


def _clearing(market: ImportTerms, log_factor: Array, index: Array, buys: Mask) -> ImportClearing:
    """Return what is bought at a factor and index; nothing in lanes that do not buy."""
    log_price = np.minimum(free_prices(market, log_factor, index), market.cap)
    implied, _ = ces_index(market.share, market.gamma, log_price)
    bought = buys[..., None] & market.traded
    volume = np.where(
        bought[..., None, :], np.exp(market.capacity + market.epsilon * log_price), 0.0
    )
    price = np.exp(log_price)
    miss = np.abs(np.expm1(np.where(bought, index - implied, 0.0))).max(axis=-1)
    return ImportClearing(
        price,
        np.where(market.traded, np.exp(index), price[..., 0, :]),
        volume,
        volume * price,
        np.where(buys, np.exp(log_factor), 0.0),
        np.zeros(buys.shape),
        miss,
    )
