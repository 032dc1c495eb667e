"""What the live page shows of a month that stands still, laid out anew or put in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from sim.app.live_cards import card, firm_card, firm_said, more, pressure_card
from sim.app.live_frame import ACTORS
from sim.app.live_purse import purse
from sim.app.live_session import Session
from sim.app.panel import panel
from sim.experiment.arms import ARM_WORDS
from sim.experiment.decision_data import Explained
from sim.view.chart import Chart
from sim.view.chart_running import LINES, Running, running
from sim.view.chart_swarm import (
    RING,
    ROUTE_COLOURS,
    ROUTE_MARKS,
    WIDE,
    diameters,
    places,
    swarm,
)
from sim.view.chart_terms import terms_chart
from sim.view.colours import BLUE, GREY, ORANGE
from sim.view.report_page import data_of


@dataclass(frozen=True)
class Still:
    """A month that has been lived, in an arm, and the firm that a reader chose."""

    session: Session
    t: int
    arm: int
    dot: int | None
    found: dict[str, Explained]
    charts: dict[str, Chart]  # by the id of their panel


def still(session: Session, t: int, arm: int, dot: int | None) -> Still:
    """Return month number `t`, which has been lived; a firm that is not drawn counts as none."""
    if dot is not None and not 0 <= dot < session.watch.sample.partner.size:
        dot = None
    found = {actor: session.explain(actor, t, arm) for actor in ACTORS}
    charts = {"live-swarm": firms_chart(session, t, arm, dot)}
    for actor, explained in found.items():
        weighings = [purse(session, t, arm)] if actor == "DPRK" else explained.weighings
        for weighing in weighings:
            chart = terms_chart(weighing, actor, explained.month)
            charts[f"live-terms-{actor}-{weighing.name}"] = chart
    charts["live-running"] = running_chart(session, t, arm)
    return Still(session, t, arm, dot, found, charts)


def stage(now: Still) -> list[Component]:
    """Return the page under the player.

    assets/live.js fills the empty elements, moves the charts while months play, and puts later
    months in place: what is laid out anew would fold up what a reader had opened.
    """
    session = now.session
    happens = html.Section(
        [html.H2("This month"), html.Ul(id="live-events")], className="live-happens"
    )
    said = firm_said(session, now.t, now.arm, now.dot)
    firm = firm_card(said, session.watch.sample.partner.size)
    firms = [html.H2("The firms as a swarm"), panel(now.charts["live-swarm"], "live-swarm")]
    return [
        html.Div([html.Div(firms), html.Div([happens, firm])], className="live-two"),
        html.H2("What each actor sees and decides, and why"),
        html.Div(_piles(now), className="live-cards"),
        html.H2("So far"),
        panel(now.charts["live-running"], "live-running"),
    ]


def _piles(now: Still) -> list[Component]:
    """Return the cards in three piles; a Council that votes has charts, and a row of its own."""
    cards = {
        actor: card(
            actor,
            [panel(c, key) for key, c in now.charts.items() if f"-terms-{actor}-" in key],
            more(explained),
        )
        for actor, explained in now.found.items()
    }
    voting = bool(now.found["UN"].weighings)
    last = [cards["DPRK"], *([] if voting else [cards["UN"]]), pressure_card()]
    piles = [cards["China"], cards["Russia"], html.Div(last, className="live-pile")]
    return [*piles, html.Div(cards["UN"], className="live-row")] if voting else piles


def in_place(now: Still) -> tuple[dict[str, Any], list[Component], list[list[Component]]]:
    """Return what takes the place of another month: charts as plain data, firm, actors."""
    charts = {key: _plain(chart) for key, chart in now.charts.items()}
    said = firm_said(now.session, now.t, now.arm, now.dot)
    return charts, said, [more(now.found[actor]) for actor in ACTORS]


def _plain(chart: Chart) -> dict[str, Any]:
    """Return a chart as plain data; its height stays that of its panel."""
    figure = data_of(chart.figure)
    figure["layout"].pop("height", None)
    table = {"title": chart.title, "headings": chart.headings, "rows": chart.rows}
    return {"figure": figure, "words": chart.words, "table": table}


def firms_chart(session: Session, t: int, arm: int, dot: int | None = None) -> Chart:
    """Return the swarm of a month that has been lived, a chosen dot ringed."""
    month = session.firms[t]
    return swarm(
        session.watch.sample, month.route[arm], month.counts[arm], month.capacity[arm],
        session.months[t], dot,
    )  # fmt: skip


def running_chart(session: Session, t: int, arm: int = 0) -> Chart:
    """Return the running lines up to a month that has been lived."""
    found = Running(session.months[: t + 1], session.arms, session.members, session.lines(0, t + 1))
    return running(found, session.months, arm)


def still_of(session: Session) -> dict[str, Any]:
    """Return what never changes of a session, for assets/live.js."""
    where = places(session.watch.sample)
    return {
        "born": session.born,
        "months": list(session.months),
        "arms": list(session.arms),
        "rows": where.row.astype(int).tolist(),
        "floors": list(where.floors),
        "colours": list(ROUTE_COLOURS),
        "marks": list(ROUTE_MARKS),
        "sizes": [round(float(size), 1) for size in diameters(session.watch.sample.size)],
        "wide": WIDE,
        "ring": RING,
        "bars": [BLUE, ORANGE, GREY],
        "lines": list(LINES),
        "words": [ARM_WORDS[arm] for arm in session.arms],
        "units": {"UN-ideal_China": "share", "UN-ideal_Russia": "share", "DPRK-purse": "musd"},
    }
