# ruff: noqa: E402 - the path is set before what lies on it is imported.
"""The month with one agentpy agent a lot, beside Mesa's, under a Python that has both.

`python tests/benchmarks/with_agentpy.py` prints seconds a month as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]
# agentpy installs a package of its own that is named `tests`.
sys.modules["tests"] = ModuleType("tests")
sys.modules["tests"].__path__ = [str(TESTS)]

import agentpy

from sim.scenario_file import load_scenario
from tests.benchmarks.parts import object_seconds
from tests.benchmarks.rows import work_seconds
from tests.benchmarks.test_speed import BLOCK, IdiomaticModel, fresh

from reference import Lot, ReferenceModel

MONTHS = 72


class LotOfAgentpy(agentpy.Agent):
    """A lot as an agentpy tutorial would write it."""

    review = Lot.step

    def setup(self, **given: Any) -> None:
        """Keep size, exposure, both bars, routes and belief."""
        self.cell, self.size, self.exposure = given["cell"], given["size"], given["exposure"]
        self.reservation, self.illegal_reservation = given["reservations"]
        self.legal, self.illegal, self.belief = given["legal"], False, given["belief"]

    def act(self) -> None:
        """Review and be found on draws of the model's own generator."""
        random = self.model.nprandom
        self.review(random.random() < self.model.review_rate, random.random())


class MonthOfAgentpy(ReferenceModel):
    """Law, states and markets in plain floats; the lots belong to an agentpy model."""

    def __init__(self, twin: Any, owner: agentpy.Model) -> None:
        self.owner = owner
        self.lot_kind = lambda _, cell, size, exposure, reservations, legal, belief: LotOfAgentpy(
            owner, cell=cell, size=size, exposure=exposure, reservations=reservations,
            legal=legal, belief=belief,
        )  # fmt: skip
        super().__init__(twin, 0)

    def _firms(self) -> None:
        for p in range(3):
            for row in self.cells[p]:
                for cell in row:
                    cell.legal_on = cell.illegal_on = cell.found_on = 0.0
        self.owner.lots.act()


class ModelOfAgentpy(agentpy.Model):
    """The agentpy model: an agent list of lots, a variable recorded a month."""

    def setup(self) -> None:
        """Build the lots of one member."""
        self.world = MonthOfAgentpy(fresh(1), self)
        self.review_rate = self.world.par["review_rate"]
        self.lots = agentpy.AgentList(self, [lot for lots in self.world.lots for lot in lots])

    def step(self) -> None:
        """Step a month."""
        self.world.step()

    def update(self) -> None:
        """Record the receipts."""
        self.record("receipts", getattr(self.world, "receipts", 0.0))


def main() -> None:
    """Print seconds a month of agentpy, of Mesa and of a member in a block, as JSON."""
    model = ModelOfAgentpy({"steps": MONTHS, "seed": 1})
    model.sim_setup()
    begun = time.process_time()
    while model.running:
        model.sim_step()
    taken = (time.process_time() - begun) / MONTHS
    world = load_scenario("historical")
    block = work_seconds(lambda: fresh(BLOCK).run) / MONTHS / BLOCK
    print(
        json.dumps(
            {
                "agentpy": taken,
                "Mesa, bare loop": object_seconds(ReferenceModel, world, MONTHS),
                "Mesa, agent set": object_seconds(IdiomaticModel, world, MONTHS),
                "block": block,
            }
        )
    )


if __name__ == "__main__":
    main()
