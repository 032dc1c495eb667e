"""A scenario: what is run, in frozen values that a file, an option or a test fills in."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from sim.axes import ARMS
from sim.parameters import all_parameters, hard_limits, nearest_parameter
from sim.scenario_actors import Actors
from sim.scenario_law import Measures, Shock, UsPressure, WorldPrices
from sim.scenario_terms import (
    Closed,
    Flag,
    Listed,
    Month,
    Range,
    Span,
    Text,
    number,
    refuse,
    shown,
    whole,
    word,
    words_once,
)

MONTHS_BEFORE_SPLIT = 12
"""Russia held still keeps the mean of the twelve months before the split."""

LONGEST_NAME = 64
MOST_MEMBERS = 4096
PROSE = ("title", "question", "description", "sources")
"""Keys for the reader, without effect on a run."""


def check_name(value: Any) -> Any:
    """Return a scenario's name; raises the error of a wrong key for one with path parts."""
    word_like = (
        isinstance(value, str)
        and value.isascii()
        and value[:1].isalnum()
        and value.replace("-", "").replace("_", "").isalnum()
        and len(value) <= LONGEST_NAME
    )
    if word_like:
        return value
    raise refuse(
        f"found {shown(value)}; allowed: up to {LONGEST_NAME} letters, digits, - and _, "
        "no path parts"
    )


class Firms(Closed):
    """How many trading firms there are."""

    scale: Annotated[float, *number(0.05, 50.0, "a multiple")] = Field(
        default=1.0, description="Multiple of all three numbers."
    )
    China: Annotated[int, *whole(1, 1_000_000)] = Field(default=5200, description="Firms of China.")
    Russia: Annotated[int, *whole(1, 1_000_000)] = Field(
        default=500, description="Firms of Russia."
    )
    RestOfWorld: Annotated[int, *whole(1, 1_000_000)] = Field(
        default=300, description="All others."
    )
    pareto: Annotated[float, *number(0.5, 10.0)] = Field(
        default=1.1, description="Pareto exponent of their sizes."
    )

    def counts(self) -> tuple[int, int, int]:
        """Return firms of China, Russia and the rest of the world, scaled."""
        china, russia, rest = (
            max(1, round(self.scale * n)) for n in (self.China, self.Russia, self.RestOfWorld)
        )
        return china, russia, rest


def set_below(key: str) -> str:
    """Return ` (did you mean 'parameters.set.x'?)` for a parameter's name, or an empty string."""
    return f" (did you mean 'parameters.set.{key}'?)" if key in all_parameters() else ""


class ParameterSettings(Closed):
    """Where parameters come from, and those the scenario sets itself."""

    source: Annotated[
        Literal["calibrated", "central", "prior"], word("calibrated", "central", "prior")
    ] = Field(
        default="calibrated",
        description="calibrated: draws that survived the record to 2018-12; prior: the whole "
        "prior; central: its centre, the same in every member.",
    )
    draws: Text = Field(
        default="",
        description="With `source: calibrated`, a file `draws.csv` of `divert calibrate`, by path "
        "from the folder where the command runs; the shipped draws without it.",
    )
    set: dict[str, Range] = Field(
        default_factory=dict,
        description="A number, or {low, high}, in place of a parameter's prior.",
    )

    @classmethod
    def meant_by(cls, key: str) -> str:
        """Return what was meant by a key that is none of these; parameters have a place."""
        return set_below(key) or super().meant_by(key)

    @model_validator(mode="after")
    def _exist(self) -> ParameterSettings:
        if self.draws and self.source != "calibrated":
            raise refuse(
                f"found draws beside source: {self.source}; allowed: source: calibrated", "draws"
            )
        known = all_parameters()
        for name, ends in self.set.items():
            if name not in known:
                raise refuse(
                    "found an unknown parameter; allowed: the names that `divert explain` "
                    f"lists{nearest_parameter(name)}",
                    "set", name,
                )  # fmt: skip
            low, high = hard_limits(known[name])
            for end in (ends.low, ends.high):
                if not low <= end <= high:
                    raise refuse(
                        f"found {end:g}; allowed: {known[name].unit}, {low:g} to {high:g}",
                        "set", name,
                    )  # fmt: skip
        return self


Arm = Literal["C0S0", "C1S0", "C0S1", "C1S1"]


class Scenario(Closed):
    """What is run: period, question, measures, actors, parameters, arms."""

    name: Annotated[str, BeforeValidator(check_name)] = Field(
        description="Name of the results folder; the file's name without it."
    )
    title: Text = Field(default="", description="One line for headings.")
    question: Text = Field(default="", description="The question the answer opens with.")
    description: Text = Field(default="", description="What the scenario is and why.")
    sources: Listed[Text] = Field(default=(), description="Where it comes from.")
    period: Span = Field(
        default=Span.model_validate({"from": "2014-01", "to": "2019-12"}),
        description="Months that are run, within 2014-01 to 2025-12.",
    )
    window: Span = Field(
        default=Span.model_validate({"from": "2017-01", "to": "2019-12"}),
        description="Months that the answer sums over, inside the period.",
    )
    tightening_from: Month = Field(
        default="2016-03", description="Month from which the four arms differ."
    )
    lift_from: Month | None = Field(
        default=None,
        description="In the arms without China's restrictions, the month from which its measures "
        "are lifted (enforcement as just before it); tightening_from without it.",
    )
    members: Annotated[int, *whole(1, MOST_MEMBERS)] = Field(
        default=64, description="Members of the ensemble."
    )
    seed: Annotated[int, *whole(0, 2**63 - 1)] = Field(
        default=2017, description="Seed of all draws."
    )
    seeds_per_draw: Annotated[int, *whole(1, MOST_MEMBERS)] = Field(
        default=2, description="Members that share one draw of the parameters."
    )
    firms: Firms = Field(default_factory=Firms)
    parameters: ParameterSettings = Field(default_factory=ParameterSettings)
    measures: Measures = Field(default_factory=Measures)
    actors: Actors = Field(default_factory=Actors)
    us_pressure: UsPressure = Field(default_factory=UsPressure)
    world_prices: WorldPrices = Field(default_factory=WorldPrices)
    season: Flag = Field(default=True, description="Whether the plan follows the season of 2016.")
    shocks: Listed[Shock] = Field(default=(), description="Factors on single quantities.")
    arms: Annotated[tuple[Arm, ...], words_once(*ARMS, least=1)] = Field(
        default=get_args(Arm), description="Arms that are run; an answer needs all four."
    )
    answer: Flag = Field(default=True, description="Whether the offset is computed.")

    @classmethod
    def meant_by(cls, key: str) -> str:
        """Return what was meant by a key that is none of these; parameters have a place."""
        return set_below(key) or super().meant_by(key)

    @model_validator(mode="before")
    @classmethod
    def _reserves_are_a_parameter(cls, data: Any) -> Any:
        """Carry `actors.DPRK.reserves` over to the parameter it sets."""
        actors = data.get("actors") if isinstance(data, dict) else None
        dprk = actors.get("DPRK") if isinstance(actors, dict) else None
        given = dprk.get("reserves") if isinstance(dprk, dict) else None
        settings = data.get("parameters", {}) if isinstance(data, dict) else None
        chosen = settings.get("set", {}) if isinstance(settings, dict) else None
        if given is None or not isinstance(settings, dict) or not isinstance(chosen, dict):
            return data
        if chosen.get("reserves_2014", given) != given:
            raise refuse(
                "found a value beside parameters.set.reserves_2014; allowed: one of the two",
                "actors", "DPRK", "reserves",
            )  # fmt: skip
        return data | {"parameters": settings | {"set": chosen | {"reserves_2014": given}}}

    @model_validator(mode="after")
    def _agrees(self) -> Scenario:
        self._months_agree()
        period = self.period
        inside = f"inside the period {period.first} to {period.last}"
        if self.measures.end is not None and self.actors.UN.mode == "reactive":
            raise refuse(
                "found ends beside a reactive Council, which decides itself; "
                "allowed: actors.UN.mode: scheduled",
                "measures", "end",
            )  # fmt: skip
        self._arms_answer()
        self._paths_cover(period.months)
        for i, shock in enumerate(self.shocks):
            if shock.last < period.first or shock.first > period.last:
                raise refuse(
                    f"found {shock.first} to {shock.last}; allowed: {inside}", "shocks", i, "from"
                )
        return self

    def _months_agree(self) -> None:
        period, window, split = self.period, self.window, self.tightening_from
        inside = f"inside the period {period.first} to {period.last}"
        if window.first < period.first or window.last > period.last:
            key = "from" if window.first < period.first else "to"
            raise refuse(
                f"found the window {window.first} to {window.last}; allowed: {inside}",
                "window", key,
            )  # fmt: skip
        run = period.months
        if split not in run:
            raise refuse(f"found {split}; allowed: a month {inside}", "tightening_from")
        if run.index(split) < MONTHS_BEFORE_SPLIT:
            raise refuse(
                f"found {split}; allowed: at least {MONTHS_BEFORE_SPLIT} months after the start "
                f"of the period, {period.first}",
                "tightening_from",
            )
        if split > window.last:
            raise refuse(
                f"found {split}; allowed: not after the end of the window, {window.last}",
                "tightening_from",
            )
        lift = self.lift_from
        if lift is not None and not (run[1] <= lift <= split):
            raise refuse(
                f"found {lift}; allowed: a month from {run[1]} to tightening_from, {split}",
                "lift_from",
            )

    def _arms_answer(self) -> None:
        missing = [arm for arm in ARMS if arm not in self.arms]
        if self.answer and missing:
            raise refuse(
                f"found arms without {', '.join(missing)}, from which no offset follows; "
                f"allowed: all of {', '.join(ARMS)}, or `answer: false`",
                "arms",
            )

    def _paths_cover(self, run: tuple[str, ...]) -> None:
        paths = [
            (self.us_pressure.path, ("us_pressure", "path")),
            (self.actors.UN.monitoring, ("actors", "UN", "monitoring")),
            (self.actors.China.need, ("actors", "China", "need")),
            (self.actors.Russia.need, ("actors", "Russia", "need")),
            (self.actors.RestOfWorld.need, ("actors", "RestOfWorld", "need")),
        ]
        for path, at in paths:
            gap = None if path is None else path.uncovered(run)
            if gap is not None:
                raise refuse(f"found no level for {gap}; allowed: every month of the period", *at)

    def __repr__(self) -> str:
        """Return the scenario in a line; `resolved` gives every key."""
        period = f"{self.period.first} to {self.period.last}"
        return f"<Scenario {self.name}: {period}, {self.members} members>"

    def resolved(self) -> dict[str, Any]:
        """Return every key with its value as plain data; reading it again gives this scenario."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def digest(self) -> str:
        """Return the SHA-256 of the resolved scenario in canonical JSON, prose left out."""
        values = {key: value for key, value in self.resolved().items() if key not in PROSE}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()
