"""A sweep read back: one output of every run by point and member, and what was varied."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import DivertError, nearest
from sim.parameters import all_parameters
from sim.scenario_file import changed, scenario_of
from sim.sweep.block import OK
from sim.sweep.design import Points, draw_of, lay_points
from sim.sweep.file import Sweep, base_values
from sim.sweep.manifest import read_manifest, sweep_of
from sim.sweep.store import read_table
from sim.yaml_text import Tree

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

MOST_LEVELS = 12
"""Distinct values up to which an input is read level by level; beyond, by tenths of its range."""

THOUSAND, TINY = 1000.0, 1e-4
TENTHS = 10
A_TENTH = 5
"""Points that a tenth needs; with fewer points the range is cut into fewer parts."""


@dataclass(frozen=True)
class Input:
    """What was varied: `values` (point,) are its numbers, or the places of its levels in `words`.

    `unit` (point,) is its coordinate in [0, 1] in a sampled design. `what` is the key or parameter.
    """

    label: str
    what: str
    unit_of_measure: str
    values: Array
    words: tuple[str, ...] = ()
    unit: Array | None = None

    @property
    def numeric(self) -> bool:
        """Return whether it takes numbers, rather than words, dates or lists."""
        return not self.words

    @property
    def ordered(self) -> bool:
        """Return whether its levels have an order of their own: numbers or dates."""
        return all(map(is_date, self.words))


@dataclass(frozen=True)
class Groups:
    """Points by level of an input: group of each point (point,), words and place of each group."""

    of: Whole
    words: tuple[str, ...]
    places: Array
    tenths: bool


@dataclass(frozen=True)
class Results:
    """One output of a sweep: `values` (point, member), NaN where a run is not there or has none.

    `inputs` are its factors, `drawn` the parameters of its draws, `draws` (point,) their numbers.
    `planned`, `finished`, `failed` and `empty` count runs; `empty` had no value of the output.
    `by_seed` members side by side differ by seed alone.
    """

    sweep: Sweep
    output: str
    unit: str
    values: Array
    inputs: tuple[Input, ...]
    drawn: tuple[Input, ...]
    draws: Whole | None
    planned: int
    finished: int
    failed: int
    empty: int
    by_seed: int

    @property
    def known(self) -> NDArray[np.bool_]:
        """Return which points have a value, (point,)."""
        return np.asarray(np.isfinite(self.values).any(axis=1))

    @property
    def means(self) -> Array:
        """Return the mean over the members of each point that have a value, (point,), or NaN."""
        there = np.isfinite(self.values)
        count = there.sum(axis=1)
        total = np.where(there, self.values, 0.0).sum(axis=1)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def read_results(folder: Path, output: str | None = None) -> Results:
    """Return one output of the sweep in a folder; without `output` the offset, or the first one.

    Raises DivertError where there is no sweep, no such output, or no run with a value yet.
    """
    manifest = read_manifest(folder)
    sweep = sweep_of(manifest)
    name = _output_of(sweep, output)
    table = read_table(folder, points=False)
    if table.num_rows == 0:
        raise DivertError(
            "no run of this sweep is finished yet; `divert sweep` goes on with it", file=folder
        )
    values = np.full((manifest["points"], sweep.members), np.nan)
    column = table.column(name).to_numpy().astype(np.float64)
    values[table.column("point").to_numpy(), table.column("member").to_numpy()] = column
    status = table.column("status").to_pylist()
    failed = len(status) - status.count(OK)
    if not np.isfinite(values).any():
        first = next((m for m in table.column("message").to_pylist() if m), "")
        raise DivertError(
            f"no run of this sweep has a value of {name}"
            + (f"; {failed} failed, the first because: {first}" if failed else ""),
            file=folder,
        )
    points = lay_points(sweep)
    if len(points) != len(values):
        raise DivertError(
            f"found {len(values):,} points where its design lays {len(points):,}; allowed: a "
            "folder as `divert sweep` wrote it",
            file=folder,
        )
    inputs, drawn, draws = _varied(sweep, points)
    return Results(
        sweep, name, manifest["units"][name], values, inputs, drawn, draws, manifest["runs"],
        table.num_rows, failed, int((~np.isfinite(column)).sum()) - failed,
        _by_seed(sweep, points, Tree(manifest["scenario"]) if "scenario" in manifest else None),
    )  # fmt: skip


def _output_of(sweep: Sweep, output: str | None) -> str:
    """Return the output to analyse."""
    if output is None:
        return "offset" if "offset" in sweep.outputs else sweep.outputs[0]
    if output not in sweep.outputs:
        raise DivertError(
            f"found {output!r}, which this sweep did not keep; allowed: "
            f"{', '.join(sweep.outputs)}{nearest(output, sweep.outputs)}",
            key="--output",
        )
    return output


def _varied(
    sweep: Sweep, points: Points
) -> tuple[tuple[Input, ...], tuple[Input, ...], Whole | None]:
    """Return factors, parameters of the draws, and the draw of each point."""
    inputs = []
    columns = list(zip(*points.values, strict=True))
    for i, factor in enumerate(points.factors):
        unit, column = None if points.unit is None else points.unit[:, i], columns[i]
        measure = all_parameters()[factor.parameter].unit if factor.parameter else ""
        inputs.append(input_of(factor.label, factor.parameter or factor.key, measure, column, unit))
    if points.draws[0] is None:
        return tuple(inputs), (), None
    draws = np.array(points.draws, dtype=np.int64)
    own = {factor.parameter for factor in points.factors}
    rows = [draw_of(sweep, number) for number in range(int(draws.max()) + 1)]
    drawn = []
    for name in sorted(set(rows[0]) - own):
        numbers = np.array([row[name] for row in rows])
        if np.ptp(numbers) > 0.0:
            drawn.append(Input(name, name, all_parameters()[name].unit, numbers[draws]))
    return tuple(inputs), tuple(drawn), draws


def input_of(
    label: str, what: str, measure: str, column: Sequence[Any], unit: Array | None = None
) -> Input:
    """Return an input from its values, one a point: numbers, words, dates or whole lists."""
    texts = [json.dumps(value, sort_keys=True, default=str) for value in column]
    levels = list(dict.fromkeys(texts))
    words = level_words([json.loads(text) for text in levels])
    numbers = [_number(word) for word in words]
    if all(number is not None for number in numbers):
        value = dict(zip(levels, numbers, strict=True))
        return Input(label, what, measure, np.array([value[t] for t in texts], float), (), unit)
    if all(is_date(word) for word in words):
        order = sorted(range(len(words)), key=lambda k: words[k])
    else:
        order = list(range(len(words)))
    place = {levels[k]: float(i) for i, k in enumerate(order)}
    return Input(
        label, what, measure, np.array([place[t] for t in texts]),
        tuple(words[k] for k in order), unit,
    )  # fmt: skip


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def is_date(word: str) -> bool:
    """Return whether a word is a date YYYY-MM-DD."""
    try:
        return bool(date.fromisoformat(word))
    except ValueError:
        return False


def level_words(levels: Sequence[Any]) -> list[str]:
    """Return each level in words; of lists and mappings only what differs between the levels."""
    flat = [_flat(level) for level in levels]
    paths = list(dict.fromkeys(path for leaves in flat for path in leaves))
    differ = [p for p in paths if len({leaves.get(p, "none") for leaves in flat}) > 1]
    if len(differ) <= 1:
        return [leaves.get((differ or paths)[0], "none") for leaves in flat]
    return [
        ", ".join(f"{p}: {leaves[p]}" if p else leaves[p] for p in differ if p in leaves) or "none"
        for leaves in flat
    ]


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Return the leaves of a value by their path."""
    if isinstance(value, dict) and value:
        parts = [(f"{path}.{k}" if path else str(k), v) for k, v in value.items()]
    elif isinstance(value, list) and value:
        parts = [(f"{path}[{i + 1}]", v) for i, v in enumerate(value)]
    elif isinstance(value, dict | list):
        return {path: "none"}
    else:
        return {path: value if isinstance(value, str) else json.dumps(value)}
    return {p: text for inner, v in parts for p, text in _flat(v, inner).items()}


def short(value: float, digits: int = 4) -> str:
    """Return a number with few digits, thousands separated, never as a power of ten."""
    size = abs(value)
    if size >= THOUSAND:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}" if size >= TINY or size == 0.0 else f"{value:.6f}"


def points_together(results: Results) -> int:
    """Return how many points in a row belong together in a design, 1 where each is for itself."""
    inputs, kind = len(results.inputs), results.sweep.design.kind
    return {"sobol": inputs + 2, "morris": inputs + 1}.get(kind, 1)


def groups_of(given: Input, by_level: bool = False) -> Groups:
    """Return the points by level where there are few levels or `by_level`, else by tenths."""
    distinct, of = np.unique(given.values, return_inverse=True)
    if given.words or by_level or distinct.size <= MOST_LEVELS:
        words = (
            tuple(given.words[int(k)] for k in distinct)
            if given.words
            else tuple(short(x) for x in distinct)
        )
        return Groups(np.asarray(of, dtype=np.int64).ravel(), words, distinct, False)
    parts = int(np.clip(given.values.size // A_TENTH, 2, TENTHS))
    if given.unit is not None:
        of = np.minimum((given.unit * parts).astype(np.int64), parts - 1)
    else:
        rank = np.argsort(np.argsort(given.values, kind="stable"), kind="stable")
        of = rank * parts // given.values.size
    _, of = np.unique(of, return_inverse=True)
    inside = [given.values[of == k] for k in range(int(of.max()) + 1)]
    words = tuple(f"{short(x.min(), 3)} to {short(x.max(), 3)}" for x in inside)
    return Groups(np.asarray(of, dtype=np.int64), words, np.array([x.mean() for x in inside]), True)


def _by_seed(sweep: Sweep, points: Points, below: Tree | None) -> int:
    """Return how many members side by side differ by seed alone."""
    set_here = {f.parameter for f in points.factors}
    if sweep.design.kind in ("calibrated", "prior") or set_here >= set(all_parameters()):
        return sweep.members
    first = zip(points.factors, points.values[0], strict=True)
    structure = {f.key: v for f, v in first if f.parameter is None}
    try:
        world = scenario_of(changed(base_values(sweep, below), structure, {}))
    except DivertError:
        return 1  # the first point is one that could not be run
    alone = world.parameters.source == "central" or world.seeds_per_draw >= sweep.members
    return sweep.members if alone else world.seeds_per_draw
