"""Parameters with their priors, and draws from them: whole prior, centre, or accepted draws."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.axes import PARTNERS
from sim.data import load
from sim.errors import DivertError, nearest
from sim.parameter_table import ENFORCEMENT, JUDGED, PRIORS
from sim.plain_file import table_text
from sim.streams import spawn_key

Array = NDArray[np.float64]
Source = Literal["calibrated", "central", "prior"]

PARTNER_KEYS = ("china", "russia", "rest")
"""How names of parameters begin that each partner has one of, on the partner axis."""

LOG_SCALE_RATIO = 4.0
"""A prior whose high is more than this many times its low is drawn on a log scale."""

SIGMA_ABOVE_ETA = 0.2
"""The demand elasticity between goods stays this far below every elasticity between origins."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: prior (central, low, high) and where it comes from."""

    name: str
    symbol: str
    unit: str
    central: float
    low: float
    high: float
    mark: str
    source: str
    sentence: str
    group: str


@dataclass(frozen=True)
class Setting:
    """A scenario's own value or range for a parameter; a fixed value has low = high."""

    low: float
    high: float


class Bounds(Protocol):
    """Anything with a low and a high end, such as a `Setting` or a range in a scenario file."""

    @property
    def low(self) -> float:
        """Return the low end."""

    @property
    def high(self) -> float:
        """Return the high end."""


@lru_cache(maxsize=1)
def all_parameters() -> dict[str, Parameter]:
    """Return every parameter by name, potentials of the base-flow table among them."""
    rows: list[tuple[str, ...]] = []
    for group, text in PRIORS.items():
        rows += [(group, *line.split("|")) for line in text.strip().splitlines()]
    for key, partner in zip(PARTNER_KEYS, PARTNERS, strict=True):
        for line in ENFORCEMENT.strip().splitlines():
            name, *rest, sentence = line.split("|")
            full = f"{key}_enforcement_{name}"
            rows.append(("enforcement", full, *rest, "C", JUDGED, sentence.format(p=partner)))
    rows.append(
        ("enforcement", "russia_enforcement_need", "a_need", "logits", "4", "0", "8", "C", JUDGED,
         "Weight of Russia's need of the DPRK against enforcement.")
    )  # fmt: skip
    out = {}
    for group, name, symbol, unit, central, low, high, mark, source, sentence in rows:
        middle = float(central)
        out[name] = Parameter(
            name, symbol.strip("."), unit, middle, float(low), float(high), mark, source, sentence,
            group,
        )  # fmt: skip
    for key, partner in zip(PARTNER_KEYS, PARTNERS, strict=True):
        for row in load("base_flows"):
            if row.partner != partner or row.good in ("arms", "crude", "transit_coal"):
                continue
            name = f"potential_{key}_{row.good}"
            middle = float(row.potential_musd_per_year)
            out[name] = Parameter(
                name, "potential", "musd a year", middle,
                float(row.potential_low), float(row.potential_high), "C", JUDGED,
                f"Most that {partner} could take or sell of {row.good} if nothing stood in the "
                "way.",
                "potentials",
            )  # fmt: skip
    return out


_ABOVE_ZERO = ("reservation_spread", "barrier_spread", "visa_validity", "import_demand_elasticity")
"""Parameters that something is divided by."""


def nearest_parameter(name: str) -> str:
    """Return ` (did you mean 'x'?)` for the parameter of this symbol or of the nearest name.

    A Greek symbol may be spelt out, as `eta` for η.
    """
    symbols = {row.symbol: row.name for row in all_parameters().values() if row.symbol}
    try:
        spelt = unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}")
    except KeyError:
        spelt = name
    return nearest(symbols.get(spelt, name), all_parameters())


def hard_limits(parameter: Parameter) -> tuple[float, float]:
    """Return the least and the largest value with a meaning; a prior is narrower.

    A scenario may go beyond the prior (break-even does), never beyond these.
    """
    if parameter.name.startswith("sigma_"):
        return 1.0 + SIGMA_ABOVE_ETA, 50.0
    if parameter.name == "price_cap":
        return 1.0, 1e3
    if parameter.name == "price_floor":
        return 0.01, 1.0
    if parameter.name in _ABOVE_ZERO:
        return 0.01, 1e3
    if parameter.unit in ("share", "share a month", "level"):
        return 0.0, max(1.0, parameter.high)
    if parameter.unit == "logits":
        return -100.0, 100.0
    return 0.0, 1e6


def parameter_stream(name: str, seed: int) -> np.random.Generator:
    """Return the generator of one parameter; adding another parameter never moves it."""
    return np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=spawn_key("parameter", name))
    )


def triangular(uniform: Array, low: float, mode: float, high: float) -> Array:
    """Return draws of a triangular law from uniform draws, of their shape."""
    if high <= low:
        return np.full_like(uniform, mode)
    cut = (mode - low) / (high - low)
    left = low + np.sqrt(uniform * (high - low) * max(mode - low, 0.0))
    right = high - np.sqrt((1.0 - uniform) * (high - low) * max(high - mode, 0.0))
    return np.where(uniform < cut, left, right)


def quantile(parameter: Parameter, uniform: Array, ends: Bounds | None = None) -> Array:
    """Return a parameter at quantiles of its prior, or of `ends` with the same mode; same shape.

    Triangular, on a log scale where the high end is far above the low one (`LOG_SCALE_RATIO`).
    """
    low, high = (parameter.low, parameter.high) if ends is None else (ends.low, ends.high)
    mode = min(max(parameter.central, low), high)
    if low > 0.0 and high / low > LOG_SCALE_RATIO:
        return np.exp(triangular(uniform, np.log(low), np.log(mode), np.log(high)))
    return triangular(uniform, low, mode, high)


def draw(
    source: Source,
    draws: int,
    seed: int,
    settings: Mapping[str, Bounds] | None = None,
    file: str = "",
) -> dict[str, Array]:
    """Return draws of every parameter, each (draws,).

    `calibrated` takes accepted draws (those shipped, or of `file`), from the first on and over
    again where more are asked for; `prior` draws over the whole prior; `central` takes its
    centre. `settings` replace single parameters. The first n of N draws are those of a run with n.
    Raises DivertError where `file` cannot be read.
    """
    return consistent(drawn(source, draws, seed, settings, file))


def drawn(
    source: Source,
    draws: int,
    seed: int,
    settings: Mapping[str, Bounds] | None = None,
    file: str = "",
) -> dict[str, Array]:
    """Return draws as `draw` does, each (draws,), before what parameters together ask of one."""
    settings = settings or {}
    out: dict[str, Array] = {}
    kept = accepted(file) if source == "calibrated" else None
    for name, parameter in all_parameters().items():
        if name in settings:
            out[name] = quantile(
                parameter, parameter_stream(name, seed).random(draws), settings[name]
            )
        elif kept is not None:
            out[name] = np.resize(kept[name], draws)
        elif source == "central":
            out[name] = np.full(draws, parameter.central)
        else:
            out[name] = quantile(parameter, parameter_stream(name, seed).random(draws))
    return out


def consistent(values: dict[str, Array]) -> dict[str, Array]:
    """Return values, each (draw,), with the demand elasticity below every one between origins."""
    lowest = np.min([v for k, v in values.items() if k.startswith("sigma_")], axis=0)
    eta = np.minimum(values["import_demand_elasticity"], lowest - SIGMA_ABOVE_ETA)
    return {**values, "import_demand_elasticity": eta}


DRAWS_FILE = "a file `draws.csv` that `divert calibrate` of this version wrote"


def read_draws(text: str, file: object) -> dict[str, Array]:
    """Return the columns of a file of accepted draws, each (draw,), parameters and `stream`.

    Raises DivertError that names the file, the line and the column of what is wrong.
    """
    try:
        header, *rows = csv.reader(io.StringIO(text)) if text.strip() else [[]]
    except csv.Error as error:
        raise DivertError(
            f"found text that is not CSV ({error}); allowed: {DRAWS_FILE}", file=file
        ) from None
    wanted = (*all_parameters(), "stream")
    missing = [name for name in wanted if name not in header]
    if missing or not rows:
        what = f"found no column {', '.join(missing[:3])}" if missing else "found no draws"
        raise DivertError(
            f"{what}; allowed: {DRAWS_FILE}",
            file=file, line=1,
        )  # fmt: skip
    out = {name: _column(rows, header.index(name), name, file) for name in wanted}
    for name, parameter in all_parameters().items():
        low, high = hard_limits(parameter)
        outside = (out[name] < low) | (out[name] > high)
        if outside.any():
            line = int(np.argmax(outside))
            raise DivertError(
                f"found {out[name][line]:g}; allowed: {parameter.unit}, {low:g} to {high:g}",
                file=file, line=line + 2, key=name,
            )  # fmt: skip
    return out


def _column(rows: Sequence[Sequence[str]], place: int, name: str, file: object) -> Array:
    """Return one column of the rows of a file, whose first row stands in line 2."""
    values = []
    for line, row in enumerate(rows, start=2):
        try:
            value = float(row[place])
        except (IndexError, ValueError):
            value = math.nan
        if not math.isfinite(value):
            found = repr(row[place]) if place < len(row) else "nothing"
            raise DivertError(f"found {found}; allowed: a number", file=file, line=line, key=name)
        values.append(value)
    return np.array(values)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Array]:
    text = resources.files("sim.data").joinpath("evidence", "draws.csv").read_text(encoding="utf-8")
    return read_draws(text, "evidence/draws.csv")


DRAWS_KEY = "parameters.draws"


@lru_cache(maxsize=4)
def _draws_of(file: str, changed: int) -> dict[str, Array]:
    return read_draws(table_text(Path(file), DRAWS_KEY), file)


def accepted(file: str = "") -> dict[str, Array]:
    """Return draws that a fit accepted, each (draw,): the shipped ones, or those of a file.

    Raises DivertError where the file cannot be read or belongs to another version.
    """
    if not file:
        columns = _shipped()
    else:
        try:
            columns = _draws_of(file, Path(file).stat().st_mtime_ns)
        except (OSError, ValueError) as error:
            raise DivertError(
                f"the file cannot be read ({getattr(error, 'strerror', None) or error}); allowed: "
                f"{DRAWS_FILE}",
                file=file, key=DRAWS_KEY,
            ) from None  # fmt: skip
    return {name: columns[name] for name in all_parameters()}


def accepted_streams() -> Array:
    """Return the names of the random streams that the shipped draws were accepted with, (draw,)."""
    return _shipped()["stream"]
