"""A sweep's analysis with shares in percent, as every other answer says them."""

from __future__ import annotations

from dataclasses import replace

from sim.sweep.analysis import Analysis
from sim.sweep.analysis_effects import Effect, Tornado
from sim.sweep.analysis_indices import Indices

PERCENT = {"share of the loss": "% of the loss", "ratio": "%"}
"""Units of outputs that are shares of an amount, and what they become."""

HUNDRED = 100.0


def in_percent(analysis: Analysis) -> Analysis:
    """Return an analysis with its output in percent where that is a share, else as it is.

    Everything in the unit of the output is a hundred times as large, `above` too; files keep the
    shares.
    """
    results = analysis.results
    if results.unit not in PERCENT:
        return analysis
    found = analysis.discovery
    spread = analysis.spread
    return replace(
        analysis,
        results=replace(results, unit=PERCENT[results.unit], values=HUNDRED * results.values),
        band=_times(analysis.band),
        above=HUNDRED * analysis.above,
        effects=tuple(map(_effect, analysis.effects)),
        maps=tuple(replace(one, median=HUNDRED * one.median) for one in analysis.maps),
        indices=_indices(analysis.indices),
        tornado=_tornado(analysis.tornado),
        discovery=replace(found, above=HUNDRED * found.above),
        convergence=tuple(
            replace(part, band=_times(part.band), errors=_times(part.errors))
            for part in analysis.convergence
        ),
        spread=replace(
            spread,
            points=HUNDRED * spread.points,
            members=None if spread.members is None else HUNDRED * spread.members,
            seeds=None if spread.seeds is None else HUNDRED * spread.seeds,
        ),
    )


def is_percent(unit: str) -> bool:
    """Return whether a unit is one that `in_percent` gives."""
    return unit in PERCENT.values()


def level_given(level: float, unit: str) -> float:
    """Return a level as a file or an option has it: shares where the unit is percent."""
    return level / HUNDRED if is_percent(unit) else level


def _times(values: tuple[float, float, float]) -> tuple[float, float, float]:
    return HUNDRED * values[0], HUNDRED * values[1], HUNDRED * values[2]


def _effect(effect: Effect) -> Effect:
    """Return a main effect in percent."""
    levels = tuple(
        replace(level, **{name: HUNDRED * getattr(level, name)
                          for name in ("mean", "error", "p05", "p50", "p95")})
        for level in effect.levels
    )  # fmt: skip
    return replace(effect, levels=levels)


def _indices(found: Indices | None) -> Indices | None:
    """Return Morris' measures in percent; Sobol' indices have no unit."""
    if found is None:
        return None
    names = ("mu_star", "mu_star_conf", "sigma", "mu", "mu_error")
    rows = tuple(
        replace(row, **{name: HUNDRED * getattr(row, name) for name in names})
        for row in found.morris
    )
    return replace(found, stand_in=HUNDRED * found.stand_in, morris=rows)


def _tornado(found: Tornado | None) -> Tornado | None:
    """Return one-at-a-time effects in percent."""
    if found is None:
        return None
    bars = tuple(
        replace(
            bar,
            **{name: HUNDRED * getattr(bar, name) for name in ("low", "high", "least", "most")},
            low_range=(HUNDRED * bar.low_range[0], HUNDRED * bar.low_range[1]),
            high_range=(HUNDRED * bar.high_range[0], HUNDRED * bar.high_range[1]),
        )
        for bar in found.bars
    )
    return replace(found, middle=HUNDRED * found.middle, bars=bars)
