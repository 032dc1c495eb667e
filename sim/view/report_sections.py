"""The sections of a report, each as HTML from what the folders say."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from sim.axes import PARTNERS
from sim.data.terms import MARKS
from sim.experiment.answer import BAND, band_words, counted, money_words, share_words
from sim.experiment.arms import ARM_WORDS
from sim.experiment.break_even_words import LEVER_WORDS, number, spread
from sim.experiment.claim_words import number_words
from sim.experiment.claims import Claim
from sim.experiment.compare import Compared
from sim.experiment.compare_words import sentences as compared_words
from sim.experiment.paired import CHANCE, MUSD, Row
from sim.experiment.stored import AGAIN, StoredRun
from sim.parameters import all_parameters
from sim.scenario import Scenario
from sim.scenario_file import scenario_text
from sim.sweep.analysis import Analysis
from sim.view.chart import Chart
from sim.view.evidence_files import read_evidence
from sim.view.evidence_page import patterns_table, score_table
from sim.view.evidence_words import GOAL_HEADINGS, GOAL_WORDS, GOALS, ORIGIN_WORDS, goal_rows
from sim.view.evidence_words import answer as believed
from sim.view.number_words import median_words, unit_words
from sim.view.number_words import number as three_digits
from sim.view.page_html import details, lead_and_rest, paragraph, table, term
from sim.view.report_page import chart_block
from sim.view.report_source import BreakEven, Run
from sim.view.sweep_words import sentences as sweep_sentences
from sim.view.sweep_words import summary

LONGEST = 12
"""Rows of a sweep's table that are shown at once."""

ANSWER_HEADINGS = ("", "unit", "5 %", "median", "95 %")
CLAIM_HEADINGS = ("claim", "verdict", "said by", "its figure")
NUMBER_HEADINGS = ("claim", "from", "quantity", "value", "source")
NUMBERS_CAPTION = (
    "Numbers beside the claims: middle (low to high) and mark; model: median (5 to 95 %)"
)
CLAIMED = {"percent": "%", "musd per year": "million USD a year"}

SEEN = {"yes": "shown", "no": "kept back"}
"""What the fit was given of the record."""

ANSWER_ROWS = {
    "offset_ratio": "Offset, share of the loss",
    "autonomous": "of it: what Russia would have done anyway",
    "interaction": "of it: Russia's answer to China",
    "offset_without_arms": "Offset without arms",
    "welfare_offset": "Offset in goods the DPRK could still buy",
    "gross_offset": "Gross offset",
}


def answer_section(run: Run) -> str:
    """Return the answer in sentences, and its numbers in a table."""
    # The loss and the verdict on it: neither says enough alone.
    said = lead_and_rest([" ".join(run.sentences[:2]), *run.sentences[2:]])
    found = run.answer
    if not found.get("loss_significant"):
        return said
    caption = "The answer in numbers, over all draws"
    return said + table(caption, ANSWER_HEADINGS, answer_rows(found), (1,))


def answer_rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the numbers of an `answer.json` as rows: quantity, unit, 5 %, median, 95 %."""
    loss = ("Loss from China's restrictions", "million USD", *band_words(found["loss_musd"], 1, 0))
    shares = [
        (words, "%", *band_words(found.get(key), 100.0, 1)) for key, words in ANSWER_ROWS.items()
    ]
    return [loss, *shares]


def limits_section(run: Run) -> str:
    """Return what the answer rests on and what it cannot say."""
    lines = limits_words(run.stored.scenario, run.answer)
    return "".join(map(paragraph, lines))


def limits_words(scenario: Scenario, found: dict[str, Any]) -> tuple[str, ...]:
    """Return in paragraphs what an `answer.json` of a scenario rests on, and cannot say."""
    marks = [row.mark for row in all_parameters().values()]
    period, draws = scenario.period, found.get("draws", scenario.members)
    first, last = found["window"]
    return (
        f"It rests on a simulation: {counted(scenario.members, 'member')} "
        f"({counted(draws, 'draw')} of the parameters), seed {scenario.seed}, {period.first} to "
        f"{period.last}, the answer over {first} to {last}. {_arms(scenario.arms)}",
        f"Of {len(marks)} parameters {marks.count('C')} are judgement (mark C); their priors are "
        f"wide, and {_spread_of(draws)}.",
        "It cannot say what anyone intended, nor how far Russia would have gone: the most that "
        "Russia could trade is hardly told by the record. Trade that no source counts is in the "
        "model by estimate alone. A band covers what was drawn, not what the model leaves out.",
    )


def _arms(arms: Sequence[str]) -> str:
    """Return how the arms of a run differ."""
    if len(arms) == 1:
        return f"It was run in one arm: {ARM_WORDS[arms[0]]}."
    return (
        f"The same members were run in {len(arms)} arms that differ in nothing but "
        "whether China restricts and whether Russia may act."
    )


def _spread_of(draws: int) -> str:
    """Return what a number of the page stands for."""
    if draws == 1:
        return "one draw has no band: its numbers are one possibility"
    return "every number here is a median with the band that holds nine of ten draws"


def charts_section(charts: Sequence[Chart], missing: Sequence[str]) -> str:
    """Return the charts, and a sentence for each that cannot be drawn."""
    marks = term(
        "Band:",
        "the range in which nine of ten members lie (5 to 95 %); the line is the median. An arm is "
        "a run in which China restricts or does not, and Russia is free or held still; a click on "
        "its name in a legend shows or hides it.",
    )
    return "".join((marks, *map(chart_block, charts), *map(paragraph, missing)))


def claims_section(claims: Sequence[Claim], chart: Chart | None, why_not: str) -> str:
    """Return the claims of the article with what data and model say, or why there are none."""
    if not claims:
        return paragraph(why_not)
    rows, numbers = claim_rows(claims), claim_numbers(claims)
    rules = [(claim.id, claim.why) for claim in claims]
    return "".join((
        chart_block(chart) if chart else "",
        table("Claims of the news article of 2017", CLAIM_HEADINGS, rows, range(1, 4)),
        details("How each claim is judged", table("Rules", ("claim", "rule"), rules, (1,))),
        details(f"What data and model say of each ({len(numbers)} numbers)",
                table(NUMBERS_CAPTION, NUMBER_HEADINGS, numbers, range(1, 5))),
    ))  # fmt: skip


def claim_rows(claims: Sequence[Claim]) -> list[tuple[str, ...]]:
    """Return each claim with its verdict, who said it and the figure it names."""
    return [
        (
            f"{claim.id} {claim.claim}",
            claim.verdict + (" (an opinion)" if claim.opinion else ""),
            claim.said_by, _figure(claim),
        )
        for claim in claims
    ]  # fmt: skip


def claim_numbers(claims: Sequence[Claim]) -> list[tuple[str, ...]]:
    """Return every number that data and model have beside the claims."""
    return [
        (claim.id, side, n.words.strip(), number_words(n).removeprefix(f"{n.words.strip()}: "),
         n.source)
        for claim in claims
        for side, them in (("data", claim.data), ("model", claim.model))
        for n in them
    ]  # fmt: skip


def _figure(claim: Claim) -> str:
    """Return the figure that a claim names, with its unit."""
    unit = CLAIMED.get(claim.unit or "", claim.unit or "")
    return "–" if claim.figure is None else f"{claim.figure:,g} {unit}"


def apart_section(runs: Sequence[Run], chart: Chart) -> str:
    """Return the answers of runs whose windows differ, each by itself, with their chart."""
    rows = [
        (
            run.stored.scenario.name, " to ".join(run.window),
            money_words(run.answer.get("loss_musd")), share_words(run.answer.get("offset_ratio")),
            str(run.stored.members), str(run.stored.scenario.seed),
        )
        for run in runs
    ]  # fmt: skip
    headings = ("scenario", "months", "loss, median (5 to 95 %)", "offset, share of it", "members",
                "seed")  # fmt: skip
    return "".join((
        paragraph("Their months differ, so members are not paired: each answer is over its own."),
        chart_block(chart), table("The answer of each", headings, rows, (1, 2, 3)),
        *(paragraph(f"{run.stored.scenario.name}: {' '.join(run.sentences[:2])}") for run in runs),
    ))  # fmt: skip


def compared_section(done: Compared, chart: Chart) -> str:
    """Return scenarios side by side, member by member, with their chart."""
    first, last = done.window
    lead = (
        f"The same {counted(done.members, 'member')} ({counted(done.draws, 'draw')}) in "
        f"{len(done.labels)} scenarios, {first} to {last}. Differences are to "
        f"{done.labels[0]}, member by member."
    )
    parts = [paragraph(lead), *map(paragraph, compared_words(done)), chart_block(chart)]
    headings = ("quantity", "scenario", "unit", "5 %", "median", "95 %", "difference, 5 %",
                "difference, median", "difference, 95 %", "same sign, %")  # fmt: skip
    for i, group in enumerate(dict.fromkeys(row.group for row in done.rows)):
        here = [row for row in done.rows if row.group == group]
        rows = [
            _compared_row(row, done.labels[0])
            for quantity in dict.fromkeys(row.quantity for row in here)
            for row in here
            if row.quantity == quantity
        ]
        made = table(group, headings, rows, (1, 2))
        parts.append(made if i == 0 else details(group, made))
    terms = [(row["key"], *(row[label] for label in done.labels)) for row in done.terms]
    if terms:
        made = table(
            "Keys that differ", ("key", *done.labels), terms, range(1, len(done.labels) + 1)
        )
        parts.append(details(f"What differs in the scenarios ({len(terms)} keys)", made))
    return "".join(parts)


def _compared_row(row: Row, reference: str) -> tuple[str, ...]:
    """Return a quantity of a scenario as cells, shares and probabilities in percent."""
    scale, digits = (1.0, 1) if row.unit == MUSD else (100.0, 1)

    def cells(band: dict[str, float] | None) -> tuple[str, ...]:
        if row.unit == CHANCE and band is not None:
            return ("", f"{scale * band['p50']:.0f}", "")
        return band_words(band, scale, digits)

    change = ("", "", "") if row.scenario == reference else cells(row.difference)
    sign = "" if row.same_sign is None else f"{100.0 * row.same_sign:.0f}"
    unit = "million USD" if row.unit == MUSD else "%"
    return (row.quantity, row.scenario, unit, *cells(row.band), *change, sign)


OTHERS = " These are members of its own, so the loss differs a little from that of the run above."


def break_even_section(found: BreakEven | None, chart: Chart | None) -> str:
    """Return what Russia would have had to be, nothing without such a folder."""
    if found is None:
        return ""
    data = found.data
    first, last = data["window"]
    about = (
        f"Scenario {data['scenario']}, {first} to {last}, {data['members']} draws, seed "
        f"{data['seed']}, {data['firms_scale']:g} times the firms. Potentials and workers are "
        "judged (C); 'beyond' means not reached within the range searched."
    )
    rows = [
        (
            f"{100.0 * row['target']:.0f} %", LEVER_WORDS.get(row["lever"], row["lever"]),
            _setting(row), row["unit"], spread(row["value"], 2),
            spread(row["purchases_musd_a_year"], 0), number(row["workers"]["p50"], 0),
            f"{100.0 * row['share_never']:.0f}",
        )
        for row in data["answers"]
    ]  # fmt: skip
    headings = ("target", "lever", "setting", "unit", "value, median (5 to 95 %)",
                "purchases, million USD a year", "workers, median", "never, %")  # fmt: skip
    made = table("What each lever takes", headings, rows, (1, 2, 3)) if rows else ""
    return "".join((
        paragraph(about + OTHERS), *map(paragraph, data["sentences"]),
        chart_block(chart) if chart else "",
        details(f"What each lever takes ({len(rows)} rows)", made) if rows else "",
    ))  # fmt: skip


def _setting(row: dict[str, Any]) -> str:
    """Return the setting of law and openness in few words."""
    openness = "by its rule" if row["openness"] is None else f"{row['openness']:g}"
    return f"law {row['law']}, openness {openness}"


def sweep_section(analysis: Analysis | None, charts: Sequence[Chart]) -> str:
    """Return what a sweep says, nothing without one."""
    if analysis is None:
        return ""
    headings, rows = summary(analysis)
    sweep = analysis.results.sweep
    made = table("Inputs, what matters most first", headings, rows[:LONGEST])
    return "".join((
        paragraph(f"Sweep {sweep.name} of {sweep.scenario}: {len(analysis.results.values):,} "
                  f"points, {sweep.members} members at each, seed {sweep.seed}."),
        lead_and_rest(sweep_sentences(analysis)), made,
        *map(chart_block, charts),
    ))  # fmt: skip


def evidence_section(run: Run, shipped: Any) -> str:
    """Return how far the model can be believed, by the hold-out test of the shipped draws."""
    found = read_evidence(shipped)
    own = run.manifest.get("draws_sha256", "shipped")
    note = "" if own == "shipped" else paragraph(
        "This run has a file of draws of its own; the test below was made with the shipped ones."
    )  # fmt: skip
    return "".join((
        note, lead_and_rest(believed(found, found.goals)),
        table(GOALS, GOAL_HEADINGS, goal_rows(found.goals), GOAL_WORDS),
        *(term(f"Origin {name},", f"{words}.") for name, words in ORIGIN_WORDS.items()),
        details("Scores of the hold-out test",
                *(score_table(found.scores, origin) for origin in ORIGIN_WORDS)),
        _run_patterns(run), details("How closely the fit gives back each pattern",
                                    patterns_table(found)),
    ))  # fmt: skip


def _run_patterns(run: Run) -> str:
    """Return the run's own patterns beside the record."""
    _, *rows = run.patterns or ((),)
    if not rows:
        return ""
    headings = ("pattern", "unit", "5 %", "median", "95 %", "record, low", "high", "mark",
                "inside", "to the fit")  # fmt: skip
    cells = [
        (
            f"{row[0]} {row[1]}",
            unit_words(row[2]),
            *map(_written, row[3:8]),
            *row[8:10],
            SEEN.get(row[10], ""),
        )
        for row in rows
    ]
    return table("Patterns of the record in this run", headings, cells, (1, 7, 8, 9))


def _written(cell: str) -> str:
    """Return a number of a CSV file with few digits; an empty cell is a dash."""
    return three_digits(float(cell) if cell else None)


def assumptions_section(stored: StoredRun) -> str:
    """Return every parameter with prior, band of the run's draws, mark and source."""
    rows = []
    for row in all_parameters().values():
        drawn = stored.parameters.get(row.name)
        band = "–" if drawn is None else median_words(*map(float, np.quantile(drawn, BAND)))
        prior = median_words(row.low, row.central, row.high)
        rows.append((row.name, row.sentence, unit_words(row.unit), prior, band, row.mark,
                     row.source))  # fmt: skip
    headings = ("parameter", "meaning", "unit", "prior: central (low to high)",
                "drawn: median (5 to 95 %)", "mark", "source")  # fmt: skip
    counts = {m: sum(row[5] == m for row in rows) for m in MARKS}
    marks = [(mark, text, str(counts[mark])) for mark, text in MARKS.items()]
    return "".join((
        paragraph("Every number the model assumes: the prior, and the band of the draws that this "
                  "run used. Parameters of mark C are judgement."),
        table("Marks", ("mark", "meaning", "parameters"), marks, (1,)),
        '<p class="filter" hidden><label>Filter the table '
        '<input type="search" data-filter="parameters" aria-controls="parameters" '
        'placeholder="coal, Russia, judgement …"></label>'
        f'<output id="parameters-count">{len(rows)} of {len(rows)} shown</output></p>',
        f'<div id="parameters" class="tall">'
        f'{table("Parameters", headings, rows, (1, 2, 5, 6))}</div>',
    ))  # fmt: skip


def again_section(run: Run, more: Sequence[str], command: str, version: str) -> str:
    """Return scenario, seed, members, version and digests, the commands, and the licence."""
    scenario = run.stored.scenario
    facts = [*again_facts(scenario, run.manifest, version),
             ("shown beside it", ", ".join(more) or "nothing")]  # fmt: skip
    return "".join((
        table("What determines this run", ("", ""), facts, (1,)),
        paragraph("The commands that make it again:"),
        f'<pre tabindex="0"><code>{escape(command)}</code></pre>',
        details("The scenario with every key filled in, as a file",
                f'<pre tabindex="0"><code>{escape(scenario_text(scenario))}</code></pre>'),
        paragraph("divert is free software under the Apache License 2.0; the charts are drawn by "
                  "plotly.js (MIT licence), which is part of this file."),
    ))  # fmt: skip


def again_facts(scenario: Scenario, said: dict[str, Any], version: str) -> list[tuple[str, str]]:
    """Return what determines a run of a scenario, as its manifest `said`, with its digests."""
    firms = zip(PARTNERS, scenario.firms.counts(), strict=True)
    return [
        ("seed", str(scenario.seed)), ("members", str(scenario.members)),
        ("firms", ", ".join(f"{partner} {count:,}" for partner, count in firms)),
        ("version of divert", f"{said.get('divert', 'not said')} (this page: {version})"),
        ("digest of the code",
         str(said.get("code") or f"not said by this run's manifest: {AGAIN}")),
        ("digest of the scenario", str(said.get("scenario_digest", scenario.digest()))),
        ("draws of the parameters", str(said.get("draws_sha256", "not said"))),
        ("Python, NumPy", f"{said.get('python', '–')}, {said.get('numpy', '–')}"),
    ]  # fmt: skip
