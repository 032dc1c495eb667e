"""Worlds in which Russia's levers are pulled when China begins to restrict, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.agents.levers import Levers, pull
from sim.axes import ARMS, RUSSIA
from sim.base_year import MONTHS_A_YEAR
from sim.experiment.answer import scenario_offset, window_of
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.ensemble import Ensemble, member_parameters, run_ensemble
from sim.experiment.offset import over_months, receipts
from sim.inputs import build_inputs
from sim.model import SanctionsModel
from sim.record import Record
from sim.scenario import Scenario
from sim.workers import Workers

Array = NDArray[np.float64]

LANES = 48
"""Worlds stepped together; changes no result."""

OUTCOMES = ("offset", "added_musd_a_year", "purchases_musd_a_year", "workers", "rajin_mt_a_year")
"""Of one world, means of the window; the offset as a share of the loss."""

OFFSET, ADDED, PURCHASES, AT_WORK, RAJIN = range(len(OUTCOMES))

FREE = (AS_IT_HAPPENS,)

Progress = Callable[[float], None] | None


@dataclass(frozen=True)
class Lanes:
    """Worlds to run, each the draw of a member with levers of its own, (lane,)."""

    member: NDArray[np.intp]
    law: NDArray[np.bool_]
    support: Array
    potential: Array
    labour: Array
    corridor: Array

    def __len__(self) -> int:
        """Return the number of worlds."""
        return self.member.size

    def take(self, places: NDArray[np.intp]) -> Lanes:
        """Return some of the worlds."""
        return Lanes(*(values[places] for values in vars(self).values()))


@dataclass(frozen=True)
class Loss:
    """What China's restrictions cost with Russia held still, USD million over the window.

    `held` is Y(C1S0), `loss` Y(C0S0) - Y(C1S0), `offset` the ratio as Russia was, all (member,).
    """

    held: Array
    loss: Array
    offset: Array
    significant: bool


def loss_of(scenario: Scenario) -> Loss:
    """Return the loss of every member of a scenario, from its four arms.

    Levers are pulled at the split, from which on Russia held still repeats its volumes of before:
    no lever moves the arms that a loss is made of.
    """
    ensemble: Ensemble = run_ensemble(scenario, ARMS)
    found = scenario_offset(ensemble)
    total = receipts(ensemble.record, window_of(scenario, ensemble.inputs.months)).total
    return Loss(total[ARMS.index("C1S0")], found.loss, found.ratio, found.significant)


class Laboratory:
    """Runs lanes of a scenario against its loss, in as many processes as a pool has."""

    def __init__(self, scenario: Scenario, loss: Loss, pool: Workers) -> None:
        self.scenario, self.loss, self.pool = scenario, loss, pool
        self.runs = 0

    def run(self, lanes: Lanes, progress: Progress = None) -> Array:
        """Return the outcomes of every lane, (lane, outcome); `progress` gets the share done."""
        out = np.empty((len(lanes), len(OUTCOMES)))
        places = list(_blocks(lanes, self.pool.count))
        results = self.pool.map(
            partial(run_lanes, self.scenario), (lanes.take(block) for block in places)
        )
        for k, (block, got) in enumerate(zip(places, results, strict=True)):
            out[block] = got
            if progress is not None:
                progress((k + 1) / len(places))
        self.runs += len(lanes)
        # Y arrives in the place of the offset, and the loss is known here.
        gained = out[:, OFFSET] - self.loss.held[lanes.member]
        out[:, OFFSET] = gained / self.loss.loss[lanes.member]
        out[:, ADDED] = gained / _years(self.scenario)
        return out


def _years(scenario: Scenario) -> float:
    """Return the length of the answer's window."""
    window = window_of(scenario, scenario.period.months)
    return float(window.stop - window.start) / MONTHS_A_YEAR


def _blocks(lanes: Lanes, workers: int) -> Iterator[NDArray[np.intp]]:
    """Yield places of lanes that step together: of one law, since law is of the whole model."""
    width = min(LANES, -(-len(lanes) // workers))
    for law in (True, False):
        places = np.flatnonzero(lanes.law == law)
        for first in range(0, places.size, width):
            yield places[first : first + width]


def run_lanes(scenario: Scenario, lanes: Lanes) -> Array:
    """Return outcomes of lanes of one law, (lane, outcome), Y over the window as the first."""
    parameters = {n: v[lanes.member] for n, v in member_parameters(scenario).items()}
    firms = scenario.firms
    inputs = build_inputs(scenario, parameters)
    model = SanctionsModel(
        inputs, lanes.member.tolist(), scenario.seed, FREE, firms.counts(), firms.pareto
    )
    while model.month < inputs.split:
        model.step()
    law = bool(lanes.law[0])
    pull(model, Levers(lanes.potential, lanes.labour, lanes.corridor, lanes.support, law))
    record = model.run()
    # A model refers to itself through its agents; waiting, each block would hold the last ones too.
    model.__dict__.clear()
    return _outcomes(record, window_of(scenario, inputs.months))


def _outcomes(record: Record, window: slice) -> Array:
    got = receipts(record, window)
    length = window.stop - window.start
    out = np.zeros((got.total.shape[1], len(OUTCOMES)))
    out[:, OFFSET] = got.total[0]
    out[:, PURCHASES] = got.goods[0, :, RUSSIA].sum(axis=-1) / length * MONTHS_A_YEAR
    crews = record["permits"][window, 0, :, RUSSIA] + record["visas"][window, 0, :, RUSSIA]
    out[:, AT_WORK] = over_months(crews) / length
    # USD million over USD a tonne are million tonnes.
    fees = over_months(record["fees"][window, 0]) / length * MONTHS_A_YEAR
    out[:, RAJIN] = fees / record.inputs.par["transit_fee"]
    return out
