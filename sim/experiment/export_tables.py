"""Tables of a finished run as Parquet and Stata files, with units and labels inside."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from sim.errors import DivertError
from sim.experiment.stored import AGAIN

FIXED = datetime(2000, 1, 1)  # Stata stamps its files; the same run gives the same bytes
STATA, LABEL_LENGTH = 118, 80

NUMBERS = ("p05", "p50", "p95", "record_low", "record_high")
LARGEST = 1e300
"""Stata's largest number is little beyond."""

MONTH, FLAG, UNIT = "month", "recorded", "unit"
UNIT_WORDS = {"musd": "million USD"}
MIXED = "as in the column unit"

QUANTILES = {
    "p05": "5 % quantile over members",
    "p50": "Median over members",
    "p95": "95 % quantile over members",
}


@dataclass(frozen=True)
class Kind:
    """A table of a run: its columns with labels, and what a row is `per`."""

    name: str
    title: str
    labels: dict[str, str]
    per: str = ""
    coded: bool = False  # words as value labels: many rows of few words


KINDS = (
    Kind(
        "bands", "flows by arm, month, partner, good and route",
        {
            "arm": "Arm of the experiment", "month": "Month", "partner": "Partner of the DPRK",
            "direction": "Direction of trade", "good": "Good",
            "route": "Route: legal, illegal or all", "recorded": "Whether customs would book it",
            "unit": "Unit of the numbers", **QUANTILES,
        },
        per=" a month", coded=True,
    ),
    Kind(
        "answer", "the answer",
        {
            "quantity": "Quantity, as answer.json names it", "unit": "Unit of the numbers",
            "label": "What it is", **QUANTILES,
        },
    ),
    Kind(
        "patterns", "model against the record",
        {
            "pattern": "Pattern P1 to P10", "quantity": "Quantity", "unit": "Unit of the numbers",
            **QUANTILES, "record_low": "Record, low end", "record_high": "Record, high end",
            "mark": "A official, B estimate, C judgement",
            "inside": "Whether the record lies in the band",
            "seen": "Whether the draws were fitted to it",
        },
    ),
)  # fmt: skip


def read_table(path: Path | TextIO, kind: Kind) -> Any:
    """Return a table of a run as a data frame, from its file or its text.

    Raises DivertError where it cannot be read.
    """
    import pandas as pd

    words = [name for name in kind.labels if name not in (*NUMBERS, FLAG)]
    empty = {name: [""] for name in kind.labels if name in NUMBERS}
    try:
        text = path.read_text(encoding="utf-8") if isinstance(path, Path) else path.read()
        widths = {len(row) for row in csv.reader(io.StringIO(text)) if row}
        table = pd.read_csv(
            io.StringIO(text), dtype=dict.fromkeys(words, "object"), keep_default_na=False,
            na_values=empty,
        )  # fmt: skip
    except (OSError, ValueError, csv.Error) as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=path) from error
    if tuple(table.columns) != tuple(kind.labels):
        raise DivertError(f"found a table of other columns; {AGAIN}", file=path)
    try:
        table = table.astype({name: "float64" for name in empty})
        good = widths == {len(kind.labels)} and _fits(table, list(empty))
    except (ValueError, TypeError, OverflowError):
        good = False
    if not good:
        raise DivertError(
            f"found a cell that no run writes in its column, or a row of other cells; {AGAIN}",
            file=path,
        )
    return table


def _fits(table: Any, numbers: list[str]) -> bool:
    """Return whether every cell is of its column; raises ValueError for what is no month."""
    import pandas as pd

    if MONTH in table:
        pd.to_datetime(table[MONTH], format="%Y-%m")
    flags = FLAG not in table or table.empty or table[FLAG].dtype == bool
    return bool(flags and not (table[numbers].abs() > LARGEST).to_numpy().any())


def units_of(table: Any, kind: Kind) -> dict[str, str]:
    """Return the unit of every column, numbers from the table's own column of units."""
    found = sorted(set(table[UNIT]))
    unit = UNIT_WORDS.get(found[0], found[0]) + kind.per if len(found) == 1 else MIXED
    return {
        name: unit if name in NUMBERS else "month" if name == MONTH else "" for name in kind.labels
    }


def write_parquet(path: Path, table: Any, kind: Kind, about: dict[str, str]) -> None:
    """Write a table as Parquet, unit and label in the metadata of each column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pa.Table.from_pandas(table, preserve_index=False)
    units = units_of(table, kind)
    fields = [
        field.with_metadata({"unit": units[field.name], "label": kind.labels[field.name]})
        for field in plain.schema
    ]
    meta = {"labels": json.dumps(kind.labels), **about, "title": _title(kind, about)}
    pq.write_table(plain.cast(pa.schema(fields, metadata=meta)), path)


def write_stata(path: Path, table: Any, kind: Kind, about: dict[str, str]) -> None:
    """Write a table as Stata 118, months as `%tm`, unit and label in the label of a column."""
    import pandas as pd

    stata = table.copy()
    if kind.coded:
        words = [name for name in kind.labels if name not in (*NUMBERS, MONTH, FLAG)]
        stata = stata.astype(dict.fromkeys(words, "category"))
    dates = {}
    if MONTH in stata:
        stata[MONTH] = pd.to_datetime(table[MONTH], format="%Y-%m")
        dates[MONTH] = "tm"
    if FLAG in stata:
        stata[FLAG] = table[FLAG].astype("int8")
    units = units_of(table, kind)
    labels = {
        name: f"{label}, {units[name]}" if name in NUMBERS else label
        for name, label in kind.labels.items()
    }
    with path.open("wb") as file:
        stata.to_stata(
            file, version=STATA, write_index=False, convert_dates=dates, variable_labels=labels,
            time_stamp=FIXED, data_label=_title(kind, about)[:LABEL_LENGTH],
        )  # fmt: skip


def _title(kind: Kind, about: dict[str, str]) -> str:
    """Return the title of a table's file."""
    return f"divert {about['version']}, {about['scenario']}: {kind.title}"
