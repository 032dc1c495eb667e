"""Charts over two inputs: break-even over potential and openness, heat maps of a sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.errors import DivertError
from sim.experiment.break_even import POTENTIAL
from sim.sweep.analysis import Analysis
from sim.sweep.analysis_effects import Map
from sim.view.chart import BAND_WORDS, FONT, Chart, axis, blank, panel_name, stacked
from sim.view.colours import BLACK, PAPER
from sim.view.sweep_figures import cell_words, is_fine
from sim.view.sweep_percent import is_percent
from sim.view.sweep_words import axis_words, input_words

Array = NDArray[np.float64]

COLOURS = "Cividis"
LAWS = {"as it was": "law as it was", "none": "no measure binds Russia"}
HALF, WHOLE = 50.0, 100.0
LOWEST, HIGHEST = -10.0, 150.0
"""Ends of the colours of an offset, percent of the loss."""

COLUMNS = ("lever", "law", "openness", "value", "offset_p05", "offset_p50", "offset_p95",
           "purchases_musd_a_year_p50")  # fmt: skip
STRIDE, GAP = 2, 0.13
"""Every how many multiples are named, and the share of the height between two panels."""

A_ROW, NUMBERED = 38, 80
"""Pixels of a row of a heat map, and cells that have room for a number on a narrow page."""

UNDER = 118
"""Pixels under a map: the words of its axis, and the bar of its colours."""


def break_even_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the median offset over potential and openness of the rows of a `surface.csv`.

    A panel for each law; lines at half and all of the loss. Rows may hold text, as read from the
    file. Raises DivertError for rows without these columns, or without the surface.
    """
    wanted = _surface(rows)
    laws = [law for law in LAWS if any(row["law"] == law for row in wanted)]
    figure = blank(
        300 * len(laws) + UNDER,
        showlegend=False,
        margin={"l": 62, "r": 10, "t": 30, "b": UNDER},
    )
    for i, law in enumerate(laws):
        _break_even_panel(figure, [row for row in wanted if row["law"] == law], i, len(laws))
    table = tuple(
        (LAWS[row["law"]], f"{row['openness']:g}", f"{row['value']:,.0f}",
         f"{row['offset_p50']:.1f} ({row['offset_p05']:.1f} to {row['offset_p95']:.1f})",
         f"{row['purchases']:,.0f}")
        for row in wanted
    )  # fmt: skip
    headings = (
        "law", "openness, 0 to 1", "potential, multiple",
        f"offset, % of the loss, {BAND_WORDS}", "Russian purchases, million USD a year",
    )  # fmt: skip
    return Chart(
        "break-even", "What it would have taken Russia to offset the loss", figure, headings, table,
        _break_even_words(wanted),
    )  # fmt: skip


def _break_even_words(wanted: Sequence[Mapping[str, Any]]) -> str:
    """Return what the map shows, and where the whole loss is first reached."""
    most = max(wanted, key=lambda row: float(row["offset_p50"]))
    reached = [row for row in wanted if row["offset_p50"] >= WHOLE]
    least = min(reached, key=lambda row: float(row["value"]), default=None)
    ending = (
        f"no setting reaches the whole loss; the most is {most['offset_p50']:.0f} %."
        if least is None else
        f"the whole loss is first reached at {least['value']:,.0f} times the potential with "
        f"openness {least['openness']:g} ({LAWS[least['law']]})."
    )  # fmt: skip
    return (
        "Offset of the loss (median, percent) over the potential of idle Russian firms, as a "
        "multiple, and the openness of the Russian state from 0 to 1, with the law as it was and "
        f"without measures on Russia; multiples and openness are judged (C): {ending}"
    )


def _surface(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the lever potential with an openness, as numbers, offsets in percent."""
    missing = [c for c in COLUMNS if rows and c not in rows[0]]
    if missing:
        raise DivertError(
            f"found rows without {', '.join(missing)}; allowed: the rows of surface.csv as "
            "`divert break-even` writes it"
        )
    wanted = [
        {
            "law": row["law"], "openness": float(row["openness"]), "value": float(row["value"]),
            "purchases": float(row["purchases_musd_a_year_p50"]),
            **{name: 100.0 * float(row[name]) for name in COLUMNS[4:7]},
        }
        for row in rows
        if row["lever"] == POTENTIAL and row["openness"] not in ("", None)
    ]  # fmt: skip
    if not wanted:
        raise DivertError(
            f"found no rows of the lever {POTENTIAL} with an openness; allowed: the rows of "
            "surface.csv as `divert break-even` writes it"
        )
    return wanted


def _grid(rows: list[dict[str, Any]], name: str, xs: list[float], ys: list[float]) -> list[Any]:
    """Return a number by openness (rows) and potential (columns), None where there is no row."""
    at = {(row["openness"], row["value"]): round(row[name], 1) + 0.0 for row in rows}
    return [[at.get((y, x)) for x in xs] for y in ys]


def _break_even_panel(figure: go.Figure, rows: list[dict[str, Any]], i: int, count: int) -> None:
    """Draw one law: cells coloured by the median offset, lines where half and all are reached."""
    panel = panel_name(i)
    xs, ys = (sorted({row[name] for row in rows}) for name in ("value", "openness"))
    places = [round(math.log2(x), 3) for x in xs]
    z, low, high, bought = (
        _grid(rows, name, xs, ys)
        for name in ("offset_p50", "offset_p05", "offset_p95", "purchases")
    )
    on = {"xaxis": f"x{panel}", "yaxis": f"y{panel}", "x": places, "y": ys, "z": z}
    more = [
        [[xs[c], low[r][c], high[r][c], bought[r][c]] for c in range(len(xs))]
        for r in range(len(ys))
    ]
    scale = {"colorscale": COLOURS, "zmin": LOWEST, "zmax": HIGHEST}
    figure.add_trace(
        go.Heatmap(
            **on, **scale, customdata=more, showscale=i == 0,
            colorbar=_colour_bar(
                "offset, % of the loss (median)", tickvals=[0, 50, 100, 150],
                ticktext=["0 %", "50 %", "100 %", "≥ 150 %"],
            ),
            hovertemplate="potential × %{customdata[0]:,}, openness %{y}: offset %{z} % "
            "(%{customdata[1]} to %{customdata[2]} %), purchases %{customdata[3]:,} million USD a "
            "year<extra></extra>",
        )
    )  # fmt: skip
    figure.add_traces([_reached(on, HALF, PAPER), _reached(on, WHOLE, BLACK)])
    span = stacked(i, count, GAP)
    title = "potential of idle firms, multiple" if i == count - 1 else ""
    figure.update_layout({
        f"xaxis{panel}": axis(title, anchor=f"y{panel}",
                              tickvals=places[::STRIDE], showgrid=False, tickangle=0,
                              ticktext=[f"{x:,.0f}" for x in xs[::STRIDE]]),
        f"yaxis{panel}": axis("openness, 0 to 1", domain=span, anchor=f"x{panel}",
                              tickvals=ys, showgrid=False),
    })  # fmt: skip
    figure.add_annotation(
        text=f"<b>{LAWS[rows[0]['law']]}</b>; lines: 50, 100 %", x=0.0, y=span[1], xref="paper",
        yref="paper", xanchor="left", yanchor="bottom", showarrow=False, yshift=3,
    )  # fmt: skip


def _reached(on: Mapping[str, Any], level: float, colour: str) -> go.Contour:
    """Return the line along which a map reaches a level."""
    return go.Contour(
        **on, showscale=False, hoverinfo="skip", autocontour=False,
        contours={"start": level, "end": level, "size": 1.0, "coloring": "none",
                  "showlabels": True, "labelfont": {"color": colour, "size": 11}},
        line={"color": colour, "width": 2},
    )  # fmt: skip


def heat_map(analysis: Analysis, only: int | None = None) -> Chart | None:
    """Return the median of a sweep's output by pairs of its factors, one pair to a menu's entry.

    With `only` that pair alone, coloured as among all. None where the analysis has no pairs;
    medians are over members and the other inputs.
    """
    maps = analysis.maps
    if not maps:
        return None
    known = np.concatenate([m.median.ravel() for m in maps])
    ends = (float(np.nanmin(known)), float(np.nanmax(known)))
    maps = maps if only is None else maps[only : only + 1]
    unit, percent = axis_words(analysis), is_percent(analysis.results.unit)
    most = max(len(m.row_words) for m in maps)
    figure = blank(
        A_ROW * max(most, 4) + UNDER + 40, showlegend=False,
        margin={"l": 60, "r": 10, "t": 40 if only is None else 12, "b": UNDER},
        **_pair_axes(maps[0]),
    )  # fmt: skip
    for i, found in enumerate(maps):
        figure.add_trace(_cells(found, ends, unit, i == 0, percent))
    if len(maps) > 1:
        figure.update_layout(updatemenus=[_pairs_menu(maps)])
    first = maps[0]
    words = (
        f"Median of {unit} by pairs of factors of the sweep, over members and the other inputs; "
        f"{'first ' if len(maps) > 1 else ''}{input_words(first.row)} against "
        f"{input_words(first.column)}. The median of the cells goes from "
        f"{cell_words(ends[0], True, percent)} to {cell_words(ends[1], True, percent)}."
    )
    headings = ("row factor", "its level", "column factor", "its level", f"{unit}, median")
    return Chart(
        "heat-map",
        f"{unit[0].upper()}{unit[1:]}, by pairs of factors",
        figure,
        headings,
        _cell_rows(maps, percent),
        words,
    )


def _cell_rows(maps: Sequence[Map], percent: bool) -> tuple[tuple[str, ...], ...]:
    """Return every cell of some pairs as a row of the table."""
    return tuple(
        (input_words(m.row), a, input_words(m.column), b,
         cell_words(float(m.median[i, j]), True, percent))
        for m in maps for i, a in enumerate(m.row_words) for j, b in enumerate(m.column_words)
    )  # fmt: skip


def _cells(found: Map, ends: tuple[float, float], unit: str, on: bool, percent: bool) -> go.Heatmap:
    """Return the cells of one pair, with numbers where there is room."""
    # Six digits are what the tables of an analysis give.
    z = [[None if np.isnan(v) else float(f"{v:.6g}") for v in row] for row in found.median]
    fine = is_fine(*ends, percent)
    text = [[cell_words(float(v), fine, percent) for v in row] for row in found.median]
    return go.Heatmap(
        x=list(found.column_words), y=list(found.row_words), z=z, text=text, visible=on,
        texttemplate="%{text}" if found.median.size <= NUMBERED else "", zmin=ends[0],
        zmax=ends[1], colorscale=COLOURS, xgap=1, ygap=1, hoverongaps=False,
        hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        colorbar=_colour_bar(f"{unit}: median"),
    )  # fmt: skip


def _colour_bar(title: str, **ticks: Any) -> dict[str, Any]:
    """Return the bar of colours along the foot of a figure."""
    return {
        "orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom", "ypad": 2,
        "thickness": 12, "len": 0.9,
        "title": {"text": title, "side": "bottom", "font": {"size": FONT}}, **ticks,
    }  # fmt: skip


def _pair_axes(found: Map) -> dict[str, Any]:
    """Return the axes of one pair; levels are words, each a place of its own."""
    return {
        "xaxis": axis(input_words(found.column), type="category", showgrid=False),
        "yaxis": axis(input_words(found.row), type="category", showgrid=False),
    }


def _pairs_menu(maps: Sequence[Map]) -> dict[str, Any]:
    """Return the menu that shows one pair and names its axes."""
    buttons = [
        {
            "label": f"{m.row.label} × {m.column.label}"[:60], "method": "update",
            "args": [
                {"visible": [other is m for other in maps]},
                {"xaxis.title.text": input_words(m.column), "yaxis.title.text": input_words(m.row)},
            ],
        }
        for m in maps
    ]  # fmt: skip
    return {"type": "dropdown", "buttons": buttons, "x": 0.0, "y": 1.0, "xanchor": "left",
            "yanchor": "bottom", "pad": {"b": 8}}  # fmt: skip
