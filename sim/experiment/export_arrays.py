"""Arrays of flows of a finished run as NetCDF, with named axes, units and labels."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from sim.axes import DIRECTIONS, GOODS, PARTNERS
from sim.errors import DivertError
from sim.experiment.stored import AGAIN, ARRAYS, StoredRun
from sim.record import CELLS, VARIABLES

AXES = ("month", "arm", "member", "partner", "direction", "good")


def write_flows(path: Path, folder: Path, run: StoredRun) -> None:
    """Write the arrays by partner, direction and good, float32, axes `AXES`, as NetCDF 3.

    Raises DivertError where the arrays of `folder` cannot be read.
    """
    import xarray as xr

    names = [name for name, (axes, _, _) in VARIABLES.items() if axes == CELLS]
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            found = {name: stored[name] for name in names}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DivertError(f"the file cannot be read; {AGAIN}", file=folder / ARRAYS) from error
    data = {
        name: (AXES, values, {"units": VARIABLES[name][1], "long_name": VARIABLES[name][2]})
        for name, values in found.items()
    }
    goods = [" / ".join(pair) for pair in zip(*GOODS, strict=True)]
    coords = {
        "month": list(run.months),
        "arm": list(run.arms),
        "member": np.arange(run.members, dtype=np.int32),
        "partner": list(PARTNERS),
        "direction": list(DIRECTIONS),
        "good": goods,
    }
    about = {
        "scenario": run.scenario.name,
        "seed": int(run.scenario.seed),
        "digest": run.scenario.digest(),
        "good_axis": "good sold by the DPRK / good bought by it",
    }
    xr.Dataset(data, coords, about).to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
