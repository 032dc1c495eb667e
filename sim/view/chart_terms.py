"""What a decision weighs, as bars: each term by its sign and size, and their sum."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from sim.experiment import decision_words as words
from sim.experiment.decision_data import Band, Weighing
from sim.experiment.decision_text import SUMS, band_words, signed
from sim.experiment.movers import CONSTANT, MOVERS
from sim.view.chart import Chart, axis, blank, whiskers
from sim.view.colours import BLUE, GREY, INK, LINES, ORANGE

ROW, FRAME = 23, 54
"""Pixels of each bar, and of what stands around them."""

AXIS = {words.MUSD: "million USD a month"}
"""What the axis says of another unit than that of a wish."""

SHORT = {CONSTANT: "anyway", "losses": "its firms' losses", "rivalry": "rivals' weight",
         "need": "need of the DPRK", "stability": "distress", "provocation": "tests",
         "diplomacy": "summits", "un": "the Council", "us": "US pressure",
         "commerce": "cheap goods", "both": "need × cheap", "sold": "goods sold",
         "workers": "workers abroad", "arms": "arms, fees", "other": "other income",
         "bought": "goods bought", "crude": "crude oil"}  # fmt: skip
"""Names of the terms that fit beside a small chart; the table has them in full."""

SPACE = "\u00a0"
LEAST_REACH = {words.LOGITS: 5.0, words.OF_TRADE: 0.8, words.MUSD: 400.0}
"""Half of the axis at least, so that small terms look small and bars of months compare."""


def terms_chart(weighing: Weighing, who: str, month: str) -> Chart:
    """Return the terms of a weighing as bars of their means, with 5 to 95 % of members.

    `who` weighs in `month`.
    """
    names, unit = [term.name for term in weighing.terms], weighing.unit
    whole = SUMS.get(unit, "in all")
    figure = blank(
        FRAME + ROW * (len(names) + 1),
        showlegend=False,
        margin={"l": 112, "r": 8, "t": 6, "b": 44},
        xaxis=axis(AXIS.get(unit, f"adds to its wish, {unit}"), range=_range(weighing)),
        yaxis={**axis(""), "autorange": "reversed", "ticks": "", "fixedrange": True,
               "automargin": False},
        bargap=0.25,
        shapes=[{"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper",
                 "line": {"color": LINES}}],
    )  # fmt: skip
    bands = [*(term.adds for term in weighing.terms), weighing.sum]
    labels = [*(SHORT[name] for name in names), whole]
    figure.add_traces([_bars(labels, bands), _numbers(labels, bands, unit)])
    headings, table = _table(weighing, whole)
    return Chart(
        f"terms-{who.lower()}-{weighing.name}", f"{weighing.title}: {who}", figure, headings,
        table, f"{who} in {month}. {pulls(weighing)}",
    )  # fmt: skip


def _table(weighing: Weighing, whole: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the terms as a table, with what was seen where anything was."""
    unit = weighing.unit
    looks = any(term.seen is not None for term in weighing.terms)
    seen = lambda text: (text,) if looks else ()  # noqa: E731
    rows = [
        (
            term.words,
            *seen(band_words(term.seen, term.seen_unit or "")),
            *signed(term.adds, unit),
        )
        for term in weighing.terms
    ]
    rows.append((whole, *seen(""), *signed(weighing.sum, unit)))
    return ("item", *seen("seen"), f"adds, {unit}", "5 %", "95 %"), tuple(rows)


def _bars(rows: Sequence[str], bands: Sequence[Band]) -> go.Bar:
    """Return the means as bars, with whiskers from 5 to 95 %."""
    return go.Bar(
        orientation="h",
        y=rows,
        x=[round(band.mean, 4) for band in bands],
        marker={"color": colours([band.mean for band in bands])},
        error_x=_whiskers(bands),
        hoverinfo="skip",
    )


def _numbers(rows: Sequence[str], bands: Sequence[Band], unit: str) -> go.Scatter:
    """Return the means in words, each beyond the end of its bar and whisker."""
    return go.Scatter(
        x=[round(beyond(band), 4) for band in bands],
        y=rows,
        mode="text",
        text=[f"{SPACE}{signed(band, unit)[0]}{SPACE}" for band in bands],
        textposition=[f"middle {'right' if band.mean >= 0.0 else 'left'}" for band in bands],
        cliponaxis=False,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )


def beyond(band: Band) -> float:
    """Return the end of a bar and its whisker, away from zero."""
    return max(band.mean, band.p95) if band.mean >= 0.0 else min(band.mean, band.p05)


def colours(values: Sequence[float]) -> list[str]:
    """Return the colour of each bar by its sign, the last one, their sum, in grey."""
    return [*(BLUE if value >= 0.0 else ORANGE for value in values[:-1]), GREY]


def _range(weighing: Weighing) -> list[float]:
    """Return the ends of the axis, even to both sides, with room for the numbers."""
    found = [abs(beyond(band)) for band in (*(t.adds for t in weighing.terms), weighing.sum)]
    most = max(1.7 * max(found), LEAST_REACH[weighing.unit])
    return [-most, most]


def _whiskers(bands: Sequence[Band]) -> dict[str, object]:
    """Return the error bars from 5 to 95 % of members, none where all agree."""
    return whiskers(
        [band.p05 for band in bands], [band.mean for band in bands], [band.p95 for band in bands],
        4, thickness=1, width=2, color=INK, visible=any(band.p05 != band.p95 for band in bands),
    )  # fmt: skip


def pulls(weighing: Weighing) -> str:
    """Return in words what pulls a wish up most and what down, besides what stands anyway."""
    moving = [term for term in weighing.terms if term.name != CONSTANT]
    up = max(moving, key=lambda term: term.adds.mean)
    down = min(moving, key=lambda term: term.adds.mean)
    said = []
    for term, way, holds in (
        (up, "up", up.adds.mean > 0.0),
        (down, "down", down.adds.mean < 0.0),
    ):
        amount = signed(term.adds, weighing.unit)[0]
        if holds and any(digit in amount for digit in "123456789"):
            said.append(f"{way} most by {MOVERS.get(term.name, term.words)} ({amount})")
    sentence = f"pulled {' and '.join(said)}" if said else "nothing pulls it up or down"
    return f"{weighing.title}: {sentence}."
