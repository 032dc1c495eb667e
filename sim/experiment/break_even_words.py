"""Break-even in numbers and words: bands over draws, what Russia ever did beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.dprk import RAJIN_CEILING_TONNES
from sim.axes import RUSSIA, SOLD
from sim.base_year import MONTHS_A_YEAR, base_year
from sim.data import load
from sim.experiment.answer import (
    BAND,
    BAND_NAMES,
    few_draws_words,
    money_words,
    quantiles,
    share_words,
)
from sim.experiment.break_even import (
    ALL,
    CORRIDOR,
    LABOUR,
    OPENNESS,
    POTENTIAL,
    TARGETS,
    Answer,
    BreakEven,
    Curve,
    Setting,
)
from sim.experiment.break_even_search import AT_ONCE, FOUND, TOLERANCE
from sim.experiment.break_even_world import ADDED, AT_WORK, OFFSET, PURCHASES, RAJIN

Array = NDArray[np.float64]
Band = dict[str, float | None]

LEVER_WORDS = {
    POTENTIAL: "potential of idle firms",
    LABOUR: "workers let in",
    CORRIDOR: "corridors",
    ALL: "all three alike",
    OPENNESS: "openness",
}

QUANTITIES = {
    "added_musd_a_year": ADDED,
    "purchases_musd_a_year": PURCHASES,
    "workers": AT_WORK,
    "rajin_mt_a_year": RAJIN,
}

LEAST = (
    "least: the smallest one multiple of potential, workers and corridors together that reaches "
    "the target in the middle draw, each setting of law and openness apart"
)


def base_purchases() -> float:
    """Return what Russia bought in 2015-16, USD million a year, unrecorded goods included."""
    return float(base_year().flow[RUSSIA, SOLD].sum() * MONTHS_A_YEAR)


def ever() -> dict[str, Any]:
    """Return the most that Russia bought in a year and the most workers it held, with marks."""
    years = [row.year for row in load("trade_recommended")]
    bought = max(load("trade_recommended"), key=lambda row: row.russia_imports_from_dprk)
    crews = max(
        (row for row in load("labour") if row.host == "Russia" and row.workers_high is not None),
        key=lambda row: row.workers_high,
    )
    return {
        "purchases_2015_16_musd_a_year": base_purchases(),
        "most_purchases_musd_a_year": bought.russia_imports_from_dprk,
        "most_purchases_in": bought.year,
        "most_purchases_mark": bought.russia_mark,
        "purchases_known_from": years[0],
        "purchases_known_to": years[-1],
        "workers_2015_16": float(base_year().workers[RUSSIA]),
        "most_workers": crews.workers_high,
        "most_workers_in": crews.year,
        "most_workers_mark": crews.mark,
    }


def censored(values: Array) -> Band:
    """Return p05, p50 and p95 over draws, None where the place lies among those that never reach.

    A draw that never reaches its target is inf and counts as larger than all others.
    """
    if np.isfinite(values).all():
        found = quantiles(values)
        assert found is not None
        return dict(found)
    levels = np.quantile(values, BAND, method="inverted_cdf")
    return {
        name: float(level) if np.isfinite(level) else None
        for name, level in zip(BAND_NAMES, levels, strict=True)
    }


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return one answer as plain data."""
    curve, draws = answer.curve, len(answer.states)
    bands = {name: censored(answer.rows[:, k]) for name, k in QUANTITIES.items()}
    times = {
        name: None if level is None else level / base_purchases()
        for name, level in bands["purchases_musd_a_year"].items()
    }
    return {
        **setting_data(curve),
        "target": answer.target,
        "value": censored(answer.value),
        "unit": "level of support, 0 to 1" if curve.lever == OPENNESS else "multiple",
        **bands,
        "purchases_times_2015_16": times,
        "draws": draws,
        "share_never": answer.never / draws,
        "share_at_once": answer.states.count(AT_ONCE) / draws,
        "roots": answer.states.count(FOUND),
        "roots_off": answer.off,
        "offset_error": answer.error,
    }


def setting_data(curve: Curve) -> dict[str, Any]:
    """Return lever and setting of a curve as plain data; openness null where the rule decides."""
    support = curve.setting.support
    return {
        "lever": curve.lever,
        "law": "as it was" if curve.setting.law else "none",
        "openness": None if np.isnan(support) else support,
    }


def surface_data(curve: Curve) -> list[dict[str, Any]]:
    """Return the bands of a curve, one row a place of its grid."""
    rows = []
    for value, at in zip(curve.values, curve.rows, strict=True):
        row = {**setting_data(curve), "value": float(value)}
        for name, k in ({"offset": OFFSET} | QUANTITIES).items():
            band = quantiles(at[:, k])
            assert band is not None
            row |= {f"{name}_{place}": level for place, level in band.items()}
        rows.append(row)
    return rows


def setting_words(setting: Setting) -> str:
    """Return a setting in words."""
    law = "law as it was" if setting.law else "no law"
    support = (
        "support by its rule" if np.isnan(setting.support) else f"openness {setting.support:g}"
    )
    return f"{law}, {support}"


def least(found: BreakEven, target: float) -> Answer | None:
    """Return the answer of all three levers with the smallest median, None where none reaches."""
    rows = [a for a in found.answers if a.curve.lever == ALL and a.target == target]
    reached = [a for a in rows if censored(a.value)["p50"] is not None]
    return min(reached, key=lambda a: censored(a.value)["p50"] or 0.0, default=None)


def number(value: float | None, digits: int) -> str:
    """Return a number with thousands separated, or that it lies beyond what was searched."""
    return "beyond" if value is None else f"{value:,.{digits}f}"


def spread(band: Band, digits: int) -> str:
    """Return a band as `median (low to high)`."""
    low, mid, high = (number(band[name], digits) for name in BAND_NAMES)
    if band["p05"] is None:
        return mid
    return f"{mid} ({low} to {high})"


def sentences(found: BreakEven) -> list[str]:
    """Return what would have been needed, in sentences."""
    loss = money_words(quantiles(found.loss.loss))
    if not found.loss.significant:
        return [
            "China's restrictions cost the DPRK nothing that stands out from the noise of the "
            f"draws (loss {loss}): there is no loss to offset, and no break-even."
        ]
    offsets = found.loss.offset[found.members]
    lines = [
        f"With Russia held still the DPRK lost {loss}; as Russia was, the offset is "
        f"{share_words(quantiles(offsets))} of it.",
        *(_least_sentence(found, target) for target in TARGETS),
        *_corridor_sentence(found),
        _ever_sentence(),
    ]
    if found.members.size < found.scenario.members:
        lines.append(
            f"{found.scenario.members - found.members.size} of {found.scenario.members} draws "
            "have no loss and are left out."
        )
    lines += few_draws_words(found.members.size)
    falling = sum(curve.falls > 0 for curve in found.curves)
    if falling:
        lines.append(
            f"On {falling} of {len(found.curves)} curves the offset falls by more than a point "
            "somewhere in at least one draw; the first crossing is taken."
        )
    return lines


def _least_sentence(found: BreakEven, target: float) -> str:
    answer = least(found, target)
    if np.median(found.loss.offset[found.members]) >= target:
        return (
            f"As Russia was, {100.0 * target:.0f} % of the loss is already reached in the middle "
            "draw: it takes no more than that."
        )
    share = f"{100.0 * target:.0f} % of the loss"
    if answer is None:
        return (
            f"{share} is not reached in the middle draw by any common multiple of potential, "
            f"workers and corridors up to {found.most:,}, in any setting."
        )
    data = answer_data(answer)
    never = (
        f"; {100.0 * data['share_never']:.0f} % of draws never get there" if answer.never else ""
    )
    return (
        f"The least that reaches {share} is {spread(data['value'], 1)} times the potential of "
        f"idle firms (C), workers let in (C) and corridors together, with "
        f"{setting_words(answer.curve.setting)}: Russian purchases of "
        f"{spread(data['purchases_musd_a_year'], 0)} million USD a year, "
        f"{spread(data['purchases_times_2015_16'], 0)} times those of 2015-16, and "
        f"{spread(data['workers'], 0)} workers{never}."
    )


def _ever_sentence() -> str:
    did = ever()
    return (
        f"Russia bought goods for {did['purchases_2015_16_musd_a_year']:.1f} million USD a year in "
        f"2015-16 and in no year from {did['purchases_known_from']} to "
        f"{did['purchases_known_to']} for more than {did['most_purchases_musd_a_year']:.1f} "
        f"({did['most_purchases_in']}, {did['most_purchases_mark']}); it had "
        f"{did['workers_2015_16']:,.0f} workers, and {did['most_workers']:,.0f} by the highest "
        f"count ({did['most_workers_in']}, {did['most_workers_mark']})."
    )


def root_sentence(found: BreakEven) -> str:
    """Return how near the offset came to its targets where roots were searched."""
    roots = sum(answer.states.count(FOUND) for answer in found.answers)
    off = sum(answer.off for answer in found.answers)
    worst = max(answer.error for answer in found.answers)
    jumps = f"; {off} lie further off, where the offset jumps" if off else ""
    return (
        f"Each value was run: of {roots} roots, {roots - off} meet their target within "
        f"{100.0 * TOLERANCE:g} points of the loss{jumps} (the furthest {100.0 * worst:.1f} "
        "points)."
    )


def _corridor_sentence(found: BreakEven) -> list[str]:
    """Return what corridors alone would have to carry, for the least of their answers to half."""
    rows = [
        answer_data(a)
        for a in found.answers
        if a.curve.lever == CORRIDOR and a.target == TARGETS[0]
    ]
    if any(row["value"]["p50"] == 1.0 for row in rows):
        return []
    tonnes = [row["rajin_mt_a_year"]["p50"] for row in rows]
    reached = [t for t in tonnes if t is not None]
    if not reached:
        return ["Corridors alone reach half of the loss in no setting: they earn a port fee."]
    return [
        f"Corridors alone earn a port fee: for half of the loss Rajin would carry at least "
        f"{min(reached):,.0f} Mt of coal a year (median of draws), and it was built for "
        f"{RAJIN_CEILING_TONNES / 1e6:.0f} (B)."
    ]
