"""The floor of a run: the draws and array operations on lots that no month can leave out.

They are those that ODD names for a lot: two draws, a margin less the weighted risk against the
bar of each route, sums by cell, the belief. Arrays have the sizes of the model's and lie in memory
as they do there, a part of the members at a time in the cache. Left out are law, politics, markets,
balances, the record and all of Python between them, so that no version in NumPy can reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.firms import LANE_ELEMENTS, FirmPopulation
from sim.model import SanctionsModel
from sim.streams import Draws, steps_below
from tests.benchmarks.test_speed import fresh

Array = NDArray[np.float64]

REVIEWED, FOUND = steps_below(np.array([0.4, 0.02]))


@dataclass(frozen=True)
class Lots:
    """The arrays of one population; draws of single precision, the rest doubles and masks."""

    shared: Array  # (six, member, lot): size, exposure and the four bars
    belief: Array  # (arm, member, lot)
    on: NDArray[np.bool_]  # (route, arm, member, lot)
    draws: tuple[Draws, Draws]  # reviews and detections, (member, lot) a month
    cells: NDArray[np.int64]  # lots of each cell

    @classmethod
    def of(cls, firms: FirmPopulation, arms: int) -> Lots:
        """Return arrays of the sizes of a population."""
        members, lots = firms.size.shape
        random = np.random.default_rng(1)
        return cls(
            random.random((6, members, lots)),
            random.random((arms, members, lots)),
            random.random((2, arms, members, lots)) < 0.1,
            (_draws(range(members), lots), _draws(range(members, 2 * members), lots)),
            firms.cell_lots,
        )

    def month(self, t: int, arms: int, reach: int) -> None:
        """Do what month `t` cannot leave out; lots up to `reach` have an illegal route."""
        members, lots = self.shared.shape[1:]
        chunk = max(1, LANE_ELEMENTS // arms // lots)
        for first in range(0, members, chunk):
            self._part(t, slice(first, min(first + chunk, members)), arms, reach)

    def _part(self, t: int, who: slice, arms: int, reach: int) -> None:
        size, exposure, *bars = self.shared[:, who]
        drawn = [draws.take(who, t) for draws in self.draws]
        belief, (legal, illegal) = self.belief[:arms, who], self.on[:, :arms, who]
        reviews = drawn[0] < REVIEWED
        by_cell = np.zeros((*belief.shape[:2], self.cells.size))
        reached = np.cumsum(self.cells) <= reach
        margin = np.repeat(by_cell, self.cells, axis=-1)
        risk = belief[..., :reach] * exposure[:, :reach]
        if reach:
            weight = np.repeat(by_cell[..., reached], self.cells[reached], axis=-1)
            weight *= risk
            margin[..., :reach] -= weight
        move(legal, margin, bars[0], bars[1], reviews)
        total(legal, size, self.cells)
        belief *= 0.9
        belief += 0.05
        if reach:
            illegal, size = illegal[..., :reach], size[:, :reach]
            margin = np.repeat(by_cell[..., reached], self.cells[reached], axis=-1)
            risk *= 0.5
            margin -= risk
            move(illegal, margin, bars[2][:, :reach], bars[3][:, :reach], reviews[:, :reach])
            total(illegal, size, self.cells[reached])
            np.flatnonzero((drawn[1][:, :reach] < FOUND) & illegal)


def _draws(seeds: range, lots: int) -> Draws:
    return Draws([np.random.Generator(np.random.SFC64(seed)) for seed in seeds], lots)


def move(
    on: NDArray[np.bool_], margin: Array, stay: Array, enter: Array, reviews: NDArray[np.bool_]
) -> None:
    """Let lots that review stay or enter where the margin reaches their bar."""
    wish = (margin >= stay) & on
    wish |= margin >= enter
    wish ^= on
    wish &= reviews
    on ^= wish


def total(on: NDArray[np.bool_], size: Array, cells: NDArray[np.int64]) -> Array:
    """Return what is on, by cell."""
    held = on.astype(np.float64)
    held *= size
    return np.add.reduceat(held, np.cumsum(cells) - cells, axis=-1)


def reaches(arms: tuple[str, ...]) -> list[tuple[int, ...]]:
    """Return, by month, the lots of each partner up to the last cell that was ever banned."""
    model = fresh(1, arms)
    found: list[tuple[int, ...]] = []
    while model.month < len(model.inputs.months):
        model.step()
        found.append(tuple(_reach(firms) for firms in model.firms))
    model.leave()
    return found


def _reach(firms: FirmPopulation) -> int:
    banned = np.flatnonzero(firms.ever_banned)
    return int(firms.cell_lots[: banned[-1] + 1].sum()) if banned.size else 0


def floor_of(model: SanctionsModel, by_month: list[tuple[int, ...]]) -> Callable[[], None]:
    """Return what does the floor of every month of a model's period."""
    arms = len(model.arm_names)
    populations = [Lots.of(firms, arms) for firms in model.firms]

    def work() -> None:
        for t, reach in enumerate(by_month):
            for lots, part in zip(populations, reach, strict=True):
                lots.month(t, arms if t >= model.inputs.split else 1, part)

    return work
