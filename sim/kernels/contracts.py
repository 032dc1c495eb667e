"""Cargo under contract when a ban comes: what arrives, waits in bond, is released or returned."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Bond(NamedTuple):
    """Cargo under old contracts this month, USD million at base prices, by export cell."""

    pipeline: Array
    refused: Array
    released: Array
    returned: Array
    stock: Array


def refuse_contracted(
    pipeline: Array,
    stock: Array,
    ban_rise: Array,
    legal_capacity_before: Array,
    decay: Array,
    bondable: Array,
    window: Array,
    release: Array,
    going_back: Array,
) -> Bond:
    """Return this month's refused cargo and the bonded stock after releases and returns.

    All volumes (arm, member, partner, good) in USD million a month at base prices; `decay`,
    `release`, `going_back` (member, 1, 1) shares a month; `bondable` (good,) is 1 where cargo can
    wait at the port; `window` (..., partner, good) is 1 in months of a clearing window. Refused
    cargo that cannot wait goes back at once (ODD section 7, pipeline and bonded stock).
    """
    arriving = (1.0 - decay) * pipeline + np.maximum(ban_rise, 0.0) * legal_capacity_before
    waiting = stock + arriving * bondable
    released = waiting * window * release
    left = waiting - released
    back = left * going_back
    return Bond(arriving, arriving, released, back + arriving * (1.0 - bondable), left - back)
