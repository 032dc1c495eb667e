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
from sim.experiment.cost import Cost
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
from sim.experiment.stored import ARRAYS, MANIFEST
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
    forecast: Callable[[Cost], None] | None = None,
) -> Finished:
    """Run a scenario and write `out/<name>/`, whole or not at all, tables in `formats` beside.

    `progress` receives the share done, `forecast` what a long run will take. Raises DivertError
    for an unknown format and where the folder cannot be written, before any work is done.
    """
    check_formats(formats)
    check_writable(out)
    ensemble = run_ensemble(scenario, scenario.arms, progress, forecast=forecast)
    return write_result(ensemble, out / scenario.name, formats)


@dataclass(frozen=True)
class Answered:
    """A finished ensemble with its offset, where its arms give one, and what there is to say."""

    ensemble: Ensemble
    offset: Offset | None
    answer: dict[str, Any]
    patterns: list[Pattern]

    @property
    def sentences(self) -> list[str]:
        """Return the answer in plain sentences."""
        return words(self.answer) if self.offset is not None else ["No answer was asked for."]


def answered(ensemble: Ensemble) -> Answered:
    """Return the answer of a finished ensemble, the simpler ones and the patterns beside it."""
    scenario = ensemble.scenario
    whole = set(ARMS) <= set(scenario.arms)
    result = scenario_offset(ensemble) if scenario.answer and whole else None
    found = _without_answer(ensemble)
    if result is not None:
        beside = comparators(ensemble, result.significant)
        found = {**answer(ensemble, result), "comparators": [one.row() for one in beside]}
    return Answered(ensemble, result, found, patterns(ensemble))


def write_result(ensemble: Ensemble, target: Path, formats: tuple[str, ...] = ()) -> Finished:
    """Answer a finished ensemble and write its folder, whole or not at all."""
    return write_answered(answered(ensemble), target, formats)


def write_answered(done: Answered, target: Path, formats: tuple[str, ...] = ()) -> Finished:
    """Write the folder of an answered ensemble, whole or not at all.

    Raises DivertError where it cannot be written.
    """
    from sim import __version__
    from sim.view.figures import write_figures

    ensemble = done.ensemble
    with whole_folder(target) as folder:
        write_json(folder / "answer.json", done.answer)
        write_answer_table(folder / "answer.csv", done.answer)
        write_bands(folder / "bands.csv", ensemble)
        write_patterns(folder / "patterns.csv", done.patterns)
        write_arrays(folder / ARRAYS, ensemble)
        write_figures(folder, ensemble, done.offset)
        about = manifest(ensemble, __version__)
        write_formats(folder, formats, folder, about)
        write_json(folder / MANIFEST, {**about, "sha256": digests(folder)})
    return Finished(target, done.answer, done.sentences, done.patterns)


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
