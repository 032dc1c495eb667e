"""The textbook answer: static CES markets on the same base and bans, without firms or memory.

Every ban binds whole at once, nobody evades, no firm enters or leaves, and the trade deficit stays
at its base-year level. What differs from the model is what firms, states and the purse add.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, N_GOODS, N_PARTNERS, RUSSIA, SOLD
from sim.inputs import Inputs
from sim.kernels.export_market import clear_exports
from sim.kernels.import_market import clear_imports
from sim.registry import AS_WRITTEN

Array = NDArray[np.float64]

LEAST_SPENDING = 0.05
"""Share of base-year imports that is always paid for (C)."""


def static_trade(inputs: Inputs) -> tuple[Array, Array]:
    """Return recorded trade of the static model.

    Cells (month, member, partner, direction, good) and customs totals (month, member, partner,
    direction) with transit coal at the world price, USD million a month.
    """
    base, par = inputs.base, inputs.par
    months, members = len(inputs.months), inputs.members
    sold, bought = base.flow[:, SOLD], base.flow[:, BOUGHT]
    base_imports, base_exports = bought.sum(), sold.sum()
    shares = bought / bought.sum(axis=0)
    out = np.zeros((months, members, *base.flow.shape))
    one = np.ones((members, N_GOODS))
    partners = np.ones((members, N_PARTNERS))
    for t in range(months):
        law = inputs.schedule.national[t, AS_WRITTEN] + inputs.schedule.council[t, AS_WRITTEN]
        open_share = 1.0 - np.minimum(law, 1.0)
        exports = clear_exports(
            sold * open_share[..., SOLD, :],
            np.broadcast_to(inputs.sigma[:, None, SOLD], (members, N_PARTNERS, N_GOODS)),
            inputs.world[t][:, SOLD],
            sold.sum(axis=0) * one,
            par["export_supply_elasticity"][:, None],
            None if inputs.price_floor is None else inputs.price_floor[:, None],
        )
        earned = exports.value.sum(axis=(-2, -1))
        wanted = base_imports * inputs.season[t] + earned - base_exports
        imports = clear_imports(
            shares,
            bought.sum(axis=0) * one,
            bought * open_share[..., BOUGHT, :],
            inputs.sigma[:, BOUGHT],
            par["import_supply_elasticity"][:, None] * partners,
            par["import_demand_elasticity"][:, None],
            inputs.world[t][:, BOUGHT],
            np.maximum(wanted, LEAST_SPENDING * base_imports),
            None if inputs.price_cap is None else inputs.price_cap[:, None],
        )
        out[t, :, :, SOLD], out[t, :, :, BOUGHT] = exports.value, imports.value
    out *= base.recorded_share
    totals = out.sum(axis=-1)
    totals[..., RUSSIA, BOUGHT] += base.transit * inputs.coal_world[:, None]
    return out, totals
