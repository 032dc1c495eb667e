"""The files that a fit, its hold-out test and its sensitivity analysis leave, as typed rows."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from sim.calibration.simulate import AT_THE_NOTICE
from sim.errors import DivertError
from sim.json_text import json_of
from sim.view.evidence_rows import (
    Band,
    Calibration,
    Control,
    Effect,
    Evidence,
    Forecast,
    Goal,
    Pair,
    PatternFit,
    Posterior,
    Score,
    Sensitivity,
    SensitivityRun,
    Stability,
    Step,
)

WRITTEN_BY = {
    **dict.fromkeys(
        ("posterior.csv", "pairs.csv", "patterns.csv", "calibration.json"), "divert calibrate"
    ),
    **dict.fromkeys(("scores.csv", "forecasts.csv", "goals.csv"), "divert validate"),
    **dict.fromkeys(
        ("sensitivity.csv", "sensitivity.json", "sensitivity-calibrated.csv",
         "sensitivity-calibrated.json", "stability.csv"), "divert sensitivity",
    ),
}  # fmt: skip
"""The verb that writes each file; a missing or broken file is answered with it."""

Row = TypeVar("Row")


def _number(cell: str) -> float:
    """Return a finite number."""
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError
    return value


def _one_of(*allowed: str) -> Callable[[str], str]:
    """Return a reader of words out of a closed list."""

    def read(cell: str) -> str:
        if cell not in allowed:
            raise ValueError
        return cell

    return read


def _month(cell: str) -> str:
    """Return a month `YYYY-MM`."""
    if not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", cell):
        raise ValueError
    return cell


CELLS: dict[str, tuple[Callable[[str], Any], str]] = {
    "str": (str, "a word"),
    "int": (int, "a whole number"),
    "float": (_number, "a number"),
    "float | None": (lambda cell: _number(cell) if cell else None, "a number or empty"),
    "bool": (lambda cell: _one_of("yes", "no")(cell) == "yes", "yes or no"),
    "Month": (_month, "a month such as 2017-09"),
    "OriginName": (
        _one_of("a", AT_THE_NOTICE.name, "b", "all"),
        f"a, b, all or '{AT_THE_NOTICE.name}'",
    ),
    "Method": (_one_of("morris", "sobol"), "morris or sobol"),
}
"""How a cell is read and what it has to be, by the type of its field."""


def _again(path: Path) -> str:
    """Return what to do about a file that is missing or broken."""
    return f"`{WRITTEN_BY[path.name]}` writes this file"


def _text(path: Path) -> str:
    """Return the text of a file; raises DivertError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DivertError(f"there is no such file; {_again(path)}", file=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DivertError(f"the file cannot be read; {_again(path)}", file=path) from error


def read_rows(path: Path, kind: type[Row]) -> tuple[Row, ...]:
    """Return the rows of a CSV file as typed rows; columns that `kind` lacks are left alone.

    Raises DivertError that names file, line and column.
    """
    columns = [(f, f.metadata.get("column", f.name)) for f in fields(kind)]  # type: ignore[arg-type]
    try:
        header, *lines = list(csv.reader(io.StringIO(_text(path)))) or [[]]
    except csv.Error as error:
        raise DivertError(f"this is not CSV; {_again(path)}", file=path) from error
    for _, name in columns:
        if name not in header:
            raise DivertError(f"the column is missing; {_again(path)}", file=path, line=1, key=name)
    rows = []
    for number, cells in enumerate(lines, start=2):
        if not cells:
            continue
        if len(cells) != len(header):
            raise DivertError(
                f"{len(cells)} cells where the header has {len(header)}; {_again(path)}",
                file=path, line=number,
            )  # fmt: skip
        found = dict(zip(header, cells, strict=True))
        values = {}
        for one, name in columns:
            read, wanted = CELLS[str(one.type)]
            try:
                values[one.name] = read(found[name])
            except ValueError as error:
                raise DivertError(
                    f"{found[name]!r} is not {wanted}; {_again(path)}",
                    file=path, line=number, key=name,
                ) from error  # fmt: skip
        rows.append(kind(**values))
    return tuple(rows)


OBJECTS: dict[str, Any] = {"Control": Control, "Band": Band}


def _value(kind: str, value: Any, path: Path, key: str) -> Any:
    """Return one value of a JSON file as the type its field names."""
    number = _is_number(value)
    if kind == "tuple[Step, ...]" and isinstance(value, list):
        return tuple(_object(v, Step, path, f"{key}[{i}].") for i, v in enumerate(value))
    if kind == "Three" and isinstance(value, list) and len(value) == 3:
        return tuple(_value("float", v, path, key) for v in value)
    if kind.endswith("| None") and value is None:
        return None
    if (named := kind.removesuffix(" | None")) in OBJECTS:
        return _object(value, OBJECTS[named], path, f"{key}.")
    if kind in ("str", "Month") and isinstance(value, str):
        return value
    if kind.startswith("int") and number and value == int(value):
        return int(value)
    if kind.startswith("float") and number:
        return float(value)
    raise DivertError(f"{value!r} is not what belongs here; {_again(path)}", file=path, key=key)


def _is_number(value: Any) -> bool:
    """Return whether a value is a finite number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _object(found: Any, kind: type[Row], path: Path, above: str = "") -> Row:
    """Return a JSON object as a typed row; keys that `kind` lacks are left alone."""
    values = {}
    for one in fields(kind):  # type: ignore[arg-type]
        if not isinstance(found, dict) or one.name not in found:
            raise DivertError(
                f"the key is missing; {_again(path)}", file=path, key=above + one.name
            )
        values[one.name] = _value(str(one.type), found[one.name], path, above + one.name)
    return kind(**values)


def read_object(path: Path, kind: type[Row]) -> Row:
    """Return a JSON file as a typed row; raises DivertError that names file and key."""
    try:
        found = json_of(_text(path))
    except ValueError as error:
        raise DivertError(f"this is not JSON; {_again(path)}", file=path) from error
    return _object(found, kind, path)


def _sensitivity(folders: Sequence[Path]) -> tuple[Sensitivity, ...]:
    """Return the sensitivity analyses that are there, that over the prior first."""
    found = []
    for name in ("sensitivity", "sensitivity-calibrated"):
        table = _find(folders, f"{name}.csv")
        if table.exists():
            effects = read_rows(table, Effect)
            run = read_object(table.with_suffix(".json"), SensitivityRun)
            found.append(Sensitivity(effects, run))
    return tuple(found)


TOGETHER = (
    ("scores.csv", "forecasts.csv", "goals.csv"),
    ("posterior.csv", "pairs.csv", "patterns.csv", "calibration.json"),
)
"""Files of one run: they come from one folder or not at all."""


def _find(folders: Sequence[Path], name: str) -> Path:
    """Return a file in the first folder that has it or one of the same run."""
    run = next((names for names in TOGETHER if name in names), (name,))
    for folder in folders:
        if any((folder / other).exists() for other in run):
            return folder / name
    return folders[-1] / name


def read_evidence(*folders: Path) -> Evidence:
    """Return what the files of folders say; of each file the first folder that has it counts.

    Raises DivertError that names a file, and a column or key, that is missing or wrong.
    """
    for folder in folders:
        if not folder.is_dir():
            raise DivertError(
                "there is no such folder; `divert calibrate`, `divert validate` and `divert "
                "sensitivity` write the files of one",
                file=folder,
            )
    table = lambda name, kind: read_rows(_find(folders, f"{name}.csv"), kind)  # noqa: E731
    found = Evidence(
        scores=table("scores", Score),
        forecasts=table("forecasts", Forecast),
        goals=table("goals", Goal),
        posterior=table("posterior", Posterior),
        pairs=table("pairs", Pair),
        patterns=table("patterns", PatternFit),
        calibration=read_object(_find(folders, "calibration.json"), Calibration),
        sensitivity=_sensitivity(folders),
        stability=table("stability", Stability) if _find(folders, "stability.csv").exists() else (),
    )
    for name in ("scores", "forecasts", "posterior"):
        if not getattr(found, name):
            path = _find(folders, f"{name}.csv")
            raise DivertError(f"the file has no rows; {_again(path)}", file=path)
    return found
