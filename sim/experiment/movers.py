"""Who moved whom: how what each decision weighs has changed since the first month, by its cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.axes import CHINA, PARTNERS, RUSSIA
from sim.experiment.decision_words import LOGITS, OF_TRADE, OWNERS
from sim.experiment.ensemble import Ensemble
from sim.record import COUNCIL_TERMS, ENFORCEMENT_TERMS, SUPPORT_TERMS, VETO_NAMES

Array = NDArray[np.float64]

MOVERS = {
    "un": "the Council",
    "us": "the United States",
    "provocation": "tests of the DPRK",
    "diplomacy": "summits with the DPRK",
    "stability": "distress of the DPRK",
    "need": "its political need for the DPRK",
    "rivalry": "rivals' weight in the DPRK",
    "losses": "trade its own firms lost",
    "commerce": "cheap goods of the DPRK",
    "both": "need and cheap goods together",
}
"""Who or what moves a decision, in words; the keys are the terms of the rules."""

CONSTANT = "intercept"
"""The term of each rule that never moves."""

SMALLEST_MOVE = 1e-12


@dataclass(frozen=True)
class Decision:
    """One actor's decision: its level, and what each mover has changed in what it weighs.

    `level` and each of `parts` (month, member); parts in `unit`, 0 in the first month.
    """

    name: str
    title: str
    unit: str
    level_words: str
    level: Array
    parts: dict[str, Array]

    def moved(self) -> dict[str, Array]:
        """Return the change by each mover, mean over members, (month,)."""
        return {name: part.mean(axis=1) for name, part in self.parts.items()}

    def sizes(self, months: slice) -> dict[str, float]:
        """Return the mean size of the change by each mover, over months and members."""
        return {name: float(np.abs(part[months]).mean()) for name, part in self.parts.items()}

    def means(self, months: slice) -> dict[str, float]:
        """Return the mean change by each mover, over months and members."""
        return {name: float(part[months].mean()) for name, part in self.parts.items()}


def decisions(ensemble: Ensemble, arm: str) -> list[Decision]:
    """Return the decisions of an arm whose terms are recorded.

    Enforcement of every partner and support of China and Russia, in logits; where the Council
    votes, the strictest draft that China and Russia accept, in shares of the DPRK's base trade.
    """
    a, record = ensemble.arms.index(arm), ensemble.record
    found = []
    for rule, terms, whom in (
        ("enforcement", ENFORCEMENT_TERMS, range(len(PARTNERS))),
        ("support", SUPPORT_TERMS, (CHINA, RUSSIA)),
    ):
        for p in whom:
            name, parts = PARTNERS[p], _changes(record[f"{rule}_terms"][:, a, :, p], terms)
            level = record[rule][:, a, :, p]
            title = f"{OWNERS[name]} {rule}".removeprefix("the ").capitalize()
            words = f"{rule}, 0 to 1"
            found.append(Decision(f"{name}.{rule}", title, LOGITS, words, level, parts))
    if ensemble.inputs.ladder is not None:
        found += [_limit(ensemble, a, k) for k in range(len(VETO_NAMES))]
    return found


def _changes(signed: Array, terms: tuple[str, ...]) -> dict[str, Array]:
    """Return the change of each term since the first month; `signed` (month, member, term)."""
    return {n: signed[..., i] - signed[0, :, i] for i, n in enumerate(terms) if n != CONSTANT}


def _limit(ensemble: Ensemble, arm: int, player: int) -> Decision:
    """Return the strictest draft a veto player accepts."""
    record, name = ensemble.record, VETO_NAMES[player]
    parts = changes_of_limit(
        record["council_terms"][:, arm, :, player],
        record["council_status_quo"][:, arm],
        record["council_outside"][:, arm, :, player],
    )
    level = record["council_limit"][:, arm, :, player]
    title = f"The strictest draft {name} accepts"
    return Decision(f"{name}.limit", title, OF_TRADE, f"strictness, {OF_TRADE}", level, parts)


def changes_of_limit(terms: Array, status_quo: Array, outside: Array) -> dict[str, Array]:
    """Return by how much each mover has changed the strictest draft a veto player accepts.

    It is i + |i - s - u|: i the ideal, s the status quo (the Council's record), u what the United
    States would do alone. Its change since the first month is shared out along the straight path
    from there to each month (Aumann and Shapley 1974), so the parts add up whichever way the
    distance turns. `terms` (month, member, term) of the ideal, the others (month, member), shares
    of base trade.
    """
    along = _mean_sign(terms.sum(axis=-1) - status_quo - outside)
    parts = {n: part * (1.0 + along) for n, part in _changes(terms, COUNCIL_TERMS).items()}
    parts["un"] = -along * (status_quo - status_quo[0])
    parts["us"] = -along * (outside - outside[0])
    return parts


def _mean_sign(values: Array) -> Array:
    """Return the mean sign on the way from the first month's value to each, (month, member)."""
    way = values - values[0]
    still = np.abs(way) < SMALLEST_MOVE
    turned = (np.abs(values) - np.abs(values[0])) / np.where(still, 1.0, way)
    return np.asarray(np.where(still, np.sign(values[0]), turned))
