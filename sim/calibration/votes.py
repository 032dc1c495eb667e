"""The Council's own record: which draws of its rule vote as it voted, 2006 to 2025.

Votes do not depend on trade beyond what the base year fixes, and figures of trade say nothing of
the Council's rule, which plays no part while resolutions come on the registry's dates. So each
accepted draw takes new values of that rule from its prior until it votes as the record has it,
its other parameters given (a cut posterior: what the votes would say of them is left out).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim import paths
from sim.axes import VETO_PLAYERS, months
from sim.inputs import build_inputs
from sim.kernels import council
from sim.kernels.enforcement import US_PRESSURE_BASE
from sim.ladder import Ladder
from sim.parameters import all_parameters, draw, parameter_stream, quantile
from sim.politics import council_weights
from sim.scenario_file import load_scenario

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

RULE = (
    "council_ideal", "council_provocation", "council_stability", "council_need",
    "council_diplomacy", "council_outside", "council_threshold", "council_talks",
    "council_deadline", "council_least",
)  # fmt: skip
"""Parameters of the Council's rule, which its votes are asked about."""

FIRST = "2006-01"
LAST = "2025-12"
ANSWER_WITHIN = 3
"""Months within which every nuclear test to 2017 was answered by a resolution."""

SILENT_FROM = "2018-03"
"""Month from which no resolution adds measures: the last, of December 2017, answers November's."""

VETO = "2022-05"
"""Month of the veto by China and Russia (events.csv, 26 May 2022)."""

OLDER = 3
"""Resolutions after nuclear tests that took no trade of the base year: 1718, 1874, 2094."""

RESOLUTIONS = 5
"""Resolutions that took trade: 2270, 2321, 2371, 2375, 2397."""

JUDGED_FROM = "2014-01"

TRIES = 1000
"""Times a draw's rule is taken anew before the last one is kept."""

PLAYERS = list(VETO_PLAYERS)


@dataclass(frozen=True)
class Votes:
    """Votes by month: events (month, draw), codes of `sim.kernels.council`."""

    months: tuple[str, ...]
    events: Array

    def answered(self) -> Flags:
        """Return whether each nuclear test to 2017 got its resolution in time, (test, draw)."""
        tests = [m for m, counts in paths.recorded_tests().items() if counts[0] > 0.0]
        first = [self.months.index(m) for m in tests]
        passed = self.events == council.RESOLUTION
        return np.array([passed[t : t + ANSWER_WITHIN + 1].any(axis=0) for t in first])

    def silent(self) -> Flags:
        """Return whether no resolution comes after the last of the record, (draw,)."""
        late = self.events[self.months.index(SILENT_FROM) :]
        return np.asarray(~(late == council.RESOLUTION).any(axis=0))

    def vetoed(self) -> Flags:
        """Return whether the draft of May 2022 is vetoed in that month, (draw,)."""
        return np.asarray(self.events[self.months.index(VETO)] == council.VETO)

    def enough(self) -> Flags:
        """Return whether as many resolutions are adopted as there are instruments, (draw,)."""
        passed = (self.events == council.RESOLUTION).sum(axis=0)
        return np.asarray(passed == OLDER + RESOLUTIONS)

    def as_recorded(self) -> Flags:
        """Return which draws vote as the Council did, (draw,)."""
        answered = self.answered().all(axis=0)
        return np.asarray(answered & self.silent() & self.vetoed() & self.enough())


@lru_cache(maxsize=1)
def _ladder() -> Ladder:
    """Return the registry's ladder, coverages at their central values."""
    scenario = load_scenario("historical", {"actors.UN.mode": "reactive"})
    found = build_inputs(scenario, draw("central", 1, 0)).ladder
    assert found is not None
    return found


@lru_cache(maxsize=1)
def _outside() -> tuple[tuple[str, ...], Array, Array, Array, Array]:
    """Return months, tests, grave tests, summits and threat of the whole record."""
    known = tuple(paths.recorded_tests())
    period = tuple(m for m in months(FIRST, LAST) if m in known)
    before = np.full(council.OUTLOOK_MONTHS, US_PRESSURE_BASE)
    threat = council.threat(paths.recorded_pressure(period), before)
    return period, paths.provocations(period), paths.grave_tests(period), paths.thaw(period), threat


def votes(parameters: dict[str, Array]) -> Votes:
    """Return how the Council of each draw votes on the recorded tests, (draw,) parameters."""
    period, provocation, grave, thaw, threat = _outside()
    ladder = _ladder()
    count = next(iter(parameters.values())).size
    weights = council_weights(parameters)
    rule = {n: parameters[f"council_{n}"] for n in ("threshold", "talks", "deadline", "least")}
    # Judged paths begin in 2014; earlier months take their first level.
    known = tuple(max(month, JUDGED_FROM) for month in period)
    need = paths.judged("need", known, parameters["need_position"])[..., PLAYERS]
    bites = 1.0 - paths.judged("decoupling", known, parameters["decoupling_position"])
    costs = np.concatenate([np.zeros(OLDER), ladder.costs])
    instruments = np.concatenate([np.arange(OLDER), OLDER + ladder.instrument_numbers])
    nothing = np.zeros((1, count))
    table = council.Table(
        nothing, nothing - 1.0, nothing > 0.0, nothing, np.full((1, count, costs.size), -1.0)
    )
    events = np.zeros((len(period), count))
    no_distress = np.zeros((1, count, 1))
    for t in range(len(period)):
        wish = council.ideal(
            weights, provocation[t], no_distress, need[t], thaw[t][PLAYERS]
        ).strictness
        in_force = ((table.adopted >= 0.0) * costs).sum(axis=-1)
        alone = weights["outside"] * bites[t][:, PLAYERS] * threat[t]
        limits = council.most_acceptable(wish, in_force[..., None], alone)
        vote = council.month(
            table, t, float(grave[t]), limits.min(axis=-1), in_force, costs, instruments, rule
        )
        table, events[t] = vote.table, vote.event[0]
    return Votes(period, events)


def condition(points: Array, parameters: dict[str, Array], seed: int) -> Array:
    """Return points whose Council votes as recorded, as far as its rule can make it.

    `points` (draw, parameter) of the normal scale; `parameters` what they stand for.
    """
    known = all_parameters()
    place = [list(known).index(name) for name in RULE]
    out, values = points.copy(), dict(parameters)
    done = votes(values).as_recorded()
    random = parameter_stream("votes of the Council", seed)
    for _ in range(TRIES):
        if done.all():
            break
        fresh = random.standard_normal((len(points), len(RULE)))
        todo = ~done
        out[np.flatnonzero(todo)[:, None], place] = fresh[todo]
        for column, name in zip(place, RULE, strict=True):
            drawn = quantile(known[name], ndtr(out[todo, column]))
            values[name] = values[name].copy()
            values[name][todo] = drawn
        part = {name: v[todo] for name, v in values.items()}
        done[todo] = votes(part).as_recorded()
    return out
