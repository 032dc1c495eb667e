"""Figure of break-even: the offset over potential and openness, and what reaches half and all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.experiment.break_even import ALL, LABOUR, POTENTIAL, SHOWN, BreakEven, Curve
from sim.experiment.break_even_words import (
    LEVER_WORDS,
    answer_data,
    base_purchases,
    ever,
    setting_words,
)
from sim.experiment.break_even_world import OFFSET, PURCHASES
from sim.view.colours import BLUE, GREY, ORANGE, RED
from sim.view.drawing import DOTS_A_FIGURE, save_png

SIZE = (13.0, 11.2)
LEVELS = (0.5, 1.0)
STRIDE = 2
DODGE = 0.21
"""Rows that a target's line stands off its setting: the words beside the two must not touch."""
MOST_SHOWN = 20_000.0
COLOURS = {0.5: BLUE, 1.0: ORANGE}


def break_even_figure(found: BreakEven) -> Figure:
    """Return two maps of the median offset and, below, Russian purchases that reach each target."""
    figure = Figure(figsize=SIZE, dpi=DOTS_A_FIGURE, layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(1.0, 1.45))
    maps = [figure.add_subplot(grid[0, k]) for k in range(2)]
    images = [_draw_map(axis, found, law) for axis, law in zip(maps, (True, False), strict=True)]
    bar = figure.colorbar(
        images[0], ax=maps, label="offset, share of the loss (median)", extend="max"
    )
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100.0 * value:.0f} %"))
    _draw_needs(figure.add_subplot(grid[1, :]), found)
    first, last = found.scenario.window.first, found.scenario.window.last
    figure.suptitle(
        f"{found.scenario.name}: what it would have taken Russia to offset the loss, "
        f"{first} to {last} ({found.members.size} draws; potentials and workers are judged, C)",
        fontsize=12,
    )
    return figure


def _surface(found: BreakEven, law: bool) -> list[Curve]:
    curves = [c for c in found.curves if c.lever == POTENTIAL and c.setting.law == law]
    return sorted(
        (c for c in curves if c.setting.support in SHOWN), key=lambda c: c.setting.support
    )


def _draw_map(axis: Axes, found: BreakEven, law: bool) -> Any:
    """Draw the median offset over potential and openness, with lines at half and all."""
    curves = _surface(found, law)
    support = np.array([c.setting.support for c in curves])
    places = curves[0].places
    offset = np.stack([np.median(c.rows[..., OFFSET], axis=1) for c in curves])
    bought = np.stack([np.median(c.rows[..., PURCHASES], axis=1) for c in curves])
    image = axis.pcolormesh(
        places, support, offset, shading="gouraud", cmap="cividis", vmin=-0.1, vmax=1.5
    )
    # A level that is nowhere met has no line, and Matplotlib warns of it.
    met = [level for level in LEVELS if offset.min() < level < offset.max()]
    if met:
        lines = axis.contour(places, support, offset, met, colors="white", linewidths=2.0)
        axis.clabel(lines, fmt=lambda level: f"{100.0 * level:.0f} %", fontsize=10)
    most = ever()["most_purchases_musd_a_year"]
    if bought.min() < most < bought.max():
        axis.contour(places, support, bought, (most,), colors=RED, linestyles="--")
    as_was = np.median(found.loss.offset[found.members])
    axis.plot(
        0.0, 0.0, "o", color=RED, markersize=9, markeredgecolor="white", clip_on=False, zorder=5
    )
    axis.annotate(
        f"Russia as it was,\nby its own rule:\noffset {100.0 * as_was:.0f} %", (0.0, 0.0), (12, 58),
        textcoords="offset points", color="white", fontsize=8.5,
        arrowprops={"arrowstyle": "-", "color": "white", "linewidth": 0.8},
    )  # fmt: skip
    axis.xaxis.set_major_formatter(FuncFormatter(_power))
    axis.set_xticks(places[::STRIDE])
    axis.set_xlabel("potential of idle firms, multiple")
    axis.set_ylabel("openness of the Russian state, support o from 0 to 1")
    axis.set_title("law as it was" if law else "no measure binds Russia", loc="left", fontsize=11)
    return image


def _power(place: float, _: object) -> str:
    return f"{2.0**place:,.0f}"


def _draw_needs(axis: Axes, found: BreakEven) -> None:
    """Draw the purchases that reach each target by lever and setting, the record beside them."""
    wanted = [
        a for a in found.answers
        if a.curve.lever in (POTENTIAL, LABOUR, ALL)
        and (np.isnan(a.curve.setting.support) or a.curve.setting.support in (0.5, 1.0))
    ]  # fmt: skip
    labels: list[str] = []
    for answer in wanted:
        curve = answer.curve
        label = f"{LEVER_WORDS[curve.lever]}: {setting_words(curve.setting)}"
        if label not in labels:
            labels.append(label)
        y = len(labels) - 1 + (-DODGE if answer.target == LEVELS[0] else DODGE)
        _draw_need(axis, answer_data(answer), y, COLOURS[answer.target])
    did = ever()
    axis.axvline(base_purchases(), color=GREY, linewidth=1.0, linestyle=":")
    axis.axvline(did["most_purchases_musd_a_year"], color=RED, linewidth=1.2, linestyle="--")
    axis.set_xscale("log")
    axis.set_xlim(1.0, MOST_SHOWN)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.set_yticks(range(len(labels)), labels, fontsize=8.5)
    axis.set_ylim(len(labels) - 0.4, -0.6)
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_xlabel(
        "Russian purchases of goods, million USD a year (median, 5 to 95 %); at the right the "
        "multiple (x) and the workers in Russia that it takes"
    )
    _multiples_above(axis)
    for target, colour in COLOURS.items():
        axis.plot([], [], "o-", color=colour, label=f"reaches {100.0 * target:.0f} % of the loss")
    axis.plot([], [], ":", color=GREY, label="2015-16")
    axis.plot([], [], "--", color=RED, label=f"most ever ({did['most_purchases_in']}), also above")
    axis.legend(loc="lower left", fontsize=8.5)


def _multiples_above(axis: Axes) -> None:
    """Give purchases a second scale above: multiples of those of 2015-16."""
    twin = axis.secondary_xaxis(
        "top",
        functions=(
            lambda x: np.asarray(x) / base_purchases(),
            lambda x: np.asarray(x) * base_purchases(),
        ),
    )
    twin.set_xlabel("multiple of 2015-16")
    twin.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.1f}" if value < 1.0 else f"{value:,.0f}")
    )


def _draw_need(axis: Axes, data: dict[str, Any], y: float, colour: str) -> None:
    """Draw one band with the multiple and workers beside it, or that it is never reached."""
    band, value = data["purchases_musd_a_year"], data["value"]
    if band["p50"] is None:
        axis.annotate(
            f"{100.0 * data['share_never']:.0f} % of draws never get there", (1.0, y), (6, 0),
            xycoords=axis.get_yaxis_transform(), textcoords="offset points", ha="left",
            va="center", fontsize=7.5, color=colour,
        )  # fmt: skip
        return
    high = band["p95"]
    axis.plot([band["p05"], high or MOST_SHOWN], [y, y], color=colour, linewidth=2.2)
    axis.plot(band["p50"], y, "o", color=colour, markersize=5.5)
    more = f", {100.0 * data['share_never']:.0f} % never" if data["share_never"] else ""
    times = f"{value['p50']:,.{1 if value['p50'] < 100.0 else 0}f}"
    axis.annotate(
        f"x {times}, {data['workers']['p50']:,.0f} workers{more}",
        (1.0, y), (6, 0), xycoords=axis.get_yaxis_transform(), textcoords="offset points",
        ha="left", va="center", fontsize=7.5, color=colour,
    )  # fmt: skip


def write_break_even_figure(path: Path, found: BreakEven) -> None:
    """Write the figure as PNG."""
    save_png(break_even_figure(found), path)
