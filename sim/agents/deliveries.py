"""From firms to the border: what they offer of each good, and what of it is delivered or seized."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.axes import N_PARTNERS, RUSSIA, SOLD
from sim.kernels.markets import share

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]

BOOKED = (
    "legal", "illegal", "seized", "cleared_legal", "cleared_illegal", "legal_value",
    "illegal_value",
)  # fmt: skip
"""Flows of a month by cell: volumes at base prices, values at the month's, USD million."""


def held_still(model: SanctionsModel) -> NDArray[np.bool_]:
    """Return where a partner is held still: Russia in some arms, (arm, 1, partner)."""
    still = np.zeros((len(model.russia_held), 1, N_PARTNERS), dtype=bool)
    still[:, 0, RUSSIA] = model.russia_held
    return still


def offers(model: SanctionsModel, direction: int) -> tuple[Array, Array, Array]:
    """Return capacity on the legal and the illegal route and the share of it that is found.

    All (arm, member, partner, good), capacity in USD million a month at base prices; Russia's
    volumes are given where it is held still.
    """
    now = model.now
    ban = now.ban[..., direction, :]
    legal = now.legal_on[..., direction, :] * (1.0 - ban)
    illegal = now.illegal_on[..., direction, :] * ban
    found = share(now.found_on[..., direction, :], now.illegal_on[..., direction, :])
    if model.held is not None:
        still = model.russia_held[:, None, None]
        for volumes, fixed in ((legal, model.held.legal), (illegal, model.held.illegal)):
            kept = fixed[:, direction]
            volumes[..., RUSSIA, :] = np.where(still, kept, volumes[..., RUSSIA, :])
        found[..., RUSSIA, :] = np.where(still, 0.0, found[..., RUSSIA, :])
    return legal, illegal, found


def deliver(
    model: SanctionsModel,
    direction: int,
    cleared: tuple[Array, Array],
    found: Array,
    prices: tuple[Array, Array],
) -> None:
    """Ration what cleared at the border, seize what is found, book volumes and values.

    `cleared` volumes and `prices` of the legal and the illegal route, `found` the share of the
    illegal one that is found, all (arm, member, partner, good) or what broadcasts to it.
    """
    flows, (legal, illegal) = model.flows, cleared
    if not hasattr(flows, "legal") or flows.legal.shape[:2] != legal.shape[:2]:
        shape = (*legal.shape[:2], *model.inputs.base.flow.shape)
        for name in BOOKED:
            setattr(flows, name, np.zeros(shape))
    at = (..., direction, slice(None))
    flows.cleared_legal[at], flows.cleared_illegal[at] = legal, illegal
    openness = model.now.openness[..., None]
    shipped = illegal * openness
    flows.seized[at] = shipped * found * model.inputs.par["seizure_share"][:, None, None]
    flows.legal[at] = legal * openness
    flows.illegal[at] = shipped - flows.seized[at]
    flows.legal_value[at] = flows.legal[at] * prices[0]
    flows.illegal_value[at] = flows.illegal[at] * prices[1]


def goods_gap(model: SanctionsModel, cleared: Array) -> Array:
    """Return how far goods made are from those delivered, seized, stored and returned.

    The largest of the DPRK's export cells, (arm, member), USD million a month at base prices;
    `cleared` (arm, member, partner, good).
    """
    flows = model.flows
    made = cleared * model.now.openness[..., None] + flows.bond.refused
    gone = (
        flows.legal[..., SOLD, :]
        + flows.illegal[..., SOLD, :]
        + flows.seized[..., SOLD, :]
        + flows.bond.released
        + (flows.bond.stock - flows.bonded_before)
        + flows.bond.returned
    )
    return np.asarray(np.abs(made - gone).max(axis=(-2, -1)))
