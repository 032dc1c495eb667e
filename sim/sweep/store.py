"""The folder of a sweep: parts that are whole or not there, a ledger, and what they belong to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import DivertError
from sim.experiment.results import whole_file
from sim.sweep.block import OK, Rows
from sim.sweep.outputs import UNITS
from sim.sweep.plan import Plan

MANIFEST, POINTS, PARTS, LEDGER, MONTHLY = (
    "manifest.json", "points.parquet", "parts", "ledger", "monthly",
)  # fmt: skip


def schema_of(outputs: tuple[str, ...]) -> pa.Schema:
    """Return the declared schema of a part: identity, status, one column an output."""
    fields = [
        pa.field("key", pa.string(), nullable=False),
        pa.field("point", pa.int32(), nullable=False),
        pa.field("member", pa.int32(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("message", pa.string(), nullable=False),
    ]
    fields += [pa.field(n, pa.float64(), metadata={"unit": UNITS[n]}) for n in outputs]
    return pa.schema(fields)


MONTHS_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("point", pa.int32(), nullable=False),
        pa.field("member", pa.int32(), nullable=False),
        pa.field("month", pa.string(), nullable=False),
        pa.field("series", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
    ]
)
"""Schema of series by month."""


class Store:
    """The folder of one sweep; only whole files are ever seen under their names."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.schema = schema_of(plan.sweep.outputs)

    def open(self) -> None:
        """Make or reopen the folder; raises DivertError where it holds another sweep's parts."""
        try:
            for name in (PARTS, LEDGER, *((MONTHLY,) if self.plan.sweep.monthly else ())):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DivertError(
                f"the results folder cannot be written ({error.strerror or error}); name another "
                "one with --out",
                file=self.folder,
            ) from error
        for left in self.folder.rglob(".*.part"):
            left.unlink(missing_ok=True)
        known = read_manifest(self.folder) if (self.folder / MANIFEST).exists() else None
        if known is not None and known["digest"] != self.plan.digest:
            raise DivertError(
                "found the parts of another sweep, or of this one before its file, its scenario, "
                "the data or divert itself changed; allowed: another --out, or another `name` in "
                "the sweep file",
                file=self.folder,
            )
        if known is None:
            self._begin()

    def _begin(self) -> None:
        """Write points and manifest of a new sweep."""
        from sim import __version__

        plan = self.plan
        columns: dict[str, Any] = {"point": pa.array(range(len(plan.points)), pa.int32())}
        for i, factor in enumerate(plan.points.factors):
            column = [row[i] for row in plan.points.values]
            plain = all(isinstance(v, int | float) and not isinstance(v, bool) for v in column)
            columns[factor.label] = (
                pa.array([float(v) for v in column], pa.float64())
                if plain
                else pa.array([v if isinstance(v, str) else json.dumps(v) for v in column])
            )
        if any(draw is not None for draw in plan.points.draws):
            columns["draw"] = pa.array(plan.points.draws, pa.int32())
        with _whole(self.folder / POINTS) as scratch:
            pq.write_table(pa.table(columns), scratch)
        manifest = {
            "divert": __version__,
            "digest": plan.digest,
            "sweep": plan.sweep.model_dump(mode="json"),
            "factors": [f.label for f in plan.points.factors],
            "arms": list(plan.arms),
            "points": len(plan.points),
            "runs": plan.runs,
            "units": {name: UNITS[name] for name in plan.sweep.outputs},
        }
        with _whole(self.folder / MANIFEST) as scratch:
            text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False, default=str)
            scratch.write_text(text + "\n", encoding="utf-8")

    def finished(self, retry_failed: bool = False) -> set[str]:
        """Return the keys of runs that need not be done again."""
        keys: set[str] = set()
        for table in self._parts(("key", "status")):
            status = table.column("status").to_pylist()
            for key, word in zip(table.column("key").to_pylist(), status, strict=True):
                if word == OK or not retry_failed:
                    keys.add(key)
        return keys

    def put(self, rows: Rows) -> None:
        """Store a finished block, whole or not at all; its ledger last."""
        if rows.monthly["key"]:
            with _whole(self.folder / MONTHLY / f"{rows.name}.parquet") as scratch:
                pq.write_table(pa.table(rows.monthly, schema=MONTHS_SCHEMA), scratch)
        with _whole(self.folder / PARTS / f"{rows.name}.parquet") as scratch:
            pq.write_table(pa.table(rows.columns, schema=self.schema), scratch)
        columns = rows.columns
        ledger = {
            "keys": columns["key"],
            "seed": self.plan.sweep.seed,
            "seconds": round(rows.seconds, 3),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "worker": rows.worker,
            "memory_mb": round(rows.memory_mb, 1),
            "failed": {
                key: message
                for key, status, message in zip(
                    columns["key"], columns["status"], columns["message"], strict=True
                )
                if status != OK
            },
        }
        with _whole(self.folder / LEDGER / f"{rows.name}.json") as scratch:
            scratch.write_text(json.dumps(ledger, indent=1) + "\n", encoding="utf-8")

    def _parts(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        for path in sorted((self.folder / PARTS).glob("*.parquet")):
            try:
                yield pq.read_table(path, columns=list(columns))
            except (OSError, pa.ArrowInvalid):
                # A part that cannot be read counts as not done; the runs in it are made again.
                path.unlink(missing_ok=True)


def _whole(path: Path) -> Any:
    """Give a scratch file that takes the place of `path` when it is whole."""
    return whole_file(path)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a sweep's folder belongs to; raises DivertError where it is none."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DivertError(
            f"found no sweep here ({error.strerror or error}); allowed: a folder that `divert "
            "sweep` wrote",
            file=folder,
        ) from None
    except ValueError:
        raise DivertError("found a manifest that is not JSON", file=path) from None
    return dict(found)


def read_table(folder: Path) -> pa.Table:
    """Return every run of a sweep once, with the values of its point, sorted by point and member.

    Of a run that failed and was made again the good row counts. Raises DivertError where there is
    no sweep.
    """
    manifest = read_manifest(folder)
    outputs = tuple(manifest["sweep"]["outputs"])
    paths = sorted((folder / PARTS).glob("*.parquet"))
    schema = schema_of(outputs)
    parts = [pq.read_table(path, schema=schema) for path in paths]
    whole = pa.concat_tables(parts) if parts else schema.empty_table()
    rank = pa.compute.if_else(pa.compute.equal(whole.column("status"), OK), 0, 1)
    whole = whole.append_column("rank", rank).sort_by(
        [("point", "ascending"), ("member", "ascending"), ("rank", "ascending")]
    )
    keys = whole.column("key").to_pylist()
    first = [i for i, key in enumerate(keys) if i == 0 or keys[i - 1] != key]
    whole = whole.take(first).drop_columns(["rank"])
    points = pq.read_table(folder / POINTS)
    return whole.join(points, "point").sort_by([("point", "ascending"), ("member", "ascending")])


def folder_size(folder: Path) -> int:
    """Return the bytes a folder takes."""
    return sum(os.path.getsize(p) for p in folder.rglob("*") if p.is_file())
