"""The part of Explore about taking it away: the scenario file, the commands, the report."""

from __future__ import annotations

import threading
from typing import Any

import dash
from dash import Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from sim.app.desk import Desk
from sim.app.explore_address import SIDES
from sim.app.explore_state import History, asked_of, history_of, pair_at, scenarios_to_run
from sim.app.marks import marks
from sim.app.runs import PREVIEW
from sim.app.saved import command, file_name, file_text, report_html
from sim.app.tables import sentence
from sim.app.world import scenario_of
from sim.errors import DivertError

MOST_REPORTED = 64
"""Members of a run that the browser makes a report of; more is for the command line."""

_ONE_REPORT = threading.Lock()
"""A report runs the scenario again and draws its figures: one at a time."""


def section() -> Component:
    """Return the section; a callback fills the commands."""
    return html.Section(
        [
            html.H2("Keep it"),
            html.P("The address of this page holds everything you see: send it, or keep it. A "
                   "saved scenario file gives the same numbers on the command line.",
                   className="intro"),
            html.Div(
                [
                    *(html.Button(f"Save {s.upper()} as a scenario file", type="button",
                                  id=f"explore-save-{s}") for s in SIDES),
                    *(html.Button(f"Report of {s.upper()} (one HTML file)", type="button",
                                  id=f"explore-report-{s}") for s in SIDES),
                ],
                className="buttons", role="group", **marks(aria_label="Downloads"),
            ),
            html.P("", id="explore-kept", role="status", **marks(aria_live="polite")),
            html.Div(id="explore-commands"),
            dcc.Download(id="explore-file"),
            dcc.Download(id="explore-page"),
        ]
    )  # fmt: skip


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks of the part."""

    @app.callback(Output("explore-commands", "children"), Input("explore-state", "data"))
    def _(data: Any) -> Any:
        return commands(desk, history_of(data))

    @app.callback(
        Output("explore-file", "data"),
        *(Input(f"explore-save-{side}", "n_clicks") for side in SIDES),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )
    def _(*rest: Any) -> Any:
        *clicks, data = rest
        if not any(clicks):
            raise PreventUpdate
        return kept_file(desk, history_of(data), str(ctx.triggered_id)[-1])

    @app.callback(
        Output("explore-page", "data"),
        Output("explore-kept", "children"),
        *(Input(f"explore-report-{side}", "n_clicks") for side in SIDES),
        State("explore-state", "data"),
        State("explore-done", "data"),
        prevent_initial_call=True,
        running=[
            (Output("explore-kept", "children"),
             "The report is being made: it takes about a quarter of a minute.", ""),
            *((Output(f"explore-report-{side}", "disabled"), True, False) for side in SIDES),
        ],
    )  # fmt: skip
    def _(*rest: Any) -> Any:
        *clicks, data, done = rest
        if not any(clicks):
            raise PreventUpdate
        asked = asked_of(done)
        full = asked is not None and asked.full
        return kept_report(desk, history_of(data), str(ctx.triggered_id)[-1], full)


def commands(desk: Desk, history: History) -> Component:
    """Return the commands that make both worlds again, in full and at the size of the preview."""
    pair = pair_at(history)
    lines = []
    for side in SIDES:
        text = command(pair[side], desk.scenario_file)
        saved = " (save the file first)" if pair[side].changes else ""
        lines += [html.P(f"World {side.upper()}{saved}:"),
                  html.Pre(html.Code(text), tabIndex="0")]  # fmt: skip
    small = f"--members {PREVIEW['members']} --scale {PREVIEW['firms.scale']:g}"
    return html.Div(
        [*lines, html.P(["The numbers of the preview come with ", html.Code(small), " after it."])]
    )


def kept_file(desk: Desk, history: History, side: str) -> dict[str, str]:
    """Return name and text of the file of a world."""
    world = pair_at(history)[side]
    scenario = scenario_of(world, desk.scenario_file)
    return {"content": file_text(world, desk.scenario_file), "filename": file_name(scenario)}


def kept_report(desk: Desk, history: History, side: str, full: bool) -> Any:
    """Return the report of a world at the size that is shown, and what is said of it."""
    scenarios = scenarios_to_run(pair_at(history), desk.scenario_file, full)
    scenario = scenarios[-1 if side == "b" else 0]
    try:
        if scenario.members > MOST_REPORTED:
            raise DivertError(
                f"found {scenario.members} members; a report in the browser takes up to "
                f"{MOST_REPORTED}: save the file, then `divert run` and `divert report`"
            )
        if not _ONE_REPORT.acquire(blocking=False):
            raise DivertError("another report is being made; try again in a minute")
        try:
            name, text = report_html(scenario)
        finally:
            _ONE_REPORT.release()
    except DivertError as error:
        return dash.no_update, f"No report. {sentence(error)}"
    return {"content": text, "filename": name, "type": "text/html"}, f"{name} is made."
