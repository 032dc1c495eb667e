"""Sobol' indices and Morris' measures of a sweep that was laid for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.calibration.indices import Effect, Index, problem, settled, sobol_indices
from sim.sweep.analysis_table import Results

Array = NDArray[np.float64]

MOST_MISSING = 0.1
"""Share of the points without a value above which indices are refused."""


@dataclass(frozen=True)
class Screened(Effect):
    """Morris' measures of one input with the mean effect, its sign kept, and its standard error."""

    mu: float
    mu_error: float


@dataclass(frozen=True)
class Indices:
    """Sobol' indices (`sobol`) or Morris' measures (`morris`), what matters most first.

    `missing` of `points` had no value and took the median of the others, `stand_in`; with too many
    of them there are neither, and `refused` says so.
    """

    points: int
    missing: int
    stand_in: float
    sobol: tuple[Index, ...] = ()
    morris: tuple[Screened, ...] = ()
    refused: str = ""


def indices(results: Results) -> Indices | None:
    """Return the indices of a Sobol' or Morris design, None for others.

    On the mean over the members of a point; of Morris in units of the output for an input going
    over its whole range. Sources: Saltelli et al. 2010; Campolongo, Cariboni & Saltelli 2007.
    """
    kind = results.sweep.design.kind
    if kind not in ("sobol", "morris"):
        return None
    means = results.means
    missing = int((~np.isfinite(means)).sum())
    stand_in = float(np.nanmedian(means))
    if missing > MOST_MISSING * means.size:
        return Indices(
            means.size, missing, stand_in,
            refused=f"{missing} of {means.size} points have no value, more than "
            f"{MOST_MISSING * 100:.0f} %: indices are not worked out from stand-ins for so many",
        )  # fmt: skip
    values = settled(means)
    if kind == "sobol":
        return Indices(means.size, missing, stand_in, sobol=_sobol(results, values))
    return Indices(means.size, missing, stand_in, morris=_morris(results, values))


def _seed(results: Results) -> int:
    """Return the seed of the intervals, never 0: SALib takes 0 for no seed at all."""
    return results.sweep.seed % (2**31 - 1) + 1


def _sobol(results: Results, values: Array) -> tuple[Index, ...]:
    """Return first and total index of every input, largest total first."""
    names = [given.label for given in results.inputs]
    return sobol_indices(names, values, _seed(results))


def _morris(results: Results, values: Array) -> tuple[Screened, ...]:
    """Return mean size and spread of the elementary effects of every input, largest first."""
    from SALib.analyze import morris

    names = [given.label for given in results.inputs]
    unit = np.stack([given.unit for given in results.inputs if given.unit is not None], axis=1)
    found = morris.analyze(problem(names), unit, values, num_levels=4, seed=_seed(results))
    trajectories = len(values) // (len(names) + 1)
    error = np.asarray(found["sigma"], dtype=np.float64) / np.sqrt(trajectories)
    keys = ("mu_star", "mu_star_conf", "sigma", "mu")
    columns = [*(np.asarray(found[key], dtype=np.float64) for key in keys), error]
    rows = [Screened(n, *(float(c[i]) for c in columns)) for i, n in enumerate(names)]
    return tuple(sorted(rows, key=lambda row: (-row.mu_star, row.parameter)))
