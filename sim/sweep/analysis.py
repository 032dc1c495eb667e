"""What a sweep says of one output: all analyses of it, and their tables as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.experiment.results import whole_file
from sim.sweep.analysis_converge import Part, Spread, band_of, convergence, spread
from sim.sweep.analysis_effects import (
    Correlation,
    Effect,
    Map,
    Tornado,
    heat_maps,
    main_effects,
    rank_correlations,
    tornado,
)
from sim.sweep.analysis_indices import Indices, indices
from sim.sweep.analysis_table import Results, read_results
from sim.sweep.discovery import Discovery, discover

HALF = 0.5
"""The level that counts for shares: more than half of the loss."""

UPPER_QUARTILE = 0.75

TABLES = (
    "main_effects", "heat_maps", "rank_correlations", "sobol", "morris", "one_at_a_time",
    "boxes", "convergence",
)  # fmt: skip
"""Every table there can be, each a CSV file of that name."""

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]


@dataclass(frozen=True)
class Analysis:
    """One output of a sweep, analysed; `effects` go from what matters most to what matters least.

    `band` is 5 %, median and 95 % of all runs, `runs_above` the share of them that exceed `above`.
    """

    results: Results
    band: tuple[float, float, float]
    above: float
    runs_above: float
    effects: tuple[Effect, ...]
    correlations: tuple[Correlation, ...]
    maps: tuple[Map, ...]
    indices: Indices | None
    tornado: Tornado | None
    discovery: Discovery
    convergence: tuple[Part, ...]
    spread: Spread


def analyse(folder: Path, output: str | None = None, above: float | None = None) -> Analysis:
    """Return what the sweep of a folder says of an output and of when it exceeds `above`.

    Without `above` one half of a share, the upper quartile of the runs of anything else. Raises
    DivertError where there is no sweep, no such output, or nothing finished.
    """
    results = read_results(folder, output)
    there = results.values[np.isfinite(results.values)]
    if above is None:
        share = results.unit != "musd" and "share" in results.unit
        above = HALF if share else float(np.quantile(there, UPPER_QUARTILE))
    found = indices(results)
    return Analysis(
        results, band_of(there), above, float((there > above).mean()),
        _ranked(main_effects(results), found), rank_correlations(results), heat_maps(results),
        found, tornado(results), discover(results, above), convergence(results), spread(results),
    )  # fmt: skip


def _ranked(effects: tuple[Effect, ...], found: Indices | None) -> tuple[Effect, ...]:
    """Return the effects by index or measure where there are some, else as they are."""
    if found is None or not (found.sobol or found.morris):
        return effects
    names = [row.parameter for row in found.sobol] or [row.parameter for row in found.morris]
    place = {name: i for i, name in enumerate(names)}
    return tuple(sorted(effects, key=lambda effect: place[effect.given.label]))


def tables(analysis: Analysis) -> dict[str, Table]:
    """Return headings and rows of every table there is something for, by name."""
    made: dict[str, Table] = {
        "main_effects": _main_effects(analysis.effects),
        "heat_maps": _heat_maps(analysis.maps),
        "rank_correlations": (
            ("parameter", "unit", "rank_correlation", "p_value"),
            [(c.given.label, c.given.unit_of_measure, c.rank, c.chance)
             for c in analysis.correlations],
        ),
        "sobol": _sobol(analysis.indices),
        "morris": _morris(analysis.indices),
        "one_at_a_time": _one_at_a_time(analysis.tornado),
        "boxes": _boxes(analysis.discovery),
        "convergence": _convergence(analysis.convergence),
    }  # fmt: skip
    return {name: table for name, table in made.items() if table[1]}


def _main_effects(effects: Sequence[Effect]) -> Table:
    """Return one row a level of each input."""
    headings = (
        "input", "key", "unit", "level", "points", "runs", "mean", "p05", "p50", "p95",
        "first_order_share", "rank_correlation",
    )  # fmt: skip
    return headings, [
        (e.given.label, e.given.what, e.given.unit_of_measure, x.words, x.points, x.runs, x.mean,
         x.p05, x.p50, x.p95, e.share, e.rank)
        for e in effects
        for x in e.levels
    ]  # fmt: skip


def _heat_maps(maps: Sequence[Map]) -> Table:
    """Return one row a cell."""
    return ("row", "row_level", "column", "column_level", "p50", "share_of_both"), [
        (m.row.label, a, m.column.label, b, float(m.median[i, j]), m.share)
        for m in maps
        for i, a in enumerate(m.row_words)
        for j, b in enumerate(m.column_words)
    ]


def _sobol(found: Indices | None) -> Table:
    rows = () if found is None else found.sobol
    return ("input", "first", "first_conf", "total", "total_conf"), [
        (r.parameter, r.first, r.first_conf, r.total, r.total_conf) for r in rows
    ]


def _morris(found: Indices | None) -> Table:
    rows = () if found is None else found.morris
    return ("input", "mu_star", "mu_star_conf", "sigma", "mu", "mu_error"), [
        (r.parameter, r.mu_star, r.mu_star_conf, r.sigma, r.mu, r.mu_error) for r in rows
    ]


def _one_at_a_time(found: Tornado | None) -> Table:
    """Return one row an input."""
    headings = (
        "input", "lowest", "highest", "at_middle", "at_lowest", "at_highest", "least", "most",
        "change_at_lowest_p05", "change_at_lowest_p95", "change_at_highest_p05",
        "change_at_highest_p95",
    )  # fmt: skip
    return headings, [] if found is None else [
        (b.given.label, b.low_words, b.high_words, found.middle, b.low, b.high, b.least, b.most,
         *b.low_range, *b.high_range)
        for b in found.bars
    ]  # fmt: skip


def _boxes(found: Discovery) -> Table:
    """Return one row a limited input of each box."""
    headings = (
        "above", "box", "coverage", "density", "points", "exceeding", "input", "from", "to",
        "quasi_p",
    )  # fmt: skip
    return headings, [
        (found.above, i, box.coverage, box.density, box.points, box.exceeding, x.given.label,
         x.low, x.high, x.chance)
        for i, box in enumerate(found.boxes, 1)
        for x in box.limits
    ]  # fmt: skip


def _convergence(parts: Sequence[Part]) -> Table:
    headings = (
        "of", "count", "p05", "p50", "p95", "p05_error", "p50_error", "p95_error",
    )  # fmt: skip
    return headings, [(p.of, p.count, *p.band, *p.errors) for p in parts]


def write_tables(analysis: Analysis, folder: Path) -> list[Path]:
    """Write every table as CSV and return the paths; those of an earlier analysis go.

    Raises DivertError where the folder cannot be written.
    """
    made = tables(analysis)
    paths = []
    for name in TABLES:
        path = folder / f"{name}.csv"
        if name not in made:
            path.unlink(missing_ok=True)
            continue
        with whole_file(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(made[name][0])
            writer.writerows([_cell(value) for value in row] for row in made[name][1])
        paths.append(path)
    return paths


def _cell(value: object) -> object:
    """Return a value as a cell: six digits of a number, nothing where there is none."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return "" if value is None else value
