"""Settle or cycle: what the actors do to each other once everything from outside stands still.

From a month on every path from outside keeps its value: pressure, summits, need, borders, world
prices, income that does not come from trade; no new test, no new measure from outside, no season.
What still moves after years moves because the actors answer each other.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from sim.axes import EXPORT_GOODS, PARTNERS, month_number, months
from sim.data import load
from sim.experiment.decision_words import ACTOR_WORDS
from sim.experiment.game import World
from sim.inputs import Inputs
from sim.record import Record
from sim.scenario import Scenario
from sim.scenario_actors import Actors, Enforcement, Evasion

Array = NDArray[np.float64]

FREEZE, END = "2018-12", "2025-12"
"""Last month whose outside paths move, and last month that runs."""

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
"""Inputs by month that keep a value; those below take a value of their own."""

SET = {"tests": 0.0, "grave": 0.0, "us_threat": 0.0, "season": 1.0, "reserve_shock": 1.0}
"""No test; pressure that stands still is usual and no threat; no season, no shock of reserves."""


class Freeze(NamedTuple):
    """A world to freeze: in words, its scenario, the last moving month, whose paths then hold."""

    words: str
    scenario: Scenario
    last: str
    like: str


@dataclass(frozen=True)
class Settling:
    """How the members of a frozen world end; `series` are names of what is looked at."""

    words: str
    last: str
    like: str
    months: int  # from the freeze to the end
    series: tuple[str, ...]
    swings: Array  # (member, series), max less min of the last months, prices over their mean
    before: Array  # (member, series), the same of as many months before them
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
    def most(self) -> tuple[str, float, float]:
        """Return what moves most: its name, its median swing, and that of the months before."""
        middle = np.median(self.swings, axis=0)
        at = int(middle.argmax())
        return self.series[at], float(middle[at]), float(np.median(self.before[:, at]))


# ---- the worlds ----------------------------------------------------------------------------------


def freezes(scenario: Scenario) -> list[Freeze]:
    """Return the worlds to freeze, none where too few months would be left.

    The scenario's own politics and politics that all answer back, both under the outside paths of
    `FREEZE` (or of the last month before it that the scenario runs); and the latter under those of
    the scenario's last month, where that comes later.
    """
    period = scenario.period
    last = min(FREEZE, period.last)
    if last < period.first or month_number(END) - month_number(last) < 2 * LAST_MONTHS:
        return []
    own, all_answer = _lasting(scenario, last), _reactive(_lasting(scenario, last))
    out = [
        Freeze("the scenario's own politics", own, last, last),
        Freeze("politics that all answer back", all_answer, last, last),
    ]
    if period.last > last:
        out.append(Freeze("politics that all answer back", all_answer, last, period.last))
    return out


def _lasting(scenario: Scenario, last: str) -> Scenario:
    """Return the scenario running to `END` with the measures adopted to month `last` alone."""
    adopted = {row.id: f"{row.adopted:%Y-%m}" for row in load("measures")}
    own = scenario.measures
    wanted = tuple(adopted) if own.include == "all" else own.include
    measures = own.model_copy(
        update={
            "include": tuple(i for i in wanted if adopted[i] <= last),
            "add": tuple(row for row in own.add if f"{row.first:%Y-%m}" <= last),
        }
    )
    period = scenario.period.model_copy(update={"last": END})
    # Paths of the scenario may end before `END`: after the freeze nothing of them is read.
    return scenario.model_copy(update={"period": period, "measures": measures})


def _reactive(scenario: Scenario) -> Scenario:
    """Return the scenario with a Council, states and a DPRK that all decide by their rules."""
    actors = scenario.actors
    changed: dict[str, Any] = {}
    for name in PARTNERS:
        support = {"mode": "rule", "value": None, "path": None}
        changed[name] = actors[name].model_copy(
            update={
                "law": "endogenous" if name == "China" else actors[name].law,
                "enforcement": Enforcement(),
                "support": actors[name].support.model_copy(update=support),
            }
        )
    changed["DPRK"] = actors.DPRK.model_copy(update={"evasion": Evasion(), "border": "decision"})
    changed["UN"] = actors.UN.model_copy(update={"mode": "reactive"})
    free: Actors = actors.model_copy(update=changed)
    return scenario.model_copy(update={"actors": free})


def frozen(inputs: Inputs, last: int, like: int) -> Inputs:
    """Return inputs whose outside paths, after month `last`, keep the values of month `like`."""
    changed: dict[str, Any] = {"hazard": False}
    for name in (*HELD, *SET):
        path = getattr(inputs, name)
        if path is not None:
            path = path.copy()
            path[last + 1 :] = SET.get(name, path[like])
        changed[name] = path
    return dataclasses.replace(inputs, **changed)


# ---- what becomes of them ------------------------------------------------------------------------


def settle(world: World, freeze: Freeze) -> Settling:
    """Run a world with its outside paths frozen and say how its members end."""
    run = months(freeze.scenario.period.first, freeze.scenario.period.last)
    last = run.index(freeze.last)
    own = dataclasses.replace(world, scenario=freeze.scenario)
    record = own.run(frozen(own.inputs(), last, run.index(freeze.like)))
    names, series = watched(record)
    return judged(freeze, len(run) - 1 - last, names, series)


def watched(record: Record) -> tuple[tuple[str, ...], Array]:
    """Return what is looked at: names, and values by (month, member, series); prices over mean.

    Enforcement, support and own acts of every partner, the DPRK's effort, prices of goods it sells.
    """
    parts, names = [], []
    for name, words in (("enforcement", "enforcement of"), ("support", "support of"),
                        ("own_acts", "own acts of")):  # fmt: skip
        parts.append(record[name][:, 0])
        names += [f"{words} {ACTOR_WORDS[partner]}" for partner in PARTNERS]
    parts.append(record["effort"][:, 0, :, None])
    names.append(f"effort of {ACTOR_WORDS['DPRK']}")
    price = record["export_price"][:, 0]
    parts.append(price / price[-LAST_MONTHS:].mean(axis=0))
    names += [f"price of {good}" for good in EXPORT_GOODS]
    return tuple(names), np.concatenate(parts, axis=-1)


def judged(freeze: Freeze, after: int, names: tuple[str, ...], series: Array) -> Settling:
    """Return the verdict on each member from the end of its series, (month, member, series).

    Looked at are the last `LAST_MONTHS`. A member settles where every swing is below `SETTLED`; it cycles where a series swings more than
    `CYCLING` and turns at least `TURNS` times each way; else it still drifts.
    """
    last = series[-LAST_MONTHS:]
    swings = np.ptp(last, axis=0)
    before = np.ptp(series[-2 * LAST_MONTHS : -LAST_MONTHS], axis=0)
    cycling = np.zeros(swings.shape, dtype=bool)
    for m, s in np.argwhere(swings > CYCLING):
        cycling[m, s] = turns(last[:, m, s]) >= TURNS
    settled = (swings < SETTLED).all(axis=-1)
    verdict = tuple(
        SETTLES if calm else CYCLES if any(row) else DRIFTS
        for calm, row in zip(settled, cycling, strict=True)
    )
    return Settling(
        freeze.words, freeze.last, freeze.like, after, names, swings, before, cycling, verdict
    )


def turns(path: Array) -> int:
    """Return how often a path turns each way, by at least half of its swing: the fewer of both."""
    least = 0.5 * float(np.ptp(path))
    peaks, troughs = (find_peaks(side, prominence=least)[0] for side in (path, -path))
    return min(len(peaks), len(troughs))
