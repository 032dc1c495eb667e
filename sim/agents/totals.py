"""Sums over short axes in a fixed order: a reduction could change its order with the block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def over_last(values: Array) -> Array:
    """Return the sum over the last axis, partners or goods."""
    total: Array = values[..., 0]
    for i in range(1, values.shape[-1]):
        total = total + values[..., i]
    return total


def over_cells(values: Array) -> Array:
    """Return the sum over partners and goods, the last two axes, the goods of a partner first."""
    return over_last(over_last(values))
