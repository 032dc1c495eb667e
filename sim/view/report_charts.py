"""Which charts a report shows of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure, Scatter, Waterfall

from sim.axes import ARMS
from sim.experiment.answer import BAND, CHANNEL_WORDS
from sim.experiment.arms import shown_arm
from sim.experiment.claims import Claim
from sim.experiment.stored import AGAIN
from sim.view.chart import Chart
from sim.view.drawing import BLUE
from sim.view.report_source import Run


def charts_of(run: Run) -> tuple[list[Chart], list[str]]:
    """Return the charts of a run, and a sentence for each that its files do not give."""
    missing = []
    charts = [receipts_bands(run)]
    if run.answer.get("loss_significant"):
        charts.append(waterfall(run))
    if set(ARMS) <= set(run.stored.arms) and "comparators" not in run.answer:
        missing.append(
            "Simpler answers beside this one are not shown: this run's answer.json was written "
            f"before divert worked them out; {AGAIN}."
        )
    return charts, missing


def claims_chart_of(found: Sequence[Claim]) -> Chart | None:
    """Return the chart of the claims, None where there are none."""
    return None


def receipts_bands(run: Run) -> Chart:
    stored = run.stored
    values = stored.arrays["receipts"][:, stored.arms.index(shown_arm(stored.arms))]
    low, mid, high = np.quantile(values, BAND, axis=1)
    months = list(stored.months)
    figure = Figure()
    figure.add_trace(
        Scatter(
            x=months + months[::-1],
            y=[*high, *low[::-1]],
            fill="toself",
            line={"width": 0},
            name="5-95 %",
        )
    )
    figure.add_trace(Scatter(x=months, y=mid, line={"color": BLUE}, name="median"))
    rows = tuple((m, *(f"{x:.6g}" for x in r)) for m, *r in zip(months, low, mid, high))
    return Chart(
        "receipts_bands",
        "Receipts",
        figure,
        ("month", "5 %", "median", "95 %"),
        rows,
        "Receipts by month.",
    )


def waterfall(run: Run) -> Chart:
    parts = run.answer["by_channel"]
    names = [CHANNEL_WORDS[k] for k in parts]
    values = [100 * v["p50"] for v in parts.values()]
    figure = Figure(Waterfall(x=names, y=values))
    rows = tuple((n, *(f"{100 * v[k]:.1f}" for k in v)) for n, v in zip(names, parts.values()))
    return Chart(
        "waterfall", "Waterfall", figure, ("channel", "5 %", "median", "95 %"), rows, "Waterfall."
    )
