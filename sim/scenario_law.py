"""The measures, shocks and outside paths of a scenario file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from sim.axes import EXPORT_GOODS, GOODS, IMPORT_GOODS, PARTNERS
from sim.data import load
from sim.errors import DivertError, nearest
from sim.measure_kinds import ON_FLOWS, SHIPPED, measure_kind
from sim.scenario_terms import (
    Array,
    Closed,
    Date,
    Flag,
    Listed,
    Month,
    Path,
    Share,
    Span,
    Text,
    number,
    refuse,
    shown,
    word,
)

TRADED_GOODS = (*EXPORT_GOODS, *IMPORT_GOODS)
PartnerName = Annotated[
    Literal["China", "Russia", "RestOfWorld"], word("China", "Russia", "RestOfWorld")
]
Good = Annotated[
    Literal[
        "coal", "minerals", "textiles", "seafood", "other",
        "fuel", "machinery", "inputs", "food", "consumer",
    ],
    word(*TRADED_GOODS),
]  # fmt: skip


@dataclass(frozen=True)
class AddedRule:
    """A measure of a scenario in the columns of the table of rules."""

    id: str
    partner: str
    direction: str
    good: str
    segment: str
    coverage: float | None
    kind: str
    acts_on: str
    start: date
    end: date | None
    cap_value: float | None
    cap_unit: str
    discretionary: bool
    binding: str
    coverage_parameter: str = ""
    coverage_scale: float = 1.0
    not_before: date | None = None
    lag_parameter: str = ""
    base_volume: float | None = None
    window: str = ""
    window_from: date | None = None
    window_to: date | None = None
    implements: str = ""
    size: float = 0.0


def _kind(value: Any) -> Any:
    if not isinstance(value, str):
        raise refuse(f"found {shown(value)}; allowed: {', '.join((*ON_FLOWS, *SHIPPED))}")
    if value not in ON_FLOWS:
        try:
            measure_kind(value)
        except DivertError as error:
            raise refuse(str(error)) from None
    return value


Kind = Annotated[
    str,
    BeforeValidator(_kind),
    WithJsonSchema({"type": "string", "enum": [*ON_FLOWS, *SHIPPED]}),
]


class OwnMeasure(Closed):
    """A measure written in the scenario itself."""

    id: Text = Field(description="Name of the measure, not one of the registry.")
    partner: Annotated[Literal["China", "Russia", "RestOfWorld", "all"], word(*PARTNERS, "all")] = (
        Field(description="Whom it binds.")
    )
    direction: Annotated[
        Literal["dprk_export", "dprk_import"], word("dprk_export", "dprk_import")
    ] = Field(description="dprk_export: goods the DPRK sells; dprk_import: goods it buys.")
    good: Good = Field(description="The good.")
    kind: Kind = Field(
        default="ban",
        description="ban: of a share of the good; cap_value: million USD a year; tariff: a duty of "
        "`size`; or a kind of one's own, by `size`.",
    )
    coverage: Share | None = Field(
        default=None, description="Share of the good by value that is banned, 0 to 1; 1 without it."
    )
    cap_value: Annotated[float, *number(0.0, 1e6, "million USD a year")] | None = Field(
        default=None,
        description="Most that may be sold in a calendar year, million USD, by cap_value.",
    )
    size: Annotated[float, *number(0.0, 1e12)] | None = Field(
        default=None,
        description="Size of a tariff, 0.2 for 20 %, or of a kind of one's own; 0 is no measure.",
    )
    first: Date = Field(alias="from", description="First day in force, YYYY-MM-DD.")
    last: Date | None = Field(
        default=None, alias="to", description="Last day in force, YYYY-MM-DD; open without it."
    )
    segment: Text = Field(
        default="all",
        description="Part of the good: within a segment the largest ban holds, segments add up.",
    )
    discretionary: Flag = Field(
        default=False, description="Whether it is the partner's own choice."
    )
    binding: Annotated[Literal["national", "un"], word("national", "un")] = Field(
        default="national",
        description="national: binds whole; un: as far as the partner enforces it.",
    )
    reason: Text = Field(default="", description="Why it is there.")

    @model_validator(mode="after")
    def _agrees(self) -> OwnMeasure:
        goods = GOODS[0] if self.direction == "dprk_export" else GOODS[1]
        if self.good not in goods:
            raise refuse(
                f"found {self.good} as {self.direction}; allowed: {', '.join(goods)}", "good"
            )
        if not self.id.strip():
            raise refuse("found no name; allowed: a name such as OWN-2018-COAL", "id")
        if self.last is not None and self.last < self.first:
            raise refuse(f"found {self.last} before {self.first}; allowed: a later day", "to")
        if self.kind == "ban" and self.cap_value is not None:
            raise refuse("found a cap in a ban; allowed: kind: cap_value", "cap_value")
        if self.kind in ON_FLOWS:
            if self.size is not None:
                other = "coverage (a share)" if self.kind == "ban" else "cap_value (million USD)"
                raise refuse(
                    f"found a size in a {self.kind}; allowed: {other}, or kind: tariff", "size"
                )
        else:
            self._has_its_size()
        if self.kind == "cap_value":
            if self.cap_value is None:
                raise refuse("found no cap; allowed: cap_value, million USD a year", "kind")
            if self.coverage is not None:
                raise refuse("found coverage in a cap; allowed: kind: ban", "coverage")
            if self.direction != "dprk_export":
                raise refuse(
                    "found a cap on goods bought; allowed: direction: dprk_export", "direction"
                )
        return self

    def _has_its_size(self) -> None:
        """Raise the error of a wrong key for a measure on margins without a size that fits."""
        kind = measure_kind(self.kind)
        what = f"{kind.size}, from 0 to {kind.most:g}"
        for key in ("coverage", "cap_value"):
            if getattr(self, key) is not None:
                raise refuse(f"found {key} in a {self.kind}; allowed: size, {what}", key)
        if self.size is None:
            raise refuse(f"found a {self.kind} without size; allowed: {what}", "kind")
        if self.size > kind.most:
            raise refuse(f"found {self.size:g}; allowed: {what}", "size")

    def rule(self) -> AddedRule:
        """Return the measure as a row of the table of rules."""
        cap, margin = self.kind == "cap_value", self.kind not in ON_FLOWS
        none = cap or margin
        coverage = None if none else 1.0 if self.coverage is None else self.coverage
        return AddedRule(
            id=self.id,
            partner=self.partner,
            direction=self.direction,
            good=self.good,
            segment=self.segment,
            coverage=coverage,
            kind=self.kind,
            acts_on="margin" if margin else "cap" if cap else "ban",
            start=self.first,
            end=None if self.last is None else self.last + timedelta(days=1),
            cap_value=self.cap_value,
            cap_unit="musd_per_year" if cap else "",
            discretionary=self.discretionary,
            binding=self.binding,
            size=0.0 if self.size is None else self.size,
        )


def _all_or_list(value: Any) -> Any:
    if value == "all":
        return value
    if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise refuse(f"found {shown(value)}; allowed: all, or a list of measures by id")


class Ending(Closed):
    """Measures that end on a day, whatever the registry says."""

    day: Date = Field(description="First day on which they are no longer in force, YYYY-MM-DD.")
    ids: Annotated[Literal["all"] | tuple[str, ...], BeforeValidator(_all_or_list)] = Field(
        default="all", description="all, or a list of ids of the registry or of the scenario."
    )
    partner: PartnerName | None = Field(
        default=None, description="Whom they bind no longer; all partners without it."
    )


class Measures(Closed):
    """Which measures are in the scenario."""

    include: Annotated[Literal["all"] | tuple[str, ...], BeforeValidator(_all_or_list)] = Field(
        default="all",
        description="all, or a list of ids of the registry, and of vetoed drafts where the Council "
        "votes.",
    )
    drop: Listed[Text] = Field(default=(), description="Ids left out.")
    add: Listed[OwnMeasure] = Field(default=(), description="Measures of the scenario's own.")
    end: Listed[Ending] | None = Field(
        default=None,
        description="Measures that end before the registry ends them, where the Council is on "
        "schedule; a value cap shared by partners ends with the last of them.",
    )
    windows: Annotated[Literal["notice"], word("notice")] | None = Field(
        default=None,
        description="notice: bans that let contracts run out (textiles in 2017, resolution 2397) "
        "bind from their notice; without it, from the end of their window.",
    )

    def added_rows(self) -> tuple[AddedRule, ...]:
        """Return the scenario's own measures as rows of the table of rules."""
        return tuple(measure.rule() for measure in self.add)

    @model_validator(mode="after")
    def _exist(self) -> Measures:
        known = {row.id for name in ("measures", "drafts") for row in load(name)}
        listed = () if self.include == "all" else self.include
        for key, ids in (("include", listed), ("drop", self.drop)):
            for i, name in enumerate(ids):
                if name not in known:
                    raise refuse(
                        f"found {shown(name)}, a measure that does not exist; "
                        f"allowed: an id of the registry of measures{nearest(name, known)}",
                        key, i,
                    )  # fmt: skip
                if name in ids[:i]:
                    raise refuse(f"found {shown(name)} twice; allowed: once", key, i)
        for i, name in enumerate(self.drop):
            if self.include != "all" and name not in listed:
                raise refuse(
                    f"found {shown(name)}, which is not included; allowed: ids of include",
                    "drop", i,
                )  # fmt: skip
        self._endings_exist(known)
        own = [measure.id for measure in self.add]
        for i, name in enumerate(own):
            if name in known or name in own[:i]:
                raise refuse(
                    f"found {shown(name)}, which exists already; allowed: another name",
                    "add", i, "id",
                )  # fmt: skip
        return self

    def _endings_exist(self, known: set[str]) -> None:
        """Raise the error of a wrong key for an ending of a measure that is not in force."""
        listed = known if self.include == "all" else set(self.include)
        there = (listed - set(self.drop)) | {measure.id for measure in self.add}
        for i, ending in enumerate(self.end or ()):
            for j, name in enumerate(() if ending.ids == "all" else ending.ids):
                if name not in there:
                    raise refuse(
                        f"found {shown(name)}, which the scenario does not include; allowed: an "
                        f"id of its measures{nearest(name, there)}",
                        "end", i, "ids", j,
                    )  # fmt: skip


class Shock(Span):
    """A factor on one quantity over some months."""

    name: Text = Field(description="Name of the shock.")
    target: Annotated[
        Literal["corridor", "potential", "wage", "world_price_coal", "reserves"],
        word("corridor", "potential", "wage", "world_price_coal", "reserves"),
    ] = Field(description="What is multiplied.")
    partner: PartnerName | None = Field(
        default=None, description="Whose corridor, potential or wage; all partners without it."
    )
    good: Good | None = Field(
        default=None, description="Good of a potential; all goods without it."
    )
    factor: Annotated[float, *number(0.0, 1000.0, "a factor")] = Field(
        description="Factor in these months, 1 for no change."
    )

    @model_validator(mode="after")
    def _fits_its_target(self) -> Shock:
        if self.partner is not None and self.target not in ("corridor", "potential", "wage"):
            raise refuse(
                "found a partner; allowed: with target corridor, potential or wage", "partner"
            )
        if self.good is not None and self.target != "potential":
            raise refuse("found a good; allowed: with target potential", "good")
        if self.target == "world_price_coal" and self.factor == 0.0:
            raise refuse("found 0; allowed: a price factor above 0", "factor")
        return self


class UsPressure(Closed):
    """Pressure of the United States on third countries, 0 to 1."""

    mode: Annotated[Literal["historical", "fixed", "path"], word("historical", "fixed", "path")] = (
        Field(default="historical", description="historical: as judged; fixed: value; path: path.")
    )
    value: Share | None = Field(
        default=None, description="Pressure from 0 to 1 under `mode: fixed`."
    )
    path: Path | None = Field(default=None, description="Pressure by month under `mode: path`.")

    @model_validator(mode="after")
    def _mode_has_its_key(self) -> UsPressure:
        for mode, key in (("fixed", "value"), ("path", "path")):
            given = getattr(self, key) is not None
            if given and self.mode != mode:
                raise refuse(f"found {key} beside mode: {self.mode}; allowed: mode: {mode}", key)
            if self.mode == mode and not given:
                raise refuse(f"found mode: {mode} without {key}; allowed: with {key}", "mode")
        return self

    def by_month(self, period: Sequence[str]) -> Array:
        """Return the scenario's own pressure, (month,), for the modes fixed and path."""
        if self.path is not None:
            return self.path.by_month(period)
        return np.full(len(period), float("nan") if self.value is None else self.value)


class WorldPrices(Closed):
    """World prices of coal, oil and food."""

    mode: Annotated[Literal["historical", "base"], word("historical", "base")] = Field(
        default="historical", description="historical: as recorded; base: as in 2015-16 throughout."
    )
    until: Month | None = Field(
        default=None,
        description="Last month whose prices are known, YYYY-MM; later months keep them.",
    )
