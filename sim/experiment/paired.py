"""What is compared of each scenario, member by member, and its difference to the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, RUSSIA, SOLD
from sim.experiment.answer import CHANNEL_WORDS, quantiles, window_of
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.ensemble import Ensemble
from sim.experiment.offset import (
    CHANNELS,
    SIGNIFICANT,
    Offset,
    offset,
    over_months,
    receipts,
    received,
    seed_noise,
)
from sim.experiment.stored import StoredRun

Array = NDArray[np.float64]

SHARE, MUSD, CHANCE = "share of the loss", "musd", "probability"

FLOWS = (
    ("China's recorded imports", CHINA, SOLD),
    ("China's recorded exports", CHINA, BOUGHT),
    ("Russia's recorded imports", RUSSIA, SOLD),
    ("Russia's recorded exports", RUSSIA, BOUGHT),
)


@dataclass(frozen=True)
class Quantity:
    """A quantity of one scenario: name, unit, group in the table, values (member,)."""

    name: str
    unit: str
    group: str
    values: Array


@dataclass(frozen=True)
class Measured:
    """All that is compared of one scenario; `monthly` is receipts in C1S1, (month, member)."""

    label: str
    quantities: dict[str, Quantity]
    months: tuple[str, ...]
    monthly: Array
    significant: bool
    seeds_per_draw: int


@dataclass(frozen=True)
class Row:
    """A quantity of one scenario and its paired difference to the reference.

    Bands are p05, p50, p95; `same_sign` is the share of members whose difference has the sign of
    the median one, `pairs` the members that have a value in both. Probabilities have no ends.
    """

    scenario: str
    quantity: str
    group: str
    unit: str
    band: dict[str, float] | None
    difference: dict[str, float] | None
    same_sign: float | None
    mean_difference: float | None
    seed_noise_se: float | None
    pairs: int

    @property
    def stands_out(self) -> bool | None:
        """Return whether the mean difference is beyond what seeds alone cause; None unknown."""
        if self.mean_difference is None or self.seed_noise_se is None:
            return None
        return abs(self.mean_difference) > SIGNIFICANT * self.seed_noise_se


def years_of(months: tuple[str, ...]) -> dict[str, slice]:
    """Return the months of each year by name; a year cut short is named by its months."""
    found = {}
    for year in sorted({month[:4] for month in months}):
        at = [t for t, month in enumerate(months) if month[:4] == year]
        name = year if len(at) == 12 else f"{months[at[0]]} to {months[at[-1]]}"
        found[name] = slice(at[0], at[-1] + 1)
    return found


def measured(label: str, ensemble: Ensemble, first: str, last: str) -> Measured:
    """Return what is compared of an ensemble that ran all four arms, from `first` to `last`."""
    months = ensemble.inputs.months
    window = slice(months.index(first), months.index(last) + 1)
    result = offset(
        receipts(ensemble.record, window), ensemble.arms, ensemble.scenario.seeds_per_draw
    )
    inside = months[window]
    rows = [*_answer(result), *_by_year(ensemble, window.start, inside)]
    arm = ensemble.arms.index(AS_IT_HAPPENS)
    return Measured(
        label,
        {row.name: row for row in rows},
        inside,
        np.array(ensemble.record["receipts"][window, arm]),
        result.significant,
        ensemble.scenario.seeds_per_draw,
    )


def measured_run(label: str, run: StoredRun) -> Measured:
    """Return the answer's part of what is compared, of a run read back, over its own window.

    The run needs all four arms and the arrays of `sim.experiment.offset.RECEIVED` and `receipts`.
    """
    window = window_of(run.scenario, run.months)
    seeds = run.scenario.seeds_per_draw
    got = received(run.arrays, run.parameters["textile_input_share"], window)
    result = offset(got, run.arms, seeds)
    arm = run.arms.index(AS_IT_HAPPENS)
    return Measured(
        label,
        {row.name: row for row in _answer(result)},
        run.months[window],
        np.array(run.arrays["receipts"][window, arm]),
        result.significant,
        seeds,
    )


def _answer(result: Offset) -> list[Quantity]:
    """Return loss, offset and what stands beside it; ratios NaN where there is no loss."""
    safe = np.where(result.significant & (result.loss > 0.0), result.loss, np.nan)
    ratio = lambda values: np.where(np.isfinite(safe), values, np.nan)  # noqa: E731
    whole = ratio(result.ratio)
    known = np.isfinite(whole)
    above = lambda x: np.where(known, whole > x, np.nan)  # noqa: E731
    group = "The answer"
    shares = {
        "offset": whole,
        "autonomous": ratio(result.autonomous),
        "interaction": ratio(result.interaction),
        **{CHANNEL_WORDS[n]: result.channels[n] / safe for n in CHANNELS},
        "offset without arms": ratio(result.without_arms),
        "welfare offset": ratio(result.welfare) if result.significant else safe,
        "gross offset": ratio(result.gross),
    }
    money = "What Russia changed over the window, by channel"
    return [
        Quantity("loss", MUSD, group, result.loss),
        *(Quantity(name, SHARE, group, values) for name, values in shares.items()),
        Quantity("offset above one half", CHANCE, group, above(0.5)),
        Quantity("offset above the whole loss", CHANCE, group, above(1.0)),
        *(
            Quantity(f"{CHANNEL_WORDS[n]}, amount", MUSD, money, result.channels[n])
            for n in CHANNELS
        ),
    ]


def _by_year(ensemble: Ensemble, start: int, inside: tuple[str, ...]) -> list[Quantity]:
    """Return receipts and recorded trade of each year in the arm where nobody is held still."""
    record, arm = ensemble.record, ensemble.arms.index(AS_IT_HAPPENS)
    customs = record.customs_totals()[:, arm]
    rows = []
    years = {
        name: slice(start + at.start, start + at.stop) for name, at in years_of(inside).items()
    }
    for name, at in years.items():
        total = over_months(record["receipts"][at, arm])
        rows.append(
            Quantity(
                f"receipts {name}",
                MUSD,
                "Receipts by year, China restricting and Russia free, other income included",
                total,
            )
        )
    for flow, partner, direction in FLOWS:
        for name, at in years.items():
            total = over_months(customs[at, :, partner, direction])
            rows.append(
                Quantity(
                    f"{flow}, {name}",
                    MUSD,
                    "Trade as customs record it, China restricting and Russia free",
                    total,
                )
            )
    return rows


def paired(side: Measured, reference: Measured) -> list[Row]:
    """Return every quantity of a scenario with its difference to the reference, by member."""
    return [
        _row(side, quantity, reference.quantities[name])
        for name, quantity in side.quantities.items()
    ]


def _row(side: Measured, here: Quantity, there: Quantity) -> Row:
    change = here.values - there.values
    known = change[np.isfinite(change)]
    band, difference = quantiles(here.values), quantiles(change)
    sign = same_sign(known)
    if here.unit == CHANCE:
        band, difference, sign = _mean(here.values), _mean(change), None
    whole = known.size == change.size
    return Row(
        side.label, here.name, here.group, here.unit, band, difference, sign,
        float(known.mean()) if known.size else None,
        seed_noise(change, side.seeds_per_draw) if whole else None,
        int(known.size),
    )  # fmt: skip


def same_sign(change: Array) -> float | None:
    """Return the share of members whose difference has the median's sign, None for a zero one."""
    sign = np.sign(np.median(change)) if change.size else 0.0
    return float((np.sign(change) == sign).mean()) if sign else None


def _mean(values: Array) -> dict[str, float] | None:
    """Return the share of members as a band's middle alone."""
    known = values[np.isfinite(values)]
    return {"p50": float(known.mean())} if known.size else None
