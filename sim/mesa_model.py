"""`from sim import Model`: the model of a scenario as users of Mesa make and step one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import mesa
import numpy as np

from sim.axes import ARMS, PARTNERS
from sim.errors import DivertError, nearest
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.ensemble import member_parameters
from sim.inputs import Inputs, build_inputs
from sim.model import SanctionsModel
from sim.parameters import accepted
from sim.python import Place, load
from sim.scenario import Scenario
from sim.scenario_terms import shown

Reporter = Callable[[Any], Any]


def _month(model: SanctionsModel) -> str:
    return model.inputs.months[model.month - 1]


def _receipts(model: SanctionsModel) -> float:
    return float(np.median(model.flows.receipts[-1]))


def _reserves(model: SanctionsModel) -> float:
    return float(np.median(model.state.reserves[-1]))


def _trade(model: SanctionsModel, partner: int) -> float:
    value = model.flows.legal_value + model.flows.illegal_value
    return float(np.median(value[-1, :, partner].sum(axis=(-2, -1))))


def _level(model: SanctionsModel, name: str, partner: int) -> float:
    return float(np.median(getattr(model.state, name)[-1, :, partner]))


# Named functions, for a model is pickled with what it collects.
REPORTERS: dict[str, Reporter] = {
    "month": _month,
    "receipts": _receipts,
    "reserves": _reserves,
    **{f"trade_{name}": partial(_trade, partner=p) for p, name in enumerate(PARTNERS)},
    **{
        f"{level}_{name}": partial(_level, name=level, partner=p)
        for level in ("enforcement", "support")
        for p, name in enumerate(PARTNERS)
    },
}
"""What is collected at the end of each month: medians over members in the last arm.

Receipts and trade (both directions and routes) are in USD million a month, reserves in USD million,
enforcement and support from 0 to 1.
"""


class Model(SanctionsModel):
    """A `mesa.Model` of a scenario, made from its name and changes as `load` takes them.

    `Model("historical", members=16, scale=0.1, seed=7)`; `rng` is Mesa's word for `seed`. `arms`
    are names of `sim.axes.ARMS`, by default the world as it happens alone. It has `step`,
    `run_model`, `running`, `steps`, `agents` and `datacollector`, which holds `reporters`, and
    suits Mesa's batch runner; its seed is part of the scenario, so that iterations of one seed are
    alike. A subclass may also go to `run` and `sweep` as `model`. Raises DivertError.
    """

    reporters: ClassVar[Mapping[str, Reporter]] = REPORTERS

    def __init__(
        self,
        scenario: Place | Scenario | Inputs = "historical",
        *words: Any,
        arms: Sequence[str] = (AS_IT_HAPPENS,),
        rng: int | None = None,
        **changes: Any,
    ) -> None:
        self.datacollector: Any = None
        if isinstance(scenario, Inputs):
            # As `run` and `sweep` make the models of their blocks.
            super().__init__(scenario, *words, **changes)
            return
        if words:
            raise DivertError(f"found {shown(words[0])} after the scenario; allowed: key=value")
        if changes.get("seed", 0) is None:
            del changes["seed"]  # Mesa's default; the scenario has a seed of its own
        if rng is not None:
            if "seed" in changes:
                raise DivertError("found rng and seed; allowed: one of them")
            changes["seed"] = rng
        self.scenario = load(scenario, **changes)
        accepted(self.scenario.parameters.draws)
        firms = self.scenario.firms
        super().__init__(
            build_inputs(self.scenario, member_parameters(self.scenario)),
            range(self.scenario.members), self.scenario.seed, _arms(arms), firms.counts(),
            firms.pareto,
        )  # fmt: skip
        self.datacollector = mesa.DataCollector(model_reporters=dict(self.reporters))
        # All agents are made; without this Mesa's counter of ids would keep every model for ever.
        self.leave()

    def step(self) -> None:
        """Run one month and collect; raises DivertError after the last one."""
        super().step()
        if self.datacollector is not None:
            self.datacollector.collect(self)


def _arms(arms: Any) -> tuple[str, ...]:
    """Return arms as a tuple; raises DivertError for other names, none, or one twice."""
    names = tuple(arms) if isinstance(arms, list | tuple) else (arms,)
    for name in names:
        if name not in ARMS:
            raise DivertError(
                f"found {shown(name)}; allowed: {', '.join(ARMS)}{nearest(name, ARMS)}", key="arms"
            )
    if not names or len(set(names)) < len(names):
        raise DivertError("found no arm, or one twice; allowed: each once", key="arms")
    return names
