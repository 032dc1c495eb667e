"""A run read back from its results folder: scenario, months, arms, arrays and parameters."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.errors import DivertError, nearest
from sim.record import VARIABLES, shape_of
from sim.scenario import Scenario

Array = NDArray[np.float64]

ARRAYS, MANIFEST = "arrays.npz", "manifest.json"
PARAMETER = "parameter."
AGAIN = "run the scenario again"

DECISIONS = (
    "enforcement", "enforcement_terms", "enforcement_target", "support", "support_terms",
    "support_target", "own_acts", "under_measures", "us_pressure", "provocation", "thaw", "need",
    "influence_lost", "trade_lost", "commerce", "returns", "permits", "visas", "tests", "receipts",
    "plan", "budget", "unmet", "reserves", "effort", "favour", "openness", "lawful_growth",
    "output", "monitoring", "council_terms", "council_limit", "council_status_quo",
    "council_asked", "council_accepted", "council_tension", "council_event", "council_outside",
)  # fmt: skip
"""Recorded arrays that say what actors saw, weighed and decided."""


@dataclass(frozen=True)
class StoredRun:
    """A run read back; arrays as in `sim.record.VARIABLES`, (month, arm, member, ...)."""

    scenario: Scenario
    months: tuple[str, ...]
    arms: tuple[str, ...]
    arrays: dict[str, Array]
    parameters: dict[str, Array]  # (member,)

    @property
    def members(self) -> int:
        """Return the number of members."""
        return int(self.arrays["enforcement"].shape[2])


def read_run(folder: Path, also: tuple[str, ...] = ()) -> StoredRun:
    """Return the run whose results are in `folder`, with the recorded arrays `also` beside.

    Raises DivertError for a folder that is missing, holds no results, cannot be read, or was
    written by a version of divert that recorded other arrays.
    """
    must_hold_results(folder)
    scenario = _scenario(folder / MANIFEST)
    wanted = tuple(dict.fromkeys((*DECISIONS, *also)))
    found = read_arrays(folder / ARRAYS, wanted)
    months, arms = (tuple(str(x) for x in found[name]) for name in ("months", "arm_names"))
    arrays = {name: found[name].astype(np.float64) for name in wanted}
    lead = (len(months), len(arms), scenario.members)
    for name, array in arrays.items():
        if array.shape != (*lead, *shape_of(name)):
            raise DivertError(
                f"found {name} with axes of {', '.join(map(str, array.shape))}, as another "
                f"version of divert recorded it; {AGAIN}",
                file=folder / ARRAYS,
            )
    parameters = {
        name.removeprefix(PARAMETER): values.astype(np.float64)
        for name, values in found.items()
        if name.startswith(PARAMETER)
    }
    return StoredRun(scenario, months, arms, arrays, parameters)


def must_hold_results(folder: Path) -> None:
    """Raise DivertError for a folder without the files that a run writes."""
    if not folder.exists():
        beside = [p.name for p in folder.parent.glob("*") if (p / ARRAYS).is_file()]
        raise DivertError(
            "found no such folder; allowed: a folder that `divert run` wrote, as in "
            f"results/historical{nearest(folder.name, beside)}",
            file=folder,
        )
    missing = [name for name in (ARRAYS, MANIFEST) if not (folder / name).is_file()]
    if not missing:
        return
    inside = sorted(str(p.parent) for p in folder.glob(f"*/{ARRAYS}")) if folder.is_dir() else []
    hint = f" (did you mean {inside[0]!r}?)" if inside else ""
    what = f"a folder without {' and '.join(missing)}" if folder.is_dir() else "a file"
    raise DivertError(
        f"found {what}; allowed: a folder that `divert run` wrote, as in results/historical{hint}",
        file=folder,
    )


KEYS = ("divert", "code", "scenario", "scenario_digest", "seed", "sha256")
"""Keys of a manifest that the files of a run are known by."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run; raises DivertError where it cannot be read or lacks a key."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=path) from error
    if not isinstance(content, dict):
        content = {}
    missing = [key for key in KEYS if key not in content]
    missing += [key for key in ("scenario", "sha256") if not isinstance(content.get(key, {}), dict)]
    if missing:
        raise DivertError(
            f"found no {', '.join(missing[:3])}, as another version of divert wrote it; {AGAIN}",
            file=path,
        )
    return content


def check_whole(folder: Path, manifest: dict[str, Any], names: tuple[str, ...]) -> None:
    """Raise DivertError where one of a run's files is not the one that its manifest names."""
    for name in names:
        path, wanted = folder / name, manifest["sha256"].get(name)
        if wanted is None:
            raise DivertError(
                f"found no such file of this run, as an older version of divert wrote it; {AGAIN}",
                file=path,
            )
        must_be_whole(path, wanted)


def must_be_whole(path: Path, digest: object) -> None:
    """Raise DivertError for a file that is not, byte for byte, the one its run wrote."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DivertError(
            f"the file cannot be read ({error.strerror or error}); {AGAIN}", file=path
        ) from error
    if found != digest:
        raise DivertError(
            f"found a file that is not the one its run wrote, cut short or changed; {AGAIN}",
            file=path,
        )


def _scenario(path: Path) -> Scenario:
    """Return the scenario that a manifest holds."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Scenario.model_validate(content["scenario"])
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=path) from error
    except (ValidationError, KeyError, TypeError) as error:
        raise DivertError(
            f"found a scenario as another version of divert wrote it; {AGAIN}", file=path
        ) from error


def read_arrays(path: Path, recorded: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
    """Return labels, parameters and the recorded arrays of these names, or all, as stored.

    Raises DivertError for a file that cannot be read, or that lacks one that is recorded today.
    """
    wanted = ("months", "arm_names", *(VARIABLES if recorded is None else recorded))
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            missing = [name for name in wanted if name not in stored]
            names = [
                n for n in stored if recorded is None or n in wanted or n.startswith(PARAMETER)
            ]
            found = {name: stored[name] for name in names} if not missing else {}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=path) from error
    if missing:
        raise DivertError(
            f"found no {', '.join(missing[:3])}, which an older version of divert did not record; "
            f"{AGAIN}",
            file=path,
        )
    return found
