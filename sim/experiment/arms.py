"""The four arms in words, and the one that is shown where one stands for the run."""

from __future__ import annotations

from collections.abc import Sequence

ARM_WORDS = {
    "C0S0": "China does not restrict, Russia held still",
    "C1S0": "China restricts, Russia held still",
    "C0S1": "China does not restrict, Russia free",
    "C1S1": "China restricts, Russia free",
}

AS_IT_HAPPENS = "C1S1"


def shown_arm(arms: Sequence[str]) -> str:
    """Return the arm in which nobody is held still, or the first where that was not run."""
    return AS_IT_HAPPENS if AS_IT_HAPPENS in arms else arms[0]
