"""The textbook answer: static CES markets on the same base and bans, without firms or memory.

Every ban binds whole at once, nobody evades, no firm enters or leaves, and the trade deficit stays
at its base-year level. What differs from the model is what firms, states and the purse add. Asked
for the answer, it takes the bans of each arm of a run, so that the same question is put to both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, N_GOODS, N_PARTNERS, RUSSIA, SOLD
from sim.inputs import Inputs
from sim.kernels.export_market import ExportClearing, clear_exports
from sim.kernels.import_market import clear_imports
from sim.record import Record
from sim.registry import AS_WRITTEN
from sim.state import TRAILING_MONTHS

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
        exports = static_sales(inputs, slice(t, t + 1), open_share[None, ..., SOLD, :])
        earned = exports.value[0].sum(axis=(-2, -1))
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
        out[t, :, :, SOLD], out[t, :, :, BOUGHT] = exports.value[0], imports.value
    out *= base.recorded_share
    totals = out.sum(axis=-1)
    totals[..., RUSSIA, BOUGHT] += base.transit * inputs.coal_world[:, None]
    return out, totals


def static_sales(
    inputs: Inputs, span: slice, open_share: Array, held: Array | None = None
) -> ExportClearing:
    """Return the static market of what the DPRK sells in the months of `span`.

    `open_share` (month, member, partner, good) of base capacity that no ban closes; `held`
    (member, good) are Russia's volumes where it is held still, USD million a month at base prices.
    """
    base = inputs.base.flow[:, SOLD]
    capacity = base * open_share
    elasticity = np.broadcast_to(inputs.sigma[:, None, SOLD], capacity.shape).copy()
    if held is not None:
        capacity[..., RUSSIA, :] = held
        elasticity[..., RUSSIA, :] = 0.0
    return clear_exports(
        capacity,
        elasticity,
        inputs.world[span][..., SOLD, :],
        base.sum(axis=0) * np.ones((inputs.members, N_GOODS)),
        inputs.par["export_supply_elasticity"][:, None],
        None if inputs.price_floor is None else inputs.price_floor[:, None],
    )


def static_receipts(record: Record, arms: tuple[str, ...], window: slice) -> dict[str, Array]:
    """Return what the DPRK sells over `window` by arm in the static model, (member,), USD million.

    The bans and borders of each arm are those of the run. Held still, Russia's volumes stay at
    their mean of the twelve months before the split.
    """
    inputs = record.inputs
    before = slice(max(inputs.split - TRAILING_MONTHS, 0), inputs.split)
    past = static_sales(inputs, before, 1.0 - record["ban"][before, 0][..., SOLD, :])
    still = past.volume[..., RUSSIA, :].mean(axis=0)
    out = {}
    for i, name in enumerate(arms):
        open_share = 1.0 - record["ban"][window, i][..., SOLD, :]
        held = still if name.endswith("S0") else None
        value = static_sales(inputs, window, open_share, held).value
        delivered = value * record["openness"][window, i][..., None]
        out[name] = np.asarray(delivered.sum(axis=(0, 2, 3)))
    return out
