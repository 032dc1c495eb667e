"""What each verdict rests on, in sentences that stay true whatever the numbers are; numbers."""

from __future__ import annotations

from sim.experiment.answer import rounded
from sim.experiment.claim_facts import Number
from sim.experiment.claim_rules import (
    ALL_BUT,
    MAJOR,
    MOST,
    ROUNDING,
    SAME_SIZE,
    VISIBLE,
    VOW_DAYS,
)


def _per_cent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


_ROUNDING, _ALL_BUT, _MOST, _MAJOR = map(_per_cent, (ROUNDING, ALL_BUT, MOST, MAJOR))

_FIGURE = (
    f"A figure holds within {_ROUNDING} of what is published, and in part within "
    f"{SAME_SIZE:g} times of it"
)

WHY = {
    "A1": f"Holds if China's coal imports of March to July 2017 fell by {_ALL_BUT} or more on "
    "the year before and other Chinese measures stand in the registry; in part above "
    f"{_MOST}.",
    "A2": f"{_FIGURE}. Quarter and year say whether it lasted; the model's points say why.",
    "A3": f"Holds if coal made more than {_MOST} of the rise and more than {_MOST} of it "
    "stayed in the DPRK; in part if most was coal but in transit to China, of which the DPRK "
    "earns port fees.",
    "A4": f"{_FIGURE}; the range runs from valid permits to the highest count in the table.",
    "A5": f"Holds if labour in Russia brings {_MAJOR} or more of the currency in the data and "
    "in the whole band of the model; does not if both lie below; otherwise in part.",
    "A6": "Holds in part if the opening is dated: no table speaks of the subsidy or of whom it was "
    "meant for. The dollars are an upper bound on judged fares, to be set against the loss.",
    "A7": "Holds if resolutions passed in these months and none was vetoed: each needs a permanent "
    "member not to vote against. How it urged restraint is not in the tables.",
    "A8": f"Holds if a resolution that bans or caps trade followed within {VOW_DAYS} days. The "
    "statement itself is not in the tables.",
    "A9": f"{_FIGURE}, or up to the figure with crude. KOTRA's total of all partners stands beside "
    "it for comparison.",
    "A10": f"{_FIGURE}, or between customs and the figure with unrecorded oil.",
    "A11": f"Holds if Russia made good more than {_MOST} of the loss in the whole band of every "
    "window; does not if the whole band lies at or below; cannot be told without a loss that "
    "stands out from noise.",
    "A12": "An opinion on intentions: numbers stand beside it, none settles it.",
    "A13": "An opinion on a motive, which trade does not show. Holds in part if the model's "
    f"support of Russia rose by more than {VISIBLE:g} in the whole band; otherwise it cannot be "
    "told. That support answers to need and commerce is itself a judged rule.",
}
"""How each claim is judged, by the id of its row."""

SMALL = 1e-3


def number_words(number: Number) -> str:
    """Return a number with range, unit and mark."""
    unit = "%" if number.unit == "share" else number.unit
    scale = 100.0 if number.unit == "share" else 1.0
    low, mid, high = (amount(scale * x) for x in number.band)
    space = "" if low == mid == high else f" ({low} to {high})"
    mark = "" if number.mark == "model" else f" [{number.mark}]"
    return f"{number.words.strip()}: {mid}{space} {unit}{mark}"


def amount(value: float) -> str:
    """Return a number with as many digits as its size deserves."""
    size = abs(value)
    if size < SMALL:
        return "0" if value == 0.0 else "about 0"
    if value == round(value):
        return f"{value:,.0f}"
    digits = 0 if size >= 100.0 else 1 if size >= 10.0 else 2
    return rounded(value, digits)
