"""Charts of two worlds on the same draws in one figure: bands of receipts and of trade by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, RUSSIA, SOLD
from sim.experiment.answer import BAND, counted
from sim.experiment.arms import ARM_WORDS, AS_IT_HAPPENS
from sim.experiment.stored import StoredRun
from sim.view.chart import (
    BAND_WORDS,
    MUSD_A_MONTH,
    Chart,
    axis,
    band_traces,
    blank,
    digits_of,
    month_axis,
    needs,
    numbers,
    spread_words,
)
from sim.view.chart_bands import flow_words, goods_moved
from sim.view.colours import SCENARIO_COLOURS

Array = NDArray[np.float64]

DASHES = ("solid", "dash")
UNRESTRICTED = "C0S1"
HEIGHT = 340
FLOWS = ((CHINA, SOLD), (CHINA, BOUGHT), (RUSSIA, SOLD), (RUSSIA, BOUGHT))


@dataclass(frozen=True)
class Shown:
    """A world in a chart: its letter and its run."""

    label: str
    run: StoredRun


def receipts_pair(worlds: Sequence[Shown]) -> Chart:
    """Return hard-currency receipts of the DPRK by month in one or two worlds, as bands.

    Raises DivertError for a run read without `receipts`.
    """
    for world in worlds:
        needs(world.run, "receipts")
    values = [world.run.arrays["receipts"] for world in worlds]
    return _chart("receipts-pair", "Hard-currency receipts of the DPRK", worlds, values)


def flow_pair(worlds: Sequence[Shown], partner: int, direction: int) -> Chart:
    """Return goods moved with a partner in one direction by month in one or two worlds, as bands.

    USD million a month, recorded or not, transit coal through Rajin included where Russia sells.
    Raises DivertError for a run read without its arrays.
    """
    values = [goods_moved(world.run, partner, direction) for world in worlds]
    slug, title, extra = flow_words(partner, direction)
    return _chart(f"{slug}-pair", title + extra, worlds, values)


def _chart(name: str, title: str, worlds: Sequence[Shown], values: Sequence[Array]) -> Chart:
    """Return bands of (month, arm, member) values of worlds as a chart."""
    figure = blank(
        HEIGHT, xaxis=month_axis(), hovermode="x unified",
        yaxis=axis(MUSD_A_MONTH, rangemode="tozero"),
    )  # fmt: skip
    levels = [
        _levels(world.run, value, AS_IT_HAPPENS)
        for world, value in zip(worlds, values, strict=True)
    ]
    digits = min(map(digits_of, values))
    for i, world in enumerate(worlds):
        colour, dash = SCENARIO_COLOURS[i], DASHES[i]
        figure.add_traces(
            band_traces(world.run.months, levels[i], world.label, colour, digits=digits, dash=dash)
        )
        if UNRESTRICTED in world.run.arms:
            figure.add_trace(
                _without(world, _levels(world.run, values[i], UNRESTRICTED)[1], i, digits)
            )
    months = sorted({month for world in worlds for month in world.run.months})
    headings = ("month", *(f"{w.label}: {MUSD_A_MONTH}, {BAND_WORDS}" for w in worlds))
    cells = [
        dict(zip(w.run.months, (spread_words(x, 1) for x in level.T), strict=True))
        for w, level in zip(worlds, levels, strict=True)
    ]
    rows = tuple((month, *(cell.get(month, "–") for cell in cells)) for month in months)
    members = worlds[0].run.members
    sums = "; ".join(
        f"{w.label} {level[1][-12:].sum():,.0f}" for w, level in zip(worlds, levels, strict=True)
    )
    words = (
        f"{title} by month, {months[0]} to {months[-1]}, in {MUSD_A_MONTH}: median and 5 to 95 % "
        f"of {counted(members, 'member')}, {ARM_WORDS[AS_IT_HAPPENS]}. Medians of the last twelve "
        f"months add up to, million USD: {sums}."
    )
    return Chart(name, title, figure, headings, rows, words)


def _levels(run: StoredRun, values: Array, arm: str) -> Array:
    """Return p05, p50 and p95 over members, (3, month), of one arm."""
    at = run.arms.index(arm) if arm in run.arms else 0
    return np.asarray(np.quantile(values[:, at], BAND, axis=1))


def _without(world: Shown, median: Array, i: int, digits: int) -> go.Scatter:
    """Return the median without China's restrictions, shown on a click in the legend."""
    return go.Scatter(
        x=world.run.months, y=numbers(median, digits), name=f"{world.label}, China not restricting",
        mode="lines", line={"width": 1.5, "color": SCENARIO_COLOURS[i], "dash": "dot"},
        visible="legendonly", hovertemplate="%{y:,}",
    )  # fmt: skip
