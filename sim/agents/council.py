"""The UN Security Council: measures in force, caps, and monitoring of their breach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.agents.totals import over_last
from sim.axes import SOLD
from sim.kernels import law

if TYPE_CHECKING:
    from sim.model import SanctionsModel


class SecurityCouncil(mesa.Agent):
    """The Council in scheduled mode: the registry of measures, its caps and its monitors."""

    model: SanctionsModel

    def adopt(self) -> None:
        """Bring this month's measures, monitoring and pressure into force."""
        model, t = self.model, self.model.month
        inputs, schedule = model.inputs, model.inputs.schedule
        variant = model.law_variant
        now = model.now
        now.national = schedule.national[t][variant]
        now.council = schedule.council[t][variant]
        now.monitoring = float(inputs.monitoring[t])
        now.us_pressure = float(inputs.us_pressure[t])
        now.provocation = float(inputs.provocation[t])

    def apply_caps(self) -> None:
        """Turn what a value cap no longer admits into banned cargo, one pool over partners."""
        model, t = self.model, self.model.month
        schedule, state, now = model.inputs.schedule, model.state, model.now
        if not schedule.caps:
            return
        for k, cap in enumerate(schedule.caps):
            if schedule.cap_starts[t, k]:
                state.cap_used[..., k] = 0.0
            if schedule.cap_in_force[t, k] == 0.0:
                continue
            binds = cap.binds[model.law_variant][:, None, :]
            ban = now.ban[..., SOLD, cap.good]
            lawful = state.legal_capacity[..., cap.good] * (1.0 - ban) * binds
            price = state.export_price[..., cap.good]
            expected = price * over_last(lawful)
            share = law.share_above_cap(
                expected, state.cap_used[..., k], np.asarray(cap.total), schedule.cap_in_force[t, k]
            )
            strength = np.where(cap.national, 1.0, state.enforcement) * binds
            now.ban[..., SOLD, cap.good] = ban + (1.0 - ban) * share[..., None] * strength

    def count_caps(self) -> None:
        """Add this month's lawful value to each cap's count."""
        model, t = self.model, self.model.month
        schedule, state = model.inputs.schedule, model.state
        for k, cap in enumerate(schedule.caps):
            force = schedule.cap_in_force[t, k]
            if force > 0.0:
                binds = cap.binds[model.law_variant][:, None, :]
                # Cargo released from bond was contracted before the ban and does not count.
                booked = model.flows.legal_value[..., SOLD, cap.good]
                value = (booked - model.flows.released_value[..., cap.good]) * binds
                state.cap_used[..., k] += force * over_last(value)
