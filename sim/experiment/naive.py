"""The naive answer: what a reader of customs figures would say, from a run and from the record.

Two-way trade of the window against the same span before the tightening, and Russia's rise over
China's fall. A before and after is no with and without: that is why it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import CHINA, RUSSIA, month_number
from sim.base_year import MONTHS_A_YEAR
from sim.data import load
from sim.inputs import Inputs
from sim.record import Record

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """Two-way recorded trade in the window and before it, USD million over the window's length.

    `before`, `window` (partner: China, Russia; member); `span` names the months compared with and
    `scale` is the window's length over theirs.
    """

    before: Array
    window: Array
    span: tuple[str, str]
    scale: float

    @property
    def fall(self) -> Array:
        """Return by how much China's trade fell, USD million, (member,)."""
        return np.asarray(self.before[0] - self.window[0])

    @property
    def rise(self) -> Array:
        """Return by how much Russia's trade rose, USD million, (member,)."""
        return np.asarray(self.window[1] - self.before[1])

    @property
    def ratio(self) -> Array:
        """Return Russia's rise over China's fall, (member,), NaN without a fall."""
        return np.asarray(self.rise / np.where(self.fall > 0.0, self.fall, np.nan))

    @property
    def change(self) -> Array:
        """Return the relative change, (partner, member), NaN where there was no trade before."""
        before = np.where(self.before > 0.0, self.before, np.nan)
        return np.asarray(self.window / before - 1.0)


def customs_reading(record: Record, arm: int, window: slice, tightened: int) -> Reading | None:
    """Return what the customs of one arm show; None where no whole year lies before `tightened`.

    Before means as many months as the window has, or as many whole years as the run holds.
    """
    length = window.stop - window.start
    year = int(MONTHS_A_YEAR)
    span = length if tightened >= length else tightened // year * year
    if span == 0:
        return None
    two_way = record.customs_totals()[:, arm].sum(axis=-1)[..., (CHINA, RUSSIA)]
    total = lambda first, last: two_way[first:last].sum(axis=0).T  # noqa: E731
    months = record.inputs.months
    return Reading(
        total(tightened - span, tightened) * (length / span),
        total(window.start, window.stop),
        (months[tightened - span], months[tightened - 1]),
        length / span,
    )


def real_reading(inputs: Inputs, window: slice, tightened: int) -> tuple[Reading, str] | None:
    """Return what the real record shows, and its weakest mark; None where it does not cover it.

    Calendar years: the window must be of whole years, and is compared with as many years that end
    before the tightening. Source: `data/trade_recommended.csv`, crude apart.
    """
    months = inputs.months
    first, last = months[window.start], months[window.stop - 1]
    if first[5:] != "01" or last[5:] != "12":
        return None
    now = range(int(first[:4]), int(last[:4]) + 1)
    end = month_number(months[tightened]) // int(MONTHS_A_YEAR)
    then = range(end - len(now), end)
    rows: dict[int, Any] = {row.year: row for row in load("trade_recommended")}
    if not {*now, *then} <= rows.keys():
        return None
    total = lambda years: np.array(  # noqa: E731
        [[sum(getattr(rows[y], name) for y in years)] for name in ("china_total_ex_crude",
                                                                   "russia_total")]
    )  # fmt: skip
    marks = (mark for y in (*now, *then) for mark in (rows[y].china_mark, rows[y].russia_mark))
    return Reading(total(then), total(now), (f"{then[0]}-01", f"{then[-1]}-12"), 1.0), max(marks)
