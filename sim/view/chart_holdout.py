"""Charts of the hold-out test: forecasts against the record, and scores beside simpler rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

import plotly.graph_objects as go

from sim.view.chart import (
    MUSD_A_MONTH,
    Chart,
    axis,
    blank,
    lying,
    month_axis,
    numbers,
    panel_name,
    stacked,
)
from sim.view.colours import BLACK, GREY, LIGHT, PURPLE, RED, SKY
from sim.view.evidence_figures import (
    CHINA_PANELS,
    LOG_FROM,
    ORIGINS,
    RUSSIA_PANELS,
    WIDEST_RATIO,
    apart,
    days_of_bar,
    quarters,
    ratios,
    shown,
)
from sim.view.evidence_rows import Evidence, Forecast, Score
from sim.view.evidence_words import figure_words
from sim.view.number_words import number, points

MILLISECONDS = 86_400_000.0


@dataclass(frozen=True)
class Through:
    """What one chart through time shows: series with their words, and their unit."""

    name: str
    title: str
    panels: tuple[tuple[str, str], ...]
    unit: str
    log: bool
    quarterly: bool


CHINA_MONTHS = Through(
    "holdout-china", "China by month: what was forecast, and what customs published",
    CHINA_PANELS, MUSD_A_MONTH, True, False,
)  # fmt: skip
RUSSIA_QUARTERS = Through(
    "russia-quarters", "Russia by quarter: what was forecast, and what customs published",
    RUSSIA_PANELS, "million USD a quarter", False, True,
)  # fmt: skip
WORDS_OF = {"holdout-china": "holdout_china", "russia-quarters": "russia_quarters"}


def holdout_chart(evidence: Evidence, through: Through) -> Chart | None:
    """Return forecasts of months the fit had not seen as bars with the record as dots.

    A bar is 5-95 % of the draws with the error of the record, its line the median; None without
    such figures.
    """
    full = [(shown(evidence.forecasts, series), words) for series, words in through.panels]
    full = [(rows, words) for rows, words in full if rows]
    if not full:
        return None
    figure = blank(330 * len(full) + 90, margin={"l": 62, "r": 12, "t": 40, "b": 46})
    said: set[str] = set()
    for i, (rows, words) in enumerate(full):
        _panel(figure, rows, words, through, (i, len(full)))
        figure.add_traces(_through_time(rows, panel_name(i), through.quarterly, said))
    figure.update_layout(barmode="overlay", legend={"y": 1.0, "yref": "container",
                                                    "yanchor": "top"})  # fmt: skip
    headings = ("series", "months", "forecast", f"observed, {through.unit}", "mark", "5 %",
                "median", "95 %", "inside", "naive: last value", "naive: last such month",
                "static textbook model")  # fmt: skip
    table = tuple(
        _cells(row, words, through.quarterly) for rows, words in full for row in rows
    )  # fmt: skip
    words = figure_words(evidence, WORDS_OF[through.name])
    return Chart(through.name, through.title, figure, headings, table, words)


def _panel(
    figure: go.Figure, rows: Sequence[Forecast], words: str, through: Through, at: tuple[int, int]
) -> None:
    """Lay the axes of one series; `at` are the place of the panel and how many there are."""
    i, count = at
    panel = panel_name(i)
    span = stacked(i, count, 0.11)
    known = [v for r in rows for v in (r.p05, r.observed) if v > 0.0] if through.log else []
    log = bool(known) and max(known) > LOG_FROM * min(known)
    # A log axis ends where the record does: a band that reaches to nothing would stretch it.
    ends = [min(r.observed for r in rows if r.observed > 0.0), max(r.p95 for r in rows)]
    figure.update_layout({
        f"xaxis{panel}": month_axis(anchor=f"y{panel}", dtick="M12", tick0="2016-01-01"),
        f"yaxis{panel}": axis(
            f"{through.unit}{', log scale' if log else ''}", domain=span,
            anchor=f"x{panel}", **(_log_look(ends) if log else {"rangemode": "tozero"}),
        ),
    })  # fmt: skip
    figure.add_annotation(
        text=f"<b>{words}</b>", x=0.0, y=span[1], xref="paper", yref="paper", xanchor="left",
        yanchor="bottom", showarrow=False,
    )  # fmt: skip


def _log_look(ends: Sequence[float]) -> dict[str, Any]:
    """Return a log axis with plain numbers from a little below the first to above the last end."""
    low, high = log10(0.7 * ends[0]), log10(1.2 * ends[1])
    return {"type": "log", "range": [round(low, 3), round(high, 3)], "dtick": "D2",
            "tickformat": ",~r"}  # fmt: skip


def _scale(row: Forecast, quarterly: bool) -> float:
    """Return what a figure is multiplied by: a half-year is the mean of its two quarters."""
    return 1.0 / max(quarters(row), 1.0) if quarterly else 1.0


def _through_time(
    rows: Sequence[Forecast], panel: str, quarterly: bool, said: set[str]
) -> list[go.Bar | go.Scatter]:
    """Return bars of forecasts by what was known, and dots of the record by the band."""
    kinds = [("fit to figures it was shown", LIGHT, [row for row in rows if row.seen])]
    kinds += [
        (f"forecast, {words}", colour, [r for r in rows if r.origin == name and not r.seen])
        for name, (words, _, colour) in ORIGINS.items()
    ]
    traces: list[go.Bar | go.Scatter] = []
    for label, colour, own in kinds:
        if own:
            traces += _bars(own, label, colour, panel, quarterly, label not in said)
            said.add(label)
    for inside, label, colour, symbol in (
        (True, "observed, inside the band", BLACK, "circle"),
        (False, "observed, outside the band", RED, "x"),
    ):
        own = [row for row in rows if row.inside == inside]
        if own:
            traces.append(_dots(own, label, colour, symbol, panel, quarterly, label not in said))
            said.add(label)
    return traces


def _bars(
    rows: Sequence[Forecast], label: str, colour: str, panel: str, quarterly: bool, legend: bool
) -> list[go.Bar]:
    """Return the bands of some figures and, as thin bars, their medians."""
    by = [_scale(row, quarterly) for row in rows]
    low, middle, high = (
        numbers([getattr(row, name) * k for row, k in zip(rows, by, strict=True)], 2)
        for name in ("p05", "p50", "p95")
    )
    places = [days_of_bar(row) for row in rows]
    on: dict[str, Any] = {
        "x": [day.isoformat() for day, _ in places], "xaxis": f"x{panel}", "yaxis": f"y{panel}",
        "width": [wide * MILLISECONDS for _, wide in places], "legendgroup": label,
    }  # fmt: skip
    band = go.Bar(
        y=[round(h - lo, 2) for h, lo in zip(high, low, strict=True)], base=low, name=label,
        marker={"color": colour, "opacity": 0.5,
                "pattern": {"shape": ["/" if apart(row) else "" for row in rows]}},
        showlegend=legend,
        customdata=[[_when(row), m, lo, h]
                    for row, m, lo, h in zip(rows, middle, low, high, strict=True)],
        hovertemplate="%{customdata[0]}: %{customdata[1]:,} (%{customdata[2]:,} to "
        "%{customdata[3]:,})<extra></extra>", **on,
    )  # fmt: skip
    thin = [max(0.012 * m, 0.05) for m in middle]
    line = go.Bar(
        y=thin, base=[round(m - t / 2, 3) for m, t in zip(middle, thin, strict=True)],
        marker={"color": colour, "line": {"color": colour, "width": 1}}, showlegend=False,
        hoverinfo="skip", **on,
    )  # fmt: skip
    return [band, line]


def _dots(
    rows: Sequence[Forecast], label: str, colour: str, symbol: str, panel: str, quarterly: bool,
    legend: bool,
) -> go.Scatter:  # fmt: skip
    """Return the record as dots."""
    return go.Scatter(
        x=[days_of_bar(row)[0].isoformat() for row in rows], mode="markers", name=label,
        y=numbers([row.observed * _scale(row, quarterly) for row in rows], 2),
        marker={"color": colour, "symbol": symbol, "size": 7}, legendgroup=label,
        showlegend=legend, xaxis=f"x{panel}", yaxis=f"y{panel}",
        text=[f"{_when(row)}, mark {row.mark}" for row in rows],
        hovertemplate="%{text}: %{y:,}<extra></extra>",
    )  # fmt: skip


def _when(row: Forecast) -> str:
    """Return the months of a figure."""
    return row.first if row.first == row.last else f"{row.first} to {row.last}"


def _cells(row: Forecast, words: str, quarterly: bool) -> tuple[str, ...]:
    """Return one figure as cells of the table."""
    by = _scale(row, quarterly)
    said = "fit, was shown it" if row.seen else ORIGINS[row.origin][0]
    rules = (row.last_value, row.same_month, row.static)
    return (
        words, _when(row), said, number(row.observed * by), row.mark, number(row.p05 * by),
        number(row.p50 * by), number(row.p95 * by), "yes" if row.inside else "no",
        *(number(None if value is None else value * by) for value in rules),
    )  # fmt: skip


def scores_chart(evidence: Evidence) -> Chart | None:
    """Return the model's CRPS over that of simpler rules by series and origin, None without any.

    CRPS is the continuous ranked probability score (Gneiting & Raftery 2007); below 1 the model is
    closer to the record than the rule.
    """
    known = [
        row for row in evidence.scores
        if row.origin in ORIGINS and any(v is not None for v in ratios(row).values())
    ]  # fmt: skip
    if not known:
        return None
    names = [f"{row.words}<br>({ORIGINS[row.origin][0]})" for row in known]
    figure = lying(names, "CRPS over that of the rule", 66, range=[0, WIDEST_RATIO])
    for name, colour in zip(ratios(known[0]), (GREY, SKY, PURPLE), strict=True):
        values = [ratios(row)[name] for row in known]
        figure.add_trace(
            go.Bar(
                x=[None if v is None else round(min(v, WIDEST_RATIO), 3) for v in values],
                y=list(range(len(known))), orientation="h", name=name, marker={"color": colour},
                text=["" if v is None else _ratio(v) for v in values], textposition="auto",
                textangle=0, textfont={"size": 10},
                hovertemplate="%{text}<extra>" + name + "</extra>",
            )
        )  # fmt: skip
    figure.add_vline(x=1.0, line={"color": BLACK, "width": 1})
    headings = ("series", "forecast", *(f"over {name}, multiple" for name in ratios(known[0])),
                "inside the band")  # fmt: skip
    table = tuple(_score_cells(row) for row in known)
    closer = sum(all(v is None or v < 1.0 for v in ratios(row).values()) for row in known)
    words = (
        "The model's error as a multiple of simpler rules' (CRPS): left of 1 the model is closer "
        f"to the record. It is closer than every rule in {closer} of {len(known)} rows."
    )
    title = "The model's error as a multiple of simpler rules'"
    return Chart("scores", title, figure, headings, table, words)


def _ratio(value: float) -> str:
    """Return a multiple; one beyond the axis has an arrow."""
    if value < 0.01:
        return "under 0.01"
    return f"{value:.2f}" + (" →" if value > WIDEST_RATIO else "")


def _score_cells(row: Score) -> tuple[str, ...]:
    """Return one score as cells."""
    return (
        row.words, ORIGINS[row.origin][0],
        *("–" if v is None else _ratio(v).removesuffix(" →") for v in ratios(row).values()),
        f"{row.covered} of {row.figures} ({points(row.coverage, 0)} %)",
    )  # fmt: skip
