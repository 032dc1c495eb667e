"""Paths by month: judged, historical or of a scenario's own; arrays over the period's months."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.axes import GOODS, N_DIRECTIONS, N_GOODS, N_PARTNERS, PARTNERS, months
from sim.data import load
from sim.kernels.enforcement import provocation_index, thaw_index
from sim.scenario import Scenario

Array = NDArray[np.float64]

PROVOCATION_WEIGHTS = {"nuclear": 1.0, "icbm": 0.7, "other": 0.1}
"""Weight of a test in the provocation index (C, ODD section 7)."""


def _levels(
    rows: tuple[tuple[str, str, float], ...], period: tuple[str, ...], default: float
) -> Array:
    """Return a path by month from (first month, last month, level) rows; later rows win."""
    out = np.full(len(period), default)
    for first, last, level in rows:
        for t, month in enumerate(period):
            if first <= month <= last:
                out[t] = level
    return out


def seasonal_index() -> Array:
    """Return the seasonal index of China's exports to the DPRK, estimated on 2016 alone, (12,)."""
    year = [r.cn_export_closed for r in load("trade_china_monthly") if r.year == 2016]
    index = np.array(year) / np.mean(year)
    return np.asarray(index / index.mean())


def political(path: str, period: tuple[str, ...]) -> Array:
    """Return a judged path of `data/political_paths.csv` by month and partner."""
    out = np.zeros((len(period), N_PARTNERS))
    for p, partner in enumerate(PARTNERS):
        rows = tuple(
            (r.start, r.end, r.level)
            for r in load("political_paths")
            if r.path == path and r.partner in (partner, "all")
        )
        out[:, p] = _levels(rows, period, 0.0)
    return out


def us_pressure(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return US pressure by month."""
    setting = scenario.us_pressure
    if setting.mode == "historical":
        rows = tuple((r.start, r.end, r.level) for r in load("us_pressure"))
        return _levels(rows, period, 0.1)
    return setting.by_month(period)


def provocations(period: tuple[str, ...]) -> Array:
    """Return the provocation index by month; tests before the period have their echo in it."""
    weights, names = [], []
    for row in load("provocations"):
        if row.month > period[-1]:
            break
        icbm = row.of_which_icbm
        other = max(row.launch_days_cns - icbm, 0)
        weights.append(
            PROVOCATION_WEIGHTS["nuclear"] * row.nuclear_tests
            + PROVOCATION_WEIGHTS["icbm"] * icbm
            + PROVOCATION_WEIGHTS["other"] * other
        )
        names.append(row.month)
    index = dict(zip(names, provocation_index(np.array(weights)), strict=True))
    return np.array([index[m] for m in period])


def thaw(period: tuple[str, ...]) -> Array:
    """Return the index of summits with each partner, (month, partner); earlier ones echo in it."""
    held = [(f"{row.date:%Y-%m}", row.partner) for row in load("summits")]
    run = months(min(period[0], *(month for month, _ in held)), period[-1])
    counts = [[float(held.count((month, name))) for month in run] for name in PARTNERS]
    index = np.stack([thaw_index(np.array(row)) for row in counts], axis=-1)
    return np.asarray(index[len(run) - len(period) :])


def openness(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return the share of each border that is open, times the scenario's corridors."""
    out = np.ones((len(period), N_PARTNERS))
    if scenario.actors.DPRK.border == "historical":
        rows = {(r.partner, r.month): r.open for r in load("border_months")}
        for p, partner in enumerate(PARTNERS):
            for t, month in enumerate(period):
                if (partner, month) in rows:
                    out[t, p] = rows[partner, month]
        out[:, 2] = np.minimum(out[:, 0], out[:, 1])
    for p, partner in enumerate(PARTNERS):
        corridor = scenario.actors[partner].corridor
        if corridor.levels is not None:
            out[:, p] *= corridor.levels.by_month(period)
        out[:, p] *= shock(scenario, period, "corridor", partner)
    return out


def shock(
    scenario: Scenario, period: tuple[str, ...], target: str, partner: str | None = None
) -> Array:
    """Return the product of the factors of a scenario's shocks on one target, by month."""
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
    """Return a partner's fixed or historical level by month, NaN where its rule decides."""
    mode = getattr(setting, "mode")  # noqa: B009
    if mode in ("adaptive", "rule"):
        return np.full(len(period), np.nan)
    if mode == "historical":
        return judged_enforcement(partner, period)
    return setting.by_month(period)  # type: ignore[attr-defined,no-any-return]


def judged_enforcement(partner: str, period: tuple[str, ...]) -> Array:
    """Return the judged enforcement index (C); the rest of the world is the mean of the two."""
    by_partner = [
        _levels(
            tuple(
                (r.start, r.end, r.level) for r in load("enforcement_index") if r.partner == name
            ),
            period,
            0.1,
        )
        for name in (("China", "Russia") if partner == "RestOfWorld" else (partner,))
    ]
    return np.asarray(np.mean(by_partner, axis=0))
