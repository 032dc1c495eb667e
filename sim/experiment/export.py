"""Tables and arrays of a finished run in the formats that R, Python and Stata read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sim.errors import DivertError, nearest
from sim.experiment.export_arrays import write_netcdf
from sim.experiment.export_tables import KINDS, read_table, write_parquet, write_stata
from sim.experiment.results import check_writable, whole_file
from sim.experiment.stored import ARRAYS, check_whole, must_hold_results, read_manifest

FORMATS = ("csv", "parquet", "dta", "nc")
LICENCE = "Apache-2.0"
WRITERS = {"parquet": write_parquet, "dta": write_stata}
PROGRAMS = {"stata": "dta", "r": "dta", "netcdf": "nc"}
"""What a format may be called instead."""


def check_formats(formats: tuple[str, ...]) -> None:
    """Raise DivertError for a format that is not in `FORMATS`."""
    for name in formats:
        if name not in FORMATS:
            meant = PROGRAMS.get(name.lower(), name)
            raise DivertError(
                f"found {name!r}; allowed: {', '.join(FORMATS)}{nearest(meant, FORMATS)}",
                key="--format",
            )


def export_run(folder: Path, formats: tuple[str, ...], out: Path) -> list[Path]:
    """Write tables and arrays of the run in `folder` into `out`, each in every format.

    Raises DivertError for an unknown format, a folder that is not a result or whose files are not
    those of its manifest, or a folder that cannot be written.
    """
    check_formats(formats)
    must_hold_results(folder)
    content = read_manifest(folder)
    tables = tuple(f"{kind.name}.csv" for kind in KINDS) if set(formats) - {"nc"} else ()
    check_whole(folder, content, (*tables, "answer.json", *((ARRAYS,) if "nc" in formats else ())))
    check_writable(out)
    return write_formats(folder, formats, out, content)


def write_formats(
    folder: Path, formats: tuple[str, ...], out: Path, manifest: dict[str, Any]
) -> list[Path]:
    """Write tables and arrays of a folder into `out`: bands, answer and patterns, and arrays.

    `manifest` is the run's own. A table that lies there already is left as it is. Raises
    DivertError where a file cannot be read or written.
    """
    about = about_of(manifest)
    written = []
    for form in dict.fromkeys(formats):
        if form == "nc":
            written.append(out / "arrays.nc")
            with whole_file(written[-1]) as scratch:
                write_netcdf(scratch, folder, about)
            continue
        for kind in KINDS:
            source, target = folder / f"{kind.name}.csv", out / f"{kind.name}.{form}"
            written.append(target)
            if target.resolve() == source.resolve():
                continue
            with whole_file(target) as scratch:
                if form == "csv":
                    shutil.copyfile(source, scratch)
                else:
                    WRITERS[form](scratch, read_table(source, kind), kind, about)
    return written


def about_of(manifest: dict[str, Any]) -> dict[str, str]:
    """Return what a file says of itself, from the manifest of its run."""
    name = str(manifest["scenario"].get("name", ""))
    return {
        "title": f"divert, {name}: every recorded array by month, arm and member",
        "scenario": name,
        "scenario_digest": str(manifest["scenario_digest"]),
        "seed": str(manifest["seed"]),
        "version": str(manifest["divert"]),
        "code": str(manifest["code"]),
        "licence": LICENCE,
        "source": "agent-based simulation of trade of the DPRK (divert); numbers are the model's, "
        "not records, but for record_low and record_high of the patterns",
    }
