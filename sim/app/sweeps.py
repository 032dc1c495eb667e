"""The page Sweep: heat maps, what each input does, what hangs on it, and any point in Explore."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import dash
from dash import Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from sim.app.desk import Desk
from sim.app.links import queried
from sim.app.looks import Look
from sim.app.panel import panel
from sim.app.sweep_parts import body, box_parts, choices, empty, outputs, point_parts
from sim.app.sweep_points import analysed, point_of_cell, read_above, read_number, read_pair
from sim.app.tables import said
from sim.errors import DivertError
from sim.sweep.analysis import Analysis
from sim.view.chart_grids import heat_map
from sim.view.sweep_percent import level_given

PATH = "/sweep"
TITLE = "Sweep"


@dataclass(frozen=True)
class SweepLook(Look):
    """What the address names: a sweep, its output, a pair of inputs, a point and a level."""

    sweep: str = ""
    output: str = ""
    pair: str = ""
    point: str = ""
    above: str = ""


def searched(desk: Desk, search: str | None) -> SweepLook:
    """Return the look of a query string, the first sweep where it names none."""
    return first_named(desk, SweepLook.of(queried(search)))


def first_named(desk: Desk, look: SweepLook) -> SweepLook:
    """Return a look with the first sweep on the desk where it names none."""
    known = desk.sweeps()
    return look if look.sweep or not known else replace(look, sweep=known[0])


def analysis_of(desk: Desk, look: SweepLook) -> Analysis:
    """Return the analysis that is looked at; raises DivertError for a sweep or output of none."""
    return analysed(desk.sweep_folder(look.sweep), look.output or None, read_above(look.above))


def layout(desk: Desk, query: Mapping[str, str]) -> Component:
    """Return the page for what the address names; without a sweep the first one there is.

    Raises DivertError for an address that is none.
    """
    look = first_named(desk, SweepLook.of(query))
    if not look.sweep:
        return html.Div([html.H1(TITLE), *empty()], id="sweep-page")
    known = desk.sweeps()
    try:
        top = choices(known, look.sweep, analysis_of(desk, look))
    except DivertError:
        # What is wrong with it, the body says.
        top = choices(known, look.sweep, None)
    made = html.Div(body_of(desk, look), id="sweep-body")
    return html.Div([html.H1(TITLE), top, made], id="sweep-page")


def body_of(desk: Desk, look: SweepLook) -> list[Component]:
    """Return all that is said of a sweep, or in words why it cannot be shown."""
    try:
        analysis = analysis_of(desk, look)
        pair = read_pair(look.pair, analysis.maps)
        number = read_number(look.point, analysis.results)
        return body(analysis, desk.sweep_folder(look.sweep), pair, number, desk.scenario_names())
    except DivertError as error:
        return [said(error)]


def clicked(desk: Desk, look: SweepLook, click: Mapping[str, Any] | None) -> int | None:
    """Return the number of the point that a click on the heat map means, None for none."""
    analysis = analysis_of(desk, look)
    cells = (click or {}).get("points") or []
    if not cells or not analysis.maps:
        return None
    one = analysis.maps[read_pair(look.pair, analysis.maps)]
    row, column = str(cells[0].get("y")), str(cells[0].get("x"))
    return point_of_cell(analysis.results, one, row, column)


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks: another sweep or output, another pair, a click, another point, a level.

    The address is what each of them goes by: a control that stands where it says changes nothing.
    """
    _register_sweep(app, desk)
    _register_pair(app, desk)
    _register_point(app, desk)
    _register_box(app, desk)


def _register_sweep(app: dash.Dash, desk: Desk) -> None:
    """Add the callback of the lists of sweeps and outputs."""

    @app.callback(
        Output("sweep-body", "children"),
        Output("sweep-outputs", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("sweep-pick", "data"),
        Input("sweep-output", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(sweep: str | None, output: str | None, search: str | None) -> Any:
        before = searched(desk, search)
        same = sweep == before.sweep
        if not sweep or (same and output in ("", None, before.output or _first(desk, before))):
            raise PreventUpdate
        look = SweepLook(sweep, (output or "") if same else "")
        analysis = analysis_of(desk, look)
        return body_of(desk, look), outputs(analysis), look.search


def _register_pair(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks of the heat map: another pair, and a click."""

    @app.callback(
        Output("sweep-pair-box", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("sweep-pair-pick", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(pair: str, search: str | None) -> Any:
        before = searched(desk, search)
        analysis = analysis_of(desk, before)
        place = read_pair(pair, analysis.maps)
        chart = heat_map(analysis, place)
        if chart is None or place == read_pair(before.pair, analysis.maps):
            raise PreventUpdate
        return panel(chart, "sweep-pair"), replace(before, pair=pair).search

    @app.callback(
        Output("sweep-number", "value"),
        Input("sweep-pair-graph", "clickData"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(click: Mapping[str, Any] | None, search: str | None) -> Any:
        number = clicked(desk, searched(desk, search), click)
        return dash.no_update if number is None else number


def _register_point(app: dash.Dash, desk: Desk) -> None:
    """Add the callback of the number of a point."""

    @app.callback(
        Output("sweep-point", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("sweep-number", "value"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(number: Any, search: str | None) -> Any:
        before = searched(desk, search)
        text = "" if number is None else str(number)
        if text == before.point:
            raise PreventUpdate
        analysis = analysis_of(desk, before)
        parts = point_parts(analysis, read_number(text, analysis.results), desk.scenario_names())
        return parts, replace(before, point=text).search


def _register_box(app: dash.Dash, desk: Desk) -> None:
    """Add the callback of the level that counts as high."""

    @app.callback(
        Output("sweep-box", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("sweep-above", "value"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(level: float | None, search: str | None) -> Any:
        before = searched(desk, search)
        now = analysis_of(desk, before)
        if level is None or math.isclose(level, now.above, rel_tol=1e-5):
            raise PreventUpdate
        look = replace(before, above=f"{level_given(level, now.results.unit):.6g}")
        return box_parts(analysis_of(desk, look)), look.search


def _first(desk: Desk, look: SweepLook) -> str:
    """Return the output that a sweep is about where the address names none."""
    return analysis_of(desk, look).results.output
