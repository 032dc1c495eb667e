"""The linear answer: the global simulation model of Francois & Hall, solved for world prices.

Demand and supply are straight lines in relative changes through the base year (J. Francois and
H. K. Hall, Global Simulation Analysis of Industry-Level Trade Policy, 2003). It is exact for small
wedges alone: of a ban that closes most of a market it says little, and that is why it is shown.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.axes import RUSSIA, SOLD
from sim.record import Record

Array = NDArray[np.float64]


class Linear(NamedTuple):
    """Relative changes: of world prices (..., source), of volumes (..., source, destination)."""

    price: Array
    volume: Array


class Market(NamedTuple):
    """A linear market: shares of the base year and elasticities.

    `theta` is a source's share in what a destination spends, `phi` a destination's in what a source
    sells, both (..., source, destination); `demand` (negative) and `substitution` (...,
    destination); `supply` (..., source).
    """

    theta: Array
    phi: Array
    demand: Array
    substitution: Array
    supply: Array


def market_of(
    trade: Array, power: Array, demand: Array, substitution: Array, supply: Array
) -> Market:
    """Return the market of base flows at world prices and base powers of the tariff."""
    spent = trade * power
    return Market(
        spent / spent.sum(axis=-2, keepdims=True),
        trade / trade.sum(axis=-1, keepdims=True),
        demand,
        substitution,
        supply,
    )


def solve(market: Market, wedge: Array, cut: Array | float = 0.0) -> Linear:
    """Return the world prices at which linearised excess demand is zero, and what moves.

    `wedge` is the relative change of the power of the tariff, `cut` the share of volume that a
    quantity rule takes at given prices, both (..., source, destination). With own elasticity
    theta E_m - (1 - theta) E_s and cross elasticity theta (E_m + E_s).
    """
    theta, phi = market.theta, market.phi
    spill = market.demand + market.substitution
    own = (phi * market.substitution[..., None, :]).sum(axis=-1) + market.supply
    cross = np.einsum("...iv,...v,...rv->...ir", phi, spill, theta)
    matrix = own[..., None] * np.eye(phi.shape[-2]) - cross
    pushed = (phi * (_demand(market, wedge) - cut)).sum(axis=-1)
    price = np.linalg.solve(matrix, pushed[..., None])[..., 0]
    return Linear(price, volumes(market, price, wedge, cut))


def volumes(market: Market, price: Array, wedge: Array, cut: Array | float = 0.0) -> Array:
    """Return relative changes of volume at given world prices, (..., source, destination)."""
    return np.asarray(_demand(market, price[..., None] + wedge) - cut)


def _demand(market: Market, paid: Array) -> Array:
    """Return the change of demand for changes of the prices that destinations pay."""
    index = (market.theta * paid).sum(axis=-2, keepdims=True)
    spill = (market.demand + market.substitution)[..., None, :]
    return np.asarray(spill * index - market.substitution[..., None, :] * paid)


def linear_receipts(record: Record, arms: tuple[str, ...], window: slice) -> dict[str, Array]:
    """Return what the DPRK sells over `window` by arm in the linear model, (member,), USD million.

    A good has one source, too small to move its buyers' own price index (theta 0). A ban is a
    quantity wedge: it takes its share, and what it leaves open answers to price. World prices are
    price wedges. Held still, Russia buys its base volume. Prices stay above the model's floor: a
    straight line would send them below zero.
    """
    inputs = record.inputs
    base = inputs.base.flow[:, SOLD].T  # (good, partner)
    sigma = inputs.sigma[:, SOLD, :, None]
    supply = inputs.par["export_supply_elasticity"][:, None, None]
    wedge = np.swapaxes(1.0 - inputs.world[window][..., SOLD, :, None, None], -1, -2)
    least = -1.0 if inputs.price_floor is None else inputs.price_floor[:, None, None] - 1.0
    out = {}
    for i, name in enumerate(arms):
        closed = np.swapaxes(record["ban"][window, i][..., SOLD, :], -1, -2).copy()
        react = sigma * (1.0 - closed)
        if name.endswith("S0"):
            closed[..., RUSSIA] = react[..., RUSSIA] = 0.0
        market = Market(
            np.zeros((1, base.shape[-1])),
            (base / base.sum(axis=-1, keepdims=True))[:, None, :],
            -react,
            react,
            np.broadcast_to(supply, (*react.shape[:-1], 1)),
        )
        cut = closed[..., None, :]
        price = np.maximum(solve(market, wedge, cut).price, least)
        change = volumes(market, price, wedge, cut)[..., 0, :]
        value = base * (1.0 + change) * (1.0 + price)
        delivered = value * record["openness"][window, i][..., None, :]
        out[name] = np.asarray(delivered.sum(axis=(0, 2, 3)))
    return out
