"""What a row of each data table holds, and what each column allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

PARTNERS = ("China", "Russia", "RestOfWorld")
MARKS = {
    "A": "official figure or act quoted by a named source",
    "B": "estimate, or arithmetic on official figures",
    "C": "judgement or memory",
}
"""What the mark of a row means, in every table alike."""

KINDS = (
    "ban", "cap_value", "cap_quantity", "freeze", "permits", "repatriation", "inspection",
    "closure", "relaxation", "finance", "listing", "none",
)  # fmt: skip
ACTS_ON = (
    "ban", "cap", "permits", "friction", "detection", "corridor", "monitoring", "enforcement",
    "none",
)  # fmt: skip
MEASURE_TYPES = (
    "ban", "cap_quantity", "cap_value", "freeze", "inspection", "repatriation", "border_closure",
    "relaxation",
)  # fmt: skip
GOODS_SOLD = ("coal", "minerals", "textiles", "seafood", "other", "labour", "arms")
GOODS_BOUGHT = ("fuel", "crude", "machinery", "inputs", "food", "consumer", "transit_coal")
LAGS = ("china_lag", "russia_lag", "rest_lag")
COVERAGES = (
    "coverage_livelihood", "coverage_other_goods", "coverage_fuel_stop", "coverage_new_contracts",
)  # fmt: skip


@dataclass(frozen=True)
class OneOf:
    """A word out of a closed list."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """A number within bounds."""

    low: float
    high: float


Mark = Annotated[str, OneOf(tuple(MARKS))]
Partner = Annotated[str, OneOf(PARTNERS)]
AnyPartner = Annotated[str, OneOf((*PARTNERS, "DPRK", "all", "none"))]
Direction = Annotated[str, OneOf(("dprk_export", "dprk_import"))]
Share = Annotated[float, Between(0.0, 1.0)]
Amount = Annotated[float, Between(0.0, 1e12)]
Month = Annotated[str, "month"]
YearNumber = Annotated[int, Between(1990, 2030)]
MonthNumber = Annotated[int, Between(1, 12)]
YesNo = Annotated[bool, "yes or no"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of the registry; `expires` is as collected, the rules say what binds when."""

    id: str
    instrument: str
    issuer: Annotated[str, OneOf(("UN", "US", "China", "Russia", "DPRK"))]
    adopted: date
    effective: date | None
    expires: date | None
    target_flow: str
    commodity: str
    measure_type: Annotated[str, OneOf(MEASURE_TYPES)]
    limit_value: str | None
    limit_unit: str | None
    claimed_effect_musd: Amount | None
    source: str
    url: str | None
    mark: Mark
    note: str | None


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """One measure as a rule on one flow; `end` is the first free day."""

    id: str
    partner: AnyPartner
    direction: Annotated[str, OneOf(("dprk_export", "dprk_import", "labour", "none"))]
    good: Annotated[str, OneOf((*GOODS_SOLD, *GOODS_BOUGHT))] | None
    segment: str
    coverage: Share | None
    coverage_parameter: Annotated[str, OneOf(COVERAGES)] | None
    coverage_scale: Share
    kind: Annotated[str, OneOf(KINDS)]
    acts_on: Annotated[str, OneOf(ACTS_ON)]
    binding: Annotated[str, OneOf(("national", "un"))]
    cap_value: Amount | None
    cap_unit: (
        Annotated[str, OneOf(("musd_per_year", "musd_total", "barrels_per_year", "barrels_total"))]
        | None
    )
    base_volume: Amount | None
    start: date | None
    end: date | None
    lag_parameter: Annotated[str, OneOf(LAGS)] | None
    not_before: date | None
    window: Annotated[str, OneOf(("release", "delay"))] | None
    window_from: date | None
    window_to: date | None
    implements: str | None
    exemption: str | None
    discretionary: YesNo
    mark: Mark
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """A dated event: test, diplomacy, other."""

    date: date
    type: str
    description: str
    source: str
    mark: Mark
    unit: str


@dataclass(frozen=True, slots=True)
class ProvocationMonth:
    """Tests in a month, counts."""

    month: Month
    nuclear_tests: int
    missiles_cns: int
    of_which_icbm: int
    of_which_space_launch: int
    launch_days_cns: int
    missile_events_csis: int
    unit: str
    source: str
    mark: Mark


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
class PressureSpan:
    """US pressure from one month to another, both included."""

    start: Month
    end: Month
    level: Share
    mark: Mark
    note: str | None
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class CorridorFact:
    """A corridor and what went through it."""

    corridor: str
    partner: str
    mode: str
    capacity: Amount | None
    unit: str | None
    actual: str | None
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True)
class EnforcementSpan:
    """Judged enforcement of a partner from one month to another."""

    partner: Partner
    start: Month
    end: Month
    level: Share
    mark: Mark
    note: str | None
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class BorderFact:
    """Which mode of transport ran, with its weight."""

    partner: Partner
    start: Month
    end: Month
    mode: str
    weight: Share
    open: Share
    low: Share
    high: Share
    mark: Mark
    fact: str
    source: str
    unit: str


@dataclass(frozen=True, slots=True)
class BorderMonth:
    """Share of services that ran in a month, with range."""

    partner: Partner
    month: Month
    open: Share
    low: Share
    high: Share
    mark: Mark
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
class CoalUnitValue:
    """What China paid for DPRK coal."""

    good: str
    year: YearNumber
    price: Amount | None
    unit: str
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of the news article of 2017."""

    id: str
    claim: str
    figure: float | None
    unit: str | None
    period: str
    note: str | None
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A behavioural fact behind a prior or a comparison."""

    id: str
    quantity: str
    low: float
    central: float
    high: float
    unit: str
    used_for: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class PoliticalSpan:
    """A judged path of a partner: need, decoupling, monitoring, transit_open."""

    path: Annotated[str, OneOf(("need", "decoupling", "monitoring", "transit_open"))]
    partner: Annotated[str, OneOf((*PARTNERS, "all"))]
    start: Month
    end: Month
    level: Share
    low: Share
    high: Share
    unit: str
    source: str
    mark: Mark


TABLES: dict[str, type] = {
    "measures": Measure,
    "rules": MeasureRule,
    "events": Event,
    "provocations": ProvocationMonth,
    "trade_annual": AnnualTrade,
    "trade_monthly": MonthlyTrade,
    "trade_china_monthly": ChinaMonth,
    "trade_russia_quarterly": RussiaQuarter,
    "trade_recommended": RecommendedYear,
    "labour": LabourYear,
    "illicit": IllicitFlow,
    "macro": MacroYear,
    "base_flows": BaseFlow,
    "us_pressure": PressureSpan,
    "corridors": CorridorFact,
    "enforcement_index": EnforcementSpan,
    "border": BorderFact,
    "border_months": BorderMonth,
    "world_prices": WorldPrice,
    "coal_unit_values": CoalUnitValue,
    "article_claims": Claim,
    "behaviour": Behaviour,
    "political_paths": PoliticalSpan,
}
"""Every table by name and the class of its rows."""

COLUMN_NAMES = {"start": "from", "end": "to"}
"""Columns whose name is a word of Python or would hide one."""

UNIQUE = {
    "measures": ("id",),
    "base_flows": ("partner", "direction", "good"),
    "border_months": ("partner", "month"),
    "world_prices": ("series", "year", "month"),
    "trade_china_monthly": ("year", "month"),
    "provocations": ("month",),
    "behaviour": ("id",),
    "article_claims": ("id",),
}
"""Columns that together name a row once."""
