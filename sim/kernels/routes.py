"""Firms' choice of the legal and the illegal route, detections and beliefs: one month.

All arrays have the lot axis last. A lot is on a route when its margin there is at least its
reservation, plus an entry cost where it was off. Only lots that review this month move.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

NEVER = -1e300
"""Margin of a route that does not exist this month."""


class Workspace(NamedTuple):
    """Scratch arrays of a population, flat or (arm, member, lot): a month allocates little."""

    product: Array
    scratch: Array
    wish: Mask
    entry: Mask

    @classmethod
    def of(cls, lots: int) -> Workspace:
        """Return flat scratch arrays for `lots` lots of all arms and members together."""
        product, scratch = np.empty((2, lots))
        wish, entry = np.empty((2, lots), dtype=bool)
        return cls(product, scratch, wish, entry)

    def shaped(self, shape: tuple[int, ...]) -> Workspace:
        """Return the beginning of flat scratch arrays as (arm, member, lot)."""
        count = math.prod(shape)
        product, scratch = (flat[:count].reshape(shape) for flat in (self.product, self.scratch))
        wish, entry = (flat[:count].reshape(shape) for flat in (self.wish, self.entry))
        return Workspace(product, scratch, wish, entry)


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
    held = work.scratch
    np.copyto(held, on)
    held *= size
    return np.add.reduceat(held, starts, axis=-1)


def capacity_of_few(
    at: tuple[Places, ...], size: Array, starts: NDArray[np.int64], work: Workspace
) -> Array:
    """Return what `capacity` does, sooner, of the few lots at places `at` on the three axes."""
    work.scratch[:] = 0.0
    work.scratch[at] = size[at[1:]]
    return np.add.reduceat(work.scratch, starts, axis=-1)


def believe(belief: Array, enforcement: Array, speed: Array) -> None:
    """Move beliefs (arm, member, lot) toward enforcement, in place.

    `enforcement` (arm, member, 1) at most 1, which beliefs then are too; `speed` (member, 1).
    """
    belief *= 1.0 - speed
    belief += speed * enforcement


def alarm(belief: Array, found: tuple[Places, ...], jump: Array) -> None:
    """Move beliefs up by `jump`, at most to 1, of the lots that were found, in place.

    `belief` (arm, member, lot); `found` their places on the three axes; `jump` (member,).
    """
    belief[found] = np.minimum(belief[found] + jump[found[1]], 1.0)
