"""Cards of the actors and of a firm: what stays on the page, and what each month puts into it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from sim.app.live_firms import detail
from sim.app.live_session import Session
from sim.app.marks import marks
from sim.experiment import decision_words as words
from sim.experiment.decision_data import Explained, Group, Weighing
from sim.experiment.decision_text import RESULTS, WISHES, band_words, level_words

TITLES = {
    "China": "China", "Russia": "Russia", "DPRK": "The DPRK", "UN": "The Security Council",
    "US": "The United States",
}  # fmt: skip


def card(actor: str, charts: list[Component], more: list[Component]) -> Component:
    """Return an actor's card: sentences that assets/live.js fills in, charts, all it saw."""
    folded = html.Details(
        [
            html.Summary(f"All that {words.ACTOR_WORDS[actor]} saw and did"),
            html.Div(more, id=f"live-more-{actor}"),
        ]
    )
    return _framed(actor, [html.Div(charts, className="live-charts"), folded])


def pressure_card() -> Component:
    """Return the card of the United States, whose pressure the scenario gives."""
    return _framed("US", [])


def _framed(actor: str, content: list[Component]) -> Component:
    head = html.Div(id=f"live-head-{actor}", className="live-head")
    return html.Section(
        [html.H3(TITLES[actor]), head, *content],
        className="live-card",
        id=f"live-card-{actor}",
        tabIndex="-1",
    )


def more(found: Explained) -> list[Component]:
    """Return all that an actor saw and did in a month, as sentences and tables."""
    return [
        *(html.P(note) for note in found.notes),
        *(html.P(_follows(weighing)) for weighing in found.weighings),
        *(_group(group) for group in found.groups),
        *_measures(found),
    ]


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


def firm_card(said: list[Component], many: int) -> Component:
    """Return the card of a chosen firm; assets/live.js fills in the field that names a dot."""
    return html.Section(
        [
            html.H2("One firm"),
            html.Div(id="live-dot", **marks(data_many=str(many))),
            html.Div(said, id="live-firm-said", **marks(aria_live="polite")),
        ],
        className="live-firm",
    )


def firm_said(session: Session, t: int, arm: int, dot: int | None) -> list[Component]:
    """Return what a chosen firm does and why, or how to choose one."""
    if dot is None:
        ask = "Click a dot, or name it by its place in the chart, to see what a firm weighs."
        return [html.P(ask)]
    found = detail(session.watch, session.firms[t], dot, arm)
    return [html.H3(found.title), *(html.P(text) for text in found.sentences)]
