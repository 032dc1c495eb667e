"""Charts of a run by month: flows by partner, receipts and enforcement, as bands over members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, DIRECTIONS, PARTNERS, REST, RUSSIA, SOLD
from sim.base_year import base_year
from sim.data import load
from sim.experiment.answer import BAND, counted
from sim.experiment.arms import ARM_WORDS, shown_arm
from sim.experiment.stored import StoredRun
from sim.paths import judged_enforcement
from sim.view.chart import (
    BAND_WORDS,
    MUSD_A_MONTH,
    Chart,
    axis,
    band_traces,
    blank,
    digits_of,
    ends,
    month_axis,
    needs,
    numbers,
    place,
    spread_words,
)
from sim.view.colours import ARM_COLOURS, BLACK, INK, PARTNER_COLOURS
from sim.view.partner_words import PARTNER_LABELS, PARTNER_WORDS

Array = NDArray[np.float64]
Recorded = list[tuple[str, float]]

AT_FIRST = ("C1S1", "C0S1")
"""Arms that are shown until a reader picks others in the legend."""

CUSTOMS = {CHINA: "customs, as recorded", RUSSIA: "customs, mean of the quarter"}
HEIGHT = 430


def flow_bands(run: StoredRun, partner: int | str, direction: int | str) -> Chart:
    """Return goods moved with a partner in one direction by month, in the arms that were run.

    Bands are 5-95 % of members, USD million a month, recorded or not; `partner` and `direction`
    are names or places as in `sim.axes`. Beside them what customs would book in the run, and what
    they did. Raises DivertError for a name that is none, or a run read without its arrays.
    """
    p, d = place(PARTNERS, partner), place(DIRECTIONS, direction)
    moved = goods_moved(run, p, d)
    shown = run.arms.index(shown_arm(run.arms))
    booked = run.arrays["legal_value"][..., p, d, :] * base_year().recorded_share[p, d]
    as_customs = np.median((booked.sum(axis=-1) + _transit(run, p, d))[:, shown], axis=1)
    known = _recorded(p, d, run.months)
    figure = _bands_figure(run, moved)
    figure.add_trace(_line(run, as_customs, "as customs would book it, both acting", INK, "dash",
                           digits_of(moved)))  # fmt: skip
    if known:
        figure.add_trace(_dots(known, CUSTOMS[p]))
    slug, title, extra = flow_words(p, d)
    headings, rows = _month_table(run, moved, ("customs as modelled, median", "customs, recorded"),
                                  [_at(run.months, as_customs), dict(known)])  # fmt: skip
    words = (
        f"{title} by month, {run.months[0]} to {run.months[-1]}, in {MUSD_A_MONTH}, recorded or "
        f"not{extra}: median and 5 to 95 % of {counted(run.members, 'member')} in "
        f"{counted(len(run.arms), 'arm')}, with what customs book. {_compared(run, moved)}"
    )
    return Chart(slug, title + extra, figure, headings, rows, words)


def goods_moved(run: StoredRun, partner: int, direction: int) -> Array:
    """Return goods moved with a partner in one direction, recorded or not, (month, arm, member).

    USD million a month, transit coal through Rajin included where Russia sells. Raises DivertError
    for a run read without its arrays.
    """
    needs(run, "legal_value", "illegal_value", "transit_value")
    cell = (..., partner, direction, slice(None))
    value = run.arrays["legal_value"][cell] + run.arrays["illegal_value"][cell]
    return np.asarray(value.sum(axis=-1) + _transit(run, partner, direction))


def _transit(run: StoredRun, partner: int, direction: int) -> Array | float:
    """Return the coal that Russia ships through Rajin and books as sold, 0 for other flows."""
    return run.arrays["transit_value"] if (partner, direction) == (RUSSIA, BOUGHT) else 0.0


def flow_words(partner: int, direction: int) -> tuple[str, str, str]:
    """Return the slug of a flow, its title, and what the title adds."""
    name = PARTNERS[partner]
    verb = "buys from" if direction == SOLD else "sells to"
    extra = ", transit coal included" if (partner, direction) == (RUSSIA, BOUGHT) else ""
    slug = f"flow-{name.lower()}-{('sold', 'bought')[direction]}"
    return slug, f"What {PARTNER_WORDS[name]} {verb} the DPRK", extra


def receipts_bands(run: StoredRun) -> Chart:
    """Return hard-currency receipts of the DPRK by month in the arms that were run, as bands.

    Raises DivertError for a run read without `receipts`.
    """
    needs(run, "receipts")
    receipts = run.arrays["receipts"]
    headings, rows = _month_table(run, receipts)
    words = (
        f"Hard-currency receipts of the DPRK by month, {run.months[0]} to {run.months[-1]}, in "
        f"{MUSD_A_MONTH}, unrecorded income and cyber included: median and 5 to 95 % of "
        f"{counted(run.members, 'member')} in {counted(len(run.arms), 'arm')}. "
        f"{_compared(run, receipts)}"
    )
    return Chart(
        "receipts", "Hard-currency receipts of the DPRK", _bands_figure(run, receipts), headings,
        rows, words,
    )  # fmt: skip


def enforcement_bands(run: StoredRun) -> Chart:
    """Return enforcement by partner in the arm as it happens, with the judged index (C) beside.

    Raises DivertError for a run read without `enforcement`.
    """
    needs(run, "enforcement")
    shown = shown_arm(run.arms)
    values = run.arrays["enforcement"][:, run.arms.index(shown)]
    figure = blank(
        HEIGHT, xaxis=month_axis(range=ends(run.months)), hovermode="x unified",
        yaxis=axis("enforcement, 0 to 1", range=[0.0, 1.02]),
    )  # fmt: skip
    columns = []
    for p, partner in enumerate(PARTNERS):
        label = PARTNER_LABELS[partner]
        levels = np.quantile(values[..., p], BAND, axis=1)
        colour = PARTNER_COLOURS[partner]
        figure.add_traces(band_traces(run.months, levels, label, colour, p != REST, 3))
        columns.append([spread_words(row, 2) for row in levels.T])
    for partner in PARTNERS[:2]:
        judged = judged_enforcement(partner, run.months)
        figure.add_trace(
            _line(run, judged, f"{partner}, judged (C)", PARTNER_COLOURS[partner], "dot", 3)
        )
        columns.append([f"{level:.2f}" for level in judged])
    _mark_resolutions(figure, run)
    headings = (
        "month", *(f"{p}, {BAND_WORDS}, 0 to 1" for p in PARTNER_LABELS.values()),
        "China, judged (C), 0 to 1", "Russia, judged (C), 0 to 1",
    )  # fmt: skip
    last = [float(np.median(values[-1, :, p])) for p in (CHINA, RUSSIA)]
    words = (
        f"Enforcement of measures by partner and month ({ARM_WORDS[shown]}), from 0 none to 1 "
        f"full: in {run.months[-1]} the median is {last[0]:.2f} for China and {last[1]:.2f} for "
        "Russia. Thin lines mark resolutions of the UN as recorded."
    )
    rows = tuple(zip(run.months, *columns, strict=True))
    return Chart("enforcement", "Enforcement by partner", figure, headings, rows, words)


def _bands_figure(run: StoredRun, values: Array) -> go.Figure:
    """Return bands of (month, arm, member) values, one arm to a click in the legend."""
    figure = blank(
        HEIGHT, xaxis=month_axis(range=ends(run.months)), hovermode="x unified",
        yaxis=axis(MUSD_A_MONTH, rangemode="tozero"),
    )  # fmt: skip
    first = [arm for arm in AT_FIRST if arm in run.arms] or list(run.arms)
    digits = digits_of(values)
    for arm in (arm for arm in ARM_COLOURS if arm in run.arms):
        levels = np.quantile(values[:, run.arms.index(arm)], BAND, axis=1)
        figure.add_traces(
            band_traces(run.months, levels, ARM_WORDS[arm], ARM_COLOURS[arm], arm in first, digits)
        )
    return figure


def _line(
    run: StoredRun, values: Array, label: str, colour: str, dash: str, digits: int = 1
) -> go.Scatter:
    return go.Scatter(
        x=run.months, y=numbers(values, digits), name=label, mode="lines",
        line={"width": 1.5, "color": colour, "dash": dash}, hovertemplate="%{y:,}",
    )  # fmt: skip


def _dots(known: Recorded, label: str) -> go.Scatter:
    months, values = zip(*known, strict=True)
    return go.Scatter(
        x=months, y=numbers(list(values), 1), name=label, mode="markers",
        marker={"size": 5, "color": BLACK}, hovertemplate="%{y:,}",
    )  # fmt: skip


def _recorded(p: int, d: int, months: Sequence[str]) -> Recorded:
    """Return customs by month; Russia's quarters and half years as their monthly mean."""
    found: Recorded = []
    if p == CHINA:
        column = ("cn_import_closed", "cn_export_closed")[d]
        for row in load("trade_china_monthly"):
            value = getattr(row, column)
            if value is not None:
                found.append((f"{row.year}-{row.month:02d}", float(value)))
    elif p == RUSSIA:
        column = ("ru_import_musd", "ru_export_musd")[d]
        for row in load("trade_russia_quarterly"):
            quarters = [int(part) for part in str(row.quarter).split("-")]
            span = range(3 * quarters[0] - 2, 3 * quarters[-1] + 1)
            value = getattr(row, column)
            if value is not None:
                found += [(f"{row.year}-{m:02d}", float(value) / len(span)) for m in span]
    return [(month, value) for month, value in found if month in months]


def _at(months: Sequence[str], values: Array) -> dict[str, float]:
    return dict(zip(months, values.tolist(), strict=True))


def _month_table(
    run: StoredRun,
    values: Array,
    more: tuple[str, ...] = (),
    beside: Sequence[dict[str, float]] = (),
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return headings and a row a month: bands of the arms, then numbers known by month."""
    arms = [arm for arm in ARM_COLOURS if arm in run.arms]
    levels = [np.quantile(values[:, run.arms.index(arm)], BAND, axis=1) for arm in arms]
    headings = (
        "month",
        *(f"{ARM_WORDS[arm]}: {MUSD_A_MONTH}, {BAND_WORDS}" for arm in arms),
        *(f"{label}: {MUSD_A_MONTH}" for label in more),
    )
    rows = tuple(
        (month, *(spread_words(level[:, t], 1) for level in levels),
         *(f"{column[month]:,.1f}" if month in column else "–" for column in beside))
        for t, month in enumerate(run.months)
    )  # fmt: skip
    return headings, rows


def _compared(run: StoredRun, values: Array) -> str:
    """Return a sentence on the last twelve months with and without China's restrictions."""
    if not set(AT_FIRST) <= set(run.arms):
        return ""
    with_it, without = (
        spread_words(np.quantile(values[-12:, run.arms.index(arm)].sum(axis=0), BAND))
        for arm in AT_FIRST
    )
    return (
        f"The last twelve months add up to {with_it} million USD where China restricts and to "
        f"{without} where it does not."
    )


def _mark_resolutions(figure: go.Figure, run: StoredRun) -> None:
    """Draw a thin line on the day of each UN resolution, its number in the hover text."""
    first, last = date.fromisoformat(f"{run.months[0]}-01"), f"{run.months[-1]}-31"
    adopted: dict[date, str] = {}
    for row in load("measures"):
        if row.issuer == "UN" and first <= row.adopted and row.adopted.isoformat() <= last:
            adopted.setdefault(row.adopted, row.instrument.replace("UNSCR ", ""))
    days = sorted(adopted)
    x = [day for d in days for day in (d.isoformat(), d.isoformat(), None)]
    figure.add_trace(
        go.Scatter(
            x=x, y=[0.0, 1.0, None] * len(days), mode="lines", name="UN resolutions",
            line={"width": 1, "color": "#999999"}, hoverinfo="skip",
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[d.isoformat() for d in days], y=[1.0] * len(days), mode="markers",
            marker={"size": 6, "color": "#999999", "symbol": "triangle-down"}, showlegend=False,
            text=[adopted[d] for d in days], name="resolution",
            hovertemplate="%{text}, %{x|%Y-%m-%d}",
        )
    )  # fmt: skip
