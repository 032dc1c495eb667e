"""The ladder of measures: what the Council may adopt, step by step, and the law that follows.

A step is what one instrument of the registry does to one good (or to labour). National acts that
implement it come with it, as many days later as they came in the registry. Below the registry's
last rung lie drafts that were put to vote and vetoed (`data/drafts.csv`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import GOODS, PARTNERS
from sim.base_year import MONTHS_A_YEAR, BaseYear
from sim.parameters import all_parameters
from sim.registry import Schedule, Shift, build_schedule
from sim.rules import NEVER, Calendar, Rule

Array = NDArray[np.float64]

LABOUR_STAGES = {"freeze": 1.0 / 3.0, "permits": 2.0 / 3.0, "repatriation": 1.0, "ban": 1.0}
"""How much of the trade in labour a measure of each kind is after, as strictness goes (C)."""

SUCCESSION_DAYS = 45.0
"""A rule that ends this close to the start of a later step on the same good is replaced by it."""


@dataclass(frozen=True)
class Step:
    """One step: an instrument, a good, the strictness it adds, the month the registry has it in.

    `begins` is the first day of that month, in days from the start of the period.
    """

    instrument: int
    name: str
    good: str
    cost: float
    begins: float


@dataclass(frozen=True)
class Ladder:
    """The steps in order, and which step each rule of a scenario starts and ends with."""

    steps: tuple[Step, ...]
    rules: list[Rule]
    calendar: Calendar
    starts_with: Mapping[int, int]  # id(rule) to step, -1 where a rule keeps its dates
    ends_with: Mapping[int, int]
    lifted: float

    @property
    def costs(self) -> Array:
        """Return the strictness each step adds, (step,)."""
        return np.array([step.cost for step in self.steps])

    @property
    def instrument_numbers(self) -> Array:
        """Return the number of each step's instrument, (step,)."""
        return np.array([float(step.instrument) for step in self.steps])

    def at_start(self) -> Array:
        """Return 0 for steps older than the period, which are in force, -1 for others, (step,)."""
        return np.array([0.0 if step.begins < 0.0 else -1.0 for step in self.steps])

    @property
    def older(self) -> float:
        """Return how many instruments are older than the period."""
        return float(len({step.instrument for step in self.steps if step.begins < 0.0}))

    def schedule(self, adopted: Array, parameters: dict[str, Array]) -> Schedule:
        """Return the law by month for lanes that adopted steps in given months.

        `adopted` (lane, step) month of adoption, -1 for never; parameters (lane,).
        """
        lanes = adopted.shape[0]
        return build_schedule(
            self.rules, self.calendar, parameters, self.lifted, lanes, _Voted(self, adopted)
        )


class _Voted(Shift):
    """Days by which rules move with the votes of each lane."""

    def __init__(self, ladder: Ladder, adopted: Array) -> None:
        self.ladder, self.adopted = ladder, adopted
        starts = ladder.calendar.month_starts.astype(np.float64)
        self._days = np.full(adopted.shape, NEVER)
        for s, step in enumerate(ladder.steps):
            if step.begins < 0.0:
                self._days[:, s] = 0.0
                continue
            taken = adopted[:, s] >= 0.0
            self._days[taken, s] = starts[adopted[taken, s].astype(np.int64)] - step.begins

    def of(self, rule: Rule, members: int) -> tuple[Array, Array]:
        """Return days added to the start and to the end of a rule, each (lane,)."""
        first, last = (
            table[id(rule)] for table in (self.ladder.starts_with, self.ladder.ends_with)
        )
        zero = np.zeros(members)
        return (
            zero if first < 0 else self._days[:, first],
            zero if last < 0 else self._days[:, last],
        )


def build_ladder(
    rules: list[Rule],
    instrument_of: Mapping[str, tuple[str, Any]],
    calendar: Calendar,
    base: BaseYear,
    lifted: float,
) -> Ladder:
    """Return the ladder of a scenario's rules; coverages that are drawn count at their centre.

    `instrument_of` maps ids of UN measures and drafts to instrument and day of adoption.
    """
    keys: dict[int, tuple[str, str]] = {}
    for rule in rules:
        found = [instrument_of[i] for i in (rule.id, *rule.implements) if i in instrument_of]
        if found:
            keys[id(rule)] = (found[0][0], rule.good)
    when = {name: day for name, day in instrument_of.values()}
    order = sorted({name for name, _ in keys.values()}, key=lambda name: when[name])
    pairs = sorted(set(keys.values()), key=lambda pair: (order.index(pair[0]), pair[1]))
    place = {pair: s for s, pair in enumerate(pairs)}
    starts = {id(rule): place[keys[id(rule)]] if id(rule) in keys else -1 for rule in rules}
    costs = _costs(rules, starts, len(pairs), base)
    steps = tuple(
        Step(
            order.index(name),
            name,
            good,
            float(cost),
            float(calendar.day(when[name].replace(day=1))),
        )
        for (name, good), cost in zip(pairs, costs, strict=True)
    )
    ends = {id(rule): _successor(rule, rules, starts) for rule in rules}
    return Ladder(steps, rules, calendar, starts, ends, lifted)


def _successor(rule: Rule, rules: list[Rule], starts: Mapping[int, int]) -> int:
    """Return the step whose start ends a rule: that of its own, or of what replaces it."""
    own = starts[id(rule)]
    if rule.open_end:
        return own
    later = [
        starts[id(other)]
        for other in rules
        if (other.partner, other.direction, other.good) == (rule.partner, rule.direction, rule.good)
        and starts[id(other)] > own
        and abs(max(other.first, other.not_before) - rule.last) <= SUCCESSION_DAYS
    ]
    return min(later, default=own)


def _costs(
    rules: list[Rule],
    starts: Mapping[int, int],
    steps: int,
    base: BaseYear,
) -> Array:
    """Return the strictness each step adds: share of the DPRK's base trade newly under measures."""
    whole = float(base.flow.sum() + base.remittance.sum() + base.crude)
    out = np.zeros(steps)
    covered: dict[tuple[int, str, str], float] = {}
    for s in range(steps):
        segments: dict[tuple[int, str, str], dict[str, float]] = {}
        for rule in rules:
            if starts[id(rule)] == s:
                cell = (rule.partner, rule.direction, rule.good)
                at = segments.setdefault(cell, {})
                share = _share(rule, base)
                at[rule.segment] = max(at.get(rule.segment, 0.0), share)
        for cell, parts in segments.items():
            bans = sum(share for segment, share in parts.items() if segment != "cap")
            share = min(1.0, max(bans, parts.get("cap", 0.0)))
            gained = max(0.0, share - covered.get(cell, 0.0))
            covered[cell] = covered.get(cell, 0.0) + gained
            out[s] += gained * _flow(cell, base) / whole
    return out


def _flow(cell: tuple[int, str, str], base: BaseYear) -> float:
    """Return the base flow of a partner's good, labour or crude oil, USD million a month."""
    partner, direction, good = cell
    if direction == "labour":
        return float(base.remittance[partner])
    if good == "crude":
        return float(base.crude) if PARTNERS[partner] == "China" else 0.0
    goods = GOODS[0] if direction == "dprk_export" else GOODS[1]
    row = 0 if direction == "dprk_export" else 1
    return float(base.flow[partner, row, goods.index(good)]) if good in goods else 0.0


def _share(rule: Rule, base: BaseYear) -> float:
    """Return the share of a good that a rule is after."""
    if rule.direction == "labour":
        return LABOUR_STAGES.get(rule.kind, 0.0)
    if rule.kind.startswith("cap"):
        usual = rule.base_volume
        if rule.kind == "cap_value":
            usual = MONTHS_A_YEAR * float(base.flow[:, 0, GOODS[0].index(rule.good)].sum())
        return max(0.0, 1.0 - rule.cap_value / (usual * rule.years)) if usual > 0.0 else 0.0
    if rule.coverage_parameter:
        return all_parameters()[rule.coverage_parameter].central * rule.coverage_scale
    return rule.coverage
