"""Named random streams: one for each (member, population, purpose), whatever the batch or order.

A member's draws depend on the scenario's seed and on these three names alone. So the arms of an
experiment share their draws, and a member gives the same bytes alone, in a block, or elsewhere.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

PURPOSES = ("order", "exposure", "lot_reservation", "review", "detection", "test")
"""What firms draw: rank order, exposure to penalties, a lot's reservation; each month who reviews
its routes and which lots are found; and which tests the DPRK makes, where a hazard decides."""


def spawn_key(*names: object) -> tuple[int, ...]:
    """Return a stable spawn key of four words for a tuple of names."""
    text = "\x1f".join(str(name) for name in names)
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))


def stream(seed: int, member: int, population: str, purpose: str) -> np.random.Generator:
    """Return the generator of one member's population for one purpose.

    Raises ValueError for a purpose that is not declared in `PURPOSES`.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"found the purpose {purpose!r}; allowed: {', '.join(PURPOSES)}")
    key = spawn_key(member, population, purpose)
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


STEPS = 2.0**24
"""Values that a uniform draw of single precision takes."""


def steps_below(chance: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return how many of the `STEPS` values of a draw lie below a chance of single precision."""
    below = np.ceil(chance.astype(np.float32).astype(np.float64) * STEPS)
    return np.clip(below, 0.0, STEPS).astype(np.uint32)


class Draws:
    """So many uniform draws a month for each member, in whole steps of one over `STEPS`.

    They are those of `Generator.random` in single precision at half its time: a word of a
    generator holds two, the low half first, and of an odd number one is left for the month after.
    """

    def __init__(self, generators: list[np.random.Generator], count: int) -> None:
        self._raw = [generator.bit_generator.random_raw for generator in generators]
        self._count = count
        self._left = np.zeros(len(generators), dtype=np.uint32)
        self._words = np.empty((0, count // 2 + 1), dtype="<u8")

    def take(self, who: slice, month: int) -> NDArray[np.uint32]:
        """Return the draws of some members in a month, (member, draw), valid until the next call.

        Every member takes each month once, in order from month 0.
        """
        count, members = self._count, self._raw[who]
        if len(self._words) < len(members):
            self._words = np.empty((len(members), count // 2 + 1), dtype="<u8")
        words = self._words[: len(members)]
        left = month * count % 2
        new = slice(left, left + (count - left + 1) // 2)
        for row, raw in zip(words, members, strict=True):
            row[new] = raw(new.stop - left)
        halves = words.view("<u4")
        if left:
            halves[:, 1] = self._left[who]
        elif count % 2:
            self._left[who] = halves[:, count]
        drawn = halves[:, left : left + count]
        drawn >>= 8
        return drawn
