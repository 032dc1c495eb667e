"""What the proposer of a draft and its veto players could have done better, vote by vote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernels.council import RESOLUTION, VETO
from sim.record import VETO_NAMES, Record

Array = NDArray[np.float64]

ROUNDING = 1e-12
"""Differences of strictness below this are rounding of sums."""


@dataclass(frozen=True)
class CouncilRegret:
    """Regret at each vote of a run, in shares of base trade (strictness); arrays (vote,)."""

    resolution: NDArray[np.bool_]  # else a veto
    asked: Array  # strictness the draft would have added
    feasible: Array  # most of it that both veto players prefer to no agreement
    adopted: Array
    players: dict[str, Array]  # regret of each veto player's yes or no

    @property
    def proposer(self) -> Array:
        """Return the proposer's regret, (vote,): what both would accept less what was adopted.

        The steps of the ladder are not fine enough to meet it, and a draft must keep a share of
        what was asked.
        """
        return _positive(self.feasible - self.adopted)


def council_regret(record: Record) -> CouncilRegret | None:
    """Return regret at the Council's votes, None where the Council goes by dates.

    The proposer wants strictness, at most what it asked; its best reply to veto players who accept
    up to `council_limit` is that limit itself. A veto player loses the distance of strictness from
    its ideal; without agreement strictness is the status quo and what the United States does alone,
    as far as that bites on it; a laxer resolution does not keep them from it. A player said no to
    a draft beyond its limit and yes to any other: the draft is what was adopted, at a veto what
    was asked. Source: Voeten (2001); judgement (C).
    """
    if record.inputs.ladder is None:
        return None
    event = record["council_event"][:, 0]
    at = np.nonzero((event == RESOLUTION) | (event == VETO))
    passed = event[at] == RESOLUTION
    status_quo, asked = (record[f"council_{n}"][:, 0][at] for n in ("status_quo", "asked"))
    adopted = np.where(passed, record["council_accepted"][:, 0][at], 0.0)
    limits, outside = (record[f"council_{n}"][:, 0][at] for n in ("limit", "outside"))
    ideals = record["council_terms"][:, 0][at].sum(axis=-1)
    draft = status_quo + np.where(passed, adopted, asked)
    players = {}
    for k, name in enumerate(VETO_NAMES):
        reversion = status_quo + outside[:, k]
        comes = np.maximum(draft, reversion)
        accept, refuse = -np.abs(comes - ideals[:, k]), -np.abs(reversion - ideals[:, k])
        yes = draft <= limits[:, k] + ROUNDING
        players[name] = _positive(np.where(yes, refuse - accept, accept - refuse))
    feasible = np.clip(limits.min(axis=-1) - status_quo, 0.0, asked)
    return CouncilRegret(passed, asked, feasible, adopted, players)


def _positive(values: Array) -> Array:
    """Return regrets without rounding, at least 0."""
    return np.where(values > ROUNDING, values, 0.0)
