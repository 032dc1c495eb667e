"""What is said of an actor's month: terms, levels, quantities, measures; plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Decider = Literal["rule", "scenario", "arm"]
"""Who decided a level: the partner's rule, the scenario, or the arm that holds it still."""


@dataclass(frozen=True)
class Band:
    """Mean and 5 to 95 % band over members; means of parts add up to the mean of their sum."""

    mean: float
    p05: float
    p95: float


@dataclass(frozen=True)
class Term:
    """One term of a wish: what was seen, in its unit, and what it adds to the wish."""

    name: str
    words: str
    seen: Band | None
    seen_unit: str | None
    adds: Band


@dataclass(frozen=True)
class Level:
    """A level that follows a wish: before and after, and the share of members it rose in."""

    before: Band | None
    after: Band
    rising: float
    falling: float
    speed_up: Band
    speed_down: Band
    decided_by: Decider


@dataclass(frozen=True)
class Weighing:
    """One decision: its terms, their sum, and what follows; `unit` that of terms and sum."""

    name: str
    title: str
    unit: str
    terms: tuple[Term, ...]
    sum: Band
    results: dict[str, Band]
    level: Level | None = None


@dataclass(frozen=True)
class Quantity:
    """One quantity of the month; a plain number is a share of members."""

    name: str
    words: str
    unit: str
    values: dict[str, Band | float | None]  # by column, a key of `decision_words.COLUMNS`


@dataclass(frozen=True)
class Group:
    """Quantities under one title."""

    name: str
    title: str
    rows: tuple[Quantity, ...]


@dataclass(frozen=True)
class Measure:
    """A measure of the registry, and whether it acts on a flow of the model."""

    id: str
    instrument: str
    adopted: str
    flow: str
    commodity: str
    kind: str
    acts: bool


@dataclass(frozen=True)
class Explained:
    """All there is to say of one actor's month."""

    scenario: str
    actor: str
    month: str
    arm: str
    arm_words: str
    members: int
    notes: list[str]
    weighings: list[Weighing] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)


def band(values: Array) -> Band:
    """Return mean, p05 and p95 of an array over members."""
    if values.size == 1:
        return Band(*[float(values.reshape(-1)[0])] * 3)
    low, high = np.quantile(values, (0.05, 0.95))
    return Band(float(values.mean()), float(low), float(high))
