"""Running lines of a run that is being stepped: trade, receipts and reserves up to a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.experiment.arms import ARM_WORDS
from sim.view.chart import MUSD_A_MONTH, SHADE, Chart, axis, blank, faint, numbers, panel_name
from sim.view.colours import ARM_COLOURS, INK

Array = NDArray[np.float64]

LINES = {
    "china_sold": ("China buys from the DPRK", MUSD_A_MONTH),
    "china_bought": ("China sells to the DPRK", MUSD_A_MONTH),
    "russia_sold": ("Russia buys from the DPRK", MUSD_A_MONTH),
    "russia_bought": ("Russia sells to the DPRK", MUSD_A_MONTH),
    "receipts": ("receipts of hard currency", MUSD_A_MONTH),
    "reserves": ("reserves", "million USD"),
}
"""What runs: its words and its unit; goods recorded or not, transit coal in what Russia sells."""

SHORT = {
    "china_sold": "China buys", "china_bought": "China sells", "russia_sold": "Russia buys",
    "russia_bought": "Russia sells", "receipts": "receipts", "reserves": "reserves",
}  # fmt: skip
"""Names of the lines that fit above them on a phone."""

COLUMNS, HEIGHT = 2, 540
DASHES = ("solid", "dash")
SMALL = 20.0
"""USD million below which a digit more is shown."""


@dataclass(frozen=True)
class Running:
    """Lines of months up to the last one lived, each (arm, month, 3): mean and 5 to 95 %."""

    months: tuple[str, ...]
    arms: tuple[str, ...]
    members: int
    lines: dict[str, Array]


def running(found: Running, period: Sequence[str], arm: int = 0) -> Chart:
    """Return the lines over a whole period, drawn as far as the run has come.

    The last month lived is marked on every line; the words are on arm number `arm`.
    """
    figure = blank(HEIGHT, hovermode="x unified", margin={"l": 48, "r": 10, "t": 30, "b": 8})
    for i, (name, (_, unit)) in enumerate(LINES.items()):
        _panel(figure, i, f"<b>{SHORT[name]}</b><br>{unit}", period)
        for a in range(len(found.arms)):
            figure.add_trace(_line(found, name, i, a))
        if found.months:
            at = f"{found.months[-1]}-15"
            figure.add_shape(
                type="line", x0=at, x1=at, y0=0, y1=1, xref=f"x{panel_name(i)}",
                yref=f"y{panel_name(i)} domain", line={"color": INK, "width": 1, "dash": "dot"},
            )  # fmt: skip
    if found.members > 1:
        for i, name in enumerate(LINES):
            for a in range(len(found.arms)):
                figure.add_trace(_band(found, name, i, a))
    title = "Trade, receipts and reserves so far"
    return Chart("running", title, figure, *_table(found), _words(found, arm))


def _panel(figure: go.Figure, i: int, title: str, period: Sequence[str]) -> None:
    """Lay out the axes of panel number `i` over a whole period."""
    row, column = divmod(i, COLUMNS)
    high, wide = 1.0 / -(-len(LINES) // COLUMNS), 1.0 / COLUMNS
    top, left = 1.0 - row * high, column * wide + (0.05 if column else 0.0)
    right, name = (column + 1) * wide - (0.0 if column else 0.05), panel_name(i)
    figure.layout[f"xaxis{name}"] = axis(
        "", domain=[left, right], anchor=f"y{name}", nticks=4, type="date", tickformat="%Y",
        range=[f"{period[0]}-15", f"{period[-1]}-15"], hoverformat="%Y-%m", showgrid=False,
    )  # fmt: skip
    figure.layout[f"yaxis{name}"] = axis(
        "", domain=[top - high + 0.07, top - 0.09], anchor=f"x{name}", rangemode="tozero",
        nticks=4,
    )  # fmt: skip
    figure.add_annotation(
        text=title, x=left, y=top - 0.085, xref="paper", yref="paper", xanchor="left",
        yanchor="bottom", showarrow=False, align="left", font={"size": 11, "color": INK},
    )  # fmt: skip


def _line(found: Running, name: str, i: int, a: int) -> go.Scatter:
    """Return the means of one line in one arm."""
    arm = found.arms[a]
    return go.Scatter(
        x=[f"{month}-15" for month in found.months],
        y=numbers(found.lines[name][a, :, 0], 2),
        mode="lines",
        name=f"{arm}: {ARM_WORDS[arm]}",
        showlegend=i == 0 and len(found.arms) > 1,
        legendgroup=arm,
        xaxis=f"x{panel_name(i)}",
        yaxis=f"y{panel_name(i)}",
        line={"color": ARM_COLOURS[arm], "width": 1.6, "dash": DASHES[a % 2]},
        hovertemplate="%{y:,.0f}<extra>" + arm + "</extra>",
    )


def _band(found: Running, name: str, i: int, a: int) -> go.Scatter:
    """Return 5 to 95 % of members of one line in one arm."""
    days, arm = [f"{month}-15" for month in found.months], found.arms[a]
    low, high = (numbers(found.lines[name][a, :, edge], 2) for edge in (1, 2))
    return go.Scatter(
        x=[*days, *reversed(days)], y=[*high, *reversed(low)], fill="toself", mode="none",
        fillcolor=faint(ARM_COLOURS[arm], SHADE), xaxis=f"x{panel_name(i)}",
        yaxis=f"y{panel_name(i)}", showlegend=False, legendgroup=arm, hoverinfo="skip",
    )  # fmt: skip


def _table(found: Running) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the lines by month."""
    headings = ("month", *(f"{label}, {unit}, {arm}" for label, unit in LINES.values()
                           for arm in found.arms))  # fmt: skip
    rows = tuple(
        (month, *(_said(found, n, a, t) for n in LINES for a in range(len(found.arms))))
        for t, month in enumerate(found.months)
    )
    return headings, rows


def _said(found: Running, name: str, a: int, t: int) -> str:
    """Return a mean, and its band where there are several members."""
    mean, low, high = (float(value) for value in found.lines[name][a, t])
    digits = 1 if abs(mean) < SMALL else 0
    said = f"{mean:,.{digits}f}"
    return said if found.members == 1 else f"{said} ({low:,.{digits}f} to {high:,.{digits}f})"


def _words(found: Running, a: int) -> str:
    """Return what the lines say of the last month."""
    if not found.months:
        return "No month has been lived yet."
    said = ", ".join(f"{label} {_said(found, name, a, -1)}" for name, (label, _) in LINES.items())
    of = "one member" if found.members == 1 else f"means and 5 to 95 % of {found.members} members"
    return (
        f"{found.months[0]} to {found.months[-1]}, goods recorded or not, {of}. In "
        f"{found.months[-1]}, {ARM_WORDS[found.arms[a]]}, million USD: {said}."
    )
