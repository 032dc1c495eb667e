"""Settle or cycle: what the actors do to each other once everything from outside stands still.

From a month on every path from outside keeps its value: pressure, summits, need, borders, world
prices, income that does not come from trade; no new test, no new measure from outside, no season.
What still moves after many years moves because the actors answer each other, or by chance. The run
is long because the DPRK's reserves take years to run down.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from sim.axes import EXPORT_GOODS, PARTNERS, months
from sim.data import load
from sim.experiment.decision_words import ACTOR_WORDS
from sim.experiment.game import World
from sim.inputs import Inputs, build_inputs, scenario_rules, trade_under_measures
from sim.record import Record
from sim.registry import build_schedule
from sim.rules import Calendar
from sim.scenario import Scenario
from sim.scenario_actors import Enforcement, Evasion

Array = NDArray[np.float64]

FREEZE = "2018-12"
"""Last month whose outside paths move, where the scenario runs it."""

YEARS_AFTER = 25
LAST_MONTHS = 24
"""Months at the end that are looked at."""

SETTLED, CYCLING = 0.02, 0.2
"""Swings below which a series settles and above which it can be a cycle (C)."""

TURNS = 2
"""Times a cycle turns up and down within the months looked at."""

SETTLES, CYCLES, DRIFTS = "settles", "cycles", "still drifts"
VERDICTS = (SETTLES, CYCLES, DRIFTS)

HELD = (
    "attraction", "world", "log_world", "coal_world", "us_pressure", "provocation", "thaw",
    "monitoring", "need", "need_above_base", "decoupling", "openness", "border_threat",
    "transit_open", "cyber", "arms", "quota", "fixed_enforcement", "fixed_support",
    "friction_weight", "fixed_effort", "capacity_shock",
)  # fmt: skip
"""Inputs by month that keep a value; those below take a value of their own, law goes on."""

SET = {"tests": 0.0, "grave": 0.0, "us_threat": 0.0, "season": 1.0, "reserve_shock": 1.0}
"""No test; pressure that stands still is usual and no threat; no season, no shock of reserves."""


class Freeze(NamedTuple):
    """A world to freeze: in words, its scenario, the last moving month, whose paths then hold."""

    words: str
    scenario: Scenario
    last: str
    like: str


@dataclass(frozen=True)
class Ending:
    """How some series end: swing is max less min of the last months."""

    series: tuple[str, ...]
    swings: Array  # (member, series)
    cycling: NDArray[np.bool_]  # (member, series)
    verdict: tuple[str, ...]  # of each member

    def share(self, verdict: str) -> float:
        """Return the share of members with a verdict."""
        return self.verdict.count(verdict) / len(self.verdict)

    @property
    def cycles(self) -> dict[str, float]:
        """Return the share of members in which each series cycles, of those that do."""
        shares = self.cycling.mean(axis=0)
        return {n: float(x) for n, x in zip(self.series, shares, strict=True) if x > 0.0}

    @property
    def most(self) -> tuple[str, float]:
        """Return the series that moves most in any member, and its largest swing."""
        at = int(self.swings.max(axis=0).argmax())
        return self.series[at], float(self.swings[:, at].max())


@dataclass(frozen=True)
class Settling:
    """How the members of a frozen world end: decisions, and prices of goods sold over their mean.

    Apart, because the finds of illegal cargo and the reviews of large firms, which are drawn, move
    prices for ever.
    """

    words: str
    last: str
    like: str
    decisions: Ending
    prices: Ending


# ---- the worlds ----------------------------------------------------------------------------------


def freezes(scenario: Scenario) -> list[Freeze]:
    """Return the worlds to freeze.

    The scenario's own politics (where some of it does not answer) and politics that all answer
    back, both under the outside paths of `FREEZE` (the scenario's last month where it does not run
    that); and the latter under those of the scenario's last month, where that comes later.
    """
    period = scenario.period
    last = FREEZE if period.first <= FREEZE <= period.last else period.last
    own = _without_later_measures(scenario, last)
    all_answer = _reactive(own)
    words = "politics that all answer back"
    out = [Freeze(words, all_answer, last, last)]
    if _on_its_border(own) != all_answer:
        out.insert(0, Freeze("the scenario's own politics", own, last, last))
    return out if period.last == last else [*out, Freeze(words, all_answer, last, period.last)]


def _without_later_measures(scenario: Scenario, last: str) -> Scenario:
    """Return the scenario with the measures adopted to month `last` alone."""
    adopted = {row.id: f"{row.adopted:%Y-%m}" for row in load("measures")}
    own = scenario.measures
    wanted = tuple(adopted) if own.include == "all" else own.include
    kept = {
        "include": tuple(i for i in wanted if adopted[i] <= last),
        "add": tuple(row for row in own.add if f"{row.first:%Y-%m}" <= last),
    }
    return scenario.model_copy(update={"measures": own.model_copy(update=kept)})


def _reactive(scenario: Scenario) -> Scenario:
    """Return the scenario with a Council, states and a DPRK that all decide by their rules."""
    actors = scenario.actors
    rule = {"mode": "rule", "value": None, "path": None}
    changed: dict[str, Any] = {
        name: actors[name].model_copy(
            update={
                "enforcement": Enforcement(),
                "support": actors[name].support.model_copy(update=rule),
            }
        )
        for name in PARTNERS
    }
    changed["China"] = changed["China"].model_copy(update={"law": "endogenous"})
    changed["DPRK"] = actors.DPRK.model_copy(update={"evasion": Evasion()})
    changed["UN"] = actors.UN.model_copy(update={"mode": "reactive"})
    free = actors.model_copy(update=changed)
    return _on_its_border(scenario.model_copy(update={"actors": free}))


def _on_its_border(scenario: Scenario) -> Scenario:
    """Return the scenario with a DPRK that decides on its border."""
    dprk = scenario.actors.DPRK.model_copy(update={"border": "decision"})
    actors = scenario.actors.model_copy(update={"DPRK": dprk})
    return scenario.model_copy(update={"actors": actors})


def frozen(world: World, last: int, like: int) -> Inputs:
    """Return inputs whose outside paths, after month `last`, keep the values of month `like`.

    They go on for `YEARS_AFTER` years; the law goes on by its dates, or by votes.
    """
    inputs = build_inputs(world.scenario, world.parameters)
    after = 12 * YEARS_AFTER
    changed: dict[str, Any] = {"hazard": False}
    for name in (*HELD, *SET):
        path = getattr(inputs, name)
        if path is not None:
            rest = np.repeat(path[like : like + 1], after, axis=0)
            if name in SET:
                rest[:] = SET[name]
            changed[name] = np.concatenate([path[: last + 1], rest])
    calendar = Calendar(_longer(inputs.months, last + 1 + after))
    changed["months"] = calendar.months
    law = build_schedule(
        scenario_rules(world.scenario, calendar),
        calendar,
        world.parameters,
        float(calendar.month_starts[inputs.lifted]),
        inputs.members,
    )
    changed |= {"schedule": law, "trade_under_measures": trade_under_measures(law, inputs.base)}
    if inputs.ladder is not None:
        changed["ladder"] = dataclasses.replace(inputs.ladder, calendar=calendar)
    return dataclasses.replace(inputs, **changed)


def _longer(run: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Return `count` months from the first of a run."""
    return months(run[0], f"{int(run[0][:4]) + count // 12 + 1}-12")[:count]


# ---- what becomes of them ------------------------------------------------------------------------


def settle(world: World, freeze: Freeze) -> Settling:
    """Run a world with its outside paths frozen and say how its members end."""
    period = freeze.scenario.period
    run = period.months
    own = dataclasses.replace(world, scenario=freeze.scenario)
    record = own.run(frozen(own, run.index(freeze.last), run.index(freeze.like)))
    return Settling(
        freeze.words, freeze.last, freeze.like, ending(*decided(record)), ending(*priced(record))
    )


def decided(record: Record) -> tuple[tuple[str, ...], Array]:
    """Return names and values, (month, member, series), of what actors decide.

    Enforcement, support and own acts of every partner, and the DPRK's effort.
    """
    words = {"enforcement": "enforcement of", "support": "support of", "own_acts": "own acts of"}
    names = tuple(f"{text} {ACTOR_WORDS[p]}" for text in words.values() for p in PARTNERS)
    values = [*(record[name][:, 0] for name in words), record["effort"][:, 0, :, None]]
    return (*names, f"effort of {ACTOR_WORDS['DPRK']}"), np.concatenate(values, axis=-1)


def priced(record: Record) -> tuple[tuple[str, ...], Array]:
    """Return names and values, (month, member, series), of prices of goods sold over their mean."""
    price = record["export_price"][:, 0]
    return tuple(f"price of {good}" for good in EXPORT_GOODS), (
        price / price[-LAST_MONTHS:].mean(axis=0)
    )


def ending(names: tuple[str, ...], series: Array) -> Ending:
    """Return the verdict on each member from the last months of (month, member, series).

    A member settles where every swing is below `SETTLED`; it cycles where a series swings more
    than `CYCLING` and turns at least `TURNS` times each way; else it still drifts.
    """
    last = series[-LAST_MONTHS:]
    swings = np.ptp(last, axis=0)
    cycling = np.zeros(swings.shape, dtype=bool)
    for m, s in np.argwhere(swings > CYCLING):
        cycling[m, s] = turns(last[:, m, s]) >= TURNS
    settled = (swings < SETTLED).all(axis=-1)
    verdict = tuple(
        SETTLES if calm else CYCLES if any(row) else DRIFTS
        for calm, row in zip(settled, cycling, strict=True)
    )
    return Ending(names, swings, cycling, verdict)


def turns(path: Array) -> int:
    """Return how often a path turns each way, by at least half of its swing: the fewer of both."""
    least = 0.5 * float(np.ptp(path))
    peaks, troughs = (find_peaks(side, prominence=least)[0] for side in (path, -path))
    return min(len(peaks), len(troughs))
