"""The page Evidence: model against data, hold-out test, parameters and measures with sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from sim.app.desk import Desk
from sim.app.evidence_parts import NO_RUN, believed, flows, holdout, learned
from sim.app.evidence_tables import (
    MEASURE_HEADINGS,
    MEASURE_WORDS,
    MEASURES,
    PARAMETER_HEADINGS,
    PARAMETER_WORDS,
    PARAMETERS,
    Registry,
    count_words,
    mark_words,
    measure_links,
    measure_rows,
    parameter_rows,
    years,
)
from sim.app.links import queried
from sim.app.lists import native_list
from sim.app.looks import LONGEST, Look
from sim.app.marks import marks
from sim.app.tables import (
    coded,
    contents,
    found_rows,
    in_order,
    order_text,
    plain_table,
    read_order,
    read_search,
    said,
    section,
)
from sim.errors import DivertError
from sim.view.partner_words import PARTNER_WORDS

PATH = "/evidence"
TITLE = "Evidence"
PAUSE = 0.3
"""Seconds after the last key until a search is made."""


@dataclass(frozen=True)
class EvidenceLook(Look):
    """What the address names: a run, searches of both tables, and the order of each."""

    run: str = ""
    find: str = ""
    order: str = ""
    measures: str = ""
    partner: str = ""
    year: str = ""
    sort: str = ""

    @property
    def registry(self) -> Registry:
        """Return what the registry is searched for."""
        return Registry(read_search(self.measures), self.partner, self.year)


def layout(desk: Desk, query: Mapping[str, str]) -> Component:
    """Return the page for what the address names; raises DivertError for what names none."""
    look = EvidenceLook.of(query)
    first, *rest = (believed(), _months(desk, look), holdout(), learned(), _parameters(look),
                    _measures(look))  # fmt: skip
    heading = html.H1("How far the model can be believed, and where its numbers come from")
    return html.Div([heading, first, contents(rest), *rest], id="evidence-page")


def _months(desk: Desk, look: EvidenceLook) -> Component:
    """Return the model against data by month, of a finished run."""
    known = desk.finished()
    heading = "Model against data, by month"
    if not known:
        return section("evidence-months", heading, html.P(coded(NO_RUN)))
    names = [(name, name) for name in known]
    if look.run and look.run not in known:
        names.append((look.run, f"{look.run[:60]} (not found)"))
    pick = native_list("evidence-run", "Run shown", names, look.run or known[0])
    made = html.Div(flows_of(desk, look.run or known[0]), id="evidence-flows")
    return section("evidence-months", heading, pick, made)


def flows_of(desk: Desk, label: str) -> list[Component]:
    """Return a run against customs, or in words why it cannot be shown."""
    try:
        return flows(desk, label)
    except DivertError as error:
        return [said(error)]


def _parameters(look: EvidenceLook) -> Component:
    """Return the parameters under a search box."""
    table, counted = parameters_of(look)
    return section(
        "evidence-parameters", "Parameters and where they come from",
        html.P(f"Every number the model assumes, its prior and what the data left of it. Marks: "
               f"{mark_words()}"),
        html.Div([_box("Search the parameters", "evidence-find", look.find),
                  html.Output(counted, id="evidence-found", **marks(aria_live="polite"))],
                 className="find"),
        html.Div(table, id="evidence-parameter-table", className="found"),
    )  # fmt: skip


def _measures(look: EvidenceLook) -> Component:
    """Return the registry under a search box, a list of partners and one of years."""
    table, counted = measures_of(look)
    return section(
        "evidence-measures", "The registry of measures",
        html.P("Sanctions and other measures with dates and sources. A dash under binds: it acts "
               "on nobody's trade by itself, as those of the United States, which act by pressure. "
               "A source opens in a tab of its own and needs the network; nothing is loaded "
               "before."),
        html.Div(
            [
                _box("Search the measures", "evidence-search", look.measures),
                native_list("evidence-partner", "Binds", list(PARTNER_WORDS.items()), look.partner,
                            "anybody"),
                native_list("evidence-year", "Adopted in", [(y, y) for y in years()], look.year,
                            "any year"),
                html.Output(counted, id="evidence-counted", **marks(aria_live="polite")),
            ],
            className="find",
        ),
        html.Div(table, id="evidence-measure-table", className="found"),
    )  # fmt: skip


def _box(label: str, name: str, value: str) -> Component:
    """Return a search box under its label."""
    box = dcc.Input(id=name, type="search", value=value, debounce=PAUSE, maxLength=LONGEST,
                    placeholder="words, in any order")  # fmt: skip
    return html.Div([html.Label(label, htmlFor=name), box])


def parameters_of(look: EvidenceLook) -> tuple[list[Component], str]:
    """Return the table of the parameters that a look asks for, and how many there are."""
    try:
        order = read_order(look.order, PARAMETER_HEADINGS)
        every = parameter_rows()
        rows = in_order(found_rows(every, read_search(look.find)), PARAMETER_HEADINGS, order)
    except DivertError as error:
        return [said(error)], ""
    table = plain_table(
        "Parameters of the model", PARAMETER_HEADINGS, rows, PARAMETER_WORDS, order,
        lambda heading: {"type": "evidence-sort", "of": PARAMETERS, "by": heading},
    )  # fmt: skip
    return [table], count_words(len(rows), len(every), "parameters")


def measures_of(look: EvidenceLook) -> tuple[list[Component], str]:
    """Return the table of the measures that a look asks for, and how many there are."""
    try:
        order = read_order(look.sort or "adopted", MEASURE_HEADINGS)
        rows = in_order(measure_rows(look.registry), MEASURE_HEADINGS, order)
    except DivertError as error:
        return [said(error)], ""
    table = plain_table(
        "Measures", MEASURE_HEADINGS, rows, MEASURE_WORDS, order,
        lambda heading: {"type": "evidence-sort", "of": MEASURES, "by": heading}, measure_links(),
    )  # fmt: skip
    return [table], count_words(len(rows), len(measure_rows(Registry())), "measures")


def turned(look: EvidenceLook, of: object, by: str) -> EvidenceLook:
    """Return the look after a click on a heading of one of the tables."""
    if of == PARAMETERS:
        order = read_order(look.order, PARAMETER_HEADINGS)
        return replace(look, order=order_text(order.turned(by)))
    order = read_order(look.sort or "adopted", MEASURE_HEADINGS)
    return replace(look, sort=order_text(order.turned(by)))


def register(app: dash.Dash, desk: Desk) -> None:
    """Add the callbacks: another run, a search, an order.

    The address is what each of them goes by: a control that stands where it says changes nothing.
    """

    _register_run(app, desk)
    _register_parameters(app)
    _register_measures(app)
    for table in ("evidence-parameter-table", "evidence-measure-table"):
        app.clientside_callback(ClientsideFunction("look", "refocus"), Input(table, "children"))


def _register_run(app: dash.Dash, desk: Desk) -> None:
    """Add the callback of the list of runs."""

    @app.callback(
        Output("evidence-flows", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("evidence-run", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(label: str, search: str | None) -> Any:
        before = EvidenceLook.of(queried(search))
        if label == (before.run or next(iter(desk.finished()), "")):
            raise PreventUpdate
        return flows_of(desk, label), replace(before, run=label).search


def _register_parameters(app: dash.Dash) -> None:
    """Add the callback of search and order of the parameters."""

    @app.callback(
        Output("evidence-parameter-table", "children"),
        Output("evidence-found", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("evidence-find", "value"),
        Input({"type": "evidence-sort", "of": PARAMETERS, "by": ALL}, "n_clicks"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(find: str | None, clicks: list[int | None], search: str | None) -> Any:
        before = EvidenceLook.of(queried(search))
        look = _asked(replace(before, find=read_search(find)), clicks)
        if look == before:
            raise PreventUpdate
        return *parameters_of(look), look.search


def _register_measures(app: dash.Dash) -> None:
    """Add the callback of search and order of the measures."""

    @app.callback(
        Output("evidence-measure-table", "children"),
        Output("evidence-counted", "children"),
        Output("address", "search", allow_duplicate=True),
        Input("evidence-search", "value"),
        Input("evidence-partner", "data"),
        Input("evidence-year", "data"),
        Input({"type": "evidence-sort", "of": MEASURES, "by": ALL}, "n_clicks"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def _(
        words: str | None, partner: str | None, year: str | None, clicks: list[int | None],
        search: str | None,
    ) -> Any:  # fmt: skip
        before = EvidenceLook.of(queried(search))
        look = replace(before, measures=read_search(words), partner=partner or "", year=year or "")
        look = _asked(look, clicks)
        if look == before:
            raise PreventUpdate
        return *measures_of(look), look.search


def _asked(look: EvidenceLook, clicks: list[int | None]) -> EvidenceLook:
    """Return the look after the heading that was clicked, the same where none was."""
    by = dash.ctx.triggered_id
    if not isinstance(by, dict) or not isinstance(by.get("by"), str) or not any(clicks):
        return look
    return turned(look, by.get("of", ""), by["by"])
