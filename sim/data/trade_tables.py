"""What a row of each table on trade, prices, labour and illicit flows holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from sim.data.terms import (
    GOODS_BOUGHT,
    GOODS_SOLD,
    OUTCOMES,
    Amount,
    Between,
    Direction,
    Mark,
    Month,
    MonthNumber,
    OneOf,
    Partner,
    Share,
    YearNumber,
)


@dataclass(frozen=True, slots=True)
class AnnualTrade:
    """An annual trade figure as one source quotes it; competing sources stand side by side."""

    year: YearNumber
    reporter: str
    partner: str
    flow: str
    commodity: str
    value_musd: float | None
    quantity: float | None
    quantity_unit: str | None
    source: str
    url: str | None
    mark: Mark
    note: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class MonthlyTrade:
    """A monthly or year-to-date trade figure as one source quotes it; period M is one month."""

    year: YearNumber
    month: MonthNumber
    period: str
    reporter: str
    partner: str
    flow: str
    commodity: str
    value_musd: float | None
    quantity: float | None
    quantity_unit: str | None
    source: str
    url: str | None
    mark: Mark
    note: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class ChinaMonth:
    """China's customs by month; `closed` columns add up to the annual figures."""

    year: YearNumber
    month: MonthNumber
    cn_import_raw: Amount
    import_method: Annotated[str, OneOf(("r", "rr", "d", "s"))]
    cn_export_raw: Amount
    export_method: Annotated[str, OneOf(("r", "rr", "d", "s"))]
    cn_import_closed: Amount
    cn_export_closed: Amount
    coal_import_musd: Amount | None
    coal_import_mt: Amount | None
    unit: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class RussiaQuarter:
    """Russia's customs by quarter; `3-4` is a half year."""

    year: YearNumber
    quarter: Annotated[str, OneOf(("1", "2", "3", "4", "3-4"))]
    ru_export_musd: Amount
    ru_import_musd: Amount
    method: str
    note: str | None
    unit: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class RecommendedYear:
    """One recommended figure a year for each series."""

    year: YearNumber
    china_imports_from_dprk: Amount
    china_exports_to_dprk_ex_crude: Amount
    china_total_ex_crude: Amount
    crude_est_kotra: Amount
    china_coal_imports_musd: Amount
    china_coal_imports_mt: Amount | None
    china_mark: Mark
    russia_exports_to_dprk: Amount
    russia_imports_from_dprk: Amount
    russia_total: Amount
    russia_mark: Mark
    kotra_dprk_exports: Amount
    kotra_dprk_imports: Amount
    kotra_total: Amount
    china_share_pct: Annotated[float, Between(0.0, 100.0)]
    bok_gdp_growth_pct: float
    unit: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class LabourYear:
    """Workers abroad in a year by host."""

    year: YearNumber
    host: str
    workers_low: Amount | None
    workers_high: Amount | None
    permits_issued: Amount | None
    wage_usd_month: Amount | None
    state_share: Share | None
    remit_musd_low: Amount | None
    remit_musd_high: Amount | None
    source: str
    url: str | None
    mark: Mark
    note: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class IllicitFlow:
    """An estimate of an illicit flow."""

    year: YearNumber
    period: str
    category: str
    value_low_musd: Amount | None
    value_high_musd: Amount | None
    quantity_low: Amount | None
    quantity_high: Amount | None
    quantity_unit: str | None
    source: str
    url: str | None
    mark: Mark
    note: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class MacroYear:
    """A macroeconomic figure."""

    year: YearNumber
    indicator: str
    value: float
    unit: str
    source: str
    url: str | None
    mark: Mark
    note: str | None


@dataclass(frozen=True, slots=True)
class BaseFlow:
    """A flow of 2015-16: what moved, what customs recorded, its range, what it could be at most."""

    partner: Partner
    direction: Direction
    good: Annotated[str, OneOf((*GOODS_SOLD, *GOODS_BOUGHT))]
    moved_musd_per_year: Amount
    recorded_musd_per_year: Amount
    low: Amount
    high: Amount
    potential_musd_per_year: Amount
    potential_low: Amount
    potential_high: Amount
    workers: Amount | None
    mark: Mark
    potential_mark: Mark
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class WorldPrice:
    """A world price."""

    year: YearNumber
    month: MonthNumber
    series: Annotated[
        str,
        OneOf(
            ("coal_australia", "coal_south_africa", "crude_brent", "iron_ore_62_cfr_china",
             "food_index")
        ),
    ]  # fmt: skip
    price: Annotated[float, Between(1e-9, 1e6)]
    unit: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Observation:
    """One outcome as it stood on the day it was published; a later vintage replaces a first one."""

    series: Annotated[str, OneOf(OUTCOMES)]
    start: Month
    end: Month
    value: Amount
    low: Amount | None
    high: Amount | None
    unit: str
    published: date
    vintage: Annotated[str, OneOf(("first", "closed"))]
    method: Annotated[str, OneOf(("reported", "rounded", "derived", "spread", "estimated"))]
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class CoalUnitValue:
    """What China paid for DPRK coal."""

    good: str
    year: YearNumber
    price: Amount | None
    unit: str
    mark: Mark
    source: str
