"""What `divert run` does: run a scenario, write its folder, return what there is to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.axes import ARMS
from sim.experiment.answer import answer, scenario_offset, words
from sim.experiment.answer_table import write_answer_table
from sim.experiment.comparators import comparators
from sim.experiment.ensemble import Ensemble, run_ensemble
from sim.experiment.export import check_formats, write_formats
from sim.experiment.offset import Offset
from sim.experiment.patterns import Pattern, patterns
from sim.experiment.results import (
    check_writable,
    digests,
    manifest,
    whole_folder,
    write_arrays,
    write_bands,
    write_json,
    write_patterns,
)
from sim.scenario import Scenario


@dataclass(frozen=True)
class Finished:
    """A finished run: its folder, the answer, its sentences and the patterns beside it."""

    folder: Path
    answer: dict[str, Any]
    sentences: list[str]
    patterns: list[Pattern]


def run_scenario(
    scenario: Scenario,
    out: Path,
    progress: Callable[[float], None] | None = None,
    formats: tuple[str, ...] = (),
) -> Finished:
    """Run a scenario and write `out/<name>/`, whole or not at all, tables in `formats` beside.

    Raises DivertError for an unknown format and where the folder cannot be written, before any
    work is done.
    """
    check_formats(formats)
    check_writable(out)
    ensemble = run_ensemble(scenario, scenario.arms, progress)
    return write_result(ensemble, out / scenario.name, formats)


def write_result(ensemble: Ensemble, target: Path, formats: tuple[str, ...] = ()) -> Finished:
    """Write the folder of a finished ensemble, whole or not at all."""
    from sim import __version__
    from sim.view.figures import write_figures

    found, result = answer_of(ensemble)
    rows = patterns(ensemble)
    with whole_folder(target) as folder:
        write_json(folder / "answer.json", found)
        write_answer_table(folder / "answer.csv", found)
        write_bands(folder / "bands.csv", ensemble)
        write_patterns(folder / "patterns.csv", rows)
        write_arrays(folder / "arrays.npz", ensemble)
        write_figures(folder, ensemble, result)
        about = manifest(ensemble, __version__)
        write_formats(folder, formats, folder, about)
        write_json(folder / "manifest.json", {**about, "sha256": digests(folder)})
    sentences = words(found) if result is not None else ["No answer was asked for."]
    return Finished(target, found, sentences, rows)


def answer_of(ensemble: Ensemble) -> tuple[dict[str, Any], Offset | None]:
    """Return what `answer.json` holds of an ensemble, and the offset where one was asked for."""
    scenario = ensemble.scenario
    if not scenario.answer or not set(ARMS) <= set(scenario.arms):
        return _without_answer(ensemble), None
    result = scenario_offset(ensemble)
    beside = comparators(ensemble, result.significant)
    return {**answer(ensemble, result), "comparators": [one.row() for one in beside]}, result


def _without_answer(ensemble: Ensemble) -> dict[str, Any]:
    """Return what can be said of a run whose arms do not give an offset."""
    record, scenario = ensemble.record, ensemble.scenario
    return {
        "question": None,
        "scenario": scenario.name,
        "window": [scenario.window.first, scenario.window.last],
        "members": scenario.members,
        "seed": scenario.seed,
        "arms": list(ensemble.arms),
        "max_clearing_residual": float(record["clearing_residual"].max()),
        "max_balance_residual": float(record["balance_residual"].max()),
    }
