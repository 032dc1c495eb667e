"""Small worlds for the tests: scenarios with a few keys changed, inputs and runs made of them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np

from sim.experiment.ensemble import Ensemble, member_parameters, run_ensemble
from sim.inputs import Inputs, build_inputs
from sim.model import SanctionsModel
from sim.scenario import Scenario
from sim.scenario_file import load_scenario

SMALL = {"firms.scale": 0.05, "members": 2, "firms.Russia": 2200, "firms.RestOfWorld": 2200}

QUIET = {
    "measures.include": [],
    "world_prices.mode": "base",
    "us_pressure.mode": "fixed",
    "us_pressure.value": 0.1,
    "season": False,
    "parameters.set.cyber_income": 0.0,
    "parameters.set.cyber_income_late": 0.0,
    "parameters.source": "central",
}
"""No measures, US pressure and world prices at their base, no season, no cyber income."""


def scenario(*layers: dict[str, Any], **keys: Any) -> Scenario:
    """Return the historical scenario with dotted keys changed; later layers win."""
    merged: dict[str, Any] = dict(SMALL)
    for layer in (*layers, {k.replace("__", "."): v for k, v in keys.items()}):
        merged.update(layer)
    words = {k: v if isinstance(v, str) else json.dumps(v) for k, v in merged.items()}
    return load_scenario("historical", words)


def closed(inputs: Inputs) -> Inputs:
    """Return inputs whose unrecorded income closes the base year exactly, as the limits need."""
    base, par = inputs.base, inputs.par
    imports = base.flow[:, 1].sum() + base.crude
    others = inputs.base_receipts - inputs.unrecorded
    unrecorded = np.broadcast_to(imports, others.shape) - others
    slack = {**par, "plan_passthrough": np.zeros_like(par["plan_passthrough"])}
    return dataclasses.replace(
        inputs, unrecorded=unrecorded, base_receipts=others + unrecorded, par=slack
    )


def ban(good: str, partner: str = "China", **keys: Any) -> dict[str, Any]:
    """Return an own measure that bans a good sold by the DPRK."""
    measure = {
        "id": f"TEST-{partner}-{good}",
        "partner": partner,
        "direction": "dprk_export",
        "good": good,
        "kind": "ban",
        "coverage": 1.0,
        "from": "2016-06-01",
        "binding": "national",
    }
    return {**measure, **keys}


def model(
    world: Scenario, inputs: Inputs | None = None, arms: tuple[str, ...] = ("C1S1",), **keys: Any
) -> SanctionsModel:
    """Return a model of every member of a scenario."""
    if inputs is None:
        inputs = build_inputs(world, member_parameters(world))
    return SanctionsModel(
        inputs,
        range(inputs.members),
        world.seed,
        arms,
        world.firms.counts(),
        world.firms.pareto,
        **keys,
    )


def inputs_of(world: Scenario) -> Inputs:
    """Return the inputs of a scenario."""
    return build_inputs(world, member_parameters(world))


def run(world: Scenario, arms: tuple[str, ...] = ("C1S1",)) -> Ensemble:
    """Return a finished ensemble."""
    return run_ensemble(world, arms)
