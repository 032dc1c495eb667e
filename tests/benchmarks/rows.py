"""One table: what was measured, its ratio, the goal and whether it is met."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Row:
    """A measured figure; `least` and `most` are its goal, where there is one."""

    label: str
    value: float
    unit: str = "times"
    least: float | None = None
    most: float | None = None

    @property
    def goal(self) -> str:
        """Return the goal in words."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        if self.least is not None:
            return f"at least {self.least:g}"
        return "" if self.most is None else f"at most {self.most:g}"

    @property
    def met(self) -> str:
        """Return whether the goal is met, in a word."""
        if not self.goal:
            return ""
        low = -math.inf if self.least is None else self.least
        high = math.inf if self.most is None else self.most
        return "met" if low <= self.value <= high else "MISSED"


def show(row: Row) -> None:
    """Print a row of the table."""
    value = f"{row.value:,.3f}" if abs(row.value) < 100.0 else f"{row.value:,.0f}"
    print(f"{row.label:66s} {value:>10s} {row.unit:8s} {row.goal:14s} {row.met}", flush=True)


def work_seconds(make: Callable[[], Callable[[], object]], times: int = 3) -> float:
    """Return the least processor seconds of a few runs of what `make` prepares untimed."""
    best = math.inf
    for _ in range(times):
        work = make()
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the slope of log seconds on log size, by least squares."""
    x, y = [math.log(s) for s in sizes], [math.log(s) for s in seconds]
    middle, level = sum(x) / len(x), sum(y) / len(y)
    return sum((a - middle) * (b - level) for a, b in zip(x, y, strict=True)) / sum(
        (a - middle) ** 2 for a in x
    )


def straight(sizes: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """Return where the best straight line starts, at least 0, and the largest gap from it.

    The start is fixed work, in seconds; gaps are shares of what was measured, and so weighed.
    """
    x, y = np.array(sizes, dtype=float), np.array(seconds)
    slope, start = np.polyfit(x, y, 1, w=1.0 / y)
    if start < 0.0:
        slope, start = ((x / y) @ np.ones(x.size)) / ((x / y) @ (x / y)), 0.0
    return float(start), float(np.abs((start + slope * x - y) / y).max())


def marginal_exponent(
    sizes: Sequence[float], seconds: Sequence[float], fixed: float
) -> float | None:
    """Return the exponent of what sizes cost beyond fixed work, where that is the larger part.

    None where fewer than two sizes cost as much again as the fixed work does.
    """
    beyond = [(n, s - fixed) for n, s in zip(sizes, seconds, strict=True) if s > 2.0 * fixed]
    return exponent(*zip(*beyond, strict=True)) if len(beyond) > 1 else None
