"""Break-even: what Russia would have had to be for half of a loss, and the whole, to be made good.

Four levers of Russia are searched far beyond what any source gives: what its idle firms could
take on, how open its state is, what its corridors carry, and how many workers it lets in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import DivertError
from sim.experiment.break_even_search import (
    FOUND,
    NEVER,
    TOLERANCE,
    Brackets,
    close,
    first_crossing,
)
from sim.experiment.break_even_world import (
    OFFSET,
    OUTCOMES,
    Laboratory,
    Lanes,
    Loss,
    Progress,
    loss_of,
)
from sim.scenario import Scenario
from sim.workers import Workers

Array = NDArray[np.float64]

POTENTIAL, LABOUR, CORRIDOR, ALL, OPENNESS = "potential", "labour", "corridor", "all", "openness"
LEVERS = (POTENTIAL, LABOUR, CORRIDOR, ALL)
"""Levers in multiples; ALL is one multiple of the three others together."""

TARGETS = (0.5, 1.0)
BY_RULE = float("nan")
"""Support that Russia's own rule decides."""

SEARCHED = (BY_RULE, 0.25, 0.5, 1.0)
SHOWN = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST = 4096
FALL = 0.01
"""Points of the loss by which a curve falls before it is said not to be monotone."""


@dataclass(frozen=True)
class Setting:
    """Whether Russia's measures bind it, and its support (NaN where its rule decides)."""

    law: bool
    support: float


@dataclass(frozen=True)
class Curve:
    """Outcomes along a lever in one setting, (grid, member, outcome), and where they were taken.

    `places` are powers of two, or levels of support where the lever is openness itself.
    """

    lever: str
    setting: Setting
    places: Array
    rows: Array

    @property
    def values(self) -> Array:
        """Return the lever's multiples, or levels of support, (grid,)."""
        return self.places if self.lever == OPENNESS else np.exp2(self.places)

    @property
    def falls(self) -> int:
        """Return in how many draws the offset falls anywhere along the lever."""
        worst = np.diff(self.rows[..., OFFSET], axis=0).min(axis=0)
        return int((worst < -FALL).sum())


@dataclass(frozen=True)
class Answer:
    """What one lever takes to reach a target: value and outcomes, (member,), inf where it never.

    `states` says of each draw whether it was there at once, found, or never reached.
    """

    curve: Curve
    target: float
    states: tuple[str, ...]
    value: Array
    rows: Array

    @property
    def never(self) -> int:
        """Return in how many draws the target is not reached in the range searched."""
        return self.states.count(NEVER)

    @property
    def misses(self) -> Array:
        """Return how far the offset is from its target where a root was searched, (root,)."""
        found = np.array([state == FOUND for state in self.states])
        return np.asarray(np.abs(self.rows[found, OFFSET] - self.target))

    @property
    def error(self) -> float:
        """Return the largest of the misses, 0 without any."""
        return float(self.misses.max(initial=0.0))

    @property
    def off(self) -> int:
        """Return how many roots miss their target by more than the tolerance."""
        return int((self.misses > TOLERANCE).sum())


@dataclass(frozen=True)
class BreakEven:
    """The surface and the answers of a scenario; `members` are the draws that have a loss."""

    scenario: Scenario
    loss: Loss
    members: NDArray[np.intp]
    most: int
    curves: tuple[Curve, ...]
    answers: tuple[Answer, ...]
    runs: int


SHARE_OF_GRID = 0.6
"""Share of the work that the grid is; the rest are searches between its places."""


def find_break_even(
    scenario: Scenario, workers: int, most: int = MOST, progress: Progress = None
) -> BreakEven:
    """Return what Russia would have had to be; levers go from 1 to `most` in powers of two.

    Without a loss to offset there are neither curves nor answers. Raises DivertError where `most`
    is no power of two.
    """
    if most < 2 or most & (most - 1):
        raise DivertError(f"found {most}; allowed: a power of 2 from 2 on", key="--most")
    loss = loss_of(scenario)
    members = np.flatnonzero(loss.loss > 0.0)
    if not loss.significant:
        return BreakEven(scenario, loss, members, most, (), (), 0)
    report = progress or (lambda share: None)
    with Workers(workers) as pool:
        laboratory = Laboratory(scenario, loss, pool)
        curves = _curves(laboratory, members, most, report)
        answers = _answers(laboratory, members, curves, report)
    report(1.0)
    return BreakEven(scenario, loss, members, most, curves, answers, laboratory.runs)


def _grids(most: int) -> Iterator[tuple[str, Setting, Array]]:
    """Yield each lever, setting and grid of places."""
    powers = np.arange(0.0, np.log2(most) + 0.5)
    for law in (True, False):
        for lever in LEVERS:
            supports = SHOWN if lever == POTENTIAL else SEARCHED[1:]
            for support in ((BY_RULE,) if law else ()) + supports:
                yield lever, Setting(law, support), powers
        yield OPENNESS, Setting(law, BY_RULE), np.array(SHOWN)


def lanes_of(lever: str, setting: Setting, places: Array, member: NDArray[np.intp]) -> Lanes:
    """Return worlds with one lever at given places, one for each member named, (lane,)."""
    one = np.ones(places.size)
    opens = lever == OPENNESS
    multiple = one if opens else np.exp2(places)
    return Lanes(
        member=member,
        law=np.full(places.size, setting.law),
        support=places if opens else np.full(places.size, setting.support),
        potential=multiple if lever in (POTENTIAL, ALL) else one,
        labour=multiple if lever in (LABOUR, ALL) else one,
        corridor=multiple if lever in (CORRIDOR, ALL) else one,
    )


def together(parts: list[Lanes]) -> Lanes:
    """Return worlds of several parts in one."""
    return Lanes(*(np.concatenate([vars(p)[n] for p in parts]) for n in vars(parts[0])))


def _curves(
    laboratory: Laboratory, members: NDArray[np.intp], most: int, report: Callable[[float], None]
) -> tuple[Curve, ...]:
    """Return the outcomes along every lever in every setting."""
    grids = list(_grids(most))
    lanes = [
        lanes_of(lever, setting, np.repeat(places, members.size), np.tile(members, places.size))
        for lever, setting, places in grids
    ]
    got = laboratory.run(together(lanes), lambda share: report(SHARE_OF_GRID * share))
    parts = np.split(got, np.cumsum([len(part) for part in lanes])[:-1])
    shape = (-1, members.size, len(OUTCOMES))
    return tuple(Curve(*grid, rows.reshape(shape)) for grid, rows in zip(grids, parts, strict=True))


def _answers(
    laboratory: Laboratory,
    members: NDArray[np.intp],
    curves: tuple[Curve, ...],
    report: Callable[[float], None],
) -> tuple[Answer, ...]:
    """Return what each lever takes in each setting, all searches in lock-step."""
    asked = [(c, target) for c in curves if _is_searched(c) for target in TARGETS]
    crossings = [first_crossing(c.rows[..., OFFSET], target) for c, target in asked]
    open_ = [
        (k, m) for k, (states, _) in enumerate(crossings) for m, s in enumerate(states)
        if s == FOUND
    ]  # fmt: skip
    values = np.full((len(asked), members.size), np.inf)
    rows = np.full((len(asked), members.size, len(OUTCOMES)), np.inf)
    for k, ((curve, _), (states, first)) in enumerate(zip(asked, crossings, strict=True)):
        for m, state in enumerate(states):
            if state != NEVER:
                values[k, m], rows[k, m] = curve.places[first[m]], curve.rows[first[m], m]
    if open_:
        _search(laboratory, members, asked, crossings, np.array(open_), values, rows, report)
    return tuple(
        Answer(
            curve, target, tuple(states),
            values[k] if curve.lever == OPENNESS else np.exp2(values[k]), rows[k],
        )
        for k, ((curve, target), (states, _)) in enumerate(zip(asked, crossings, strict=True))
    )  # fmt: skip


def _is_searched(curve: Curve) -> bool:
    support = curve.setting.support
    return curve.lever == OPENNESS or np.isnan(support) or support in SEARCHED


def _search(
    laboratory: Laboratory,
    members: NDArray[np.intp],
    asked: list[tuple[Curve, float]],
    crossings: list[tuple[list[str], NDArray[np.intp]]],
    at: NDArray[np.intp],
    values: Array,
    rows: Array,
    report: Callable[[float], None],
) -> None:
    """Close the brackets of searches `at` (search, 2) and write place and row where they stand."""
    curve = [asked[k][0] for k, _ in at]
    target = np.array([asked[k][1] for k, _ in at])
    upper = np.array([crossings[k][1][m] for k, m in at])
    low, high = (
        np.array([c.places[u - d] for c, u in zip(curve, upper, strict=True)]) for d in (1, 0)
    )
    below = np.array(
        [c.rows[u - 1, m, OFFSET] for c, u, (_, m) in zip(curve, upper, at, strict=True)]
    )
    ends = rows[at[:, 0], at[:, 1]]

    done = SHARE_OF_GRID

    def tried(places: NDArray[np.intp], place: Array) -> Array:
        nonlocal done
        done += 0.3 * (1.0 - done)
        report(done)
        parts = [
            lanes_of(curve[i].lever, curve[i].setting, place[j : j + 1], members[at[i, 1:]])
            for j, i in enumerate(places)
        ]
        return laboratory.run(together(parts))

    brackets = Brackets(low, high, below - target, ends[:, OFFSET] - target, target)
    roots = close(brackets, ends, tried)
    values[at[:, 0], at[:, 1]], rows[at[:, 0], at[:, 1]] = roots.place, roots.rows
