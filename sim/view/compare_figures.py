"""Figures of a comparison: offsets and channels, receipts by month, differences by channel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.experiment.answer import BAND, CHANNEL_WORDS
from sim.experiment.offset import CHANNELS
from sim.experiment.paired import Measured
from sim.view.colours import SCENARIO_COLOURS
from sim.view.drawing import days_of, draw_band, grid_of_axes, save_pngs, thousands, time_axis

Array = NDArray[np.float64]

DODGE = 0.8
NONE_AT_ALL = "no loss"
LEVEL_NAMES, A_LINE = 3, 4
"""Names that stand level below a panel, and names on a line of a legend."""


def _colour(i: int) -> str:
    return SCENARIO_COLOURS[i % len(SCENARIO_COLOURS)]


def offsets(found: Sequence[Measured]) -> Figure:
    """Return the offset of each scenario, and its channels side by side, percent of the loss."""
    figure, (whole, parts) = grid_of_axes(1, 2, (12, 5.6))
    for i, side in enumerate(found):
        _bar(whole, i, 0.6, 100.0 * side.quantities["offset"].values, _colour(i))
    whole.set_xticks(range(len(found)), [side.label for side in found], fontsize=8)
    if len(found) > LEVEL_NAMES:
        whole.tick_params(axis="x", labelrotation=20)
    whole.set_xlim(-0.6, len(found) - 0.4)
    whole.axhline(0, color="k", linewidth=0.8)
    whole.set_title("Offset", loc="left", fontsize=10)
    for i, side in enumerate(found):
        values = [100.0 * side.quantities[CHANNEL_WORDS[name]].values for name in CHANNELS]
        _dodged(parts, i, len(found), values, side.label)
    _channel_axis(parts, "By channel, on a scale of its own")
    for axis in (whole, parts):
        axis.set_ylabel("% of the loss, median and 5-95 %")
    _names_below(figure, parts)
    figure.suptitle("How much of the loss from China's restrictions Russia makes good", fontsize=12)
    return figure


def differences(found: Sequence[Measured]) -> Figure:
    """Return paired differences of the channels to the reference, USD million."""
    figure, (axis,) = grid_of_axes(1, 1, (9, 5.2))
    names = [f"{CHANNEL_WORDS[name]}, amount" for name in CHANNELS]
    reference = found[0].quantities
    for i, side in enumerate(found[1:], start=1):
        values = [side.quantities[n].values - reference[n].values for n in names]
        _dodged(axis, i, len(found), values, side.label, first=1)
    _channel_axis(axis, "")
    axis.set_ylabel("million USD over the window, median and 5-95 %")
    thousands(axis)
    _names_below(figure, axis)
    figure.suptitle(
        f"What Russia gives back: difference to {found[0].label}, member by member", fontsize=12
    )
    return figure


def receipts_by_month(found: Sequence[Measured]) -> Figure:
    """Return the DPRK's receipts by month with nobody held still, a line and band per scenario."""
    figure, (level, change) = grid_of_axes(2, 1, (10, 7.4))
    days = days_of(found[0].months)
    for i, side in enumerate(found):
        draw_band(level, days, side.monthly, _colour(i), side.label)
        if i > 0:
            draw_band(change, days, side.monthly - found[0].monthly, _colour(i), side.label)
    level.set_title("Receipts, unrecorded income included", loc="left", fontsize=10)
    level.set_ylim(bottom=0)
    change.set_title(f"Difference to {found[0].label}, member by member", loc="left", fontsize=10)
    change.axhline(0, color="k", linewidth=0.8)
    for axis in (level, change):
        axis.set_ylabel("million USD a month")
        time_axis(axis)
        axis.legend(frameon=False, fontsize=8)
    figure.suptitle("Hard-currency receipts of the DPRK: median, 5-95 %", fontsize=12)
    return figure


def _dodged(
    axis: Axes, i: int, sides: int, values: list[Array], label: str, first: int = 0
) -> None:
    """Draw a bar of each channel beside those of the other scenarios."""
    width = DODGE / (sides - first)
    for place, channel in enumerate(values):
        at = place - DODGE / 2 + (i - first + 0.5) * width
        _bar(axis, at, 0.9 * width, channel, _colour(i))
    axis.bar([0], [0], color=_colour(i), label=label)


def _channel_axis(axis: Axes, title: str) -> None:
    words = [CHANNEL_WORDS[name].replace("that ", "that\n").replace("and ", "and\n")
             for name in CHANNELS]  # fmt: skip
    axis.set_xticks(range(len(words)), words, fontsize=8)
    axis.set_title(title, loc="left", fontsize=10)
    axis.set_xlim(-0.6, len(words) - 0.4)
    axis.margins(y=0.12)
    axis.axhline(0, color="k", linewidth=0.8)


def _names_below(figure: Figure, axis: Axes) -> None:
    """Put the names of the scenarios below the panels, where they hide no bar."""
    handles, names = axis.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(len(names), A_LINE),
                  frameon=False, fontsize=8)  # fmt: skip


def _bar(axis: Axes, at: float, width: float, values: Array, colour: str) -> None:
    """Draw the median as a bar and the band as a whisker; words where there is no value."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        # Halfway up the panel: zero may be at its very edge.
        axis.annotate(NONE_AT_ALL, (at, 0.5), xycoords=axis.get_xaxis_transform(), ha="center",
                      va="center", fontsize=8, rotation=90)  # fmt: skip
        return
    low, mid, high = (float(level) for level in np.quantile(known, BAND))
    axis.bar(at, mid, width=width, color=colour)
    ends = [[max(mid - low, 0.0)], [max(high - mid, 0.0)]]
    # The dot shows whose whisker it is where the bar is too short to see.
    axis.errorbar(at, mid, ends, color="k", capsize=3, linewidth=1, fmt="o", markersize=4,
                  markerfacecolor=colour)  # fmt: skip


def write_comparison_figures(folder: Path, found: Sequence[Measured]) -> list[Path]:
    """Write every figure as PNG and return the paths."""
    drawn = {
        "offsets": offsets(found),
        "receipts_by_month": receipts_by_month(found),
        "difference_by_channel": differences(found),
    }
    return save_pngs(folder, drawn)
