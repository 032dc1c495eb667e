"""What Explore shows of two finished worlds: answers in words, the difference, charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dash import html
from dash.development.base_component import Component

from sim.app.marks import marks
from sim.app.panel import panel
from sim.app.runs import Finished
from sim.app.tables import folded, plain_table, sentence
from sim.axes import ARMS
from sim.errors import DivertError
from sim.experiment.answer import band_words, counted, money_words, share_words, words
from sim.experiment.compare import Compared
from sim.experiment.compare_words import sentences
from sim.experiment.paired import CHANCE, MUSD, Row, measured_run, paired
from sim.view.chart import Chart
from sim.view.chart_answer import waterfall
from sim.view.chart_bands import enforcement_bands
from sim.view.chart_beside import comparators_chart, compared_chart
from sim.view.chart_map import corridor_map
from sim.view.chart_pair import FLOWS, Shown, flow_pair, receipts_pair
from sim.view.chart_sankey import flows_sankey

NO_ANSWER = "This scenario asks for no answer: its bands are shown, and no offset."


@dataclass(frozen=True)
class Side:
    """A finished world: its letter, what it is in words, its result."""

    letter: str
    about: str
    done: Finished

    @property
    def answered(self) -> bool:
        """Return whether it has an answer."""
        return self.done.answer.get("question") is not None


def answers(sides: Sequence[Side], preview: str) -> Component:
    """Return the answer of each world in words; `preview` says how small the runs are, if so."""
    return html.Div(
        [html.P(preview, className="preview"),
         html.Div([_answer(side) for side in sides], className="pair")]
    )  # fmt: skip


def _answer(side: Side) -> Component:
    head = html.H3(f"World {side.letter}: {side.about}", id=f"explore-world-{side.letter.lower()}")
    if not side.answered:
        return html.Section([head, html.P(NO_ANSWER)], className=f"world {side.letter.lower()}")
    said = words(side.done.answer)
    return html.Section(
        [
            head,
            html.P(" ".join(said[:2]), className="lead"),
            folded("More of the answer", *map(html.P, said[2:])) if said[2:] else "",
        ],
        className=f"world {side.letter.lower()}",
        **marks(aria_labelledby=f"explore-world-{side.letter.lower()}"),
    )  # fmt: skip


def compared(a: Side, b: Side) -> Compared:
    """Return B against A, member by member on the same draws.

    Raises DivertError for worlds without an answer, or whose answers cover different months.
    """
    first, second = a.done.stored, b.done.stored
    for side in (a, b):
        if not side.answered or not set(ARMS) <= set(side.done.stored.arms):
            raise DivertError(f"World {side.letter} has no answer, so there is no difference")
    spans = [(r.scenario.window.first, r.scenario.window.last) for r in (first, second)]
    if spans[0] != spans[1]:
        raise DivertError(
            f"the answers cover different months ({' to '.join(spans[0])} in A, "
            f"{' to '.join(spans[1])} in B), so they are not compared member by member"
        )
    if first.scenario.seeds_per_draw != second.scenario.seeds_per_draw or (
        first.scenario.parameters.source != second.scenario.parameters.source
    ):
        raise DivertError("the worlds draw their parameters differently, so they are not paired")
    found = [measured_run(s.letter, s.done.stored) for s in (a, b)]
    scenario = first.scenario
    return Compared(
        Path(), (a.letter, b.letter), spans[0], scenario.members,
        -(-scenario.members // scenario.seeds_per_draw),
        [row for side in found for row in paired(side, found[0])], [],
        {side.label: side.significant for side in found}, True,
    )  # fmt: skip


HEADINGS = ("median (5 to 95 %)", "B less A", "A", "B", "same sign, % of members")


def difference_rows(done: Compared) -> list[tuple[str, ...]]:
    """Return each quantity of both worlds with the paired difference, as cells of a table."""
    at = {(row.scenario, row.quantity): row for row in done.rows}
    a, b = done.labels
    rows: list[tuple[str, ...]] = []
    for row in done.rows:
        if row.scenario != b:
            continue
        first = at[a, row.quantity]
        sign = "–" if row.same_sign is None else f"{100.0 * row.same_sign:.0f}"
        rows.append(
            (f"{row.quantity}, {'million USD' if row.unit == MUSD else '%'}",
             _band(row, row.difference), _band(first, first.band), _band(row, row.band), sign)
        )  # fmt: skip
    return rows


def _band(row: Row, band: dict[str, float] | None) -> str:
    if band is None:
        return "no value"
    if row.unit == CHANCE:
        return f"{100.0 * band['p50']:.0f}"
    low, mid, high = band_words(band, 1.0 if row.unit == MUSD else 100.0, 0 if row.unit == MUSD
                                else 1)  # fmt: skip
    return f"{mid} ({low} to {high})"


SHOWN_AT_ONCE = ("loss", "offset", "autonomous", "interaction", "offset above one half")


def difference(a: Side, b: Side | None) -> Component:
    """Return B against A in words and as a table, or why there is nothing to compare."""
    if b is None:
        return html.P("B is as A. Move a lever of B, or choose another scenario for it, and the "
                      "difference stands here.")  # fmt: skip
    try:
        done = compared(a, b)
    except DivertError as error:
        return html.P(sentence(error), className="said")
    rows = difference_rows(done)
    at_once = len(SHOWN_AT_ONCE)
    rows.sort(key=lambda row: row[0].rsplit(",", 1)[0] not in SHOWN_AT_ONCE)
    first, rest = rows[:at_once], rows[at_once:]
    lead = (
        f"The same {counted(done.members, 'member')} ({counted(done.draws, 'draw')} of the "
        f"parameters) in both worlds, {' to '.join(done.window)}."
    )
    return html.Div(
        [
            html.P(lead),
            *(html.P(text) for text in sentences(done)),
            panel(compared_chart(done, "world"), "explore-compared"),
            plain_table("What differs", HEADINGS, first),
            folded(f"By channel, and more ({len(rest)} rows)",
                   plain_table("By channel, and more", HEADINGS, rest)),
        ]
    )  # fmt: skip


def shown(sides: Sequence[Side]) -> list[Shown]:
    """Return worlds as the charts of two take them."""
    return [Shown(f"World {side.letter}", side.done.stored) for side in sides]


def main_chart(sides: Sequence[Side]) -> Chart:
    """Return receipts of both worlds in one figure."""
    return receipts_pair(shown(sides))


def view_charts(view: str, sides: Sequence[Side]) -> list[tuple[str, Chart]]:
    """Return the charts of a view with the key of each, both worlds in one or one for each."""
    if view == "flows":
        both = shown(sides)
        charts = [flow_pair(both, partner, direction) for partner, direction in FLOWS]
        return [(f"explore-{chart.name}", chart) for chart in charts]
    return [(f"explore-{view}-{side.letter.lower()}", chart)
            for side in sides for chart in _of_one(view, side)]  # fmt: skip


def _of_one(view: str, side: Side) -> list[Chart]:
    stored, answer = side.done.stored, side.done.answer
    drawn: dict[str, Callable[[], Chart]] = {
        "channels": lambda: waterfall(answer),
        "map": lambda: corridor_map(stored),
        "money": lambda: flows_sankey(stored),
        "enforcement": lambda: enforcement_bands(stored),
        "simpler": lambda: comparators_chart(answer),
    }
    if view in ("channels", "simpler") and not side.answered:
        return []
    return [_of_world(side, drawn[view]())]


def _of_world(side: Side, chart: Chart) -> Chart:
    return Chart(f"{chart.name}-{side.letter.lower()}", f"World {side.letter}: {chart.title}",
                 chart.figure, chart.headings, chart.rows, chart.words)  # fmt: skip


def view_panels(view: str, sides: Sequence[Side]) -> Component:
    """Return the charts of a view as panels, two beside each other where there is room."""
    found = [panel(chart, key) for key, chart in view_charts(view, sides)]
    if not found:
        return html.P(NO_ANSWER)
    together = " together" if view in ("map", "money") else ""
    return html.Div(found, className=f"charts{together}")


def headline(side: Side) -> str:
    """Return loss and offset of a world in a few words, for the status line."""
    answer: dict[str, Any] = side.done.answer
    if not side.answered:
        return f"{side.letter}: no answer"
    loss = money_words(answer["loss_musd"])
    if not answer["loss_significant"]:
        return f"{side.letter}: no loss that stands out ({loss})"
    return f"{side.letter}: loss {loss}, offset {share_words(answer['offset_ratio'])} of it"
