"""The part of Explore about measures: their timeline and list, and forms that change them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash
from dash import Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from sim.app import timeline
from sim.app.desk import Desk
from sim.app.explore_address import SIDES
from sim.app.explore_control import alarm, choice, entry, held
from sim.app.explore_measures import Changes
from sim.app.explore_registry import coal_stop_id, rules_by_id
from sim.app.explore_state import History, bases_of, history_of, pair_at, stepped
from sim.app.levers import STOP
from sim.app.panel import panel
from sim.app.world import World
from sim.data import load
from sim.errors import DivertError
from sim.scenario import Scenario

KINDS = {"ban": "a ban, % of the good", "cap_value": "a cap, million USD a year"}
FORM = "form"
"""The side of controls that belong to no world."""

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


OWN_FIELDS = {
    "add-partner": "China", "add-flow": "dprk_export.coal", "add-kind": "ban",
    "add-amount": "100", "add-from": "2017-03-01", "add-to": "",
}  # fmt: skip
"""Fields of a measure of one's own and what they hold at first."""


def _redate() -> Component:
    """Return the form that moves the beginning or the end of a measure."""
    names = redated_ids()
    return html.Details(
        [
            html.Summary("Let a measure begin or end on another day"),
            html.Fieldset(
                [
                    html.Legend("Another day for a measure", className="unseen"),
                    choice("redate-name", FORM, "Measure", list(names.items()), next(iter(names))),
                    choice("redate-what", FORM, "It", list(DATED.items()), "from"),
                    entry("redate-day", FORM, "Day", "", "YYYY-MM-DD"),
                    html.Button("Apply", id="explore-redate", type="button"),
                ],
                className="row",
            ),
        ]
    )  # fmt: skip


def _add() -> Component:
    """Return the form that adds a measure."""
    goods = timeline.flows()
    partners = timeline.BOUND
    return html.Details(
        [
            html.Summary("Add a measure of your own"),
            html.Fieldset(
                [
                    html.Legend("A measure of your own", className="unseen"),
                    choice("add-partner", FORM, "Binds", list(partners.items()), "China"),
                    choice("add-flow", FORM, "Good", goods, OWN_FIELDS["add-flow"]),
                    choice("add-kind", FORM, "Kind", list(KINDS.items()), "ban"),
                    entry("add-amount", FORM, "How much", OWN_FIELDS["add-amount"]),
                    entry("add-from", FORM, "From", OWN_FIELDS["add-from"], "YYYY-MM-DD"),
                    entry("add-to", FORM, "To, open if empty", "", "YYYY-MM-DD"),
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


def changed(desk: Desk, history: History, side: str, change: Change) -> History:
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

    _register_changes(app, desk)


def _register_changes(app: dash.Dash, desk: Desk) -> None:
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
        Input("explore-add", "n_clicks"),
        State("explore-measures-side", "value"),
        State("explore-fields", "data"),
        State("explore-state", "data"),
        prevent_initial_call=True,
    )
    def _(redate: int | None, add: int | None, side: str, fields: Any, data: Any) -> Any:
        if not (redate or add):
            raise PreventUpdate
        said = held(fields) if fields else {}
        own = ctx.triggered_id == "explore-add"
        return done(desk, data, side, added(said) if own else redated(said))


Change = Callable[[Changes, Scenario], Changes]
Said = Mapping[tuple[str, str], str]
"""What the controls of the page hold, by name and side."""


def added(said: Said) -> Change:
    """Return the change that adds the measure which the fields describe."""
    own = [said.get((name, FORM), first) for name, first in OWN_FIELDS.items()]
    return lambda changes, base: timeline.with_own(changes, *own)


def redated_ids() -> dict[str, str]:
    """Return the measures that act on anything with their days, the coal stop first."""
    days = {row.id: row.effective or row.adopted for row in load("measures")}
    acting = sorted((name for name, rules in rules_by_id().items() if rules), key=days.__getitem__)
    return {name: f"{name} ({days[name]})" for name in (coal_stop_id(), *acting)}


def redated(said: Said) -> Change:
    """Return the change that lets the measure of the fields begin or end on their day."""
    name = said.get(("redate-name", FORM), coal_stop_id())
    what, day = (said.get((f"redate-{part}", FORM), at) for part, at in (("what", "from"),
                                                                         ("day", "")))  # fmt: skip
    return lambda changes, base: timeline.redated(changes, name, what, day)


def done(desk: Desk, data: Any, side: str, change: Change) -> Any:
    """Return state and alarm after a change to measures."""
    try:
        return changed(desk, history_of(data), side, change).data(), None
    except DivertError as error:
        return dash.no_update, alarm(error)
