"""The UN Security Council: measures in force, caps, monitoring; by schedule or by its own votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.totals import over_last
from sim.axes import SOLD, VETO_PLAYERS
from sim.inputs import trade_under_measures
from sim.kernels import council as rules
from sim.kernels import law
from sim.law_month import scheduled, voted, without
from sim.registry import Schedule

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]

MANDATE_ENDS = "04"
"""Month in which the mandate of the monitors runs out each year (2009-2024: 30 April)."""

GAP_MONTHS = 6
"""Months between the end of the monitors and a team of states in their place (2024-04 to -10)."""


class SecurityCouncil(mesa.Agent):
    """The Council: the registry on its dates, or resolutions that its members bargain over."""

    model: SanctionsModel

    def __init__(self, model: SanctionsModel) -> None:
        super().__init__(model)
        self.vote: rules.Vote | None = None
        self.ideal: rules.Ideal | None = None
        self.limits: Array | None = None
        self.outside: Array | None = None
        self.status_quo: Array | None = None
        self.unbound: int | None = None
        self._schedule: Schedule = model.inputs.schedule
        self._under = model.inputs.trade_under_measures

    def __repr__(self) -> str:
        """Return the class."""
        return f"<{type(self).__name__}>"

    # ---- what is in force ---------------------------------------------------------------------

    def adopt(self) -> None:
        """Decide, where the Council decides, and bring this month's measures into force."""
        if self.model.inputs.ladder is not None:
            self._meet()
        self.announce()

    def announce(self) -> None:
        """Say this month's measures, monitoring and pressure."""
        model, t, now = self.model, self.model.month, self.model.now
        inputs = model.inputs
        now.us_pressure = float(inputs.us_pressure[t])
        if inputs.ladder is None:
            now.monitoring = inputs.monitoring[t]
            now.law = scheduled(self._schedule, self._under, t, model.law_variant)
        else:
            now.monitoring = inputs.monitoring[t] if inputs.watch_given else self._monitor()
            now.law = voted(self._schedule, self._under, t, model.law_variant, inputs.members)
        if self.unbound is not None:
            now.law = without(now.law, self.unbound)

    # ---- what is decided ----------------------------------------------------------------------

    def _meet(self) -> None:
        """Let tension rise, drafts be negotiated, and veto players accept or not."""
        model, t = self.model, self.model.month
        inputs, state, now = model.inputs, model.state, model.now
        ladder = inputs.ladder
        assert ladder is not None
        players = list(VETO_PLAYERS)
        distress = np.maximum(1.0 - state.output, 0.0)
        self.ideal = rules.ideal(
            inputs.council_weights,
            now.provocation,
            distress[..., None],
            inputs.need[t][:, players],
            inputs.thaw[t, players],
        )
        taken = state.council_adopted >= 0.0
        status_quo = np.zeros_like(state.reserves)
        for s, cost in enumerate(ladder.costs):
            status_quo = status_quo + taken[..., s] * cost
        bites = 1.0 - inputs.decoupling[t][:, players]
        outside = inputs.council_weights["outside"] * bites * inputs.us_threat[t]
        limits = rules.most_acceptable(self.ideal.strictness, status_quo[..., None], outside)
        self.limits, self.status_quo, self.outside = limits, status_quo, outside
        table = rules.Table(
            state.council_tension,
            state.council_pending,
            state.council_vetoed,
            state.council_resolutions,
            state.council_adopted,
        )
        scalars = {
            n: inputs.par[f"council_{n}"] for n in ("threshold", "talks", "deadline", "least")
        }
        self.vote = rules.month(
            table,
            t,
            now.grave_tests,
            np.minimum(limits[..., 0], limits[..., 1]),
            status_quo,
            ladder.costs,
            ladder.instrument_numbers,
            scalars,
        )
        after = self.vote.table
        state.council_tension, state.council_pending = after.tension, after.pending
        state.council_vetoed = after.vetoed
        state.council_resolutions = after.resolutions
        state.council_adopted = after.adopted
        if (self.vote.event == rules.RESOLUTION).any():
            self._rebuild()

    def _rebuild(self) -> None:
        """Write the law anew for every lane, with what it has adopted."""
        model = self.model
        inputs, ladder = model.inputs, model.inputs.ladder
        assert ladder is not None
        adopted = model.state.council_adopted
        arms = adopted.shape[0]
        parameters = {name: np.tile(values, arms) for name, values in inputs.par.items()}
        lanes = adopted.reshape(arms * inputs.members, adopted.shape[-1])
        self._schedule = ladder.schedule(lanes, parameters)
        self._under = trade_under_measures(self._schedule, inputs.base)

    def begin(self) -> None:
        """Write the law of every lane: at the start, and again once the arms part."""
        if self.model.inputs.ladder is not None:
            self._rebuild()

    def _monitor(self) -> Array:
        """Return the strength of monitoring, (arm, member): the mandate ends when it is vetoed."""
        model, t = self.model, self.model.month
        inputs, state = model.inputs, model.state
        if inputs.months[t][5:] == MANDATE_ENDS:
            players = list(VETO_PLAYERS)
            stay = rules.monitors_stay(state.support[..., players], state.enforcement[..., players])
            # The mandate runs to the end of the month.
            ends = np.isinf(state.monitors_gone) & ~stay
            state.monitors_gone = np.where(ends, t + 1.0, state.monitors_gone)
        gone = t >= state.monitors_gone
        team = t >= state.monitors_gone + GAP_MONTHS
        weak = np.where(team, inputs.par["monitoring_team"], 0.0)
        return np.where(gone, weak, 1.0)

    # ---- caps ---------------------------------------------------------------------------------

    def apply_caps(self) -> None:
        """Turn what a value cap no longer admits into banned cargo, one pool over partners."""
        state, now = self.model.state, self.model.now
        for k, cap in enumerate(self._schedule.caps):
            force = now.law.cap_in_force[..., k]
            starts = now.law.cap_starts[..., k]
            if starts.any():
                state.cap_used[..., k] = np.where(starts, 0.0, state.cap_used[..., k])
            if not force.any():
                continue
            binds = now.law.cap_binds[k]
            ban = now.ban[..., SOLD, cap.good]
            lawful = state.legal_capacity[..., cap.good] * (1.0 - ban) * binds
            price = state.export_price[..., cap.good]
            expected = price * over_last(lawful)
            share = law.share_above_cap(
                expected, state.cap_used[..., k], np.asarray(cap.total), force
            )
            strength = np.where(cap.national, 1.0, state.enforcement) * binds
            now.ban[..., SOLD, cap.good] = ban + (1.0 - ban) * share[..., None] * strength

    def count_caps(self) -> None:
        """Add this month's lawful value to each cap's count."""
        model, state, now = self.model, self.model.state, self.model.now
        for k, cap in enumerate(self._schedule.caps):
            force = now.law.cap_in_force[..., k]
            if force.any():
                # Cargo released from bond was contracted before the ban and does not count.
                booked = model.flows.legal_value[..., SOLD, cap.good]
                value = (booked - model.flows.released_value[..., cap.good]) * now.law.cap_binds[k]
                state.cap_used[..., k] += force * over_last(value)
