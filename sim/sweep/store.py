"""The folder of a sweep: parts that are whole or not there, a ledger, and what they belong to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.errors import DivertError
from sim.experiment.leftovers import settle, take_lock
from sim.experiment.results import whole_file
from sim.sweep.block import OK, Rows
from sim.sweep.manifest import COPY, MANIFEST, copy_in, copy_of, manifest_in, read_manifest
from sim.sweep.outputs import UNITS
from sim.sweep.own import must_be_own
from sim.sweep.plan import Plan

POINTS, PARTS, LEDGER, MONTHLY, LOCK = "points.parquet", "parts", "ledger", "monthly", ".lock"

KEPT = "blocks stored before are kept, and the same command goes on from there"


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
        self._lock: int | None = None

    def check(self) -> None:
        """Raise DivertError where the folder holds what is not this sweep's; write nothing."""
        found = (_readable(path) for path in sorted((self.folder / PARTS).glob("*.parquet")))
        whole = (part for part in found if part is not None)
        must_be_own(self.folder, self.plan, self.schema, whole)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Make or reopen the folder, for one process at a time.

        Raises DivertError where it cannot be written, where another `divert sweep` is at work in
        it, or where it holds another sweep's parts.
        """
        try:
            for name in (PARTS, LEDGER, *((MONTHLY,) if self.plan.sweep.monthly else ())):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            lock = (self.folder / LOCK).open("w")
        except OSError as error:
            raise DivertError(
                f"the results folder cannot be written ({error.strerror or error}); name another "
                "one with --out",
                file=self.folder,
            ) from error
        with lock:
            self._alone(lock.fileno())
            self.check()
            self._sweep()
            self._begin()
            self._lock = lock.fileno()
            try:
                yield
            finally:
                self._lock = None

    def _sweep(self) -> None:
        """Remove the scratch of killed processes; that of a living `divert analyse` stays."""
        for name in ("", PARTS, LEDGER, MONTHLY):
            settle(self.folder / name)
            # Versions before left scratch files, which only who holds the lock writes.
            for left in (self.folder / name).glob(".*.part"):
                left.unlink(missing_ok=True)

    def _alone(self, lock: int) -> None:
        """Raise DivertError where another process holds the lock; it falls when a process ends."""
        if take_lock(lock) is False:
            raise DivertError(
                "found another `divert sweep` at work in this folder; allowed: wait for it to end, "
                "or another --out",
                file=self.folder,
            )

    def _still_here(self) -> None:
        """Raise DivertError where the folder was removed, moved or begun anew by another sweep.

        Its parts would else be written into a folder without a manifest, or into the other's.
        """
        if self._lock is None:
            return
        try:
            if os.path.samestat(os.fstat(self._lock), os.stat(self.folder / LOCK)):
                return
        except OSError:
            pass
        raise DivertError(
            "found the folder removed or moved while the sweep was at work, and stopped; the same "
            "command begins again, or goes on where the folder is put back",
            file=self.folder,
        )

    def _begin(self) -> None:
        """Write points and manifest where they are not there or are not those of the plan."""
        points = _points_table(self.plan)
        stored = _readable(self.folder / POINTS)
        if stored is None or not stored.equals(points):
            with _whole(self.folder / POINTS) as scratch:
                pq.write_table(points, scratch, write_page_checksum=True)
        manifest = json.loads(json.dumps(self._manifest(), default=str))
        there, copy = manifest_in(self.folder), copy_in(self.folder)
        # A later version that makes the same numbers leaves the name of the one that began.
        began = {"divert": manifest["divert"]}
        if copy is None or copy | began != manifest:
            self._write(COPY, copy_of(manifest))
        if there is None or there | began != manifest:
            self._write(MANIFEST, manifest)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        with _whole(self.folder / name) as scratch:
            text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
            scratch.write_text(text + "\n", encoding="utf-8")

    def _manifest(self) -> dict[str, Any]:
        """Return what the folder belongs to."""
        from sim import __version__

        plan = self.plan
        return {
            "divert": __version__,
            "digest": plan.digest,
            "sweep": plan.sweep.model_dump(mode="json"),
            "scenario": plan.worlds.below.values,
            "factors": [f.label for f in plan.points.factors],
            "arms": list(plan.arms),
            "points": len(plan.points),
            "runs": plan.runs,
            "units": {name: UNITS[name] for name in plan.sweep.outputs},
        }

    def finished(self, retry_failed: bool = False) -> Finished:
        """Return the runs that need not be done again; with `retry_failed` the good ones alone."""
        keys: set[str] = set()
        failed: set[str] = set()
        for path in sorted((self.folder / PARTS).glob("*.parquet")):
            table = self._part(path)
            if table is None:
                continue
            names, words = (table.column(n).to_pylist() for n in ("key", "status"))
            good = {name for name, word in zip(names, words, strict=True) if word == OK}
            keys |= good
            failed.update(name for name in names if name not in good)
        failed -= keys
        return Finished(keys, 0) if retry_failed else Finished(keys | failed, len(failed))

    def _part(self, path: Path) -> pa.Table | None:
        """Return a part, None where it or its series by month cannot be read."""
        table = _readable(path, self.schema)
        if table is None or not self.plan.sweep.monthly:
            return table
        if OK not in table.column("status").to_pylist():
            return table
        months = _readable(self.folder / MONTHLY / path.name, MONTHS_SCHEMA)
        return None if months is None else table

    def put(self, rows: Rows) -> None:
        """Store a finished block, whole or not at all; its ledger last.

        Raises DivertError where it cannot be written, or where the folder is gone.
        """
        self._still_here()
        if rows.monthly["key"]:
            with _whole(self.folder / MONTHLY / f"{rows.name}.parquet") as scratch:
                pq.write_table(
                    pa.table(rows.monthly, schema=MONTHS_SCHEMA), scratch, compression="zstd",
                    write_page_checksum=True,
                )  # fmt: skip
        with _whole(self.folder / PARTS / f"{rows.name}.parquet") as scratch:
            pq.write_table(
                pa.table(rows.columns, schema=self.schema), scratch, write_statistics=False,
                use_dictionary=["status", "message"], write_page_checksum=True,
            )  # fmt: skip
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
            scratch.write_text(json.dumps(ledger) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Finished:
    """Keys of runs that need not be done again, and how many of them had failed."""

    keys: set[str]
    failed: int


def _points_table(plan: Plan) -> pa.Table:
    """Return the values of every point: numbers as such, words and all else as text."""
    points = plan.points
    columns: dict[str, Any] = {"point": pa.array(range(len(points)), pa.int32())}
    for factor, column in zip(points.factors, points.values.columns, strict=True):
        plain = all(isinstance(v, int | float) and not isinstance(v, bool) for v in column)
        columns[factor.label] = (
            pa.array(np.asarray(column, dtype=np.float64))
            if plain
            else pa.array([v if isinstance(v, str) else json.dumps(v) for v in column])
        )
    if any(draw is not None for draw in points.draws):
        columns["draw"] = pa.array(points.draws, pa.int32())
    return pa.table(columns)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a scratch file that takes the place of `path` when it is whole."""
    try:
        with whole_file(path) as scratch:
            yield scratch
    except DivertError as error:
        cause = error.__cause__
        number = getattr(cause, "errno", None)
        reason = os.strerror(number) if number else cause or error
        raise DivertError(f"the file cannot be written ({reason}); {KEPT}", file=path) from error


def _readable(path: Path, schema: pa.Schema | None = None) -> pa.Table | None:
    """Return the table of a file, None where it is not there, broken or of another schema."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except (OSError, ValueError, pa.ArrowException):
        # A broken name of a column is a ValueError: no UTF-8.
        return None
    return table if schema is None or table.schema.equals(schema) else None


def read_table(folder: Path, points: bool = True) -> pa.Table:
    """Return every run of a sweep once, with the values of its point, sorted by point and member.

    Of a run that failed and was made again the good row counts; a part that cannot be read is left
    out, as its runs are made again. Without `points` no values of factors. Raises DivertError where
    there is no sweep.
    """
    manifest = read_manifest(folder)
    schema = schema_of(tuple(manifest["sweep"]["outputs"]))
    found = (_readable(path, schema) for path in sorted((folder / PARTS).glob("*.parquet")))
    whole = pa.concat_tables([schema.empty_table(), *(part for part in found if part is not None)])
    rank = pc.if_else(pc.equal(whole.column("status"), OK), 0, 1)
    whole = _once(whole.append_column("rank", rank), ("point", "member"), ("rank",))
    whole = whole.drop_columns(["rank"])
    for name, most in (("point", manifest["points"]), ("member", manifest["sweep"]["members"])):
        column = whole.column(name).to_numpy()
        if column.size and not (column.min() >= 0 and column.max() < most):
            raise DivertError(
                f"found runs of another {name} than the {most:,} that the sweep has; allowed: the "
                "parts that it wrote",
                file=folder / PARTS,
            )
    if not points:
        return whole
    values = _readable(folder / POINTS)
    if values is None or values.num_rows < manifest["points"]:
        raise DivertError(
            "found no points that can be read; the same `divert sweep` writes them again",
            file=folder / POINTS,
        )
    values = values.take(whole.column("point"))
    for name in values.column_names[1:]:
        whole = whole.append_column(name, values.column(name))
    return whole


def read_monthly(folder: Path) -> pa.Table:
    """Return the series by month of every finished run once, sorted by point, member and series.

    Raises DivertError where there is no sweep, or one that keeps no series.
    """
    if not read_manifest(folder)["sweep"]["monthly"]:
        raise DivertError(
            "found a sweep without series by month; allowed: one with `monthly`", file=folder
        )
    paths = sorted((folder / MONTHLY).glob("*.parquet"))
    found = (_readable(path, MONTHS_SCHEMA) for path in paths)
    whole = pa.concat_tables([MONTHS_SCHEMA.empty_table(), *(t for t in found if t is not None)])
    runs = read_table(folder, points=False)
    good = runs.filter(pc.equal(runs.column("status"), OK)).column("key")
    # A process killed between the series of a block and its rows leaves series of no run.
    whole = whole.filter(pc.is_in(whole.column("key"), good))
    return _once(whole, ("point", "member", "series", "month"))


def _once(table: pa.Table, names: tuple[str, ...], further: tuple[str, ...] = ()) -> pa.Table:
    """Return a table sorted by columns, the first row of each value of `names` alone."""
    table = table.sort_by([(name, "ascending") for name in (*names, *further)])
    first = np.zeros(table.num_rows, dtype=bool)
    first[:1] = True
    for name in names:
        column = table.column(name).to_numpy()
        first[1:] |= column[1:] != column[:-1]
    return table.filter(pa.array(first))
