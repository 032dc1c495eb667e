"""What `divert calibrate` and `divert validate` run, from options to a folder written whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.calibration.calibrate import FITTING_SCALE, Calibration, calibrate
from sim.calibration.files import write_calibration, write_validation
from sim.calibration.fit import Plan, Step
from sim.calibration.simulate import AFTER_IT, EVERYTHING, THROUGH_THE_BREAK
from sim.calibration.validate import (
    Forecast,
    Goal,
    Score,
    forecasts_of,
    forecasts_of_shipped,
    goals,
    score,
)
from sim.errors import DivertError
from sim.experiment.results import check_writable, whole_folder
from sim.workers import Workers

ORIGINS = {origin.name: origin for origin in (EVERYTHING, THROUGH_THE_BREAK, AFTER_IT)}

FEWEST_PARTICLES, MOST_PARTICLES = 32, 16384

Progress = Callable[[float], None] | None

SHARE_OF_WORK = {"a": 0.25, "b": 0.65}
"""How the work of a validation divides between its two fits; the rest are forecasts."""


def plan_of(particles: int, seed: int) -> Plan:
    """Return the plan of a fit; raises DivertError for sizes that make no sense."""
    if not FEWEST_PARTICLES <= particles <= MOST_PARTICLES:
        raise DivertError(
            f"found {particles}; allowed: {FEWEST_PARTICLES} to {MOST_PARTICLES} draws",
            key="--draws",
        )
    if not 0 <= seed < 2**63:
        raise DivertError(f"found {seed}; allowed: 0 to {2**63 - 1}", key="--seed")
    return Plan(particles=particles, seed=seed)


@dataclass(frozen=True)
class Calibrated:
    """A finished calibration and the folder it is in."""

    folder: Path
    found: Calibration


def _reporter(progress: Progress) -> Callable[[float, Step | None, int], None] | None:
    if progress is None:
        return None
    return lambda power, step, runs: progress(power)


def run_calibration(
    plan: Plan,
    out: Path,
    workers: int,
    origin: str = EVERYTHING.name,
    scale: float = FITTING_SCALE,
    progress: Progress = None,
) -> Calibrated:
    """Fit the parameters and write `out/calibration/`, whole or not at all.

    Blocks finished before a stop are kept in `out` and used by the next call with the same options.
    """
    check_writable(out)
    with Workers(workers) as pool:
        found = calibrate(ORIGINS[origin], plan, pool, out, scale, _reporter(progress))
    target = out / ("calibration" if origin == EVERYTHING.name else f"calibration-{origin}")
    with whole_folder(target) as folder:
        write_calibration(folder, found)
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
) -> Validated:
    """Fit at both origins on their own past, forecast, score, and write `out/validation/`.

    The shipped draws, fitted to all figures of months to 2018-12, are scored on 2019 beside them.
    """
    check_writable(out)
    rows: list[Forecast] = []
    fits = []
    done = 0.0

    def part(share: float) -> Progress:
        return None if progress is None else lambda x: progress(done + share * x)

    with Workers(workers) as pool:
        for origin in (THROUGH_THE_BREAK, AFTER_IT):
            share = SHARE_OF_WORK[origin.name]
            found = calibrate(origin, plan, pool, out, scale, _reporter(part(share)))
            done += share
            rows += forecasts_of(found, pool)
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
            write_calibration(inner, found)
    return Validated(target, scores, reached, rows, tuple(fits))
