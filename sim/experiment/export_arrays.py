"""Every recorded array of a finished run as NetCDF, with named axes, units and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import DivertError
from sim.experiment.stored import AGAIN, ARRAYS, PARAMETER, read_arrays
from sim.parameters import all_parameters
from sim.record import AXES, LEAD, VARIABLES, shape_of

NO_UNIT = "1"


def write_netcdf(path: Path, folder: Path, about: dict[str, str]) -> None:
    """Write all recorded arrays of `folder`, axes (month, arm, member, ...), as NetCDF 3.

    Float32 as stored; parameters, (member,), as `parameter_NAME`; `about` as attributes. Raises
    DivertError where the arrays cannot be read or are those of another version.
    """
    found = read_arrays(folder / ARRAYS)
    data = dataset(found, about, folder / ARRAYS)
    data.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def dataset(found: dict[str, NDArray[Any]], about: dict[str, str], file: object = None) -> Any:
    """Return recorded arrays and parameters as an `xarray.Dataset`, units and labels inside.

    `found` as `read_arrays` gives it, from `file`; `about` are its attributes. Raises DivertError
    for arrays of another version.
    """
    import xarray as xr

    coords: dict[str, Any] = {
        "month": found["months"], "arm": found["arm_names"],
        "member": np.arange(found["enforcement"].shape[2], dtype=np.int32),
    }  # fmt: skip
    lead = tuple(len(coords[axis]) for axis in LEAD)
    data: dict[str, Any] = {}
    for name, (axes, unit, what) in VARIABLES.items():
        if found[name].shape != (*lead, *shape_of(name)):
            raise DivertError(
                f"found {name} with other axes than this version of divert records; {AGAIN}",
                file=file,
            )
        data[name] = ((*LEAD, *axes), found[name], {"units": unit, "long_name": what})
    data |= _parameters(found)
    coords |= {axis: list(labels) for axis, labels in AXES.items()}
    return xr.Dataset(data, coords, about)


def _parameters(found: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the drawn parameters, each over members."""
    known = all_parameters()
    return {
        "parameter_" + name.removeprefix(PARAMETER): (
            ("member",), values, _of_parameter(known.get(name.removeprefix(PARAMETER)))
        )
        for name, values in found.items() if name.startswith(PARAMETER)
    }  # fmt: skip


def _of_parameter(row: Any) -> dict[str, str]:
    """Return unit, meaning, mark and source of a parameter."""
    if row is None:
        return {"units": NO_UNIT}
    return {
        "units": row.unit or NO_UNIT, "long_name": row.sentence, "mark": row.mark,
        "source": row.source,
    }  # fmt: skip
