"""Figures of decisions: what moved each of them, month by month and as a matrix."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.experiment.answer import window_slice
from sim.experiment.arms import ARM_WORDS, shown_arm
from sim.experiment.decision_words import LOGITS
from sim.experiment.ensemble import Ensemble
from sim.experiment.movers import MOVERS, Decision, decisions
from sim.view.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, YELLOW
from sim.view.drawing import DOTS_A_FIGURE, days_of, grid_of_axes, time_axis

Array = NDArray[np.float64]

SIZE = (11.0, 8.0)
COLOURS = {
    "un": BLUE, "us": RED, "provocation": ORANGE, "diplomacy": SKY, "stability": PURPLE,
    "need": GREEN, "rivalry": YELLOW, "losses": GREY, "commerce": YELLOW, "both": GREEN,
}  # fmt: skip
HATCHES = {"commerce": "////", "both": "...."}
"""Movers of support alone share a colour with another and are told apart by their hatching."""

PANELS = ("China.enforcement", "Russia.enforcement", "Russia.support", "China.limit",
          "Russia.limit")  # fmt: skip
MATRIX_FRAME, MATRIX_ROW = 1.7, 0.62
"""Inches of the matrix around its rows, and of each row."""

DARK = 0.55
"""Share of a row above which the shade needs white figures."""

LONGEST_LINE = 11

LOGITS_WORDS = (
    "Logits: the scale on which what a wish weighs adds up; one more takes enforcement from 0.50 "
    "to 0.73, two to 0.88."
)
"""The unit of a wish in words: the level is its logistic function."""
SMALLEST_SHOWN = 0.005


def who_moved_whom(ensemble: Ensemble) -> Figure:
    """Return how each mover has changed what decisions weigh since the first month, stacked."""
    arm, days = shown_arm(ensemble.arms), days_of(ensemble.inputs.months)
    shown = [d for d in decisions(ensemble, arm) if d.name in PANELS]
    figure, axes = grid_of_axes((len(shown) + 2) // 2, 2, SIZE)
    for axis, decision in zip(axes, shown, strict=False):
        _stack(axis, days, decision)
    figure.set_layout_engine("constrained", wspace=0.05)
    axes[-1].set_axis_off()
    axes[-1].legend(handles=_handles(shown), loc="center", frameon=False, title="Moved by")
    first = ensemble.inputs.months[0]
    figure.suptitle(f"Who moved whom ({ARM_WORDS[arm]}; means of the members)", fontsize=12)
    figure.supxlabel(
        f"Areas: by how much each mover has changed the wish, or the strictest draft, since {first}"
        f"; above and below zero they add up to the whole change.\n{LOGITS_WORDS}",
        fontsize=9,
    )
    return figure


def _handles(shown: list[Decision]) -> list[Any]:
    """Return the legend's entries: every mover that moved a panel's decision, and the line."""
    moved = {name for decision in shown for name, _ in _in_order(decision.moved())}
    movers = [name for name in MOVERS if name in moved]
    areas: list[Any] = [
        Patch(facecolor=COLOURS[n], hatch=HATCHES.get(n), edgecolor="white", label=MOVERS[n])
        for n in movers
    ]
    return [
        *areas,
        Line2D([], [], color="k", linewidth=1.4, label="the level (scale on the right)"),
    ]


def _stack(axis: Axes, days: Any, decision: Decision) -> None:
    """Draw one decision: changes stacked upward and downward apart, its level on the right."""
    for sign in (1.0, -1.0):
        base = np.zeros(len(days))
        for name, part in _in_order(decision.moved()):
            top = base + sign * np.maximum(sign * part, 0.0)
            axis.fill_between(
                days, base, top, facecolor=COLOURS[name], hatch=HATCHES.get(name),
                edgecolor="white", linewidth=0.0,
            )  # fmt: skip
            base = top
    axis.axhline(0.0, color="#333333", linewidth=0.8)
    axis.set_title(decision.title, loc="left", fontsize=10)
    wish = "change of the wish" if decision.unit == LOGITS else "change"
    axis.set_ylabel(f"{wish}, {decision.unit}")
    level = axis.twinx()
    level.plot(days, decision.level.mean(axis=1), color="k", linewidth=1.4)
    level.set_ylabel(decision.level_words)
    level.spines["top"].set_visible(False)
    if decision.unit == LOGITS:
        level.set_ylim(-0.02, 1.05)
    time_axis(axis)


def _in_order(moved: dict[str, Array]) -> list[tuple[str, Array]]:
    """Return the movers that have moved anything, in the order of the legend."""
    return [(name, moved[name]) for name in MOVERS if name in moved and moved[name].any()]


def who_moved_whom_matrix(ensemble: Ensemble) -> Figure:
    """Return the mean size of the change by each mover over the window, decisions by movers.

    Numbers are in the unit of the row; the shade is the mover's share of its row.
    """
    arm, span = shown_arm(ensemble.arms), ensemble.scenario.window
    rows, months = decisions(ensemble, arm), window_slice(ensemble)
    sizes, means = (
        np.array([[found.get(name, np.nan) for name in MOVERS] for found in table])
        for table in ([row.sizes(months) for row in rows], [row.means(months) for row in rows])
    )
    whole = np.nansum(sizes, axis=1, keepdims=True)
    shares = np.nan_to_num(sizes) / np.where(whole > 0.0, whole, 1.0)
    height = MATRIX_FRAME + MATRIX_ROW * len(rows)
    figure = Figure(figsize=(SIZE[0], height), dpi=DOTS_A_FIGURE, layout="constrained")
    axis = figure.subplots()
    shades = LinearSegmentedColormap.from_list("white to blue", ["#ffffff", BLUE])
    image = axis.imshow(shares, cmap=shades, vmin=0.0, vmax=1.0, aspect="auto")
    figure.colorbar(image, ax=axis, label="share of its row", pad=0.02)
    for (r, c), size in np.ndenumerate(sizes):
        colour = "white" if shares[r, c] > DARK else "black"
        words = cell_words(float(size), float(means[r, c]))
        axis.text(c, r, words, ha="center", va="center", color=colour, fontsize=9)
    _label(axis, [f"{row.title},\n{row.unit}" for row in rows])
    figure.suptitle(f"Who moved whom, {span.first} to {span.last} ({ARM_WORDS[arm]})", fontsize=12)
    figure.supxlabel(
        f"Mean size of the change by each mover since {ensemble.inputs.months[0]}, over members "
        "and months; ↑ it raised the wish, ↓ lowered it, ↕ both by turns, – no part of its rule.\n"
        f"{LOGITS_WORDS}",
        fontsize=8.5,
    )
    return figure


def cell_words(size: float, mean: float) -> str:
    """Return a cell of the matrix: the size of a change and which way it went."""
    if np.isnan(size):
        return "–"
    if size < SMALLEST_SHOWN:
        return "0"
    arrow = "↕" if abs(mean) < 0.5 * size else "↑" if mean > 0.0 else "↓"
    return f"{size:.2f} {arrow}"


def _label(axis: Axes, rows: list[str]) -> None:
    """Name rows and columns of the matrix and part its cells."""
    words = [textwrap.fill(mover, LONGEST_LINE) for mover in MOVERS.values()]
    axis.set_xticks(range(len(words)), words, fontsize=8)
    axis.xaxis.tick_top()
    axis.set_yticks(range(len(rows)), rows, fontsize=9)
    axis.set_xticks(np.arange(1, len(words)) - 0.5, minor=True)
    axis.set_yticks(np.arange(1, len(rows)) - 0.5, minor=True)
    axis.grid(which="minor", color="#dddddd", linewidth=0.8)
    axis.tick_params(which="both", length=0)
    axis.spines[:].set_visible(False)
