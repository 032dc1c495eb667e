"""What calibrations and validations leave on disk: tables that a spreadsheet opens."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.calibration.calibrate import DIGITS, Calibration
from sim.calibration.identify import (
    CONTROL,
    Moved,
    directions_identified,
    prior_against_posterior,
    trade_offs,
)
from sim.calibration.kernel import REPRODUCED
from sim.calibration.outcomes import OUTCOMES
from sim.calibration.sensitivity import Sensitivity
from sim.calibration.stability import Stable
from sim.calibration.validate import BOTH, BOTH_WORDS, Forecast, Goal, Score
from sim.experiment.results import write_json
from sim.parameters import all_parameters

MOST_PAIRS = 30

PATTERN_WORDS = {
    "P1": "China's imports collapse month by month",
    "P2": "China's exports fall far less",
    "P3": "Coal: record year, stop, clearing spike, zero on the books",
    "P4": "Illicit coal after the ban",
    "P5": "Russia's exports: surge of early 2017, then reversal",
    "P6": "Russia buys almost nothing",
    "P7": "Workers: permits in Russia fall, visas switch",
    "P8": "Russian fuel goes off the books",
    "P9": "Discounts on banned goods",
}


def cell(value: object) -> str:
    """Return a value as a table holds it: numbers to `DIGITS` digits, nothing for no number."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else f"{value:.{DIGITS}g}"
    return str(value)


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write a CSV table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(value) for value in row] for row in rows)


def write_calibration(folder: Path, found: Calibration, keep: int) -> None:
    """Write `keep` draws, and posterior, pairs, patterns and how the fit went from all."""
    write_draws(folder / "draws.csv", found, keep)
    moved = prior_against_posterior(found.points, found.parameters)
    write_table(
        folder / "posterior.csv",
        ("parameter", "unit", "group", "mark", "prior_p05", "prior_p50", "prior_p95", "p05", "p50",
         "p95", "spread_ratio", "shift", "moved"),
        ((row.parameter.name, row.parameter.unit, row.parameter.group, row.parameter.mark,
          *row.prior, *row.posterior, row.spread_ratio, row.shift, row.moved) for row in moved),
    )  # fmt: skip
    pairs = trade_offs(found.points)[:MOST_PAIRS]
    write_table(folder / "pairs.csv", ("first", "second", "correlation"), pairs)
    figures = {name: 0 for name in found.patterns}
    for row in found.rows:
        figures[OUTCOMES[row.series].pattern] += 1
    write_table(
        folder / "patterns.csv",
        ("pattern", "words", "figures", "distance_p50", "share_reproduced"),
        (
            (name, PATTERN_WORDS[name], figures[name], float(np.median(values)),
             float((values <= REPRODUCED).mean()))
            for name, values in found.patterns.items()
        ),
    )  # fmt: skip
    write_json(folder / "calibration.json", how_it_went(found, moved))


def how_it_went(found: Calibration, moved: Sequence[Moved]) -> dict[str, Any]:
    """Return what `calibration.json` holds; `moved` are prior and posterior of every parameter."""
    control = next(row for row in moved if row.parameter.name == CONTROL)
    return {
        "particles": found.plan.particles,
        "runs": found.fitted.steps[-1].runs,
        "seed": found.plan.seed,
        "firms_scale": found.scenario.firms.scale,
        "until": found.origin.until,
        "as_of": str(found.origin.as_of),
        "runs_per_second": round(found.runs / max(found.seconds, 1e-9), 1),
        "directions_identified": directions_identified(found.points),
        "parameters": len(all_parameters()),
        "votes_as_recorded": round(found.votes_as_recorded, 3),
        "control": {
            "parameter": CONTROL,
            "spread_ratio": round(control.spread_ratio, 3),
            "shift": round(control.shift, 3),
        },
        "steps": [
            {"power": step.power, "acceptance": step.acceptance,
             "log_kernel": list(step.log_kernel), "runs": step.runs}
            for step in found.fitted.steps
        ],
    }  # fmt: skip


def write_draws(path: Path, found: Calibration, keep: int) -> None:
    """Write accepted draws: weight, misses, patterns reproduced, stream, parameters.

    Their order is random, so that the first `keep` of them are as good as any.
    """
    names = tuple(all_parameters())
    count = min(keep, len(found.points))
    words = found.reproduced()
    write_table(
        path,
        ("draw", "weight", "distance", "reproduced", "stream", *names),
        (
            (i, 1.0 / count, float(found.distance[i]), words[i], int(found.ids[i]),
             *(float(found.parameters[name][i]) for name in names))
            for i in range(count)
        ),
    )  # fmt: skip


EFFECT_COLUMNS = (
    "method", "over", "parameter", "mu_star", "mu_star_conf", "sigma", "first", "first_conf",
    "total", "total_conf",
)  # fmt: skip
PLAN_AND_COUNTS = ("over", "runs", "points_without_loss", "trajectories", "sobol_base", "seed")


def write_sensitivity(folder: Path, found: Sensitivity) -> None:
    """Write `sensitivity.csv` (effects, then indices) and `sensitivity.json` into a folder.

    What was found over the fit's draws goes into `sensitivity-calibrated`, likewise.
    """
    name = "sensitivity" if found.over == "prior" else f"sensitivity-{found.over}"
    empty = ("",) * 4
    write_table(
        folder / f"{name}.csv",
        EFFECT_COLUMNS,
        [
            *(("morris", found.over, e.parameter, e.mu_star, e.mu_star_conf, e.sigma, *empty)
              for e in found.effects),
            *(("sobol", found.over, i.parameter, *empty[:3], i.first, i.first_conf, i.total,
               i.total_conf) for i in found.indices),
        ],
    )  # fmt: skip
    content = {name: getattr(found, name) for name in PLAN_AND_COUNTS} | {
        "points_without_loss_take": "the median ratio of the other points of their method",
        "seed_sd": found.spread.seed_sd,
        "parameter_sd": found.spread.parameter_sd,
        "seed_share_of_variance": found.spread.seed_share_of_variance,
        "offset": found.offset,
    }
    write_json(folder / f"{name}.json", content)


def write_stability(path: Path, rows: list[Stable]) -> None:
    """Write the answer against the number of draws, ratios of the loss."""
    write_table(
        path,
        ("draws", "offset_p05", "offset_p50", "offset_p95", "offset_p50_se", "offset_ends_se",
         "loss_p50"),
        ((r.draws, *r.offset, r.median_se, r.edge_se, r.loss) for r in rows),
    )  # fmt: skip


def _words(series: str) -> str:
    if series == BOTH:
        return BOTH_WORDS
    return OUTCOMES[series].words


def write_validation(
    folder: Path, rows: list[Forecast], scores: list[Score], reached: list[Goal]
) -> None:
    """Write forecasts, scores and goals of a hold-out test."""
    write_table(
        folder / "scores.csv",
        ("origin", "series", "words", "unit", "figures", "crps", "crps_last", "crps_same",
         "crps_static", "skill", "median_error_pct", "covered", "coverage"),
        (
            (s.origin, s.series, _words(s.series),
             "" if s.series == BOTH else OUTCOMES[s.series].unit, s.figures, s.crps, s.crps_last,
             s.crps_same, s.crps_static, s.skill, s.median_error_pct, s.covered,
             s.covered / s.figures)
            for s in scores
        ),
    )  # fmt: skip
    write_table(
        folder / "forecasts.csv",
        ("origin", "series", "from", "to", "unit", "observed", "mark", "p05", "p50", "p95",
         "last_value", "same_month", "static", "inside", "seen"),
        (
            (f.origin, f.target.series, f.target.first, f.target.last,
             OUTCOMES[f.target.series].unit, f.target.observed, f.target.mark, *f.band,
             f.last_value, f.same_month, f.static[0], f.inside, f.seen)
            for f in rows
        ),
    )  # fmt: skip
    write_table(
        folder / "goals.csv",
        ("origin", "goal", "reached", "met"),
        ((g.origin, g.words, g.reached, g.met) for g in reached),
    )
