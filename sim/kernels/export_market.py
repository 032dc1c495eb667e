"""One FOB market for a good the DPRK sells: active buyers' capacity against elastic supply."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TOLERANCE = 1e-14
MOST_STEPS = 60
NO_FLOOR = 1e-6
"""Price quoted where nothing is bought and no floor is set."""


class ExportClearing(NamedTuple):
    """Prices relative to base (..., good); volumes (..., partner, good); relative residual."""

    price: Array
    volume: Array
    residual: Array


def clear_exports(
    capacity: Array,
    elasticity: Array,
    world_price: Array,
    supply: Array,
    supply_elasticity: Array,
    floor: Array | None,
) -> ExportClearing:
    """Clear the export market of every good: sum of A w^s P^-s over buyers = K P^e.

    `capacity` A and `elasticity` s (..., partner, good), the elasticity 0 where a partner's volume
    is held; `world_price` w, `supply` K (..., good) in USD million a month at base prices;
    `supply_elasticity` e and `floor` (..., 1). With equal elasticities P = (sum A w^s / K)^(1/(s+e))
    (MODEL section 4); else a Newton iteration in ln P, each lane on its own. At the floor buyers
    take what they want and the rest is not produced; without buyers the floor is quoted.
    """
    log_world = np.log(world_price)[..., None, :]
    with np.errstate(divide="ignore"):
        log_demand = np.log(capacity) + elasticity * log_world
    bought = np.isfinite(log_demand).any(axis=-2)
    log_supply = np.log(supply)
    log_price = _solve(log_demand, elasticity, log_supply, supply_elasticity, bought)
    lowest = np.log(NO_FLOOR if floor is None else floor)
    at_floor = ~bought | (log_price < lowest)
    log_price = np.where(at_floor, lowest, log_price)
    volume = np.exp(log_demand - elasticity * log_price[..., None, :])
    offered = np.exp(log_supply + supply_elasticity * log_price)
    total = volume[..., 0, :] + volume[..., 1, :] + volume[..., 2, :]
    residual = np.where(at_floor, 0.0, np.abs(total / offered - 1.0))
    return ExportClearing(np.exp(log_price), volume, residual)


def _solve(
    log_demand: Array, elasticity: Array, log_supply: Array, supply_elasticity: Array, bought: Array
) -> Array:
    """Return ln P where ln demand = ln supply; a lane that has converged is not moved again."""
    alike = (elasticity == elasticity[..., :1, :]).all(axis=-2)
    scale = np.where(bought, log_demand.max(axis=-2), 0.0)
    base = np.exp(log_demand - scale[..., None, :])
    total = scale + np.log(np.where(bought, base[..., 0, :] + base[..., 1, :] + base[..., 2, :], 1.0))
    mean_elasticity = elasticity[..., 0, :]
    price = (total - log_supply) / (mean_elasticity + supply_elasticity)
    active = bought & ~alike
    if not active.any():
        return price
    # Demand is log-convex in ln P and supply log-linear: Newton from the left converges one way.
    for _ in range(MOST_STEPS):
        term = log_demand - elasticity * price[..., None, :]
        top = np.where(bought, term.max(axis=-2), 0.0)
        part = np.exp(term - top[..., None, :])
        whole = part[..., 0, :] + part[..., 1, :] + part[..., 2, :]
        safe = np.where(bought, whole, 1.0)
        gap = top + np.log(safe) - log_supply - supply_elasticity * price
        weighted = part * elasticity
        slope = (weighted[..., 0, :] + weighted[..., 1, :] + weighted[..., 2, :]) / safe
        step = np.clip(gap / (slope + supply_elasticity), -3.0, 3.0)
        price = np.where(active, price + step, price)
        active = active & (np.abs(step) > TOLERANCE * np.maximum(1.0, np.abs(price)))
        if not active.any():
            break
    return price
