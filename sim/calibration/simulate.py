"""Runs for the fit: draws as members in lock-step blocks, what the series say of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.calibration.outcomes import series_of
from sim.experiment.ensemble import run_block
from sim.parameters import all_parameters, consistent, quantile
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.workers import Workers, together

Array = NDArray[np.float64]

BLOCK = 128
"""Draws stepped together, at most; changes no number."""

CUT = 1e-9
"""Share cut off at both ends of the normal scale, where quantiles of a prior end."""


@dataclass(frozen=True)
class Origin:
    """Where a fit stands.

    It may see figures of months to `until` that were public on `as_of`, and forecasts to `last`.

    World prices after `until` are those of that month; measures, tests, summits, US pressure and
    borders go on as they became known, and enforcement follows its rule.
    """

    name: str
    until: str
    as_of: date
    last: str
    windows: str | None = None
    """How the world ahead reads bans that let contracts run out, as in `measures.windows`."""


THROUGH_THE_BREAK = Origin("a", "2017-08", date(2017, 9, 30), "2018-12")
AFTER_IT = Origin("b", "2018-12", date(2019, 2, 28), "2019-12")
EVERYTHING = Origin("all", "2018-12", date.max, "2019-12")
"""The origins of the hold-out test, and the one whose draws are shipped."""

AT_THE_NOTICE = replace(THROUGH_THE_BREAK, name="a, at the notice", windows="notice")
"""The first origin under the other reading of windows: which is right was judged in hindsight."""


def world(
    origin: Origin,
    last: str,
    scale: float,
    seed: int = 2017,
    source: str = "historical",
    law: str = "registry",
) -> Scenario:
    """Return the scenario a fit runs: one arm to month `last`, adaptive enforcement.

    `law` is China's: its acts beyond the Council on their dates, or by its rule.

    The judged index of enforcement is hindsight, so no fit may read it.
    """
    keys = {
        "period.to": last,
        "window.to": last,
        "window.from": "2016-03",
        "firms.scale": str(scale),
        "parameters.source": "prior",
        "arms": "[C1S1]",
        "answer": "false",
        "seed": str(seed),
        "world_prices.until": origin.until,
    }
    keys["actors.China.law"] = law
    if origin.windows is not None:
        keys["measures.windows"] = origin.windows
    for partner in ("China", "Russia", "RestOfWorld"):
        keys[f"actors.{partner}.enforcement.mode"] = "adaptive"
    return load_scenario(source, keys)


def from_normal(points: Array) -> dict[str, Array]:
    """Return parameters at points of the normal scale, (draw, parameter): the prior is N(0, I)."""
    uniform = np.clip(ndtr(points), CUT, 1.0 - CUT)
    names = all_parameters()
    return consistent({n: quantile(p, uniform[:, i]) for i, (n, p) in enumerate(names.items())})


@dataclass(frozen=True)
class Block:
    """Draws to run together: parameters (draw,) and the names of their random streams."""

    world: Scenario
    parameters: dict[str, Array]
    ids: tuple[int, ...]


def run_series(block: Block) -> dict[str, Array]:
    """Run a block and return the series, each (month, draw)."""
    record = run_block(block.world, block.parameters, block.ids, ("C1S1",))
    return {name: values.copy() for name, values in series_of(record, 0).items()}


def blocks(
    scenario: Scenario, parameters: dict[str, Array], ids: Sequence[int], width: int = BLOCK
) -> list[Block]:
    """Return the draws in blocks of at most `width`."""
    count = len(ids)
    return [
        Block(
            scenario,
            {name: values[first : first + width] for name, values in parameters.items()},
            tuple(int(i) for i in ids[first : first + width]),
        )
        for first in range(0, count, width)
    ]


def simulate(
    workers: Workers,
    scenario: Scenario,
    parameters: dict[str, Array],
    ids: Sequence[int],
    progress: Callable[[float], None] | None = None,
) -> dict[str, Array]:
    """Return the series of every draw, each (month, draw), run in blocks on all workers."""
    work = blocks(scenario, parameters, ids, together(len(ids), workers.count, BLOCK))
    parts = []
    for part in workers.map(run_series, work):
        parts.append(part)
        if progress is not None:
            progress(len(parts) / len(work))
    return {name: np.concatenate([p[name] for p in parts], axis=1) for name in parts[0]}
