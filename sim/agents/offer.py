"""What countries of one's own bring to the markets beside the firms of the three partners."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.axes import REST, SOLD
from sim.kernels.lists import listed_in_lawful

Array = NDArray[np.float64]


class Offer(NamedTuple):
    """Lawful capacity beside that of the rest of the world's firms, USD million a month."""

    capacity: Array  # (arm, member, direction, good)
    listed: Array  # (arm, member, good), of goods sold, what of it is on another's list

    @classmethod
    def of(cls, capacity: Array, listed: Array, ban: Array) -> Offer:
        """Return an offer; `listed` is the longest list, `ban` its owner's, (arm, member, good)."""
        among = listed_in_lawful(listed, ban[..., None, :])[..., 0, :]
        return cls(capacity, capacity[..., SOLD, :] * among)

    def beside(self, other: Offer) -> Offer:
        """Return both offers as one."""
        return Offer(self.capacity + other.capacity, self.listed + other.listed)

    def add_to(self, legal: Array, listed_legal: Array) -> None:
        """Add to what the rest of the world may lawfully buy, in place, (..., partner, good)."""
        legal[..., REST, :] += self.capacity[..., SOLD, :]
        listed_legal[..., REST, :] += self.listed
