"""A model that is stepped by hand: bounded, locked, and remembered month by month."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from threading import RLock
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from sim.app.live_firms import FirmMonth, FirmWatch
from sim.app.live_law import Law, first_acts, law_of
from sim.axes import BOUGHT, CHINA, RUSSIA, SOLD
from sim.errors import DivertError
from sim.experiment.answer import BAND
from sim.experiment.arms import ARM_WORDS
from sim.experiment.decision_data import Explained
from sim.experiment.decisions import explain_month
from sim.experiment.ensemble import member_parameters
from sim.experiment.stored import DECISIONS, StoredRun
from sim.inputs import build_inputs
from sim.model import SanctionsModel
from sim.record import Record
from sim.scenario import Scenario

Array = NDArray[np.float64]

PAIR = "C1S1+C0S1"
CHOICES = {
    "C1S1": ARM_WORDS["C1S1"],
    "C0S1": ARM_WORDS["C0S1"],
    "C1S0": ARM_WORDS["C1S0"],
    "C0S0": ARM_WORDS["C0S0"],
    PAIR: "with and without China's restrictions, Russia free",
}
"""Arms that may be stepped, the last two of them side by side."""

MEMBER_CHOICES = (1, 4, 8)
MOST_FIRMS = 120_000
"""Firms times members times arms that one model may hold."""

PATIENCE = 0.4
"""Seconds that one answer may step ahead; who asked for more asks again."""

_births = count(1)


def arms_of(choice: str) -> tuple[str, ...]:
    """Return the arms of a choice; raises DivertError for none of `CHOICES`."""
    if choice not in CHOICES:
        raise DivertError(f"found {choice!r}; allowed: {', '.join(CHOICES)}", key="arm")
    return tuple(choice.split("+"))


def check_size(scenario: Scenario, members: int, arms: int) -> None:
    """Raise DivertError for more firms, members and arms than one visitor may step."""
    if members not in range(1, max(MEMBER_CHOICES) + 1):
        raise DivertError(
            f"found {members} members; allowed: 1 to {max(MEMBER_CHOICES)}", key="members"
        )
    firms = sum(scenario.firms.counts()) * members * arms
    if firms > MOST_FIRMS:
        raise DivertError(
            f"found {sum(scenario.firms.counts()):,} firms in {members} members and {arms} arms, "
            f"{firms:,} in all; allowed: {MOST_FIRMS:,}: choose fewer members, one arm, or a "
            "scenario with a smaller firms.scale",
            key="members",
        )


class Session:
    """One visitor's model and all that it has lived through.

    The members are the first ones of the scenario's own ensemble, so that each gives the numbers
    that `divert run` gives it. Raises DivertError for what is too large.
    """

    def __init__(self, scenario: Scenario, members: int = 1, choice: str = "C1S1") -> None:
        self.arms = arms_of(choice)
        members = min(members, scenario.members)
        check_size(scenario, members, len(self.arms))
        self.scenario, self.choice = scenario, choice
        whole = member_parameters(scenario)
        self.parameters = {name: values[:members] for name, values in whole.items()}
        self.inputs = build_inputs(scenario, self.parameters)
        firms = scenario.firms
        self._model: SanctionsModel | None = SanctionsModel(
            self.inputs, range(members), scenario.seed, self.arms, firms.counts(), firms.pareto
        )
        self._model.leave()  # its agents are all made; in Mesa's books it would never be freed
        self.record: Record = self._model.record
        self.watch = FirmWatch(self._model)
        self.firms: list[FirmMonth] = []
        self.laws: list[Law] = []
        self.first_acts = first_acts(scenario, self.months, self.parameters)
        self.born = next(_births)
        self.lock = RLock()

    @property
    def months(self) -> tuple[str, ...]:
        """Return the months of the period."""
        return self.inputs.months

    @property
    def members(self) -> int:
        """Return how many members are stepped side by side."""
        return self.inputs.members

    @property
    def lived(self) -> int:
        """Return how many months have been stepped."""
        return len(self.firms)

    def advance(self, to: int, patience: float = PATIENCE) -> int:
        """Step until month number `to` is lived, or patience runs out; return how many are."""
        with self.lock:
            end = monotonic() + patience
            while self._model is not None and self.lived <= to:
                self._step(self._model)
                if monotonic() > end:
                    break
            return self.lived

    def _step(self, model: SanctionsModel) -> None:
        """Live one month and note what the record does not keep."""
        model.step()
        self.firms.append(self.watch.look(model, len(self.arms)))
        self.laws.append(law_of(model, len(self.arms)))
        if self.lived == len(self.months):
            self._model = None  # nothing more to step: the record is all that is needed

    def stored(self) -> StoredRun:
        """Return the run as far as it has come, as one read back from a folder would be.

        Need is given for the whole period, as the rules know what is usual of it.
        """
        arrays = {name: self.record[name] for name in DECISIONS}
        arrays["need"] = np.broadcast_to(self.inputs.need[:, None], self.record["need"].shape)
        return StoredRun(self.scenario, self.months, self.arms, arrays, self.parameters)

    def explain(self, actor: str, t: int, arm: int = 0) -> Explained:
        """Return what an actor saw, weighed and decided in a month that has been lived."""
        return explain_month(self.stored(), actor, self.months[t], self.arms[arm])

    def lines(self, first: int, last: int) -> dict[str, Array]:
        """Return the lines of `chart_running.LINES`, (arm, month, 3): mean and 5 to 95 %."""
        at = slice(first, last)
        record = self.record
        moved = record["legal_value"][at] + record["illegal_value"][at]
        goods = moved.sum(axis=-1)
        goods[..., RUSSIA, BOUGHT] += record["transit_value"][at]
        found = {
            f"{name}_{side}": goods[..., p, d]
            for name, p in (("china", CHINA), ("russia", RUSSIA))
            for side, d in (("sold", SOLD), ("bought", BOUGHT))
        }
        found |= {name: record[name][at] for name in ("receipts", "reserves")}
        return {name: _banded(values) for name, values in found.items()}


def _banded(values: Array) -> Array:
    """Return mean, p05 and p95 over members, (arm, month, 3); `values` (month, arm, member)."""
    low, high = np.quantile(values, BAND[::2], axis=-1)
    return np.stack([values.mean(axis=-1), low, high], axis=-1).swapaxes(0, 1)


@dataclass(frozen=True)
class Setup:
    """What a visitor asked to see stepped."""

    scenario: str
    seed: int
    members: int
    choice: str


class Seat:
    """A visitor's place: one session at a time, made anew for another setup."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._setup: Setup | None = None
        self._session: Session | None = None

    def session(self, setup: Setup, scenario_of: Callable[[], Scenario]) -> Session:
        """Return the session of a setup, its scenario asked for if it is new; others are let go."""
        with self._lock:
            if self._session is None or self._setup != setup:
                if self._session is not None:
                    self._session = self._setup = None
                    # A model and its agents hold each other: without this the old one would wait
                    # for the collector's turn beside the new one.
                    gc.collect()
                self._session = Session(scenario_of(), setup.members, setup.choice)
                self._setup = setup
            return self._session


def whole_number(query: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    """Return a whole number of the address; raises DivertError for another word or a wrong size."""
    text = query.get(name, "").strip() or str(usual)
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(2**63))
    if not digits or not least <= int(text) <= most:
        raise DivertError(
            f"found {text[:40]!r}; allowed: a whole number from {least} to {most}", key=name
        )
    return int(text)
