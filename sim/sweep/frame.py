"""`from sim import sweep`: a sweep run from Python, its runs as a frame."""

from __future__ import annotations

import os
from collections.abc import Callable
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING

from sim.agents.kinds import classes_of
from sim.errors import DivertError
from sim.measure_kinds import known_kinds
from sim.model import SanctionsModel, must_be_model
from sim.scenario_file import scenario_tree
from sim.scenario_terms import shown
from sim.sweep.command import run_sweep
from sim.sweep.file import Sweep, load_sweep
from sim.sweep.store import read_table
from sim.workers import cores

if TYPE_CHECKING:
    import pandas as pd


def sweep(
    file: str | os.PathLike[str],
    /,
    *,
    out: str | os.PathLike[str] = "results",
    members: int | None = None,
    workers: int | None = None,
    model: type[SanctionsModel] = SanctionsModel,
    retry_failed: bool = False,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Run what a sweep has not done yet, store it in `out/NAME/`, and return all its runs.

    `file` is the path of a sweep file or the name of a shipped one, as in `divert sweep`; the same
    call goes on after a stop. One row a run: `key`, `point`, `member`, `status` (ok or failed) and
    `message`, the outputs (units in `manifest.json`), then the value of every factor. `members` of
    each point and `workers` (processes; one a core without it) as on the command line; `progress`
    receives the share done, 0 to 1. `model` is a subclass with rules of its own: its runs lie in
    `out/NAME-MODEL/`, and one that is defined in a script or notebook runs in this process. Raises
    DivertError for a file, a number or a folder that is wrong; a run that fails is a row.
    """
    must_be_model(model)
    if not isinstance(file, str | os.PathLike):
        raise DivertError(f"found {shown(file)} as a sweep; allowed: the path or name of one")
    found = load_sweep(os.fspath(file))
    if members is not None:
        found = found.model_copy(update={"members": _count("members", members, 4096)})
    if model is not SanctionsModel:
        found = found.model_copy(update={"name": f"{found.name}-{model.__name__}"})
    count = _processes(workers, (*classes_of(model), *_named(found)))
    done = run_sweep(
        found, Path(out), count, retry_failed=retry_failed, report=progress, model=model
    )
    return read_table(done.folder).to_pandas()


def _named(sweep: Sweep) -> tuple[type, ...]:
    """Return the kinds of measures of one's own that a sweep or its scenario may name."""
    known = known_kinds()
    text = f"{sweep!r} {scenario_tree(sweep.scenario)!r}" if known else ""
    return tuple(kind for kind in known if kind.word in text)


def _processes(workers: int | None, own: tuple[type, ...]) -> int:
    """Return how many processes to use; raises DivertError where they could not find the rules."""
    count = cores() if workers is None else _count("workers", workers, 1024)
    here = [k for k in own if k.__module__ == "__main__" or "<locals>" in k.__qualname__]
    if not here or count == 1:
        return count
    if workers is None:
        return 1
    raise DivertError(
        f"found {workers} workers for {here[0].__name__}, which other processes cannot import; "
        "allowed: workers=1, or the class in a module of its own",
        key="workers",
    )


def _count(name: str, value: int, most: int) -> int:
    """Return a whole number from 1 to `most`; raises DivertError for anything else."""
    try:
        count = index(value)
    except TypeError:
        count = 0
    if isinstance(value, bool) or not 1 <= count <= most:
        raise DivertError(
            f"found {shown(value)}; allowed: a whole number from 1 to {most:,}", key=name
        )
    return count
