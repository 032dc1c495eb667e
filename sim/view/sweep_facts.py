"""What was run in a sweep, as rows of a table."""

from __future__ import annotations

import json

from sim import __version__
from sim.experiment.answer import counted
from sim.sweep.analysis import Analysis
from sim.view.sweep_words import DESIGN_WORDS


def facts(analysis: Analysis) -> list[tuple[str, str]]:
    """Return scenario, settings, design, size, failures, seed, outputs and version by name."""
    results = analysis.results
    sweep, design = results.sweep, results.sweep.design.kind
    settings = "; ".join(f"{key}: {as_written(value)}" for key, value in sweep.set.items())
    size = (
        f"{len(results.values):,} points × {counted(sweep.members, 'member')}, "
        f"{results.finished:,} of {results.planned:,} runs finished"
    )
    return [
        ("scenario", sweep.scenario), ("set in every point", settings or "nothing"),
        ("design", f"{design}: {DESIGN_WORDS[design]}"), ("size", size),
        ("failed", f"{results.failed:,} runs; {results.empty:,} without a value"),
        ("seed", str(sweep.seed)), ("outputs kept", ", ".join(sweep.outputs)),
        ("version of divert", __version__),
    ]  # fmt: skip


def as_written(value: object) -> str:
    """Return a value of a key as a file says it: text bare, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
