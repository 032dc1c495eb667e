"""Charts of the evidence: what the data said of parameters, and what the answer hangs on."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from sim.view.chart import A_BAR, Chart, lying, numbers
from sim.view.colours import BLACK, BLUE, GREEN, LINES, SKY
from sim.view.evidence_figures_fit import (
    MOST_EFFECTS,
    MOST_MOVED,
    OVER_WORDS,
    in_prior,
    moved_most,
    name_words,
    strongest,
)
from sim.view.evidence_rows import Effect, Evidence, Posterior, Sensitivity
from sim.view.evidence_words import figure_words
from sim.view.number_words import median_words, number, unit_words


def prior_posterior_chart(evidence: Evidence) -> Chart | None:
    """Return the parameters that the data moved most, before and after, on the prior's scale."""
    rows = [row for row in moved_most(evidence.posterior) if row.prior_p95 > row.prior_p05]
    rows = rows[:MOST_MOVED]
    if not rows:
        return None
    names = [f"{name_words(row.parameter)}<br>{number(row.p50)} {unit_words(row.unit)}"
             for row in rows]  # fmt: skip
    figure = lying(names, "prior's band: 0 its 5 %, 1 its 95 %")
    figure.update_layout(barmode="overlay")
    for words, colour, wide, ends in (
        (
            "before the data (prior), 5-95 %",
            LINES,
            0.7,
            ("prior_p05", "prior_p50", "prior_p95"),
        ),
        ("after the data (posterior), 5-95 %", BLUE, 0.36, ("p05", "p50", "p95")),
    ):
        figure.add_traces(_spans(rows, words, colour, wide, ends))
    headings = ("parameter", "unit", "before: median (5 to 95 %)", "after: median (5 to 95 %)",
                "spread left", "mark")  # fmt: skip
    table = tuple(
        (name_words(r.parameter), unit_words(r.unit),
         median_words(r.prior_p05, r.prior_p50, r.prior_p95), median_words(r.p05, r.p50, r.p95),
         f"{r.spread_ratio:.2f}", r.mark) for r in rows
    )  # fmt: skip
    words = figure_words(evidence, "prior_posterior")
    title = "The parameters that the data moved most"
    return Chart("prior-posterior", title, figure, headings, table, words)


def _spans(
    rows: Sequence[Posterior], words: str, colour: str, wide: float, ends: tuple[str, str, str]
) -> list[go.Bar | go.Scatter]:
    """Return bands of some parameters on the prior's scale, and their medians as marks."""
    low, middle, high = (
        numbers([in_prior(row, getattr(row, name)) for row in rows], 3) for name in ends
    )
    places = list(range(len(rows)))
    told = [median_words(*(getattr(row, name) for name in ends)) for row in rows]
    return [
        go.Bar(x=[round(h - lo, 3) for h, lo in zip(high, low, strict=True)], base=low, y=places,
               orientation="h", width=wide, marker={"color": colour}, name=words, customdata=told,
               hovertemplate="%{customdata}<extra>" + words + "</extra>"),
        go.Scatter(x=middle, y=places, mode="markers", showlegend=False, hoverinfo="skip",
                   marker={"symbol": "line-ns", "size": 12,
                           "line": {"width": 2, "color": "#555555" if wide > 0.5 else BLACK}}),
    ]  # fmt: skip


def sensitivity_charts(one: Sensitivity) -> list[Chart]:
    """Return the parameters the offset hangs on by one analysis, a chart for each method."""
    over = OVER_WORDS.get(one.run.over, one.run.over)
    methods = (("morris", _morris), ("sobol", _sobol))
    found = [(draw, strongest(one.effects, method)[:MOST_EFFECTS]) for method, draw in methods]
    return [draw(one, rows, over) for draw, rows in found if rows]


def _effects_figure(
    rows: Sequence[Effect], title: str, parts: Sequence[tuple[str, str, str]]
) -> tuple[go.Figure, list[list[float]]]:
    """Return bars of some measures with whiskers, in percent, and the numbers drawn."""
    figure = lying([name_words(row.parameter) for row in rows], title, A_BAR - 4,
                   rangemode="tozero")  # fmt: skip
    drawn = []
    for name, colour, label in parts:
        values = numbers([100.0 * max(getattr(row, name) or 0.0, 0.0) for row in rows], 2)
        error = numbers([100.0 * abs(getattr(row, f"{name}_conf") or 0.0) for row in rows], 2)
        drawn += [values, error]
        figure.add_trace(
            go.Bar(x=values, y=list(range(len(rows))), orientation="h", name=label,
                   marker={"color": colour}, hovertemplate="%{x:.2f}<extra>" + label + "</extra>",
                   error_x={"type": "data", "array": error, "thickness": 1.2, "width": 3})
        )  # fmt: skip
    return figure, drawn


def _morris(one: Sensitivity, rows: Sequence[Effect], over: str) -> Chart:
    """Return mean sizes of the change, with the noise of the seed as a line."""
    unit = "change of the offset, % of the loss"
    parts = (("mu_star", BLUE, "mean size of the change"),)
    figure, (values, error) = _effects_figure(rows, unit, parts)
    noise = round(100.0 * one.run.seed_sd, 2)
    figure.add_vline(x=noise, line={"color": BLACK, "dash": "dash", "width": 1})
    figure.add_annotation(text="seed noise", x=noise, y=1.0, yref="paper", yanchor="bottom",
                          showarrow=False)  # fmt: skip
    table = tuple(
        (name_words(row.parameter), f"{v:.2f}", f"{e:.2f}")
        for row, v, e in zip(rows, values, error, strict=True)
    )
    words = (
        f"Morris' screening {over}: by how much each parameter changes the offset, in points of "
        f"the loss. What lies left of the dashed line ({noise:.2f} points) moves it less than "
        f"another seed would. The strongest is {name_words(rows[0].parameter)}."
    )
    title = f"What the offset hangs on: Morris, {over}"
    headings = ("parameter", unit, "± (95 %)")
    return Chart(f"morris-{one.run.over}", title, figure, headings, table, words)


def _sobol(one: Sensitivity, rows: Sequence[Effect], over: str) -> Chart:
    """Return shares of the variance, alone and with interactions."""
    unit = "share of the answer's variance, %"
    parts = (("total", GREEN, "with all it interacts with"), ("first", SKY, "alone"))
    figure, (total, total_error, first, first_error) = _effects_figure(rows, unit, parts)
    columns = zip(rows, first, first_error, total, total_error, strict=True)
    table = tuple(
        (name_words(row.parameter), *(f"{v:.1f}" for v in more)) for row, *more in columns
    )
    words = (
        f"Sobol' indices {over}: the share of the variance of the offset that each parameter "
        f"explains, alone and with others. Most hangs on {name_words(rows[0].parameter)}."
    )
    title = f"What the offset hangs on: Sobol', {over}"
    headings = ("parameter", f"alone: {unit}", "± (95 %)", f"with others: {unit}", "± (95 %)")
    return Chart(f"sobol-{one.run.over}", title, figure, headings, table, words)
