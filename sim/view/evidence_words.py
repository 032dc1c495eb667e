"""What the evidence says in words: sentences made from the numbers alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.calibration.identify import NARROWED
from sim.calibration.simulate import AT_THE_NOTICE
from sim.calibration.validate import BOTH, LEAST_COVERED, LEAST_SKILL, MOST_COVERED
from sim.experiment.answer import counted
from sim.view.evidence_figures import ORIGINS
from sim.view.evidence_figures_fit import RUSSIA_COULD, moved_most, name_words, strongest
from sim.view.evidence_rows import Band, Evidence, Goal, Posterior, Score, Sensitivity
from sim.view.number_words import listed, number, one_digit, points, unit_words

ORIGIN_WORDS = {
    "a": "through the break: shown the record to August 2017, forecasting to December 2018",
    AT_THE_NOTICE.name: "as a, with the same draws, but bans that let contracts run out bind from "
    "their notice, not from the end of their window",
    "b": "after it: shown the record to December 2018, forecasting 2019",
    "all": "the draws that runs use: shown the record to December 2018, whenever it was published, "
    "forecasting 2019",
}
GROUP_WORDS = {
    "markets": "markets: elasticities, prices, seasons",
    "firms": "trading firms and the illegal route",
    "law": "sanctions law, its lags and coverage",
    "support": "state support and payment friction",
    "transit": "transit coal through Rajin",
    "labour": "workers abroad",
    "balance": "the DPRK's hard currency and output",
    "enforcement": "how partners enforce",
    "council": "the Security Council's votes",
    "politics": "rivalry, need and other politics of partners",
    "tests": "the DPRK's tests",
    "border": "the DPRK's border from 2020",
    "potential_china": "most that China could trade",
    "potential_russia": "most that Russia could trade",
    "potential_rest": "most that the rest of the world could trade",
}
KEPT_SPREAD, KEPT_MEAN = 0.15, 0.25
"""A control whose spread and mean moved by less than this kept its prior: some hundred draws
cannot say it more closely."""


def answer(evidence: Evidence, found: Sequence[Goal]) -> list[str]:
    """Return in paragraphs how far the model can be believed, made from the numbers alone."""
    met = sum(goal.met for goal in found)
    missed = [f"{goal.words} (reached: {goal.reached})" for goal in found if not goal.met]
    first = [
        _belief(found),
        f"It reached {met} of the {len(found)} goals of the hold-out test.",
        *_through_the_break(evidence),
        *russia_could(evidence.posterior),
    ]
    return [" ".join(first), *(["Not reached: " + "; ".join(missed) + "."] if missed else [])]


def _belief(known: Sequence[Goal]) -> str:
    """Return the first sentence: what the goals met allow."""
    met, what = sum(goal.met for goal in known), "trade under China's restrictions"
    if not known:
        return f"Whether the model can be believed on {what} is not known: no goal has a value."
    if met == len(known):
        return f"What the model says of {what} can be believed to within its bands."
    if 2 * met > len(known):
        return (
            f"What the model says of {what} can be believed in good part, not in all: it missed "
            f"{counted(len(known) - met, 'goal')}, named below."
        )
    return f"The model has not earned belief in what it says of {what}: it missed most goals."


def _through_the_break(evidence: Evidence) -> list[str]:
    """Return what the forecasts from the first origin were worth."""
    found = {(score.origin, score.series): score for score in evidence.scores}
    sold, bought = (found.get(("a", series)) for series in LEAST_SKILL)
    both = found.get(("a", BOTH))
    if sold is None or bought is None:
        return []
    lines = [
        "Shown the record to August 2017, and of the time after it only the sanctions measures, "
        "the DPRK's tests and summits and the pressure of the United States, it forecast China's "
        f"imports to December 2018 with a median error of {one_digit(sold.median_error_pct)} % and "
        f"its exports with {one_digit(bought.median_error_pct)} %."
    ]
    if sold.skill is not None and bought.skill is not None:
        lines.append(
            f"Its band was {_closer(sold.skill)} the record of imports than the better of two "
            f"naive rules, and {_closer(bought.skill)} that of exports."
        )
    if both is not None:
        lines.append(f"{both.covered} of {both.figures} monthly figures lie inside the band.")
    return lines


def _closer(skill: float) -> str:
    """Return a skill in words."""
    return f"{points(abs(skill), 0)} % {'closer to' if skill >= 0 else 'further from'}"


def russia_could(rows: Sequence[Posterior]) -> list[str]:
    """Return what the data say of the most that Russia could trade."""
    own = [row for row in rows if row.parameter.startswith(RUSSIA_COULD)]
    told = [row for row in own if row.spread_ratio < NARROWED]
    if not own:
        return []
    judged = "what the offset could be with an open Russia rests on judgement, not on data"
    if not told:
        return [f"The data say nothing of the most that Russia could trade, so {judged}."]
    names = listed([name_words(row.parameter.removeprefix(RUSSIA_COULD)) for row in told])
    return [
        f"Of the most that Russia could trade the data say something for {len(told)} of "
        f"{len(own)} goods ({names}); for the others {judged}."
    ]


def moved(evidence: Evidence) -> list[str]:
    """Return in sentences what the data moved and what they left alone."""
    rows, control = evidence.posterior, evidence.calibration.control
    narrowed = sum(row.spread_ratio < NARROWED for row in rows)
    shifted = sum(row.moved and row.spread_ratio >= NARROWED for row in rows)
    kept = abs(control.spread_ratio - 1.0) < KEPT_SPREAD and abs(control.shift) < KEPT_MEAN
    told = f"(spread {number(control.spread_ratio)} of the prior's, mean moved by "
    told += f"{number(control.shift)} of its standard deviation)"
    return [
        f"Of {len(rows)} parameters the data narrowed {narrowed or 'none'} by more than a fifth "
        f"and moved {shifted or 'no'} others without narrowing them; together they pin down "
        f"{counted(evidence.calibration.directions_identified, 'independent combination')} of "
        "parameters.",
        *russia_could(rows),
        f"A check on the method: no figure depends on {name_words(control.parameter)}, so an "
        "honest fit leaves it alone, and this one "
        f"{'did' if kept else 'did not: read the rest with care'} {told}.",
    ]


def group_of(row: Posterior) -> str:
    """Return the group of a parameter, potentials by partner."""
    if row.group == "potentials":
        return "_".join(row.parameter.split("_")[:2])
    return row.group


def by_group(rows: Sequence[Posterior]) -> list[tuple[str, str, str, str]]:
    """Return what the data said by group: words, parameters, narrowed, median spread left."""
    groups: dict[str, list[float]] = {}
    for row in rows:
        groups.setdefault(group_of(row), []).append(row.spread_ratio)
    return [
        (
            GROUP_WORDS.get(name, name),
            str(len(ratios)),
            str(sum(ratio < NARROWED for ratio in ratios)),
            f"{np.median(ratios):.2f}",
        )
        for name, ratios in sorted(groups.items(), key=lambda item: float(np.median(item[1])))
    ]


def sensitivity_words(one: Sensitivity) -> list[str]:
    """Return in sentences what one sensitivity analysis found, seed noise beside it."""
    run, ranked = one.run, strongest(one.effects, "morris")
    lines = [
        f"{counted(run.runs, 'run')}, of which {run.points_without_loss:,} had no loss to "
        f"offset. {_offset_words(run.offset)}",
        f"Chance alone (another seed, the same parameters) moves the offset by "
        f"{points(run.seed_sd, 2)} points, parameters by {points(run.parameter_sd, 2)} (standard "
        f"deviations): {points(run.seed_share_of_variance)} % of the variance is seed noise.",
    ]
    if ranked:
        below = sum((row.mu_star or 0.0) < run.seed_sd for row in ranked)
        names = listed([name_words(row.parameter) for row in ranked[:3]])
        lines.append(
            f"The offset hangs most on {names}; {below} of {len(ranked)} parameters move it by "
            "less than chance does."
        )
    return lines


def _offset_words(band: Band | None) -> str:
    """Return the offset over all that was varied."""
    if band is None:
        return "The offset has no value."
    low, middle, high = (points(value) for value in (band.p05, band.p50, band.p95))
    return f"The offset is {middle} % ({low} to {high} %) of the loss."


def stability_words(evidence: Evidence) -> list[str]:
    """Return in a sentence how much the answer still moves with more draws."""
    known = [(row, row.offset_p50) for row in evidence.stability if row.offset_p50 is not None]
    if len(known) < 2:
        return []
    (before, first), (last, second) = sorted(known, key=lambda pair: pair[0].draws)[-2:]
    error = last.offset_p50_se
    return [
        f"From {before.draws} to {last.draws} draws the median offset moved by "
        f"{points(abs(second - first), 2)} points"
        + (f"; its standard error is {points(error, 2)} points." if error is not None else ".")
    ]


def coverage_words(evidence: Evidence) -> list[str]:
    """Return whether the bands of China's trade are as wide as they should be, by origin."""
    out = []
    for score in evidence.scores:
        if score.series != BOTH or not score.figures:
            continue
        share = score.covered / score.figures
        words = "about as wide as it should be"
        if share < LEAST_COVERED / 32:
            words = "too narrow: the model is surer of itself than it may be"
        elif share > MOST_COVERED / 32:
            words = "wider than it need be"
        out.append(
            f"Origin {score.origin}: the band of China's trade covers {score.covered} of "
            f"{score.figures} figures ({points(share, 0)} %) and is {words}."
        )
    return out


TERMS = {
    "Band:": "the range in which nine tenths of the model's draws lie (5 to 95 %), the error of "
    "observation included; the median is the middle draw.",
    "Coverage:": "the share of observed figures inside the band; near 90 % is right, far less "
    "means a model too sure of itself, 100 % a band that says too little.",
    "CRPS": "(continuous ranked probability score): how far the whole band lies from what was "
    "observed, in the unit of the figure; small when the band is both narrow and right, and for a "
    "single number simply its error.",
    "Naive rules:": "two forecasts that need no model: the last observed value goes on, or the "
    "last such month (the same month of the latest year seen) comes again.",
    **{f"Origin {name},": f"{words}." for name, words in ORIGIN_WORDS.items()},
}
"""Words of the hold-out test, each explained where it is first used."""

GOALS, GOAL_HEADINGS = "Goals of the hold-out test", ("goal", "origin", "reached", "met")
GOAL_WORDS = (1, 2, 3)
"""Columns of the goals that hold words."""


def goal_rows(found: Sequence[Goal]) -> list[tuple[str, ...]]:
    """Return the goals of the hold-out test as cells."""
    return [(g.words, g.origin, g.reached, "yes" if g.met else "no") for g in found]


SCORE_HEADINGS = (
    "series", "unit", "figures", "CRPS of the model", "last value", "last such month",
    "static model", "closer than the better naive rule, %", "median error, %", "inside the band",
    "coverage, %",
)  # fmt: skip


def score_rows(scores: Sequence[Score], origin: str) -> list[tuple[str, ...]]:
    """Return the scores from one origin as cells."""
    return [
        (
            row.words or row.series, unit_words(row.unit) or "–", str(row.figures),
            number(row.crps), number(row.crps_last), number(row.crps_same), number(row.crps_static),
            points(row.skill, 0), one_digit(row.median_error_pct),
            f"{row.covered} of {row.figures}", points(row.coverage, 0),
        )
        for row in scores
        if row.origin == origin
    ]  # fmt: skip


def score_caption(origin: str) -> str:
    """Return what the scores from one origin are."""
    return (
        f"Scores, origin {origin} ({ORIGIN_WORDS[origin]}); CRPS in the unit of the series, median "
        "error of the figures above zero"
    )


def figure_words(evidence: Evidence, name: str) -> str:
    """Return what a figure shows, for a reader who does not see it."""
    made = {
        "holdout_china": lambda: _inside_words(
            evidence, "China's trade by month", ("china_imports", "china_exports")
        ),
        "russia_quarters": lambda: _inside_words(
            evidence, "Russia's trade by quarter", ("russia_exports", "russia_imports")
        ),
        "holdout_scores": lambda: (
            "Bars: the model's CRPS over that of the naive rules and of the static model, by "
            "series and origin. The table of scores holds the numbers."
        ),
        "prior_posterior": lambda: _names_words(
            "Bands before and after the data of the parameters moved most; first",
            [row.parameter for row in moved_most(evidence.posterior)],
        ),
        "identifiability": lambda: " ".join(
            ["Spread left to each parameter, in order.", *moved(evidence)[:1]]
        ),
        "trade_offs": lambda: (
            "Bars: correlations of the strongest pairs. The list of pairs holds the numbers."
        ),
        "patterns": lambda: (
            "Bars: miss of the median draw and share of draws that reproduce each pattern. The "
            "table of patterns holds the numbers."
        ),
        "sensitivity": lambda: _names_words(
            "Bars: effects of the strongest parameters on the offset; first",
            [row.parameter for row in strongest(evidence.sensitivity[0].effects, "morris")],
        ),
        "stability": lambda: " ".join(
            ["Median and band of the offset against the number of draws.",
             *stability_words(evidence)]
        ),
    }  # fmt: skip
    return made[name]()


def _names_words(start: str, names: Sequence[str]) -> str:
    """Return a sentence that ends in the first names."""
    return f"{start} {listed([name_words(name) for name in names[:3]])}." if names else start


def _inside_words(evidence: Evidence, what: str, series: Sequence[str]) -> str:
    """Return how many unseen figures of some series lie in the band, by origin."""
    parts = []
    for origin in ORIGINS:
        rows = [
            row
            for row in evidence.forecasts
            if row.origin == origin and row.series in series and not row.seen
        ]
        if rows:
            inside = sum(row.inside for row in rows)
            parts.append(f"{inside} of {len(rows)} figures forecast from origin {origin}")
    return f"{what}: the model's band as bars, the record as dots; {listed(parts)} lie inside."
