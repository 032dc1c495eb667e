"""Speed as ratios measured in one run: `pytest tests/benchmarks --benchmark-only -s`.

Nothing here fails on time: the table is the result.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.experiment.ensemble import member_parameters
from sim.inputs import build_inputs
from sim.model import SanctionsModel
from sim.scenario_file import load_scenario

from reference import Lot, ReferenceModel

MONTHS = 72
BLOCK = 16


class IdiomaticLot(Lot):
    """A lot as a Mesa tutorial would write it: it draws its own numbers."""

    def act(self) -> None:
        """Review and be found on draws of the model's own generator."""
        rng = self.model.rng
        self.step(rng.random() < self.model.par["review_rate"], rng.random())


class IdiomaticModel(ReferenceModel):
    """The plain version stepped through Mesa's agent set, in random order."""

    lot_kind = IdiomaticLot

    def _firms(self) -> None:
        for p in range(3):
            for row in self.cells[p]:
                for cell in row:
                    cell.legal_on = cell.illegal_on = cell.found_on = 0.0
        self.agents_by_type[IdiomaticLot].shuffle_do("act")


def fresh(members: int, arms: tuple[str, ...] = ("C1S1",)) -> SanctionsModel:
    """Return a full-size model of the historical scenario."""
    world = load_scenario("historical", {"members": str(members)})
    inputs = build_inputs(world, member_parameters(world))
    return SanctionsModel(inputs, range(members), world.seed, arms, world.firms.counts())


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Return the shortest of a few runs."""
    best = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best


def share_of(names: tuple[tuple[Any, str], ...], simulation: SanctionsModel) -> float:
    """Return the share of a run's time spent in some methods."""
    spent = 0.0

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **keys: Any) -> Any:
            nonlocal spent
            begin = time.perf_counter()
            result = call(*args, **keys)
            spent += time.perf_counter() - begin
            return result

        return run

    for owner, name in names:
        setattr(owner, name, timed(getattr(owner, name)))
    begin = time.perf_counter()
    simulation.run()
    return spent / (time.perf_counter() - begin)


def test_speed_table(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Print the ratios against the one-object-per-lot version, and the shares of a step."""

    def of_objects(kind: type[ReferenceModel]) -> float:
        plain = kind(fresh(1), 0)
        begin = time.perf_counter()
        for _ in range(MONTHS):
            plain.step()
        return (time.perf_counter() - begin) / MONTHS

    reference, idiomatic = of_objects(ReferenceModel), of_objects(IdiomaticModel)

    def per_month(members: int, arms: tuple[str, ...]) -> float:
        best = float("inf")
        for _ in range(3):
            simulation = fresh(members, arms)
            best = min(best, seconds(simulation.run, 1))
        return best / MONTHS / members / len(arms)

    four = ("C0S0", "C1S0", "C0S1", "C1S1")
    single, block = per_month(1, ("C1S1",)), per_month(BLOCK, ("C1S1",))
    arms = per_month(BLOCK, four)
    simulation = fresh(BLOCK, four)
    recording = share_of(((simulation.record, "take"),), simulation)
    simulation = fresh(BLOCK, four)
    draws = share_of(tuple((firms, "draw") for firms in simulation.firms), simulation)
    folder = Path(sys.executable).parent
    command = [str(folder / "divert"), "--help"]
    quiet = {"stdout": subprocess.DEVNULL}
    help_time = seconds(lambda: subprocess.run(command, check=True, **quiet), 5)  # type: ignore[call-overload]
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True), 5)
    rows = (
        ("objects in a bare loop, ms a month", 1e3 * reference, ""),
        ("objects through Mesa's agent set, ms a month", 1e3 * idiomatic, ""),
        ("one member against the bare loop, times faster", reference / single, "goal 20"),
        ("one member against the agent set", idiomatic / single, "goal 20"),
        (f"block of {BLOCK} members against the bare loop", reference / block, "goal 60"),
        (f"block of {BLOCK} members against the agent set", idiomatic / block, "goal 60"),
        (f"block of {BLOCK}, four arms, against the bare loop", reference / arms, "goal 60"),
        (f"block of {BLOCK}, four arms, against the agent set", idiomatic / arms, "goal 60"),
        ("recording, share of a step", recording, "goal at most 0.10"),
        ("random draws, share of a step", draws, "goal at most 0.25"),
        ("divert --help over a bare Python start", help_time / bare, "goal at most 6"),
    )
    with capsys.disabled():
        print()
        for label, value, goal in rows:
            print(f"{label:58s} {value:8.2f}   {goal}")
    benchmark.pedantic(fresh(4).run, rounds=1)
