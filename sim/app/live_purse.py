"""The DPRK's purse in a month: what came in, what went out, laid out like the terms of a rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.app.live_session import Session
from sim.axes import BOUGHT, SOLD
from sim.experiment.decision_data import Term, Weighing, band
from sim.experiment.decision_words import MUSD

Array = NDArray[np.float64]

PARTS = {
    "sold": "goods sold, on both routes",
    "workers": "what its workers abroad hand over",
    "arms": "arms sold to Russia, and fees for coal in transit",
    "other": "income that no trade brings: cyber theft and what is not recorded",
    "bought": "goods bought, on both routes",
    "crude": "crude oil from China",
}
"""Items of the hard-currency account; the last two go out."""


def purse(session: Session, t: int, arm: int) -> Weighing:
    """Return the items of a month that has been lived, signed, and their sum; USD million."""
    record, inputs = session.record, session.inputs
    value = record["legal_value"][t, arm] + record["illegal_value"][t, arm]
    items: dict[str, Array] = {
        "sold": value[..., SOLD, :].sum(axis=(-2, -1)),
        "workers": (record["remittance_legal"] + record["remittance_visa"])[t, arm].sum(axis=-1),
        "arms": record["arms"][t, arm] + record["fees"][t, arm],
        "other": inputs.unrecorded + inputs.cyber[t],
        "bought": -value[..., BOUGHT, :].sum(axis=(-2, -1)),
        "crude": -record["crude"][t, arm],
    }
    terms = tuple(Term(name, PARTS[name], None, None, band(items[name])) for name in PARTS)
    total = np.sum(list(items.values()), axis=0)
    return Weighing("purse", "What comes in and what goes out", MUSD, terms, band(total), {})
