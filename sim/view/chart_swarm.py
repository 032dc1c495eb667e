"""The firms as a swarm: one dot a firm, by partner and route, each at a place of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.axes import GOODS, PARTNERS, SOLD
from sim.view.chart import Chart, axis, blank, numbers
from sim.view.colours import BLUE, GREY, INK, PURPLE, RED
from sim.view.partner_words import PARTNER_WORDS

Array = NDArray[np.float64]

ROUTES = ("idle", "on the legal route", "on both routes", "on the illegal route")
ROUTE_COLOURS = (GREY, BLUE, PURPLE, RED)
ROUTE_MARKS = ("circle-open", "circle", "square", "diamond")
ROUTE_LABELS = ("idle", "legal", "both", "illegal")

ROWS = 8
"""Dots above each other in a band of one route."""

GAP = 2
"""Places left free between two bands and between two partners."""

SMALLEST, LARGEST = 6.0, 14.0
"""Diameters of the smallest and the largest firm drawn, pixels of a page at least `WIDE` wide."""

WIDE = 900
RING = 4
"""Pixels of the ring around a chosen dot."""

HEIGHT = 520


@dataclass(frozen=True)
class Sample:
    """The firms drawn, (dot,): partner and what it trades as places on the axes, size, number.

    `size` is capacity in USD million a month at base prices; `totals` all firms of each partner.
    Firms of a partner lie side by side, by good and by falling size.
    """

    partner: NDArray[np.int64]
    direction: NDArray[np.int64]
    good: NDArray[np.int64]
    size: Array
    number: NDArray[np.int64]
    totals: tuple[int, ...]


@dataclass(frozen=True)
class Places:
    """Where the dots stand: `x` and the row within a band, (dot,); the lowest row of each band."""

    x: Array
    row: Array
    floors: tuple[int, ...]  # by route
    spans: tuple[tuple[float, float], ...]  # by partner, on the x axis


def places(sample: Sample) -> Places:
    """Return the place of every dot; a firm that changes its route moves straight up or down."""
    x, row, spans = np.zeros(sample.partner.size), np.zeros(sample.partner.size), []
    left = 0.0
    for p in range(len(PARTNERS)):
        at = np.flatnonzero(sample.partner == p)
        order = np.arange(at.size)
        x[at], row[at] = left + order // ROWS, order % ROWS
        wide = max(1.0, float(-(-at.size // ROWS)))
        spans.append((left - 0.5, left + wide - 0.5))
        left += wide + GAP
    floors = tuple(code * (ROWS + GAP) for code in range(len(ROUTES)))
    return Places(x, row, floors, tuple(spans))


def diameters(size: Array) -> Array:
    """Return the diameter of each dot, pixels: its area grows with the root of capacity.

    Sizes follow a Pareto law; an area in proportion to capacity would leave most dots unseen.
    """
    if size.size == 0:
        return size
    share = np.sqrt(np.sqrt(size / max(float(size.max()), 1e-12)))
    return np.asarray(np.maximum(SMALLEST, LARGEST * share))


def swarm(
    sample: Sample,
    route: NDArray[np.int8],
    counts: NDArray[np.int64],
    capacity: Array,
    month: str,
    chosen: int | None = None,
) -> Chart:
    """Return the swarm of a month, the dot `chosen` ringed.

    `route` (dot,) a place in `ROUTES`; of all firms, drawn or not, `counts` (partner, route) and
    `capacity` (partner, 2) on the legal and the illegal route, USD million a month at base prices.
    """
    where = places(sample)
    floors = np.array(where.floors)
    figure = blank(
        HEIGHT,
        showlegend=False,
        margin={"l": 58, "r": 8, "t": 34, "b": 10},
        hovermode="closest",
        xaxis={**_bare(), **_partner_ticks(sample, where), "side": "top"},
        yaxis={**_bare(), **_route_ticks(where)},
        shapes=_ground(where),
    )
    figure.add_trace(
        go.Scatter(
            x=numbers(where.x),
            y=numbers(where.row + floors[route]),
            mode="markers",
            text=_labels(sample),
            hovertemplate="%{text}<extra></extra>",
            marker=_marks(sample, route, chosen),
        )
    )
    headings, rows = _table(counts, capacity)
    return Chart(
        "firms", "The firms by partner and route", figure, headings, rows,
        swarm_words(sample, counts, month),
    )  # fmt: skip


def _marks(sample: Sample, route: NDArray[np.int8], chosen: int | None) -> dict[str, object]:
    """Return size, colour and symbol of every dot."""
    return {
        "size": numbers(diameters(sample.size)),
        "color": [ROUTE_COLOURS[code] for code in route],
        "symbol": [ROUTE_MARKS[code] for code in route],
        "line": _rings(route, chosen),
        "opacity": 0.9,
    }


def _rings(route: NDArray[np.int8], chosen: int | None) -> dict[str, object]:
    """Return the outline of every dot, that of the chosen one dark and wide."""
    if chosen is None:
        return {"width": 1}
    # An open mark takes its colour from its outline.
    inks = [GREY if ROUTE_MARKS[code].endswith("-open") else "#ffffff" for code in route]
    inks[chosen] = INK
    return {"width": [RING if i == chosen else 1 for i in range(route.size)], "color": inks}


def _bare() -> dict[str, object]:
    """Return the look of an axis that names places."""
    return axis(
        "", showgrid=False, zeroline=False, showline=False, ticks="", automargin=False,
        fixedrange=True,
    )  # fmt: skip


def _partner_ticks(sample: Sample, where: Places) -> dict[str, object]:
    """Return the names of the partners above their firms."""
    middle = [(low + high) / 2.0 for low, high in where.spans]
    short = {"China": "China", "Russia": "Russia", "RestOfWorld": "others"}
    return {
        "tickvals": middle,
        "ticktext": [short[name] for name in PARTNERS],
        "range": [-1.0, where.spans[-1][1] + 0.5],
    }


def _route_ticks(where: Places) -> dict[str, object]:
    """Return the names of the routes beside their bands."""
    return {
        "tickvals": [floor + (ROWS - 1) / 2.0 for floor in where.floors],
        "ticktext": list(ROUTE_LABELS),
        "range": [-1.5, where.floors[-1] + ROWS + 0.5],
    }


def _ground(where: Places) -> list[dict[str, object]]:
    """Return the faint ground of each partner's band on each route."""
    return [
        {
            "type": "rect", "x0": low, "x1": high, "y0": floor - 0.8, "y1": floor + ROWS - 0.2,
            "fillcolor": "#f4f4f4", "line": {"width": 0}, "layer": "below",
        }
        for low, high in where.spans
        for floor in where.floors
    ]  # fmt: skip


def _labels(sample: Sample) -> list[str]:
    """Return what a dot says under the pointer."""
    out = []
    for p, d, g, size, number in zip(
        sample.partner, sample.direction, sample.good, sample.size, sample.number, strict=True
    ):
        verb = "buys" if d == SOLD else "sells"
        out.append(
            f"firm {number + 1:,} of {PARTNER_WORDS[PARTNERS[p]]}, {verb} {GOODS[d][g]}<br>"
            f"up to {size:,.3f} million USD a month at base prices"
        )
    return out


def _table(
    counts: NDArray[np.int64], capacity: Array
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return all firms by partner and route, and their capacity."""
    headings = (
        "firms of", *(f"{label}, firms" for label in ROUTE_LABELS),
        "on the legal route, million USD a month at base prices",
        "on the illegal route, million USD a month at base prices",
    )  # fmt: skip
    rows = tuple(
        (
            PARTNER_WORDS[name],
            *(f"{int(n):,}" for n in counts[p]),
            *(f"{float(value):,.1f}" for value in capacity[p]),
        )
        for p, name in enumerate(PARTNERS)
    )
    return headings, rows


def swarm_words(sample: Sample, counts: NDArray[np.int64], month: str) -> str:
    """Return what the swarm shows of a month; `counts` (partner, route) of all firms."""
    drawn = [int((sample.partner == p).sum()) for p in range(len(PARTNERS))]
    said = "; ".join(
        f"{PARTNER_WORDS[name]}: "
        + ", ".join(
            f"{int(n):,} {word}" for n, word in zip(counts[p], ROUTES, strict=True) if n > 0
        )
        for p, name in enumerate(PARTNERS)
    )
    return (
        f"Firms of one member of the ensemble in {month}. Each dot is a firm, "
        f"{', '.join(f'{n} of {t:,}' for n, t in zip(drawn, sample.totals, strict=True))} of the "
        "three partners, larger for more capacity, at the same place from left to right "
        "in every month, by good; sizes follow a Pareto law (judgement, mark C). "
        f"Of all firms, {said}."
    )
