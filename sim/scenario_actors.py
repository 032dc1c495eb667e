"""The actors of a scenario file: partners, the DPRK and the Security Council."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field, RootModel, model_validator

from sim.data import load
from sim.scenario_terms import (
    FIRST_MONTH,
    LAST_MONTH,
    Array,
    Closed,
    Flag,
    Listed,
    Month,
    Openness,
    Path,
    Range,
    Share,
    number,
    refuse,
    shown,
    step_levels,
    word,
    words_once,
)

MOST_MUSD = 1e6
Money = Annotated[float, *number(0.0, MOST_MUSD, "million USD")]


class _Level(Closed):
    """A quantity that a rule decides, unless a value or a path does."""

    value: Share | None = Field(
        default=None,
        description="Level from 0 to 1 under `mode: fixed`, where no path covers the month.",
    )
    path: Path | None = Field(default=None, description="Levels by month under `mode: fixed`.")

    def by_month(self, period: Sequence[str]) -> Array:
        """Return the fixed level, (month,); NaN where the rule still decides."""
        outside = float("nan") if self.value is None else self.value
        return step_levels(self.path.root if self.path else (), period, outside)

    @model_validator(mode="after")
    def _fixed_has_a_level(self) -> _Level:
        fixed = getattr(self, "mode", None) == "fixed"
        given = "value" if self.value is not None else "path" if self.path is not None else ""
        if fixed and not given:
            raise refuse("found mode: fixed without a level; allowed: with value or path", "mode")
        if given and not fixed:
            raise refuse(f"found {given} beside another mode; allowed: mode: fixed", given)
        return self


class Enforcement(_Level):
    """How strictly a partner enforces what binds it."""

    mode: Annotated[
        Literal["adaptive", "fixed", "historical"], word("adaptive", "fixed", "historical")
    ] = Field(
        default="adaptive",
        description="adaptive: by the rule; fixed: value or path; historical: the judged index.",
    )


Channel = Literal["goods", "oil", "labour", "transit", "payments", "arms"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)


class Support(_Level):
    """How far a partner's state helps trade with the DPRK, and through which channels."""

    mode: Annotated[Literal["rule", "fixed"], word("rule", "fixed")] = Field(
        default="rule", description="rule: by politics and commerce; fixed: value or path."
    )
    channels: Annotated[
        tuple[Channel, ...],
        words_once(*CHANNELS),
    ] = Field(
        default=CHANNELS,
        description="What support acts through; a channel left out stays as without support, and "
        "without `arms` no arms are sold to Russia.",
    )


class Corridor(Closed):
    """Border and port capacity of a partner."""

    levels: Openness | None = Field(
        default=None, description="Share of the border that is open by month, on top of the record."
    )


class RussianCorridor(Corridor):
    """Russia's corridors, the port of Rajin among them."""

    transit: Annotated[float, *number(0.0, 1000.0, "a multiple")] = Field(
        default=1.0, description="Multiple of Rajin's capacity for transit coal."
    )


class Partner(Closed):
    """A trading partner: its law, enforcement, support and corridors."""

    law: Annotated[
        Literal["registry", "endogenous", "none"], word("registry", "endogenous", "none")
    ] = Field(
        default="registry",
        description="registry: the measures of the scenario bind; endogenous: acts beyond the "
        "Council follow the partner's rule, not their dates; none: no measure binds.",
    )
    enforcement: Enforcement = Field(default_factory=Enforcement)
    support: Support = Field(default_factory=Support)
    friction: Flag = Field(
        default=True, description="Whether US pressure adds friction to payments."
    )
    need: Path | None = Field(
        default=None,
        description="Political need of the DPRK by month, 0 to 1; without it as judged.",
    )
    corridor: Corridor = Field(default_factory=Corridor)
    potential: Annotated[float, *number(0.0, 1000.0, "a multiple")] = Field(
        default=1.0, description="Multiple of the capacity of this partner's idle firms."
    )


class RussianPartner(Partner):
    """Russia, with the transit of its coal through Rajin."""

    corridor: RussianCorridor = Field(default_factory=RussianCorridor)


class Evasion(Closed):
    """The DPRK's effort to evade."""

    mode: Annotated[Literal["adaptive", "fixed"], word("adaptive", "fixed")] = Field(
        default="adaptive", description="adaptive: rises with unmet plans; fixed: a value."
    )
    value: Share | None = Field(default=None, description="Effort from 0 to 1 under `mode: fixed`.")

    @model_validator(mode="after")
    def _fixed_has_a_value(self) -> Evasion:
        if (self.mode == "fixed") != (self.value is not None):
            raise refuse("found one of mode: fixed and value; allowed: both or neither", "mode")
        return self


class ArmsStep(Closed):
    """Arms sold to Russia over some months, USD million a month."""

    first: Month = Field(default=FIRST_MONTH, alias="from", description="First month, YYYY-MM.")
    last: Month = Field(
        default=LAST_MONTH, alias="to", description="Last month, YYYY-MM, included."
    )
    level: Money = Field(description="million USD a month.")
    low: Money | None = Field(
        default=None, description="Low end of its range, million USD a month."
    )
    high: Money | None = Field(
        default=None, description="High end of its range, million USD a month."
    )

    @model_validator(mode="after")
    def _in_order(self) -> ArmsStep:
        if self.first > self.last:
            raise refuse(
                f"found {self.first} to {self.last}; allowed: a first month before the last", "from"
            )
        low = self.level if self.low is None else self.low
        high = self.level if self.high is None else self.high
        if not low <= self.level <= high:
            raise refuse(
                f"found {self.level:g}; allowed: a level from {low:g} to {high:g}", "level"
            )
        return self


class Arms(RootModel[Listed[ArmsStep]]):
    """Arms sold to Russia as a list of steps; 0 in months that no step covers."""

    model_config = ConfigDict(frozen=True, strict=True)

    def by_month(
        self, period: Sequence[str], edge: Literal["level", "low", "high"] = "level"
    ) -> Array:
        """Return USD million a month, (month,); `low` and `high` give the ends of its range."""
        out = step_levels(self.root, period, 0.0)
        if edge == "level":
            return out
        ends = step_levels(self.root, period, 0.0, edge).astype(np.float64)
        return np.where(np.isnan(ends), out, ends)


def _arms(value: Any) -> Any:
    """Return published estimates of the income from arms as steps, where they are asked for."""
    if not isinstance(value, str):
        return value
    if value != "estimated":
        raise refuse(f"found {shown(value)}; allowed: estimated, or a list of steps")
    return [
        {"from": r.start, "to": r.end, "level": r.level, "low": r.low, "high": r.high}
        for r in load("arms_income")
    ]


class Dprk(Closed):
    """The DPRK: evasion, arms, tests, labour, border."""

    reserves: Range | None = Field(
        default=None,
        description="Reserves at the start of 2014, million USD; sets `reserves_2014`.",
    )
    evasion: Evasion = Field(default_factory=Evasion)
    arms: (
        Annotated[Arms, BeforeValidator(_arms, json_schema_input_type=Literal["estimated"] | Arms)]
        | None
    ) = Field(
        default=None,
        description="Arms sold to Russia: estimated (published estimates with their range), or a "
        "list of steps in million USD a month; none without it.",
    )
    provocations: Annotated[Literal["historical", "hazard"], word("historical", "hazard")] = Field(
        default="historical",
        description="historical: tests as recorded; hazard: drawn, more of them under pressure, "
        "fewer while summits are recent.",
    )
    labour_terms: Annotated[Literal["base", "reported"], word("base", "reported")] = Field(
        default="base",
        description="base: wages and quotas of workers as in 2015-16; reported: as reported since.",
    )
    border: Annotated[
        Literal["historical", "decision", "open"], word("historical", "decision", "open")
    ] = Field(
        default="historical",
        description="historical: closed in 2020 as recorded; decision: the DPRK weighs danger of "
        "infection against distress; open: never closed.",
    )


class Council(Closed):
    """The UN Security Council."""

    mode: Annotated[Literal["scheduled", "reactive"], word("scheduled", "reactive")] = Field(
        default="scheduled",
        description="scheduled: measures on the dates of the registry; reactive: drafts answer "
        "tests, veto players accept or not, the monitors stay or go.",
    )
    monitoring: Path | None = Field(
        default=None, description="Strength of monitoring by month, 0 to 1; without it as recorded."
    )


class Actors(Closed):
    """Everyone whose behaviour a scenario may change."""

    China: Partner = Field(default_factory=Partner)
    Russia: RussianPartner = Field(default_factory=RussianPartner)
    RestOfWorld: Partner = Field(default_factory=Partner)
    DPRK: Dprk = Field(default_factory=Dprk)
    UN: Council = Field(default_factory=Council)

    def __getitem__(self, name: str) -> Partner:
        """Return the partner of that name."""
        partner = getattr(self, name)
        if not isinstance(partner, Partner):
            raise KeyError(name)
        return partner
