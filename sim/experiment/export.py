"""Tables of a finished run as Parquet and Stata files, with units and labels inside."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sim.errors import DivertError, nearest
from sim.experiment.export_arrays import write_flows
from sim.experiment.results import BANDS_COLUMNS, check_writable, whole_file
from sim.experiment.stored import AGAIN, read_run

FORMATS = ("parquet", "dta", "nc")
TABLE, FLOWS = "bands", "flows"
FIXED = datetime(2000, 1, 1)  # Stata stamps its files; the same run gives the same bytes

LABELS = {
    "arm": ("", "Arm of the experiment"),
    "month": ("month", "Month"),
    "partner": ("", "Partner of the DPRK"),
    "direction": ("", "Direction of trade"),
    "good": ("", "Good"),
    "route": ("", "Route: legal, illegal or all"),
    "recorded": ("", "Whether customs would book it"),
    "unit": ("", "Unit of the numbers"),
    "p05": ("USD million a month", "5 % quantile over members"),
    "p50": ("USD million a month", "Median over members"),
    "p95": ("USD million a month", "95 % quantile over members"),
}


def check_formats(formats: tuple[str, ...]) -> None:
    """Raise DivertError for a format that is not in `FORMATS`."""
    for name in formats:
        if name not in FORMATS:
            raise DivertError(
                f"found {name!r}; allowed: {', '.join(FORMATS)}{nearest(name, FORMATS)}",
                key="--format",
            )


def export_run(folder: Path, formats: tuple[str, ...], out: Path) -> list[Path]:
    """Write the bands of the run in `folder` into `out`, one file per format.

    Raises DivertError for an unknown format, a folder that is not a result, a table that cannot
    be read, or a folder that cannot be written.
    """
    check_formats(formats)
    run = read_run(folder)
    table = _bands(folder / f"{TABLE}.csv")
    check_writable(out)
    written = []
    for name in formats:
        target = out / f"{FLOWS if name == 'nc' else TABLE}.{name}"
        with whole_file(target) as scratch:
            if name == "nc":
                write_flows(scratch, folder, run)
            else:
                (_write_parquet if name == "parquet" else _write_stata)(scratch, table)
        written.append(target)
    return written


def _bands(path: Path) -> Any:
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=path) from error
    if tuple(table.columns) != BANDS_COLUMNS or bool(table.isna().to_numpy().any()):
        raise DivertError(f"found a table that is not whole; {AGAIN}", file=path)
    return table


def _write_parquet(path: Path, table: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pa.Table.from_pandas(table, preserve_index=False)
    fields = [
        field.with_metadata(dict(zip(("unit", "label"), LABELS[field.name], strict=True)))
        for field in plain.schema
    ]
    meta = {"labels": json.dumps({name: label for name, (_, label) in LABELS.items()})}
    pq.write_table(plain.cast(pa.schema(fields, metadata=meta)), path)


def _write_stata(path: Path, table: Any) -> None:
    import pandas as pd

    words = [name for name in table.columns if not name.startswith("p0") and name not in
             ("month", "recorded", "p50", "p95")]  # fmt: skip
    stata = table.astype(dict.fromkeys(words, "category") | {"recorded": "int8"})
    stata["month"] = pd.to_datetime(table["month"], format="%Y-%m")
    labels = {name: f"{label}, {unit}" if unit.startswith("USD") else label
              for name, (unit, label) in LABELS.items()}  # fmt: skip
    with path.open("wb") as file:
        stata.to_stata(
            file, version=118, write_index=False, convert_dates={"month": "tm"},
            variable_labels=labels, time_stamp=FIXED, data_label="divert: bands of a run",
        )  # fmt: skip
