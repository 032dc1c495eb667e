"""The model: one month as a page of contents, an ensemble of members in lock-step.

`SanctionsModel` is a `mesa.Model`. Its agents (Security Council, China, Russia, rest of world,
DPRK, firm populations) hold the rules; `State` holds what changes; kernels do the arithmetic.
One run is an ensemble of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents import (
    Actor,
    Dprk,
    FirmPopulation,
    Margins,
    Partner,
    SecurityCouncil,
    set_margins,
    set_policies,
)
from sim.agents.kinds import check_kinds, must_be_set_up, said_of, shown_kind
from sim.agents.levies import Levies
from sim.agents.offer import Offer
from sim.agents.partner import enforcement_wish, sold_shares
from sim.axes import ARMS, BOUGHT, CHINA, N_DIRECTIONS, N_GOODS, N_PARTNERS, PARTNERS, RUSSIA, SOLD
from sim.errors import DivertError
from sim.inputs import Inputs
from sim.kernels.enforcement import EnforcementTerms, SupportTerms
from sim.kernels.lists import longest_list
from sim.law_month import MonthOfLaw
from sim.record import Record
from sim.registry import AS_WRITTEN, WITHOUT_CHINA
from sim.state import TRAILING_MONTHS, initial_state

Array = NDArray[np.float64]

CONGESTED_SHARE = 0.05
"""Share of a cell's potential at which its illegal route is crowded once (C, ODD section 7)."""


@dataclass
class Month:
    """What this month's phases hand to each other; arrays (arm, member, ...)."""

    ban: Array
    listed: Array
    friction: Array
    legal_on: Array
    illegal_on: Array
    found_on: Array
    openness: Array  # (partner,), (member, partner) or (arm, member, partner)
    law: MonthOfLaw = field(init=False)
    monitoring: float | Array = 1.0
    us_pressure: float = 0.0
    provocation: float | Array = 0.0  # one for all, or (arm, member, 1)
    grave_tests: float | Array = 0.0  # nuclear and intercontinental, or (arm, member)
    tests: Array = field(default_factory=lambda: np.zeros(3))  # (3,) or (arm, member, 3)
    commerce: Array = field(default_factory=lambda: np.zeros(0))
    stopped: float | Array = 0.0  # (arm, member, partner), base trade stopped by own acts
    influence_lost: Array = field(init=False)  # (arm, member, partner)
    trade_lost: Array = field(init=False)  # (arm, member, partner)
    enforcement_terms: EnforcementTerms = field(init=False)
    enforcement_target: Array = field(init=False)
    support_terms: SupportTerms = field(init=False)
    support_target: Array = field(init=False)
    margins: Margins | None = None
    further: Offer | None = None  # of countries of one's own, beside the rest of the world's firms

    @classmethod
    def of(cls, arms: int, members: int) -> Month:
        """Return an empty month for `arms` x `members`."""
        cells = (arms, members, N_PARTNERS, N_DIRECTIONS, N_GOODS)
        return cls(
            ban=np.zeros(cells),
            listed=np.zeros((arms, members, N_GOODS)),
            friction=np.zeros(cells[:3]),
            legal_on=np.zeros(cells),
            illegal_on=np.zeros(cells),
            found_on=np.zeros(cells),
            openness=np.ones(N_PARTNERS),
        )


@dataclass(frozen=True)
class Held:
    """Russia held still: volumes, workers and transit of the twelve months before the split."""

    legal: Array  # (member, direction, good)
    illegal: Array  # (member, direction, good)
    transit: Array  # (member,)
    permits: Array  # (member,)
    visas: Array  # (member,)


class SanctionsModel(mesa.Model):
    """The Council, three partners, the DPRK and their firms, month by month.

    `inputs` as built by `sim.inputs.build_inputs`; `member_ids` name the members (their random
    streams follow the id); `arms` are names of `sim.axes.ARMS`, which share one past until
    `inputs.split`. `firms` gives the number of firms by partner and `exponent` the Pareto tail of
    their sizes; random streams follow `labels`, so that relabelled partners keep their draws. A
    subclass names agents with rules of their own in `council_kind`, `partner_kinds` (China, Russia,
    rest of the world), `firms_kind` and `dprk_kind`, and further actors in `actor_kinds`. Raises
    DivertError for classes that cannot stand there. `sim.Model` makes one of a scenario's name.
    """

    council_kind: type[SecurityCouncil] = SecurityCouncil
    partner_kinds: tuple[type[Partner], type[Partner], type[Partner]] = (Partner, Partner, Partner)
    firms_kind: type[FirmPopulation] = FirmPopulation
    dprk_kind: type[Dprk] = Dprk
    actor_kinds: tuple[type[Actor], ...] = ()

    def __init__(
        self,
        inputs: Inputs,
        member_ids: Sequence[int],
        seed: int,
        arms: Sequence[str] = ("C1S1",),
        firms: Sequence[int] = (5200, 500, 300),
        exponent: float = 1.1,
        labels: Sequence[str] = PARTNERS,
    ) -> None:
        super().__init__(rng=seed)
        check_kinds(type(self))
        if len(member_ids) != inputs.members:
            raise ValueError(
                f"found {len(member_ids)} member ids; allowed: {inputs.members}, one a member"
            )
        self.inputs = inputs
        self.member_ids = tuple(member_ids)
        self.seed_number = seed
        self.arm_names = tuple(arms)
        self.month = 0
        self.china_free = np.ones(1, dtype=bool)
        self.russia_held = np.zeros(1, dtype=bool)
        self.held: Held | None = None
        self.lifted = False
        self.now = Month.of(1, inputs.members)
        self.flows = SimpleNamespace()

        self.council = self.council_kind(self)
        self.partners = [kind(self, p) for p, kind in enumerate(self.partner_kinds)]
        self.firms = [
            self.firms_kind(self, p, firms[p], exponent, labels[p]) for p in range(N_PARTNERS)
        ]
        self.dprk = self.dprk_kind(self)
        for agent in (self.council, *self.partners, *self.firms, self.dprk):
            must_be_set_up(agent, "unique_id")
        self.barrier = np.stack([f.inversion.barrier for f in self.firms], axis=1)
        self.illegal_room = CONGESTED_SHARE * inputs.potential.reshape(
            inputs.members, N_PARTNERS, -1
        )
        self.sold_share = sold_shares(inputs.base.flow)
        self.base_trade = inputs.base.flow.sum(axis=(-2, -1))
        dealings = self.base_trade + inputs.base.remittance
        self.base_weight = dealings / dealings.sum()
        self.smallest_seller = np.stack([f.smallest[:, BOUGHT] for f in self.firms], axis=1)
        self._start()
        self.levies = Levies(self)
        self.actors = [kind(self) for kind in self.actor_kinds]
        for actor in self.actors:
            must_be_set_up(actor, "unique_id")
        self.record = Record(inputs, len(self.arm_names))

    def __repr__(self) -> str:
        """Return the class, how far it has run, members and arms."""
        months = self.inputs.months
        where = f"after {months[self.month - 1]}" if self.month else f"before {months[0]}"
        arms = ", ".join(self.arm_names)
        return f"<{type(self).__name__} {where}: {self.inputs.members} members, arms {arms}>"

    @property
    def law_variant(self) -> NDArray[np.int64]:
        """Return which variant of the law each arm lives under, (arm,)."""
        return np.where(self.china_free, AS_WRITTEN, WITHOUT_CHINA)

    @property
    def own_ban(self) -> Array:
        """Return each partner's ban on goods sold, (arm, member, partner, good).

        Russia held still has none: its volumes are given.
        """
        ban = self.now.ban[..., SOLD, :]
        if self.held is None:
            return ban
        still = self.russia_held[:, None, None]
        out = ban.copy()
        out[..., RUSSIA, :] = np.where(still, 0.0, ban[..., RUSSIA, :])
        return out

    def _start(self) -> None:
        """Set the state of the base year, beliefs at the enforcement of the first month."""
        inputs = self.inputs
        legal = np.stack([f.base_legal_capacity for f in self.firms], axis=1)
        self.state = initial_state(
            inputs.members,
            np.zeros((inputs.members, N_PARTNERS)),
            legal[:, :, SOLD],
            np.broadcast_to(inputs.base.workers, (inputs.members, N_PARTNERS)),
            self.dprk.workers_at_home,
            inputs.par["reserves_2014"],
            len(inputs.schedule.caps),
            (self.base_trade, self.base_trade + inputs.base.remittance),
            np.zeros(0) if inputs.ladder is None else inputs.ladder.at_start(),
            inputs.provocation_before,
        )
        self.dprk.set_elasticities()
        if inputs.ladder is not None:
            self.state.council_resolutions += inputs.ladder.older
            self.state.council_tension += inputs.tension_before
            self.state.monitors_gone[:] = inputs.monitors_gone
        self.council.begin()
        self.dprk.choose()
        # A first look, from which beliefs start; the month itself is still to be lived.
        self.state.border = np.ones_like(self.state.border)
        self.council.announce()
        fixed = inputs.fixed_enforcement[0]
        first = np.where(np.isnan(fixed), enforcement_wish(self), fixed)
        self.state.enforcement = first
        for firms in self.firms:
            firms.start(first[0, :, firms.number])

    def step(self) -> None:
        """Run one month, in the order of ODD section 3."""
        if self.month == len(self.inputs.months):
            raise DivertError(
                f"found a step after {self.inputs.months[-1]}, the last month; allowed: a model "
                "made anew, or a scenario with a later period.to"
            )
        if self.month == self.inputs.split:
            self._part_arms()
        # 0-2 tests and border, Council, partners
        self.dprk.choose()
        self.council.adopt()
        set_policies(self)
        self.council.apply_caps()
        self._tell("after_policies")
        self.now.listed = longest_list(self.own_ban)
        # 3 firms
        self.now.margins = set_margins(self)
        self.levies.lay()
        self._tell("after_margins")
        for firms in self.firms:
            firms.review()
        self._tell("after_firms")
        # 4-7 contracts, workers and transit, markets, balances
        self.dprk.refuse_contracted()
        self.dprk.send_workers()
        self.dprk.move_transit()
        self.dprk.sell()
        self.dprk.buy()
        self.council.count_caps()
        self.dprk.settle()
        self._tell("step")
        # 8 record
        self.record.take(self)
        self.month += 1
        self.running = self.month < len(self.inputs.months)

    def _tell(self, phase: str) -> None:
        """Give every actor of one's own its turn in a phase of the month."""
        if phase == "after_firms":
            self.now.further = None
        for actor in self.actors:
            getattr(actor, phase)()

    def run(self, progress: Callable[[int], None] | None = None) -> Record:
        """Run to the end of the period and return the record; the model leaves Mesa's books.

        What `progress` raises ends the run.
        """
        own = type(self) is not SanctionsModel or bool(self.levies.list)
        try:
            while self.month < len(self.inputs.months):
                with said_of(self, own):
                    self.step()
                if progress is not None:
                    progress(self.month)
        finally:
            self.leave()
        return self.record

    def leave(self) -> None:
        """Leave Mesa's books, which keep one id counter for each model and with it the model."""
        mesa.Agent._ids.pop(self, None)

    def _part_arms(self) -> None:
        """Let the arms of the experiment part: from here on China, Russia or both are held."""
        arms = len(self.arm_names)
        if any(name not in ARMS for name in self.arm_names):
            raise ValueError(f"found arms {', '.join(self.arm_names)}; allowed: {', '.join(ARMS)}")
        self.china_free = np.array([name.startswith("C1") for name in self.arm_names])
        self.russia_held = np.array([name.endswith("S0") for name in self.arm_names])
        if self.russia_held.any():
            self.held = self._held()
        self.state.fork(arms)
        for firms in self.firms:
            firms.fork(arms)
        for actor in self.actors:
            actor.fork(arms)
        self.now = Month.of(arms, self.inputs.members)
        self.dprk.set_elasticities()
        self.council.begin()
        self._lift()
        if self.held is not None:
            self._hold_russia(self.held)

    def _lift(self) -> None:
        """Where China's acts older than the split are lifted, set its policies of before them."""
        lifted, restrained = self.inputs.lifted, ~self.china_free[:, None]
        if lifted >= self.month:
            return
        for name in ("enforcement", "support", "own_acts"):
            before = self.record[name][lifted - 1, 0][..., CHINA]
            level = getattr(self.state, name)
            level[..., CHINA] = np.where(restrained, before, level[..., CHINA])
        # Contracts that were refused are free again; what waits in bond is let out month by month.
        pipeline = self.state.pipeline
        pipeline[..., CHINA, :] = np.where(restrained[..., None], 0.0, pipeline[..., CHINA, :])
        self.lifted = True

    def _held(self) -> Held:
        """Return the mean of the twelve months before the split, as cleared."""
        past = range(max(0, self.month - TRAILING_MONTHS), self.month)

        def mean(name: str, *at: int) -> Array:
            # Added month by month: a reduction could change its order with the block's width.
            total = np.zeros(())
            for t in past:
                total = total + self.record[name][t, 0][(slice(None), *at)]
            return np.asarray(total / len(past))

        return Held(
            legal=mean("cleared_legal", RUSSIA),
            illegal=mean("cleared_illegal", RUSSIA),
            transit=mean("transit_cleared"),
            permits=mean("permits", RUSSIA),
            visas=mean("visas", RUSSIA),
        )

    def _hold_russia(self, held: Held) -> None:
        """Set Russia's stocks in the arms that hold it; no cargo of its waits, workers go home."""
        state, still = self.state, self.russia_held[:, None]
        for volume in (state.pipeline, state.bonded):
            volume[..., RUSSIA, :] = np.where(still[..., None], 0.0, volume[..., RUSSIA, :])
        before = state.permits[..., RUSSIA] + state.visas[..., RUSSIA]
        state.permits[..., RUSSIA] = np.where(still, held.permits, state.permits[..., RUSSIA])
        state.visas[..., RUSSIA] = np.where(still, held.visas, state.visas[..., RUSSIA])
        state.home += before - state.permits[..., RUSSIA] - state.visas[..., RUSSIA]


def must_be_model(model: object) -> None:
    """Raise DivertError for what is no class of a model, or names classes that cannot be agents."""
    if not (isinstance(model, type) and issubclass(model, SanctionsModel)):
        raise DivertError(
            f"found {shown_kind(model)} as model; allowed: a subclass of SanctionsModel"
        )
    check_kinds(model)
