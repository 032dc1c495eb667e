"""Actors of one's own: a turn in each phase of the month, and a further trading country."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.offer import Offer
from sim.agents.told import told
from sim.axes import BOUGHT, DIRECTIONS, GOODS, N_DIRECTIONS, N_GOODS, REST, SOLD
from sim.errors import DivertError, nearest
from sim.kernels.law import ban_strength
from sim.kernels.markets import share

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]


PHASES = ("after_policies", "after_margins", "after_firms", "step")
"""Methods of an actor, in the order of a month."""


class Actor(mesa.Agent):
    """An actor of one's own; a model names its class in `actor_kinds` and calls it each month.

    Each method is a phase of the month and does nothing unless a subclass says what; it reads
    `self.model.state`, `.now`, `.flows` and changes their arrays in place, (arm, member, ...).
    Arms part in the month `model.inputs.split`: the first axis is 1 before it, then the arms'
    number, and what the actor itself keeps by arm is to be repeated in `fork`.
    """

    model: SanctionsModel

    def after_policies(self) -> None:
        """Act once law, enforcement and support are set: `now.ban`, `now.friction`."""

    def after_margins(self) -> None:
        """Act once firms know what each route earns: `now.margins`, before they choose."""

    def after_firms(self) -> None:
        """Act once firms have chosen, before markets: `now.legal_on`, `.illegal_on`."""

    def step(self) -> None:
        """Act once all is delivered and paid, before the month is recorded: `flows`, `state`."""

    def fork(self, arms: int) -> None:
        """Repeat what is kept by arm, `np.repeat(values, arms, axis=0)`: the arms part."""


class Country(Actor):
    """A further trading country, counted with the rest of the world, of which it is a part.

    `buys` and `sells` give its capacity by good, USD million a month at base-year prices, from the
    month `since` on; it buys more where goods are cheap, as all buyers do. `enforces` says how far
    it keeps what the Council asks. What it buys and sells is cleared in the same markets at the
    same prices, is booked under RestOfWorld, so that every table adds up, and stands by itself in
    `bought` and `sold`. It hosts no workers and smuggles nothing. Raises DivertError for a good
    that does not exist or a capacity below 0.
    """

    buys: ClassVar[Mapping[str, float]] = {}
    sells: ClassVar[Mapping[str, float]] = {}
    since: ClassVar[str] = ""

    def __init__(self, model: SanctionsModel) -> None:
        super().__init__(model)
        self.capacity = np.zeros((N_DIRECTIONS, N_GOODS))
        for direction, table in ((SOLD, self.buys), (BOUGHT, self.sells)):
            for good, amount in table.items():
                self.capacity[direction, self._place(direction, good)] = self._amount(good, amount)
        if self.since and self.since not in model.inputs.months:
            raise DivertError(
                f"found {self.since!r} as since of {type(self).__name__}; allowed: a month from "
                f"{model.inputs.months[0]} to {model.inputs.months[-1]}"
            )
        self.bought: list[Array] = []  # a month each, (arm, member, good), USD million
        self.sold: list[Array] = []

    def _place(self, direction: int, good: str) -> int:
        if good not in GOODS[direction]:
            what = "buys" if direction == SOLD else "sells"
            raise DivertError(
                f"found {good!r} in {what} of {type(self).__name__}; allowed: "
                f"{', '.join(GOODS[direction])}{nearest(good, GOODS[direction])}"
            )
        return GOODS[direction].index(good)

    def _amount(self, good: str, amount: float) -> float:
        number = isinstance(amount, int | float) and not isinstance(amount, bool)
        if not (number and 0.0 <= amount <= 1e6):
            raise DivertError(
                f"found {amount!r} for {good} of {type(self).__name__}; allowed: 0 to 1e+06 USD "
                "million a month"
            )
        return float(amount)

    def enforces(self) -> Array | float:
        """Return from 0 to 1 how far it keeps the Council's measures, (arm, member).

        By default as far as the rest of the world does.
        """
        return self.model.state.enforcement[..., REST]

    def after_firms(self) -> None:
        """Bring its capacity to the markets, less what it keeps from them under the measures."""
        model, now = self.model, self.model.now
        month = model.inputs.months[model.month]
        lanes = model.state.enforcement.shape[:2]
        level = told(self.enforces(), lanes, f"{type(self).__name__}.enforces", month, 0.0, 1.0)
        open_now = float(month >= self.since)
        asked = now.law.national[..., REST, :, :] + now.law.council[..., REST, :, :]
        ban = ban_strength(np.zeros_like(asked), asked, np.broadcast_to(level, lanes))
        self.offered = open_now * self.capacity * (1.0 - ban)
        offer = Offer.of(self.offered, now.listed, ban[..., SOLD, :])
        now.further = offer if now.further is None else now.further.beside(offer)

    def step(self) -> None:
        """Note its own part of what was booked under the rest of the world."""
        now, flows = self.model.now, self.model.flows
        assert now.further is not None
        for direction, kept in zip(range(len(DIRECTIONS)), (self.bought, self.sold), strict=True):
            at = (..., REST, direction, slice(None))
            own = now.legal_on[at] * (1.0 - now.ban[at])
            whole = own + now.further.capacity[..., direction, :]
            # Cargo let out of bond is the firms' alone.
            value = flows.legal_value[at]
            if direction == SOLD:
                value = value - flows.released_value[..., REST, :]
            kept.append(share(self.offered[..., direction, :], whole) * value)
