"""What a rule of one's own gives back, looked at before it meets the arrays of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import DivertError

Array = NDArray[np.float64]


def told(
    value: Any,
    shape: tuple[int, ...],
    who: str,
    month: str,
    low: float = -np.inf,
    high: float = np.inf,
) -> Array:
    """Return what a rule gave as an array that fits `shape`, (arm, member, ...).

    `who` names class and method. Raises DivertError for what is no number, does not broadcast to
    `shape`, is not finite, or lies outside `low` to `high`.
    """
    range_words = "" if np.isinf(low) and np.isinf(high) else f" from {low:g} to {high:g}"
    allowed = f"finite numbers{range_words} that fit (arm, member, ...) = {shape}"

    def refused(what: str) -> DivertError:
        return DivertError(f"found {what} from {who} in month {month}; allowed: {allowed}")

    try:
        found = np.asarray(value)
    except ValueError:
        raise refused("rows of unlike length") from None
    if value is None:
        raise refused("nothing (no `return`?)")
    if found.dtype.kind not in "fiub":
        raise refused(f"a {type(value).__name__}")
    try:
        fits = np.broadcast_shapes(found.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise refused(f"an array of shape {found.shape}")
    if not np.isfinite(found).all():
        raise refused("a value that is not finite")
    if not ((found >= low) & (found <= high)).all():
        worst = found.min() if found.min() < low else found.max()
        raise refused(f"{worst:g}")
    return np.asarray(found, dtype=np.float64)
