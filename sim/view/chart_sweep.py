"""Charts of a sweep: what each input does, how much hangs on it, and where the output is high."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sim.sweep.analysis import Analysis
from sim.sweep.analysis_effects import STRONGEST, Effect, Level
from sim.sweep.discovery import Limit
from sim.view.chart import (
    AROUND,
    SHADE,
    Chart,
    axis,
    blank,
    faint,
    lying,
    numbers,
    panel_name,
    stacked,
    whiskers,
)
from sim.view.colours import BLUE, GREEN, INK, ORANGE, SKY
from sim.view.number_words import number
from sim.view.sweep_words import (
    amount,
    axis_words,
    box_words,
    capital,
    input_words,
    limit_words,
    per_cent,
    short_words,
    subject,
    value_words,
)

PANELS = 6
"""Inputs that are drawn; the table holds all."""

A_PANEL = 190
"""Pixels of a panel."""

CHANCE_ERRORS = 1.96
LONG_LEVEL = 14
LIGHT, INSIDE = "#e4e4e4", "inside the first box"


def response_chart(analysis: Analysis) -> Chart:
    """Return the output at each level of the inputs that matter most, all on one scale.

    Median and 5-95 % over members and all other inputs; the table holds every input.
    """
    effects = [effect for effect in analysis.effects if len(effect.levels) > 1]
    shown = effects[:PANELS] or list(analysis.effects[:1])
    gap = 0.36 / len(shown)
    figure = blank(A_PANEL * len(shown) + 70, margin={"l": 64, "r": 12, "t": 28, "b": 54})
    low = min(level.p05 for effect in shown for level in effect.levels)
    high = max(level.p95 for effect in shown for level in effect.levels)
    room = 0.06 * (high - low) or 0.5
    for i, effect in enumerate(shown):
        panel = panel_name(i)
        figure.update_layout({
            f"xaxis{panel}": _level_axis(effect, anchor=f"y{panel}"),
            f"yaxis{panel}": axis("", domain=stacked(i, len(shown), gap), anchor=f"x{panel}",
                                  range=[low - room, high + room], nticks=5),
        })  # fmt: skip
        figure.add_traces(_response(effect, panel, i == 0))
    figure.add_annotation(
        text=axis_words(analysis), textangle=-90, x=0.0, y=0.5, xref="paper", yref="paper",
        xshift=-52, showarrow=False,
    )  # fmt: skip
    measure = analysis.results.unit
    rows = tuple(
        (input_words(e.given), x.words,
         *(amount(v, measure) for v in (x.mean, x.p05, x.p50, x.p95)),
         f"{x.points:,}", f"{x.runs:,}")
        for e in analysis.effects for x in e.levels
    )  # fmt: skip
    unit = axis_words(analysis)
    headings = ("input", "level", f"mean: {unit}", "5 %", "median", "95 %", "points", "runs")
    left = len(effects) - len(shown)
    words = (
        f"{capital(subject(analysis))} at each level of {_names(shown)}: median and 5 to 95 % over "
        "members and all other inputs, all on one scale, so a flat line is an input that does "
        "little" + (f"; {left} more inputs are in the table." if left else ".")
    )
    return Chart("main-effects", "What each input does", figure, headings, rows, words)


def _names(effects: Sequence[Effect]) -> str:
    """Return the inputs' names as a list."""
    return ", ".join(effect.given.label for effect in effects)


def _level_axis(effect: Effect, **more: Any) -> dict[str, Any]:
    """Return the axis of one input: numbers, in logs where they span much, or words."""
    title = input_words(effect.given)
    if not effect.given.numeric:
        words = [_cut(level.words) for level in effect.levels]
        return axis(title, tickvals=list(range(len(words))), ticktext=words, showgrid=False,
                    range=[-0.6, len(words) - 0.4], zeroline=False, **more)  # fmt: skip
    return axis(title, showgrid=False, zeroline=False, tickangle=0, nticks=7, **more)


def _cut(words: str) -> str:
    """Return the words of a level, shortened to what stands under an axis."""
    return words if len(words) <= LONG_LEVEL else f"{words[: LONG_LEVEL - 1]}…"


def _response(effect: Effect, panel: str, legend: bool) -> list[go.Scatter]:
    """Return band, median and mean of one input."""
    levels: Sequence[Level] = effect.levels
    numeric = effect.given.numeric
    x = [round(v.place, 6) for v in levels] if numeric else list(range(len(levels)))
    on = {"xaxis": f"x{panel}", "yaxis": f"y{panel}", "x": x}
    low, middle, high, mean = (
        numbers([getattr(level, name) for level in levels], 5)
        for name in ("p05", "p50", "p95", "mean")
    )
    median: dict[str, Any] = {
        "y": middle, "name": "median", "legendgroup": "median", "showlegend": legend,
        "marker": {"color": BLUE, "size": 7}, "line": {"color": BLUE, "width": 2},
        "customdata": [[level.words, a, b]
                       for level, a, b in zip(levels, low, high, strict=True)],
        "hovertemplate": "%{customdata[0]}: %{y:.4~g} (%{customdata[1]:.4~g} to "
        "%{customdata[2]:.4~g})<extra></extra>", **on,
    }  # fmt: skip
    means = go.Scatter(
        y=mean, mode="markers", name="mean", legendgroup="mean", showlegend=legend,
        marker={"symbol": "x-thin", "size": 8, "line": {"color": ORANGE, "width": 2}},
        hoverinfo="skip", **on,
    )  # fmt: skip
    if not numeric:
        look = {"color": faint(BLUE, 0.35), "thickness": 7, "width": 0}
        median["error_y"] = whiskers(low, middle, high, 5, **look)
        return [go.Scatter(mode="markers", **median), means]
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "legendgroup": "band", **on}
    return [
        go.Scatter(y=low, showlegend=False, **edge),
        go.Scatter(y=high, fill="tonexty", fillcolor=faint(BLUE, SHADE), name="5-95 %",
                   showlegend=legend, **edge),
        go.Scatter(mode="lines+markers", **median), means,
    ]  # fmt: skip


def _bar_figure(
    names: Sequence[str], title: str, bars: Sequence[dict[str, Any]], **look: Any
) -> go.Figure:
    """Return lying bars beside the names of inputs, the first on top."""
    figure = lying([name.replace("_", " ") for name in names], title, **look)
    for bar in bars:
        figure.add_trace(go.Bar(y=list(range(len(names))), orientation="h", **bar))
    return figure


def _error(values: Sequence[float]) -> dict[str, Any]:
    """Return whiskers of an interval on both sides."""
    return {"type": "data", "array": numbers(list(values), 4), "thickness": 1.3, "width": 3}


def sobol_chart(analysis: Analysis) -> Chart | None:
    """Return first and total Sobol' indices with 95 % intervals, None where none were laid."""
    rows = analysis.indices.sobol[:STRONGEST] if analysis.indices else ()
    if not rows:
        return None
    bars = [
        {"x": numbers([getattr(row, name) for row in rows], 4), "name": label,
         "marker": {"color": colour}, "error_x": _error([getattr(r, f"{name}_conf") for r in rows]),
         "hovertemplate": "%{x:.2f}<extra>" + label + "</extra>"}
        for name, colour, label in (("total", GREEN, "with all it does together with others"),
                                    ("first", SKY, "alone"))
    ]  # fmt: skip
    title = "share of the variance between points"
    figure = _bar_figure([row.parameter for row in rows], title, bars, rangemode="tozero")
    table = tuple(
        (r.parameter, f"{r.first:.2f}", f"{r.first_conf:.2f}", f"{r.total:.2f}",
         f"{r.total_conf:.2f}") for r in rows
    )  # fmt: skip
    words = (
        f"Sobol' indices: which share of the variance of {subject(analysis)} each input explains, "
        f"alone and with others; whiskers are 95 % intervals. Most hangs on {rows[0].parameter}."
    )
    headings = ("input", "alone, share", "± (95 %)", "with others, share", "± (95 %)")
    return Chart("sobol", "Sobol' indices", figure, headings, table, words)


def morris_chart(analysis: Analysis) -> Chart | None:
    """Return mean size and spread of Morris' elementary effects, None where none were laid."""
    rows = analysis.indices.morris[:STRONGEST] if analysis.indices else ()
    if not rows:
        return None
    unit = axis_words(analysis)
    bars = [{
        "x": numbers([row.mu_star for row in rows], 5), "name": "mean size of the effect",
        "marker": {"color": BLUE}, "error_x": _error([row.mu_star_conf for row in rows]),
        "hovertemplate": "%{x:.4~g}<extra>mean size</extra>",
    }]  # fmt: skip
    figure = _bar_figure([row.parameter for row in rows], unit, bars, rangemode="tozero")
    figure.add_trace(
        go.Scatter(
            x=numbers([row.sigma for row in rows], 5), y=list(range(len(rows))), mode="markers",
            marker={"symbol": "diamond", "size": 9, "color": ORANGE, "line": {"width": 1}},
            name="spread from point to point",
            hovertemplate="%{x:.4~g}<extra>spread</extra>",
        )
    )  # fmt: skip
    measure = analysis.results.unit
    table = tuple(
        (r.parameter, *(amount(v, measure) for v in (r.mu_star, r.mu_star_conf, r.sigma, r.mu)))
        for r in rows
    )
    words = (
        f"Morris' screening: by how much {subject(analysis)} changes over the whole range of an "
        "input; a wide spread means that it hangs on the others. The largest effect is that of "
        f"{rows[0].parameter}."
    )
    headings = ("input", f"mean size: {unit}", "± (95 %)", "spread", "mean with its sign")
    return Chart("morris", "Morris' screening", figure, headings, table, words)


def tornado_chart(analysis: Analysis) -> Chart | None:
    """Return the output at the ends of each input with all others in the middle, if so laid."""
    found = analysis.tornado
    if found is None or not found.bars:
        return None
    rows, unit = found.bars[:STRONGEST], axis_words(analysis)
    measure = analysis.results.unit
    sides = (("low", BLUE, "lowest level", 0.3), ("high", ORANGE, "highest level", 0.6))
    bars = [
        {"x": numbers([getattr(bar, end) - found.middle for bar in rows], 5),
         "base": round(found.middle, 5), "name": label, "marker": {"color": colour},
         "customdata": [[getattr(bar, f"{end}_words"), amount(getattr(bar, end), measure)]
                       for bar in rows],
         "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra>" + label + "</extra>"}
        for end, colour, label, _ in sides
    ]  # fmt: skip
    figure = _bar_figure([bar.given.label for bar in rows], f"{unit}: mean over members", bars)
    figure.add_vline(x=found.middle, line={"color": INK, "width": 1})
    table = tuple(
        (
            bar.given.label,
            bar.low_words,
            amount(bar.low, measure),
            bar.high_words,
            amount(bar.high, measure),
        )
        for bar in rows
    )
    words = (
        f"One input at a time: {subject(analysis)} at the lowest and the highest level of each, "
        f"with all others in the middle, where it is {short_words(found.middle, measure)}. "
        "The longest bar is "
        f"that of {rows[0].given.label}."
    )
    headings = ("input", "lowest level", f"{unit} there", "highest level", f"{unit} there")
    return Chart("one-at-a-time", "One input at a time", figure, headings, table, words)


def ranks_chart(analysis: Analysis) -> Chart | None:
    """Return rank correlations of the drawn parameters, None where nothing was drawn."""
    rows, draws = analysis.correlations[:STRONGEST], analysis.results.draws
    if not rows or draws is None:
        return None
    count = len(np.unique(draws))
    chance = CHANCE_ERRORS / math.sqrt(max(count - 1, 1))
    bars = [{
        "x": numbers([row.rank for row in rows], 3), "showlegend": False,
        "marker": {"color": [BLUE if row.rank > 0 else ORANGE for row in rows]},
        "hovertemplate": "%{x:+.2f}<extra></extra>",
    }]  # fmt: skip
    title = f"rank correlation with {analysis.results.output}, −1 to 1"
    figure = _bar_figure([row.given.label for row in rows], title, bars)
    figure.add_vrect(x0=-chance, x1=chance, fillcolor=LIGHT, line_width=0, layer="below")
    table = tuple((row.given.label, f"{row.rank:+.2f}", f"{row.chance:.3f}") for row in rows)
    words = (
        f"Rank correlation of each drawn parameter with {subject(analysis)}; within the grey strip "
        f"lies what chance gives with {count:,} draws. The strongest is {rows[0].given.label}."
    )
    headings = ("parameter", "rank correlation", "p-value")
    return Chart("ranks", "What the drawn parameters do", figure, headings, table, words)


def discovery_chart(analysis: Analysis) -> Chart | None:
    """Return how much of each input's range lies in the first box, None where there is no box.

    Boxes by PRIM (Friedman & Fisher 1999).
    """
    found = analysis.discovery
    if not found.boxes:
        return None
    first = found.boxes[0]
    limits = first.limits
    places = list(range(len(limits)))
    spans = [_span(analysis, limit) for limit in limits]
    bars = [
        {"x": [1.0] * len(limits), "marker": {"color": LIGHT}, "name": "range of the input",
         "hoverinfo": "skip"},
        {"x": [round(b - a, 4) for a, b in spans], "base": [round(a, 4) for a, _ in spans],
         "marker": {"color": BLUE}, "name": INSIDE,
         "customdata": [limit_words(limit) for limit in limits],
         "hovertemplate": "%{customdata}<extra></extra>"},
    ]  # fmt: skip
    figure = _bar_figure([limit.given.label for limit in limits], "range of each input", bars,
                         tickvals=[0, 1], ticktext=["lowest", "highest"], range=[-0.02, 1.02],
                         zeroline=False)  # fmt: skip
    figure.update_layout(barmode="overlay", height=52 * len(limits) + AROUND)
    for place, limit in zip(places, limits, strict=True):
        figure.add_annotation(text=limit_words(limit), x=0.0, y=place, yshift=22, xanchor="left",
                              showarrow=False, font={"size": 11, "color": "#444444"})  # fmt: skip
    table = tuple(
        (str(i), limit.given.label, _end(limit.low), _end(limit.high), per_cent(box.coverage),
         per_cent(box.density), f"{box.points:,}")
        for i, box in enumerate(found.boxes, 1) for limit in box.limits
    )  # fmt: skip
    words = " ".join(box_words(i, box, found.exceeding) for i, box in enumerate(found.boxes, 1))
    headings = ("box", "input", "from", "to", "coverage", "density", "points")
    title = f"Where {subject(analysis)} exceeds {value_words(found.above, analysis.results.unit)}"
    return Chart("discovery", title, figure, headings, table, words)


def _end(value: float | None) -> str:
    """Return an end of a limit, words where it goes to the end of the range."""
    return "end of its range" if value is None else number(value)


def _span(analysis: Analysis, limit: Limit) -> tuple[float, float]:
    """Return the part of an input's range that a box leaves, from 0 to 1."""
    values = limit.given.values[analysis.results.known]
    least, most = float(values.min()), float(values.max())
    low, high = (
        least if limit.low is None else limit.low,
        most if limit.high is None else limit.high,
    )
    return (low - least) / (most - least), (high - least) / (most - least)


SWEEP_CHARTS: tuple[Callable[[Analysis], Chart | None], ...] = (
    response_chart, ranks_chart, sobol_chart, morris_chart, tornado_chart,
)  # fmt: skip
"""Every chart of what inputs do, in the order of a page."""
