"""Firms' choice of the legal and the illegal route, detections and beliefs: one month.

All arrays have the lot axis last. A lot is on a route when its margin there is at least its
reservation, plus an entry cost where it was off. Only lots that review this month move.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

NEVER = -1e300
"""Margin of a route that does not exist this month."""


class Workspace(NamedTuple):
    """Scratch arrays (arm, member, lot) of a population, so that a month allocates nothing."""

    product: Array
    scratch: Array
    wish: Mask
    entry: Mask

    @classmethod
    def of(cls, arms: int, members: int, lots: int) -> Workspace:
        """Return scratch arrays for `arms` x `members` x `lots`."""
        shape = (arms, members, lots)
        product, scratch = np.empty((2, *shape))
        wish, entry = np.empty((2, *shape), dtype=bool)
        return cls(product, scratch, wish, entry)


def reconsider(
    on: Mask,
    margin: Array,
    reservation: Array,
    entry_reservation: Array,
    review: Mask,
    work: Workspace,
) -> None:
    """Move the lots that review to where their margin tells them, in place.

    `on` and `margin` are (arm, member, lot); `reservation`, `entry_reservation` (with the entry
    cost) and `review` are (member, lot), shared by the arms.
    """
    wish, entry = work.wish, work.entry
    np.greater_equal(margin, reservation, out=wish)
    wish &= on
    np.greater_equal(margin, entry_reservation, out=entry)
    wish |= entry
    wish ^= on
    wish &= review
    on ^= wish


def capacity(on: Mask, size: Array, starts: NDArray[np.int64], work: Workspace) -> Array:
    """Return the capacity on a route by cell, (arm, member, cell); `size` (member, lot)."""
    np.multiply(on, size, out=work.scratch)
    return np.add.reduceat(work.scratch, starts, axis=-1)


def believe(
    belief: Array,
    found: Mask | None,
    enforcement: Array,
    speed: Array,
    jump: Array,
    work: Workspace,
) -> None:
    """Move beliefs toward enforcement and up by `jump`, at most to 1, where a lot was found.

    `belief` (arm, member, lot) in place; `enforcement` (arm, member, 1), `speed`, `jump`
    (member, 1); `found` (arm, member, lot) or None where no lot can be found.
    """
    belief *= 1.0 - speed
    belief += speed * enforcement
    if found is not None:
        np.multiply(found, jump, out=work.scratch)
        belief += work.scratch
        np.minimum(belief, 1.0, out=belief)
