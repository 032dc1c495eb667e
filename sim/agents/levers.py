"""Levers of Russia, pulled in the middle of a run: potential, openness, corridors, labour, law."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.axes import RUSSIA

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Levers:
    """What each member's Russia is from a month on, (member,); multiples of what it would be.

    `support` is a level from 0 to 1, NaN where its own rule goes on to decide. Without `law` no
    measure binds Russia, its own acts included.
    """

    potential: Array  # capacity of firms that are idle when the lever is pulled
    labour: Array  # workers that employers could take
    corridor: Array  # capacity of Rajin, and how far the border is open, to the whole at most
    support: Array
    law: bool = True


def pull(model: SanctionsModel, levers: Levers) -> None:
    """Pull levers before the current month of a model; barriers and reservations stay."""
    firms, t = model.firms[RUSSIA], model.month
    idle = ~(firms.legal | firms.illegal).any(axis=0)
    firms.size = firms.size * np.where(idle, levers.potential[:, None], 1.0)
    model.dprk.rajin = model.dprk.rajin * levers.corridor
    inputs = model.inputs
    room, openness = inputs.labour_room.copy(), inputs.openness.copy()
    room[:, RUSSIA] *= levers.labour
    openness[t:, :, RUSSIA] = np.minimum(1.0, openness[t:, :, RUSSIA] * levers.corridor)
    support = inputs.fixed_support
    if support.ndim == 2:
        support = support[:, None]
    support = np.repeat(support, inputs.members // support.shape[1], axis=1)
    own = support[t:, :, RUSSIA]
    support[t:, :, RUSSIA] = np.where(np.isnan(levers.support), own, levers.support)
    endogenous = inputs.law_endogenous.copy()
    if not levers.law:
        model.council.unbound = RUSSIA
        endogenous[RUSSIA] = 0.0
        model.state.own_acts[..., RUSSIA] = 0.0
    model.inputs = dataclasses.replace(
        inputs, labour_room=room, openness=openness, fixed_support=support,
        law_endogenous=endogenous,
    )  # fmt: skip
