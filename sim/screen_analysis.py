"""What `divert analyse` says on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.screen import FEW, _console, _table

if TYPE_CHECKING:
    from sim.sweep.analysis import Analysis


def print_analysis(analysis: Analysis, page: Path) -> None:
    """Print a short table of the inputs, what it means in sentences, and where the rest lies."""
    from sim.view.sweep_words import axis_words, sentences, summary

    screen = _console()
    sweep = analysis.results.sweep
    screen.print(f"{sweep.name}: {sweep.title or sweep.scenario}", style="bold")
    screen.print()
    headings, rows = summary(analysis)
    table = _table(f"Inputs, what matters most first: {axis_words(analysis)}", headings)
    for row in rows[:FEW]:
        table.add_row(*row)
    screen.print(table)
    if len(rows) > FEW:
        screen.print(f"{len(rows) - FEW} more are in the tables.")
    screen.print()
    for sentence in sentences(analysis):
        screen.print(sentence)
    screen.print()
    screen.print(f"Written to {page}")
