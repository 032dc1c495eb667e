"""China's coal stop of the winter of 2016-17: which bar for acts of its own brings it.

The bar plays no part while China's acts come on their dates, so figures of trade say nothing of
it. Each accepted draw takes it from the part of its prior below the wish for enforcement that the
draw's China has that winter, under the Council's cap and before any act of its own (a cut
posterior, as for the Council's votes).
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.axes import CHINA
from sim.calibration.simulate import BLOCK, CUT, Block, Origin, blocks, world
from sim.experiment.ensemble import run_block
from sim.parameters import all_parameters, parameter_stream, quantile
from sim.workers import Workers, together

Array = NDArray[np.float64]

BAR = "own_act_threshold"
WINTER = ("2016-12", "2017-02")
"""From the first cap on coal to the stop of 18 February 2017 (measures registry)."""

GRID = 2001


def winter_wish(block: Block) -> Array:
    """Run a block without acts of its own and return China's strongest wish of the winter, (draw,).

    Plain function of a plain block, so that a worker can run it.
    """
    never = {**block.parameters, BAR: np.ones_like(block.parameters[BAR])}
    record = run_block(block.world, never, block.ids, ("C1S1",))
    first, last = (record.inputs.months.index(month) for month in WINTER)
    return np.asarray(record["enforcement_target"][first : last + 1, 0, :, CHINA].max(axis=0))


def wishes(
    workers: Workers, origin: Origin, scale: float, parameters: dict[str, Array], ids: list[int]
) -> Array:
    """Return China's strongest wish of the winter in every draw, (draw,)."""
    short = dataclasses.replace(origin, until=WINTER[1])
    scenario = world(short, WINTER[1], scale, law="endogenous")
    work = blocks(scenario, parameters, ids, together(len(ids), workers.count, BLOCK))
    return np.concatenate(list(workers.map(winter_wish, work)))


def condition(points: Array, wish: Array, seed: int) -> Array:
    """Return points whose bar lies below the wish of the winter, as far as its prior goes.

    `points` (draw, parameter) of the normal scale, `wish` (draw,).
    """
    bar = all_parameters()[BAR]
    place = list(all_parameters()).index(BAR)
    shares = np.linspace(CUT, 1.0 - CUT, GRID)
    most = np.interp(wish, quantile(bar, shares), shares)
    drawn = parameter_stream(f"{BAR} below the wish", seed).random(len(points)) * most
    out = points.copy()
    out[:, place] = ndtri(np.clip(drawn, CUT, 1.0 - CUT))
    return out
