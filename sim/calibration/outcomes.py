"""What was observed and when it was known, and the same quantities read from a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, COAL, FUEL, MINERALS, REST, RUSSIA, SEAFOOD, SOLD
from sim.data import load
from sim.record import Record

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """A series of the record and how far a true model may miss one of its figures.

    `error` is the declared standard deviation of ln(observed / simulated): tight for official
    figures, wide for estimates (C). With `pooled` the error is inferred around it, the declared
    value counting as `PRIOR_FIGURES` figures. `floor` is added to both before logs, in the unit of
    the series. `weight` is the share of figures that count as independent: misses of neighbouring
    months go together.
    """

    name: str
    pattern: str
    words: str
    unit: str
    kind: str
    error: float
    floor: float
    weight: float
    pooled: bool


PRIOR_FIGURES = 8.0
"""Figures that the declared error of a pooled series counts for (C)."""

OUTCOMES = {
    one.name: one
    for one in (
        Outcome("china_imports", "P1", "China's imports from the DPRK", "M USD a month", "sum",
                0.15, 1.0, 0.5, True),
        Outcome("china_exports", "P2", "China's exports to the DPRK, crude apart", "M USD a month",
                "sum", 0.15, 1.0, 0.5, True),
        Outcome("china_coal", "P3", "China's imports of DPRK coal", "M USD a month", "sum",
                0.30, 5.0, 0.5, True),
        Outcome("illicit_coal", "P4", "Illicit coal", "M USD a year", "sum", 0.40, 5.0, 1.0, False),
        Outcome("illicit_exports", "P4", "Coal and ores sold in breach of bans", "M USD", "sum",
                0.40, 5.0, 1.0, False),
        Outcome("russia_trade_growth", "P5", "Two-way trade of Russia on a year before", "ratio",
                "growth", 0.15, 0.0, 1.0, False),
        Outcome("russia_exports", "P5", "Russia's exports to the DPRK", "M USD a quarter", "sum",
                0.25, 1.0, 1.0, True),
        Outcome("russia_imports", "P6", "Russia's imports from the DPRK", "M USD a quarter", "sum",
                0.50, 0.5, 0.5, True),
        Outcome("russia_permits", "P7", "Workers on permits in Russia", "workers", "end",
                0.10, 500.0, 1.0, False),
        Outcome("russia_visas", "P7", "Student and tourist visas issued by Russia",
                "visas a year", "sum", 0.30, 500.0, 1.0, False),
        Outcome("russia_fuel", "P8", "Russian fuel moved, recorded or not", "M USD", "sum",
                0.20, 0.0, 1.0, False),
        Outcome("coal_price", "P9", "Price of coal, later over earlier", "ratio", "ratio",
                0.35, 0.0, 1.0, False),
        Outcome("seafood_price", "P9", "Price of seafood, later over earlier", "ratio", "ratio",
                0.50, 0.0, 1.0, False),
    )
}  # fmt: skip
"""Every series that the model is fitted to or scored on."""


def observed(as_of: date, until: str) -> tuple[Any, ...]:
    """Return the observations of months up to `until` that were public on the day `as_of`.

    Of several vintages of a figure the latest one public by then. Rows of table `observations`.
    This is the one door through which a fit or a forecast sees an outcome.
    """
    known: dict[tuple[str, str, str], Any] = {}
    for row in load("observations"):
        if row.published <= as_of and row.end <= until:
            key = (row.series, row.start, row.end)
            if key not in known or known[key].published <= row.published:
                known[key] = row
    return tuple(known.values())


def final(first: str, last: str) -> tuple[Any, ...]:
    """Return the last vintage of every observation inside the months `first` to `last`."""
    return tuple(row for row in observed(date.max, last) if row.start >= first)


def series_of(record: Record, arm: int) -> dict[str, Array]:
    """Return what the series say in a run, each (month, member), in the unit of the series.

    Flows by month, stocks at the month's end, prices relative to the base year.
    """
    booked = record.recorded()[:, arm]
    totals = record.customs_totals()[:, arm]
    legal, illegal = record["legal_value"][:, arm], record["illegal_value"][:, arm]
    price = record["export_price"][:, arm]
    russia = totals[:, :, RUSSIA]
    return {
        "china_imports": totals[:, :, CHINA, SOLD],
        "china_exports": totals[:, :, CHINA, BOUGHT],
        "china_coal": booked[:, :, CHINA, SOLD, COAL],
        "illicit_coal": illegal[:, :, CHINA, SOLD, COAL] + illegal[:, :, REST, SOLD, COAL],
        "illicit_exports": illegal[..., SOLD, (COAL, MINERALS)].sum(axis=(-2, -1)),
        "russia_trade_growth": russia[..., SOLD] + russia[..., BOUGHT],
        "russia_exports": russia[..., BOUGHT],
        "russia_imports": russia[..., SOLD],
        "russia_permits": record["permits"][:, arm, :, RUSSIA],
        "russia_visas": record["visas"][:, arm, :, RUSSIA] / record.inputs.par["visa_validity"],
        "russia_fuel": (legal + illegal)[:, :, RUSSIA, BOUGHT, FUEL],
        "coal_price": price[..., COAL],
        "seafood_price": price[..., SEAFOOD],
    }


def _growth(values: Array, first: int, last: int) -> Array:
    now, before = values[first : last + 1], values[first - 12 : last - 11]
    return np.asarray(now.sum(axis=0) / before.sum(axis=0))


_READ: dict[str, Callable[[Array, int, int], Array]] = {
    "sum": lambda values, first, last: values[first : last + 1].sum(axis=0),
    "end": lambda values, first, last: values[last],
    "ratio": lambda values, first, last: values[last] / values[first],
    "growth": _growth,
}


def read(series: dict[str, Array], months: tuple[str, ...], rows: tuple[Any, ...]) -> Array:
    """Return the simulated counterpart of each observation, (observation, member)."""
    out = [
        _READ[OUTCOMES[row.series].kind](
            series[row.series], months.index(row.start), months.index(row.end)
        )
        for row in rows
    ]
    return np.array(out)
