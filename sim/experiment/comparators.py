"""What three simpler ways would have answered, beside the model: textbook, linear, naive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiment.answer import quantiles, window_slice
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.ensemble import Ensemble
from sim.experiment.gsim import linear_receipts
from sim.experiment.naive import Reading, customs_reading, real_reading
from sim.experiment.offset import IMMATERIAL, offset_arithmetic
from sim.experiment.static import static_receipts

Array = NDArray[np.float64]

STATIC_CES, LINEAR_GSIM, NAIVE = "static_ces", "linear_gsim", "naive_customs"

TITLES = {
    STATIC_CES: "Textbook: static CES market",
    LINEAR_GSIM: "Linear: GSIM",
    NAIVE: "Naive: customs, before and after",
}

WHY = {
    STATIC_CES: "price alone moves Russia and closed cargo is lost: no firms, barriers, smuggling, "
    "labour or arms",
    LINEAR_GSIM: "straight lines through the base year: right for small changes, not for bans that "
    "close a market",
    NAIVE: "before and after, not with and without: prices, US pressure and borders move it; no "
    "labour or arms in it",
}
"""Why each differs from the model."""

FALL = "fall of China's two-way trade"
NO_RECEIPTS = f"Its loss is the {FALL} in goods, not of receipts."
"""What the naive reading has in place of a loss."""

NOTHING_BEFORE = "the run holds no whole year before the tightening to compare with"


@dataclass(frozen=True)
class Comparator:
    """One simpler answer: bands over members in USD million and as a ratio, None without a value.

    `more` holds what this one shows beside, plain values that JSON can hold.
    """

    name: str
    title: str
    loss_musd: dict[str, float] | None
    offset_ratio: dict[str, float] | None
    why: str
    more: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """Return the comparator as `answer.json` holds it."""
        return {
            "name": self.name,
            "title": self.title,
            "loss_musd": self.loss_musd,
            "offset_ratio": self.offset_ratio,
            "why": self.why,
            **self.more,
        }


def comparators(ensemble: Ensemble, real_loss: bool) -> list[Comparator]:
    """Return the three simpler answers of an ensemble that ran all four arms.

    `real_loss` says whether the run found a loss: without one no offset is given.
    """
    record, arms, window = ensemble.record, ensemble.arms, window_slice(ensemble)
    return [
        _four_arms(STATIC_CES, static_receipts(record, arms, window), real_loss),
        _four_arms(LINEAR_GSIM, linear_receipts(record, arms, window), real_loss),
        _naive(ensemble, window, real_loss),
    ]


def _four_arms(name: str, sold: dict[str, Array], real_loss: bool) -> Comparator:
    """Return the answer of a market model from what the DPRK sells in each arm."""
    loss, *parts = offset_arithmetic(sold)
    stands_out = real_loss and bool(loss.mean() > IMMATERIAL * np.abs(sold["C0S0"]).mean())
    ratio, autonomous, interaction = (quantiles(x) if stands_out else None for x in parts)
    more = {
        "autonomous": autonomous,
        "interaction": interaction,
        "receipts_musd": {arm: quantiles(values) for arm, values in sold.items()},
    }
    return Comparator(name, TITLES[name], quantiles(loss), ratio, WHY[name], more)


def _naive(ensemble: Ensemble, window: slice, real_loss: bool) -> Comparator:
    """Return what a reader of the run's customs, and of the real ones, would say."""
    inputs = ensemble.inputs
    arm = ensemble.arms.index(AS_IT_HAPPENS)
    # Where older Chinese measures are lifted in C0, the tightening a reader knows is theirs.
    tightened = inputs.lifted
    found = customs_reading(ensemble.record, arm, window, tightened)
    real = real_reading(inputs, window, tightened)
    more: dict[str, Any] = {"reading": None, "record": None}
    if real is not None:
        reading, mark = real
        more["record"] = {**_shown(reading, real_loss), "mark": mark, "reading": said(reading)}
    if found is None:
        return Comparator(NAIVE, TITLES[NAIVE], None, None, f"no value: {NOTHING_BEFORE}", more)
    shown = _shown(found, real_loss)
    more = {**more, **shown, "reading": said(found)}
    return Comparator(NAIVE, TITLES[NAIVE], shown["loss_musd"], shown["offset_ratio"], WHY[NAIVE],
                      more)  # fmt: skip


def _shown(reading: Reading, real_loss: bool) -> dict[str, Any]:
    """Return a reading's bands: fall, ratio, dollars and change of both partners."""
    partners = ("China", "Russia")
    both = lambda values: {  # noqa: E731
        name: quantiles(row) for name, row in zip(partners, values, strict=True)
    }
    return {
        "loss_musd": quantiles(reading.fall),
        "offset_ratio": quantiles(reading.ratio) if real_loss else None,
        "compared_with": list(reading.span),
        "scaled_by": reading.scale,
        "two_way_before_musd": both(reading.before),
        "two_way_window_musd": both(reading.window),
        "two_way_change": both(reading.change),
        "russia_rise_musd": quantiles(reading.rise),
    }


def said(reading: Reading) -> str:
    """Return the sentence of a naive reader, from the medians."""
    words = []
    for i, name in ((1, "Russia's trade with the DPRK"), (0, "China's")):
        change, money = np.median(reading.change[i]), np.median(reading.window[i])
        before = np.median(reading.before[i])
        verb = "rose" if change >= 0.0 else "fell"
        words.append(
            f"{name} {verb} {abs(100.0 * change):.0f} % (from {before:,.0f} to {money:,.0f} "
            "million USD)"
        )
    return ", ".join(words)
