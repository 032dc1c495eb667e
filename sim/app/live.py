"""The page Live: the model steps month by month, and every actor says what it sees and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from sim.app.desk import SCENARIO, Desk
from sim.app.live_frame import ACTORS, frame
from sim.app.live_session import (
    CHOICES,
    MEMBER_CHOICES,
    Seat,
    Session,
    Setup,
    arms_of,
    check_size,
    whole_number,
)
from sim.app.live_stage import in_place, stage, still, still_of
from sim.app.marks import marks
from sim.errors import DivertError, nearest
from sim.scenario import Scenario

PATH, TITLE = "/live", "Live"
KIND = "live"
FIRST_CHOICE = "historical"
MOST_SEED = 2**53 - 1
"""Largest seed that a browser keeps to the last digit."""

CHUNK = 12
"""Months in one answer at most."""

RESTORE = 3.0
"""Seconds that opening the page may step ahead to the month of its address."""

AGAIN = (
    "Your model had been put away to make room for other visitors. It was stepped again from the "
    "start and gives the same numbers."
)


# ---- what the address says ---------------------------------------------------------------------


def setup_of(desk: Desk, query: Mapping[str, str]) -> tuple[Setup, Scenario, str]:
    """Return setup, scenario and month of an address; raises DivertError for a wrong word."""
    opened = [one.label for one in desk.opened if one.kind == SCENARIO]
    names = desk.scenario_names()
    usual = opened[0] if opened else FIRST_CHOICE if FIRST_CHOICE in names else names[0]
    name = query.get("scenario") or usual
    scenario = desk.scenario(name)
    setup = _setup(query, name, scenario.seed)
    check_size(scenario, setup.members, len(arms_of(setup.choice)))
    return setup, scenario, _month(scenario, query.get("month", ""))


def _setup(query: Mapping[str, str], scenario: str, seed: int) -> Setup:
    """Return the setup of an address; `seed` where it names none."""
    return Setup(
        scenario,
        whole_number(query, "seed", seed, 0, 2**63 - 1),
        whole_number(query, "members", MEMBER_CHOICES[0], 1, max(MEMBER_CHOICES)),
        query.get("arm") or next(iter(CHOICES)),
    )


def _month(scenario: Scenario, wanted: str) -> str:
    """Return the month of an address, the first of the period without one."""
    first, last = scenario.period.first, scenario.period.last
    if not wanted:
        return first
    year, _, month = wanted.partition("-")
    good = len(wanted) == 7 and (year + month).isdigit() and "01" <= month <= "12"
    if not good or not first <= wanted <= last:
        raise DivertError(
            f"found {wanted[:40]!r}; allowed: a month YYYY-MM from {first} to {last}"
            f"{nearest(wanted, [first, last])}",
            key="month",
        )
    return wanted


def seeded(scenario: Scenario, seed: int) -> Scenario:
    """Return a scenario with another seed."""
    return scenario if seed == scenario.seed else scenario.model_copy(update={"seed": seed})


# ---- what is done ------------------------------------------------------------------------------


def session_of(desk: Desk, visitor: str, setup: Setup) -> Session:
    """Return a visitor's session of a setup; raises DivertError for what cannot be stepped."""
    return desk.visitors.get(visitor, Seat, KIND).session(
        setup, lambda: seeded(desk.scenario(setup.scenario), setup.seed)
    )


def opened(
    desk: Desk, visitor: str, query: Mapping[str, str]
) -> tuple[dict[str, Any], list[Component]]:
    """Return what the browser keeps of a session, and the stage at the month of the address."""
    setup, _, month = setup_of(desk, query)
    session = session_of(desk, visitor, setup)
    at = session.months.index(month)
    t = min(at, session.advance(at, RESTORE) - 1)
    arm = whole_number(query, "look", 0, 0, len(session.arms) - 1)
    many = session.watch.sample.partner.size
    dot = whole_number(query, "firm", 1, 1, many) - 1 if query.get("firm") else None
    chosen = {
        "scenario": setup.scenario, "seed": str(setup.seed), "members": str(setup.members),
        "arm": setup.choice,
    }  # fmt: skip
    kept = {
        **still_of(session), "at": at, "stage": t, "arm": arm, "dot": dot, "query": chosen,
    }  # fmt: skip
    return kept, stage(still(session, t, arm, dot))


def stepped(desk: Desk, visitor: str, kept: Mapping[str, Any], asked: Any) -> dict[str, Any]:
    """Return the months that a browser asked for, as far as one answer steps."""
    session = _kept_session(desk, visitor, kept)
    first = _place(asked, "first", len(session.months))
    last = min(_place(asked, "last", len(session.months)), first + CHUNK - 1)
    lived = session.advance(last)
    frames = [frame(session, t) for t in range(min(first, lived), min(last + 1, lived))]
    return {
        "frames": frames, "lived": lived, "born": session.born, "of": kept["query"],
        "note": AGAIN if session.born != kept.get("born") else "",
    }  # fmt: skip


def settled(
    desk: Desk, visitor: str, kept: Mapping[str, Any], asked: Any
) -> tuple[dict[str, Any], list[Component], list[list[Component]]] | None:
    """Return what a month that a browser stands still at puts in place, None if it is not lived.

    Charts as plain data, what is said of the chosen firm, and all that each actor saw.
    """
    session = _kept_session(desk, visitor, kept)
    t = _place(asked, "t", len(session.months))
    arm = _place(asked, "arm", len(session.arms))
    dot = asked.get("dot")
    if session.advance(t, RESTORE) <= t:
        return None
    charts, said, actors = in_place(still(session, t, arm, dot if isinstance(dot, int) else None))
    laid = {"charts": charts, "of": kept["query"], "t": t, "arm": arm}
    return laid, said, actors


def _kept_session(desk: Desk, visitor: str, kept: Mapping[str, Any]) -> Session:
    """Return the session that a browser was given; it is made again where it was put away."""
    query = kept.get("query") if isinstance(kept, Mapping) else None
    if not isinstance(query, Mapping):
        raise DivertError("found no session with the request; reload the page")
    words = {str(name): str(value) for name, value in query.items()}
    return session_of(desk, visitor, _setup(words, words.get("scenario", ""), 0))


def _place(asked: Any, name: str, most: int) -> int:
    """Return a place below `most`; raises DivertError for what no page of this version sends."""
    found = asked.get(name) if isinstance(asked, Mapping) else None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < most:
        raise DivertError(f"found {str(found)[:40]!r} as {name}; reload the page")
    return found


# ---- the page ----------------------------------------------------------------------------------


def layout(desk: Desk, query: Mapping[str, str]) -> Component:
    """Return the page: what is stepped, the player, and a stage that is filled once it is open."""
    setup, scenario, month = setup_of(desk, query)
    return html.Div(
        [
            html.H1(TITLE),
            html.P(
                [
                    "The model lives one month at a time, and you watch: who decides what and why, "
                    "which firms take which route, and what trade is left. Members are the first "
                    "of the scenario's ensemble; ",
                    html.Code("divert run"),
                    " gives them the same numbers.",
                ]
            ),
            _controls(desk, setup, scenario),
            dcc.Store(id="live-first", data={"month": month, **_looked(query)}),
            dcc.Store(id="live-kept"),
            dcc.Store(id="live-asked"),
            dcc.Store(id="live-got"),
            dcc.Store(id="live-still"),
            dcc.Store(id="live-laid"),
            html.Div(id="live-sink", hidden=True),
            html.Div(
                id="live-player",
                className="live-player",
                role="group",
                tabIndex="0",
                **marks(aria_label="Player: space plays and pauses, arrows step by a month"),
            ),
            html.P(id="live-note", className="live-note", role="status"),
            html.Div(
                html.P("The model is being made …", className="wait"),
                id="live-stage",
            ),
        ],
        id="live",
    )


def _looked(query: Mapping[str, str]) -> dict[str, str]:
    """Return which arm and which firm of an address a reader looks at."""
    return {name: query[name] for name in ("look", "firm") if query.get(name)}


def _controls(desk: Desk, setup: Setup, scenario: Scenario) -> Component:
    """Return what is chosen before anything is stepped."""
    return html.Div(
        [
            _field("Scenario", "live-scenario", dcc.Dropdown(
                list(desk.scenario_names()), setup.scenario, id="live-scenario", clearable=False)),
            _field("Who restricts, who acts", "live-arm", dcc.Dropdown(
                [{"value": k, "label": v} for k, v in CHOICES.items()], setup.choice,
                id="live-arm", clearable=False)),
            _field("Members", "live-members", dcc.Dropdown(
                sorted({*MEMBER_CHOICES, setup.members}), setup.members, id="live-members",
                clearable=False, searchable=False)),
            _field("Seed", "live-seed", dcc.Input(
                id="live-seed", type="number", value=setup.seed, min=0, max=MOST_SEED, step=1,
                debounce=True)),
        ],
        className="live-controls",
    )  # fmt: skip


def _field(label: str, name: str, control: Component) -> Component:
    return html.Div([html.Label(label, htmlFor=name), control], className="live-field")


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks of the page."""
    _register_opened(app, desk)
    _register_months(app, desk)
    for name, given, prop, sink in (
        ("begin", "live-kept", "data", "title"),
        ("got", "live-got", "data", "lang"),
        ("laid", "live-laid", "data", "accessKey"),
        ("picked", "live-swarm-graph", "clickData", "dir"),
    ):
        app.clientside_callback(
            ClientsideFunction("live", name),
            Output("live-sink", sink),
            Input(given, prop),
            prevent_initial_call=True,
        )


def _register_opened(app: dash.Dash, desk: Desk) -> None:
    """Open a session whenever something else is chosen to be stepped."""

    @app.callback(
        Output("live-kept", "data"),
        Output("live-stage", "children"),
        Input("live-scenario", "value"),
        Input("live-arm", "value"),
        Input("live-members", "value"),
        Input("live-seed", "value"),
        State("live-first", "data"),
        State("live-still", "data"),
        State("visitor", "data"),
    )
    def _(
        scenario: str, arm: str, members: int, seed: Any, first: Any, still: Any, visitor: str
    ) -> Any:
        chosen = {
            "scenario": str(scenario), "arm": str(arm), "members": str(members),
            "seed": "none" if seed is None else str(seed),
        }  # fmt: skip
        return opened(desk, visitor, chosen_query(desk, chosen, first, still))


def _register_months(app: dash.Dash, desk: Desk) -> None:
    """Answer with months to be played, and with the stage of a month that stands still."""

    @app.callback(
        Output("live-got", "data"),
        Input("live-asked", "data"),
        State("live-kept", "data"),
        State("visitor", "data"),
        prevent_initial_call=True,
    )
    def _(asked: Any, kept: Any, visitor: str) -> Any:
        return stepped(desk, visitor, kept, asked)

    @app.callback(
        Output("live-laid", "data"),
        Output("live-firm-said", "children"),
        *(Output(f"live-more-{actor}", "children") for actor in ACTORS),
        Input("live-still", "data"),
        State("live-kept", "data"),
        State("visitor", "data"),
        prevent_initial_call=True,
    )
    def _(asked: Any, kept: Any, visitor: str) -> Any:
        found = settled(desk, visitor, kept, asked)
        if found is None:
            raise dash.exceptions.PreventUpdate
        laid, said, actors = found
        return (laid, said, *actors)


def chosen_query(desk: Desk, chosen: dict[str, str], first: Any, still: Any) -> dict[str, str]:
    """Return the address of what is chosen, at the month and arm that a reader last stood at.

    A month outside of the period gives its first, an arm that is not stepped the first one.
    """
    where = dict(first) if isinstance(first, Mapping) else {}
    if isinstance(still, Mapping):
        dot = still.get("dot")
        where = {"month": str(still.get("month", "")), "look": str(still.get("arm", 0))}
        where |= {"firm": str(dot + 1)} if isinstance(dot, int) else {}
    period = desk.scenario(chosen["scenario"]).period
    if not period.first <= str(where.get("month", "")) <= period.last:
        where["month"] = period.first
    if where.get("look", "0") != "0" and len(arms_of(chosen["arm"])) == 1:
        where["look"] = "0"
    return {**where, **chosen}
