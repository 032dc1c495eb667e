"""An ensemble of a scenario: parameter draws, blocks of members in lock-step, one record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.kinds import made
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.cost import WORTH_SAYING, Cost, block_of, cost_of
from sim.inputs import Inputs, build_inputs
from sim.model import SanctionsModel
from sim.parameters import draw
from sim.record import Record
from sim.scenario import Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ensemble:
    """A finished ensemble: the record of all members and the parameters each one had."""

    scenario: Scenario
    arms: tuple[str, ...]
    inputs: Inputs
    record: Record
    parameters: dict[str, Array]
    model: type[SanctionsModel] = SanctionsModel


def member_parameters(scenario: Scenario) -> dict[str, Array]:
    """Return the parameters, each (member,); the seeds of one draw lie side by side.

    Raises DivertError where the scenario's file of draws cannot be read.
    """
    seeds = scenario.seeds_per_draw
    draws = -(-scenario.members // seeds)
    settings = scenario.parameters
    values = draw(settings.source, draws, scenario.seed, settings.set, settings.draws)
    return {name: np.repeat(v, seeds)[: scenario.members] for name, v in values.items()}


def run_ensemble(
    scenario: Scenario,
    arms: Sequence[str],
    progress: Callable[[float], None] | None = None,
    block: int | None = None,
    kind: type[SanctionsModel] = SanctionsModel,
    forecast: Callable[[Cost], None] | None = None,
) -> Ensemble:
    """Run every member of a scenario in the given arms.

    `progress` receives the share done; `forecast` what a long run will take, once its first block
    is done; `kind` is the model's class, where it is a subclass. `block` members are stepped
    together, by default as many as suit the cache: memory grows with them, the record with all.
    """
    parameters = member_parameters(scenario)
    members = scenario.members
    block = block_of(scenario) if block is None else block
    if members <= block:
        done = _share_done(progress, range(members), scenario)
        record = run_block(scenario, parameters, range(members), arms, done, kind)
        return Ensemble(scenario, tuple(arms), record.inputs, record, parameters, kind)
    whole = Record(build_inputs(scenario, parameters), len(arms))
    for first in range(0, members, block):
        ids = range(first, min(first + block, members))
        part = {name: values[ids.start : ids.stop] for name, values in parameters.items()}
        done = _share_done(progress, ids, scenario)
        begun = time.perf_counter()
        run_block(scenario, part, ids, arms, done, kind, whole)
        if first == 0 and forecast is not None:
            _say(cost_of(scenario, len(arms), block, time.perf_counter() - begun), forecast)
    return Ensemble(scenario, tuple(arms), whole.inputs, whole, parameters, kind)


def _say(cost: Cost, forecast: Callable[[Cost], None]) -> None:
    if cost.seconds >= WORTH_SAYING:
        forecast(cost)


def run_block(
    scenario: Scenario,
    parameters: dict[str, Array],
    ids: Sequence[int],
    arms: Sequence[str],
    progress: Callable[[int], None] | None = None,
    kind: type[SanctionsModel] = SanctionsModel,
    whole: Record | None = None,
) -> Record:
    """Run members in lock-step and return their record; `parameters` (member,), `ids` their names.

    `progress` receives the number of months done. The record is written into `whole`, where it is
    given, at the members that `ids` number.
    """
    firms = scenario.firms
    inputs = build_inputs(scenario, parameters)
    model = made(kind, inputs, ids, scenario.seed, arms, firms.counts(), firms.pareto)
    if whole is not None:
        model.record = Record(inputs, len(model.arm_names), whole, ids[0])
    return model.run(progress)


def model_of(
    scenario: Scenario,
    arms: Sequence[str] = (AS_IT_HAPPENS,),
    kind: type[SanctionsModel] = SanctionsModel,
) -> SanctionsModel:
    """Return the model of a scenario's members in its first month, to be stepped by hand.

    `arms` are names of `sim.axes.ARMS`; `kind` is the model's class, where it is a subclass.
    """
    firms = scenario.firms
    inputs = build_inputs(scenario, member_parameters(scenario))
    ids = range(scenario.members)
    return made(kind, inputs, ids, scenario.seed, arms, firms.counts(), firms.pareto)


def _share_done(
    progress: Callable[[float], None] | None, ids: range, scenario: Scenario
) -> Callable[[int], None] | None:
    """Return what turns months done in a block into the share of the whole ensemble."""
    if progress is None:
        return None
    count = len(scenario.period.months)
    return lambda month: progress((ids.start + len(ids) * month / count) / scenario.members)
