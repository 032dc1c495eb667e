"""Russian coal through Rajin to China: a Russian export on the books, port fees in fact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def move_cut(cut: Array, target: Array, up: Array, down: Array) -> Array:
    """Return the share of transit that listings and bank cut-offs stop, a month later."""
    gap = target - cut
    return cut + np.where(gap > 0.0, up, down) * gap


def volume(
    capacity: Array | float,
    base_use: Array,
    response: Array,
    refused_share: Array,
    cut: Array,
) -> Array:
    """Return the transit volume before the border rations it, USD million a month at base prices.

    `refused_share` is the share of base DPRK coal that China refuses; `capacity` is the Rajin
    capacity at base prices. Source: ODD section 7, transit coal.
    """
    return capacity * np.minimum(1.0, base_use + response * refused_share) * (1.0 - cut)
