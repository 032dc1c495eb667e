"""Which charts a report shows of a run, and what it says of those it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.axes import BOUGHT, CHINA, RUSSIA, SOLD
from sim.experiment.claims import Claim
from sim.experiment.stored import AGAIN
from sim.sweep.analysis import Analysis
from sim.view.chart import Chart
from sim.view.chart_answer import claims_chart, waterfall
from sim.view.chart_bands import enforcement_bands, flow_bands, receipts_bands
from sim.view.chart_beside import answered, comparators_chart, scenarios_chart
from sim.view.chart_grids import break_even_chart, heat_map
from sim.view.chart_map import corridor_map
from sim.view.chart_sankey import flows_sankey
from sim.view.report_source import BreakEven, Run


def charts_of(run: Run) -> tuple[list[Chart], list[str]]:
    """Return the charts of a run, and a sentence for each that its files do not give."""
    stored = run.stored
    drawn: list[Callable[[], Chart]] = [
        *([lambda: waterfall(run.answer)] if run.answered else []),
        lambda: receipts_bands(stored),
        lambda: flow_bands(stored, CHINA, SOLD),
        lambda: flow_bands(stored, CHINA, BOUGHT),
        lambda: flow_bands(stored, RUSSIA, SOLD),
        lambda: flow_bands(stored, RUSSIA, BOUGHT),
        lambda: enforcement_bands(stored),
        lambda: flows_sankey(stored),
        lambda: corridor_map(stored),
        *([lambda: comparators_chart(run.answer)] if "comparators" in run.answer else []),
    ]
    missing = []
    if run.answered and "comparators" not in run.answer:
        missing.append(
            "Simpler answers beside this one are not shown: this run's answer.json was written "
            f"before divert worked them out; {AGAIN}."
        )
    return [draw() for draw in drawn], missing


def claims_chart_of(found: Sequence[Claim]) -> Chart | None:
    """Return the chart of the claims, None where there are none."""
    return claims_chart(list(found)) if found else None


def break_even_chart_of(found: BreakEven | None) -> Chart | None:
    """Return the chart of a break-even, None without one or without a loss."""
    return break_even_chart(found.surface) if found is not None and found.surface else None


def apart_chart_of(runs: Sequence[Run]) -> Chart:
    """Return loss and offset of runs side by side, each over the months of its own answer."""
    lines = [answered(run.stored.scenario.name, run.answer) for run in runs]
    return scenarios_chart(lines, ", each over its own months")


def sweep_charts_of(analysis: Analysis | None) -> list[Chart]:
    """Return the charts of a sweep: heat maps where two inputs vary."""
    found = None if analysis is None else heat_map(analysis)
    return [] if found is None else [found]
