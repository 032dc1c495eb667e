"""What the model says of years it has no figures for, as customs would record them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from sim.calibration.files import write_table
from sim.calibration.forecast import Target, predictive
from sim.calibration.outcomes import observed, series_of
from sim.calibration.simulate import EVERYTHING
from sim.errors import DivertError
from sim.experiment.answer import BAND, BAND_NAMES
from sim.experiment.ensemble import run_ensemble
from sim.experiment.results import check_writable, whole_file
from sim.scenario import Scenario

Array = NDArray[np.float64]

SERIES = {
    "china_imports_from_dprk": ("china_imports",),
    "china_exports_to_dprk_ex_crude": ("china_exports",),
    "russia_exports_to_dprk": ("russia_exports",),
    "russia_total": ("russia_exports", "russia_imports"),
}
"""Predicted series and the model's series that add up to each."""

WORDS = {
    "china_imports_from_dprk": "China's imports",
    "china_exports_to_dprk_ex_crude": "China's exports, crude oil apart",
    "russia_exports_to_dprk": "Russia's exports",
    "russia_total": "Russia's exports and imports",
}
"""Each series of the file in words."""

COLUMNS = ("year", "series", *BAND_NAMES, "unit")
UNIT = "USD million a year"


@dataclass(frozen=True)
class Prediction:
    """One figure to come: 5, 50 and 95 % of it, USD million a year."""

    year: int
    series: str
    band: tuple[float, float, float]

    @property
    def words(self) -> str:
        """Return the series in words."""
        return WORDS[self.series]


def predictions(
    scenario: Scenario, first: int, last: int, report: Callable[[float], None] | None = None
) -> list[Prediction]:
    """Return bands of recorded trade by year, in the arm in which all are free.

    Spread of the parameters, seed noise and the error that the fit found in figures to 2018-12,
    one error for all months of a year. Raises DivertError for years the period does not hold whole.
    """
    period = scenario.period
    for key, year in (("--from", first), ("--to", last)):
        if not (period.first <= f"{year}-01" and f"{year}-12" <= period.last):
            raise DivertError(
                f"found {year}; allowed: a whole year of the scenario's period, {period.first} to "
                f"{period.last}",
                key=key,
            )
    if first > last:
        raise DivertError(f"found {first} after {last}; allowed: up to {last}", key="--from")
    ensemble = run_ensemble(scenario, ("C1S1",), report)
    series, months = series_of(ensemble.record, 0), ensemble.inputs.months
    seen = observed(date.max, EVERYTHING.until)
    years = range(first, last + 1)
    parts_of = sorted({part for parts in SERIES.values() for part in parts})
    wanted = [(year, name) for year in years for name in parts_of]
    drawn = predictive(
        series, months, seen, [_target(name, year) for year, name in wanted], scenario.seed
    )
    by = dict(zip(wanted, drawn, strict=True))
    out = []
    for year in years:
        for name, parts in SERIES.items():
            total = sum((by[year, part] for part in parts), np.zeros(1))
            low, mid, high = (float(x) for x in np.quantile(total, BAND))
            out.append(Prediction(year, name, (low, mid, high)))
    return out


def _target(series: str, year: int) -> Target:
    """Return a year of a series as a figure to forecast."""
    row = SimpleNamespace(series=series, start=f"{year}-01", end=f"{year}-12", value=np.nan)
    return Target(series, (row,))


def write_predictions(
    scenario: Scenario,
    first: int,
    last: int,
    out: Path,
    report: Callable[[float], None] | None = None,
) -> tuple[Path, list[Prediction]]:
    """Predict and write `out/predictions-FIRST-LAST.csv`, whole or not at all."""
    check_writable(out)
    rows = predictions(scenario, first, last, report)
    path = out / f"predictions-{first}-{last}.csv"
    cells = ((row.year, row.series, *(f"{x:.4g}" for x in row.band), UNIT) for row in rows)
    with whole_file(path) as scratch:
        write_table(scratch, COLUMNS, cells)
    return path, rows
