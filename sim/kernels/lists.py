"""Baskets of unlike items: what a list bans and what it leaves open are sold apart.

A ban on part of a basket does not turn the banned items into the lawful ones: each part keeps its
supply and its price. Lists are nested: what a partner bans lies inside the longest list.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.axes import BASKETS, N_GOODS
from sim.kernels.export_market import clear_exports
from sim.kernels.markets import share

Array = NDArray[np.float64]

IS_BASKET = np.isin(np.arange(N_GOODS), BASKETS)

NO_SUPPLY = 1e-12
"""Supply of a market without goods, USD million a month; nobody buys there."""


class Sales(NamedTuple):
    """Exports by route before the border: volumes (..., partner, good) and prices.

    `legal_price` (..., partner, good) is what a partner's lawful purchases cost on the mean;
    `open_price`, `listed_price`, `residual` (..., good), alike for goods that are no basket.
    """

    legal: Array
    illegal: Array
    legal_price: Array
    open_price: Array
    listed_price: Array
    residual: Array


def longest_list(ban: Array) -> Array:
    """Return the share of each basket that some partner bans, 0 for other goods, (..., good).

    `ban` (..., partner, good).
    """
    longest = np.maximum(np.maximum(ban[..., 0, :], ban[..., 1, :]), ban[..., 2, :])
    return np.where(IS_BASKET, longest, 0.0)


def listed_in_lawful(listed: Array, ban: Array) -> Array:
    """Return the share of listed items in what each partner may lawfully buy, (..., partner, good).

    `listed` (..., good) is the longest list, `ban` (..., partner, good) the partner's own.
    """
    lawful = 1.0 - ban
    beyond = np.maximum(listed[..., None, :] - ban, 0.0)
    return np.divide(beyond, lawful, out=np.zeros_like(ban), where=lawful > 0.0)


def clear_sales(
    open_legal: Array,
    listed_legal: Array,
    illegal: Array,
    listed: Array,
    elasticity: Array,
    world_price: Array,
    open_supply: Array,
    listed_supply: Array,
    supply_elasticity: Array,
    floor: Array | None,
) -> Sales:
    """Clear the five export markets, and those of listed items of the baskets beside them.

    Capacities (..., partner, good): lawful of open items, lawful of items on another partner's
    list, illegal; `listed` (..., good) the longest list; supplies (..., good). Cargo on the illegal
    route is listed, in goods that are no basket it shares the one market. Units and the rest as in
    `clear_exports`. Source: ODD section 7, export markets.
    """
    listed_bids = listed_legal + illegal
    open_bids = open_legal + np.where(IS_BASKET, 0.0, illegal)
    market = clear_exports(
        _with_lists(open_bids, listed_bids),
        _with_lists(elasticity, elasticity),
        _with_lists(world_price, world_price),
        np.maximum(_with_lists(open_supply, listed_supply), NO_SUPPLY),
        supply_elasticity,
        floor,
    )
    open_price = market.price[..., :N_GOODS]
    listed_price = open_price.copy()
    some = listed[..., BASKETS] > 0.0
    listed_price[..., BASKETS] = np.where(
        some, market.price[..., N_GOODS:], open_price[..., BASKETS]
    )
    bought, bought_listed = market.volume[..., :N_GOODS], market.volume[..., N_GOODS:]
    smuggled = bought * share(illegal, open_bids)
    lawful_listed = np.zeros_like(bought)
    part = share(illegal, listed_bids)[..., BASKETS]
    smuggled[..., BASKETS] = bought_listed * part
    lawful_listed[..., BASKETS] = bought_listed * (1.0 - part)
    lawful_open = bought - np.where(IS_BASKET, 0.0, smuggled)
    legal = lawful_open + lawful_listed
    usual = open_price[..., None, :]
    paid = lawful_open * usual + lawful_listed * listed_price[..., None, :]
    legal_price = np.where(legal > 0.0, share(paid, legal), usual)
    return Sales(legal, smuggled, legal_price, open_price, listed_price, market.residual)


def _with_lists(goods: Array, listed: Array) -> Array:
    """Return values by good, those of listed items of the baskets as further columns."""
    return np.concatenate([goods, listed[..., BASKETS]], axis=-1)
