"""What a run takes: how many members are stepped together, and its time and memory in advance."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass

from sim.record import VARIABLES, shape_of
from sim.scenario import Scenario

BLOCK_FIRMS, LEAST_MEMBERS, MOST_MEMBERS = 800_000, 4, 128
"""Firms of all members stepped together, about, and members at least and at most.

More firms only take more memory, more members of few firms gain nothing, and fewer than four do not
share the fixed work of a month (measured). Neither changes a byte of the result.
"""

WORTH_SAYING = 20.0
"""Seconds of a run from which its forecast is said."""

WRITING = 1.25
"""How much more memory answering and writing take than the finished record does (measured)."""


@dataclass(frozen=True)
class Cost:
    """What a run will take: `seconds` after its first block, `memory_mb` at most, in all."""

    size: str
    block: int
    seconds: float
    memory_mb: float

    @property
    def words(self) -> str:
        """Return the forecast as a sentence."""
        minutes = self.seconds / 60.0
        time = f"{self.seconds:.0f} s" if minutes < 2.0 else f"{minutes:.0f} minutes"
        if minutes >= 120.0:
            time = f"{minutes / 60.0:.1f} hours"
        return (
            f"{self.size}: about {time} more by the speed of its first block on this machine, and "
            f"{self.memory_mb / 1e3:.1f} GB of memory, {self.block} members at a time"
        )


def block_of(scenario: Scenario) -> int:
    """Return how many members of a scenario are stepped together: fewer of a larger world."""
    return members_of(sum(scenario.firms.counts()))


def members_of(firms: int) -> int:
    """Return how many members with so many firms each are stepped together."""
    return max(LEAST_MEMBERS, min(MOST_MEMBERS, BLOCK_FIRMS // firms))


def record_bytes(scenario: Scenario, arms: int) -> float:
    """Return the bytes of the record of all members."""
    values = 0
    for name in VARIABLES:
        count = 1
        for length in shape_of(name):
            count *= length
        values += count
    return 8.0 * values * len(scenario.period.months) * arms * scenario.members


def cost_of(scenario: Scenario, arms: int, block: int, seconds: float) -> Cost:
    """Return what a run will take whose first block, of `block` members, took `seconds`."""
    left = max(0, scenario.members - block)
    record = record_bytes(scenario, arms) / 1e6
    kept = record * block / scenario.members
    firms = sum(scenario.firms.counts())
    months = len(scenario.period.months)
    size = (
        f"{scenario.members:,} members of {firms:,} firms over {months} months in {arms} "
        f"world{'s' * (arms > 1)}"
    )
    return Cost(size, block, seconds / block * left, _peak_mb() - kept + WRITING * record)


def _peak_mb() -> float:
    """Return the most memory this process has taken so far, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
