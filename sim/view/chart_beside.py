"""Charts of answers beside each other: simpler ways beside the model, scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

from sim.experiment.answer import money_words, share_words
from sim.experiment.comparators import FALL, NAIVE, NO_RECEIPTS
from sim.experiment.compare import Compared
from sim.view.chart import (
    AROUND,
    BAND_WORDS,
    PERCENT,
    Band,
    Chart,
    axis,
    blank,
    folded,
    numbers,
    panel_name,
    stacked,
    whiskers,
)
from sim.view.colours import BLUE, ORANGE, SCENARIO_COLOURS

A_ROW, BETWEEN = 34, 72.0
"""Pixels of an answer in each of the two panels, and between them, where a title stands."""

PANELS = (("loss, million USD", 1.0, 1), (f"offset, {PERCENT}", 100.0, 2))
"""Title of each panel, what its numbers are multiplied by, and their digits."""

UNDER = 11
"""Pixels from a dot down to the words under it."""

NO_VALUE = "no loss to offset"


@dataclass(frozen=True)
class Answered:
    """An answer in a chart: its label, and loss (USD million) and offset (share of it) as bands.

    A band is p05, p50 and p95; the offset is None where there is no loss that stands out. `fall`
    names what `loss` holds where it is no loss of receipts.
    """

    label: str
    loss: Band | None
    offset: Band | None
    fall: str = ""


def comparators_chart(answer: dict[str, Any]) -> Chart:
    """Return loss and offset of the model beside the simpler answers of an `answer.json`.

    Medians with 5-95 %; what gives no value says so.
    """
    found = [(answered("This model", answer), "")]
    for row in answer["comparators"]:
        fall = FALL if row["name"] == NAIVE else ""
        why = str(row.get("why", ""))
        found.append((answered(row["title"], row, fall), f"{why}. {NO_RECEIPTS}" if fall else why))
        if row.get("record"):
            record = row["record"]
            label = f"Naive: real customs ({record['mark']})"
            found.append((answered(label, record, fall), NO_RECEIPTS))
    lines = [line for line, _ in found]
    figure = _figure(lines, [BLUE, *(ORANGE for _ in lines[1:])])
    rows = tuple((*_cells(line), why) for line, why in found)
    words = (
        f"The loss and the offset by this model, {share_words(answer['offset_ratio'])}, beside "
        "what simpler ways would have answered: "
        + "; ".join(f"{line.label} {share_words(line.offset)}" for line in lines[1:])
        + f". The naive readings set the {FALL} in the place of a loss of receipts."
    )
    headings = (*_headings("answer"), "why it differs")
    return Chart("comparators", "Simpler answers beside the model's", figure, headings, rows, words)


def scenarios_chart(lines: Sequence[Answered], span: str = "", what: str = "scenario") -> Chart:
    """Return loss and offset of scenarios side by side, medians with 5-95 % of members.

    `span` says over which months, `what` what stands side by side.
    """
    colours = [SCENARIO_COLOURS[i % len(SCENARIO_COLOURS)] for i in range(len(lines))]
    words = (
        f"The loss from China's restrictions and how much of it Russia offset{span}; dots are "
        "medians, whiskers 5 to 95 % of members."
    )
    loss, offset = _largest(lines, "loss"), _largest(lines, "offset")
    if loss is not None:
        words += f" The largest loss is that of {loss.label}, {money_words(loss.loss)}"
        words += "." if offset is None else f"; the largest offset that of {offset.label}, "
        words += "" if offset is None else f"{share_words(offset.offset)}."
    title = f"Loss and offset, {what}s side by side"
    rows = tuple(map(_cells, lines))
    return Chart(f"{what}s", title, _figure(lines, colours), _headings(what), rows, words)


def _largest(lines: Sequence[Answered], what: Literal["loss", "offset"]) -> Answered | None:
    """Return the answer with the largest median, None where none has a value."""
    known = {i: band["p50"] for i, line in enumerate(lines) if (band := getattr(line, what))}
    return lines[max(known, key=lambda i: known[i])] if known else None


def answered(label: str, answer: dict[str, Any], fall: str = "") -> Answered:
    """Return loss and offset of what an `answer.json`, or one of its comparators, holds.

    `fall` names what stands in the place of its loss, if anything does.
    """
    return Answered(label, answer.get("loss_musd"), answer.get("offset_ratio"), fall)


def compared_chart(done: Compared, what: str = "scenario") -> Chart:
    """Return loss and offset of what a comparison sets side by side; a world goes by its letter."""
    at = {(row.scenario, row.quantity): row.band for row in done.rows}
    said = "World {}" if what == "world" else "{}"
    lines = [
        Answered(said.format(name), at[name, "loss"], at[name, "offset"]) for name in done.labels
    ]
    return scenarios_chart(lines, f", {' to '.join(done.window)}", what)


def _headings(what: str) -> tuple[str, ...]:
    return (what, *(f"{title}, {BAND_WORDS}" for title, _, _ in PANELS))


def _cells(line: Answered) -> tuple[str, ...]:
    loss = money_words(line.loss)
    if line.fall and line.loss is not None:
        loss += f", {line.fall}"
    return line.label, loss, share_words(line.offset)


def _figure(lines: Sequence[Answered], colours: Sequence[str]) -> go.Figure:
    """Return two panels, the loss above and the offset below, a line for each answer."""
    rows = len(lines)
    figure = blank(
        2 * A_ROW * rows + AROUND + 40, showlegend=False,
        margin={"l": 10, "r": 26, "t": 12, "b": 40},
    )  # fmt: skip
    names = [folded(line.label, 18) for line in lines]
    gap = BETWEEN / (2 * A_ROW * rows + AROUND)
    for i, bands in enumerate(([x.loss for x in lines], [x.offset for x in lines])):
        title, scale, digits = PANELS[i]
        panel = panel_name(i)
        figure.update_layout({
            f"xaxis{panel}": axis(title, anchor=f"y{panel}", rangemode="tozero", tickformat=","),
            f"yaxis{panel}": axis(
                "", domain=stacked(i, len(PANELS), gap), anchor=f"x{panel}", showgrid=False,
                ticks="", zeroline=False, tickvals=list(range(rows)), ticktext=names,
                range=[rows - 0.5, -0.5],
            ),
        })  # fmt: skip
        figure.add_trace(_dots(bands, names, colours, panel, scale, digits))
        if i == 0:
            _name_falls(figure, lines)
        for place, band in enumerate(bands):
            if band is None:
                figure.add_annotation(
                    text=NO_VALUE, x=0.0, y=place, xref=f"x{panel}", yref=f"y{panel}",
                    xanchor="left", xshift=6, showarrow=False, font={"size": 11},
                )  # fmt: skip
    return figure


def _name_falls(figure: go.Figure, lines: Sequence[Answered]) -> None:
    """Say under a dot of the upper panel what it is where it is no loss of receipts."""
    for place, line in enumerate(lines):
        if line.fall and line.loss is not None:
            figure.add_annotation(
                text=line.fall, x=0.0, y=place, xref="x", yref="y", xanchor="left", xshift=6,
                yshift=-UNDER, showarrow=False, font={"size": 11},
            )  # fmt: skip


def _dots(
    bands: Sequence[Band | None], names: Sequence[str], colours: Sequence[str], panel: str,
    scale: float, digits: int,
) -> go.Scatter:  # fmt: skip
    """Return the medians of one panel as dots with whiskers, nothing for what has no value."""
    known = [(place, band) for place, band in enumerate(bands) if band is not None]
    low, mid, high = (
        numbers([scale * band[name] for _, band in known], digits) for name in ("p05", "p50", "p95")
    )
    places = [place for place, _ in known]
    return go.Scatter(
        x=mid, y=places, mode="markers", xaxis=f"x{panel}", yaxis=f"y{panel}",
        marker={"size": 10, "color": [colours[place] for place in places]},
        text=[names[place].replace("<br>", " ") for place in places],
        customdata=list(zip(low, high, strict=True)), error_x=whiskers(low, mid, high),
        hovertemplate="%{text}: %{x:,} (%{customdata[0]:,} to %{customdata[1]:,})<extra></extra>",
    )  # fmt: skip
