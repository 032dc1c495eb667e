"""`from sim import load, run, compare`: what the command does, as values, frames and arrays."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import DivertError
from sim.experiment.answer import BAND_NAMES, share_words
from sim.experiment.answer_table import answer_into
from sim.experiment.command import Answered, answered, write_answered
from sim.experiment.compare import (
    Compared,
    beside,
    every_side,
    must_run_one,
    window_in,
    write_compared,
)
from sim.experiment.compare_words import sentences
from sim.experiment.ensemble import run_ensemble
from sim.experiment.export import about_of, check_formats
from sim.experiment.export_arrays import dataset
from sim.experiment.export_tables import KINDS, read_table
from sim.experiment.paired import Measured
from sim.experiment.results import (
    bands_into,
    check_writable,
    manifest,
    patterns_into,
    stored_arrays,
)
from sim.experiment.side import (
    Side,
    is_folder,
    must_answer,
    side_of,
    side_of_ensemble,
    side_of_scenario,
)
from sim.experiment.stored import MANIFEST
from sim.measure_kinds import ENTRY_POINT, installed_words, own_kinds
from sim.model import SanctionsModel, must_be_model
from sim.parameters import accepted
from sim.scenario import Scenario
from sim.scenario_file import changed, scenario_of, scenario_tree
from sim.scenario_terms import shown
from sim.yaml_text import Tree

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Place = str | os.PathLike[str]
Progress = Callable[[float], None]

BANDS, ANSWER, PATTERNS = KINDS
SHORT = {"scale": "firms.scale"}
"""Options of the command line that are shorter than the key they set."""


# ---- load --------------------------------------------------------------------------------------


def load(scenario: Place | Scenario, /, **changes: Any) -> Scenario:
    """Return a scenario by shipped name, by path or as it is, with dotted keys changed.

    `changes` are those of `--set`, as Python values: `load("historical", members=8, scale=0.2,
    **{"actors.China.law": "none"})`; `scale` is short for `firms.scale`. Lists are replaced whole,
    mappings merge. Raises DivertError, one sentence, for a file or a value that is wrong.
    """
    if isinstance(scenario, Scenario):
        tree = Tree(scenario.resolved())
    elif isinstance(scenario, str | os.PathLike):
        if (Path(scenario) / MANIFEST).is_file():
            raise DivertError(
                "found the folder of a finished run; allowed: a scenario (compare() takes folders, "
                "and pandas reads their tables)",
                file=scenario,
            )
        tree = scenario_tree(scenario)
    else:
        raise DivertError(
            f"found {shown(scenario)} as a scenario; allowed: a path, the name of a shipped one, "
            "or what load() returned"
        )
    if not changes:
        return scenario_of(tree)
    keys = [SHORT.get(key, key) for key in changes]
    for key in keys:
        if keys.count(key) > 1:
            raise DivertError("found the key twice; allowed: once", key=key)
    values = dict(zip(keys, map(_plain, changes.values()), strict=True))
    return scenario_of(changed(tree, values, {}))


def _plain(value: Any) -> Any:
    """Return a value as a file would give it: NumPy's numbers, tuples, dates and paths written."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return os.fspath(value) if isinstance(value, os.PathLike) else value


# ---- run ---------------------------------------------------------------------------------------


def run(
    scenario: Place | Scenario,
    /,
    *,
    model: type[SanctionsModel] = SanctionsModel,
    progress: Progress | None = None,
    **changes: Any,
) -> Result:
    """Run a scenario, given and changed as for `load`, and return its result; nothing is written.

    `progress` receives the share done, 0 to 1. `model` is a subclass of `Model` or `SanctionsModel`
    with rules or actors of its own; its result can be compared, but not saved. Raises DivertError
    for a scenario that is wrong, and for a rule that fails, with its month.
    """
    world = load(scenario, **changes)
    must_be_model(model)
    accepted(world.parameters.draws)
    return Result(answered(run_ensemble(world, world.arms, progress, kind=model)))


@dataclass(frozen=True, repr=False)
class Result:
    """A finished run: its answer, tables and arrays, as `divert run` writes them."""

    answered: Answered

    @property
    def scenario(self) -> Scenario:
        """Return the scenario that was run."""
        return self.answered.ensemble.scenario

    @property
    def answer(self) -> dict[str, Any]:
        """Return what `answer.json` holds: bands as {p05, p50, p95}, USD million and shares."""
        return self.answered.answer

    @property
    def sentences(self) -> list[str]:
        """Return the answer in plain sentences."""
        return self.answered.sentences

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return the answer as `answer.csv` has it: quantity, unit, label, p05, p50, p95."""
        return _table(ANSWER, partial(answer_into, found=self.answer))

    @cached_property
    def members(self) -> pd.DataFrame:
        """Return loss, USD million, and offset, autonomous and interaction, of it, by member.

        Beside them the parameters that each member has drawn; the bands of the answer are quantiles
        of these. Raises DivertError for a run without the four arms or the answer.
        """
        import pandas as pd

        found = self.answered.offset
        if found is None:
            raise DivertError("found a run without an answer; allowed: one with all four arms")
        values = {
            "loss": found.loss, "offset": found.ratio, "autonomous": found.autonomous,
            "interaction": found.interaction, **self.answered.ensemble.parameters,
        }  # fmt: skip
        return pd.DataFrame(values).rename_axis("member")

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Return flows as `bands.csv` has them, USD million a month.

        Columns arm, month, partner, direction, good, route, recorded, unit, p05, p50, p95.
        """
        return _table(BANDS, partial(bands_into, ensemble=self.answered.ensemble))

    @cached_property
    def patterns(self) -> pd.DataFrame:
        """Return the model beside the record as `patterns.csv` has it, with marks A, B and C."""
        return _table(PATTERNS, partial(patterns_into, rows=self.answered.patterns))

    @cached_property
    def arrays(self) -> xr.Dataset:
        """Return every recorded array, (month, arm, member, ...), with units and labels inside.

        Float32, as `divert export --format nc` writes them; drawn parameters as `parameter_NAME`.
        """
        ensemble = self.answered.ensemble
        about = about_of(manifest(ensemble, __version__))
        found: xr.Dataset = dataset(stored_arrays(ensemble), about)
        return found

    def save(self, folder: Place, formats: Sequence[str] = ()) -> Path:
        """Write the very folder of `divert run`, whole or not at all, and return it.

        `formats` (csv, parquet, dta, nc) adds tables and arrays in these. Raises DivertError for an
        unknown format, for a folder that holds anything but an older result or cannot be written,
        and for a run of a subclassed model, which no command could make again.
        """
        own = self.answered.ensemble.model
        if own is not SanctionsModel:
            raise DivertError(
                f"found a run of {own.__name__}, which the command line could not make again; "
                "allowed: to compare it, or to write its tables and arrays yourself"
            )
        for kind in own_kinds({measure.kind for measure in self.scenario.measures.add}):
            if kind.word not in installed_words():
                raise DivertError(
                    f"found a measure of the kind {kind.word}, which this process alone knows; "
                    f"allowed: a kind of an installed package (entry point {ENTRY_POINT})"
                )
        wanted = (formats,) if isinstance(formats, str) else tuple(formats)
        check_formats(wanted)
        return write_answered(self.answered, _free(folder, MANIFEST), wanted).folder

    def __str__(self) -> str:
        """Return the sentences, one a line."""
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        """Return what was run, and the offset."""
        found = self.answer.get("offset_ratio")
        offset = f", offset {share_words(found)} of the loss" if found else ""
        return f"<Result of {self.scenario.name}: {self.scenario.members} members{offset}>"


def _table(kind: Any, write: Callable[[io.StringIO], None]) -> Any:
    """Return the frame of a table from the text its file would hold."""
    text = io.StringIO(newline="")
    write(text)
    text.seek(0)
    return read_table(text, kind)


def _free(folder: Place, name: str) -> Path:
    """Return a folder that may be written; raises DivertError where it would cost other files."""
    target = Path(folder).resolve()
    if target.is_dir() and not (target / name).is_file() and any(target.iterdir()):
        raise DivertError(
            f"found a folder with other files in it and no {name}; allowed: a new folder, or an "
            "older result, which is then replaced",
            file=folder,
        )
    check_writable(target.parent)
    return target


# ---- compare -----------------------------------------------------------------------------------


def compare(
    *sides: Place | Scenario | Result,
    window: str | tuple[str, str] | None = None,
    **changes: Any,
) -> Comparison:
    """Set the same draws in two or more runs side by side, paired member by member.

    Each side is a `Result`, a scenario as for `load`, which is then run with `changes`, or a folder
    that `divert run` wrote; the first is the reference. `window` names months that all cover, as
    ("2017-01", "2019-12") or "2017-01:2019-12". Raises DivertError for sides that are wrong or do
    not match in seed, members, firms, draws, months or code.
    """
    found = every_side(sides, lambda wanted: _side(wanted, changes))
    must_run_one(found, changes)
    months = window_in(window) if isinstance(window, str) else window
    return Comparison(*beside(found, months, Path(), lambda _: nullcontext()))


def _side(wanted: Place | Scenario | Result, changes: Mapping[str, Any]) -> Side:
    """Return a side from what was given."""
    if isinstance(wanted, Result):
        side = side_of_ensemble(wanted.answered.ensemble)
    elif isinstance(wanted, str | os.PathLike) and is_folder(os.fspath(wanted)):
        return side_of(os.fspath(wanted), {})
    else:
        side = side_of_scenario(load(wanted, **changes))
    must_answer(side, side.label)
    return side


@dataclass(frozen=True, repr=False)
class Comparison:
    """A finished comparison: paired differences as a frame, and what stands out in sentences."""

    compared: Compared
    measured: list[Measured]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return every quantity of every scenario, and its paired difference to the reference.

        Columns scenario, quantity, unit, p05, p50, p95, difference_p05, _p50, _p95, same_sign
        (share of members), pairs, mean_difference, seed_noise_se, stands_out.
        """
        import pandas as pd

        return pd.DataFrame([_flat(row) for row in self.content["rows"]])

    @cached_property
    def terms(self) -> pd.DataFrame:
        """Return the keys in which the scenarios differ, a column of values for each."""
        import pandas as pd

        columns = ["key", *self.compared.labels]
        return pd.DataFrame(self.compared.terms, columns=columns)

    @property
    def content(self) -> dict[str, Any]:
        """Return what `compare.json` holds."""
        return self.compared.content()

    @property
    def sentences(self) -> list[str]:
        """Return what stands out from the noise of the seeds."""
        return sentences(self.compared)

    def save(self, folder: Place) -> Path:
        """Write the very folder of `divert compare`, whole or not at all, and return it.

        Raises DivertError for a folder that holds anything but an older comparison.
        """
        target = _free(folder, "compare.json")
        write_compared(replace(self.compared, folder=target), self.measured)
        return target

    def __str__(self) -> str:
        """Return the sentences, one a line."""
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        """Return what was compared."""
        return f"<Comparison of {', '.join(self.compared.labels)}>"


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of `compare.json` with bands as columns."""
    none = dict.fromkeys(BAND_NAMES)
    band, difference = row["band"] or none, row["difference"] or none
    return {
        "scenario": row["scenario"], "quantity": row["quantity"], "unit": row["unit"],
        **{name: band.get(name) for name in BAND_NAMES},
        **{f"difference_{name}": difference.get(name) for name in BAND_NAMES},
        **{key: row[key] for key in ("same_sign", "pairs", "mean_difference", "seed_noise_se",
                                     "stands_out")},
    }  # fmt: skip
