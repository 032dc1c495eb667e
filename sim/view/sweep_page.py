"""The page of a sweep's analysis: one HTML file without scripts or requests, figures, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from sim import __version__
from sim.experiment.results import check_writable, whole_file
from sim.sweep.analysis import Analysis, analyse, tables, write_tables
from sim.sweep.analysis_effects import STRONGEST
from sim.view.drawing import png_of
from sim.view.page_html import (
    details,
    document,
    lead_and_rest,
    paragraph,
    picture,
    section,
    table,
    term,
)
from sim.view.sweep_facts import as_written, facts
from sim.view.sweep_figures import FIGURES
from sim.view.sweep_percent import in_percent, level_given
from sim.view.sweep_words import (
    OUTPUT_WORDS,
    amount,
    axis_words,
    input_words,
    limit_words,
    per_cent,
    sentences,
    summary,
    unit_words,
    value_words,
)

PAGE = "analysis.html"
LONGEST_TABLE = 120
"""Rows of a table that a page shows at once; a longer one is folded."""

Images = Mapping[str, bytes]
Words = Callable[[float], str]

SECTIONS = {
    "answer": "The answer",
    "inputs": "What each input does",
    "draws": "What the parameters of the draws do",
    "pairs": "Inputs in pairs",
    "sobol": "Sobol' indices",
    "morris": "Morris' screening",
    "tornado": "One at a time",
    "boxes": "When it exceeds the level",
    "enough": "Enough points, enough members?",
    "sweep": "The sweep",
}
"""Sections by id, in order; those there is nothing for are left out."""


def page(analysis: Analysis, images: Images) -> str:
    """Return the whole page; `images` are PNG files by the name of their figure."""
    made = {
        "answer": _answer(analysis),
        "inputs": _inputs(analysis, images),
        "draws": _draws(analysis, images),
        "pairs": _pairs(analysis, images),
        "sobol": _sobol(analysis, images),
        "morris": _morris(analysis, images),
        "tornado": _tornado(analysis, images),
        "boxes": _boxes(analysis, images),
        "enough": _enough(analysis, images),
        "sweep": _sweep(analysis),
    }
    made = {name: body for name, body in made.items() if body}
    sweep = analysis.results.sweep
    about = f"<p>{escape(sweep.description)}</p>" if sweep.description else ""
    what = (
        f"<p>What follows is about the {escape(OUTPUT_WORDS[analysis.results.output])}: column "
        f"{escape(axis_words(analysis))}.</p>"
    )
    return document(
        sweep.title or sweep.name,
        about + what,
        {name: SECTIONS[name] for name in made},
        "".join(section(name, SECTIONS[name], text) for name, text in made.items()),
    )


def _numbers(analysis: Analysis) -> Words:
    """Return what writes a value of the output as a number."""
    return lambda value: amount(value, analysis.results.unit)


def _figure(analysis: Analysis, images: Images, name: str, title: str, caption: str) -> str:
    """Return an embedded figure, nothing where it was not drawn."""
    if name not in images:
        return ""
    alt = f"{title}, {axis_words(analysis)}; its numbers are in {name_of_table(name)}."
    return picture(images[name], title, alt, caption)


def name_of_table(figure: str) -> str:
    """Return the file with the numbers of a figure."""
    names = {"response": "main_effects", "discovery": "boxes"}
    return f"{names.get(figure, figure)}.csv"


def _answer(analysis: Analysis) -> str:
    headings, rows = summary(analysis)
    return "".join((
        lead_and_rest(sentences(analysis)),
        term("Point:", "one setting of all inputs."),
        term("Member:", "one run at a point, with random numbers of its own and, where no input "
             "sets them, its own draw of the parameters. Members of the same number share their "
             "random numbers in every point."
             if not analysis.results.sweep.independent else
             "one run at a point, with random numbers of its own and, where no input sets them, "
             "its own draw of the parameters."),
        table("Inputs, what matters most first", headings, rows[:STRONGEST]),
    ))  # fmt: skip


def _left_out(analysis: Analysis) -> str:
    """Return how many inputs the figures leave out, nothing where they show all."""
    left = len(analysis.effects) - STRONGEST
    return f" The {STRONGEST} that matter most; {left} more are in the table." if left > 0 else ""


def _inputs(analysis: Analysis, images: Images) -> str:
    """Return the main effects."""
    number = _numbers(analysis)
    rows = [
        (input_words(e.given) if i == 0 else "", x.words, *map(number, (x.mean, x.p05, x.p50,
         x.p95)), f"{x.points:,}", f"{x.runs:,}")
        for e in analysis.effects
        for i, x in enumerate(e.levels)
    ]  # fmt: skip
    headings = ("input", "level", "mean", "5 %", "median", "95 %", "points", "runs")
    caption = f"Main effects: {axis_words(analysis)}, over all runs at each level"
    made = table(caption, headings, rows, (1,))
    return "".join((
        _figure(
            analysis, images, "response", "Response to each input",
            "The output at each level of an input, over members and all other inputs: the line is "
            "the median, the band holds nine of ten runs. Inputs of many values are cut into parts "
            f"with equally many points, at most ten.{_left_out(analysis)}",
        ),
        term("Share of the variance:", "how much of the variance of the points' means goes with "
             "the level of this input alone (the first-order effect). In a sample, what chance "
             "alone gives is taken off."),
        made if len(rows) <= LONGEST_TABLE else details(f"Main effects ({len(rows)} rows)", made),
    ))  # fmt: skip


def _draws(analysis: Analysis, images: Images) -> str:
    """Return the rank correlations of drawn parameters."""
    if not analysis.correlations:
        return ""
    rows = [
        (c.given.label, unit_words(c.given.unit_of_measure) or "–", f"{c.rank:+.2f}",
         f"{c.chance:.2g}")
        for c in analysis.correlations
    ]  # fmt: skip
    made = table("Rank correlations", ("parameter", "unit", "correlation", "p-value"), rows, (1,))
    return "".join((
        _figure(analysis, images, "rank_correlations", "Rank correlations",
                "Spearman's correlation of a parameter with the mean of its draw; inside the grey "
                "band it is no more than chance gives one time in twenty."),
        details(f"All {len(rows)} parameters", made),
    ))  # fmt: skip


def _pairs(analysis: Analysis, images: Images) -> str:
    """Return the heat maps."""
    if not analysis.maps:
        return ""
    return _figure(
        analysis, images, "heat_maps", "Heat maps",
        f"Median over members and the other inputs, by two inputs at a time: "
        f"{axis_words(analysis)}. All numbers are in heat_maps.csv.",
    )  # fmt: skip


def _sobol(analysis: Analysis, images: Images) -> str:
    found = analysis.indices
    if found is None or not found.sobol:
        return ""
    rows = [(r.parameter, f"{r.first:.3f}", f"{r.first_conf:.3f}", f"{r.total:.3f}",
             f"{r.total_conf:.3f}") for r in found.sobol]  # fmt: skip
    made = table("Sobol' indices", ("input", "first", "± 95 %", "total", "± 95 %"), rows)
    return "".join((
        _figure(analysis, images, "sobol", "Sobol' indices",
                "Shares of the variance of the points' means (Saltelli et al. 2010). With few "
                f"points an index may fall outside 0 to 1 by sampling alone.{_left_out(analysis)}"),
        made if len(rows) <= STRONGEST else details(f"All {len(rows)} inputs", made),
    ))  # fmt: skip


def _morris(analysis: Analysis, images: Images) -> str:
    found = analysis.indices
    if found is None or not found.morris:
        return ""
    number = _numbers(analysis)
    rows = [(r.parameter, number(r.mu_star), number(r.mu_star_conf), number(r.sigma),
             f"{number(r.mu)} (± {number(r.mu_error)})")
            for r in found.morris]  # fmt: skip
    made = table(f"Morris' measures: {axis_words(analysis)}",
                 ("input", "mu*", "± 95 %", "sigma", "mu (± standard error)"), rows)  # fmt: skip
    return "".join((
        _figure(analysis, images, "morris", "Morris' screening",
                "By how much the output changes when an input goes over its whole range: mean size "
                "(mu*) and standard deviation (sigma) over trajectories (Campolongo et al. 2007); "
                "mu is the mean with its sign. "
                "A sigma near mu* means that the effect depends on the other inputs, or bends."
                f"{_left_out(analysis)}"),
        made if len(rows) <= STRONGEST else details(f"All {len(rows)} inputs", made),
    ))  # fmt: skip


def _tornado(analysis: Analysis, images: Images) -> str:
    """Return the one-at-a-time effects."""
    found = analysis.tornado
    if found is None:
        return ""
    number = _numbers(analysis)
    rows = [
        (b.given.label, b.low_words, b.high_words, number(b.low), number(found.middle),
         number(b.high), f"{number(b.low_range[0])} to {number(b.low_range[1])}",
         f"{number(b.high_range[0])} to {number(b.high_range[1])}")
        for b in found.bars
    ]  # fmt: skip
    headings = ("input", "lowest", "highest", "at lowest", "in the middle", "at highest",
                "change at lowest, 5-95 % of members", "at highest")  # fmt: skip
    return "".join((
        _figure(analysis, images, "one_at_a_time", "One input at a time",
                "The output at the lowest and the highest level of one input while all others stay "
                f"in the middle, means over members.{_left_out(analysis)}"),
        table(f"One at a time: {axis_words(analysis)}", headings, rows),
    ))  # fmt: skip


def _boxes(analysis: Analysis, images: Images) -> str:
    """Return the boxes of scenario discovery, or why there are none."""
    found = analysis.discovery
    lead = paragraph(
        f"In the mean over members {found.exceeding:,} of {found.points:,} points exceed "
        f"{value_words(found.above, analysis.results.unit)}."
    )
    if not found.boxes:
        return lead + paragraph(f"There are no boxes: {found.missing}.")
    rows = [
        (str(i), per_cent(b.coverage), per_cent(b.density), f"{b.exceeding:,} of {b.points:,}",
         "; ".join(limit_words(x) for x in b.limits))
        for i, b in enumerate(found.boxes, 1)
    ]  # fmt: skip
    return "".join((
        lead,
        table("Boxes", ("box", "coverage", "density", "points", "limits"), rows, (4,)),
        term("Coverage", "is the share of all points above the level that lie in the box; density "
             "the share of the points in the box that are above it."),
        _figure(analysis, images, "discovery", "Scenario discovery",
                "The patient rule induction method (PRIM, Friedman and Fisher 1999) cuts the range "
                "of one input after another: each mark is a box on the way, and the one with the "
                "best of both is taken. Limits that chance gives as often as one time in twenty "
                "(Bryant and Lempert 2010) are dropped from it. Inputs of words are left out."),
    ))  # fmt: skip


def _enough(analysis: Analysis, images: Images) -> str:
    """Return whether the answer moves when the sweep doubles."""
    number = _numbers(analysis)
    rows = [
        (p.of, f"{p.count:,}", *(f"{number(v)} (± {number(e)})" if e == e else number(v)
                                 for v, e in zip(p.band, p.errors, strict=True)))
        for p in analysis.convergence
    ]  # fmt: skip
    spread, unit = analysis.spread, unit_words(analysis.results.unit)
    noise = [("between points", number(spread.points))]
    if spread.members is not None:
        noise.append(("between members of one point", number(spread.members)))
    if spread.seeds is not None:
        noise.append(("between members that differ by seed alone", number(spread.seeds)))
    return "".join((
        _figure(analysis, images, "convergence", "The answer from parts of the sweep",
                "Median, 5 and 95 % of all runs from an eighth, a quarter, half and all of the "
                "points, and of the members; whiskers: one standard error by bootstrap."),
        table(f"From parts of the sweep: {axis_words(analysis)} (± standard error)",
              ("of", "taken", "5 %", "median", "95 %"), rows),
        table(f"Where the spread comes from: standard deviation, {unit}", ("", ""), noise),
    ))  # fmt: skip


def _sweep(analysis: Analysis) -> str:
    """Return what was run, and how to make the page again."""
    results = analysis.results
    sweep = results.sweep
    rows = [(f.label, f.key, _range_words(f.model_dump(mode="json"))) for f in sweep.all_factors()]
    factors = table("Inputs", ("name", "key", "values"), rows, (1, 2)) if rows else ""
    files = ", ".join(f"{name}.csv" for name in tables(analysis))
    return "".join((
        table("What was run", ("", ""), facts(analysis), (1,)),
        factors if len(rows) <= STRONGEST else details(f"All {len(rows)} inputs", factors),
        paragraph(f"Beside this page: {files} (shares as fractions), and every figure as PNG."),
        paragraph(f"Made by divert {__version__}: divert sweep, then divert analyse --output "
                  f"{results.output} --above {level_given(analysis.above, results.unit):g}."),
    ))  # fmt: skip


def _range_words(factor: Mapping[str, object]) -> str:
    """Return what values a factor takes."""
    if factor["values"] is not None:
        return ", ".join(map(as_written, factor["values"]))  # type: ignore[call-overload]
    if factor["prior"]:
        return "its prior"
    if factor["low"] is None:
        return "as listed"
    return f"{factor['low']:g} to {factor['high']:g}{', in logs' if factor['log'] else ''}"


def write_analysis(
    folder: Path, out: Path | None = None, output: str | None = None, above: float | None = None
) -> tuple[Path, Analysis]:
    """Write tables, figures and page of a sweep's analysis; return the page and the analysis.

    Into `out`, or `analysis` in the sweep's folder; files of an earlier analysis there go. What is
    read has shares in percent, the tables keep them. Raises DivertError where there is nothing to
    analyse or the folder cannot be written.
    """
    found = analyse(folder, output, above)
    place = folder / "analysis" if out is None else out
    check_writable(place)
    write_tables(found, place)
    analysis = in_percent(found)
    images = {}
    for name, draw in FIGURES.items():
        figure, path = draw(analysis), place / f"{name}.png"
        if figure is None:
            path.unlink(missing_ok=True)
            continue
        images[name] = png_of(figure)
        with whole_file(path) as scratch:
            scratch.write_bytes(images[name])
    with whole_file(place / PAGE) as scratch:
        scratch.write_text(page(analysis, images), encoding="utf-8")
    return place / PAGE, analysis
