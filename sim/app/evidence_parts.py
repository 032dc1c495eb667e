"""The parts of the page Evidence: what the model was tested on, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from dash import html
from dash.development.base_component import Component

from sim.app.desk import Desk
from sim.app.panel import panel
from sim.app.tables import folded, lead_and_rest, plain_table, section, term
from sim.axes import BOUGHT, CHINA, RUSSIA, SOLD
from sim.calibration.validate import notice_words
from sim.experiment.answer import counted
from sim.view.chart import Chart
from sim.view.chart_bands import flow_bands
from sim.view.chart_evidence import prior_posterior_chart, sensitivity_charts
from sim.view.chart_holdout import CHINA_MONTHS, RUSSIA_QUARTERS, holdout_chart, scores_chart
from sim.view.evidence import SHIPPED
from sim.view.evidence_figures_fit import OVER_WORDS
from sim.view.evidence_files import read_evidence
from sim.view.evidence_rows import Evidence
from sim.view.evidence_words import (
    GOAL_HEADINGS,
    GOAL_WORDS,
    GOALS,
    ORIGIN_WORDS,
    SCORE_HEADINGS,
    TERMS,
    answer,
    by_group,
    coverage_words,
    goal_rows,
    moved,
    score_caption,
    score_rows,
    sensitivity_words,
    stability_words,
)

FLOWS = ((CHINA, SOLD), (CHINA, BOUGHT), (RUSSIA, SOLD), (RUSSIA, BOUGHT))
NO_RUN = (
    "No finished run lies in the results folder: `divert run historical` makes one, and its months "
    "then stand here beside customs. What the model forecast of months it had not seen stands "
    "below in any case."
)


@lru_cache(maxsize=1)
def evidence() -> Evidence:
    """Return the evidence that comes with the project."""
    return read_evidence(SHIPPED)


def believed() -> Component:
    """Return how far the model can be believed, and the goals of the hold-out test."""
    found = evidence()
    return section(
        "evidence-believed", "In short",
        *lead_and_rest(answer(found, found.goals)),
        folded("Words used", *(term(name, text) for name, text in TERMS.items())),
        plain_table(GOALS, GOAL_HEADINGS, goal_rows(found.goals), GOAL_WORDS),
    )  # fmt: skip


def flows(desk: Desk, label: str) -> list[Component]:
    """Return a run against customs by month; raises DivertError for a label that is none."""
    run = desk.run(label)
    charts = [flow_bands(run, partner, direction) for partner, direction in FLOWS]
    note = (
        f"Run {label}: {counted(run.members, 'member')}, seed {run.scenario.seed}, "
        f"{run.months[0]} to {run.months[-1]}. Bands of the arms, what customs would book of it "
        "in the model, and dots of what they did book; a click on a name in a legend shows or "
        "hides it."
    )
    return [html.P(note), *(panel(chart, f"evidence-{chart.name}") for chart in charts)]


def holdout() -> Component:
    """Return forecasts of months that the fit had not seen, and their scores."""
    found = evidence()
    charts = [holdout_chart(found, CHINA_MONTHS), holdout_chart(found, RUSSIA_QUARTERS),
              scores_chart(found)]  # fmt: skip
    tables = [
        plain_table(score_caption(origin), SCORE_HEADINGS, rows, (1,))
        for origin in ORIGIN_WORDS
        if (rows := score_rows(found.scores, origin))
    ]
    return section(
        "evidence-holdout", "Months kept from the fit",
        html.P("The model was fitted twice to the past alone, on the figures public by then, and "
               "run on. The months were kept from the fit, not from those who wrote the rules and "
               "chose the priors: they knew what had happened."),
        *_panels(charts), *map(html.P, coverage_words(found) + notice_words(found.scores)),
        folded("Scores in numbers", *tables),
    )  # fmt: skip


def _panels(charts: Sequence[Chart | None]) -> list[Component]:
    """Return the charts that there is something for."""
    return [panel(chart, f"evidence-{chart.name}") for chart in charts if chart is not None]


def learned() -> Component:
    """Return what the data said of the parameters, and what the answer hangs on."""
    found = evidence()
    groups = ("group", "parameters", "narrowed by more than a fifth", "median spread left")
    hangs: list[Component] = []
    for one in found.sensitivity:
        over = OVER_WORDS.get(one.run.over, one.run.over)
        hangs.append(html.H3(f"What the offset hangs on, {over}"))
        hangs += [*map(html.P, sensitivity_words(one)), *_panels(sensitivity_charts(one))]
    return section(
        "evidence-learned", "What the data said, and what the offset hangs on",
        *map(html.P, moved(found)), *_panels([prior_posterior_chart(found)]),
        folded("By group of parameters",
               plain_table("What the data said, by group", groups, by_group(found.posterior))),
        *hangs,
        *map(html.P, stability_words(found)),
    )  # fmt: skip
