"""A chart on a page: heading, words, plot, month player, downloads, and its table folded away."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from sim.app.marks import marks
from sim.view.chart import Chart
from sim.view.report_page import data_of

CONFIG: Any = {
    "displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": "reset",
}  # fmt: skip
DOWNLOADS = ("png", "svg", "csv")
TALL = 430
"""Pixels of a chart that does not say its height."""


def panel(chart: Chart, key: str | None = None) -> Component:
    """Return a chart as a figure; `key` is its id, `key-graph` that of the plot.

    Without `key` the id is `panel-` and the chart's name. assets/panel.js fills player and table
    from the data beside them, so that months move, and files are made, without the server.
    """
    name = key or f"panel-{chart.name}"
    figure = data_of(chart.figure)
    menu = figure.pop("menu", None)
    return html.Figure(
        [
            html.H3(chart.title, id=f"{name}-title"),
            html.P(chart.words, id=f"{name}-words", className="words"),
            *_controls(chart, name, menu),
            _plot(figure, name),
            html.Div([_download(chart, name, kind) for kind in DOWNLOADS], className="downloads"),
            _table(chart),
        ],
        id=name,
        className="panel",
        **marks(aria_labelledby=f"{name}-title", aria_describedby=f"{name}-words"),
    )


def _plot(figure: dict[str, Any], name: str) -> Component:
    """Return the plot, as high as its figure says, and higher on a phone where it has a legend."""
    layout = figure["layout"]
    keyed = layout.get("showlegend") is not False and not figure.get("frames")
    graph = dcc.Graph(
        id=f"{name}-graph", figure=figure, config=CONFIG, responsive=True, className="graph"
    )
    return html.Div(
        graph,
        className="plot keyed" if keyed else "plot",
        style={"--height": f"{int(layout.pop('height', TALL))}px"},
        role="img",
        **marks(aria_labelledby=f"{name}-title", aria_describedby=f"{name}-words"),
    )


def _controls(chart: Chart, name: str, menu: list[Any] | None) -> list[Component]:
    """Return what panel.js makes a month player, or a list of what to show, of."""
    figure = chart.figure
    if figure.frames and figure.layout.sliders:
        slider = figure.layout.sliders[0]
        months = [str(step.label) for step in slider.steps]
        years = [str(f.name) for f in figure.frames if str(f.name) not in months]
        # The mark makes panel.js move a new figure to the month that a reader had chosen.
        mark = hashlib.sha256(repr((chart.words, chart.rows)).encode()).hexdigest()[:16]
        data = {"months": months, "years": years, "at": int(slider.active or 0), "mark": mark}
        return [_filled("player", name, chart.title, data)]
    if menu:
        labels = [str(button.label) for button in figure.layout.updatemenus[0].buttons]
        return [_filled("menu", name, chart.title, {"labels": labels, "shown": menu})]
    return []


def _filled(kind: str, name: str, title: str, data: dict[str, Any]) -> Component:
    """Return an empty element that panel.js fills."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    words = {"player": "Month of", "menu": "Shown"}[kind]
    return html.Div(
        className="player",
        role="group",
        **marks(**{f"data-{kind}": text}, data_of=f"{name}-graph", aria_label=f"{words}: {title}"),
    )


def _download(chart: Chart, name: str, kind: str) -> Component:
    """Return a button that saves the chart; the browser makes the file."""
    return html.Button(
        kind.upper(),
        type="button",
        **marks(
            data_download=kind,
            data_of=f"{name}-graph",
            data_name=chart.name,
            aria_label=f"Download {kind.upper()}: {chart.title}",
        ),
    )


def _table(chart: Chart) -> Component:
    """Return the chart's table, which panel.js lays out when it is opened."""
    data = {"title": chart.title, "headings": chart.headings, "rows": chart.rows}
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return html.Details(
        [html.Summary(f"Table: {chart.title}"), html.Div(className="scroll tall")],
        **marks(data_table=text),
    )
