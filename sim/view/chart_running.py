"""Running lines of a run that is being stepped: trade, receipts and reserves up to a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.experiment.arms import ARM_WORDS
from sim.view.chart import INK, MUSD_A_MONTH, Chart, axis, blank, numbers
from sim.view.chart_bands import ARM_COLOURS

Array = NDArray[np.float64]

LINES = {
    "china_sold": ("China buys from the DPRK", MUSD_A_MONTH),
    "china_bought": ("China sells to the DPRK", MUSD_A_MONTH),
    "russia_sold": ("Russia buys from the DPRK", MUSD_A_MONTH),
    "russia_bought": ("Russia sells to the DPRK", MUSD_A_MONTH),
    "receipts": ("receipts of hard currency", MUSD_A_MONTH),
    "reserves": ("reserves", "USD million"),
}
"""What runs: its words and its unit; goods recorded or not, transit coal in what Russia sells."""

COLUMNS, HEIGHT = 2, 480
DASHES = ("solid", "dash")


@dataclass(frozen=True)
class Running:
    """Means over members by line, each (arm, month); months up to the last one lived."""

    months: tuple[str, ...]
    arms: tuple[str, ...]
    lines: dict[str, Array]


def running(found: Running, period: Sequence[str], shown: str) -> Chart:
    """Return the lines over a whole period, drawn as far as the run has come.

    `shown` is the month a reader looks at, marked on every line.
    """
    figure = blank(HEIGHT, hovermode="x unified", margin={"l": 48, "r": 10, "t": 34, "b": 30})
    rows = -(-len(LINES) // COLUMNS)
    high, wide = 1.0 / rows, 1.0 / COLUMNS
    for i, (name, (label, unit)) in enumerate(LINES.items()):
        row, column = divmod(i, COLUMNS)
        tag = "" if i == 0 else str(i + 1)
        top = 1.0 - row * high
        left = column * wide + (0.05 if column else 0.0)
        right = (column + 1) * wide - (0.0 if column else 0.05)
        span = [f"{period[0]}-15", f"{period[-1]}-15"]
        figure.layout[f"xaxis{tag}"] = axis(
            "", domain=[left, right], anchor=f"y{tag}", range=span, nticks=4, type="date",
            tickformat="%Y", hoverformat="%Y-%m", showgrid=False,
        )  # fmt: skip
        figure.layout[f"yaxis{tag}"] = axis(
            "", domain=[top - high + 0.11, top - 0.04], anchor=f"x{tag}", rangemode="tozero",
            nticks=4,
        )  # fmt: skip
        figure.add_annotation(
            text=f"{label}, {unit}", x=left, y=top - 0.035, xref="paper", yref="paper",
            xanchor="left", yanchor="bottom", showarrow=False, font={"size": 11, "color": INK},
        )  # fmt: skip
        for a, arm in enumerate(found.arms):
            figure.add_trace(
                go.Scatter(
                    x=[f"{month}-15" for month in found.months],
                    y=numbers(found.lines[name][a]),
                    mode="lines",
                    name=f"{arm}: {ARM_WORDS[arm]}",
                    showlegend=i == 0 and len(found.arms) > 1,
                    legendgroup=arm,
                    xaxis=f"x{tag}",
                    yaxis=f"y{tag}",
                    line={"color": ARM_COLOURS[arm], "width": 1.6, "dash": DASHES[a % 2]},
                    hovertemplate="%{y:,.0f}<extra>" + arm + "</extra>",
                )
            )
        figure.add_shape(
            type="line", x0=f"{shown}-15", x1=f"{shown}-15", y0=0, y1=1, xref=f"x{tag}",
            yref=f"y{tag} domain", line={"color": INK, "width": 1, "dash": "dot"},
        )  # fmt: skip
    return Chart(
        "running", "Trade, receipts and reserves so far", figure, *_table(found), _words(found)
    )


def _table(found: Running) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the lines by month."""
    headings = ("month", *(f"{label}, {unit}, {arm}" for label, unit in LINES.values()
                           for arm in found.arms))  # fmt: skip
    rows = tuple(
        (
            month,
            *(f"{found.lines[n][a, t]:,.0f}" for n in LINES for a in range(len(found.arms))),
        )
        for t, month in enumerate(found.months)
    )
    return headings, rows


def _words(found: Running) -> str:
    """Return what the lines say of the last month."""
    if not found.months:
        return "No month has been lived yet."
    a = 0
    said = ", ".join(
        f"{label} {found.lines[name][a, -1]:,.0f}" for name, (label, _) in LINES.items()
    )
    return (
        f"{found.months[0]} to {found.months[-1]}, goods recorded or not, means over members. In "
        f"{found.months[-1]}, arm {found.arms[a]}, USD million: {said}."
    )
