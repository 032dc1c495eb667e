"""The page Answer: the question, the answer in words and one figure, what it rests on and lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from sim.app.answer_parts import body
from sim.app.answer_shown import MADE, PUBLISHED, RUN, Choice, choice_from, choice_of, shown
from sim.app.desk import SCENARIO, Desk
from sim.app.links import queried
from sim.app.lists import native_list
from sim.app.marks import marks
from sim.app.runs import CANCELLED, DONE, FAILED
from sim.app.tables import said
from sim.errors import DivertError
from sim.experiment.answer import QUESTION
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.view.publish import MAIN
from sim.view.report import report_text
from sim.view.report_source import read_sources

PATH = "/"
TITLE = "Answer"

TRIAL = {"members": "16", "firms.scale": "0.25"}
"""Size of a run that the page's button makes: seconds, and a band that is a trial."""

EVERY = 500
"""Milliseconds between two looks at a run."""


def layout(desk: Desk, query: Mapping[str, str]) -> Component:
    """Return the page for the answer that the address names.

    Raises DivertError for an address that is none.
    """
    choice = choice_of(query, desk.finished())
    return html.Div(
        [
            html.Div(
                [html.Div(picker(desk, choice), id="answer-picker"), _runner(desk)],
                className="top",
            ),
            html.Div(body_of(desk, choice), id="answer-body"),
            dcc.Download(id="answer-file"),
            dcc.Store(id="answer-key"),
            dcc.Interval(id="answer-wait", interval=EVERY, disabled=True),
        ],
        id="answer-page",
    )


def picker(desk: Desk, choice: Choice) -> Component:
    """Return the list of answers: finished runs, one made here, the published one."""
    known = desk.finished()
    found = [(Choice(RUN, label).value, label) for label in known]
    if choice.kind == MADE:
        found.append((choice.value, "run made here"))
    elif choice.kind == RUN and choice.label not in known:
        found.append((choice.value, f"{choice.label[:60]} (not found)"))
    found.append((Choice(PUBLISHED).value, "published answer"))
    return native_list("answer-pick", "Answer shown", found, choice.value)


def _runner(desk: Desk) -> Component:
    """Return the button that runs a scenario now, its progress and the button that cancels it."""
    scenario = trial(desk)
    return html.Div(
        [
            html.Button(f"Run {scenario.name} now", id="answer-run", n_clicks=0),
            html.Button("Cancel", id="answer-cancel", n_clicks=0, disabled=True),
            html.P(
                f"{scenario.members} members at {scenario.firms.scale:g} of the firms, some "
                "seconds: a trial, its bands move.",
                id="answer-status", role="status", **marks(aria_live="polite"),
            ),
        ],
        className="run",
    )  # fmt: skip


def trial(desk: Desk) -> Scenario:
    """Return the scenario that the button runs: the first of the command line's, else the main."""
    named = [one.path for one in desk.opened if one.kind == SCENARIO]
    return load_scenario(named[0] if named else MAIN, TRIAL)


def body_of(desk: Desk, choice: Choice) -> list[Component]:
    """Return the answer, or in words why it cannot be shown."""
    try:
        return body(desk, shown(desk, choice))
    except DivertError as error:
        return [html.H1(QUESTION), said(error)]


def report_of(desk: Desk, choice: Choice) -> dict[str, Any]:
    """Return the report of a finished run as a file to download.

    Raises DivertError for an answer whose run does not lie in a folder.
    """
    folder = shown(desk, choice).folder
    if folder is None:
        raise DivertError(
            "a report is made of a run that `divert run` wrote; run the command shown, then choose "
            "the run above"
        )
    name = f"report-{folder.name}.html"
    wanted = [str(folder)]
    text = report_text(read_sources(wanted), wanted, name)
    return {"content": text, "filename": name, "type": "text/html", "base64": False}


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks: pick an answer, download its report, run a scenario and watch it."""

    @app.callback(
        Output("answer-body", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("answer-pick", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(value: str | None, search: str | None) -> Any:
        if not value:
            raise PreventUpdate
        choice = choice_from(value)
        # A page that has just been made stands where its address says.
        if choice == choice_of(queried(search), desk.finished()):
            raise PreventUpdate
        return body_of(desk, choice), f"?{urlencode(choice.query)}"

    @app.callback(
        Output("answer-file", "data"),
        Input("answer-report", "n_clicks"),
        State("answer-pick", "data"),
        prevent_initial_call=True,
    )
    def _(clicks: int | None, value: str | None) -> Any:
        return report_of(desk, choice_from(value)) if clicks and value else dash.no_update

    _register_run(app, desk)
    _register_watch(app, desk)


def _register_run(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks of the buttons that run a scenario and cancel it."""

    @app.callback(
        Output("answer-key", "data"),
        Output("answer-wait", "disabled", allow_duplicate=True),
        Output("answer-cancel", "disabled", allow_duplicate=True),
        Output("answer-status", "children", allow_duplicate=True),
        Input("answer-run", "n_clicks"),
        State("visitor", "data"),
        prevent_initial_call=True,
    )
    def _(clicks: int | None, visitor: str) -> Any:
        if not clicks:
            return (dash.no_update,) * 4
        return desk.runs.start(trial(desk), visitor), False, False, "Waiting to begin."

    @app.callback(
        Output("answer-status", "children", allow_duplicate=True),
        Input("answer-cancel", "n_clicks"),
        State("answer-key", "data"),
        State("visitor", "data"),
        prevent_initial_call=True,
    )
    def _(clicks: int | None, key: str | None, visitor: str) -> Any:
        if not clicks or not key:
            return dash.no_update
        desk.runs.cancel(key, visitor)
        return "Being cancelled …"


def _register_watch(app: dash.Dash, desk: Desk) -> None:
    """Add the callback that looks at a run until it has ended, and then shows it."""

    @app.callback(
        Output("answer-status", "children"),
        Output("answer-wait", "disabled"),
        Output("answer-cancel", "disabled"),
        Output("answer-picker", "children"),
        Input("answer-wait", "n_intervals"),
        State("answer-key", "data"),
        prevent_initial_call=True,
    )
    def _(ticks: int | None, key: str) -> Any:
        status = desk.runs.status(key)
        over = status.state in (DONE, FAILED, CANCELLED)
        if status.state != DONE:
            return status.words, over, over, dash.no_update
        return status.words, True, True, picker(desk, Choice(MADE, key))
