"""Tables as CSV, written one way: commas, line feeds, UTF-8; the same rows give the same bytes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO


def rows_into(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a heading and rows, cells as they print, as the text of a CSV file."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file; raises OSError where it cannot be written."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows_into(file, columns, rows)


def write_records(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows that name their cells, numbers with six digits; raises OSError as `write_rows`."""
    write_rows(path, columns, ([_cell(row[name]) for name in columns] for row in rows))


def _cell(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
