"""The parts of the page Sweep, each a pure function of an analysis."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from dash import dcc, html
from dash.development.base_component import Component

from sim.app.lists import native_list
from sim.app.panel import panel
from sim.app.sweep_points import Point, extremes, pair_name, point, setting_words
from sim.app.tables import coded, folded, lead_and_rest, plain_table, section, term
from sim.experiment.answer import BAND_NAMES, counted
from sim.sweep.analysis import Analysis
from sim.sweep.analysis_effects import STRONGEST
from sim.sweep.analysis_table import short
from sim.view.chart_grids import heat_map
from sim.view.chart_sweep import SWEEP_CHARTS, discovery_chart
from sim.view.sweep_facts import facts
from sim.view.sweep_percent import level_given
from sim.view.sweep_words import (
    DESIGN_WORDS,
    OUTPUT_WORDS,
    amount,
    axis_words,
    capital,
    sentences,
    subject,
    summary,
    value_words,
)

NO_PAIRS = (
    "Heat maps are drawn of sweeps that take every combination of levels of two inputs or more (a "
    "grid); this one is {kind}."
)
ASK = (
    "Click a cell of the heat map, or write the number of a point: what it sets and what came of "
    "it stands below, with a link that opens it in Explore."
)


def empty() -> list[Component]:
    """Return what is said where no sweep has been run."""
    return [
        html.P(
            "No finished sweep lies in the results folder. A sweep runs a scenario over many "
            "settings of its inputs and says what the answer hangs on. The smallest one that is "
            "shipped takes some seconds:",
            className="lead",
        ),
        html.Pre(html.Code("divert sweep quick"), tabIndex=0),
        html.P(coded("Then reload this page. `divert sweep --help` says more; a sweep that lies "
                     "elsewhere is shown by `divert view FOLDER`.")),
    ]  # fmt: skip


def choices(known: Sequence[str], sweep: str, analysis: Analysis | None) -> Component:
    """Return the lists to choose from: the sweep, and the output that all is about."""
    names = [(name, name) for name in known]
    if sweep not in known:
        names.append((sweep, f"{sweep[:60]} (not found)"))
    return html.Div(
        [
            native_list("sweep-pick", "Sweep", names, sweep),
            html.Div(outputs(analysis), id="sweep-outputs"),
        ],
        className="top",
    )


def outputs(analysis: Analysis | None) -> Component:
    """Return the list of the outputs that a sweep kept."""
    kept = analysis.results.sweep.outputs if analysis else ()
    entries = [(name, capital(OUTPUT_WORDS[name])) for name in kept]
    output = analysis.results.output if analysis else ""
    return native_list("sweep-output", "What it is about", entries, output)


def body(
    analysis: Analysis, folder: Path, pair: int, number: int | None, known: Sequence[str]
) -> list[Component]:
    """Return all that is said of a sweep: the answer, pairs, a point, each input, how it was run.

    `known` are the scenarios that Explore can open.
    """
    sweep = analysis.results.sweep
    about = [html.P(sweep.description, className="about")] if sweep.description else []
    charts = [chart for draw in SWEEP_CHARTS if (chart := draw(analysis)) is not None]
    headings, rows = summary(analysis)
    return [
        section("sweep-answer", sweep.title or sweep.name, *about,
                *lead_and_rest(sentences(analysis)),
                folded("Words used", *_terms(analysis))),
        section("sweep-pairs", "Inputs in pairs", *_pairs(analysis, pair)),
        section("sweep-a-point", "A point of it", html.P(ASK), _number(analysis, number),
                html.Div(point_parts(analysis, number, known), id="sweep-point", role="status"),
                _ends(analysis, known)),
        section("sweep-inputs", "What each input does",
                plain_table("Inputs, what matters most first", headings, rows[:STRONGEST]),
                *(panel(chart, f"sweep-{chart.name}") for chart in charts)),
        section("sweep-boxes", "When it is high", _above(analysis),
                html.Div(box_parts(analysis), id="sweep-box", role="status")),
        _again(analysis, folder),
    ]  # fmt: skip


def box_parts(analysis: Analysis) -> list[Component]:
    """Return the box of inputs in which the output exceeds the level, or why there is none."""
    chart, found = discovery_chart(analysis), analysis.discovery
    if chart is not None:
        return [panel(chart, "sweep-discovery")]
    level = value_words(analysis.above, analysis.results.unit)
    return [html.P(coded(f"Where {subject(analysis)} exceeds {level} cannot be said in boxes: "
                         f"{found.missing}."))]  # fmt: skip


def _above(analysis: Analysis) -> Component:
    """Return the box for the level that counts as high."""
    label = f"Level that counts: {axis_words(analysis)}"
    level = dcc.Input(id="sweep-above", type="number", step="any", debounce=True,
                      value=float(f"{analysis.above:.6g}"))  # fmt: skip
    return html.Div([html.Label(label, htmlFor="sweep-above"), level], className="pick")


def _terms(analysis: Analysis) -> list[Component]:
    """Return what the words of a sweep mean."""
    return [
        term("Point:", "one setting of all inputs."),
        term("Member:", "one run at a point, with random numbers of its own; members of the same "
             "number share theirs in every point."),
        term("Band:", "the range in which nine of ten runs lie (5 to 95 %)."),
    ]  # fmt: skip


def _pairs(analysis: Analysis, pair: int) -> list[Component]:
    """Return the heat map of a pair and the list of pairs, or why there is none."""
    chart = heat_map(analysis, pair)
    if chart is None:
        design = analysis.results.sweep.design.kind
        why = NO_PAIRS.format(kind=DESIGN_WORDS.get(design, design))
        nothing = dcc.Store(id="sweep-pair-pick", data="")
        return [nothing, html.Div(html.P(why), id="sweep-pair-box")]
    names = [pair_name(one) for one in analysis.maps]
    words = [f"{one.row.label} by {one.column.label}" for one in analysis.maps]
    entries = list(zip(names, words, strict=True))
    return [
        native_list("sweep-pair-pick", "Pair shown", entries, names[pair]),
        html.Div(panel(chart, "sweep-pair"), id="sweep-pair-box"),
    ]


def _number(analysis: Analysis, number: int | None) -> Component:
    """Return the box for the number of a point."""
    most = len(analysis.results.values)
    return html.Div(
        [
            html.Label(f"Point, 1 to {most:,}", htmlFor="sweep-number"),
            dcc.Input(id="sweep-number", type="number", min=1, max=most, step=1, value=number,
                      debounce=True),
        ],
        className="pick",
    )  # fmt: skip


def point_parts(analysis: Analysis, number: int | None, known: Sequence[str]) -> list[Component]:
    """Return what a point sets, what came of it and its link, nothing without a number."""
    if number is None:
        return []
    found = point(analysis.results, number, known)
    onward = (
        dcc.Link("Open this point in Explore", href=found.href, id="sweep-open")
        if found.href else html.P(coded(found.why_not))
    )  # fmt: skip
    return [
        html.P([html.Strong(f"Point {number}. "), _came_of(analysis, found)]),
        onward,
        plain_table(f"What point {number} sets", ("key", "value"),
                    setting_words(found.settings), (1,)),
    ]  # fmt: skip


def _came_of(analysis: Analysis, found: Point) -> str:
    """Return the output of a point in words."""
    name = f"{capital(subject(analysis))}, {axis_words(analysis).partition(', ')[2]}"
    if found.band is None:
        return f"{name}: no run of it has a value."
    unit = analysis.results.unit
    low, middle, high = (amount(found.band[level], unit) for level in BAND_NAMES)
    return f"{name}: {middle} ({low} to {high}), {counted(found.members, 'member')}."


def _ends(analysis: Analysis, known: Sequence[str]) -> Component:
    """Return the points with the most and with the least, each a link into Explore."""
    results = analysis.results
    most, least = extremes(results)
    rows, links = [], {}
    for which, numbers in (("most", most), ("least", least)):
        for n in numbers:
            inputs = (f"{given.label} {_level(given.values[n - 1], given.words)}"
                      for given in results.inputs)  # fmt: skip
            mean = amount(float(results.means[n - 1]), results.unit)
            rows.append((f"Point {n}", which, mean, "; ".join(inputs)))
            links[f"Point {n}", 0] = point(results, n, known).href
    headings = ("opened in Explore", "among the", f"mean of {axis_words(analysis)}", "inputs")
    return plain_table("Points with the most and with the least", headings, rows, (1, 3),
                       links={place: href for place, href in links.items() if href})  # fmt: skip


def _level(value: float, words: Sequence[str]) -> str:
    """Return the level of an input at a point."""
    return words[int(value)] if words else short(float(value))


def _again(analysis: Analysis, folder: Path) -> Component:
    """Return what was run, and the commands that make it again."""
    results = analysis.results
    sweep = results.sweep
    place = shlex.quote(str(folder))
    commands = (
        f"divert sweep {sweep.name} --out {shlex.quote(str(folder.parent))}\n"
        f"divert analyse {place} --output {results.output} "
        f"--above {level_given(analysis.above, results.unit):g}"
    )
    return section(
        "sweep-again", "How to make it again", html.Pre(html.Code(commands), tabIndex=0),
        plain_table("What was run", ("", ""), facts(analysis), (1,)),
    )  # fmt: skip
