"""The page of evidence: one HTML file without scripts or requests, from rows to text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from sim import __version__
from sim.calibration.kernel import REPRODUCED
from sim.calibration.validate import notice_words
from sim.data.terms import MARKS
from sim.parameters import Parameter, all_parameters
from sim.view.evidence_figures_fit import OVER_WORDS, moved_most, name_words, strongest
from sim.view.evidence_files import WRITTEN_BY
from sim.view.evidence_rows import Effect, Evidence, Forecast, Goal, Posterior, Score
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
    figure_words,
    goal_rows,
    moved,
    score_caption,
    score_rows,
    sensitivity_words,
    stability_words,
)
from sim.view.number_words import median_words, number, points, unit_words
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

TITLE = "How far can the model be believed?"
MOST_ROWS = 20
"""Rows of a table of what counts most; the whole list follows in the table of parameters."""

SECTIONS = {
    "answer": "The answer",
    "holdout": "Months the fit had not seen",
    "moved": "What the data moved, and what they did not",
    "trade-offs": "Parameters that trade off",
    "patterns": "Patterns of the record",
    "sensitivity": "What the offset hangs on",
    "stability": "Enough draws?",
    "provenance": "Where the numbers come from",
    "again": "How to make this page again",
}
"""Sections by id, in order."""

Images = Mapping[str, bytes]


def figure(evidence: Evidence, images: Images, name: str, caption: str) -> str:
    """Return an embedded figure with what it shows in words, nothing where it was not drawn."""
    if name not in images:
        return ""
    return picture(images[name], name_words(name), figure_words(evidence, name), caption)


def under(name: str, *parts: str) -> str:
    """Return the section of an id under its heading."""
    return section(name, SECTIONS[name], "".join(parts))


def absent(file: str, what: str) -> str:
    """Return the sentence that stands for an optional part that is not there."""
    return paragraph(f"Not made yet: `{WRITTEN_BY[file]}` writes {file}, which shows {what}.")


def answer_section(evidence: Evidence, found: Sequence[Goal]) -> str:
    """Return the answer in sentences and the goals in a table."""
    known = {f"Origin {score.origin}," for score in evidence.scores}
    return under(
        "answer",
        lead_and_rest(answer(evidence, found)),
        *(term(name, text) for name, text in TERMS.items()
          if name in known or not name.startswith("Origin")),
        table(GOALS, GOAL_HEADINGS, goal_rows(found), GOAL_WORDS),
    )  # fmt: skip


def score_table(scores: Sequence[Score], origin: str) -> str:
    """Return the scores from one origin."""
    rows = score_rows(scores, origin)
    return table(score_caption(origin), SCORE_HEADINGS, rows, (1,)) if rows else ""


def _forecast_row(row: Forecast, words: Mapping[str, str]) -> tuple[str, ...]:
    """Return one forecast as cells."""
    when = row.first if row.first == row.last else f"{row.first} to {row.last}"
    return (
        words.get(row.series, row.series), when, row.origin, unit_words(row.unit),
        number(row.observed), row.mark, number(row.p05), number(row.p50), number(row.p95),
        "yes" if row.inside else "no",
        number(row.last_value), number(row.same_month), number(row.static),
    )  # fmt: skip


def holdout_section(evidence: Evidence, images: Images) -> str:
    """Return the hold-out figures, the scores under them, and every forecast on demand."""
    words = {score.series: score.words for score in evidence.scores}
    unseen = [_forecast_row(row, words) for row in evidence.forecasts if not row.seen]
    headings = ("series", "months", "origin", "unit", "observed", "mark", "5 %", "median", "95 %",
                "inside", "last value", "last such month", "static model")  # fmt: skip
    return under(
        "holdout",
        paragraph(
            "The model was fitted twice to the past alone, on the figures public by then, and then "
            "run on. World prices stay as they last were; measures, tests, summits, US pressure "
            "and borders go on as they became known; each partner's enforcement follows its rule. "
            "The months were kept from the fit, not from those who wrote the rules and chose the "
            "priors: they knew what had happened."
        ),
        term("Static model:", "the textbook alternative, in which buyers turn to other origins by "
             "fixed elasticities (CES) and firms, enforcement and evasion do not react."),
        figure(evidence, images, "holdout_china",
               "China by month. Bar: the model's band, line across: its median, dot: observed. "
               "Lines upright: where the fit's knowledge ends. A dotted frame is the mean of "
               "months whose sum alone is known."),
        figure(evidence, images, "holdout_scores",
               "The model's CRPS over that of each simpler rule; below 1 the model is closer."),
        figure(evidence, images, "russia_quarters",
               "Russia by quarter; a half-year is drawn as the mean of its two quarters."),
        *(score_table(evidence.scores, origin) for origin in ORIGIN_WORDS),
        *(paragraph(line) for line in coverage_words(evidence) + notice_words(evidence.scores)),
        details(f"Every forecast ({len(unseen)} figures)",
                table("Figures the fit had not seen", headings, unseen, (1, 2, 3, 5, 9))),
    )  # fmt: skip


def moved_section(evidence: Evidence, images: Images) -> str:
    """Return what the data moved, by parameter and by group, and how the fit went."""
    known = all_parameters()
    rows = [
        (
            name_words(row.parameter), _sentence(known, row), unit_words(row.unit),
            median_words(row.prior_p05, row.prior_p50, row.prior_p95),
            median_words(row.p05, row.p50, row.p95), f"{row.spread_ratio:.2f}", f"{row.shift:+.2f}",
            row.mark,
        )
        for row in moved_most(evidence.posterior)[:MOST_ROWS]
    ]  # fmt: skip
    return under(
        "moved",
        term("Prior:", "what was held possible of a parameter before the fit, from sources or "
             "judgement."),
        term("Posterior:", "what the fit leaves of it, the values with which the model gives "
             "back the record."),
        term("Spread left:", "the spread of the posterior over that of the prior; 1 means that the "
             "data said nothing."),
        *(paragraph(line) for line in moved(evidence)),
        figure(evidence, images, "identifiability",
               "Each mark is a parameter. On the line at 1 the data say nothing of it; what the "
               "model then says through it is its prior."),
        table("What the data said, by group of parameters",
              ("group", "parameters", "narrowed by more than a fifth", "median spread left"),
              by_group(evidence.posterior)),
        figure(evidence, images, "prior_posterior",
               "Grey: before the data; blue: after. The numbers are median and band after."),
        table(f"The {len(rows)} parameters that the data moved most, median (5 to 95 %); shift of "
              "the mean in standard deviations of the prior; mark A official, B estimate, C "
              "judgement",
              ("parameter", "meaning", "unit", "prior", "posterior", "spread left", "shift",
               "mark"), rows, (1, 2, 7)),
        fit_details(evidence),
    )  # fmt: skip


def fit_details(evidence: Evidence) -> str:
    """Return how the fit went, step by step."""
    run = evidence.calibration
    public = "" if run.as_of.startswith("9999") else f", public by {run.as_of}"
    speed = "" if run.runs_per_second is None else f" ({number(run.runs_per_second)} a second)"
    words = (
        f"{run.particles} draws kept, {run.runs:,} runs{speed}, seed {run.seed}, firms at "
        f"{run.firms_scale:g} of their number, figures to {run.until}{public}."
    )
    rows = [
        (f"{step.power:.4g}", points(step.acceptance, 0), *map(number, step.log_kernel),
         f"{step.runs:,}") for step in run.steps
    ]  # fmt: skip
    headings = ("weight of the record", "moves accepted, %", "log kernel, 5 %", "median", "95 %",
                "runs so far")  # fmt: skip
    caption = "From the prior (weight 0) to the whole weight of the record (1)"
    return details("How the fit went", paragraph(words), table(caption, headings, rows))


def _sentence(known: Mapping[str, Parameter], row: Posterior) -> str:
    """Return what a parameter means."""
    return known[row.parameter].sentence if row.parameter in known else "not in this version"


def trade_offs_section(evidence: Evidence, images: Images) -> str:
    """Return the pairs that the data cannot tell apart."""
    if not evidence.pairs:
        return under("trade-offs", paragraph("No pair of parameters stands out from noise."))
    rows = [
        (f"{name_words(pair.first)} and {name_words(pair.second)}", f"{pair.correlation:+.2f}")
        for pair in sorted(evidence.pairs, key=lambda pair: -abs(pair.correlation))
    ]
    return under(
        "trade-offs",
        paragraph(
            "The record often fixes a mixture of two parameters and not each alone. Where "
            "the correlation is near 1 or -1, one may be wrong if the other makes up for it: do "
            "not read either by itself."
        ),
        figure(evidence, images, "trade_offs", "The strongest pairs in the posterior."),
        details(f"All {len(rows)} pairs",
                table("Pairs that go together", ("pair", "correlation"), rows)),
    )  # fmt: skip


def patterns_table(evidence: Evidence) -> str:
    """Return how closely the fit gives back each pattern, as a table."""
    rows = [
        (f"{row.pattern} {row.words}", str(row.figures), number(row.distance_p50),
         points(row.share_reproduced, 0), "yes" if row.distance_p50 <= REPRODUCED else "no")
        for row in evidence.patterns
    ]  # fmt: skip
    headings = ("pattern", "figures", "miss of the median draw, declared errors",
                "draws that reproduce it, %", "reproduced")  # fmt: skip
    return table("Patterns", headings, rows, (4,))


def patterns_section(evidence: Evidence, images: Images) -> str:
    """Return how closely the fit gives back each pattern."""
    return under(
        "patterns",
        paragraph(
            "These are figures the fit was shown: agreement here is fit, not forecast. A miss is "
            "measured in declared errors, the error a right model may make in a series; a draw "
            f"reproduces a pattern whose misses are at most {REPRODUCED:g} of them (root mean "
            "square)."
        ),
        figure(evidence, images, "patterns", "Left: shorter is better; right: longer is better."),
        patterns_table(evidence),
    )


def _effect_table(effects: Sequence[Effect], method: str, over: str) -> str:
    """Return the strongest effects by one method."""
    rows = strongest(effects, method)[:MOST_ROWS]
    if not rows:
        return ""
    over = OVER_WORDS.get(over, over)
    if method == "morris":
        cells = [
            (name_words(r.parameter), points(r.mu_star, 2), points(r.mu_star_conf, 2),
             points(r.sigma, 2)) for r in rows
        ]  # fmt: skip
        headings = ("parameter", "mean size", "± (95 %)", "spread of the change")
        return table(f"Morris {over}: change of the offset, % of the loss", headings, cells)
    shares = [
        (name_words(r.parameter), points(r.first), points(r.first_conf), points(r.total),
         points(r.total_conf)) for r in rows
    ]  # fmt: skip
    columns = ("parameter", "alone", "± (95 %)", "with interactions", "± (95 %)")
    return table(f"Sobol' {over}: share of the answer's variance, %", columns, shares)


def sensitivity_section(evidence: Evidence, images: Images) -> str:
    """Return what the offset hangs on, with seed noise beside it."""
    if not evidence.sensitivity:
        what = "which parameters the offset hangs on and how much of it is chance"
        return under("sensitivity", absent("sensitivity.csv", what))
    parts = []
    for one in evidence.sensitivity:
        over = OVER_WORDS.get(one.run.over, one.run.over)
        parts.append(f"<h3>{escape(over[:1].upper() + over[1:])}</h3>")
        parts += [paragraph(line) for line in sensitivity_words(one)]
        parts += [_effect_table(one.effects, m, one.run.over) for m in ("morris", "sobol")]
    return under(
        "sensitivity",
        term("Offset:", "the share of the DPRK's loss from China's restrictions that Russia made "
             "good."),
        term("Morris:", "moves one parameter at a time through its range and takes the mean size "
             "of the change; a wide spread of the change means that it hangs on the others."),
        term("Sobol':", "splits the variance of the answer, for the parameters that count most by "
             "Morris, into what each explains alone and with all it interacts with."),
        term("Over the calibrated draws", "each parameter moves within what the fit left of it, by "
             "itself: pairs that trade off are taken apart."),
        figure(evidence, images, "sensitivity",
               "Bars with their 95 % intervals. What lies left of the dashed line moves the offset "
               "less than another seed would."),
        *parts,
    )  # fmt: skip


def stability_section(evidence: Evidence, images: Images) -> str:
    """Return the answer against the number of draws."""
    if not evidence.stability:
        return under("stability", absent("stability.csv", "whether the draws are enough"))
    rows = [
        (str(row.draws), points(row.offset_p05), points(row.offset_p50), points(row.offset_p95),
         points(row.offset_p50_se, 2), number(row.loss_p50))
        for row in sorted(evidence.stability, key=lambda row: row.draws)
    ]  # fmt: skip
    return under(
        "stability",
        *(paragraph(line) for line in stability_words(evidence)),
        figure(evidence, images, "stability", "The answer should not move as draws are added."),
        table("The answer by number of draws; offset in % of the loss",
              ("draws", "offset, 5 %", "median", "95 %", "standard error of the median",
               "median loss, million USD"), rows),
    )  # fmt: skip


def provenance_section(evidence: Evidence) -> str:
    """Return how many numbers bear which mark, and every parameter with its source."""
    known = all_parameters()
    used = Counter(row.mark for row in evidence.posterior)
    seen = {(row.series, row.first, row.last): row.mark for row in evidence.forecasts}
    figures = Counter(seen.values())
    marks = [(m, text, str(used[m]), str(figures[m])) for m, text in MARKS.items()]
    rows = [
        (
            row.parameter, _sentence(known, row), unit_words(row.unit),
            median_words(row.prior_p05, row.prior_p50, row.prior_p95),
            median_words(row.p05, row.p50, row.p95), f"{row.spread_ratio:.2f}", row.mark,
            known[row.parameter].source if row.parameter in known else "not in this version",
        )
        for row in evidence.posterior
    ]  # fmt: skip
    headings = ("parameter", "meaning", "unit", "prior", "posterior", "spread left", "mark",
                "source")  # fmt: skip
    judged = f"{used['C']} of {len(evidence.posterior)} parameters are judgement (mark C)"
    return under(
        "provenance",
        paragraph(f"{judged}: their priors are wide and swept, and the sections above say "
                  "which of them the record narrowed."),
        table("Marks", ("mark", "meaning", "parameters", "observed figures"), marks, (1,)),
        details(f"Every parameter with its source ({len(rows)})",
                table("Parameters, median (5 to 95 %)", headings, rows, (1, 2, 6, 7))),
    )  # fmt: skip


def again_section(evidence: Evidence) -> str:
    """Return the commands that make the page."""
    verbs = [*dict.fromkeys(WRITTEN_BY.values()), "divert evidence"]
    seed = evidence.calibration.seed
    return under(
        "again",
        f'<pre tabindex="0"><code>{escape(chr(10).join(verbs))}</code></pre>',
        paragraph(f"Made by divert {__version__} from a fit with seed {seed}. `divert explain` "
                  "prints every parameter, `--help` after a verb its options."),
    )  # fmt: skip


def page(evidence: Evidence, found: Sequence[Goal], images: Images) -> str:
    """Return the whole page; `images` are PNG files by the name of their figure."""
    parts = (
        answer_section(evidence, found),
        holdout_section(evidence, images),
        moved_section(evidence, images),
        trade_offs_section(evidence, images),
        patterns_section(evidence, images),
        sensitivity_section(evidence, images),
        stability_section(evidence, images),
        provenance_section(evidence),
        again_section(evidence),
    )
    about = paragraph(
        "divert simulates trade diversion under sanctions: when China restricts trade with the "
        "DPRK, does Russian trade offset it? This page shows how well it did on figures it had "
        "not seen, what the data say of its parameters, and where each number comes from."
    )
    return document(TITLE, about, SECTIONS, "".join(parts))
