"""What the verbs for sweeps say on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.experiment.answer import counted
from sim.screen import _console

if TYPE_CHECKING:
    from sim.sweep.command import Swept
    from sim.sweep.forecast import Forecast
    from sim.sweep.plan import Plan
    from sim.sweep.rerun import Again
    from sim.sweep.status import Status


FEW = 6
"""Factors that are named."""


def _time(seconds: float) -> str:
    """Return a time in words."""
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    if seconds < 5400.0:
        return f"{seconds / 60.0:.0f} min"
    return f"{seconds / 3600.0:.1f} h"


def print_plan(plan: Plan, forecast: Forecast, engine: str) -> None:
    """Print what a sweep will do: points, runs, blocks, time, disk, memory."""
    screen = _console()
    sweep = plan.sweep
    screen.print(f"{sweep.name}: {sweep.title or sweep.scenario}", style="bold")
    factors = [factor.label for factor in plan.points.factors]
    more = f" and {len(factors) - FEW} more" if len(factors) > FEW else ""
    screen.print(
        f"{counted(len(plan.points), 'point')} ({sweep.design.kind}) of "
        f"{counted(len(factors), 'factor')}{': ' if factors else ''}"
        f"{', '.join(factors[:FEW])}{more}."
    )
    screen.print(
        f"{counted(plan.runs, 'run')}: {counted(sweep.members, 'member')} a point, "
        f"{'random numbers of their own' if sweep.independent else 'the same random numbers'} in "
        f"every point, {counted(len(plan.arms), 'arm')} each; "
        f"{forecast.left:,} left to do in {counted(forecast.blocks, 'block')}."
    )
    if plan.wrong:
        first = next(iter(plan.wrong.values()))
        screen.print(
            f"{counted(len(plan.wrong), 'point')} cannot be run, the first because: {first}"
        )
    if forecast.left:
        screen.print(
            f"About {_time(forecast.seconds)} with {engine} (from its first block), "
            f"{max(forecast.disk_mb, 0.1):,.1f} MB on disk, at most {forecast.memory_mb:,.0f} MB "
            "a worker."
        )
    screen.print()


def print_swept(done: Swept) -> None:
    """Print what was run, what failed, and where it lies."""
    screen = _console()
    if done.found:
        screen.print(f"Went on from {done.found:,} runs that were stored before.")
    rate = f" ({done.runs / done.seconds:,.0f} a second)" if done.runs and done.seconds else ""
    screen.print(f"{done.runs:,} runs in {_time(done.seconds)}{rate}, {done.failed:,} failed.")
    screen.print(f"Written to {done.folder}")


def print_status(found: Status) -> None:
    """Print how far a sweep is."""
    screen = _console()
    share = 100.0 * found.done / max(found.runs, 1)
    screen.print(
        f"{found.name}: {found.done:,} of {found.runs:,} runs ({share:.0f} %), "
        f"{found.failed:,} failed."
    )
    if found.last:
        screen.print(
            f"{_time(found.seconds)} of work by {found.workers} workers, at most "
            f"{found.memory_mb:,.0f} MB a worker, {max(found.disk_mb, 0.1):,.1f} MB on disk; "
            f"last block stored {found.last}."
        )
    for message, count in found.messages[:5]:
        screen.print(f"{count:,} failed: {message}")
    if found.done < found.runs:
        screen.print("The same `divert sweep` goes on from here.")


def print_again(made: Again) -> None:
    """Print a run made again beside what was stored."""
    screen = _console()
    for name, value in made.again.items():
        screen.print(f"{name}: stored {made.row[name]}, again {value}")
    screen.print(
        "The same to the last digit." if made.same else "NOT the same as what the sweep has."
    )
    screen.print(f"Written to {made.finished.folder}")
