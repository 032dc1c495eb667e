"""From an experiment to the answer: quantiles, words and tables that an analyst reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import EXPORT_GOODS, PARTNERS, SOLD
from sim.experiment.ensemble import Ensemble
from sim.experiment.offset import CHANNELS, Offset, offset, receipts
from sim.scenario import Scenario

Array = NDArray[np.float64]

BAND = (0.05, 0.50, 0.95)
BAND_NAMES = ("p05", "p50", "p95")
FEWEST_DRAWS = 16
"""Draws below which a band is a trial: its ends then move by a tenth of themselves (ODD 9)."""

NEXT_TO_NOTHING, A_QUARTER, MOST = 0.05, 0.25, 0.5
"""Shares of a loss at which the words of an offset change (C)."""

QUESTION = "When China restricts trade with the DPRK, does Russian trade offset it?"


def quantiles(values: Array) -> dict[str, float] | None:
    """Return p05, p50 and p95 over members, None where no member has a value."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return None
    levels = np.quantile(known, BAND)
    return {name: float(level) for name, level in zip(BAND_NAMES, levels, strict=True)}


def window_slice(ensemble: Ensemble) -> slice:
    """Return the months of the answer's window."""
    return window_of(ensemble.scenario, ensemble.inputs.months)


def window_of(scenario: Scenario, months: tuple[str, ...]) -> slice:
    """Return the months of a scenario's window among the months of a run."""
    window = scenario.window
    return slice(months.index(window.first), months.index(window.last) + 1)


def scenario_offset(ensemble: Ensemble) -> Offset:
    """Return the offset of an ensemble that ran all four arms."""
    got = receipts(ensemble.record, window_slice(ensemble))
    return offset(got, ensemble.arms, ensemble.scenario.seeds_per_draw)


def answer(ensemble: Ensemble, result: Offset) -> dict[str, Any]:
    """Return what `answer.json` holds; ratios are null where there is no loss to offset."""
    scenario, record = ensemble.scenario, ensemble.record
    window = window_slice(ensemble)
    real = result.significant
    ratio = lambda values: quantiles(values) if real else None  # noqa: E731
    safe = np.where(result.loss > 0.0, result.loss, np.nan)
    channels = {name: ratio(result.channels[name] / safe) for name in CHANNELS}
    known = result.ratio[np.isfinite(result.ratio)]
    probability = lambda x: float((known > x).mean()) if real and known.size else None  # noqa: E731
    total = record["receipts"].shape[0]
    return {
        "question": scenario.question or QUESTION,
        "scenario": scenario.name,
        "window": [scenario.window.first, scenario.window.last],
        "members": scenario.members,
        "seed": scenario.seed,
        "draws": -(-scenario.members // scenario.seeds_per_draw),
        "loss_musd": quantiles(result.loss),
        "loss_significant": real,
        "seed_noise_se": result.seed_noise_se,
        "offset_ratio": ratio(result.ratio),
        "autonomous": ratio(result.autonomous),
        "interaction": ratio(result.interaction),
        "welfare_offset": ratio(np.where(real, result.welfare, np.nan)),
        "by_channel": channels,
        "by_good": {name: ratio(v / safe) for name, v in result.by_good.items()},
        "gross_offset": ratio(result.gross),
        "offset_without_arms": ratio(result.without_arms),
        "offset_net_of_textile_inputs": ratio(result.net_of_inputs),
        "offset_ratio_of_means": result.ratio_of_means,
        "shapley_musd": {
            "China": quantiles(result.shapley_china),
            "Russia": quantiles(result.shapley_russia),
        },
        "members_without_loss": int((~(result.loss > 0.0)).sum()),
        "prob_offset_gt_half": probability(0.5),
        "prob_offset_gt_one": probability(1.0),
        "importer_side_diversion_musd": quantiles(
            record["redirected_coal"][window, -1].sum(axis=0)
        ),
        "receipts_musd": {
            arm: quantiles(receipts(record, window).total[i]) for i, arm in enumerate(ensemble.arms)
        },
        "months": total,
        "total_elasticity": total_elasticities(ensemble),
        "max_clearing_residual": float(record["clearing_residual"].max()),
        "max_balance_residual": float(record["balance_residual"].max()),
        "max_goods_residual": float(record["goods_residual"].max()),
        "max_worker_residual": float(record["worker_residual"].max()),
    }


def rounded(value: float, digits: int) -> str:
    """Return a number with thousands separated and no negative zero."""
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if not any(c in "123456789" for c in text) else text


def band_words(band: dict[str, float] | None, scale: float, digits: int) -> tuple[str, ...]:
    """Return p05, p50 and p95 as words for a table, times `scale`."""
    if band is None:
        return ("", "no value", "")
    return tuple(rounded(band[name] * scale, digits) for name in BAND_NAMES)


def share_words(band: dict[str, float] | None) -> str:
    """Return a share as `median (low to high)` in percent."""
    if band is None:
        return "no value"
    low, mid, high = (rounded(band[name] * 100.0, 1) for name in BAND_NAMES)
    return f"{mid} % ({low} to {high} %)"


def counted(count: int, what: str) -> str:
    """Return a number with what it counts, as in `1 draw` and `32 draws`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def money_words(band: dict[str, float] | None) -> str:
    """Return an amount as `median (low to high)` in USD million."""
    if band is None:
        return "no value"
    low, mid, high = (rounded(band[name], 0) for name in BAND_NAMES)
    return f"{mid} ({low} to {high}) million USD"


def numbers_words(found: dict[str, Any]) -> str:
    """Return what the numbers of an answer are, nothing where there is none."""
    if not found.get("draws"):
        return ""
    return (
        f"Numbers are medians of {counted(found['members'], 'member')} "
        f"({counted(found['draws'], 'draw')} of the parameters); in brackets, and under 5 % and "
        "95 %, the band that holds nine members in ten."
    )


def words(found: dict[str, Any]) -> list[str]:
    """Return the answer in plain sentences, numbers as median (5 to 95 %)."""
    first, last = found["window"]
    lines = []
    loss = money_words(found["loss_musd"])
    if not found["loss_significant"]:
        return [
            f"Between {first} and {last} China's restrictions cost the DPRK nothing that stands "
            f"out from the noise of the draws (loss {loss}): there is no loss to offset."
        ]
    lines.append(
        f"With Russia held still, China's restrictions cost the DPRK {loss} of hard-currency "
        f"receipts between {first} and {last}."
    )
    lines.append(f"{_verdict(found['offset_ratio'])}: the offset is "
                 f"{share_words(found['offset_ratio'])} of the loss.")  # fmt: skip
    lines.append(
        f"Of this, {share_words(found['autonomous'])} is what Russia would have done anyway and "
        f"{share_words(found['interaction'])} is its answer to China."
    )
    # A stored answer has its keys in another order.
    parts = [f"{name} {share_words(found['by_channel'][k])}" for k, name in CHANNEL_WORDS.items()]
    lines.append("Through: " + "; ".join(parts) + ".")
    lines += _caution(found)
    lines.append(
        "Counted in the imports that reached the DPRK, at base prices, the offset is "
        f"{share_words(found['welfare_offset'])} of what was lost."
    )
    lines += few_draws_words(found["draws"])
    half, whole = (100.0 * found[f"prob_offset_gt_{name}"] for name in ("half", "one"))
    lines.append(
        f"The chance that the offset passed one half is {half:.0f} %; "
        f"that it passed the whole loss, {whole:.0f} %."
    )
    return lines


def _caution(found: dict[str, Any]) -> list[str]:
    """Return what a reader must know of an offset that is negative or mostly arms."""
    lines = []
    middle = found["offset_ratio"]["p50"]
    if middle < 0.0:
        lines.append(
            "A negative offset means that Russia's own sanctions, such as ending work permits, "
            "took more from the DPRK than diversion to Russia gave back."
        )
    if middle - found["offset_without_arms"]["p50"] > MOST * abs(middle):
        lines.append(
            "Most of it is arms, bought for a war whether or not China restricts: without them the "
            f"offset is {share_words(found['offset_without_arms'])} of the loss."
        )
    return lines


def few_draws_words(draws: int) -> list[str]:
    """Return the sentence that bands of few draws are a trial, none from `FEWEST_DRAWS` on."""
    if draws >= FEWEST_DRAWS:
        return []
    return [
        f"These bands rest on {counted(draws, 'draw')} of the parameters, too few to rely on: "
        f"take {FEWEST_DRAWS} or more."
    ]


CHANNEL_WORDS = {
    "same_good": "goods that China had cut",
    "other_goods": "other goods",
    "labour": "labour",
    "arms_and_fees": "arms and port fees",
}


def total_elasticities(ensemble: Ensemble) -> dict[str, dict[str, dict[str, float] | None]]:
    """Return buyers' elasticity at the base, entry of firms included, by partner and good.

    sigma + (1 - F)/s: a price one percent lower raises each buyer's volume by sigma and the
    logistic share F of active capacity by (1 - F)/s, s the spread of reservation margins.
    """
    inputs = ensemble.inputs
    par = inputs.par
    used = inputs.base.flow[:, SOLD] / inputs.potential[:, :, SOLD]
    narrow = par["reservation_spread"][:, None, None]
    spread = np.where(used < 0.5, par["barrier_spread"][:, None, None], narrow)
    total = inputs.sigma[:, None, SOLD] + (1.0 - used) / spread
    return {
        partner: {good: quantiles(total[:, p, g]) for g, good in enumerate(EXPORT_GOODS)}
        for p, partner in enumerate(PARTNERS)
    }


def _verdict(band: dict[str, float]) -> str:
    """Return in words how much was made good, from the whole band."""
    if band["p95"] < 0.0:
        return "Russia did not offset it; on balance it took a little more"
    if band["p50"] > 1.0:
        return "Russia made good more than all of it"
    if band["p50"] > MOST:
        return "Russia made good most of it"
    if band["p50"] > A_QUARTER:
        return "Russia made good more than a quarter of it, less than half"
    if band["p50"] > NEXT_TO_NOTHING:
        return "Russia made good a small part of it"
    return "Russia made good next to nothing of it"
