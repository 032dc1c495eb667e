"""Every recorded array of a finished run as NetCDF, with named axes, units and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import DivertError
from sim.experiment.arms import ARM_WORDS
from sim.experiment.export_tables import UNIT_WORDS
from sim.experiment.stored import AGAIN, ARRAYS, PARAMETER, read_arrays
from sim.parameters import all_parameters
from sim.record import AXES, LEAD, VARIABLES, shape_of

NO_UNIT = "1"
PER_MONTH = " a month"
STOCKS = ("bonded", "reserves")
"""Recorded amounts of money at the end of a month; all others are those of a month."""

MUSD = "musd"

AXIS_WORDS = {
    "month": "month, YYYY-MM",
    "arm": "arm of the experiment; " + "; ".join(f"{k}: {v}" for k, v in ARM_WORDS.items()),
    "member": "member of the ensemble, from 0; the seeds of one draw lie side by side",
    "partner": "partner of the DPRK",
    "direction": "direction of trade",
    "good": "good the DPRK sells / good it buys",
    "good_sold": "good the DPRK sells",
    "good_bought": "good the DPRK buys",
    "test": "kind of test",
    "enforcement_term": "term of the wish for enforcement",
    "support_term": "term of the wish to support",
    "veto_player": "member of the Council whose acceptance is in doubt",
    "council_term": "term of the ideal strictness",
    "return": "what Russia gets",
}
"""What each axis is."""


def write_netcdf(path: Path, folder: Path, about: dict[str, str]) -> None:
    """Write all recorded arrays of `folder`, axes (month, arm, member, ...), as NetCDF 3.

    Float32 as stored; parameters, (member,), as `parameter_NAME`; `about` as attributes; units and
    names of arrays and axes inside. Raises DivertError where the arrays cannot be read or are those
    of another version.
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

    members = np.arange(found["enforcement"].shape[2], dtype=np.int32)
    labels = {"month": found["months"], "arm": found["arm_names"], "member": members}
    lead = tuple(len(labels[axis]) for axis in LEAD)
    data: dict[str, Any] = {}
    for name, (axes, unit, what) in VARIABLES.items():
        if found[name].shape != (*lead, *shape_of(name)):
            raise DivertError(
                f"found {name} with other axes than this version of divert records; {AGAIN}",
                file=file,
            )
        about_it = {"units": _written_out(unit, name), "long_name": what}
        data[name] = ((*LEAD, *axes), found[name], about_it)
    data |= _parameters(found)
    labels |= {axis: np.array(words) for axis, words in AXES.items()}
    coords = {axis: (axis, of, {"long_name": AXIS_WORDS[axis]}) for axis, of in labels.items()}
    return xr.Dataset(data, coords, about)


def _written_out(unit: str, name: str = "") -> str:
    """Return a unit in words, of money with the month it is earned in; a stock has none."""
    if not unit.startswith(MUSD):
        return unit
    rest = unit.removeprefix(MUSD)
    flow = bool(name) and name not in STOCKS
    return UNIT_WORDS[MUSD] + (PER_MONTH if flow else "") + rest


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
        "units": _written_out(row.unit or NO_UNIT), "long_name": row.sentence, "mark": row.mark,
        "source": row.source,
    }  # fmt: skip
