"""What a stored run says on the claims of the article: bands over its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.axes import ARMS, BOUGHT, CHINA, COAL, RUSSIA, SOLD
from sim.base_year import base_year
from sim.errors import DivertError
from sim.experiment.answer import quantiles
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.claim_facts import MUSD, PERCENT, SHARE, Number
from sim.experiment.claim_rules import Band
from sim.experiment.offset import RECEIVED, Offset, offset, received
from sim.experiment.stored import AGAIN, StoredRun

Array = NDArray[np.float64]

NEEDED = tuple(dict.fromkeys((*RECEIVED, "transit_value", "transit_cleared")))
"""Recorded arrays that the claims need beside those of `read_run`."""

FIRST, LAST = "2015-01", "2017-12"
"""Months that a run must cover: the year before the comparison, and the article's year."""

YEAR = ("2017-01", "2017-12")
YEARS = ("2017-01", "2019-12")
FREE, UNRESTRICTED = AS_IT_HAPPENS, "C0S1"


@dataclass(frozen=True)
class Told:
    """What a run says: offsets by window, None where no loss stands out, and other numbers."""

    ratios: dict[str, Band | None]
    numbers: dict[str, Number]


def check_run(run: StoredRun) -> None:
    """Raise DivertError for a run from which the claims cannot be tested."""
    first, last = run.months[0], run.months[-1]
    if first > FIRST or last < LAST:
        raise DivertError(
            f"found a run from {first} to {last}; allowed: one that covers {FIRST} to {LAST}, as "
            "of the scenario `historical`",
            key=run.scenario.name,
        )
    missing = [arm for arm in ARMS if arm not in run.arms]
    if missing:
        raise DivertError(
            f"found a run without the arms {', '.join(missing)}; allowed: one with all of "
            f"{', '.join(ARMS)}",
            key=run.scenario.name,
        )
    if run.scenario.tightening_from > YEAR[0]:
        raise DivertError(
            f"found arms that part in {run.scenario.tightening_from}; allowed: a run whose "
            f"tightening_from is not after {YEAR[0]}, as of the scenario `historical`",
            key=run.scenario.name,
        )
    if "textile_input_share" not in run.parameters:
        raise DivertError(
            f"found no textile_input_share, as another version of divert wrote it; {AGAIN}",
            key=run.scenario.name,
        )


def told(run: StoredRun) -> Told:
    """Return what a run says on the claims; raises DivertError as `check_run`."""
    check_run(run)
    ratios: dict[str, Band | None] = {}
    numbers: list[Number] = []
    windows = [w for w in (YEAR, YEARS) if w[1] <= run.months[-1]]
    for window in windows:
        found = _offset(run, window)
        label = window[0][:4] if window == YEAR else f"{window[0][:4]}-{window[1][2:4]}"
        ratios[label] = _triple(found.ratio) if found.significant else None
        numbers += _offset_numbers(run, found, label)
    numbers += [*_snapshot(run), *_labour(run), *_coal(run), *_politics(run)]
    known = {n.name: n for n in numbers if np.isfinite(n.middle)}
    return Told(ratios, known)


def _offset(run: StoredRun, window: tuple[str, str]) -> Offset:
    """Return the offset of a window."""
    got = received(run.arrays, run.parameters["textile_input_share"], _span(run, *window))
    return offset(got, run.arms, run.scenario.seeds_per_draw)


def _span(run: StoredRun, first: str, last: str) -> slice:
    return slice(run.months.index(first), run.months.index(last) + 1)


def _triple(values: Array) -> Band | None:
    """Return p05, p50 and p95 of known values."""
    band = quantiles(values)
    return None if band is None else (band["p05"], band["p50"], band["p95"])


def _number(run: StoredRun, name: str, words: str, values: Array, unit: str) -> Number:
    """Return the band of (member,) values as a number."""
    band = _triple(values) or (float("nan"),) * 3
    source = f"run {run.scenario.name}, {run.members} members"
    return Number(name, words, band, unit, source, "model")


def _over(part: Array, whole: Array) -> Array:
    """Return a ratio, NaN where there is nothing to divide by."""
    return np.asarray(part / np.where(whole > 0.0, whole, np.nan))


def _offset_numbers(run: StoredRun, found: Offset, label: str) -> list[Number]:
    """Return loss, offset and its answer to China in a window; the loss alone if it is none."""
    loss = _number(run, f"loss_{label}", f"Loss from China's restrictions, {label}, Russia held "
                   "still", found.loss, MUSD)  # fmt: skip
    if not found.significant:
        return [loss]
    share = 100.0 * found.ratio, 100.0 * found.interaction
    return [
        loss,
        _number(run, f"offset_{label}", f"Russia's offset of it, {label}", share[0], PERCENT),
        _number(run, f"answer_{label}", f"of which Russia's answer to China, {label}", share[1],
                PERCENT),
    ]  # fmt: skip


def _sum(run: StoredRun, name: str, first: str, last: str, *at: int) -> Array:
    """Return the sum over months in the arm as it happens, (member,)."""
    picked = run.arrays[name][_span(run, first, last), run.arms.index(FREE)]
    place: tuple[Any, ...] = (..., *at)
    return np.asarray(picked[place].sum(axis=0))


def _trade(run: StoredRun, year: int) -> dict[str, Array]:
    """Return recorded trade with Russia in January and February, by part, million USD."""
    first, last = f"{year}-01", f"{year}-02"
    share = base_year().recorded_share
    value = run.arrays["legal_value"][_span(run, first, last), run.arms.index(FREE)].sum(axis=0)
    booked = (value * share)[:, RUSSIA].sum(axis=-1)
    return {
        "transit": _sum(run, "transit_value", first, last),
        "volume": _sum(run, "transit_cleared", first, last),
        "sold": booked[:, BOUGHT],
        "bought": booked[:, SOLD],
    }


def _snapshot(run: StoredRun) -> list[Number]:
    """Return the rise of January and February 2017 and what it is made of."""
    old, new = _trade(run, 2016), _trade(run, 2017)
    total = [t["transit"] + t["sold"] + t["bought"] for t in (old, new)]
    rise = total[1] - total[0]
    prices = [_over(t["transit"], t["volume"]) for t in (old, new)]
    by_price = (prices[1] - prices[0]) * 0.5 * (old["volume"] + new["volume"])
    coal = new["transit"] - old["transit"]
    parts = (
        ("by_price", "made by the price of transit coal", by_price),
        ("by_volume", "made by its volume", coal - by_price),
        ("by_sold", "made by Russia's other exports", new["sold"] - old["sold"]),
        ("by_bought", "made by Russia's imports", new["bought"] - old["bought"]),
    )
    growth = 100.0 * (_over(total[1], total[0]) - 1.0)
    points = lambda part: 100.0 * _over(part, total[0])  # noqa: E731
    return [
        _number(run, "growth", "Two-way trade, Jan-Feb 2017 on a year before", growth, PERCENT),
        *(_number(run, name, f"  of which {words}, points of growth", points(part), "points")
          for name, words, part in parts),
        _number(run, "coal_share", "Transit coal in the rise", _over(coal, rise), SHARE),
        _number(run, "transit_fees", "Port fees the DPRK earned of it, 2017",
                _sum(run, "fees", *YEAR), MUSD),
        _number(run, "transit_value", "Transit coal as Russia books it, 2017",
                _sum(run, "transit_value", *YEAR), MUSD),
    ]  # fmt: skip


def _labour(run: StoredRun) -> list[Number]:
    """Return money from workers in Russia in 2017 and its share of all receipts."""
    money = sum(
        (_sum(run, name, *YEAR, RUSSIA) for name in ("remittance_legal", "remittance_visa")),
        np.zeros(run.members),
    )
    receipts = _sum(run, "receipts", *YEAR)
    permits = run.arrays["permits"][run.months.index(LAST), run.arms.index(FREE), :, RUSSIA]
    return [
        _number(run, "labour", "Money from workers in Russia, 2017", money, MUSD),
        _number(run, "labour_share", "Its share in all hard-currency receipts, 2017",
                _over(money, receipts), SHARE),
        _number(run, "permits", "Workers on permits in Russia, December 2017", permits,
                "workers"),
    ]  # fmt: skip


def _coal(run: StoredRun) -> list[Number]:
    """Return the fall of China's recorded coal imports after February 2017, and of the year."""

    def booked(first: str, last: str) -> Array:
        return _sum(run, "legal_value", first, last, CHINA, SOLD, COAL)

    before, after = booked("2016-03", "2016-07"), booked("2017-03", "2017-07")
    lost = booked("2016-01", "2016-12") - booked(*YEAR)
    return [
        _number(run, "fall", "Fall of China's coal imports, Mar-Jul 2017 on a year before",
                1.0 - _over(after, before), SHARE),
        _number(run, "coal_lost", "Coal money from China, 2017 less than 2016", lost, MUSD),
    ]  # fmt: skip


def _politics(run: StoredRun) -> list[Number]:
    """Return Russia's support and enforcement, and what support adds because China restricts."""
    end, before = run.months.index(LAST), run.months.index(run.scenario.tightening_from) - 1
    free = run.arrays["support"][:, run.arms.index(FREE), :, RUSSIA]
    enforced = run.arrays["enforcement"][:, run.arms.index(FREE), :, RUSSIA]
    goods = run.arrays["legal_value"] + run.arrays["illegal_value"]
    sold = goods[_span(run, *YEAR)][..., RUSSIA, BOUGHT, :].sum(axis=(0, -1))
    more = sold[run.arms.index(FREE)] - sold[run.arms.index(UNRESTRICTED)]
    return [
        _number(run, "support", "Russia's political support in December 2017, 0 to 1", free[end],
                "index"),
        _number(run, "support_rise", "its rise since before China tightened",
                free[end] - free[before], "index"),
        _number(run, "enforcement", "Russia's enforcement in December 2017, 0 to 1",
                enforced[end], "index"),
        _number(run, "sold_more", "What Russia sold more in 2017 because China restricts", more,
                MUSD),
    ]  # fmt: skip
