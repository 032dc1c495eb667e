"""Figures of what the data said: pure functions from what the files say to a Matplotlib figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, StrMethodFormatter

from sim.calibration.identify import NARROWED
from sim.calibration.kernel import REPRODUCED
from sim.view.colours import BLUE, GREEN, LIGHT, ORANGE, RED, SKY
from sim.view.drawing import across, grid_of_axes, legend_below, plain
from sim.view.evidence_figures import WIDTH
from sim.view.evidence_rows import Effect, Evidence, Posterior, Sensitivity
from sim.view.number_words import number, unit_words

MOST_MOVED, MOST_PAIRS, MOST_EFFECTS, MOST_NAMED = 16, 14, 12, 10
CONTROL_WORDS = "control: no figure depends on it"
RUSSIA_COULD = "potential_russia_"
"""How the names of Russia's potentials begin: the most it could take or sell."""

OVER_WORDS = {"prior": "over the whole prior", "calibrated": "over the calibrated draws"}


def name_words(name: str) -> str:
    """Return the name of a parameter with spaces."""
    return name.replace("_", " ")


def moved_most(rows: Sequence[Posterior]) -> list[Posterior]:
    """Return parameters in the order in which the data moved them, most first."""
    return sorted(rows, key=lambda row: row.spread_ratio - abs(row.shift))


def strongest(effects: Sequence[Effect], method: str) -> list[Effect]:
    """Return the effects of one method, those on the answer largest first."""
    size: Callable[[Effect], float] = lambda row: (  # noqa: E731
        (row.mu_star if method == "morris" else row.total) or 0.0
    )
    return sorted((row for row in effects if row.method == method), key=size, reverse=True)


def in_prior(row: Posterior, value: float) -> float:
    """Return a value's place in the prior's band: 0 at its 5 %, 1 at its 95 %."""
    return (value - row.prior_p05) / (row.prior_p95 - row.prior_p05)


def prior_posterior(evidence: Evidence) -> Figure | None:
    """Return the parameters the data moved most: band before and after, on the prior's scale."""
    rows = [row for row in moved_most(evidence.posterior) if row.prior_p95 > row.prior_p05]
    rows = rows[:MOST_MOVED]
    if not rows:
        return None
    figure, (axis,) = grid_of_axes(1, 1, (WIDTH, 1.7 + 0.46 * len(rows)))
    for i, row in enumerate(rows):
        before = [in_prior(row, v) for v in (row.prior_p05, row.prior_p50, row.prior_p95)]
        after = [in_prior(row, v) for v in (row.p05, row.p50, row.p95)]
        first = i == 0
        axis.barh(i, before[2] - before[0], 0.62, before[0], color="#dddddd",
                  label="before the data (prior), 5-95 %" if first else None)  # fmt: skip
        axis.barh(i, after[2] - after[0], 0.3, after[0], color=BLUE,
                  label="after the data (posterior), 5-95 %" if first else None)  # fmt: skip
        axis.plot(before[1], i, "|", color="#555555", markersize=15, markeredgewidth=1.6,
                  label="median before" if first else None)  # fmt: skip
        axis.plot(after[1], i, "o", color="white", markeredgecolor="k", markersize=5,
                  label="median after" if first else None)  # fmt: skip
    axis.use_sticky_edges = False
    labels = [
        f"{plain(name_words(row.parameter), 34, 1)}\n"
        f"{number(row.p50)} ({number(row.p05)} to {number(row.p95)}) "
        f"{plain(unit_words(row.unit), 22, 1)}"
        for row in rows
    ]
    axis.set_yticks(range(len(rows)), labels, fontsize=8)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlabel("place in the prior's band: 0 its 5 %, 1 its 95 % end", fontsize=9)
    across(axis)
    legend_below(figure, [axis])
    figure.suptitle("The parameters that the data moved most", fontsize=12)
    return figure


def identifiability(evidence: Evidence) -> Figure | None:
    """Return the spread left to each parameter, as a share of its prior's, in order."""
    rows = sorted(evidence.posterior, key=lambda row: row.spread_ratio)
    control = evidence.calibration.control.parameter
    russia = [row.parameter.startswith(RUSSIA_COULD) for row in rows]
    kinds = (
        ("narrowed by more than a fifth", "o", BLUE, 28.0),
        ("narrowed less or not at all", "o", LIGHT, 20.0),
        ("what Russia could trade at most", "^", RED, 40.0),
        (CONTROL_WORDS, "*", "black", 110.0),
    )
    kind = [
        3 if row.parameter == control else 2 if own else int(row.spread_ratio >= NARROWED)
        for row, own in zip(rows, russia, strict=True)
    ]
    figure, (axis,) = grid_of_axes(1, 1, (WIDTH, 5.4))
    for k, (label, marker, colour, size) in enumerate(kinds):
        at = [i for i, own in enumerate(kind) if own == k]
        if at:
            axis.scatter(at, [rows[i].spread_ratio for i in at], s=size, marker=marker,
                         color=colour, label=label, zorder=3)  # fmt: skip
    axis.axhline(1.0, color="k", linewidth=0.9)
    axis.axhline(NARROWED, color="#555555", linewidth=0.9, linestyle="--")
    axis.set_ylim(0, max(1.15, 1.05 * rows[-1].spread_ratio))
    _name_lowest(axis, rows)
    axis.set_xlabel(f"the {len(rows)} parameters, in order")
    axis.set_ylabel("spread after the data, as a share\nof the spread before (1: data say nothing)")
    legend_below(figure, [axis])
    figure.suptitle("What the data said of each parameter", fontsize=12)
    return figure


def _name_lowest(axis: Axes, rows: Sequence[Posterior]) -> None:
    """Write the names of the parameters narrowed most in the free room below the curve."""
    named = [row for row in rows[:MOST_NAMED] if row.spread_ratio < NARROWED]
    place = len(rows) // 4
    top = min(0.92 * NARROWED, rows[place].spread_ratio - 0.06)
    for i, row in enumerate(named):
        axis.annotate(
            plain(name_words(row.parameter), 40, 1), (i, row.spread_ratio),
            xytext=(max(place, 3), top - (len(named) - 1 - i) * top / MOST_NAMED),
            fontsize=8.5, va="center",
            arrowprops={"arrowstyle": "-", "color": "#999999", "lw": 0.6, "relpos": (0.0, 0.5)},
        )  # fmt: skip


def trade_offs(evidence: Evidence) -> Figure | None:
    """Return the pairs of parameters that the data leave free to trade off against each other."""
    rows = sorted(evidence.pairs, key=lambda pair: -abs(pair.correlation))[:MOST_PAIRS]
    if not rows:
        return None
    figure, (axis,) = grid_of_axes(1, 1, (WIDTH, 1.5 + 0.44 * len(rows)))
    for i, row in enumerate(rows):
        up = row.correlation > 0
        axis.barh(i, row.correlation, 0.6, color=BLUE if up else ORANGE)
        axis.text(row.correlation + (0.02 if up else -0.02), i, f"{row.correlation:+.2f}",
                  va="center", ha="left" if up else "right", fontsize=8.5)  # fmt: skip
    axis.axvline(0, color="k", linewidth=0.9)
    axis.set_xlim(-1.15, 1.15)
    labels = [
        f"{plain(name_words(row.first), 38, 1)}\nand {plain(name_words(row.second), 36, 1)}"
        for row in rows
    ]
    axis.set_yticks(range(len(rows)), labels, fontsize=8)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlabel("correlation: left, one up as the other goes down; right, both together",
                    fontsize=9)  # fmt: skip
    across(axis)
    figure.suptitle("Pairs of parameters that trade off", fontsize=12)
    return figure


def patterns(evidence: Evidence) -> Figure | None:
    """Return how closely the accepted draws reproduce each pattern of the record."""
    rows = evidence.patterns
    if not rows:
        return None
    figure, (miss, share) = grid_of_axes(1, 2, (WIDTH, 1.6 + 0.5 * len(rows)))
    places = range(len(rows))
    for axis, values, colour, form in (
        (miss, [row.distance_p50 for row in rows], BLUE, "{:.1f}"),
        (share, [100 * row.share_reproduced for row in rows], GREEN, "{:.0f} %"),
    ):
        bars = axis.barh(places, values, 0.6, color=colour)
        axis.bar_label(
            bars, [form.format(value) for value in values], padding=3, fontsize=8.5, zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip
        axis.set_ylim(len(rows) - 0.5, -0.5)
        across(axis)
    miss.set_yticks(places, [plain(f"{r.pattern} {r.words}", 28, 3) for r in rows], fontsize=8.5)
    miss.axvline(REPRODUCED, color="k", linewidth=0.9, linestyle="--")
    miss.set_xlim(0, 1.18 * max(REPRODUCED, *(row.distance_p50 for row in rows)))
    miss.set_title("miss of the median draw, in declared errors\n(dashed: reproduced up to here)",
                   loc="left", fontsize=9)  # fmt: skip
    share.set_yticks(places, [])
    share.set_xlim(0, 118)
    share.set_xticks(range(0, 101, 25))
    share.set_title("draws that reproduce it, %\n", loc="left", fontsize=9)
    figure.suptitle("Patterns of the record", fontsize=12)
    return figure


def sensitivity(evidence: Evidence) -> Figure | None:
    """Return the parameters on which the offset hangs: a column an analysis, a row a method."""
    analyses = [one for one in evidence.sensitivity if one.effects]
    methods = [
        (method, draw)
        for method, draw in (("morris", _morris), ("sobol", _sobol))
        if any(row.method == method for one in analyses for row in one.effects)
    ]
    if not methods:
        return None
    size = (WIDTH * (0.85 if len(analyses) == 1 else 1.25), 1.4 + 3.9 * len(methods))
    figure, axes = grid_of_axes(len(methods), len(analyses), size)
    for i, (method, draw) in enumerate(methods):
        for k, one in enumerate(analyses):
            axis = axes[i * len(analyses) + k]
            rows = strongest(one.effects, method)[:MOST_EFFECTS]
            draw(axis, one, rows)
            labels = [plain(name_words(row.parameter), 30, 1) for row in rows]
            axis.set_yticks(range(len(rows)), labels, fontsize=9)
            axis.set_ylim(max(len(rows), 1) - 0.5, -0.5)
            axis.set_xlim(left=0)
            axis.set_title(OVER_WORDS.get(one.run.over, plain(one.run.over)), loc="left",
                           fontsize=11)  # fmt: skip
            across(axis)
    legend_below(figure, axes)
    figure.suptitle("What the offset hangs on", fontsize=12)
    return figure


def _morris(axis: Axes, one: Sensitivity, rows: Sequence[Effect]) -> None:
    """Draw mean absolute effects on the offset, with seed noise as a line."""
    axis.barh(
        range(len(rows)), [100 * (row.mu_star or 0.0) for row in rows], 0.62, color=BLUE,
        xerr=[100 * abs(row.mu_star_conf or 0.0) for row in rows],
        error_kw={"capsize": 3, "linewidth": 1}, label="Morris: mean size of the change",
    )  # fmt: skip
    axis.axvline(100 * one.run.seed_sd, color="k", linestyle="--", linewidth=1,
                 label="seed noise (one standard deviation)")  # fmt: skip
    axis.set_xlabel("Morris: change of the offset, % of the loss", fontsize=9)


def _sobol(axis: Axes, one: Sensitivity, rows: Sequence[Effect]) -> None:
    """Draw the shares of the answer's variance, alone and with interactions."""
    for k, (name, colour, label) in enumerate(
        (("first", SKY, "Sobol': alone"), ("total", GREEN, "Sobol': with all it interacts with"))
    ):
        values = [100 * max(getattr(row, name) or 0.0, 0.0) for row in rows]
        error = [100 * abs(getattr(row, f"{name}_conf") or 0.0) for row in rows]
        axis.barh([i + 0.36 * k - 0.18 for i in range(len(rows))], values, 0.34, color=colour,
                  xerr=error, error_kw={"capsize": 2, "linewidth": 0.9}, label=label)  # fmt: skip
    axis.set_xlabel("Sobol': share of the answer's variance, %", fontsize=9)


def stability(evidence: Evidence) -> Figure | None:
    """Return the answer against the number of draws that it rests on."""
    known = [row for row in evidence.stability if row.offset_p50 is not None]
    rows = sorted(known, key=lambda row: row.draws)
    if not rows:
        return None
    draws = [row.draws for row in rows]
    ends = [(r.offset_p05, r.offset_p50, r.offset_p95) for r in rows]
    band = 100.0 * np.array(ends, dtype=np.float64).T
    figure, (offset, loss) = grid_of_axes(2, 1, (WIDTH, 5.6))
    offset.fill_between(draws, band[0], band[2], color=BLUE, alpha=0.22, linewidth=0,
                        label="5-95 % of draws")  # fmt: skip
    error = [100 * (row.offset_p50_se or 0.0) for row in rows]
    offset.errorbar(draws, band[1], error, color=BLUE, marker="o", markersize=4, capsize=4,
                    label="median and its standard error")  # fmt: skip
    offset.axhline(0, color="k", linewidth=0.8)
    offset.set_ylabel("offset, % of the loss")
    loss.plot(draws, [row.loss_p50 for row in rows], color=RED, marker="o", markersize=4)
    loss.set_ylim(0, 1.15 * max([1.0, *(row.loss_p50 for row in rows)]))
    loss.set_ylabel("median loss, million USD")
    for axis in (offset, loss):
        axis.set_xscale("log", base=2)
        axis.set_xticks(draws, [str(n) for n in draws])
        axis.xaxis.set_minor_locator(NullLocator())
    loss.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    loss.set_xlabel("draws of the parameters")
    legend_below(figure, [offset])
    figure.suptitle("The answer against the number of draws", fontsize=12)
    return figure
