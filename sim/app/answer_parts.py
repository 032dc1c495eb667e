"""The parts of the page Answer, each a pure function of what is shown."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from sim.app.answer_shown import Shown
from sim.app.desk import Desk
from sim.app.links import explore_run
from sim.app.panel import panel
from sim.app.tables import coded, contents, folded, lead_and_rest, plain_table, section
from sim.errors import DivertError
from sim.experiment.answer import QUESTION
from sim.scenario_file import scenario_text
from sim.view.chart import Chart
from sim.view.chart_answer import claims_chart, waterfall
from sim.view.chart_beside import comparators_chart
from sim.view.chart_grids import break_even_chart
from sim.view.report_sections import (
    ANSWER_HEADINGS,
    CLAIM_HEADINGS,
    NUMBER_HEADINGS,
    NUMBERS_CAPTION,
    answer_rows,
    claim_numbers,
    claim_rows,
    limits_words,
)


def body(desk: Desk, found: Shown) -> list[Component]:
    """Return the answer and all that stands around it."""
    parts = [_answer(found), _limits(found)]
    if found.answered:
        parts += [_numbers(found), _simpler(found)]
    parts += [_claims(found), *_break_even(found), _again(desk, found)]
    first, *rest = parts
    question = found.scenario.question or QUESTION
    return [
        html.H1(question),
        html.P(coded(found.about), className="about"),
        first,
        contents(rest),
        *rest,
    ]


def _answer(found: Shown) -> Component:
    """Return the answer in sentences and one figure."""
    said = found.sentences
    # The loss and the verdict on it: neither says enough alone.
    lead = lead_and_rest([" ".join(said[:2]), *said[2:]])
    chart = [panel(waterfall(found.answer), "answer-waterfall")] if found.answered else []
    return section("answer-answer", "The answer", html.Div([html.Div(lead), *chart],
                   className="beside"))  # fmt: skip


def _limits(found: Shown) -> Component:
    """Return what the answer rests on and what it cannot say."""
    rests, marks, cannot = limits_words(found.scenario, found.answer)
    link = dcc.Link("How far the model can be believed", href="/evidence")
    return section(
        "answer-limits", "What it rests on, and what it cannot say", html.P(rests),
        html.P([marks, " ", link, "."]), html.P(cannot),
    )  # fmt: skip


def _numbers(found: Shown) -> Component:
    """Return the numbers of the answer as a table."""
    first, last = found.answer["window"]
    caption = f"The answer in numbers over all draws, {first} to {last}"
    return section(
        "answer-numbers", "The answer in numbers",
        plain_table(caption, ANSWER_HEADINGS, answer_rows(found.answer), (1,)),
    )  # fmt: skip


def _simpler(found: Shown) -> Component:
    """Return what simpler ways would have answered, or what to do to see it."""
    if "comparators" not in found.answer:
        shown: Component = html.P(
            "This run was written before divert worked them out: run the scenario again."
        )
    else:
        shown = panel(comparators_chart(found.answer), "answer-comparators")
    return section("answer-simpler", "What simpler ways would have answered", shown)


def _claims(found: Shown) -> Component:
    """Return the claims of the article with their verdicts, or why there are none."""
    heading = "Claims of the news article of 2017"
    if not found.claims:
        return section("answer-claims", heading, html.P(coded(found.why_no_claims)))
    numbers = claim_numbers(found.claims)
    rules = [(claim.id, claim.why) for claim in found.claims]
    return section(
        "answer-claims", heading,
        plain_table(heading, CLAIM_HEADINGS, claim_rows(found.claims), range(1, 4)),
        panel(claims_chart(list(found.claims)), "answer-claims-chart"),
        folded("How each claim is judged", plain_table("Rules", ("claim", "rule"), rules, (1,))),
        folded(f"What data and model say of each ({len(numbers)} numbers)",
               plain_table(NUMBERS_CAPTION, NUMBER_HEADINGS, numbers, range(1, 5))),
    )  # fmt: skip


def _break_even(found: Shown) -> list[Component]:
    """Return what it would have taken Russia to offset the loss, nothing without a result."""
    if not (found.surface or found.surface_words):
        return []
    charts: list[Chart] = [break_even_chart(found.surface)] if found.surface else []
    return [
        section("answer-break-even", "What Russia would have had to be",
                *(html.P(coded(words)) for words in found.surface_words),
                *(panel(chart, "answer-break-even-chart") for chart in charts))
    ]  # fmt: skip


def _again(desk: Desk, found: Shown) -> Component:
    """Return what determines the answer, the command that makes it again, and where to go on."""
    return section(
        "answer-again", "How to make it again",
        html.Pre(html.Code(found.command), tabIndex=0),
        plain_table("What determines this answer", ("", ""), list(found.facts), (1,)),
        html.Div([_explore(desk, found), _report(found)], className="onward"),
        folded("The scenario with every key filled in, as a file",
               html.Pre(html.Code(scenario_text(found.scenario)), tabIndex=0)),
    )  # fmt: skip


def _explore(desk: Desk, found: Shown) -> Component:
    """Return the link that opens the scenario in Explore, or why there is none."""
    try:
        return dcc.Link("Open this scenario in Explore", href=explore_run(desk, found.scenario))
    except DivertError as error:
        return html.P(coded(f"This scenario cannot be opened in Explore: {error}."))


def _report(found: Shown) -> Component:
    """Return the button that downloads the report, or how there comes to be one."""
    if found.folder is None:
        return html.P(coded("A report can be downloaded of a run that `divert run` wrote."))
    return html.Button("Download the report (HTML, one file)", id="answer-report", n_clicks=0)
