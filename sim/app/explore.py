"""Explore: two worlds side by side on the same draws, their levers, measures and differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from sim.app import explore_keep, explore_measures_page
from sim.app.desk import SCENARIO, Desk
from sim.app.explore_address import SIDES, VIEWS, Pair, from_query, from_search, to_search
from sim.app.explore_control import alarm, held
from sim.app.explore_form import BASE, form, read_form
from sim.app.explore_results import (
    Side,
    answers,
    difference,
    headline,
    main_chart,
    view_panels,
)
from sim.app.explore_state import (
    Asked,
    History,
    ask,
    asked_of,
    bases_of,
    copied,
    history_of,
    leave,
    pair_at,
    preview_words,
    progress_of,
    reset,
    scenarios_to_run,
    stepped,
    with_base,
)
from sim.app.marks import marks
from sim.app.panel import panel
from sim.app.runs import key_of
from sim.errors import DivertError

PATH, TITLE = "/explore", "Explore"
FOLLOWS_ADDRESS = True
"""Back and forward are steps of its own undo: the frame does not build the page anew."""

WAIT_SECONDS = 1.2
"""How long a request waits for a preview before it says how far it is."""

TICK = 400
"""Milliseconds between questions how far a run is."""

BUTTONS = {
    "undo": "Undo", "redo": "Redo", "reset": "Reset", "copy-a": "Copy A to B",
    "copy-b": "Copy B to A",
}  # fmt: skip


def layout(desk: Desk, query: Mapping[str, str]) -> Component:
    """Return the page of an address; raises DivertError for one that stands for nothing."""
    pair = from_query(query or first_query(desk))
    bases = bases_of(pair, desk.scenario_file)
    history = stepped(History(""), pair, desk.scenario_file)
    return html.Div(
        [
            html.H1("Explore: what if?"),
            html.P(
                "Two worlds on the same draws. Choose a scenario for each, move its levers, drop "
                "or move a measure; what differs between A and B is then the levers alone. A "
                "setting marked (C) is a judgement, not a measurement.", className="intro",
            ),
            dcc.Store(id="explore-state", data=History(history.at).data()),
            dcc.Store(id="explore-runs"),
            dcc.Store(id="explore-done"),
            dcc.Store(id="explore-fields"),
            dcc.Store(id="explore-bases"),
            dcc.Interval(id="explore-tick", interval=TICK, disabled=True),
            _toolbar(),
            html.Div(
                [
                    html.Section(form(pair, bases, desk.scenario_names()), id="explore-form",
                                 **marks(aria_label="Levers")),
                    html.Section(_results(pair), className="results", id="explore-results",
                                 tabIndex="-1",
                                 **marks(aria_label="Results")),
                ],
                className="explore",
            ),
            explore_measures_page.section(),
            explore_keep.section(),
        ],
        className="explore-page",
    )  # fmt: skip


def first_query(desk: Desk) -> dict[str, str]:
    """Return what Explore opens with: the first scenario that the command line named, if any."""
    named = [one.label for one in desk.opened if one.kind == SCENARIO]
    return {"a": named[0]} if named else {}


def _toolbar() -> Component:
    return html.Div(
        [
            html.Div(
                [
                    *(html.Button(label, id=f"explore-{name}", type="button")
                      for name, label in BUTTONS.items()),
                    html.Button("Run in full", id="explore-full", type="button",
                                className="strong"),
                    html.Button("Cancel", id="explore-cancel", type="button", hidden=True),
                ],
                className="buttons", role="group", **marks(aria_label="Steps and runs"),
            ),
            html.Progress(id="explore-progress", value="0", max="1", hidden=True,
                          **marks(aria_label="How far the run is")),
            html.A("To the results", href="#explore-results", className="to-results"),
            html.P("The preview is being run …", id="explore-status", role="status",
                   **marks(aria_live="polite")),
            html.Div(id="explore-alarm", role="alert"),
        ],
        className="toolbar",
    )  # fmt: skip


def _results(pair: Pair) -> list[Component]:
    return [
        html.Div(id="explore-answers"),
        html.Div(id="explore-main", className="main-chart"),
        html.H2("B less A"),
        html.Div(id="explore-difference"),
        html.H2("Look closer"),
        html.Fieldset(
            [
                html.Legend("Show"),
                dcc.RadioItems(
                    id="explore-view", value=pair.view, inline=True,
                    options=[{"label": label, "value": name} for name, label in VIEWS.items()],
                ),
            ],
            className="views",
        ),
        html.Div(id="explore-below"),
    ]  # fmt: skip


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks of the page."""
    _register_levers(app, desk)
    _register_steps(app, desk)
    _register_runs(app, desk)
    _register_results(app, desk)
    explore_measures_page.register(app, desk)
    explore_keep.register(app, desk)


def _register_levers(app: dash.Dash, desk: Desk) -> None:
    @app.callback(
        Output("explore-state", "data", allow_duplicate=True),
        Output("explore-runs", "data", allow_duplicate=True),
        Output("explore-alarm", "children", allow_duplicate=True),
        Input("explore-fields", "data"),
        Input("explore-view", "value"),
        State("explore-state", "data"),
        State("explore-runs", "data"),
        State("visitor", "data"),
        prevent_initial_call=True,
    )
    def _(fields: Any, view: str, data: Any, before: Any, visitor: str) -> Any:
        # What the form once sent is old when a step has changed the view.
        controls = held(fields) if ctx.triggered_id == "explore-fields" else {}
        then, said = moved(desk, history_of(data), controls, view)
        if then is None:
            return dash.no_update, dash.no_update, said
        # The run is asked for at once: a lever's bands are waited for.
        asked = asked_of(before)
        full = still_full(desk, then, asked, visitor)
        runs, _, said = started(desk, then, full, asked, visitor)
        return then.data(), runs, said


def _register_steps(app: dash.Dash, desk: Desk) -> None:
    @app.callback(
        Output("explore-state", "data", allow_duplicate=True),
        Output("explore-form", "children"),
        Output("explore-view", "value"),
        Output("explore-alarm", "children", allow_duplicate=True),
        Input("explore-bases", "data"),
        *(Input(f"explore-{name}", "n_clicks") for name in BUTTONS),
        Input("address", "search"),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )
    def _(bases: Any, *rest: Any) -> Any:
        *clicks, search, data = rest
        what = str(ctx.triggered_id)
        if what.removeprefix("explore-") in BUTTONS and not any(clicks):
            raise PreventUpdate
        names = (
            {side: name for (key, side), name in held(bases).items() if key == BASE}
            if what == "explore-bases"
            else {}
        )
        return pressed(desk, history_of(data), what, names, search)

    @app.callback(
        *(Output(f"explore-{name}", "disabled") for name in ("undo", "redo")),
        Input("explore-state", "data"),
    )
    def _(data: Any) -> Any:
        history = history_of(data)
        return not history.past, not history.future


def moved(
    desk: Desk, history: History, controls: Mapping[tuple[str, str], str], view: str
) -> tuple[History | None, Component | None]:
    """Return the history after controls were moved, None where they stand as before; the alarm."""
    pair = pair_at(history)
    try:
        new = read_form(pair, controls, bases_of(pair, desk.scenario_file))
        new = Pair(new.a, new.b, view if view in VIEWS else pair.view)
        then = stepped(history, new, desk.scenario_file)
    except DivertError as error:
        return None, alarm(error)
    return (None if then == history else then), None


def pressed(desk: Desk, history: History, what: str, names: Mapping[str, str], search: str) -> Any:
    """Return state, form, view and alarm after a button, another scenario or another address."""
    if what == "address" and search in ("", history.at):
        raise PreventUpdate
    pair = pair_at(history)
    try:
        if what == "explore-undo":
            then = history.undone()
        elif what == "explore-redo":
            then = history.redone()
        else:
            new = _changed(pair, what, names, search)
            then = stepped(history, new, desk.scenario_file)
        if then == history:
            raise PreventUpdate
        new = pair_at(then)
        made = form(new, bases_of(new, desk.scenario_file), desk.scenario_names())
    except DivertError as error:
        return dash.no_update, dash.no_update, dash.no_update, alarm(error)
    return then.data(), made, new.view, None


def _changed(pair: Pair, what: str, names: Mapping[str, str], search: str) -> Pair:
    if what == "explore-reset":
        return reset(pair)
    if what.startswith("explore-copy-"):
        return copied(pair, what[-1])
    if what == "explore-bases":
        for side in SIDES:
            if names.get(side) and names[side] != pair[side].base:
                pair = with_base(pair, side, names[side])
        return pair
    return from_search(search)


def _register_runs(app: dash.Dash, desk: Desk) -> None:
    @app.callback(
        Output("explore-runs", "data"),
        Output("address", "search"),
        Output("explore-alarm", "children"),
        Input("explore-state", "data"),
        Input("explore-full", "n_clicks"),
        Input("explore-cancel", "n_clicks"),
        State("explore-runs", "data"),
        State("visitor", "data"),
    )
    def _(data: Any, full: int | None, cancel: int | None, before: Any, visitor: str) -> Any:
        history, asked = history_of(data), asked_of(before)
        whole = ctx.triggered_id == "explore-full"
        if ctx.triggered_id == "explore-state":
            whole = still_full(desk, history, asked, visitor)
        return started(desk, history, whole, asked, visitor)


def _register_results(app: dash.Dash, desk: Desk) -> None:
    @app.callback(
        Output("explore-answers", "children"),
        Output("explore-main", "children"),
        Output("explore-difference", "children"),
        Output("explore-done", "data"),
        Output("explore-status", "children"),
        Output("explore-progress", "value"),
        Output("explore-progress", "hidden"),
        Output("explore-cancel", "hidden"),
        Output("explore-tick", "disabled"),
        Input("explore-runs", "data"),
        Input("explore-tick", "n_intervals"),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )
    def _(data: Any, tick: int | None, state: Any) -> Any:
        asked = asked_of(data)
        if asked is None:
            raise PreventUpdate
        waits = ctx.triggered_id == "explore-runs" and not asked.full
        return shown(desk, asked, pair_at(history_of(state)), WAIT_SECONDS if waits else 0.0)

    @app.callback(
        Output("explore-below", "children"),
        Input("explore-done", "data"),
        Input("explore-view", "value"),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )
    def _(data: Any, view: str, state: Any) -> Any:
        asked = asked_of(data)
        if asked is None or view not in VIEWS:
            raise PreventUpdate
        return view_panels(view, sides_of(desk, asked, pair_at(history_of(state))))


def started(desk: Desk, history: History, full: bool, before: Asked | None, visitor: str) -> Any:
    """Return the runs that a state needs, asked for, the address that shows it, and the alarm.

    Runs no longer waited for are left; a run in full gives way to the preview when cancelled.
    """
    pair = pair_at(history)
    try:
        scenarios = scenarios_to_run(pair, desk.scenario_file, full)
        leave(desk.runs, before, scenarios, visitor)
        asked = ask(desk.runs, scenarios, full, visitor)
    except DivertError as error:
        return dash.no_update, to_search(pair), alarm(error)
    return (dash.no_update if asked == before else asked.data()), to_search(pair), None


def still_full(desk: Desk, history: History, asked: Asked | None, visitor: str) -> bool:
    """Return whether a state is shown in full: the runs asked for are those in full of it.

    On a page that has just been opened, which has asked for none, they are kept from before.
    """
    if asked is not None and not asked.full:
        return False
    pair = pair_at(history)
    scenarios = scenarios_to_run(pair, desk.scenario_file, True)
    keys = tuple(map(key_of, scenarios))
    if asked is not None:
        return keys == asked.keys
    larger = scenarios != scenarios_to_run(pair, desk.scenario_file, False)
    return larger and all(desk.runs.has(key, visitor) for key in keys)


def sides_of(desk: Desk, asked: Asked, pair: Pair) -> list[Side]:
    """Return the finished worlds of runs; raises DivertError where one is gone."""
    found = []
    for letter, side, key in zip("AB", SIDES, asked.keys, strict=False):
        world, done = pair[side], desk.runs.result(key)
        about = f"{world.base}, changed" if world.changes else world.base
        found.append(Side(letter, about, done))
    return found


def shown(desk: Desk, asked: Asked, pair: Pair, seconds: float) -> Any:
    """Return everything that two runs fill, or how far they are."""
    progress = progress_of(desk.runs, asked, seconds)
    still = dash.no_update
    if not progress.done:
        waits = not progress.ended
        size = "The run in full" if asked.full else "The preview"
        words = f"{size}: {progress.words}"
        return (still, still, still, still, words, f"{progress.share:.3f}", not waits,
                not (waits and asked.full), not waits)  # fmt: skip
    sides = sides_of(desk, asked, pair)
    size = preview_words(sides[0].done.stored.scenario, asked.full)
    kind = "In full" if asked.full else "Preview"
    status = f"{kind}. {'. '.join(headline(side) for side in sides)}."
    return (
        answers(sides, size), panel(main_chart(sides), "explore-receipts"),
        difference(sides[0], sides[1] if len(sides) > 1 else None), asked.data(), status, "1",
        True, True, True,
    )  # fmt: skip
