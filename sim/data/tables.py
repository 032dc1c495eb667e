"""What a row of each table on measures, politics and borders holds, and the list of tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from sim.axes import PARTNERS
from sim.data.terms import (
    ACTS_ON,
    BINDINGS,
    CAP_UNITS,
    COVERAGES,
    GOODS_BOUGHT,
    GOODS_SOLD,
    KINDS,
    LAGS,
    MEASURE_TYPES,
    Amount,
    AnyPartner,
    Days,
    Mark,
    Month,
    OneOf,
    Partner,
    Share,
    YesNo,
)
from sim.data.trade_tables import (
    AnnualTrade,
    BaseFlow,
    ChinaMonth,
    CoalUnitValue,
    IllicitFlow,
    LabourYear,
    MacroYear,
    MonthlyTrade,
    Observation,
    RecommendedYear,
    RussiaQuarter,
    WorldPrice,
)


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
    coverage_low: Share | None
    coverage_high: Share | None
    coverage_parameter: Annotated[str, OneOf(COVERAGES)] | None
    coverage_scale: Share
    kind: Annotated[str, OneOf(KINDS)]
    acts_on: Annotated[str, OneOf(ACTS_ON)]
    binding: Annotated[str, OneOf(BINDINGS)]
    cap_value: Amount | None
    cap_unit: Annotated[str, OneOf(CAP_UNITS)] | None
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
    wind_down_days: Days | None
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
class Summit:
    """A meeting of the DPRK's leader with that of a partner."""

    date: date
    partner: Partner
    description: str
    unit: str
    source: str
    mark: Mark


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
    """A judged path of a partner: need, decoupling, monitoring, transit_open, pandemic."""

    path: Annotated[str, OneOf(("need", "decoupling", "monitoring", "transit_open", "pandemic"))]
    partner: Annotated[str, OneOf((*PARTNERS, "all"))]
    start: Month
    end: Month
    level: Share
    low: Share
    high: Share
    unit: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class ArmsSpan:
    """Estimated income from arms sold to Russia from one month to another."""

    start: Month
    end: Month
    level: Amount
    low: Amount
    high: Amount
    unit: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class LabourTerm:
    """What a worker earns (wage) or must hand over (quota) in a host, USD a month."""

    term: Annotated[str, OneOf(("wage", "quota"))]
    partner: Annotated[str, OneOf((*PARTNERS, "all"))]
    start: Month
    end: Month
    level: Amount
    unit: str
    source: str
    mark: Mark


TABLES: dict[str, type] = {
    "measures": Measure,
    "rules": MeasureRule,
    "drafts": MeasureRule,
    "events": Event,
    "provocations": ProvocationMonth,
    "summits": Summit,
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
    "observations": Observation,
    "arms_income": ArmsSpan,
    "labour_terms": LabourTerm,
}
"""Every table by name and the class of its rows."""

COLUMN_NAMES = {"start": "from", "end": "to"}
"""Columns whose name is a word of Python or would hide one."""

UNIQUE = {
    "measures": ("id",),
    "rules": ("id", "partner", "direction", "good", "segment", "kind", "start"),
    "drafts": ("id", "partner", "direction", "good", "segment", "kind", "start"),
    "arms_income": ("start",),
    "labour_terms": ("term", "partner", "start"),
    "us_pressure": ("start",),
    "enforcement_index": ("partner", "start"),
    "political_paths": ("path", "partner", "start"),
    "trade_recommended": ("year",),
    "trade_russia_quarterly": ("year", "quarter"),
    "base_flows": ("partner", "direction", "good"),
    "border_months": ("partner", "month"),
    "world_prices": ("series", "year", "month"),
    "trade_china_monthly": ("year", "month"),
    "provocations": ("month",),
    "summits": ("date", "partner"),
    "behaviour": ("id",),
    "article_claims": ("id",),
    "observations": ("series", "start", "end", "vintage"),
}
"""Columns that together name a row once."""

RANGES = (
    ("low", "level", "high"),
    ("low", "open", "high"),
    ("low", "central", "high"),
    ("low", "value", "high"),
    ("low", "moved_musd_per_year", "high"),
    ("potential_low", "potential_musd_per_year", "potential_high"),
    ("coverage_low", "coverage", "coverage_high"),
    ("workers_low", "workers_high"),
    ("remit_musd_low", "remit_musd_high"),
    ("value_low_musd", "value_high_musd"),
    ("quantity_low", "quantity_high"),
)
"""Columns that stand in rising order wherever a table has them all and a row fills them all."""

SPANS = (("start", "end"), ("window_from", "window_to"))
"""Pairs of dates or months of which the second is not before the first."""
