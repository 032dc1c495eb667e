"""Cards of the actors and of a firm: what stays on the page, and what each month puts into it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from sim.app.live_firms import detail
from sim.app.live_session import Session
from sim.app.marks import marks
from sim.app.tables import folded, plain_table
from sim.experiment import decision_words as words
from sim.experiment.decision_data import Explained, Group, Weighing
from sim.experiment.decision_text import RESULTS, WISHES, band_words, level_words

TITLES = {
    "China": "China", "Russia": "Russia", "DPRK": "The DPRK", "UN": "The Security Council",
    "US": "The United States",
}  # fmt: skip


def card(actor: str, charts: list[Component], more: list[Component]) -> Component:
    """Return an actor's card: sentences that assets/live.js fills in, charts, all it saw."""
    all_of_it = folded(
        f"All that {words.ACTOR_WORDS[actor]} saw and did",
        html.Div(more, id=f"live-more-{actor}"),
    )
    return _framed(actor, [html.Div(charts, className="live-charts"), all_of_it])


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
    rows = [
        (
            f"{row.words}{f', {row.unit}' if row.unit == words.MUSD else ''}",
            *(band_words(row.values.get(c), row.unit) for c in shown),
        )
        for row in group.rows
    ]
    return plain_table(group.title, ("", *(words.COLUMNS[c] for c in shown)), rows)


def _measures(found: Explained) -> list[Component]:
    """Return the measures that the Council adopted on their dates this month."""
    if not found.measures:
        return []
    rows = [
        (row.id, row.instrument, str(row.adopted), row.commodity, row.kind.replace("_", " "),
         "yes" if row.acts else "no")
        for row in found.measures
    ]  # fmt: skip
    heads = ("measure", "instrument", "adopted", "what", "kind", "acts in the model")
    return [plain_table(f"Measures adopted in {found.month}", heads, rows, range(1, 6))]


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
