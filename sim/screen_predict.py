"""What `divert predict` says on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.screen import _console, _number, _table

if TYPE_CHECKING:
    from pathlib import Path

    from sim.calibration.predict import Prediction
    from sim.scenario import Scenario

SERIES_WORDS = {
    "china_imports_from_dprk": "China's imports",
    "china_exports_to_dprk_ex_crude": "China's exports, crude oil apart",
    "russia_exports_to_dprk": "Russia's exports",
    "russia_total": "Russia's exports and imports",
}
"""Each series of the file in words."""


def print_predictions(rows: list[Prediction], path: Path, scenario: Scenario) -> None:
    """Print predicted trade by year and series, and what to beware of."""
    from sim.calibration.predict import UNIT
    from sim.experiment.answer import FEWEST_DRAWS
    from sim.experiment.patterns import SEEN_UNTIL

    console = _console()
    table = _table(
        f"Recorded trade with the DPRK, {UNIT}: a prediction", ("", "5 %", "median", "95 %")
    )
    for row in rows:
        numbers = (_number(x, 0 if x >= 100.0 else 1) for x in row.band)
        table.add_row(f"{row.year} {SERIES_WORDS[row.series]}", *numbers)
    console.print(table)
    console.print()
    draws = scenario.members // scenario.seeds_per_draw
    if draws < FEWEST_DRAWS:
        console.print(
            f"These bands rest on {draws} draws of the parameters, too few to rely on: take "
            f"{FEWEST_DRAWS} or more."
        )
    seen = sorted({row.year for row in rows if f"{row.year}-12" <= SEEN_UNTIL})
    if seen:
        console.print(
            f"The shipped draws were fitted to figures of {seen[0]} to {seen[-1]}: for these years "
            "this is no prediction."
        )
    console.print(f"Written to {path}")
