"""What the live page shows of a month that stands still: charts, cards of the actors, a firm."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from sim.app.live_firms import detail
from sim.app.live_frame import ACTORS
from sim.app.live_purse import purse
from sim.app.live_session import Session
from sim.app.marks import marks
from sim.app.panel import panel
from sim.experiment import decision_words as words
from sim.experiment.arms import ARM_WORDS
from sim.experiment.decision_data import Explained, Group, Weighing
from sim.experiment.decision_text import RESULTS, WISHES, band_words, level_words
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
from sim.view.drawing import BLUE, GREY, ORANGE

TITLES = {
    "China": "China", "Russia": "Russia", "DPRK": "The DPRK", "UN": "The Security Council",
    "US": "The United States",
}  # fmt: skip


def stage(session: Session, t: int, arm: int, dot: int | None) -> list[Component]:
    """Return the page under the player for month number `t`, which has been lived.

    `dot` is the firm drawn that a reader chose; one that is not drawn counts as none.

    assets/live.js fills the empty elements and moves the charts while months play.
    """
    if dot is not None and not 0 <= dot < session.watch.sample.partner.size:
        dot = None
    found = {actor: session.explain(actor, t, arm) for actor in ACTORS}
    happens = html.Section(
        [html.H2("This month"), html.Ul(id="live-events")], className="live-happens"
    )
    weighed = {actor: explained.weighings for actor, explained in found.items()}
    weighed["DPRK"] = [purse(session, t, arm)]
    cards = {actor: _card(actor, found[actor], weighed[actor]) for actor in ACTORS}
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.H2("The firms as a swarm"),
                        panel(firms_chart(session, t, arm, dot), "live-swarm"),
                    ]
                ),
                html.Div([happens, firm_card(session, t, arm, dot)]),
            ],
            className="live-two",
        ),
        html.H2("What each actor sees and decides, and why"),
        html.Div(_laid(cards, voting=bool(found["UN"].weighings)), className="live-cards"),
        html.H2("So far"),
        panel(running_chart(session, t, arm), "live-running"),
    ]


def _laid(cards: dict[str, Component], voting: bool) -> list[Component]:
    """Return the cards in three piles; a Council that votes has charts, and a row of its own."""
    last = [cards["DPRK"], *([] if voting else [cards["UN"]]), _pressure_card()]
    piles = [cards["China"], cards["Russia"], html.Div(last, className="live-pile")]
    return [*piles, html.Div(cards["UN"], className="live-row")] if voting else piles


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


# ---- cards of the actors -----------------------------------------------------------------------


def _card(actor: str, found: Explained, weighings: list[Weighing]) -> Component:
    """Return an actor's card: its month in sentences, bars of what it weighs, all it saw."""
    charts = [
        panel(terms_chart(weighing, actor, found.month), f"live-terms-{actor}-{weighing.name}")
        for weighing in weighings
    ]
    return html.Section(
        [
            html.H3(TITLES[actor]),
            html.Div(id=f"live-head-{actor}", className="live-head"),
            html.Div(charts, className="live-charts"),
            html.Details(
                [
                    html.Summary(f"All that {words.ACTOR_WORDS[actor]} saw and did"),
                    *(html.P(note) for note in found.notes),
                    *(html.P(_follows(weighing)) for weighing in found.weighings),
                    *(_group(group) for group in found.groups),
                    *_measures(found),
                ]
            ),
        ],
        className="live-card",
        id=f"live-card-{actor}",
        tabIndex="-1",
    )


def _pressure_card() -> Component:
    """Return the card of the United States, whose pressure the scenario gives."""
    return html.Section(
        [html.H3(TITLES["US"]), html.Div(id="live-head-US", className="live-head")],
        className="live-card",
        id="live-card-US",
        tabIndex="-1",
    )


def _follows(weighing: Weighing) -> str:
    """Return what follows from a weighing, in sentences."""
    said = []
    if weighing.level is not None:
        wish = band_words(weighing.results["wish"], words.INDEX)
        said = [WISHES[weighing.name].format(wish=wish), level_words(weighing.level)]
    said += [
        f"{label[0].upper()}{label[1:]}: {band_words(weighing.results[name], weighing.unit)}."
        for name, label in RESULTS.items()
        if name in weighing.results
    ]
    return " ".join([f"{weighing.title}.", *said]).replace("->", "→")


def _group(group: Group) -> Component:
    """Return quantities by column: the month before, this month, a change, a year."""
    shown = [c for c in words.COLUMNS if any(c in row.values for row in group.rows)]
    columns = [html.Th(words.COLUMNS[c], scope="col", className="n") for c in shown]
    head = html.Tr([html.Th("", scope="col"), *columns])
    body = []
    for row in group.rows:
        unit = f", {row.unit}" if row.unit == words.MUSD else ""
        cells = [html.Td(band_words(row.values.get(c), row.unit), className="n") for c in shown]
        body.append(html.Tr([html.Th(f"{row.words}{unit}", scope="row"), *cells]))
    return html.Div(
        html.Table([html.Caption(group.title), html.Thead(head), html.Tbody(body)]),
        className="scroll",
        tabIndex="0",
        role="region",
        **marks(aria_label=group.title),
    )


def _measures(found: Explained) -> list[Component]:
    """Return the measures that the Council adopted on their dates this month."""
    if not found.measures:
        return []
    rows = [
        html.Tr(
            [
                html.Th(row.id, scope="row"),
                html.Td(row.instrument),
                html.Td(row.adopted),
                html.Td(row.commodity),
                html.Td(row.kind.replace("_", " ")),
                html.Td("yes" if row.acts else "no"),
            ]
        )
        for row in found.measures
    ]
    heads = ("measure", "instrument", "adopted", "what", "kind", "acts in the model")
    title = f"Measures adopted in {found.month}"
    return [
        html.Div(
            html.Table(
                [
                    html.Caption(title),
                    html.Thead(html.Tr([html.Th(h, scope="col") for h in heads])),
                    html.Tbody(rows),
                ]
            ),
            className="scroll",
            tabIndex="0",
            role="region",
            **marks(aria_label=title),
        )
    ]


# ---- one firm ----------------------------------------------------------------------------------


def firm_card(session: Session, t: int, arm: int, dot: int | None) -> Component:
    """Return what a chosen firm does and why, or how to choose one."""
    many = session.watch.sample.partner.size
    if dot is None:
        said: list[Component] = [
            html.P("Click a dot, or name it by its place in the chart, to see what a firm weighs.")
        ]
    else:
        found = detail(session.watch, session.firms[t], dot, arm)
        said = [html.H3(found.title), *(html.P(text) for text in found.sentences)]
    return html.Section(
        [
            html.H2("One firm"),
            html.Div(id="live-dot", **marks(data_many=str(many))),
            html.Div(said, **marks(aria_live="polite")),
        ],
        className="live-firm",
    )
