"""Map of North-East Asia with the corridors of the DPRK's trade, as wide as what they carry."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.axes import BOUGHT, GOODS, PARTNERS, RUSSIA, SOLD
from sim.data.outlines import Route, outlines, routes
from sim.experiment.answer import BAND
from sim.experiment.arms import ARM_WORDS, shown_arm
from sim.experiment.stored import StoredRun
from sim.view.chart import BAND_WORDS, MUSD_A_MONTH, Chart, blank, brief, needs, spread_words
from sim.view.chart_months import ROOM, last_of_window, month_controls
from sim.view.colours import BLACK, PARTNER_COLOURS

Array = NDArray[np.float64]

HEIGHT = 740
BOX = (118.5, 34.6, 134.7, 44.4)
"""West, south, east and north of what is shown, degrees; inside the box of the outlines."""

WIDEST, THINNEST = 16.0, 0.6
"""Pixels of the line of the largest flow of the run and of a route that carries nothing."""

LAND, DPRK_LAND, SEA, COAST = "#eeeeee", "#dcd6c4", "#f7fbfd", "#a5a5a5"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PLACES = (
    ("Pyongyang", 125.75, 39.03, "middle right"),
    ("Nampo", 125.40, 38.73, "bottom right"),
    ("Dandong", 124.39, 40.12, "top left"),
    ("Dalian", 121.63, 38.91, "top center"),
    ("Yantai", 121.40, 37.54, "bottom left"),
    ("Rizhao", 119.55, 35.40, "bottom right"),
    ("Rajin", 130.30, 42.25, "bottom left"),
    ("Vladivostok", 131.89, 43.12, "top right"),
    ("Chongjin", 129.80, 41.78, "bottom left"),
)
"""Towns, degrees east and north, and on which side their names stand."""


def corridor_flows(run: StoredRun) -> Array:
    """Return what each route carries, USD million a month, (month, member, route).

    Goods both ways, recorded or not, transit coal and arms, as the arm goes in which nobody is
    held still; shared out by `corridor_routes.json`, so that routes of a partner add up.
    """
    arm = run.arms.index(shown_arm(run.arms))
    goods = run.arrays["legal_value"][:, arm] + run.arrays["illegal_value"][:, arm]
    by_route = {route.name: np.zeros(goods.shape[:2]) for route in routes()}
    for p, partner in enumerate(PARTNERS):
        carried = {
            name: goods[:, :, p, d, g] for d in (SOLD, BOUGHT) for g, name in enumerate(GOODS[d])
        }
        if p == RUSSIA:
            carried["transit"] = run.arrays["transit_value"][:, arm]
            carried["arms"] = run.arrays["arms"][:, arm]
        _share_out(by_route, [r for r in routes() if r.partner == partner], carried, run.months)
    return np.stack([by_route[route.name] for route in routes()], axis=-1)


def _share_out(
    by_route: dict[str, Array], own: list[Route], carried: dict[str, Array], months: tuple[str, ...]
) -> None:
    """Add a partner's goods to its routes; the one that takes the rest takes what is left."""
    rest = next(route for route in own if _takes_rest(route))
    for good, value in carried.items():
        left = value.copy()
        for route in own:
            part = value * (_running(route, months) * route.shares.get(good, 0.0))[:, None]
            by_route[route.name] += part
            left -= part
        by_route[rest.name] += left


def _takes_rest(route: Route) -> bool:
    return not set(route.shares) - {"transit"}


def _running(route: Route, months: tuple[str, ...]) -> Array:
    """Return 1 in months in which a route ran, else 0."""
    first, last = route.first or months[0], route.last or months[-1]
    return np.array([float(first <= month <= last) for month in months])


def line_width(flow: float, largest: float) -> float:
    """Return pixels of a line, which grow with the square root of its flow."""
    if largest <= 0.0:
        return THINNEST
    return round(THINNEST + (WIDEST - THINNEST) * float(np.sqrt(flow / largest)), 2)


def corridor_map(run: StoredRun) -> Chart:
    """Return the map of corridors with the months of a run under a slider, medians of members.

    Widths go with the square root of the flow. Raises DivertError for a run read without the
    arrays it needs.
    """
    needs(run, "legal_value", "illegal_value", "transit_value", "arms")
    levels = np.quantile(corridor_flows(run), BAND, axis=1)
    middle = levels[1]
    largest = float(middle.max())
    west, south, east, north = BOX
    start = last_of_window(run)
    figure = blank(
        HEIGHT, margin={"l": 4, "r": 4, "t": 8, "b": ROOM}, plot_bgcolor=SEA, hovermode="closest",
        xaxis=_edge([west, east]), **month_controls(run.months, shown=start),
        yaxis=_edge([south, north], scaleanchor="x",
                    scaleratio=1.0 / np.cos(np.radians(0.5 * (south + north)))),
    )  # fmt: skip
    figure.add_traces(_land())
    first = len(figure.data)
    for i, route in enumerate(routes()):
        figure.add_trace(_route(i, route, line_width(middle[start, i], largest)))
    figure.add_trace(_towns())
    figure.add_trace(_amounts(middle[start], run.months[start]))
    moving = [*range(first, first + len(routes())), len(figure.data) - 1]
    figure.frames = [
        go.Frame(name=month, traces=moving, data=_frame(middle[t], month, largest))
        for t, month in enumerate(run.months)
    ]
    figure.add_annotation(
        text=f"{outlines().attribution}. Shares of routes: judgement (C).", showarrow=False,
        xref="x", yref="y", x=east, y=south, xanchor="right", yanchor="bottom",
        font={"size": 9, "color": "#555555"}, bgcolor="rgba(255,255,255,0.7)",
    )  # fmt: skip
    return Chart(
        "corridors", "Corridors of the DPRK's trade", figure, *_table(run, levels), _words(run)
    )


def _words(run: StoredRun) -> str:
    return (
        "Map of North-East Asia with the corridors of the DPRK's trade, goods both ways, "
        f"{run.months[0]} to {run.months[-1]} ({ARM_WORDS[shown_arm(run.arms)]}): numbers are "
        "medians of members in million USD a month, line widths go with their square root. The "
        "model knows no routes; the share of each route is a judgement (C)."
    )


def _edge(span: list[float], **more: object) -> dict[str, object]:
    look = {"range": span, "showgrid": False, "zeroline": False, "showticklabels": False}
    return {**look, "constrain": "domain", "fixedrange": False, **more}


def _land() -> list[go.Scatter]:
    """Return the land of each country as filled outlines."""
    traces = []
    for country in dict.fromkeys(name for name, _ in outlines().rings):
        x: list[float | None] = []
        y: list[float | None] = []
        for name, ring in outlines().rings:
            if name == country:
                x += [*(east for east, _ in ring), None]
                y += [*(north for _, north in ring), None]
        traces.append(
            go.Scatter(
                x=x, y=y, mode="lines", fill="toself", name=country, hoverinfo="skip",
                showlegend=False, line={"width": 0.8, "color": COAST},
                fillcolor=DPRK_LAND if country == "North Korea" else LAND,
            )
        )  # fmt: skip
    return traces


def _route(i: int, route: Route, width: float) -> go.Scatter:
    x, y = zip(*route.line, strict=True)
    return go.Scatter(
        x=x, y=y, mode="lines", name=f"{LETTERS[i]} {route.name}", hoverinfo="skip", opacity=0.8,
        line={"width": width, "color": PARTNER_COLOURS[route.partner], "shape": "spline"},
    )  # fmt: skip


def _towns() -> go.Scatter:
    names, x, y, sides = zip(*PLACES, strict=True)
    return go.Scatter(
        x=x, y=y, mode="markers+text", text=names, textposition=sides, showlegend=False,
        marker={"size": 4, "color": "#333333"}, textfont={"size": 9, "color": "#333333"},
        hoverinfo="skip", name="towns",
    )  # fmt: skip


def _amounts(values: Array, month: str) -> go.Scatter:
    """Return the letter and flow of each route beside its line, and the month in a corner."""
    west, _, _, north = BOX
    spots = [*(route.label for route in routes()), (west + 1.1, north - 0.45)]
    return go.Scatter(
        x=[east for east, _ in spots], y=[north for _, north in spots], mode="text",
        text=_labels(values, month), textfont={"size": 11, "color": BLACK}, showlegend=False,
        hovertext=[*(route.name for route in routes()), "month"], name="flows",
        hovertemplate="%{hovertext}: %{text} million USD<extra></extra>",
    )  # fmt: skip


def _labels(values: Array, month: str) -> list[str]:
    """Return what stands beside each route, nothing where nothing moved, and the month."""
    labels = [f"<b>{LETTERS[i]}</b> {brief(value)}" for i, value in enumerate(values)]
    moved = [label if value >= 0.05 else "" for label, value in zip(labels, values, strict=True)]
    return [*moved, f"<b>{month}</b>"]


def _frame(values: Array, month: str, largest: float) -> list[dict[str, object]]:
    """Return what moves from month to month: line widths, and the numbers beside them."""
    moving: list[dict[str, object]] = [
        {"type": "scatter", "line": {"width": line_width(value, largest)}} for value in values
    ]
    return [*moving, {"type": "scatter", "text": _labels(values, month)}]


def _table(run: StoredRun, levels: Array) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return a row a month with the band of every route."""
    headings = (
        "month",
        *(f"{LETTERS[i]} {route.name} ({route.mark}): {MUSD_A_MONTH}, {BAND_WORDS}"
          for i, route in enumerate(routes())),
    )  # fmt: skip
    rows = tuple(
        (month, *(spread_words(levels[:, t, i], 1) for i in range(len(routes()))))
        for t, month in enumerate(run.months)
    )
    return headings, rows
