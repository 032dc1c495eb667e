"""What the analysis of a sweep says in sentences."""

from __future__ import annotations

import math

from sim.sweep.analysis import Analysis
from sim.sweep.analysis_converge import Of, Part
from sim.sweep.analysis_effects import Effect, Level
from sim.sweep.analysis_indices import Screened
from sim.sweep.analysis_table import Input, short
from sim.sweep.discovery import Box, Limit
from sim.view.number_words import number
from sim.view.sweep_percent import is_percent

OUTPUT_WORDS = {
    "loss": "loss from China's restrictions",
    "offset": "offset",
    "autonomous": "part of the offset that would be there without China's restrictions",
    "interaction": "part of the offset that answers to China's restrictions",
    "offset_without_arms": "offset without arms",
    "gross": "gross offset",
    "welfare": "welfare offset",
    "same_good": "offset through goods that China had cut",
    "other_goods": "offset through other goods",
    "labour": "offset through labour",
    "arms_and_fees": "offset through arms and port fees",
    "receipts": "DPRK's receipts",
    "china_imports": "value of China's recorded imports",
    "china_exports": "value of China's recorded exports",
    "russia_imports": "value of Russia's recorded imports",
    "russia_exports": "value of Russia's recorded exports",
    "illicit_coal": "value of coal sold illegally",
    "enforcement_china": "level of China's enforcement",
    "enforcement_russia": "level of Russia's enforcement",
    "support_russia": "level of Russia's support",
    "workers_russia": "number of DPRK workers in Russia",
}
"""Every output as a sentence names it, after `the`."""

DESIGN_WORDS = {
    "grid": "every combination of the levels",
    "list": "the points of a list",
    "one_at_a_time": "each level of each input with all others in the middle",
    "latin": "a Latin hypercube sample",
    "sobol": "Saltelli's sample for Sobol' indices",
    "morris": "Morris' trajectories",
    "calibrated": "draws of all parameters that fit the record",
    "prior": "draws of all parameters from their priors",
}

NAMED = 3
"""Inputs that the sentences name."""

SMALL_SHARE = 0.01
"""An input that explains less than this is not named after the first; nor a rank correlation
that chance gives more often."""

SMALL_TOTAL = 0.05
"""A total index, or a share of the largest mu*, below which an input is not named."""

WIDE = 0.5
"""Half an interval, as a share of the measure, from which inputs cannot be ranked by it."""

TWO_ERRORS = 2.0
"""Standard errors within which an answer has not moved, and an effect has no sign."""


def unit_words(unit: str) -> str:
    """Return a unit as an analyst writes it."""
    return unit.replace("musd", "million USD")


def subject(analysis: Analysis) -> str:
    """Return the output as the subject of a sentence."""
    return f"the {OUTPUT_WORDS[analysis.results.output]}"


def axis_words(analysis: Analysis) -> str:
    """Return the label of an axis that shows the output."""
    results = analysis.results
    return f"{results.output}, {unit_words(results.unit)}"


def input_words(given: Input) -> str:
    """Return the label of an axis that shows an input."""
    measure = unit_words(given.unit_of_measure)
    return f"{given.label}, {measure}" if measure else given.label


def amount(value: float, unit: str) -> str:
    """Return a value of the output as a number: percent with one decimal, as every answer."""
    if not is_percent(unit):
        return number(value)
    words = f"{value:,.1f}"
    # One decimal less than nothing is left of a small effect: its first digit is then given.
    return words if any(c in "123456789" for c in words) or not value else f"{value:.1g}"


def value_words(value: float, unit: str) -> str:
    """Return a value of the output with its unit."""
    if unit == "musd":
        return f"USD {number(value)} million"
    ending = {"share of the loss": " of the loss", "workers": " workers"}.get(unit, "")
    return f"{amount(value, unit)}{f' {unit}' if is_percent(unit) else ending}"


def short_words(value: float, unit: str) -> str:
    """Return a value beside another that has its unit: percent with its sign, else a number."""
    return f"{amount(value, unit)}{' %' if is_percent(unit) else ''}"


def per_cent(share: float) -> str:
    """Return a share in per cent, never rounded to nothing or to all."""
    percent = 100.0 * share
    if 0.0 < percent < 1.0:
        return "less than 1 %"
    if 99.0 < percent < 100.0:
        return "more than 99 %"
    return f"{percent:.0f} %"


def sentences(analysis: Analysis) -> list[str]:
    """Return what the analysis says, the answer first."""
    found = [*_matters(analysis), _spread(analysis), *_exceeds(analysis), _noise(analysis),
             *_moves(analysis), *_gaps(analysis)]  # fmt: skip
    return [sentence for sentence in found if sentence]


def capital(text: str) -> str:
    """Return text with its first letter large."""
    return text[:1].upper() + text[1:]


def _gaps(analysis: Analysis) -> list[str]:
    """Return what is missing: runs not made, failed, or without a value; stand-ins of indices."""
    results, out = analysis.results, []
    if results.finished < results.planned:
        out.append(
            f"{results.finished:,} of {results.planned:,} runs are finished; all of this is from "
            "these."
        )
    if results.failed or results.empty:
        out.append(
            f"{results.failed:,} runs failed and {results.empty:,} have no value of "
            f"{results.output}; they are left out."
        )
    found = analysis.indices
    if found is not None and found.refused:
        out.append(f"{capital(found.refused)}.")
    elif found is not None and found.missing:
        out.append(
            f"For the indices, {found.missing:,} of {found.points:,} points without a value take "
            f"the median of the others, {value_words(found.stand_in, results.unit)}."
        )
    return out


def _matters(analysis: Analysis) -> list[str]:
    """Return which inputs matter most, and in which direction."""
    effects = [e for e in analysis.effects if len(e.levels) > 1]
    if not effects:
        return ["No input takes more than one level."]
    if not any(effect.range for effect in effects):
        return [f"No input moves {subject(analysis)}."]
    named = [effects[0], *(e for e in effects[1:NAMED] if _counts(analysis, e))]
    out = []
    for i, effect in enumerate(named):
        how = measure_words(analysis, effect)
        lead = (
            f"{effect.given.label} matters most for {subject(analysis)}: {how}"
            if i == 0
            else f"Then {effect.given.label}: {how}"
        )
        out.append(f"{lead}; {direction(analysis, effect)}.")
    return out


def _counts(analysis: Analysis, effect: Effect) -> bool:
    """Return whether an effect is worth a sentence after the first."""
    name, found = effect.given.label, analysis.indices
    if found and found.sobol:
        return any(r.parameter == name and r.total >= SMALL_TOTAL for r in found.sobol)
    if found and found.morris:
        least = SMALL_TOTAL * found.morris[0].mu_star
        return any(r.parameter == name and r.mu_star >= least for r in found.morris)
    for one in analysis.correlations:
        if one.given.label == name:
            return one.chance < SMALL_SHARE
    return effect.share is None or effect.share >= SMALL_SHARE


def measure_words(analysis: Analysis, effect: Effect) -> str:
    """Return how much an input matters, by the measure that the design gives."""
    name, unit = effect.given.label, analysis.results.unit
    found = analysis.indices
    for index in found.sobol if found else ():
        if index.parameter == name:
            return (
                f"alone it explains {_index(index.first)} of the variance between points, with all "
                f"it does together with others {_index(index.total)} (± {index.total_conf:.2f}"
                f"{_wide(index.total_conf, index.total)})"
            )
    for row in found.morris if found else ():
        if row.parameter == name:
            return (
                f"over its whole range it moves it by {value_words(row.mu_star, unit)} on average "
                f"(mu*, ± {short_words(row.mu_star_conf, unit)}"
                f"{_wide(row.mu_star_conf, row.mu_star)})"
            )
    for one in analysis.correlations:
        if one.given.label == name:
            return f"rank correlation {one.rank:+.2f}"
    if effect.share is None:
        return f"it moves it over a range of {value_words(effect.range, unit)}"
    return f"it explains {per_cent(effect.share)} of the variance between points"


def _wide(half: float, value: float) -> str:
    """Return a warning where an interval leaves the order of the inputs open."""
    return ", too wide to rank it" if half > WIDE * value else ""


def _index(value: float) -> str:
    return f"{max(value, 0.0):.2f}"


def direction(analysis: Analysis, effect: Effect) -> str:
    """Return which way the output goes along an input."""
    levels, unit = effect.levels, analysis.results.unit
    for row in analysis.indices.morris if analysis.indices else ():
        if row.parameter == effect.given.label:
            return _screened(row, unit)
    low = min(levels, key=lambda level: level.mean)
    high = max(levels, key=lambda level: level.mean)
    if not effect.given.ordered:
        return (
            f"the mean is lowest at {low.words} ({short_words(low.mean, unit)}) and highest at "
            f"{high.words} ({value_words(high.mean, unit)})"
        )
    first, last = levels[0], levels[-1]
    if not (effect.directed or effect.turns):
        return "the sample is too small to say which way"
    verb = "rises" if last.mean > first.mean else "falls"
    if effect.turns:
        turn = high if high not in (first, last) else low
        return (
            f"the mean goes from {short_words(first.mean, unit)} {_at(effect, first)} by way of "
            f"{short_words(turn.mean, unit)} {_at(effect, turn)} to "
            f"{value_words(last.mean, unit)} {_at(effect, last)}"
        )
    return (
        f"the mean {verb} from {short_words(first.mean, unit)} {_at(effect, first)} to "
        f"{value_words(last.mean, unit)} {_at(effect, last)}"
    )


def _screened(row: Screened, unit: str) -> str:
    """Return which way an input moves the output in Morris' trajectories."""
    if abs(row.mu) <= TWO_ERRORS * row.mu_error:
        return "some trajectories go up and some down, or they are too few to say which way"
    verb = "raises" if row.mu > 0.0 else "lowers"
    return f"more of it {verb} it, by {value_words(abs(row.mu), unit)} in the mean"


def _at(effect: Effect, level: Level) -> str:
    """Return where along an input a level lies."""
    if not effect.tenths:
        return f"at {level.words}"
    part = {effect.levels[0]: "its lowest part", effect.levels[-1]: "its highest part"}
    return f"in {part.get(level, 'between')} ({level.words})"


def _spread(analysis: Analysis) -> str:
    """Return how large the spread of all runs is."""
    low, middle, high = analysis.band
    unit = analysis.results.unit
    return (
        f"Over all points and members {subject(analysis)} has the median "
        f"{value_words(middle, unit)} and lies between {amount(low, unit)} and "
        f"{short_words(high, unit)} in nine of ten runs."
    )


def _exceeds(analysis: Analysis) -> list[str]:
    """Return how often the output exceeds the level, and in which box of inputs."""
    found, unit = analysis.discovery, analysis.results.unit
    out = [
        f"It exceeds {value_words(found.above, unit)} in {per_cent(analysis.runs_above)} of the "
        f"runs, and in the mean over members in {found.exceeding:,} of {found.points:,} points."
    ]
    if found.missing and 0 < found.exceeding < found.points:
        out.append(f"When it does cannot be said in boxes: {found.missing}.")
    out += [box_words(i, box, found.exceeding) for i, box in enumerate(found.boxes, 1)]
    return out


def box_words(place: int, box: Box, exceeding: int) -> str:
    """Return a box in words."""
    limits = " and ".join(limit_words(limit) for limit in box.limits)
    lead = "It does so mostly" if place == 1 else "Of the rest, mostly"
    return (
        f"{lead} where {limits}: {box.exceeding:,} of the {box.points:,} points there (density "
        f"{per_cent(box.density)}), which are {per_cent(box.coverage)} of the {exceeding:,} in all "
        "(coverage)."
    )


def limit_words(limit: Limit) -> str:
    """Return one limit of a box in words."""
    name, low, high = limit.given.label, limit.low, limit.high
    if low is not None and high is not None:
        return f"{name} is {short(low)} to {short(high)}"
    if low is not None:
        return f"{name} is {short(low)} or more"
    assert high is not None
    return f"{name} is {short(high)} or less"


def _noise(analysis: Analysis) -> str:
    """Return the spread between points beside that of members and of seeds alone."""
    spread, unit = analysis.spread, analysis.results.unit
    if spread.members is None:
        return "With one member a point nothing can be said of the noise within a point."
    seeds = "" if spread.seeds is None else f", by the seed alone {short_words(spread.seeds, unit)}"
    if not (spread.points or spread.members):
        return ""
    if analysis.results.by_seed == analysis.results.values.shape[1]:
        what, seeds = "members, which differ by the seed alone,", ""
    else:
        what = "members"
    more = "more" if spread.points > spread.members else "less"
    return (
        f"Points differ {more} than members of one point: the standard deviation between points is "
        f"{value_words(spread.points, unit)}, between {what} "
        f"{short_words(spread.members, unit)}{seeds}."
    )


def _moves(analysis: Analysis) -> list[str]:
    """Return whether the answer moves when points or members double."""
    kinds: tuple[Of, ...] = ("points", "members")
    return [line for of in kinds if (line := moved_words(analysis, of))]


def moved_words(analysis: Analysis, of: Of) -> str:
    """Return what half the points or members would have said."""
    parts = [part for part in analysis.convergence if part.of == of]
    if len(parts) < 2:
        return ""
    half, all_of = parts[-2], parts[-1]
    unit = analysis.results.unit
    error = all_of.errors[1]
    known = "" if math.isnan(error) else f" (standard error {short_words(error, unit)})"
    return (
        f"With {half.count:,} of the {all_of.count:,} {of} the median would have been "
        f"{short_words(half.band[1], unit)} instead of {value_words(all_of.band[1], unit)}{known}"
        f"{_verdict(half, all_of, of)}."
    )


def _verdict(half: Part, all_of: Part, of: Of) -> str:
    """Return whether the answer moves, nothing where its error is not known."""
    errors = (half.errors[1], all_of.errors[1])
    if any(math.isnan(error) for error in errors):
        return ""
    moved = abs(half.band[1] - all_of.band[1]) > TWO_ERRORS * max(errors)
    return f": it moves, so more {of} are needed" if moved else f": twice the {of} did not move it"


def summary(analysis: Analysis) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headings and rows of a short table: what each input does, by all measures there are.

    Columns: from, to, the mean at each, and the measures that the design gives.
    """
    found, unit = analysis.indices, analysis.results.unit
    sobol, morris = (found.sobol, found.morris) if found else ((), ())
    columns = {
        "variance share": {
            e.given.label: per_cent(e.share) for e in analysis.effects if e.share is not None
        },
        "rank corr.": {c.given.label: f"{c.rank:+.2f}" for c in analysis.correlations},
        "first index": {r.parameter: f"{r.first:.2f} ± {r.first_conf:.2f}" for r in sobol},
        "total index": {r.parameter: f"{r.total:.2f} ± {r.total_conf:.2f}" for r in sobol},
        "mu*": {
            r.parameter: f"{amount(r.mu_star, unit)} ± {amount(r.mu_star_conf, unit)}"
            for r in morris
        },
    }
    columns = {name: cells for name, cells in columns.items() if cells}
    headings = ("input", "from", "to", "mean from", "mean to", *columns)
    rows = [
        (
            e.given.label, e.levels[0].words, e.levels[-1].words, amount(e.levels[0].mean, unit),
            amount(e.levels[-1].mean, unit),
            *(cells.get(e.given.label, "–") for cells in columns.values()),
        )
        for e in analysis.effects
    ]  # fmt: skip
    return headings, rows
