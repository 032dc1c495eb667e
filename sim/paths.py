"""Paths by month: judged, historical or of a scenario's own; arrays over the period's months."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.axes import (
    GOODS,
    N_DIRECTIONS,
    N_GOODS,
    N_PARTNERS,
    PARTNERS,
    month_name,
    month_number,
    months,
)
from sim.data import load
from sim.kernels.council import OUTLOOK_MONTHS, TENSION_MONTHS
from sim.kernels.enforcement import US_PRESSURE_BASE, fade, provocation_index, thaw_index
from sim.scenario import Scenario
from sim.scenario_terms import levels_by_month

Array = NDArray[np.float64]

PROVOCATION_WEIGHTS = {"nuclear": 1.0, "icbm": 0.7, "other": 0.1}
"""Weight of a test in the provocation index (C, ODD section 7)."""


def seasonal_index() -> Array:
    """Return the seasonal index of China's exports to the DPRK, estimated on 2016 alone, (12,)."""
    year = [r.cn_export_closed for r in load("trade_china_monthly") if r.year == 2016]
    index = np.array(year) / np.mean(year)
    return np.asarray(index / index.mean())


def political(path: str, period: tuple[str, ...], edge: str = "level") -> Array:
    """Return a path of `data/political_paths.csv`, or an `edge` of its range, (month, partner)."""
    out = np.zeros((len(period), N_PARTNERS))
    for p, partner in enumerate(PARTNERS):
        rows = tuple(
            (r.start, r.end, getattr(r, edge))
            for r in load("political_paths")
            if r.path == path and r.partner in (partner, "all")
        )
        out[:, p] = levels_by_month(rows, period, 0.0)
    return out


def judged(path: str, period: tuple[str, ...], place: Array) -> Array:
    """Return a judged path where each member takes it, (month, member, partner)."""
    low, mid, high = (political(path, period, edge) for edge in ("low", "level", "high"))
    return within(low, mid, high, place)


def within(low: Array, mid: Array, high: Array, place: Array) -> Array:
    """Return where in its range each member takes a path, (month, member, ...).

    `place` (member,) is 0 for the low end, 0.5 for the level and 1 for the high end.
    """
    shape = (1, place.size) + (1,) * (mid.ndim - 1)
    below = np.maximum(1.0 - 2.0 * place, 0.0).reshape(shape)
    above = np.maximum(2.0 * place - 1.0, 0.0).reshape(shape)
    middle = mid[:, None]
    return np.asarray(middle + (high - mid)[:, None] * above - (mid - low)[:, None] * below)


def us_pressure(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return US pressure by month, 0 to 1, (month,)."""
    setting = scenario.us_pressure
    if setting.mode == "historical":
        return recorded_pressure(period)
    return setting.by_month(period)


def us_pressure_before(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return US pressure of the `OUTLOOK_MONTHS` before the period, oldest first, (month,).

    As recorded, the base before the record; a scenario's own pressure counts as usual at its start.
    """
    if scenario.us_pressure.mode != "historical":
        return np.full(OUTLOOK_MONTHS, scenario.us_pressure.by_month(period)[0])
    first = month_number(period[0])
    names = tuple(month_name(n) for n in range(first - OUTLOOK_MONTHS, first))
    return recorded_pressure(names)


def recorded_pressure(names: tuple[str, ...]) -> Array:
    """Return judged US pressure of any months, the base before the record, (month,)."""
    rows = tuple((r.start, r.end, r.level) for r in load("us_pressure"))
    return levels_by_month(rows, names, US_PRESSURE_BASE)


def monitors_gone(period: tuple[str, ...]) -> float:
    """Return in which month of the period, counted from its start, the monitors left, as recorded.

    Negative before it; infinite where they were at work when it began.
    """
    ends = [r.end for r in load("political_paths") if r.path == "monitoring" and r.level == 1.0]
    last = month_number(max(ends)) + 1 - month_number(period[0])
    return float(last) if last <= 0 else np.inf


def tension_before(period: tuple[str, ...]) -> float:
    """Return grave tests before the period that no resolution of the record had answered."""
    votes = [f"{r.adopted:%Y-%m}" for r in load("measures") if r.issuer == "UN"]
    answered = max((month for month in votes if month < period[0]), default="")
    tension = 0.0
    for month in recorded_tests():
        if month < period[0]:
            tension *= fade(TENSION_MONTHS)
            tension += float(grave_tests((month,))[0]) if month > answered else 0.0
    return float(tension)


def recorded_tests() -> dict[str, tuple[float, float, float]]:
    """Return nuclear tests, intercontinental launches and days with other launches by month."""
    return {
        row.month: (
            float(row.nuclear_tests),
            float(row.of_which_icbm),
            float(max(row.launch_days_cns - row.of_which_icbm, 0)),
        )
        for row in load("provocations")
    }


def tests(period: tuple[str, ...]) -> Array:
    """Return the recorded tests of each month, (month, kind)."""
    record = recorded_tests()
    return np.array([record[m] for m in period])


def grave_tests(period: tuple[str, ...]) -> Array:
    """Return nuclear and intercontinental tests by weight, (month,): those drafts answer."""
    counts = tests(period)
    return (
        counts[:, 0] * PROVOCATION_WEIGHTS["nuclear"] + counts[:, 1] * PROVOCATION_WEIGHTS["icbm"]
    )


def _provocation_of() -> dict[str, float]:
    """Return the provocation index of every recorded month."""
    record = recorded_tests()
    kinds = [PROVOCATION_WEIGHTS[kind] for kind in ("nuclear", "icbm", "other")]
    weights = [n * kinds[0] + i * kinds[1] + o * kinds[2] for n, i, o in record.values()]
    return dict(zip(record, provocation_index(np.array(weights)), strict=True))


def provocations(period: tuple[str, ...]) -> Array:
    """Return the provocation index, (month,); tests before the period have their echo in it."""
    index = _provocation_of()
    return np.array([index[m] for m in period])


def provocation_before(period: tuple[str, ...]) -> float:
    """Return the provocation index of the month before the period."""
    return _provocation_of().get(month_name(month_number(period[0]) - 1), 0.0)


def labour_terms(scenario: Scenario, period: tuple[str, ...]) -> tuple[Array, Array]:
    """Return wages and quotas of workers relative to 2015-16, each (month, partner).

    Both 1 unless the scenario asks for the reported terms.
    """
    out = []
    for term in ("wage", "quota"):
        values = np.ones((len(period), N_PARTNERS))
        if scenario.actors.DPRK.labour_terms == "reported":
            for p, partner in enumerate(PARTNERS):
                rows = tuple(
                    (r.start, r.end, r.level)
                    for r in load("labour_terms")
                    if r.term == term and r.partner in (partner, "all")
                )
                usual = levels_by_month(rows, ("2016-01",), 1.0)[0]
                values[:, p] = levels_by_month(rows, period, usual) / usual
        out.append(values)
    return out[0], out[1]


def thaw(period: tuple[str, ...]) -> Array:
    """Return the index of summits with each partner, (month, partner); earlier ones echo in it."""
    held = [(f"{row.date:%Y-%m}", row.partner) for row in load("summits")]
    run = months(min(period[0], *(month for month, _ in held)), period[-1])
    counts = [[float(held.count((month, name))) for month in run] for name in PARTNERS]
    index = np.stack([thaw_index(np.array(row)) for row in counts], axis=-1)
    return np.asarray(index[len(run) - len(period) :])


def openness(scenario: Scenario, period: tuple[str, ...], place: Array) -> Array:
    """Return the share of each border that is open, times the scenario's corridors.

    (month, member, partner); `place` (member,) says where in its range each takes the record.
    """
    out = np.ones((len(period), place.size, N_PARTNERS))
    if scenario.actors.DPRK.border == "historical":
        low, mid, high = (_recorded_border(period, edge) for edge in ("low", "open", "high"))
        out = within(low, mid, high, place)
    for p, partner in enumerate(PARTNERS):
        corridor = scenario.actors[partner].corridor
        if corridor.levels is not None:
            out[..., p] *= corridor.levels.by_month(period)[:, None]
        out[..., p] *= shock(scenario, period, "corridor", partner)[:, None]
    return out


def _recorded_border(period: tuple[str, ...], edge: str) -> Array:
    """Return an end of the record of each border, (month, partner).

    No record exists for the rest of the world: it takes the lower of the two.
    """
    out = np.ones((len(period), N_PARTNERS))
    rows = {(r.partner, r.month): getattr(r, edge) for r in load("border_months")}
    for p, partner in enumerate(PARTNERS):
        for t, month in enumerate(period):
            out[t, p] = rows.get((partner, month), 1.0)
    out[:, 2] = np.minimum(out[:, 0], out[:, 1])
    return out


def shock(
    scenario: Scenario, period: tuple[str, ...], target: str, partner: str | None = None
) -> Array:
    """Return the product of the factors of a scenario's shocks on one target, (month,)."""
    out = np.ones(len(period))
    for one in scenario.shocks:
        if one.target == target and (partner is None or one.partner in (None, partner)):
            inside = [one.first <= m <= one.last for m in period]
            out[np.array(inside)] *= one.factor
    return out


def capacity_shock(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return the factor on firms' capacity, (month, partner, direction, good)."""
    out = np.ones((len(period), N_PARTNERS, N_DIRECTIONS, N_GOODS))
    for one in scenario.shocks:
        if one.target != "potential":
            continue
        inside = np.array([one.first <= m <= one.last for m in period])
        for p, partner in enumerate(PARTNERS):
            for d, goods in enumerate(GOODS):
                for g, good in enumerate(goods):
                    if one.partner in (None, partner) and one.good in (None, good):
                        out[inside, p, d, g] *= one.factor
    return out


def fixed_level(setting: object, partner: str, period: tuple[str, ...]) -> Array:
    """Return a partner's fixed or historical level, (month,), NaN where its rule decides."""
    mode = getattr(setting, "mode")  # noqa: B009
    if mode in ("adaptive", "rule"):
        return np.full(len(period), np.nan)
    if mode == "historical":
        return judged_enforcement(partner, period)
    return setting.by_month(period)  # type: ignore[attr-defined,no-any-return]


def judged_enforcement(partner: str, period: tuple[str, ...]) -> Array:
    """Return the judged enforcement index (C), (month,); the rest of the world has the mean."""
    by_partner = [
        levels_by_month(
            tuple(
                (r.start, r.end, r.level) for r in load("enforcement_index") if r.partner == name
            ),
            period,
            0.1,
        )
        for name in (("China", "Russia") if partner == "RestOfWorld" else (partner,))
    ]
    return np.asarray(np.mean(by_partner, axis=0))
