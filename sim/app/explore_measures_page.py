"""The part of Explore about measures: their timeline and list, and forms that change them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from sim.app import timeline
from sim.app.desk import Desk
from sim.app.explore_address import SIDES
from sim.app.explore_measures import Changes
from sim.app.explore_state import History, bases_of, history_of, pair_at, stepped
from sim.app.levers import STOP
from sim.app.panel import panel
from sim.app.world import World
from sim.axes import PARTNERS
from sim.data import load
from sim.errors import DivertError
from sim.scenario import Scenario

KINDS = {"ban": "a ban, % of the good", "cap_value": "a cap, USD million a year"}
DATED = {"from": "begins on", "to": "ends on"}


def section() -> Component:
    """Return the section; a callback fills the timeline."""
    return html.Section(
        [
            html.H2("Measures on the timeline"),
            html.P("The registry of measures as the world has it. Drop one, bring one back, let "
                   "it begin or end on another day, or add one of your own.", className="intro"),
            html.Fieldset(
                [html.Legend("Measures of"),
                 dcc.RadioItems(id="explore-measures-side", value="b", inline=True,
                                options=[{"label": f"world {s.upper()}", "value": s}
                                         for s in SIDES])],
                className="views",
            ),
            html.Div(id="explore-timeline"),
            # assets/explore.js lays the list out: as components its rows would take seconds.
            html.Div(id="explore-list"),
            dcc.Store(id="explore-listed"),
            dcc.Store(id="explore-toggled"),
            _redate(),
            _add(),
        ],
        id="explore-measures-part",
    )  # fmt: skip


def _field(label: str, control: Any) -> Component:
    return html.Div([html.Label(label, htmlFor=control.id), control], className="control")


def _text(at: str, value: str = "", placeholder: str = "") -> Component:
    return dcc.Input(id=at, type="text", value=value, placeholder=placeholder, autoComplete="off",
                     className="short")  # fmt: skip


def _list(at: str, options: Mapping[str, str], value: str | None = None) -> Component:
    return dcc.Dropdown(
        id=at, options=[{"label": label, "value": name} for name, label in options.items()],
        value=value or next(iter(options)), clearable=False, searchable=len(options) > 12,
    )  # fmt: skip


def _redate() -> Component:
    """Return the form that moves the beginning or the end of a measure."""
    names = {row.id: f"{row.id} ({row.effective or row.adopted})" for row in load("measures")}
    return html.Details(
        [
            html.Summary("Let a measure begin or end on another day"),
            html.Fieldset(
                [
                    html.Legend("Another day for a measure", className="unseen"),
                    _field("Measure", _list("explore-redate-name", names)),
                    _field("It", _list("explore-redate-what", DATED)),
                    _field("Day", _text("explore-redate-day", "", "YYYY-MM-DD")),
                    html.Button("Apply", id="explore-redate", type="button"),
                ],
                className="row",
            ),
        ]
    )  # fmt: skip


def _add() -> Component:
    """Return the form that adds a measure."""
    goods = dict(timeline.flows())
    partners = {name: timeline.BOUND.get(name, name) for name in (*PARTNERS, "all")}
    return html.Details(
        [
            html.Summary("Add a measure of your own"),
            html.Fieldset(
                [
                    html.Legend("A measure of your own", className="unseen"),
                    _field("Binds", _list("explore-add-partner", partners)),
                    _field("Good", _list("explore-add-flow", goods)),
                    _field("Kind", _list("explore-add-kind", KINDS)),
                    _field("How much", _text("explore-add-amount", "100")),
                    _field("From", _text("explore-add-from", "2017-03-01")),
                    _field("To, open if empty", _text("explore-add-to", "", "YYYY-MM-DD")),
                    html.Button("Add", id="explore-add", type="button"),
                ],
                className="row",
            ),
        ]
    )  # fmt: skip


def listed(desk: Desk, history: History, side: str, before: str | None) -> Any:
    """Return the timeline of a world's measures, its rows as JSON, and what they rest on.

    Nothing where that is what it was `before`.
    """
    pair = pair_at(history)
    if side not in SIDES:
        raise DivertError(f"found world {str(side)[:20]!r}; allowed: a or b")
    world, base = pair[side], bases_of(pair, desk.scenario_file)[side]
    rests_on = f"{side} {world.base} {world.at.get(STOP)} {world.measures!r}"
    if rests_on == before:
        raise PreventUpdate
    found = timeline.rows(world.measures, world.at, base)
    chart = timeline.timeline_chart(found, base)
    return panel(chart, "explore-measures"), rows_text(found, base, side), rests_on


def rows_text(found: Sequence[timeline.Row], base: Scenario, side: str) -> str:
    """Return rows as JSON for assets/explore.js; `near` are those that matter in the model."""
    first, last = base.period.first, base.period.last
    rows = [
        {
            "id": row.id, "day": row.day, "what": f"{row.what} ({row.mark}; {row.source})",
            "binds": row.binds if row.acts else "acts on nothing here",
            "status": f"{row.status} {row.note}".strip(), "button": row.button,
            "changed": row.status not in (timeline.IN, timeline.ABSENT),
            "near": row.acts and first <= row.day[:7] <= last,
        }
        for row in found
    ]  # fmt: skip
    return json.dumps({"world": side.upper(), "rows": rows}, ensure_ascii=False)


def changed(desk: Desk, history: History, side: str, change: Any) -> History:
    """Return the history after `change` (changes, base scenario) to the measures of a world.

    Raises DivertError for a change that cannot be made.
    """
    pair = pair_at(history)
    if side not in SIDES:
        raise DivertError(f"found world {str(side)[:20]!r}; allowed: a or b")
    world, base = pair[side], bases_of(pair, desk.scenario_file)[side]
    measures: Changes = change(world.measures, base)
    new = World(world.base, world.levers, measures, world.more)
    return stepped(history, pair.with_world(side, new), desk.scenario_file)


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks of the part."""

    @app.callback(
        Output("explore-timeline", "children"),
        Output("explore-list", "data-rows"),
        Output("explore-listed", "data"),
        Input("explore-state", "data"),
        Input("explore-measures-side", "value"),
        State("explore-listed", "data"),
    )
    def _(data: Any, side: str, before: str | None) -> Any:
        return listed(desk, history_of(data), side, before)

    both = [
        Output("explore-state", "data", allow_duplicate=True),
        Output("explore-alarm", "children", allow_duplicate=True),
    ]

    @app.callback(
        *both,
        Input("explore-toggled", "data"),
        State("explore-measures-side", "value"),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )
    def _(asked: Any, side: str, data: Any) -> Any:
        name = str((asked or {}).get("name", ""))
        return done(desk, data, side, lambda m, base: timeline.toggled(m, name, base))

    @app.callback(
        *both,
        Input("explore-redate", "n_clicks"),
        State("explore-measures-side", "value"),
        State("explore-redate-name", "value"),
        State("explore-redate-what", "value"),
        State("explore-redate-day", "value"),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )
    def _(clicks: int, side: str, name: str, what: str, day: str, data: Any) -> Any:
        return done(desk, data, side, lambda m, base: timeline.redated(m, name, what, day))

    @app.callback(
        *both,
        Input("explore-add", "n_clicks"),
        State("explore-measures-side", "value"),
        *(State(f"explore-add-{name}", "value")
          for name in ("partner", "flow", "kind", "amount", "from", "to")),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _(clicks: int, side: str, *rest: Any) -> Any:
        *fields, data = rest
        return done(desk, data, side, lambda m, base: timeline.with_own(m, *fields))


def done(desk: Desk, data: Any, side: str, change: Any) -> Any:
    """Return state and alarm after a change to measures."""
    from sim.app.explore import alarm

    try:
        return changed(desk, history_of(data), side, change).data(), None
    except DivertError as error:
        return dash.no_update, alarm(error)
