"""What `divert validate` does: fit on the past alone, forecast, and score against what came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calibration.calibrate import FITTING_SCALE, Calibration
from sim.calibration.forecast import (
    Target,
    crps,
    naive,
    predictive,
    static_series,
    targets,
)
from sim.calibration.outcomes import OUTCOMES, final, observed, read
from sim.calibration.simulate import AT_THE_NOTICE, EVERYTHING, Origin, simulate, world
from sim.experiment.answer import BAND
from sim.inputs import build_inputs
from sim.parameters import accepted, accepted_streams, draw
from sim.workers import Workers

Array = NDArray[np.float64]

STATIC_DRAWS = 256
"""Draws of the elasticities for the static model, from the whole prior."""

LEAST_SKILL = {"china_imports": 0.90, "china_exports": 0.70}
MOST_ERROR = 15.0
LEAST_COVERED, MOST_COVERED = 26, 31
"""Goals from the first origin: how much better than the better naive rule, median error in
percent, figures of 32 in the bands; a band that covers everything is too wide."""

GOAL_SERIES = tuple(LEAST_SKILL)
BOTH = "+".join(GOAL_SERIES)
BOTH_WORDS = "China's imports and exports together"


@dataclass(frozen=True)
class Forecast:
    """One figure: what was observed, what the model and simpler rules said of it."""

    origin: str
    target: Target
    band: tuple[float, float, float]
    crps: float
    last_value: float
    same_month: float
    static: tuple[float, float]
    """Median and CRPS of the static model; NaN where it has no such series."""
    seen: bool

    @property
    def inside(self) -> bool:
        """Return whether the figure lies in the 90 % band."""
        return self.band[0] <= self.target.observed <= self.band[2]


@dataclass(frozen=True)
class Score:
    """How well one series was forecast from one origin; errors in the unit of the series."""

    origin: str
    series: str
    figures: int
    crps: float
    crps_last: float
    crps_same: float
    crps_static: float
    median_error_pct: float
    covered: int

    @property
    def skill(self) -> float:
        """Return how much smaller the CRPS is than that of the better naive rule, as a share."""
        better = np.nanmin([self.crps_last, self.crps_same, np.inf])
        return float(1.0 - self.crps / better) if 0.0 < better < np.inf else np.nan


def forecasts(
    origin: Origin,
    parameters: dict[str, Array],
    ids: list[int],
    workers: Workers,
    scale: float = FITTING_SCALE,
    seed: int = 2017,
    progress: Callable[[float], None] | None = None,
) -> list[Forecast]:
    """Return forecasts of every figure after an origin, and the model's account of those before.

    `parameters` (draw,) are the draws a fit accepted at that origin, `ids` their streams.
    """
    scenario = world(origin, origin.last, scale, seed)
    months = scenario.period.months
    series = simulate(workers, scenario, parameters, ids, progress)
    seen = observed(origin.as_of, origin.until)
    static = static_series(build_inputs(scenario, draw("prior", STATIC_DRAWS, seed)))
    unseen = tuple(row for row in final(months[0], origin.last) if row.end > origin.until)
    # Figures of the past that became public only later are forecasts too.
    known = {(row.series, row.start, row.end) for row in seen}
    later = tuple(
        row
        for row in final(months[0], origin.until)
        if (row.series, row.start, row.end) not in known
    )
    out = []
    for rows, was_seen in ((unseen + later, False), (seen, True)):
        wanted = targets(rows)
        for target, drawn in zip(
            wanted, predictive(series, months, seen, wanted, seed), strict=True
        ):
            out.append(_forecast(origin, target, drawn, seen, static, months, was_seen))
    return out


def _forecast(
    origin: Origin,
    target: Target,
    drawn: Array,
    seen: tuple[Any, ...],
    static: dict[str, Array],
    months: tuple[str, ...],
    was_seen: bool,
) -> Forecast:
    low, middle, high = (float(q) for q in np.quantile(drawn, BAND))
    textbook = (np.nan, np.nan)
    if target.series in static:
        values = read(static, months, target.rows).mean(axis=0)
        textbook = (float(np.median(values)), crps(values, target.observed))
    last, same = (np.nan, np.nan) if was_seen else naive(target, seen)
    score = crps(drawn, target.observed)
    return Forecast(
        origin.name, target, (low, middle, high), score, last, same, textbook, was_seen
    )  # fmt: skip


def score(rows: list[Forecast]) -> list[Score]:
    """Return the scores by origin and series of the figures that were not seen.

    A last row of each origin counts China's imports and exports together.
    """
    out = []
    for origin in dict.fromkeys(row.origin for row in rows):
        unseen = [row for row in rows if row.origin == origin and not row.seen]
        for name in OUTCOMES:
            of_series = [row for row in unseen if row.target.series == name]
            if of_series:
                out.append(_score(origin, name, of_series))
        both = [row for row in unseen if row.target.series in GOAL_SERIES]
        if both:
            out.append(
                replace(
                    _score(origin, BOTH, both),
                    crps=np.nan, crps_last=np.nan, crps_same=np.nan, crps_static=np.nan,
                )
            )  # fmt: skip
    return out


def _score(origin: str, name: str, rows: list[Forecast]) -> Score:
    seen = np.array([row.target.observed for row in rows])
    error = lambda values: float(np.mean(np.abs(np.array(values) - seen)))  # noqa: E731
    middle = np.array([row.band[1] for row in rows])
    traded = seen > 0.0
    relative = np.abs(middle[traded] - seen[traded]) / seen[traded]
    return Score(
        origin=origin,
        series=name,
        figures=len(rows),
        crps=float(np.mean([row.crps for row in rows])),
        crps_last=error([row.last_value for row in rows]),
        crps_same=error([row.same_month for row in rows]),
        crps_static=float(np.mean([row.static[1] for row in rows])),
        median_error_pct=100.0 * float(np.median(relative)) if traded.any() else np.nan,
        covered=sum(row.inside for row in rows),
    )


@dataclass(frozen=True)
class Goal:
    """A goal named before the result, what was reached, and whether that is enough."""

    origin: str
    words: str
    reached: str
    met: bool


def goals(scores: list[Score], rows: list[Forecast]) -> list[Goal]:
    """Return the goals of the hold-out test and whether they are met."""
    found = {(s.origin, s.series): s for s in scores}
    out = []
    for name, least in LEAST_SKILL.items():
        one, words = found.get(("a", name)), OUTCOMES[name].words
        if one is not None:
            better = f"{words}: CRPS at least {100 * least:.0f} % better than the better naive rule"
            out.append(Goal("a", better, f"{100 * one.skill:.1f} %", one.skill >= least))
            out.append(_error_goal(one, words))
    both = found.get(("a", BOTH))
    if both is not None:
        least, most = (round(n * both.figures / 32) for n in (LEAST_COVERED, MOST_COVERED))
        out.append(_error_goal(both, BOTH_WORDS))
        words = f"{BOTH_WORDS}: {least} to {most} of {both.figures} months in the 90 % band"
        out.append(Goal("a", words, f"{both.covered}", least <= both.covered <= most))
    for name in GOAL_SERIES:
        one = found.get(("b", name))
        if one is not None:
            words = f"{OUTCOMES[name].words}: CRPS better than both naive rules"
            naive_crps = min(one.crps_last, one.crps_same)
            reached = f"{one.crps:.1f} against {naive_crps:.1f}"
            out.append(Goal("b", words, reached, one.crps < naive_crps))
    return out + _russia_goals(rows)


def _error_goal(one: Score, words: str) -> Goal:
    """Return the goal for the median error."""
    error = one.median_error_pct
    words = f"{words}: median error at most {MOST_ERROR:.0f} %"
    return Goal(one.origin, words, f"{error:.1f} %", error <= MOST_ERROR)


def _russia_goals(rows: list[Forecast]) -> list[Goal]:
    """Return whether Russia's exports of 2017 by quarter, reversal included, lie in the band.

    From the first origin, which forecast half of them; a fit that saw all has no such goal.
    """
    quarters = [
        row
        for row in rows
        if (row.origin, row.target.series) == ("a", "russia_exports")
        and row.target.first.startswith("2017")
    ]
    if not quarters:
        return []
    ahead = [row for row in quarters if not row.seen]
    inside = sum(row.inside for row in quarters)
    words = "Russia's exports of 2017: all quarters in the 90 % band, the reversal too"
    reached = f"{sum(row.inside for row in ahead)} of {len(ahead)} forecast, "
    reached += f"{inside} of {len(quarters)} in all"
    return [Goal("a", words, reached, inside == len(quarters))]


def forecasts_of(
    fitted: Calibration, workers: Workers, progress: Callable[[float], None] | None = None
) -> list[Forecast]:
    """Return the forecasts of a finished fit."""
    ids = [int(i) for i in fitted.ids]
    scale, seed = fitted.scenario.firms.scale, fitted.plan.seed
    return forecasts(fitted.origin, fitted.parameters, ids, workers, scale, seed, progress)


def forecasts_at_the_notice(fitted: Calibration, workers: Workers) -> list[Forecast]:
    """Return what a fit at the first origin forecasts where windows are read the other way.

    Draws, streams and errors are those of `forecasts_of`; figures the fit saw are left out.
    """
    other = replace(fitted, origin=AT_THE_NOTICE)
    return [row for row in forecasts_of(other, workers) if not row.seen]


def notice_words(scores: Sequence[Any]) -> list[str]:
    """Return in a sentence what the reading of windows changes; scores as in `Score`."""
    found: dict[tuple[str, str], Any] = {(row.origin, row.series): row for row in scores}
    origins = ("a", AT_THE_NOTICE.name)
    # A table of evidence may lack rows, and cells of them may be empty.
    if any((origin, BOTH) not in found for origin in origins) or any(
        None
        in (getattr(found.get((origin, name)), part, None) for part in ("crps", "median_error_pct"))
        for origin in origins
        for name in GOAL_SERIES
    ):
        return []
    parts = []
    for name in GOAL_SERIES:
        here, there = (found[origin, name] for origin in origins)
        parts.append(
            f"{OUTCOMES[name].words} a CRPS of {there.crps:.1f} in place of {here.crps:.1f} and a "
            f"median error of {there.median_error_pct:.1f} in place of "
            f"{here.median_error_pct:.1f} %"
        )
    here, there = (found[origin, BOTH] for origin in origins)
    return [
        "That bans which let contracts run out begin at the end of their window was judged by "
        "people who knew the record of 2017; read as bans at their notice, with the same draws, "
        f"they give {'; '.join(parts)}; {there.covered} in place of {here.covered} of "
        f"{here.figures} figures lie in the band."
    ]


def forecasts_of_shipped(
    workers: Workers, progress: Callable[[float], None] | None = None
) -> list[Forecast]:
    """Return the forecasts of the shipped draws, fitted to all figures of months to 2018-12."""
    ids = [int(i) for i in accepted_streams()]
    return forecasts(EVERYTHING, accepted(), ids, workers, progress=progress)
