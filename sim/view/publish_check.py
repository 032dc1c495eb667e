"""Whether the published answer is current: each file against the one made now."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import DivertError
from sim.view.publish import PUBLISHED, Report, made_parts

RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""Numbers as near as this are the same: processors may round the last digits otherwise."""

DIGITS = 6  # of the numbers in CSV files
KEPT = ("README.md",)
TABLES = (".json", ".csv")

Cells = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """One published file: its path, what was compared, and what is wrong, None where current."""

    path: Path
    compared: str
    wrong: str | None = None


CELLS, BYTES, BY_TABLES = "cell by cell", "the same bytes", "by size and the tables beside it"


def check_published(
    parts: tuple[str, ...], out: Path, runs: Path | None, report: Report
) -> list[Verdict]:
    """Return a verdict on every file of parts in `out`, made again in a scratch folder.

    Raises DivertError where there is no such folder, and as `sim.view.publish.publish`.
    """
    if not out.is_dir():
        raise DivertError("found no such folder; `divert publish` makes it", file=out)
    with tempfile.TemporaryDirectory() as scratch:
        made = made_parts(parts, Path(scratch), runs, report)
        found = [one for part in parts for one in compare_part(out / part, made / part)]
    if set(parts) == set(PUBLISHED):
        here = sorted(path for path in out.iterdir() if path.name not in (*PUBLISHED, *KEPT))
        found += [_extra(path) for path in here]
    return found


def compare_part(published: Path, made: Path) -> list[Verdict]:
    """Return a verdict on every file of a part: tables first, figures by them, then extra files."""
    names = sorted(path.name for path in made.iterdir())
    tables = [_table(published / n, made / n) for n in names if Path(n).suffix in TABLES]
    current = all(one.wrong is None for one in tables)
    figures = [
        _figure(published / n, made / n, current) for n in names if Path(n).suffix not in TABLES
    ]
    inside = sorted(path for path in published.rglob("*") if path.is_file())
    extra = [_extra(path) for path in inside if path.parent != published or path.name not in names]
    return [*tables, *figures, *extra]


def _extra(path: Path) -> Verdict:
    return Verdict(path, "name", "it is no file of the published answer; remove it")


def _missing(path: Path) -> Verdict:
    return Verdict(path, "name", "it is missing; `divert publish` makes it")


def _table(published: Path, made: Path) -> Verdict:
    """Return whether a table has the cells of the one made now."""
    if not published.is_file():
        return _missing(published)
    cells_of = json_cells if made.suffix == ".json" else csv_cells
    try:
        old = cells_of(published.read_text(encoding="utf-8"))
    except (OSError, ValueError, csv.Error):
        return Verdict(published, CELLS, f"it cannot be read as {made.suffix[1:].upper()}")
    return Verdict(published, CELLS, difference(old, cells_of(made.read_text(encoding="utf-8"))))


def _figure(published: Path, made: Path, tables_current: bool) -> Verdict:
    """Return whether a figure is the one made now, or is whole and its tables are current."""
    from matplotlib.image import imread

    if not published.is_file():
        return _missing(published)
    if published.read_bytes() == made.read_bytes():
        return Verdict(published, BYTES)
    try:
        size = imread(published).shape[:2]
    except (OSError, ValueError, SyntaxError):
        return Verdict(published, BY_TABLES, "it cannot be read as a PNG file")
    if size != imread(made).shape[:2]:
        return Verdict(published, BY_TABLES, "its size in pixels is not that of the figure now")
    if not tables_current:
        return Verdict(published, BY_TABLES, "a table it is drawn from is not current")
    return Verdict(published, BY_TABLES)


def json_cells(text: str) -> Cells:
    """Return the values of a JSON text by their place, `a.b.0`; raises ValueError for another."""
    cells: Cells = {}

    def walk(place: str, value: Any) -> None:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            here = f"{place}.{key}" if place else str(key)
            if isinstance(one, dict | list) and one:
                walk(here, one)
            else:
                cells[here] = one

    content = json.loads(text)
    if not isinstance(content, dict | list):
        raise ValueError
    walk("", content)
    return cells


def csv_cells(text: str) -> Cells:
    """Return the cells of a CSV text by `line N, column`, numbers as `Rounded`."""
    head, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    cells: Cells = {"columns": ", ".join(head)}
    for number, row in enumerate(rows, start=2):
        for i, cell in enumerate(row):
            column = head[i] if i < len(head) else f"column {i + 1}"
            cells[f"line {number}, {column}"] = _cell(cell)
    return cells


class Rounded(float):
    """A number of a CSV file, which has six digits."""


def _cell(text: str) -> str | Rounded:
    """Return a cell as a number where it is one."""
    try:
        value = Rounded(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def same(old: Any, new: Any) -> bool:
    """Return whether two cells are the same: text equal, numbers near.

    Numbers of CSV files may be one unit of the sixth digit apart.
    """
    numbers = [isinstance(x, int | float) and not isinstance(x, bool) for x in (old, new)]
    if not all(numbers):
        return type(old) is type(new) and bool(old == new)
    size = max(abs(old), abs(new))
    near = max(RELATIVE * size, ABSOLUTE)
    if isinstance(new, Rounded) and size > 0.0:
        near = max(near, (1.0 + RELATIVE) * 10.0 ** (math.floor(math.log10(size)) + 1 - DIGITS))
    return bool(abs(old - new) <= near)


def difference(old: Cells, new: Cells) -> str | None:
    """Return in words how many cells differ and the first of them, None where none does."""
    nothing = object()
    places = list(dict.fromkeys((*new, *old)))
    wrong = [p for p in places if not same(old.get(p, nothing), new.get(p, nothing))]
    if not wrong:
        return None
    first = wrong[0]
    was, now = (repr(x[first]) if first in x else "nothing" for x in (old, new))
    return (
        f"{len(wrong):,} of {len(places):,} cells differ, the first at {first}: published "
        f"{was}, made now {now}"
    )


def sentences(found: list[Verdict]) -> list[str]:
    """Return a sentence for every file that is not current, and one on what was compared."""
    lines = [f"Not current: {one.path}: {one.wrong}." for one in found if one.wrong is not None]
    current = [one for one in found if one.wrong is None]
    count = {kind: sum(one.compared == kind for one in current)
             for kind in (CELLS, BYTES, BY_TABLES)}  # fmt: skip
    drawn = (
        f", {count[BY_TABLES]} of the same size beside current tables, as another version of "
        "Matplotlib draws them"
        if count[BY_TABLES]
        else ""
    )
    return [
        *lines,
        f"Current: {len(current)} of {len(found)} files. Tables: {count[CELLS]}, cell by cell "
        f"(text equal; numbers within {RELATIVE:g} of themselves or {ABSOLUTE:g}, in CSV files, "
        "which hold six digits, within one unit of the sixth). Figures: "
        f"{count[BYTES]} with the same bytes{drawn}.",
    ]
