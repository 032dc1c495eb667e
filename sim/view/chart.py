"""An interactive chart: a plotly figure with its table and its words, and the look all share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.errors import DivertError, nearest
from sim.experiment.stored import StoredRun
from sim.view.colours import BLACK, INK, LINES, PAPER

Array = NDArray[np.float64]

NEEDED = (
    "legal_value", "illegal_value", "transit_value", "fees", "arms", "receipts", "paid", "crude",
    "remittance_legal", "remittance_visa", "enforcement",
)  # fmt: skip
"""Recorded arrays that the charts of a run need; pass them to `read_run`."""

FONT = 12
A_BAR, AROUND = 44, 130
"""Pixels of a lying bar with its label, and of what stands around bars."""

SMALL = 10.0
"""USD million a month below which a line needs more than one digit to be smooth."""

SHADE = 0.2
"""How much of what lies under it a band covers."""

MUSD_A_MONTH = "million USD a month"
PERCENT = "% of the loss"
BAND_WORDS = "median (5 to 95 %)"

Band = dict[str, float]
"""p05, p50 and p95 over members, as `answer.json` has them."""


@dataclass(frozen=True)
class Chart:
    """A chart for a page: `name` is its slug, `words` say what it shows to who cannot see it.

    `headings` and `rows` are the table under it, formatted text with units in the headings. The
    figure bears no title of its own: the page sets `title` above it.
    """

    name: str
    title: str
    figure: go.Figure
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: str


def blank(height: int, **layout: Any) -> go.Figure:
    """Return an empty figure of `height` pixels, as wide as its page, white and with a legend."""
    return go.Figure(
        layout={
            # An empty template: the default one is larger than most figures.
            "template": go.layout.Template(),
            "height": height,
            "autosize": True,
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "font": {"size": FONT, "color": INK, "family": "system-ui, sans-serif"},
            "margin": {"l": 58, "r": 14, "t": 16, "b": 46},
            "hoverlabel": {"bgcolor": PAPER, "font": {"size": FONT}},
            "legend": {
                "orientation": "h", "x": 0.0, "y": 1.02, "yanchor": "bottom", "tracegroupgap": 0,
            },
            **layout,
        }
    )  # fmt: skip


def axis(title: str, **more: Any) -> dict[str, Any]:
    """Return the look of an axis with a title that names its unit."""
    return {
        "title": {"text": title, "font": {"size": FONT}},
        "gridcolor": LINES,
        "linecolor": "#888888",
        "zerolinecolor": "#888888",
        "ticks": "outside",
        "automargin": True,
        **more,
    }


def month_axis(**more: Any) -> dict[str, Any]:
    """Return the look of an axis of months."""
    look = {"type": "date", "tickformat": "%Y", "hoverformat": "%Y-%m", "showgrid": False}
    return axis("month", **(look | more))


def panel_name(i: int) -> str:
    """Return what plotly adds to the names of the axes of panel number `i`, nothing to the first's.

    As in `f"x{panel_name(1)}"`, the horizontal axis of the second panel.
    """
    return "" if i == 0 else str(i + 1)


def stacked(i: int, count: int, gap: float) -> list[float]:
    """Return the bottom and top of panel number `i` of `count` of one height, the first on top.

    `gap` is the share of the figure's height between two of them.
    """
    high = (1.0 - gap * (count - 1)) / count
    bottom = (count - 1 - i) * (high + gap)
    return [round(bottom, 4), round(bottom + high, 4)]


def lying(names: Sequence[str], title: str, each: int = A_BAR, **look: Any) -> go.Figure:
    """Return an empty figure of bars that lie beside names, the first on top at height 0.

    `each` are pixels of a bar; `title` and `look` are those of the axis of values.
    """
    return blank(
        each * len(names) + AROUND, margin={"l": 12, "r": 18, "t": 16, "b": 52},
        xaxis=axis(title, **look), bargap=0.25,
        yaxis=axis("", tickvals=list(range(len(names))), ticktext=[folded(n) for n in names],
                   ticks="", showgrid=False, range=[len(names) - 0.4, -0.6], zeroline=False,
                   tickfont={"size": 11}),
    )  # fmt: skip


def folded(text: str, width: int = 24) -> str:
    """Return text in lines of at most `width` characters, lines of its own (`<br>`) kept.

    Words are never cut, so that a long one may reach further.
    """
    lines: list[str] = []
    for piece in text.split("<br>"):
        lines.append("")
        for word in piece.split():
            if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def whiskers(
    low: Sequence[float], mid: Sequence[float], high: Sequence[float], digits: int = 3, **look: Any
) -> dict[str, Any]:
    """Return error bars from `low` to `high` around `mid`, as numbers of a trace's axis."""
    return {
        "type": "data", "symmetric": False, "thickness": 1.4, "width": 4, "color": BLACK,
        "array": [round(max(h - m, 0.0), digits) for h, m in zip(high, mid, strict=True)],
        "arrayminus": [round(max(m - lo, 0.0), digits) for lo, m in zip(low, mid, strict=True)],
        **look,
    }  # fmt: skip


def ends(months: tuple[str, ...]) -> list[str]:
    """Return the ends of an axis of months, so that all charts of a run have the same."""
    return [f"{months[0]}-01", f"{months[-1]}-28"]


def numbers(values: Array | Sequence[float], digits: int = 1) -> list[float]:
    """Return numbers rounded for a small file, with no negative zero."""
    return [round(float(value), digits) + 0.0 for value in values]


def digits_of(values: Array) -> int:
    """Return the digits that leave a line of USD million a month smooth."""
    return 1 if values.max() >= SMALL else 2


def band_traces(
    months: Sequence[str],
    levels: Array,
    label: str,
    colour: str,
    on: bool = True,
    digits: int = 1,
    dash: str = "solid",
) -> list[go.Scatter]:
    """Return p05, p95 (filled down to it) and the median of (3, month) levels as one group.

    `on` is whether they are shown before a reader picks them in the legend.
    """
    low, mid, high = (numbers(level, digits) for level in levels)
    edge = {
        "x": months, "mode": "lines", "legendgroup": label, "showlegend": False,
        "line": {"width": 0, "color": colour}, "hoverinfo": "skip",
        "visible": True if on else "legendonly",
    }  # fmt: skip
    return [
        go.Scatter(y=low, name=f"{label}, 5 %", **edge),
        go.Scatter(y=high, name=f"{label}, 95 %", fill="tonexty",
                   fillcolor=faint(colour, SHADE), **edge),
        go.Scatter(
            x=months, y=mid, name=label, mode="lines", legendgroup=label,
            line={"width": 2, "color": colour, "dash": dash}, visible=edge["visible"],
            customdata=list(zip(low, high, strict=True)),
            hovertemplate="%{y:,} (%{customdata[0]:,} to %{customdata[1]:,})",
        ),
    ]  # fmt: skip


def spread_words(band: Array, digits: int = 0) -> str:
    """Return p05, p50 and p95 as `median (low to high)`."""
    low, mid, high = numbers(band, digits)
    return f"{mid:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def brief(value: float) -> str:
    """Return an amount for a crowded chart: one digit after the point below ten, none from there.

    USD million, or whatever the chart says.
    """
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def faint(colour: str, share: float) -> str:
    """Return a colour `#rrggbb` that covers only a share, 0 to 1, of what lies under it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


def place(names: tuple[str, ...], one: int | str) -> int:
    """Return the place of a name on an axis, or the place itself.

    Raises DivertError for a name or a place that the axis does not have.
    """
    if isinstance(one, int) and 0 <= one < len(names):
        return one
    if one in names:
        return names.index(str(one))
    raise DivertError(f"found {one!r}; allowed: {', '.join(names)}{nearest(str(one), list(names))}")


def needs(run: StoredRun, *arrays: str) -> None:
    """Raise DivertError for a run that was read without the arrays of a chart."""
    missing = [name for name in arrays if name not in run.arrays]
    if missing:
        raise DivertError(
            f"found a run read without {', '.join(missing)}; a chart needs the arrays "
            f"{', '.join(arrays)}: name them to read_run",
            key=run.scenario.name,
        )
