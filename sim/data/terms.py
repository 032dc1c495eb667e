"""The words, numbers and dates that the columns of the data tables allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from sim.axes import PARTNERS

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
BINDINGS = ("national", "un", "none")
"""Whose act binds the partner: its own, the UN's weighed by its enforcement, or nobody's."""

CAP_UNITS = (
    "musd_per_year", "musd_total", "barrels_per_year", "barrels_total", "tonnes_per_year",
    "tonnes_total",
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
OUTCOMES = (
    "china_imports", "china_exports", "china_coal", "russia_exports", "russia_imports",
    "russia_trade_growth", "russia_permits", "russia_visas", "russia_fuel", "illicit_coal",
    "illicit_exports", "coal_price", "seafood_price",
)  # fmt: skip
"""Outcomes that the model is fitted to or scored on."""


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
Days = Annotated[int, Between(0, 3660)]
YesNo = Annotated[bool, "yes or no"]
