"""What figures share: colours for every kind of colour vision, grids of axes, months and bands."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.experiment.answer import BAND

Array = NDArray[np.float64]

# Okabe and Ito (2008): distinct for every kind of colour vision.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#666666",
)  # fmt: skip
PARTNER_COLOURS = {"China": RED, "Russia": BLUE, "RestOfWorld": GREEN}
SCENARIO_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, GREY)
"""Colours of scenarios, or worlds, side by side, in their order."""

DOTS_A_FIGURE = 130
DAYS_A_YEAR = 365.25
MANY_YEARS = 9.0
"""Years that stand beside each other without touching in a panel of half a page."""


def days_of(months: tuple[str, ...]) -> Any:
    """Return the middle day of each month."""
    return [date(int(m[:4]), int(m[5:7]), 15) for m in months]


def grid_of_axes(rows: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure with a grid of axes and room for labels; `size` in inches."""
    figure = Figure(figsize=size, dpi=DOTS_A_FIGURE, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    axes = [axis for row in grid for axis in row]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color="#dddddd", linewidth=0.6)
        axis.set_axisbelow(True)
    return figure, axes


def time_axis(axis: Axes) -> None:
    """Mark years on the time axis of a drawn panel, every other one where it is long."""
    first, last = axis.get_xlim()
    years = (last - first) / DAYS_A_YEAR
    axis.xaxis.set_major_locator(mdates.YearLocator(1 if years <= MANY_YEARS else 2))
    axis.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))


def draw_band(axis: Axes, days: Any, values: Array, colour: str, label: str) -> None:
    """Draw median and 5-95 % band of (month, member) values."""
    low, mid, high = np.quantile(values, BAND, axis=1)
    axis.fill_between(days, low, high, color=colour, alpha=0.22, linewidth=0)
    axis.plot(days, mid, color=colour, linewidth=1.4, label=label)
