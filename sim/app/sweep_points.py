"""Points of a sweep: which one a click means, what it sets, what came of it, and its link."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.app.links import explore_address
from sim.app.tables import sentence
from sim.errors import DivertError
from sim.experiment.answer import quantiles
from sim.sweep.analysis import Analysis, analyse
from sim.sweep.analysis_effects import Map
from sim.sweep.analysis_table import Results, groups_of
from sim.sweep.design import draw_of, lay_points
from sim.sweep.file import Sweep
from sim.sweep.manifest import MANIFEST
from sim.sweep.store import PARTS
from sim.sweep.terms import SET
from sim.view.sweep_percent import in_percent

Whole = NDArray[np.int64]

MOST_SET = 40
"""Settings of a point that are listed; a draw of all parameters has more."""

ENDS = 5
"""Points with the most and with the least that are listed."""


@dataclass(frozen=True)
class Point:
    """A point of a sweep, numbered from 1: what it sets, and the output over its members.

    `band` is p05, p50 and p95, None without a value; `href` opens it in Explore, else `why_not`.
    """

    number: int
    settings: tuple[tuple[str, Any], ...]
    band: dict[str, float] | None
    members: int
    href: str
    why_not: str


def analysed(folder: Path, output: str | None, above: float | None = None) -> Analysis:
    """Return a sweep's analysis, made again when more of its runs are there.

    `above` is the level that the output is to exceed in boxes, of a share a share. The analysis
    has shares in percent.

    Raises DivertError for a folder that is no sweep, and an output that it did not keep.
    """
    stamps = [folder / MANIFEST, *(folder / PARTS).glob("*.parquet")]
    try:
        stamp = max(path.stat().st_mtime_ns for path in stamps)
    except OSError as error:
        raise DivertError("the sweep cannot be read; run it again", file=folder) from error
    return _analysed(folder, output, above, stamp)


@lru_cache(maxsize=4)
def _analysed(folder: Path, output: str | None, above: float | None, stamp: int) -> Analysis:
    return in_percent(analyse(folder, output, above))


def read_above(text: str) -> float | None:
    """Return the level that an address names, None without one; raises DivertError."""
    if not text:
        return None
    try:
        level = float(text)
    except ValueError:
        level = math.nan
    if not math.isfinite(level):
        raise DivertError(f"found the level {text[:40]!r}; allowed: a number")
    return level


def read_number(text: str, results: Results) -> int | None:
    """Return the number of a point that an address names, None without one.

    Raises DivertError for what is no number of a point.
    """
    if not text:
        return None
    points = len(results.values)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= points):
        raise DivertError(f"found {text[:40]!r}; allowed: a point from 1 to {points:,}")
    return int(text)


def read_pair(text: str, maps: Sequence[Map]) -> int:
    """Return the place of the pair of inputs that an address names, the first without one.

    Raises DivertError for what names none.
    """
    names = [pair_name(one) for one in maps]
    if not text or not names:
        return 0
    if text not in names:
        raise DivertError(f"found the pair {text[:80]!r}; allowed: {', '.join(names)}")
    return names.index(text)


def pair_name(one: Map) -> str:
    """Return what a pair of inputs is called in an address."""
    return f"{one.row.label}*{one.column.label}"


def point_of_cell(results: Results, one: Map, row: str, column: str) -> int | None:
    """Return the number of the point that stands for a cell of a heat map, None for an empty one.

    Where other inputs vary it is the point whose mean is nearest to the median of the cell.
    """
    if row not in one.row_words or column not in one.column_words:
        return None
    inside = (
        (groups_of(one.row, by_level=True).of == one.row_words.index(row))
        & (groups_of(one.column, by_level=True).of == one.column_words.index(column))
        & results.known
    )
    numbers = np.flatnonzero(inside)
    if not numbers.size:
        return None
    means = results.means[numbers]
    return int(numbers[np.argmin(np.abs(means - np.median(means)))]) + 1


def point(results: Results, number: int, known: Sequence[str]) -> Point:
    """Return a point by number; `known` are the scenarios that Explore can open."""
    settings = tuple(settings_of(results.sweep, number).items())
    values = results.values[number - 1]
    href, why_not = _link(results.sweep, dict(settings), known)
    count = int(np.isfinite(values).sum())
    return Point(number, settings, quantiles(values), count, href, why_not)


def settings_of(sweep: Sweep, number: int) -> dict[str, Any]:
    """Return the dotted keys that a point sets: the sweep's own, its draw, then its factors."""
    points = lay_points(sweep)
    draw = points.draws[number - 1]
    drawn = {} if draw is None else {f"{SET}{k}": v for k, v in draw_of(sweep, draw).items()}
    values = zip(points.factors, points.values[number - 1], strict=True)
    return {**sweep.set, **drawn, **{factor.key: value for factor, value in values}}


def _link(sweep: Sweep, settings: Mapping[str, Any], known: Sequence[str]) -> tuple[str, str]:
    """Return the address of a point in Explore, or why it has none."""
    base = Path(sweep.scenario).stem
    if base not in known:
        return "", f"Its scenario {base} is not on the desk: name its file to `divert view`."
    size = {"members": sweep.members, "seed": sweep.seed}
    try:
        return explore_address(base, {**settings, **size}), ""
    except DivertError as error:
        return "", sentence(error)


def extremes(results: Results) -> tuple[list[int], list[int]]:
    """Return the numbers of the points with the most and with the least, in that order."""
    means = results.means
    known = np.flatnonzero(np.isfinite(means))
    ordered = known[np.argsort(means[known], kind="stable")] + 1
    most = [int(n) for n in ordered[::-1][:ENDS]]
    least = [int(n) for n in ordered[:ENDS] if int(n) not in most]
    return most, least


def setting_words(settings: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Return what a point sets as rows, not more than a reader reads."""
    rows = [(key, _value(value)) for key, value in settings[:MOST_SET]]
    left = len(settings) - len(rows)
    return [*rows, (f"and {left} more", "")] if left > 0 else rows


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, default=str)
