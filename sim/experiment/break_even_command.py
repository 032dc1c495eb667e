"""What `divert break-even` does: search, and write its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.csv_text import write_records
from sim.experiment import break_even_words as words
from sim.experiment.answer import BAND_NAMES, quantiles
from sim.experiment.break_even import MOST, TARGETS, BreakEven, find_break_even
from sim.experiment.break_even_world import Progress
from sim.experiment.results import check_writable, whole_folder, write_json
from sim.scenario import Scenario


@dataclass(frozen=True)
class Finished:
    """A finished search, its data and the folder it is in."""

    folder: Path
    found: BreakEven
    data: dict[str, Any]


def run_break_even(
    scenario: Scenario, out: Path, workers: int, most: int = MOST, progress: Progress = None
) -> Finished:
    """Search a scenario and write `out/break-even/<name>/`, whole or not at all.

    Raises DivertError where the folder cannot be written, before any work is done, and where
    `most` is no power of two.
    """
    from sim.view.break_even_figures import write_break_even_figure

    target = out / "break-even" / scenario.name
    check_writable(target.parent)
    found = find_break_even(scenario, workers, most, progress)
    data = data_of(found)
    with whole_folder(target) as folder:
        write_json(folder / "break_even.json", data)
        if found.curves:
            # What lies beyond the range that was searched is empty.
            answers = [_flat(row) for row in data["answers"]]
            surface = [row for curve in found.curves for row in words.surface_data(curve)]
            for name, rows in (("break_even", answers), ("surface", surface)):
                write_records(folder / f"{name}.csv", list(rows[0]), rows)
            write_break_even_figure(folder / "break_even.png", found)
    return Finished(target, found, data)


def data_of(found: BreakEven) -> dict[str, Any]:
    """Return what `break_even.json` holds; bands null beyond the range that was searched."""
    scenario = found.scenario
    best = {f"{t:g}": words.least(found, t) for t in TARGETS}
    return {
        "scenario": scenario.name,
        "scenario_digest": scenario.digest(),
        "window": [scenario.window.first, scenario.window.last],
        "levers_pulled_in": scenario.tightening_from,
        "members": scenario.members,
        "members_with_loss": int(found.members.size),
        "seed": scenario.seed,
        "firms_scale": scenario.firms.scale,
        "runs": found.runs,
        "searched_to_multiple": found.most,
        "loss_musd": quantiles(found.loss.loss),
        "loss_significant": found.loss.significant,
        "offset_as_russia_was": quantiles(found.loss.offset[found.members]),
        "answers": [words.answer_data(row) for row in found.answers],
        "definition_of_least": words.LEAST,
        "least": {t: None if row is None else words.answer_data(row) for t, row in best.items()},
        "what_russia_ever_did": words.ever(),
        "falling_curves": [
            {**words.setting_data(curve), "draws": curve.falls}
            for curve in found.curves if curve.falls
        ],
        "sentences": words.sentences(found),
    }  # fmt: skip


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its bands in columns of their own."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            out |= {f"{name}_{place}": value[place] for place in BAND_NAMES}
        else:
            out[name] = value
    return out
