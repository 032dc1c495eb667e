"""What a sweep keeps of each run: numbers of the answer, and series by month."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.axes import ARMS, BOUGHT, CHINA, COAL, RUSSIA, SOLD
from sim.experiment.offset import Offset, Receipts, offset, over_months, receipts
from sim.record import Record

Array = NDArray[np.float64]

NEEDS_ARMS = (
    "loss", "offset", "autonomous", "interaction", "offset_without_arms", "gross", "welfare",
    "same_good", "other_goods", "labour", "arms_and_fees",
)  # fmt: skip
"""Outputs that compare the four arms."""

UNITS = {
    "loss": "musd", "offset": "share of the loss", "autonomous": "share of the loss",
    "interaction": "share of the loss", "offset_without_arms": "share of the loss",
    "gross": "ratio", "welfare": "share of the loss", "same_good": "musd", "other_goods": "musd",
    "labour": "musd", "arms_and_fees": "musd", "receipts": "musd",
    "china_imports": "musd", "china_exports": "musd", "russia_imports": "musd",
    "russia_exports": "musd", "illicit_coal": "musd", "enforcement_china": "share",
    "enforcement_russia": "share", "support_russia": "share", "workers_russia": "workers",
}  # fmt: skip
"""Every output and its unit; money summed over the window, levels as its mean."""

OUTPUTS = tuple(UNITS)

_FROM_OFFSET: dict[str, Callable[[Offset], Array]] = {
    "loss": lambda o: o.loss,
    "offset": lambda o: o.ratio,
    "autonomous": lambda o: o.autonomous,
    "interaction": lambda o: o.interaction,
    "offset_without_arms": lambda o: o.without_arms,
    "gross": lambda o: o.gross,
    "welfare": lambda o: o.welfare,
    "same_good": lambda o: o.channels["same_good"],
    "other_goods": lambda o: o.channels["other_goods"],
    "labour": lambda o: o.channels["labour"],
    "arms_and_fees": lambda o: o.channels["arms_and_fees"],
}


def arms_for(outputs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arms that outputs need: all four, or the one in which all are free."""
    return ARMS if set(outputs) & set(NEEDS_ARMS) else ("C1S1",)


def of_runs(record: Record, window: slice, arms: tuple[str, ...], outputs: tuple[str, ...]) -> dict[
    str, Array
]:  # fmt: skip
    """Return each output of every member, (member,)."""
    got: Receipts = receipts(record, window)
    # A point is judged member by member; whether its loss stands out is asked of its members.
    found = offset(got, arms, 1) if len(arms) == len(ARMS) else None
    at = arms.index("C1S1")
    out = {}
    for name in outputs:
        if name in _FROM_OFFSET:
            assert found is not None
            out[name] = np.asarray(_FROM_OFFSET[name](found), dtype=np.float64)
        elif name == "receipts":
            out[name] = got.total[at]
        else:
            series = series_of(record, at, name)[window]
            mean = name.startswith(("enforcement", "support", "workers"))
            out[name] = over_months(series) / (len(series) if mean else 1.0)
    return out


_SERIES: dict[str, Callable[[Record, int], Array]] = {
    "china_imports": lambda r, a: r.customs_totals()[:, a, :, CHINA, SOLD],
    "china_exports": lambda r, a: r.customs_totals()[:, a, :, CHINA, BOUGHT],
    "russia_imports": lambda r, a: r.customs_totals()[:, a, :, RUSSIA, SOLD],
    "russia_exports": lambda r, a: r.customs_totals()[:, a, :, RUSSIA, BOUGHT],
    "illicit_coal": lambda r, a: r["illegal_value"][:, a, :, :, SOLD, COAL].sum(axis=-1),
    "enforcement_china": lambda r, a: r["enforcement"][:, a, :, CHINA],
    "enforcement_russia": lambda r, a: r["enforcement"][:, a, :, RUSSIA],
    "support_russia": lambda r, a: r["support"][:, a, :, RUSSIA],
    "workers_russia": lambda r, a: (r["permits"] + r["visas"])[:, a, :, RUSSIA],
    "receipts": lambda r, a: r["receipts"][:, a],
    "reserves": lambda r, a: r["reserves"][:, a],
}

SERIES = tuple(_SERIES)
"""Series that can be kept by month, in the arm in which all are free."""


def series_of(record: Record, arm: int, name: str) -> Array:
    """Return a series by month, (month, member)."""
    return np.asarray(_SERIES[name](record, arm))
