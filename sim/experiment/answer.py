"""From an experiment to the answer: quantiles, words and tables that an analyst reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, SOLD
from sim.experiment.ensemble import Ensemble
from sim.experiment.offset import CHANNELS, Offset, offset, receipts

Array = NDArray[np.float64]

BAND = (0.05, 0.50, 0.95)
BAND_NAMES = ("p05", "p50", "p95")
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
    months = ensemble.inputs.months
    window = ensemble.scenario.window
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
        "max_clearing_residual": float(record["clearing_residual"].max()),
        "max_balance_residual": float(record["balance_residual"].max()),
        "max_goods_residual": float(record["goods_residual"].max()),
        "max_worker_residual": float(record["worker_residual"].max()),
    }


def _span(band: dict[str, float] | None, scale: float = 100.0, unit: str = " %") -> str:
    """Return `median (low to high)` with its unit."""
    if band is None:
        return "no value"
    low, mid, high = (band[name] * scale for name in BAND_NAMES)
    return f"{mid:,.0f}{unit} ({low:,.0f} to {high:,.0f}{unit})"


def words(found: dict[str, Any]) -> list[str]:
    """Return the answer in plain sentences, numbers as median (5 to 95 %)."""
    first, last = found["window"]
    lines = []
    loss = _span(found["loss_musd"], 1.0, " million USD")
    if not found["loss_significant"]:
        return [
            f"Between {first} and {last} China's restrictions cost the DPRK nothing that stands out "
            f"from the noise of the draws (loss {loss}): there is no loss to offset."
        ]
    lines.append(
        f"With Russia held still, China's restrictions cost the DPRK {loss} of hard-currency "
        f"receipts between {first} and {last}."
    )
    middle = found["offset_ratio"]["p50"]
    if middle > 1.0:
        verdict = "Russia made good more than all of it"
    elif middle > 0.5:
        verdict = "Russia made good most of it"
    elif middle > 0.05:
        verdict = "Russia made good a small part of it"
    elif middle >= -0.05:
        verdict = "Russia made good next to nothing of it"
    else:
        verdict = "Russia did not offset it; its own compliance cost the DPRK more on top"
    lines.append(f"{verdict}: the offset is {_span(found['offset_ratio'])} of the loss.")
    lines.append(
        f"Of this, {_span(found['autonomous'])} is what Russia would have done anyway and "
        f"{_span(found['interaction'])} is its answer to China."
    )
    names = {
        "same_good": "goods China had cut",
        "other_goods": "other goods",
        "labour": "labour",
        "arms_and_fees": "arms and port fees",
    }
    parts = [f"{names[k]} {_span(v)}" for k, v in found["by_channel"].items()]
    lines.append("Through: " + "; ".join(parts) + ".")
    if found["offset_ratio"]["p50"] < 0.0:
        lines.append(
            "A negative offset means that Russia's own sanctions, such as ending work permits, took "
            "more from the DPRK than diversion to Russia gave back."
        )
    lines.append(
        f"The chance that the offset passed one half is {found['prob_offset_gt_half']:.0%}; "
        f"that it passed the whole loss, {found['prob_offset_gt_one']:.0%}."
    )
    return lines


def flows_in_words(ensemble: Ensemble) -> list[dict[str, Any]]:
    """Return annual flows of C1S1 as customs would book them: series, year, band, USD million."""
    record, months = ensemble.record, ensemble.inputs.months
    arm = ensemble.arms.index("C1S1")
    totals = record.customs_totals()[:, arm]
    rows = []
    for year in sorted({m[:4] for m in months}):
        at = [t for t, m in enumerate(months) if m[:4] == year]
        for p, d, name in (
            (CHINA, SOLD, "China's imports from the DPRK"),
            (CHINA, BOUGHT, "China's exports to the DPRK"),
            (1, BOUGHT, "Russia's exports to the DPRK"),
            (1, SOLD, "Russia's imports from the DPRK"),
        ):
            rows.append({"year": year, "series": name, **quantiles(totals[at, :, p, d].sum(axis=0))})
    return rows
