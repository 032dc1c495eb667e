"""Forecasts of figures a fit has not seen, and what simpler rules would have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, COAL, RUSSIA, SOLD, month_name, month_number
from sim.calibration.kernel import by_series, error_draws, misses
from sim.calibration.outcomes import OUTCOMES, read
from sim.experiment.static import static_trade
from sim.inputs import Inputs

Array = NDArray[np.float64]

COPIES = 16
"""Draws of the error for each accepted draw."""


@dataclass(frozen=True)
class Target:
    """A figure to forecast: one observation, or the mean per month of months spread evenly."""

    series: str
    rows: tuple[Any, ...]

    @property
    def first(self) -> str:
        """Return its first month."""
        return str(min(row.start for row in self.rows))

    @property
    def last(self) -> str:
        """Return its last month."""
        return str(max(row.end for row in self.rows))

    @property
    def observed(self) -> float:
        """Return the figure, of spread months their mean."""
        return float(np.mean([row.value for row in self.rows]))

    @property
    def mark(self) -> str:
        """Return the mark of the figure."""
        return str(self.rows[0].mark)


def targets(rows: tuple[Any, ...]) -> list[Target]:
    """Return the figures to score: months that a source spreads evenly count as one.

    They are scored as their sum, said as the mean a month.
    """
    out = [Target(row.series, (row,)) for row in rows if row.method != "spread"]
    for name in by_series(rows):
        spread = tuple(row for row in rows if row.series == name and row.method == "spread")
        if spread:
            out.append(Target(name, spread))
    return out


def predictive(
    series: dict[str, Array],
    months: tuple[str, ...],
    seen: tuple[Any, ...],
    wanted: list[Target],
    seed: int,
) -> list[Array]:
    """Return draws of each target, (copy x member,): runs times errors as the fit found them.

    The error of a series is that of the kernel: the declared one, or in a pooled series a draw from
    what each member missed in the figures `seen`.
    """
    out: list[Array] = []
    by_name = by_series(seen)
    for number, target in enumerate(wanted):
        one = OUTCOMES[target.series]
        simulated = read(series, months, target.rows)
        members = simulated.shape[1]
        past = tuple(seen[i] for i in by_name.get(target.series, []))
        missed = misses(read(series, months, past), past) if past else np.zeros((0, members))
        key = (number, len(target.rows), month_number(target.first))
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
        # Months that one residual was spread over miss together: one error for them all.
        error = error_draws(target.series, missed, random, (COPIES, 1, members))
        drawn = (simulated + one.floor) * np.exp(error) - one.floor
        out.append(np.maximum(drawn, 0.0).mean(axis=1).ravel())
    return out


def crps(draws: Array, observed: float) -> float:
    """Return the continuous ranked probability score of an ensemble (Gneiting & Raftery 2007).

    In the unit of the figure; of a single value it is the absolute error.
    """
    ordered = np.sort(draws)
    count = ordered.size
    weight = 2.0 * np.arange(1, count + 1) - count - 1.0
    return float(np.abs(ordered - observed).mean() - (weight * ordered).sum() / count**2)


def _by_month(rows: tuple[Any, ...]) -> dict[str, float]:
    """Return the observed rate a month, months of a longer figure alike."""
    rates: dict[str, float] = {}
    for row in sorted(rows, key=lambda r: (r.published, r.end)):
        span = range(month_number(row.start), month_number(row.end) + 1)
        for number in span:
            rates[month_name(number)] = row.value / len(span)
    return rates


def naive(target: Target, seen: tuple[Any, ...]) -> tuple[float, float]:
    """Return what two rules say: the last value, and the last such month observed.

    NaN where the series has no figure yet, or is no flow or stock by month.
    """
    one = OUTCOMES[target.series]
    past = tuple(row for row in seen if row.series == target.series)
    if not past or one.kind not in ("sum", "end"):
        return np.nan, np.nan
    if one.kind == "end":
        last = max(past, key=lambda row: row.end).value
        return last, last
    rates = _by_month(past)
    final = rates[max(rates)]
    same = {month[5:]: rates[month] for month in sorted(rates)}
    totals = []
    for row in target.rows:
        numbers = range(month_number(row.start), month_number(row.end) + 1)
        calendar = [f"{number % 12 + 1:02d}" for number in numbers]
        totals.append((final * len(numbers), sum(same.get(m, final) for m in calendar)))
    last_value, same_month = np.mean(totals, axis=0)
    return float(last_value), float(same_month)


def static_series(inputs: Inputs) -> dict[str, Array]:
    """Return the series that the static CES model has, each (month, member)."""
    cells, totals = static_trade(inputs)
    return {
        "china_imports": totals[..., CHINA, SOLD],
        "china_exports": totals[..., CHINA, BOUGHT],
        "china_coal": cells[:, :, CHINA, SOLD, COAL],
        "russia_exports": totals[..., RUSSIA, BOUGHT],
        "russia_imports": totals[..., RUSSIA, SOLD],
    }
