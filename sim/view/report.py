"""What `divert report` writes: one HTML file from finished folders, whole or not at all."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from html import escape
from pathlib import Path

from sim import __version__
from sim.errors import DivertError
from sim.experiment.claims import Claim, claims
from sim.experiment.compare import side_by_side
from sim.experiment.leftovers import settle
from sim.experiment.results import whole_file
from sim.experiment.stored import read_run
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.view import report_sections as made
from sim.view.chart_beside import compared_chart
from sim.view.evidence import SHIPPED
from sim.view.report_charts import (
    apart_chart_of,
    break_even_chart_of,
    charts_of,
    claims_chart_of,
    sweep_charts_of,
)
from sim.view.report_page import page
from sim.view.report_source import Sources, read_finished, read_sources


def write_report(wanted: Sequence[str], out: Path | None = None) -> Path:
    """Write the report of finished folders and return its path.

    Without `out` it is results/report-NAME.html, NAME the main run's scenario. Raises DivertError
    for folders that are no results, do not go together, or a file that cannot be written.
    """
    sources = read_sources(wanted)
    target = out or Path("results") / f"report-{sources.main.stored.scenario.name}.html"
    if target.is_dir():
        raise DivertError("found a folder; name a file with --out", file=target)
    text = report_text(sources, wanted, str(target))
    settle(target.parent)
    with whole_file(target) as scratch:
        scratch.write_text(text, encoding="utf-8")
    return target


def report_text(sources: Sources, wanted: Sequence[str], target: str) -> str:
    """Return the page of a report."""
    run = sources.main
    scenario = run.stored.scenario
    found, why_not = claims_of(sources)
    charts, missing = charts_of(run)
    question = str(run.answer.get("question") or scenario.title or scenario.name)
    lead = f"<p>Scenario {escape(scenario.name)}. {escape(scenario.description or '')}</p>"
    sections = {
        "answer": ("The answer", made.answer_section(run)),
        "rests": ("What it rests on, and what it cannot say", made.limits_section(run)),
        "charts": ("Charts", made.charts_section(charts, missing)),
        "claims": (
            "Claims of the news article",
            made.claims_section(found, claims_chart_of(found), why_not),
        ),
        "scenarios": ("Scenarios side by side", scenarios_section(sources)),
        "break-even": (
            "What Russia would have had to be",
            made.break_even_section(sources.break_even, break_even_chart_of(sources.break_even)),
        ),
        "sweep": ("The sweep", made.sweep_section(sources.sweep, sweep_charts_of(sources.sweep))),
        "evidence": ("How far the model can be believed", made.evidence_section(run, SHIPPED)),
        "assumptions": ("Assumptions and their sources", made.assumptions_section(run.stored)),
        "again": (
            "How to make it again",
            made.again_section(run, wanted[1:], command_of(sources, wanted, target), __version__),
        ),
    }
    return page(question, lead, sections)


def claims_of(sources: Sources) -> tuple[Sequence[Claim], str]:
    """Return the claims tested on the main run, else those of a claims folder, else why not."""
    try:
        return claims(sources.main.stored), ""
    except DivertError as error:
        why = str(error).removeprefix(f"{sources.main.stored.scenario.name}: ")
        return sources.claims, f"The claims were not tested on this run. divert {why}."


def scenarios_section(sources: Sources) -> str:
    """Return the runs side by side, nothing where there is one.

    Runs with different windows are not paired: each then has its own answer beside the main one.
    """
    if not sources.more:
        return ""
    more = [read_finished(folder) for folder in sources.more]
    if len({run.window for run in (sources.main, *more)}) > 1:
        runs = (sources.main, *more)
        return made.apart_section(runs, apart_chart_of(runs))
    folders = [str(sources.main.folder), *map(str, sources.more)]
    shown: Callable[[str], nullcontext[None]] = lambda label: nullcontext()  # noqa: E731
    done, _ = side_by_side(folders, {}, None, Path(), shown)
    return made.compared_section(done, compared_chart(done))


def command_of(sources: Sources, wanted: Sequence[str], target: str) -> str:
    """Return the commands that make runs, what is beside them and the page again, one a line."""
    runs = [sources.main.stored.scenario]
    runs += [read_run(folder).scenario for folder in sources.more]
    folders = [sources.main.folder, *sources.more]
    lines = [
        f"divert run {run_words(scenario)} --out {shlex.quote(str(folder.parent))}"
        for scenario, folder in zip(runs, folders, strict=True)
    ]
    if sources.claims:
        lines.append(f"divert claims {shlex.quote(str(sources.main.folder))}")
    if sources.break_even is not None:
        data = sources.break_even.data
        lines.append(
            f"divert break-even {data['scenario']} --members {data['members']} --seed "
            f"{data['seed']} --scale {data['firms_scale']:g}"
        )
    if sources.sweep is not None:
        lines.append(f"divert sweep {sources.sweep.results.sweep.name}")
    words = " ".join(map(shlex.quote, wanted))
    return "\n".join((*lines, f"divert report {words} --out {shlex.quote(target)}"))


def run_words(scenario: Scenario) -> str:
    """Return what `divert run` takes to make a scenario's run again.

    A shipped scenario with the options that give this one, else the name of a file of it.
    """
    options = {
        "--members": str(scenario.members),
        "--seed": str(scenario.seed),
        "--scale": f"{scenario.firms.scale:g}",
    }
    keys = dict(zip(("members", "seed", "firms.scale"), options.values(), strict=True))
    try:
        same = load_scenario(scenario.name, keys).digest() == scenario.digest()
    except DivertError:
        same = False
    if not same:
        return shlex.quote(f"{scenario.name}.yaml")
    return " ".join((scenario.name, *(f"{key} {value}" for key, value in options.items())))
