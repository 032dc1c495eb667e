"""The levers of Explore: what each one moves in a scenario, its bounds, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sim.app.explore_registry import coal_stop_id, included
from sim.axes import months
from sim.errors import DivertError, nearest
from sim.parameters import all_parameters, hard_limits
from sim.scenario import MONTHS_BEFORE_SPLIT, MOST_MEMBERS, Scenario
from sim.scenario_actors import Enforcement, Support
from sim.scenario_terms import FIRST_MONTH, LAST_MONTH, shown

Value = str | int | float
Kind = Literal["word", "level", "number", "whole", "month"]

DATED = months(FIRST_MONTH, LAST_MONTH)
LARGEST_SEED = 2**63 - 1
LONGEST_VALUE = 40
"""Characters of a value in the address; none that is allowed is longer."""

LAWS = (
    ("registry", "measures bind"),
    ("endogenous", "own acts by its rule"),
    ("none", "nothing binds"),
)
ENFORCEMENTS = (("adaptive", "by its rule"), ("historical", "judged index (C)"))
GROUPS = ("China", "Russia", "The corridor", "Workers", "The United States", "The question")
DRAWS = "Size and draws"


@dataclass(frozen=True)
class Lever:
    """One lever: `kind` says what it takes, `words` the words it takes with their labels.

    A level is one of its words or a share from `low` to `high`; a month one of `words`. `judged`
    marks what is judgement (C), `drawn` what each member draws from a prior unless it is set.
    """

    name: str
    label: str
    group: str
    kind: Kind
    key: str
    about: str
    words: tuple[tuple[str, str], ...] = ()
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    judged: bool = False
    drawn: bool = False

    def read(self, text: str) -> Value:
        """Return the value a text stands for; raises DivertError that says what is allowed."""
        if text in dict(self.words):
            return text
        if self.kind in ("word", "month") or len(text) > LONGEST_VALUE:
            raise self.refused(text)
        try:
            value: int | float = int(text) if self.kind == "whole" else float(text)
        except ValueError:
            raise self.refused(text) from None
        if not self.low <= value <= self.high:
            raise self.refused(text)
        return value

    def refused(self, text: str) -> DivertError:
        """Return the error for a value that the lever does not take."""
        listed = [word for word, _ in self.words]
        if self.kind == "month":
            listed = [f"a month from {listed[0]} to {listed[-1]}"]
        if self.kind not in ("word", "month"):
            what = "a whole number" if self.kind == "whole" else self.unit or "a share"
            low, high = (f"{x:,.0f}" if abs(x) >= 1e6 else f"{x:g}" for x in (self.low, self.high))
            listed.append(f"{what} from {low} to {high}")
        close = nearest(text, listed) if self.kind == "word" else ""
        return DivertError(
            f"found {shown(text)}; allowed: {', '.join(listed)}{close}", key=self.label
        )


def _of_partner(partner: str) -> tuple[Lever, ...]:
    """Return law, enforcement and support of China or Russia."""
    at, low = f"actors.{partner}", partner.lower()
    return (
        Lever(f"{low}_law", f"Law in {partner}", partner, "word", f"{at}.law",
              "Which measures bind this partner's firms.", LAWS),
        Lever(f"{low}_enforcement", f"Enforcement by {partner}", partner, "level",
              f"{at}.enforcement", "How strictly it enforces what binds it, 0 not at all to 1 "
              "fully; a level holds from the tightening on.", ENFORCEMENTS,
              unit="a share", judged=True),
        Lever(f"{low}_support", f"Support by {partner}'s state", partner, "level",
              f"{at}.support", "How far the state helps trade with the DPRK, 0 not at all to 1 "
              "fully; a level holds from the tightening on.", (("rule", "by its rule"),),
              unit="a share", judged=True),
    )  # fmt: skip


def _parameter(name: str, label: str, group: str, about: str) -> Lever:
    """Return a lever that sets a parameter, which is drawn for each member without it."""
    of = all_parameters()[name]
    low, high = hard_limits(of)
    return Lever(
        name, label, group, "number", f"parameters.set.{name}",
        f"{about} Drawn from {of.low:g} to {of.high:g} without it.", low=low, high=high,
        unit=of.unit.replace("musd", "million USD"), judged=of.mark == "C", drawn=True,
    )  # fmt: skip


def _month_words(first: str, last: str) -> tuple[tuple[str, str], ...]:
    return tuple((month, month) for month in months(first, last))


STOP, PERMITS = "coal_stop", "labour_free"
"""Levers that move measures of the registry."""

NEVER, RECORDED = "never", "recorded"
STOP_MONTHS = ("2016-09", "2017-08")
"""Months that China's coal stop may begin in: the Council's ban takes over on 15 August 2017."""

LEVERS: tuple[Lever, ...] = (
    *_of_partner("China"),
    Lever(STOP, "China's coal stop begins", "China", "month", "measures",
          "China's own stop of all coal, on 19 February 2017 in the registry; another month "
          "begins on its first day, and the stop ends when the Council's ban takes over.",
          ((RECORDED, "as recorded"), (NEVER, "never"), *_month_words(*STOP_MONTHS))),
    *_of_partner("Russia"),
    Lever("russia_potential", "Russia's potential", "Russia", "number",
          "actors.Russia.potential", "Multiple of what Russia's idle firms could trade; how large "
          "it is, the record hardly tells.", high=1000.0, unit="a multiple",
          judged=True),
    Lever("transit", "Transit coal through Rajin", "The corridor", "number",
          "actors.Russia.corridor.transit", "Multiple of the port's capacity for Russian coal.",
          high=1000.0, unit="a multiple", judged=True),
    Lever("russia_border", "Border with Russia that is open", "The corridor", "number",
          "actors.Russia.corridor.levels", "Share of rail, bridge and berths, from the tightening "
          "on, on top of the record.", unit="a share", judged=True),
    Lever("dprk_border", "The DPRK's border", "The corridor", "word", "actors.DPRK.border",
          "Closed in 2020 as recorded, by the DPRK's own rule, or never.",
          (("historical", "as recorded"), ("decision", "by its rule"), ("open", "never closed"))),
    Lever(PERMITS, "No labour measure binds Russia from", "Workers", "month", "measures.end",
          "Measures on workers end for Russia on the first day of this month.",
          ((RECORDED, "never"), *_month_words("2017-01", "2019-12"))),
    _parameter("potential_russia_labour", "Room for workers in Russia", "Workers",
               "What workers in Russia could remit at most."),
    _parameter("support_permit_rate", "Permits issued at full support", "Workers",
               "Share of the room left that is filled each month."),
    Lever("labour_terms", "Terms of workers", "Workers", "word", "actors.DPRK.labour_terms",
          "Wages and quotas as in 2015-16, or as reported since.",
          (("base", "as in 2015-16"), ("reported", "as reported since"))),
    Lever("us_pressure", "Pressure of the United States", "The United States", "level",
          "us_pressure", "On third countries, 0 none to 1 full; a level holds in all months.",
          (("historical", "as judged (C)"),), unit="a share", judged=True),
    Lever("tightening", "The arms part in", "The question", "month", "tightening_from",
          "Month from which China restricts or does not, and Russia is free or held still.",
          _month_words(*(DATED[MONTHS_BEFORE_SPLIT], LAST_MONTH))),
)  # fmt: skip

SIZE: tuple[Lever, ...] = (
    Lever("members", "Members", DRAWS, "whole", "members",
          "Runs of the ensemble; two share a draw of the parameters.", low=1,
          high=MOST_MEMBERS, unit="members"),
    Lever("scale", "Scale of firms", DRAWS, "number", "firms.scale",
          "Multiple of the number of firms.", low=0.05, high=50.0, unit="a multiple"),
    Lever("seed", "Seed", DRAWS, "whole", "seed", "The same seed gives the same numbers.",
          low=0, high=LARGEST_SEED, unit="a whole number"),
)  # fmt: skip
"""What both worlds share, so that their members are the same draws."""

SIZE_NAMES = tuple(one.name for one in SIZE)
BY_NAME = {lever.name: lever for lever in (*LEVERS, *SIZE)}


def value_text(value: Value) -> str:
    """Return a value as text that `Lever.read` takes back as the same value."""
    return f"{int(value)}" if isinstance(value, float) and value.is_integer() else f"{value}"


def lever(name: str) -> Lever:
    """Return a lever by name; raises DivertError, with the nearest name, for none."""
    if name not in BY_NAME:
        raise DivertError(
            f"found {shown(name)}; allowed: {', '.join(BY_NAME)}{nearest(name, BY_NAME)}",
            key="lever",
        )
    return BY_NAME[name]


def value_in(one: Lever, scenario: Scenario) -> Value | None:
    """Return where a lever stands in a scenario, None where it stands at no single value."""
    actors, name = scenario.actors, one.name
    if one.drawn:
        held = scenario.parameters.set.get(name)
        return held.low if held is not None and held.low == held.high else None
    if name in (STOP, PERMITS):
        return RECORDED if name == PERMITS or coal_stop_id() in included(scenario) else None
    if name == "us_pressure":
        own = scenario.us_pressure
        return {"historical": own.mode, "fixed": own.value}.get(own.mode)
    if name == "russia_border":
        return None if actors.Russia.corridor.levels else 1.0
    part, _, what = name.partition("_")
    partner = {"china": actors.China, "russia": actors.Russia}.get(part)
    if partner is not None and what in ("enforcement", "support"):
        level: Enforcement | Support = getattr(partner, what)
        if level.mode != "fixed":
            return level.mode
        return None if level.path is not None else level.value
    plain: dict[str, Callable[[], Any]] = {
        "china_law": lambda: actors.China.law,
        "russia_law": lambda: actors.Russia.law,
        "russia_potential": lambda: actors.Russia.potential,
        "transit": lambda: actors.Russia.corridor.transit,
        "dprk_border": lambda: actors.DPRK.border,
        "labour_terms": lambda: actors.DPRK.labour_terms,
        "tightening": lambda: scenario.tightening_from,
        "members": lambda: scenario.members,
        "scale": lambda: scenario.firms.scale,
        "seed": lambda: scenario.seed,
    }
    found: Value = plain[name]()
    return found


def standing(one: Lever, scenario: Scenario) -> str:
    """Return where a lever stands in a scenario, in words."""
    value = value_in(one, scenario)
    if value is not None:
        plain = f"{value:g}" if isinstance(value, float) else str(value)
        return dict(one.words).get(str(value), plain)
    if one.name == STOP:
        return "not in this scenario"
    if one.drawn:
        held = scenario.parameters.set.get(one.name)
        return "drawn" if held is None else f"drawn from {held.low:g} to {held.high:g}"
    steps: Any = _path_of(one, scenario)
    said = [f"{step.level:g} from {step.first}" for step in steps or ()]
    return ", ".join(said[:3]) + (" and more" if len(said) > 3 else "")


def _path_of(one: Lever, scenario: Scenario) -> Any:
    actors = scenario.actors
    if one.name == "us_pressure":
        path: Any = scenario.us_pressure.path
    elif one.name == "russia_border":
        path = actors.Russia.corridor.levels
    else:
        part, _, what = one.name.partition("_")
        path = getattr({"china": actors.China, "russia": actors.Russia}[part], what).path
    return None if path is None else path.root


def keys_of(one: Lever, value: Value, base: Scenario, split: str) -> dict[str, Any]:
    """Return the scenario keys that a lever writes, by dotted key; measures apart.

    What the base scenario says beside is taken back by an empty value: a level leaves no path.
    `split` is the month of the tightening.
    """
    if one.name == "us_pressure":
        if isinstance(value, str):
            return {one.key: {"mode": value} | _emptied(base.us_pressure, "value", "path")}
        return {one.key: {"mode": "fixed", "value": value} | _emptied(base.us_pressure, "path")}
    if one.kind == "level":
        return {one.key: _level(one, value, base, split)}
    if one.name == "russia_border":
        return {one.key: [{"from": split, "level": value}]}
    return {one.key: value}


def _level(one: Lever, value: Value, base: Scenario, split: str) -> dict[str, Any]:
    """Return enforcement or support by a rule, or at a level from the tightening on."""
    part, _, what = one.name.partition("_")
    here = getattr({"china": base.actors.China, "russia": base.actors.Russia}[part], what)
    if isinstance(value, str):
        said: dict[str, Any] = {"mode": value} | _emptied(here, "value", "path")
    else:
        said = {"mode": "fixed", "path": [{"from": split, "level": value}]}
        said |= _emptied(here, "value")
    if what == "support":
        # A mapping whose mode changes is replaced whole, and the channels would go with it.
        said["channels"] = list(here.channels)
    return said


def _emptied(held: Any, *keys: str) -> dict[str, Any]:
    return {key: None for key in keys if getattr(held, key) is not None}
