"""Which charts a report shows of a run, and what it says of those it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.axes import ARMS, BOUGHT, CHINA, RUSSIA, SOLD
from sim.experiment.claims import Claim
from sim.experiment.stored import AGAIN
from sim.view.chart import Chart
from sim.view.chart_bands import enforcement_bands, flow_bands, receipts_bands
from sim.view.chart_map import corridor_map
from sim.view.chart_sankey import flows_sankey
from sim.view.report_source import Run


def charts_of(run: Run) -> tuple[list[Chart], list[str]]:
    """Return the charts of a run, and a sentence for each that its files do not give."""
    stored, answer = run.stored, run.answer
    drawn: list[Callable[[], Chart]] = [
        lambda: receipts_bands(stored),
        lambda: flow_bands(stored, CHINA, SOLD),
        lambda: flow_bands(stored, CHINA, BOUGHT),
        lambda: flow_bands(stored, RUSSIA, SOLD),
        lambda: flow_bands(stored, RUSSIA, BOUGHT),
        lambda: enforcement_bands(stored),
        lambda: flows_sankey(stored),
        lambda: corridor_map(stored),
    ]
    missing = []
    if set(ARMS) <= set(stored.arms) and "comparators" not in answer:
        missing.append(
            "Simpler answers beside this one are not shown: this run's answer.json was written "
            f"before divert worked them out; {AGAIN}."
        )
    return [draw() for draw in drawn], missing


def claims_chart_of(found: Sequence[Claim]) -> Chart | None:
    """Return the chart of the claims, None where there are none."""
    return None
