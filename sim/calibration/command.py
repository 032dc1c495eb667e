"""What `divert calibrate`, `validate` and `sensitivity` run, from options to a whole folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.calibration.blocks import alone_at_fits
from sim.calibration.calibrate import FITTING_SCALE, Calibration, calibrate
from sim.calibration.files import (
    write_calibration,
    write_sensitivity,
    write_stability,
    write_validation,
)
from sim.calibration.fit import Plan
from sim.calibration.sensitivity import OVER, Sensitivity, sensitivity
from sim.calibration.simulate import AFTER_IT, EVERYTHING, THROUGH_THE_BREAK
from sim.calibration.stability import Stable, stability
from sim.calibration.validate import (
    Forecast,
    Goal,
    Score,
    forecasts_at_the_notice,
    forecasts_of,
    forecasts_of_shipped,
    goals,
    score,
)
from sim.experiment.results import check_writable, whole_folder
from sim.parameters import accepted, draw
from sim.scenario import Scenario
from sim.workers import Workers

ORIGINS = {origin.name: origin for origin in (EVERYTHING, THROUGH_THE_BREAK, AFTER_IT)}

KEPT_DRAWS = 256
"""Draws written: their median offset is sure to 0.1 points, its ends to 0.2 (ODD section 9)."""

Progress = Callable[[float], None] | None

SHARE_OF_WORK = {"a": 0.25, "b": 0.65}
"""How the work of a validation divides between its two fits; the rest are forecasts."""


@dataclass(frozen=True)
class Calibrated:
    """A finished calibration and the folder it is in."""

    folder: Path
    found: Calibration


def run_calibration(
    plan: Plan,
    out: Path,
    workers: int,
    origin: str = EVERYTHING.name,
    scale: float = FITTING_SCALE,
    keep: int = KEPT_DRAWS,
    progress: Progress = None,
) -> Calibrated:
    """Fit the parameters and write `out/calibration/` with `keep` draws, whole or not at all.

    Blocks finished before a stop are kept in `out` and used by the next call with the same options.
    """
    check_writable(out)
    target = out / ("calibration" if origin == EVERYTHING.name else f"calibration-{origin}")
    with alone_at_fits(out):
        with Workers(workers) as pool:
            found = calibrate(ORIGINS[origin], plan, pool, out, scale, progress)
        with whole_folder(target) as folder:
            write_calibration(folder, found, keep)
        found.finished.remove()
    return Calibrated(target, found)


@dataclass(frozen=True)
class Validated:
    """A finished hold-out test: its folder, scores, goals, forecasts and the fits behind them."""

    folder: Path
    scores: list[Score]
    goals: list[Goal]
    forecasts: list[Forecast]
    fits: tuple[Calibration, ...]


def run_validation(
    plan: Plan,
    out: Path,
    workers: int,
    scale: float = FITTING_SCALE,
    progress: Progress = None,
    figures: Callable[[Path], None] | None = None,
) -> Validated:
    """Fit at both origins on their own past, forecast, score, and write `out/validation/`.

    The shipped draws, fitted to all figures of months to 2018-12, are scored on 2019 beside them.
    `figures` draws what it can from the folder before it takes its place.
    """
    check_writable(out)
    with alone_at_fits(out):
        return _validation(plan, out, workers, scale, progress, figures)


def _validation(
    plan: Plan,
    out: Path,
    workers: int,
    scale: float,
    progress: Progress,
    figures: Callable[[Path], None] | None,
) -> Validated:
    """Fit, forecast, score and write, while no other fit is at work in the folder."""
    rows: list[Forecast] = []
    fits = []
    done = 0.0

    def part(share: float) -> Progress:
        return None if progress is None else lambda x: progress(done + share * x)

    with Workers(workers) as pool:
        for origin in (THROUGH_THE_BREAK, AFTER_IT):
            share = SHARE_OF_WORK[origin.name]
            found = calibrate(origin, plan, pool, out, scale, part(share))
            done += share
            rows += forecasts_of(found, pool)
            if origin is THROUGH_THE_BREAK:
                rows += forecasts_at_the_notice(found, pool)
            fits.append(found)
        rows += forecasts_of_shipped(pool, part(1.0 - done))
    scores = score(rows)
    reached = goals(scores, rows)
    target = out / "validation"
    with whole_folder(target) as folder:
        write_validation(folder, rows, scores, reached)
        for found in fits:
            inner = folder / f"calibration-{found.origin.name}"
            inner.mkdir()
            write_calibration(inner, found, KEPT_DRAWS)
        if figures is not None:
            figures(folder)
    for found in fits:
        found.finished.remove()
    return Validated(target, scores, reached, rows, tuple(fits))


@dataclass(frozen=True)
class Sensitive:
    """What the offset hangs on, over the prior and over the fit, and how many draws it needs."""

    folder: Path
    found: tuple[Sensitivity, ...]
    stability: list[Stable]


def run_sensitivity(
    scenario: Scenario,
    out: Path,
    workers: int,
    trajectories: int,
    base: int,
    most: int,
    seed: int,
    scale: float = FITTING_SCALE,
    progress: Progress = None,
) -> Sensitive:
    """Screen all parameters, index those that matter, and write `out/sensitivity/`."""
    check_writable(out)
    draws = accepted(scenario.parameters.draws)
    settings = scenario.parameters
    count = len(next(iter(draws.values())))
    members = draw("calibrated", count, seed, settings.set, settings.draws)
    found = []
    share = 0.45

    def part(done: float, size: float) -> Progress:
        return None if progress is None else lambda x: progress(done + size * x)

    with Workers(workers) as pool:
        for i, over in enumerate(reversed(OVER)):
            given = draws if over == "calibrated" else None
            found.append(
                sensitivity(
                    scenario, pool, over, given, trajectories, base, most, seed,
                    part(share * i, share), scale=scale,
                )
            )  # fmt: skip
        rows = stability(scenario, members, pool, seed, part(2.0 * share, 1.0 - 2.0 * share))
    target = out / "sensitivity"
    with whole_folder(target) as folder:
        for one in found:
            write_sensitivity(folder, one)
        write_stability(folder / "stability.csv", rows)
    return Sensitive(target, tuple(found), rows)
