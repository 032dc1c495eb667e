"""Figures of the analysis of a sweep: pure functions from it to a Matplotlib figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from sim.sweep.analysis import Analysis
from sim.sweep.analysis_converge import Part
from sim.sweep.analysis_effects import STRONGEST, Bar, Effect, Map
from sim.view.colours import BLUE, GREY, ORANGE
from sim.view.drawing import across, grid_of_axes, legend_below, plain
from sim.view.sweep_percent import is_percent
from sim.view.sweep_words import axis_words, input_words, limit_words

Array = NDArray[np.float64]

COLOURS = "cividis"
"""Even in lightness, the same for every kind of colour vision."""

MOST_TICKS = 12
CELLS_WITH_NUMBERS = 144
"""Cells of a heat map that have room for a number."""

LOG_FROM, CROWDED = 8.0, 0.35
"""An input gets a log scale where its highest level is `LOG_FROM` times its lowest, and half of
its levels lie below the share `CROWDED` of the highest."""

BAND_COLOUR = "#c6dff0"
FINE, FINE_PERCENT = 0.1, 10.0
"""A spread of medians below which cells get a decimal more: of numbers, and of percent."""

LONG_NAME = 30
PANEL = (3.7, 2.9)
"""Inches of one panel of many."""


def response(analysis: Analysis) -> Figure:
    """Return median and 5-95 % of the output by each input, over members and other inputs."""
    effects = analysis.effects[:STRONGEST]
    columns = min(3, len(effects))
    rows = -(-len(effects) // columns)
    figure, axes = grid_of_axes(
        rows, columns, (max(PANEL[0] * columns, 6.5), PANEL[1] * rows + 0.9)
    )
    for axis, effect in zip(axes, effects, strict=False):
        _response_panel(axis, effect)
    for axis in axes[len(effects) :]:
        axis.set_axis_off()
    low = min(level.p05 for effect in effects for level in effect.levels)
    high = max(level.p95 for effect in effects for level in effect.levels)
    room = 0.06 * (high - low) or 0.5
    for i, axis in enumerate(axes[: len(effects)]):
        # One scale for all: what moves the output is seen to move it.
        axis.set_ylim(low - room, high + room)
        if i % columns == 0:
            axis.set_ylabel(axis_words(analysis))
    legend_below(figure, axes[:1], 3)
    return figure


def _response_panel(axis: Axes, effect: Effect) -> None:
    """Draw one input: a line with a band for numbers, bars for words."""
    levels = effect.levels
    low, middle, high = (
        np.array([getattr(level, name) for level in levels]) for name in ("p05", "p50", "p95")
    )
    if effect.given.numeric:
        places = np.array([level.place for level in levels])
        axis.fill_between(places, low, high, color=BAND_COLOUR, linewidth=0, label="5-95 %")
        axis.plot(places, middle, "o-", color=BLUE, linewidth=1.5, markersize=4, label="median")
        _number_ticks(axis, places)
    else:
        places = np.arange(len(levels), dtype=float)
        axis.vlines(places, low, high, color=BAND_COLOUR, linewidth=9, label="5-95 %")
        axis.plot(places, middle, "o", color=BLUE, markersize=4, label="median")
        axis.set_xlim(-0.6, len(levels) - 0.4)
        _word_ticks(axis, "x", [level.words for level in levels])
    means = [level.mean for level in levels]
    axis.plot(places, means, "x", color=ORANGE, markersize=5, label="mean")
    axis.set_xlabel(plain(input_words(effect.given), 36))
    axis.tick_params(labelsize=8)


def _number_ticks(axis: Axes, places: Array) -> None:
    """Mark the values of an input, in logs where they crowd at its low end."""
    low, middle, high = places.min(), np.median(places), places.max()
    if low > 0.0 and high >= LOG_FROM * low and middle < CROWDED * high:
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=6))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_locator(NullLocator())
    else:
        axis.xaxis.set_major_locator(MaxNLocator(5))


def _word_ticks(axis: Axes, side: str, words: Sequence[str]) -> None:
    """Put the words of levels on an axis, not more than there is room for."""
    step = -(-len(words) // MOST_TICKS)
    places = range(0, len(words), step)
    shown = [plain(words[k], 18, 1) for k in places]
    if side == "y":
        axis.set_yticks(list(places), shown, fontsize=8)
        return
    long = max(map(len, shown)) * len(shown) > 40
    turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axis.set_xticks(list(places), shown, fontsize=8, **(turned if long else {}))


def heat_maps(analysis: Analysis) -> Figure | None:
    """Return the median over members by pairs of factors, numbers in the cells."""
    maps = analysis.maps
    if not maps:
        return None
    known = np.concatenate([m.median.ravel() for m in maps])
    scale = Normalize(float(np.nanmin(known)), float(np.nanmax(known)))
    columns = min(2, len(maps))
    rows = -(-len(maps) // columns)
    tallest = max(len(m.row_words) for m in maps)
    height = float(np.clip(0.45 * tallest + 0.9, 3.2 if rows == 1 else 2.4, 5.4))
    figure, axes = grid_of_axes(rows, columns, (8.0 if columns == 1 else 13.0, height * rows + 0.2))
    for axis, found in zip(axes, maps, strict=False):
        _heat_map(axis, found, scale, is_percent(analysis.results.unit))
    for axis in axes[len(maps) :]:
        axis.set_axis_off()
    bar = figure.colorbar(ScalarMappable(scale, COLOURS), ax=axes, pad=0.02, aspect=30)
    bar.set_label(f"{axis_words(analysis)}: median")
    return figure


def _heat_map(axis: Axes, found: Map, scale: Normalize, percent: bool) -> None:
    """Draw one pair; dark numbers on light cells and light ones on dark cells."""
    axis.grid(visible=False)
    colours = colormaps[COLOURS].with_extremes(bad="#eeeeee")
    axis.imshow(found.median, cmap=colours, norm=scale, origin="lower", aspect="auto")
    _word_ticks(axis, "x", found.column_words)
    _word_ticks(axis, "y", found.row_words)
    axis.set_xlabel(plain(input_words(found.column), 50))
    axis.set_ylabel(plain(input_words(found.row), 40))
    if found.median.size > CELLS_WITH_NUMBERS or found.median.shape[1] > MOST_TICKS:
        return
    assert scale.vmin is not None
    assert scale.vmax is not None
    fine = is_fine(scale.vmin, scale.vmax, percent)
    for (i, j), value in np.ndenumerate(found.median):
        dark = not np.isnan(value) and scale(value) < 0.5
        axis.text(j, i, cell_words(value, fine, percent), ha="center", va="center",
                  fontsize=8 if found.median.shape[1] > 7 else 9,
                  color="white" if dark else "black")  # fmt: skip


def is_fine(low: float, high: float, percent: bool) -> bool:
    """Return whether cells from `low` to `high` lie so near that they get a decimal more."""
    return high - low < (FINE_PERCENT if percent else FINE)


def cell_words(value: float, fine: bool = False, percent: bool = False) -> str:
    """Return a number that fits a cell: two decimals of a share or three, the largest in k.

    Of percent none or one.
    """
    if np.isnan(value):
        return "–"
    size = abs(value)
    if size >= 100_000:
        return f"{value / 1000:,.0f}k"
    if size >= 10 and not (percent and fine):
        return f"{value:,.0f}"
    decimals = (1 if percent else 2) + (fine and not percent)
    # Adding nothing takes the sign from a negative number that is rounded to nothing.
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def sobol(analysis: Analysis) -> Figure | None:
    """Return first and total Sobol' indices with their 95 % intervals."""
    rows = analysis.indices.sobol[:STRONGEST][::-1] if analysis.indices else ()
    if not rows:
        return None
    figure, (axis,) = grid_of_axes(1, 1, (8.0, 0.5 * len(rows) + 1.8))
    places = np.arange(len(rows))
    parts = (
        (0.17, "total", BLUE, "total: with all it does together with others"),
        (-0.17, "first", ORANGE, "first: alone"),
    )
    for shift, name, colour, words in parts:
        axis.barh(
            places + shift, [getattr(r, name) for r in rows], 0.32, color=colour, label=words,
            xerr=[getattr(r, f"{name}_conf") for r in rows],
            error_kw={"elinewidth": 1.0, "capsize": 2.5},
        )  # fmt: skip
    _names(axis, [row.parameter for row in rows])
    axis.axvline(0, color="k", linewidth=0.8)
    axis.set_xlabel("share of the variance between points; whiskers: 95 % interval")
    legend_below(figure, [axis], 2)
    return figure


def morris(analysis: Analysis) -> Figure | None:
    """Return mean size and standard deviation of Morris' elementary effects."""
    rows = analysis.indices.morris[:STRONGEST][::-1] if analysis.indices else ()
    if not rows:
        return None
    figure, (axis,) = grid_of_axes(1, 1, (8.0, 0.42 * len(rows) + 1.8))
    places = np.arange(len(rows))
    axis.barh(
        places, [r.mu_star for r in rows], 0.55, color=BLUE, xerr=[r.mu_star_conf for r in rows],
        error_kw={"elinewidth": 1.0, "capsize": 2.5}, label="mu*: mean size of the effect, 95 %",
    )  # fmt: skip
    axis.plot(
        [r.sigma for r in rows], places, "D", color=ORANGE, markeredgecolor="k", markersize=6,
        label="sigma: how far the effect differs from point to point",
    )  # fmt: skip
    _names(axis, [row.parameter for row in rows])
    axis.set_xlim(left=0)
    axis.set_xlabel(f"change over the whole range of the input: {axis_words(analysis)}")
    legend_below(figure, [axis], 2)
    return figure


def _names(axis: Axes, names: Sequence[str]) -> None:
    """Write the names of inputs beside lying bars."""
    axis.set_yticks(range(len(names)), [plain(n, LONG_NAME, 2) for n in names], fontsize=9)
    across(axis)


def one_at_a_time(analysis: Analysis) -> Figure | None:
    """Return the tornado: the output at the ends of each input, all others in the middle."""
    found = analysis.tornado
    bars = found.bars[:STRONGEST][::-1] if found else ()
    if found is None or not bars:
        return None
    figure, (axis,) = grid_of_axes(1, 1, (8.5, 0.55 * len(bars) + 1.9))
    middle = found.middle
    for i, bar in enumerate(bars):
        axis.hlines(i, bar.least, bar.most, color=GREY, linewidth=1.2, zorder=1)
        _tornado_bar(axis, i, bar, middle)
    for colour, words in ((BLUE, "at its lowest level"), (ORANGE, "at its highest level")):
        axis.barh(0, 0, 0, middle, color=colour, label=words)
    axis.plot([], [], color=GREY, linewidth=1.2, label="range over all its levels")
    axis.axvline(middle, color="k", linewidth=0.9)
    axis.margins(x=0.16)
    _names(axis, [bar.given.label for bar in bars])
    axis.set_xlabel(f"{axis_words(analysis)}: mean over members; line: all inputs in the middle")
    legend_below(figure, [axis], 3)
    return figure


def _tornado_bar(axis: Axes, place: int, bar: Bar, middle: float) -> None:
    """Draw one input: the longer side behind where both ends lie on one side."""
    sides = [(bar.low, bar.low_words, BLUE), (bar.high, bar.high_words, ORANGE)]
    sides.sort(key=lambda side: -abs(side[0] - middle))
    together = (bar.low - middle) * (bar.high - middle) > 0.0
    for k, (end, words, colour) in enumerate(sides):
        axis.barh(place, end - middle, 0.6 if k == 0 else 0.3, middle, color=colour, zorder=2)
        if together and k == 1:
            continue  # its label would lie on the longer bar
        right = end > middle or (end == middle and sides[0][0] < middle)
        axis.annotate(
            plain(words, 14, 1), (end, place), (4 if right else -4, 0), fontsize=8,
            textcoords="offset points", va="center", ha="left" if right else "right",
        )  # fmt: skip


def rank_correlations(analysis: Analysis) -> Figure | None:
    """Return the rank correlations of the strongest parameters of the draws."""
    rows = analysis.correlations[:STRONGEST][::-1]
    if not rows:
        return None
    draws = analysis.results.draws
    count = 0 if draws is None else len(np.unique(draws))
    figure, (axis,) = grid_of_axes(1, 1, (8.0, 0.42 * len(rows) + 1.8))
    chance = 1.96 / math.sqrt(max(count - 1, 1))
    axis.axvspan(-chance, chance, color="#e4e4e4", label=f"what chance gives with {count:,} draws")
    colours = [BLUE if row.rank > 0 else ORANGE for row in rows]
    axis.barh(range(len(rows)), [row.rank for row in rows], 0.55, color=colours)
    _names(axis, [row.given.label for row in rows])
    axis.axvline(0, color="k", linewidth=0.8)
    widest = max(max(abs(row.rank) for row in rows), chance) * 1.1
    axis.set_xlim(-widest, widest)
    axis.set_xlabel(f"rank correlation with {analysis.results.output} (-1 to 1)")
    legend_below(figure, [axis], 1)
    return figure


def discovery(analysis: Analysis) -> Figure | None:
    """Return the trade-off of coverage and density, and the limits of the first box."""
    found = analysis.discovery
    if found.path is None or not found.boxes:
        return None
    limits = found.boxes[0].limits[::-1]
    figure, (trade, box) = grid_of_axes(1, 2, (11.5, max(4.2, 0.5 * len(limits) + 2.0)))
    coverage, density, limited = found.path.T
    levels = np.unique(limited)
    for k, many in enumerate(levels):
        here = limited == many
        colour = colormaps[COLOURS](k / max(len(levels) - 1, 1))
        trade.plot(coverage[here], density[here], "osD^vP*"[k % 7], color=colour, markersize=6,
                   markeredgecolor="k", markeredgewidth=0.4, linestyle="none",
                   label=f"{many:.0f} input{'s' if many != 1 else ''} limited")  # fmt: skip
    first = found.boxes[0]
    trade.plot(first.coverage, first.density, "o", color="none", markersize=15, label="first box",
               markeredgecolor="k", markeredgewidth=1.4)  # fmt: skip
    trade.set(xlim=(0, 1.05), ylim=(0, 1.05), xlabel="coverage: share of all that exceed, inside",
              ylabel="density: share of the box that exceeds")  # fmt: skip
    trade.legend(frameon=False, fontsize=8, loc="lower left")
    for i, limit in enumerate(limits):
        values = limit.given.values[analysis.results.known]
        least, most = float(values.min()), float(values.max())
        place = lambda x, a=least, b=most: (x - a) / (b - a)  # noqa: E731
        low, high = (least if limit.low is None else limit.low,
                     most if limit.high is None else limit.high)  # fmt: skip
        box.barh(i, 1.0, 0.5, color="#e4e4e4")
        box.barh(i, place(high) - place(low), 0.5, place(low), color=BLUE)
        box.text(0.0, i + 0.3, plain(limit_words(limit), 60, 1), fontsize=9, va="bottom")
    box.set_xlim(0, 1)
    box.set_ylim(-0.6, max(len(limits), 3) - 0.2)
    box.set_yticks([])
    box.set_xticks([0, 1], ["lowest", "highest"])
    across(box)
    box.set_xlabel("range of each input; blue: inside the first box")
    return figure


def convergence(analysis: Analysis) -> Figure | None:
    """Return median, 5 and 95 % from parts of the points and of the members, with their errors."""
    kinds = [
        (of, parts)
        for of in ("points", "members")
        if len(parts := [part for part in analysis.convergence if part.of == of]) > 1
    ]
    if not kinds:
        return None
    figure, axes = grid_of_axes(1, len(kinds), (5.2 * len(kinds), 4.2))
    for axis, (of, parts) in zip(axes, kinds, strict=True):
        _convergence_panel(axis, parts)
        axis.set_xlabel(f"{of} taken")
    axes[0].set_ylabel(axis_words(analysis))
    shared = [axis.get_ylim() for axis in axes]
    for axis in axes:
        axis.set_ylim(min(low for low, _ in shared), max(high for _, high in shared))
    legend_below(figure, axes[:1], 3)
    return figure


def _convergence_panel(axis: Axes, parts: Sequence[Part]) -> None:
    """Draw the answer from growing parts."""
    places = np.arange(len(parts))
    looks = ((0, "v", GREY, "5 %"), (1, "o", BLUE, "median"), (2, "^", GREY, "95 %"))
    for i, marker, colour, words in looks[::-1]:
        axis.errorbar(
            places, [part.band[i] for part in parts],
            np.nan_to_num([part.errors[i] for part in parts]), fmt=f"{marker}-", color=colour,
            capsize=3, linewidth=1.3, markersize=5, label=f"{words}, ± one standard error",
        )  # fmt: skip
    axis.set_xticks(places, [f"{part.count:,}" for part in parts])
    axis.set_xlim(-0.4, len(parts) - 0.6)


FIGURES: dict[str, Callable[[Analysis], Figure | None]] = {
    "response": response,
    "rank_correlations": rank_correlations,
    "heat_maps": heat_maps,
    "sobol": sobol,
    "morris": morris,
    "one_at_a_time": one_at_a_time,
    "discovery": discovery,
    "convergence": convergence,
}
"""Every figure there can be, by name."""
