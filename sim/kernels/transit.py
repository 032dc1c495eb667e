"""Russian coal through Rajin to China: a Russian export on the books, port fees in fact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def volume(
    capacity: Array | float,
    base_use: Array,
    response: Array,
    refused_share: Array,
    cut: Array,
) -> Array:
    """Return the transit volume before the border rations it, USD million a month at base prices.

    `capacity` is that of Rajin at base prices, `base_use` and `response` (member,) shares of it,
    `refused_share` the share of base DPRK coal that China refuses, `cut` the share that listings
    and bank cut-offs stop, both (arm, member). Source: ODD section 7, transit.
    """
    return capacity * np.minimum(1.0, base_use + response * refused_share) * (1.0 - cut)
