"""The base year 2015-16: flows, workers, and the world prices that everything is relative to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.axes import (
    DIRECTIONS,
    GOODS,
    N_DIRECTIONS,
    N_GOODS,
    N_PARTNERS,
    PARTNERS,
    month_name,
    month_number,
    months,
)
from sim.data import load

Array = NDArray[np.float64]

MONTHS_A_YEAR = 12.0
TONNES_A_MUSD = 1e6
"""Tonnes that one USD million buys at one USD a tonne."""

BASE_YEARS = ("2015-01", "2016-12")
"""First and last month of the years that prices and flows are relative to."""


@dataclass(frozen=True)
class BaseYear:
    """Flows of 2015-16, USD million a month at base prices."""

    flow: Array  # (partner, direction, good)
    recorded_share: Array  # (partner, direction, good)
    workers: Array  # (partner,)
    remittance: Array  # (partner,), USD million a month
    crude: float  # from China
    transit: float  # Russian coal through Rajin
    coal_price: float  # USD a tonne, world, mean of 2015-16


@lru_cache(maxsize=1)
def base_year() -> BaseYear:
    """Return the base year from `data/base_flows.csv` and `data/world_prices.csv`."""
    cells = {(r.partner, r.direction, r.good): r for r in load("base_flows")}
    flow = np.zeros((N_PARTNERS, N_DIRECTIONS, N_GOODS))
    share = np.ones_like(flow)
    for p, partner in enumerate(PARTNERS):
        for d, direction in enumerate(DIRECTIONS):
            for g, good in enumerate(GOODS[d]):
                row = cells[partner, direction, good]
                flow[p, d, g] = row.moved_musd_per_year / MONTHS_A_YEAR
                if row.moved_musd_per_year > 0:
                    share[p, d, g] = row.recorded_musd_per_year / row.moved_musd_per_year
    labour = [cells[p, "dprk_export", "labour"] for p in PARTNERS]
    prices = price_series("coal_australia")
    years = [prices[m] for m in months(*BASE_YEARS)]
    moved = np.array([r.moved_musd_per_year for r in labour])
    return BaseYear(
        flow=flow,
        recorded_share=share,
        workers=np.array([float(r.workers or 0.0) for r in labour]),
        remittance=moved / MONTHS_A_YEAR,
        crude=cells["China", "dprk_import", "crude"].moved_musd_per_year / MONTHS_A_YEAR,
        transit=cells["Russia", "dprk_import", "transit_coal"].moved_musd_per_year / MONTHS_A_YEAR,
        coal_price=float(np.mean(years)),
    )


@lru_cache(maxsize=8)
def price_series(name: str) -> dict[str, float]:
    """Return a world price by month, in the unit of its rows (USD a tonne or a barrel, index)."""
    return {
        f"{r.year:04d}-{r.month:02d}": r.price for r in load("world_prices") if r.series == name
    }


def relative_price(name: str, period: tuple[str, ...], lag: int, until: str | None = None) -> Array:
    """Return a world price `lag` months before each month, relative to 2015-16, (month,).

    After the month `until`, where given, the price of that month stays.
    """
    series = price_series(name)
    mean = np.mean([series[m] for m in months(*BASE_YEARS)])
    first, last = min(series), min(max(series), until or max(series))
    wanted = [month_number(m) - lag for m in period]
    keys = [min(max(month_name(n), first), last) for n in wanted]
    return np.asarray(np.array([series[k] for k in keys]) / mean)


def transit_tonnes(base: BaseYear, volume: Array | float) -> Array:
    """Return tonnes of transit coal for a volume in USD million at base prices, of its shape."""
    return np.asarray(volume) * TONNES_A_MUSD / base.coal_price
