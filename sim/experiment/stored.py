"""A run read back from its results folder: scenario, months, arms, arrays and parameters."""

from __future__ import annotations

import hashlib
import lzma
import struct
import tokenize
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
from sim.experiment.leftovers import settle
from sim.json_text import json_of
from sim.record import VARIABLES, shape_of
from sim.scenario import MOST_MEMBERS, Scenario

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
    scenario = scenario_in(read_manifest(folder, ("scenario",)), folder)
    wanted = tuple(dict.fromkeys((*DECISIONS, *also)))
    found = read_arrays(folder / ARRAYS, wanted)
    months, arms = labels_of(found, scenario, folder / ARRAYS)
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
    if not all((folder / name).is_file() for name in (ARRAYS, MANIFEST)):
        # A killed process may have moved it away; a living one is waited for.
        settle(folder.parent)
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


def read_manifest(folder: Path, keys: tuple[str, ...] = KEYS) -> dict[str, Any]:
    """Return the manifest of a run; raises DivertError where it cannot be read or lacks a key."""
    path = folder / MANIFEST
    try:
        content = json_of(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=path) from error
    if not isinstance(content, dict):
        content = {}
    missing = [key for key in keys if key not in content]
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


def scenario_in(manifest: dict[str, Any], folder: Path) -> Scenario:
    """Return the scenario of the manifest of `folder`; raises DivertError for one of no use."""
    try:
        return Scenario.model_validate(manifest["scenario"])
    except (ValidationError, TypeError) as error:
        raise DivertError(
            f"found a scenario as another version of divert wrote it; {AGAIN}",
            file=folder / MANIFEST,
        ) from error


def read_arrays(path: Path, recorded: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
    """Return labels, parameters and the recorded arrays of these names, or all, as stored.

    Raises DivertError for a file that cannot be read, that lacks one that is recorded today, or
    that says of one what no run could have recorded; such an array is not unpacked.
    """
    wanted = (*LABELS, *(VARIABLES if recorded is None else recorded))
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            missing = [name for name in wanted if name not in stored]
            names = [n for n in stored if n in wanted or n.startswith(PARAMETER)]
            for name in () if missing else names:
                _must_fit(path, name, *_header(stored.zip, name))
            found = {name: stored[name] for name in names} if not missing else {}
    except UNREADABLE as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=path) from error
    if missing:
        raise DivertError(
            f"found no {', '.join(missing[:3])}, which an older version of divert did not record; "
            f"{AGAIN}",
            file=path,
        )
    return found


LABELS = ("months", "arm_names")
MOST_LABELS, LONGEST_LABEL = 144, 64
MOST_ARMS = 4
UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, TypeError, AttributeError, NotImplementedError,
    RuntimeError, MemoryError, OverflowError, SyntaxError, zipfile.BadZipFile, zlib.error,
    lzma.LZMAError, struct.error, tokenize.TokenError,
)  # fmt: skip
"""What NumPy and zipfile raise about a file that is torn or was never one of theirs."""


def labels_of(
    found: dict[str, NDArray[Any]], scenario: Scenario, path: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return months and arms of arrays as `read_arrays` gives them.

    Raises DivertError where they, or the members of a parameter, are not those of the scenario.
    """
    run, arms = (tuple(str(word) for word in found[name]) for name in LABELS)
    wrong = [n for n, v in found.items() if n.startswith(PARAMETER) and len(v) != scenario.members]
    if run != scenario.period.months:
        wrong.append("months")
    if sorted(arms) != sorted(scenario.arms):
        wrong.append("arms")
    if wrong:
        raise DivertError(
            f"found {wrong[0]} that are not those of the run's scenario; {AGAIN}", file=path
        )
    return run, arms


def _header(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type that an array of an archive says it has, before it is unpacked."""
    with archive.open(f"{name}.npy") as member:
        version = np.lib.format.read_magic(member)
        if version == (1, 0):
            shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        else:
            shape, _, dtype = np.lib.format.read_array_header_2_0(member)
    return shape, dtype


def _must_fit(path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise DivertError for an array that no run of any scenario could have recorded."""
    if name in LABELS:
        fits = dtype.kind == "U" and dtype.itemsize <= 4 * LONGEST_LABEL
        fits = fits and len(shape) == 1 and 1 <= shape[0] <= MOST_LABELS
    elif name.startswith(PARAMETER):
        fits = dtype.kind == "f" and len(shape) == 1 and 1 <= shape[0] <= MOST_MEMBERS
    else:
        most = (MOST_LABELS, MOST_ARMS, MOST_MEMBERS)
        fits = dtype.kind == "f" and shape[3:] == shape_of(name) and len(shape) >= len(most)
        fits = fits and all(1 <= n <= limit for n, limit in zip(shape, most, strict=False))
    if not fits:
        raise DivertError(
            f"found {name} with axes of {', '.join(map(str, shape))}, as another version of "
            f"divert recorded it, or with values of type {dtype}; {AGAIN}",
            file=path,
        )
