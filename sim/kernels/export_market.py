"""One FOB market for a good the DPRK sells: active buyers' capacity against elastic supply."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernels.markets import Array, Mask, largest_partner, over_partners

LAST_STEP = 1e-9
"""Newton ends on such a step: it converges quadratically, so the error left is its square."""

MOST_STEPS = 60

QUOTED_WITHOUT_FLOOR = 1e-6
"""Price quoted where nobody buys and no floor above zero is set."""


class ExportClearing(NamedTuple):
    """Prices relative to base, volumes and values in USD million a month, and what does not clear.

    `price`, `residual`, `at_floor` (..., good); `volume`, `value` (..., partner, good). The
    residual is |demand / supply - 1|, 0 at the floor, where what is not bought is not produced.
    """

    price: Array
    volume: Array
    value: Array
    residual: Array
    at_floor: Mask


def clear_exports(
    capacity: Array,
    elasticity: Array,
    world_price: Array,
    supply: Array,
    supply_elasticity: Array | float,
    floor: Array | float | None,
) -> ExportClearing:
    """Clear the export market of every good: sum of A w^s P^-s over buyers = K P^e.

    `capacity` A >= 0 and `elasticity` s (..., partner, good), the elasticity 0 where a partner's
    volume is held; `world_price` w, `supply` K > 0 (..., good), in USD million a month at base
    prices; `supply_elasticity` e > 0 and `floor` scalar or (..., 1). With equal elasticities
    P = (sum A w^s / K)^(1/(s+e)) (ODD section 7), else Newton in ln P, each lane on its own.
    A market without buyers quotes the floor and counts as at the floor; where the floor is None or
    0 it quotes `QUOTED_WITHOUT_FLOOR`, which bounds no price that clears.
    """
    buys = capacity > 0.0
    bought = buys[..., 0, :] | buys[..., 1, :] | buys[..., 2, :]
    log_world = np.log(world_price)[..., None, :]
    log_demand = np.log(np.where(buys, capacity, 1.0)) + elasticity * log_world
    log_demand = np.where(buys, log_demand, -np.inf)
    log_supply = np.log(supply)
    log_price = _solve(log_demand, elasticity, log_supply, np.asarray(supply_elasticity), bought)

    least = np.asarray(0.0 if floor is None else floor, dtype=np.float64)
    with np.errstate(divide="ignore"):
        log_least = np.log(least)
    at_floor = ~bought | (log_price < log_least)
    quoted = np.log(np.where(least > 0.0, least, QUOTED_WITHOUT_FLOOR))
    log_price = np.where(at_floor, quoted, log_price)

    price = np.exp(log_price)
    volume = np.exp(log_demand - elasticity * log_price[..., None, :])
    gap = over_partners(volume) / np.exp(log_supply + supply_elasticity * log_price) - 1.0
    residual = np.where(at_floor, 0.0, np.abs(gap))
    return ExportClearing(price, volume, volume * price[..., None, :], residual, at_floor)


def _solve(
    log_demand: Array, elasticity: Array, log_supply: Array, supply_elasticity: Array, bought: Mask
) -> Array:
    """Return ln P (..., good) where ln demand = ln supply; 0 in markets without buyers.

    Excess ln demand is convex and falls in ln P, so that Newton lands at or below the root after
    one step and climbs from there: it cannot cycle. A lane that has converged is not moved again.
    """
    first = elasticity[..., 0, :]
    alike = (first == elasticity[..., 1, :]) & (first == elasticity[..., 2, :])
    top = np.where(bought, largest_partner(log_demand), 0.0)
    total = top + np.log(
        np.where(bought, over_partners(np.exp(log_demand - top[..., None, :])), 1.0)
    )
    price = np.where(bought, (total - log_supply) / (first + supply_elasticity), 0.0)
    active = bought & ~alike
    if not active.any():
        return price
    for _ in range(MOST_STEPS):
        term = log_demand - elasticity * price[..., None, :]
        top = np.where(bought, largest_partner(term), 0.0)
        part = np.exp(term - top[..., None, :])
        whole = np.where(bought, over_partners(part), 1.0)
        gap = top + np.log(whole) - log_supply - supply_elasticity * price
        step = gap / (over_partners(part * elasticity) / whole + supply_elasticity)
        price = np.where(active, price + step, price)
        active = active & (np.abs(step) > LAST_STEP)
        if not active.any():
            break
    return price
