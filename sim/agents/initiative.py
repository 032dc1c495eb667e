"""What the DPRK begins by itself: tests, and an open or a shut border."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.totals import over_last
from sim.kernels import choices
from sim.kernels.enforcement import (
    MEMORY_MONTHS,
    MOST_PROVOCATION,
    US_PRESSURE_BASE,
    fade,
    move,
)
from sim.paths import PROVOCATION_WEIGHTS
from sim.streams import stream

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]


class Initiative:
    """Tests and border of the DPRK: as recorded, or by hazard and by decision."""

    def __init__(self, model: SanctionsModel) -> None:
        self.model = model
        self._felt: Array | None = None
        self._test_draws = self._draw_tests() if model.inputs.hazard else None

    def choose(self) -> None:
        """Test or rest, and open or shut the border, before anyone else moves this month."""
        model, t, now = self.model, self.model.month, self.model.now
        inputs, state = model.inputs, model.state
        now.openness = inputs.openness[t]
        now.tests = inputs.tests[t]
        now.provocation, now.grave_tests = float(inputs.provocation[t]), float(inputs.grave[t])
        if self._test_draws is not None:
            self._test()
        if inputs.border_threat is not None:
            par = inputs.par
            wanted = choices.border_target(
                inputs.border_threat[t],
                par["border_fear"],
                par["border_patience"],
                np.maximum(1.0 - state.output, 0.0),
            )
            state.border = move(state.border, wanted, par["border_opening"], par["border_closing"])
            now.openness = state.border[..., None] * inputs.openness[t]

    def _draw_tests(self) -> Array:
        """Return uniform draws of tests, (month, member, kind); arms share them."""
        model = self.model
        shape = (len(model.inputs.months), len(choices.KINDS))
        drawn = [
            stream(model.seed_number, m, "DPRK", "test").random(shape) for m in model.member_ids
        ]
        return np.stack(drawn, axis=1)

    def _test(self) -> None:
        """Draw this month's tests from hazards that answer pressure and diplomacy."""
        model, t, now = self.model, self.model.month, self.model.now
        inputs, par, state = model.inputs, model.inputs.par, model.state
        assert self._test_draws is not None
        pressure = max(float(inputs.us_pressure[t]) - US_PRESSURE_BASE, 0.0)
        thaw = float(inputs.thaw[t].max())
        counts = []
        for k, kind in enumerate(choices.KINDS):
            able = inputs.months[t] >= choices.ABLE_FROM[kind]
            rate = choices.test_rates(
                par[f"test_rate_{kind}"] * able,
                par["test_pressure"],
                par["test_diplomacy"],
                pressure / (1.0 - US_PRESSURE_BASE),
                thaw,
            )
            counts.append(choices.poisson(self._test_draws[t, :, k], rate))
        now.tests = np.stack(counts, axis=-1) + np.zeros((*state.reserves.shape, 1))
        weights = np.array([PROVOCATION_WEIGHTS[kind] for kind in choices.KINDS])
        felt = now.tests * weights
        now.grave_tests = felt[..., 0] + felt[..., 1]
        # At the start the month is looked at twice; what it adds counts once, when it is lived.
        level = state.provocation * fade(MEMORY_MONTHS) + over_last(felt)
        now.provocation = np.minimum(level, MOST_PROVOCATION)[..., None]
        self._felt = level

    def remember(self) -> None:
        """Close the month: tests that were drawn fade with age from here on."""
        if self._felt is not None:
            self.model.state.provocation = self._felt
