"""One side of a comparison: a finished run read back, or a scenario run now, as the same arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sim import __version__
from sim.axes import ARMS
from sim.code import code_digest
from sim.errors import DivertError
from sim.experiment.ensemble import Ensemble, run_ensemble
from sim.experiment.results import draws_digest
from sim.experiment.stored import (
    AGAIN,
    ARRAYS,
    PARAMETER,
    check_whole,
    labels_of,
    must_hold_results,
    read_arrays,
    read_manifest,
    scenario_in,
)
from sim.inputs import build_inputs
from sim.model import SanctionsModel
from sim.parameters import accepted, all_parameters
from sim.record import VARIABLES, Record
from sim.scenario import Scenario
from sim.scenario_file import load_scenario

UNSAID = "not said"
"""The digest of the code in a manifest that says none."""

KEYS = ("divert", "draws_sha256", "scenario", "sha256")
"""Keys of a manifest that tell whether runs can be paired."""


@dataclass(frozen=True)
class Side:
    """What is compared, before it is read: where it is, its scenario and what determined it."""

    label: str
    folder: Path | None
    scenario: Scenario
    version: str
    code: str
    draws: str
    ensemble: Ensemble | None = None  # finished in this process
    model: str = ""  # name of a model of one's own

    @property
    def finished(self) -> bool:
        """Return whether it has been run already."""
        return self.folder is not None or self.ensemble is not None

    @property
    def place(self) -> str:
        """Return the folder, or the name of a scenario that is run now."""
        return self.label if self.folder is None else str(self.folder)

    def called(self, label: str) -> Side:
        """Return the same side under another label."""
        return replace(self, label=label)


def is_folder(wanted: str) -> bool:
    """Return whether a word names a results folder and not a scenario or its file."""
    path = Path(wanted)
    return path.is_dir() or (len(path.parts) > 1 and path.suffix not in (".yaml", ".yml"))


def side_of(wanted: str, overrides: Mapping[str, str]) -> Side:
    """Return what a word names: a folder that `divert run` wrote, or a scenario to be run.

    Raises DivertError for what is missing, cut short, changed, or has no answer arms.
    """
    side = _from_folder(Path(wanted)) if is_folder(wanted) else _from_scenario(wanted, overrides)
    must_answer(side, wanted)
    return side


def must_answer(side: Side, place: object) -> None:
    """Raise DivertError for a side without the four arms or the answer."""
    missing = [arm for arm in ARMS if arm not in side.scenario.arms]
    if missing or not side.scenario.answer:
        what = f"no arm {' or '.join(missing)}" if missing else "answer: false"
        raise DivertError(
            f"found {what}; allowed: a run with arms: [{', '.join(ARMS)}] and answer: true",
            file=place,
        )


def _from_scenario(wanted: str, overrides: Mapping[str, str]) -> Side:
    return side_of_scenario(load_scenario(wanted, overrides))


def side_of_scenario(scenario: Scenario) -> Side:
    """Return a scenario as a side to be run; raises DivertError where its draws are missing."""
    accepted(scenario.parameters.draws)
    draws = draws_digest(scenario)
    return Side(scenario.name, None, scenario, __version__, code_digest(), draws)


def side_of_ensemble(ensemble: Ensemble) -> Side:
    """Return an ensemble that was run in this process as a side."""
    side = side_of_scenario(ensemble.scenario)
    own = "" if ensemble.model is SanctionsModel else ensemble.model.__name__
    label = f"{side.label}-{own}" if own else side.label
    return replace(side, label=label, ensemble=ensemble, model=own)


def _from_folder(folder: Path) -> Side:
    must_hold_results(folder)
    manifest = read_manifest(folder, KEYS)
    scenario = scenario_in(manifest, folder)
    check_whole(folder, manifest, (ARRAYS,))
    version, draws = str(manifest["divert"]), str(manifest["draws_sha256"])
    code = str(manifest.get("code", UNSAID))
    return Side(folder.resolve().name, folder, scenario, version, code, draws)


def ensemble_of(side: Side, progress: Callable[[float], None] | None = None) -> Ensemble:
    """Return the finished ensemble of a side, its arrays rounded as a results folder keeps them.

    Raises DivertError where the folder's arrays cannot be read or are not those of its scenario.
    """
    if side.folder is None:
        ensemble = side.ensemble
        if ensemble is None:
            ensemble = run_ensemble(side.scenario, side.scenario.arms, progress)
        mine = side.ensemble is None
        kept = ensemble.record if mine else Record(ensemble.inputs, len(ensemble.arms))
        for name in kept.names():
            # As a folder keeps it: a scenario run now and its folder give the same bytes.
            kept[name][...] = ensemble.record[name].astype(np.float32)
        return replace(ensemble, record=kept)
    found = read_arrays(side.folder / ARRAYS)
    parameters = {
        name.removeprefix(PARAMETER): values.astype(np.float64)
        for name, values in found.items()
        if name.startswith(PARAMETER)
    }
    _, arms = labels_of(found, side.scenario, side.folder / ARRAYS)
    if set(parameters) != set(all_parameters()):
        raise DivertError(
            f"found other parameters than this version of divert draws; {AGAIN}",
            file=side.folder / ARRAYS,
        )
    inputs = build_inputs(side.scenario, parameters)
    record = Record(inputs, len(arms))
    for name in VARIABLES:
        if found[name].shape != record[name].shape:
            raise DivertError(
                f"found {name} with axes of {', '.join(map(str, found[name].shape))}, which are "
                f"not those of its scenario; {AGAIN}",
                file=side.folder / ARRAYS,
            )
        record[name][...] = found[name]
    return Ensemble(side.scenario, arms, inputs, record, parameters)
