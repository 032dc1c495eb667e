"""Named random streams: one for each (member, population, purpose), whatever the batch or order.

A member's draws depend on the scenario's seed and on these three names alone. So the arms of an
experiment share their draws, and a member gives the same bytes alone, in a block, or elsewhere.
"""

from __future__ import annotations

import hashlib

import numpy as np

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
