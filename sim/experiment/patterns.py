"""Patterns P1 to P10: the model's band beside the record, and whether the parameters saw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, COAL, FUEL, REST, RUSSIA, SEAFOOD, SOLD
from sim.data import load
from sim.experiment.answer import quantiles
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.ensemble import Ensemble

Array = NDArray[np.float64]

SEEN_UNTIL = "2018-12"
"""Last month of the record that the shipped draws were fitted to."""

COLUMN_WORDS = (
    'In band: whether the record lies between the model\'s 5 and 95 %; "no" is a miss. Seen: '
    'whether the fit was shown these months; "no" is a forecast. No error of observation is in '
    "the bands."
)
"""What the columns of a table of patterns mean."""

LATIN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Pattern:
    """One line of the table; `record` is None where nothing is published.

    `seen` says whether the shipped draws were fitted to it, None for other parameters.
    """

    id: str
    quantity: str
    unit: str
    band: dict[str, float]
    record: tuple[float, float] | None
    mark: str
    seen: bool | None

    @property
    def inside(self) -> bool | None:
        """Return whether the record, or any of its range, lies in the 5-95 % band."""
        if self.record is None:
            return None
        return self.band["p05"] <= self.record[1] and self.record[0] <= self.band["p95"]


class _Reader:
    """Sums of the arm in which China restricts and Russia is free, by month names."""

    def __init__(self, ensemble: Ensemble) -> None:
        self.months = ensemble.inputs.months
        self.record = ensemble.record
        self.arm = ensemble.arms.index(AS_IT_HAPPENS)
        self.customs = ensemble.record.customs_totals()[:, self.arm]
        self.visa_validity = ensemble.inputs.par["visa_validity"]

    def has(self, first: str, last: str) -> bool:
        """Return whether the period holds these months."""
        return self.months[0] <= first and last <= self.months[-1]

    def span(self, first: str, last: str) -> slice:
        """Return the months from first to last."""
        return slice(self.months.index(first), self.months.index(last) + 1)

    def total(self, first: str, last: str, partner: int, direction: int) -> Array:
        """Return recorded trade, (member,), USD million."""
        totals = self.customs[self.span(first, last), :, partner, direction].sum(axis=0)
        return np.asarray(totals)

    def array(self, name: str, first: str, last: str, *at: int) -> Array:
        """Return the sum over months of a recorded array, (member,)."""
        total = self.record[name][self.span(first, last), self.arm].sum(axis=0)
        return np.asarray(total[(slice(None), *at)] if at else total)


def patterns(ensemble: Ensemble) -> list[Pattern]:
    """Return the patterns that the scenario's period covers, in order."""
    if AS_IT_HAPPENS not in ensemble.arms:
        return []
    reader = _Reader(ensemble)
    settings = ensemble.scenario.parameters
    shipped = settings.source == "calibrated" and not settings.draws
    rows = []
    for name, quantity, unit, _, last, values, record, mark in _lines(reader):
        band = quantiles(values)
        if band is not None:
            fitted = record is not None and last <= SEEN_UNTIL and name != "P10"
            seen = fitted if shipped else None
            rows.append(Pattern(name, quantity, unit, band, record, mark, seen))
    return rows


Line = tuple[str, str, str, str, str, Array, tuple[float, float] | None, str]


def _observed(series: str, last: str) -> tuple[float, float]:
    """Return the ends of a figure of `data/observations.csv`, named by series and last month."""
    row = next(r for r in load("observations") if (r.series, r.end) == (series, last))
    return (row.value, row.value) if row.low is None else (row.low, row.high)


def _percent(series: str, last: str) -> tuple[float, float]:
    """Return by how many percent an observed ratio lies off one, the smaller end first."""
    ends = [round(abs(100.0 * (ratio - 1.0)), 6) for ratio in _observed(series, last)]
    return min(ends), max(ends)


def _lines(reader: _Reader) -> Iterator[Line]:
    """Yield every line whose months the period holds."""
    years = {row.year: row for row in load("trade_recommended")}
    for name, word, direction, column in (
        ("P1", "China's imports", SOLD, "china_imports_from_dprk"),
        ("P2", "China's exports, crude apart", BOUGHT, "china_exports_to_dprk_ex_crude"),
    ):
        for year in (2016, 2017, 2018, 2019):
            first, last = f"{year}-01", f"{year}-12"
            if reader.has(first, last):
                value = getattr(years[year], column)
                total = reader.total(first, last, CHINA, direction)
                yield (name, f"{word}, {year}", "M USD", first, last, total, (value, value), "A")
    yield from _coal(reader)
    yield from _russia(reader)
    yield from _labour(reader)
    yield from _prices(reader)


def _coal(reader: _Reader) -> Iterator[Line]:
    """Yield P3 and P4."""
    years = {row.year: row for row in load("trade_recommended")}
    booked = reader.record.recorded()[:, reader.arm, :, CHINA, SOLD, COAL]
    for year in (2016, 2017, 2018):
        first, last = f"{year}-01", f"{year}-12"
        if reader.has(first, last):
            value = years[year].china_coal_imports_musd
            total = booked[reader.span(first, last)].sum(axis=0)
            yield ("P3", f"China's coal imports, {year}", "M USD", first, last, total,
                   (value, value), "A")  # fmt: skip
    for row in load("trade_china_monthly"):
        month = f"{row.year}-{row.month:02d}"
        if row.year == 2017 and row.month in (1, 3, 8, 9) and reader.has(month, month):
            total = booked[reader.months.index(month)]
            label = f"{LATIN_MONTHS[row.month - 1]} {row.year}"
            yield ("P3", f"China's coal imports, {label}", "M USD", month, month, total,
                   (row.coal_import_musd, row.coal_import_musd), "A")  # fmt: skip
    estimates = {year: _observed("illicit_coal", f"{year}-12") for year in (2018, 2019)}
    for year, record in estimates.items():
        first, last = f"{year}-01", f"{year}-12"
        if reader.has(first, last):
            total = sum(
                (reader.array("illegal_value", first, last, p, SOLD, COAL) for p in (CHINA, REST)),
                np.zeros(1),
            )
            yield ("P4", f"Illicit coal, {year}", "M USD", first, last, total, record, "B")
    if reader.has("2018-01", "2019-12"):
        early, late = (
            sum((reader.array("illegal_value", f"{y}-01", f"{y}-12", p, SOLD, COAL)
                 for p in (CHINA, REST)), np.zeros(1))
            for y in (2018, 2019)
        )  # fmt: skip
        growth = np.divide(late, early, out=np.full_like(late, np.nan), where=early > 0.0)
        before, (low, high) = estimates[2018][0], estimates[2019]
        yield ("P4", "Illicit coal, 2019 on 2018", "ratio", "2018-01", "2019-12", growth,
               (low / before, high / before), "B")  # fmt: skip


def _russia(reader: _Reader) -> Iterator[Line]:
    """Yield P5, P6, P8 and P10."""
    if reader.has("2016-01", "2017-02"):
        now, then = (
            reader.total(f"{y}-01", f"{y}-02", RUSSIA, BOUGHT)
            + reader.total(f"{y}-01", f"{y}-02", RUSSIA, SOLD)
            for y in (2017, 2016)
        )
        yield ("P5", "Two-way trade with Russia, Jan-Feb 2017 on a year before", "%", "2016-01",
               "2017-02", 100.0 * (now / then - 1.0),
               _percent("russia_trade_growth", "2017-02"), "B")  # fmt: skip
    quarters = {(r.year, r.quarter): r for r in load("trade_russia_quarterly")}
    for quarter in (1, 2, 3, 4):
        first, last = f"2017-{3 * quarter - 2:02d}", f"2017-{3 * quarter:02d}"
        if reader.has(first, last):
            row = quarters[2017, str(quarter)]
            yield ("P5", f"Russia's exports, 2017 quarter {quarter}", "M USD", first, last,
                   reader.total(first, last, RUSSIA, BOUGHT),
                   (row.ru_export_musd, row.ru_export_musd), row.mark)  # fmt: skip
    years = {row.year: row for row in load("trade_recommended")}
    for name, word, direction, column, wanted in (
        ("P5", "Russia's exports", BOUGHT, "russia_exports_to_dprk", (2017, 2018, 2019)),
        ("P6", "Russia's imports", SOLD, "russia_imports_from_dprk", (2016, 2017, 2018, 2019)),
    ):
        for year in wanted:
            first, last = f"{year}-01", f"{year}-12"
            if reader.has(first, last):
                value = getattr(years[year], column)
                yield (name, f"{word}, {year}", "M USD", first, last,
                       reader.total(first, last, RUSSIA, direction), (value, value),
                       "A")  # fmt: skip
    if reader.has("2015-01", "2017-12"):
        moved = sum(
            (reader.array(n, "2015-01", "2017-12", RUSSIA, BOUGHT, FUEL)
             for n in ("legal_value", "illegal_value")), np.zeros(1)
        )  # fmt: skip
        yield ("P8", "Russian fuel moved, 2015-17 (customs booked 25)", "M USD", "2015-01",
               "2017-12", moved, _observed("russia_fuel", "2017-12"), "B")  # fmt: skip
    if reader.has("2024-01", "2024-12"):
        level = reader.array("enforcement", "2024-12", "2024-12", RUSSIA)
        yield ("P10", "Russia's enforcement, Dec 2024", "0 to 1", "2024-12", "2024-12", level,
               (0.0, 0.2), "C")  # fmt: skip


def _labour(reader: _Reader) -> Iterator[Line]:
    """Yield P7."""
    for month in ("2017-12", "2018-12", "2019-12"):
        if reader.has(month, month):
            yield ("P7", f"Work permits in Russia, {month}", "workers", month, month,
                   reader.array("permits", month, month, RUSSIA),
                   _observed("russia_permits", month), "A")  # fmt: skip
    if reader.has("2019-01", "2019-12"):
        stock = reader.array("visas", "2019-01", "2019-12", RUSSIA) / 12.0
        yield ("P7", "Student and tourist visas issued by Russia, 2019", "visas", "2019-01",
               "2019-12", stock * 12.0 / reader.visa_validity,
               _observed("russia_visas", "2019-12"), "B")  # fmt: skip


def _prices(reader: _Reader) -> Iterator[Line]:
    """Yield P9: what is paid for banned goods, relative to before."""
    price = reader.record["export_price"][:, reader.arm]
    if reader.has("2017-01", "2017-04"):
        before, after = (reader.months.index(m) for m in ("2017-01", "2017-04"))
        cut = 100.0 * (1.0 - price[after, :, COAL] / price[before, :, COAL])
        yield ("P9", "Price cut of coal, Apr on Jan 2017", "%", "2017-01", "2017-04", cut,
               _percent("coal_price", "2017-04"), "B")  # fmt: skip
    if reader.has("2017-07", "2017-09"):
        before, after = (reader.months.index(m) for m in ("2017-07", "2017-09"))
        cut = 100.0 * (1.0 - price[after, :, SEAFOOD] / price[before, :, SEAFOOD])
        yield ("P9", "Price cut of seafood, Sep on Jul 2017", "%", "2017-07", "2017-09", cut,
               _percent("seafood_price", "2017-09"), "B")  # fmt: skip
