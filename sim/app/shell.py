"""The frame around every page: name, navigation, footer, and what is said when a page fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

import dash
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from sim import __version__
from sim.app import answer, evidence, explore, live, sweeps
from sim.app.desk import Desk
from sim.app.links import queried
from sim.app.marks import marks
from sim.app.tables import coded, sentence
from sim.code import code_digest
from sim.errors import DivertError, nearest
from sim.experiment.answer import QUESTION

LOG = logging.getLogger("divert.view")


class Page(Protocol):
    """What a module of a page holds."""

    PATH: str
    TITLE: str

    def layout(self, desk: Desk, query: Mapping[str, str]) -> Component:
        """Return the page for what its address says; raises DivertError."""

    def register(self, app: dash.Dash, desk: Desk) -> None:
        """Add the callbacks of the page."""


PAGES: tuple[Page, ...] = (answer, explore, live, sweeps, evidence)


def frame() -> Component:
    """Return the frame that stands around every page; assets/shell.js gives each tab its id."""
    return html.Div(
        [
            dcc.Location(id="address", refresh=False),
            dcc.Store(id="visitor", storage_type="memory"),
            dcc.Store(id="arrived"),
            html.Div(id="arrival", hidden=True),
            html.A("Skip to the page", href="#main", className="skip"),
            html.Header([html.P("divert", className="name"), html.P(QUESTION)]),
            html.Nav(
                html.Ul([html.Li(dcc.Link(p.TITLE, href=p.PATH)) for p in PAGES]),
                id="nav",
                **marks(aria_label="Pages"),
            ),
            html.Div(id="trouble", role="alert"),
            html.Main(
                html.P("The page is being made …", className="wait"),
                id="main",
                tabIndex="-1",
            ),
            _footer(),
        ],
        id="shell",
    )


def _footer() -> Component:
    """Return version, what bands and seeds mean, and how to run it in a terminal."""
    return html.Footer(
        [
            html.P(
                f"divert {__version__}, code {code_digest()[:12]}. Bands hold nine of ten "
                "members (5 to 95 %), the line is the median. Every number follows from "
                "scenario, seed and version: the same seed gives the same numbers."
            ),
            html.P(
                [
                    "To run it again in a terminal: ",
                    html.Code("divert run SCENARIO --seed N --members N"),
                    "; to see it here: ",
                    html.Code("divert view results/SCENARIO"),
                    ".",
                ]
            ),
        ]
    )


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the router and the callbacks of every page."""

    @app.callback(
        Output("main", "children"),
        Output("arrived", "data"),
        Output("trouble", "children"),
        Input("visitor", "data"),
        Input("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(visitor: str | None, path: str | None, search: str | None) -> Any:
        if not visitor:
            raise dash.exceptions.PreventUpdate
        return routed(desk, path, search)

    app.clientside_callback(
        ClientsideFunction("shell", "visitor"), Output("visitor", "data"), Input("address", "href")
    )
    app.clientside_callback(
        ClientsideFunction("shell", "arrived"),
        Output("arrival", "title"),
        Input("arrived", "data"),
    )
    for page in PAGES:
        page.register(app, desk)


def routed(
    desk: Desk, path: str | None, search: str | None
) -> tuple[Component, dict[str, Any], None]:
    """Return the page of an address, what assets/shell.js is to know of it, and no trouble."""
    wanted = (path or "/").rstrip("/") or "/"
    page = next((p for p in PAGES if wanted == p.PATH), None)
    if page is None:
        return (
            said("No such page", _no_page(wanted)),
            {"path": wanted, "title": "No such page"},
            None,
        )
    follows = getattr(page, "FOLLOWS_ADDRESS", False)
    arrived = {"path": page.PATH, "title": page.TITLE, "follows": follows}
    try:
        return page.layout(desk, queried(search)), arrived, None
    except DivertError as error:
        return said(page.TITLE, sentence(error)), arrived, None
    except Exception:
        LOG.exception("the page %s failed", page.TITLE)
        return said(page.TITLE, WRONG), arrived, None


WRONG = (
    "Something went wrong inside divert; the terminal where `divert view` runs says what. Reload "
    "the page, or go on with another one."
)


def said(title: str, words: str) -> Component:
    """Return a page that says in words why there is nothing to show."""
    return html.Section([html.H1(title), html.P(coded(words), className="said", role="alert")])


def troubled(error: Exception) -> Any:
    """Say a callback's mistake above the page; what the page showed stays."""
    if isinstance(error, DivertError):
        words = sentence(error)
    else:
        LOG.error("a callback failed", exc_info=error)
        words = WRONG
    dash.set_props("trouble", {"children": html.P(coded(words), className="said")})
    return dash.no_update


def _no_page(path: str) -> str:
    known = [page.PATH for page in PAGES]
    return f"Found {path[:80]}; allowed: {', '.join(known)}{nearest(path, known)}."
