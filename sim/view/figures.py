"""Figures of a run as files: pure functions from an ensemble to a Matplotlib figure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, COAL, PARTNERS, RUSSIA, SOLD
from sim.data import load
from sim.experiment.answer import BAND
from sim.experiment.arms import ARM_WORDS, shown_arm
from sim.experiment.ensemble import Ensemble
from sim.experiment.offset import Offset
from sim.paths import judged_enforcement
from sim.view.colours import (
    ARM_COLOURS,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PARTNER_COLOURS,
    PURPLE,
    RED,
    SKY,
)
from sim.view.decision_figures import who_moved_whom, who_moved_whom_matrix
from sim.view.drawing import (
    days_of,
    draw_band,
    grid_of_axes,
    legend_below,
    save_pngs,
    thousands,
    time_axis,
)
from sim.view.partner_words import PARTNER_LABELS

Array = NDArray[np.float64]

BANDS = "median, 5-95 % of members"
HELD_STILL = "C1S0"

NAME_HEIGHTS = 1.02 + 0.06 * np.arange(4)
"""Heights at which the names of resolutions stand in turn, above levels of 0 to 1."""


def model_against_data(ensemble: Ensemble) -> Figure:
    """Return recorded trade by month, model band against customs: China, coal, Russia."""
    record, months = ensemble.record, ensemble.inputs.months
    shown = shown_arm(ensemble.arms)
    arm = ensemble.arms.index(shown)
    days = days_of(months)
    totals = record.customs_totals()[:, arm]
    coal = record.recorded()[:, arm, :, CHINA, SOLD, COAL]
    rows = [r for r in load("trade_china_monthly") if f"{r.year}-{r.month:02d}" in months]
    when = [date(r.year, r.month, 15) for r in rows]
    figure, axes = grid_of_axes(2, 2, (11, 7))
    panels = (
        ("China's imports from the DPRK", totals[..., CHINA, SOLD], "cn_import_closed"),
        ("China's exports to the DPRK (crude oil apart)", totals[..., CHINA, BOUGHT],
         "cn_export_closed"),
        ("China's imports of DPRK coal", coal, "coal_import_musd"),
    )  # fmt: skip
    for axis, (title, values, column) in zip(axes, panels, strict=False):
        draw_band(axis, days, values, RED, "model: median, 5-95 %")
        seen = [(d, getattr(r, column)) for d, r in zip(when, rows, strict=True)]
        seen = [(d, v) for d, v in seen if v is not None]
        if seen:
            axis.plot(*zip(*seen, strict=True), "k.", markersize=4, label="customs")
        axis.set_title(title, loc="left", fontsize=10)
        axis.set_ylabel("million USD a month")
        axis.set_ylim(bottom=0)
        time_axis(axis)
        axis.legend(frameon=False, fontsize=8)
    _russia_quarters(axes[3], totals[..., RUSSIA, BOUGHT], months)
    figure.suptitle(
        f"Model against data: trade as customs record it ({ARM_WORDS[shown]})", fontsize=12
    )
    return figure


def _russia_quarters(axis: Axes, monthly: Array, months: tuple[str, ...]) -> None:
    """Draw Russia's recorded exports by quarter against customs; half years as two equal halves."""
    quarters = sorted({(m[:4], (int(m[5:7]) - 1) // 3) for m in months})
    at = {q: [t for t, m in enumerate(months) if (m[:4], (int(m[5:7]) - 1) // 3) == q]
          for q in quarters}  # fmt: skip
    whole = [q for q in quarters if len(at[q]) == 3]
    values = np.stack([monthly[at[q]].sum(axis=0) for q in whole])
    days = [date(int(y), 3 * q + 2, 15) for y, q in whole]
    draw_band(axis, days, values, BLUE, "model: median, 5-95 %")
    seen = []
    for row in load("trade_russia_quarterly"):
        parts = [int(x) for x in str(row.quarter).split("-")]
        for part in parts:
            day = date(row.year, 3 * (part - 1) + 2, 15)
            if days and days[0] <= day <= days[-1]:
                seen.append((day, row.ru_export_musd / len(parts)))
    if seen:
        axis.plot(*zip(*seen, strict=True), "k.", markersize=5, label="customs")
    axis.set_title("Russia's exports to the DPRK, transit coal included", loc="left", fontsize=10)
    axis.set_ylabel("million USD a quarter")
    axis.set_ylim(bottom=0)
    time_axis(axis)
    axis.legend(frameon=False, fontsize=8)


def partners_by_direction(ensemble: Ensemble) -> Figure:
    """Return what China and Russia moved by direction, with and without China's restrictions."""
    record, days = ensemble.record, days_of(ensemble.inputs.months)
    value = record["legal_value"] + record["illegal_value"]
    totals = value.sum(axis=-1)
    totals[..., RUSSIA, BOUGHT] += record["transit_value"]
    figure, axes = grid_of_axes(2, 2, (11, 7))
    lines = _lines(ensemble, ("C1S1", "C0S1", HELD_STILL))
    panels = (
        (CHINA, SOLD, "China buys from the DPRK"),
        (CHINA, BOUGHT, "China sells to the DPRK (crude oil apart)"),
        (RUSSIA, SOLD, "Russia buys from the DPRK"),
        (RUSSIA, BOUGHT, "Russia sells to the DPRK, transit coal included"),
    )
    for axis, (p, d, title) in zip(axes, panels, strict=True):
        for arm, *drawn in lines:
            draw_band(axis, days, totals[:, arm, :, p, d], *drawn)
        axis.set_title(title, loc="left", fontsize=10)
        axis.set_ylabel("million USD a month")
        axis.set_ylim(bottom=0)
        time_axis(axis)
    axes[0].legend(frameon=False, fontsize=8)
    figure.suptitle(
        f"Goods moved, recorded or not: China and Russia on scales of their own ({BANDS})",
        fontsize=12,
    )
    return figure


def _lines(ensemble: Ensemble, wanted: tuple[str, ...]) -> list[tuple[int, str, str, str]]:
    """Return place, colour, words and line of the arms to compare that were run, at least one."""
    run = [arm for arm in wanted if arm in ensemble.arms] or [shown_arm(ensemble.arms)]
    # Where nothing tells it from the arm with Russia free, both must be seen.
    line = lambda arm: "--" if arm == HELD_STILL else "-"  # noqa: E731
    return [(ensemble.arms.index(arm), ARM_COLOURS[arm], ARM_WORDS[arm], line(arm)) for arm in run]


def routes_of_coal(ensemble: Ensemble) -> Figure:
    """Return DPRK coal by route: legal, released from bond, illegal, refused; and its price."""
    record, days = ensemble.record, days_of(ensemble.inputs.months)
    shown = shown_arm(ensemble.arms)
    arm = ensemble.arms.index(shown)
    price = record["export_price"][:, arm, :, COAL]
    released = record["released"][:, arm, :, CHINA, COAL] * price
    legal = record["legal_value"][:, arm, :, CHINA, SOLD, COAL] - released
    illegal = record["illegal_value"][:, arm, :, CHINA, SOLD, COAL]
    figure, axes = grid_of_axes(3, 1, (10, 8.5))
    middle = [np.median(v, axis=1) for v in (legal, released, illegal)]
    axes[0].stackplot(
        days, *middle, colors=[SKY, ORANGE, RED],
        labels=["legal", "released in a clearing window", "illegal"],
    )  # fmt: skip
    axes[0].set_title("Coal sold to China by route (medians)", loc="left", fontsize=10)
    axes[0].set_ylabel("million USD a month")
    axes[0].legend(frameon=False, fontsize=8, loc="upper right")
    draw_band(
        axes[1], days, record["bonded"][:, arm, :, CHINA, COAL], PURPLE, "in bond at the port"
    )
    axes[1].set_title(
        f"Refused coal waiting in bond at Chinese ports ({BANDS})", loc="left", fontsize=10
    )
    axes[1].set_ylabel("million USD,\nbase prices")
    draw_band(axes[2], days, price, GREY, "price of DPRK coal")
    axes[2].plot(days, ensemble.inputs.coal_world, color="k", linewidth=0.9, linestyle="--",
                 label="world coal price (World Bank)")  # fmt: skip
    axes[2].set_title(f"Price relative to 2015-16 ({BANDS})", loc="left", fontsize=10)
    axes[2].set_ylabel("2015-16 = 1")
    axes[2].legend(frameon=False, fontsize=8)
    for axis in axes:
        axis.set_ylim(bottom=0)
        time_axis(axis)
    figure.suptitle(f"Routes of coal ({ARM_WORDS[shown]})", fontsize=12)
    return figure


def hard_currency(ensemble: Ensemble) -> Figure:
    """Return receipts, payments and reserves of the DPRK with and without China's restrictions."""
    record, days = ensemble.record, days_of(ensemble.inputs.months)
    figure, axes = grid_of_axes(3, 1, (10, 8.5))
    lines = _lines(ensemble, ("C1S1", "C0S1"))
    panels = (
        ("receipts", "Receipts, unrecorded income and cyber included", "million USD a month"),
        ("paid", "Paid for imported goods (crude oil apart)", "million USD a month"),
        ("reserves", "Hard-currency reserves", "million USD"),
    )
    for axis, (name, title, unit) in zip(axes, panels, strict=True):
        for arm, *drawn in lines:
            draw_band(axis, days, record[name][:, arm], *drawn)
        axis.set_title(title, loc="left", fontsize=10)
        axis.set_ylabel(unit)
        axis.set_ylim(bottom=0)
        thousands(axis)
        time_axis(axis)
    axes[0].legend(frameon=False, fontsize=8)
    figure.suptitle(f"Hard-currency balance of the DPRK ({BANDS})", fontsize=12)
    return figure


def enforcement(ensemble: Ensemble) -> Figure:
    """Return enforcement of each partner, law and pressure, with UN resolutions marked."""
    days = days_of(ensemble.inputs.months)
    shown = shown_arm(ensemble.arms)
    figure, axes = grid_of_axes(2, 2, (11, 7.4))
    for axis, partner in zip(axes, PARTNERS, strict=False):
        _enforcement(axis, ensemble, shown, partner)
    _law_and_pressure(axes[-1], ensemble, shown)
    for axis in axes:
        _mark_resolutions(axis, days[0], days[-1])
        axis.set_ylim(0, 1.25)
        axis.set_yticks(np.linspace(0, 1, 6))
        time_axis(axis)
    legend_below(figure, axes)
    # Where the Council votes, its resolutions are not on the dates of the registry.
    lines = "UN resolutions" if ensemble.inputs.ladder is None else "UN resolutions as recorded"
    figure.suptitle(f"Enforcement ({ARM_WORDS[shown]}); upright lines: {lines}", fontsize=12)
    return figure


def _enforcement(axis: Axes, ensemble: Ensemble, shown: str, partner: str) -> None:
    """Draw enforcement of a partner with the judged index beside it."""
    days, arm = days_of(ensemble.inputs.months), ensemble.arms.index(shown)
    values = ensemble.record["enforcement"][:, arm, :, PARTNERS.index(partner)]
    draw_band(axis, days, values, PARTNER_COLOURS[partner], "")
    judged = judged_enforcement(partner, ensemble.inputs.months)
    axis.plot(days, judged, color="k", linestyle=":", linewidth=1.2, label="judged index (C)")
    axis.plot([], [], color=GREY, linewidth=1.4, label=f"enforcement, {BANDS}")
    axis.set_ylabel("enforcement, 0 to 1")
    words = PARTNER_LABELS[partner]
    axis.set_title(f"{words[0].upper()}{words[1:]}", loc="left", fontsize=10)


def _law_and_pressure(axis: Axes, ensemble: Ensemble, shown: str) -> None:
    """Draw the share of China's purchases that is banned, and US pressure."""
    days, arm = days_of(ensemble.inputs.months), ensemble.arms.index(shown)
    ban = np.median(ensemble.record["ban"][:, arm, :, CHINA, SOLD, :], axis=1)
    bought = ensemble.inputs.base.flow[CHINA, SOLD]
    share = ban @ (bought / bought.sum())
    axis.plot(days, share, color=RED, label="share of China's base purchases banned (median)")
    axis.plot(days, ensemble.inputs.us_pressure, color="k", linestyle="--",
              label="US pressure (judgement)")  # fmt: skip
    axis.set_ylabel("share, index 0 to 1")
    axis.set_title("Law and pressure", loc="left", fontsize=10)


def _mark_resolutions(axis: Axes, first: date, last: date) -> None:
    """Draw a line at every UN resolution of a period, with its number above."""
    for i, (name, day) in enumerate(_resolutions(first, last)):
        axis.axvline(mdates.date2num(day), color="#999999", linewidth=0.7)
        height = NAME_HEIGHTS[i % len(NAME_HEIGHTS)]
        axis.annotate(name, (day, height), fontsize=7, ha="center", color="#333333",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4})  # fmt: skip


def _resolutions(first: date, last: date) -> list[tuple[str, date]]:
    """Return the UN resolutions of a period by day, each with its number."""
    adopted: dict[str, date] = {}
    for row in load("measures"):
        if row.issuer == "UN" and first <= row.adopted <= last:
            adopted.setdefault(row.instrument.replace("UNSCR ", ""), row.adopted)
    return sorted(adopted.items(), key=lambda item: item[1])


def waterfall(ensemble: Ensemble, result: Offset) -> Figure:
    """Return the offset as a waterfall in USD million, and Russia's channels on their own scale."""
    window = ensemble.scenario.window
    figure, (whole, parts) = grid_of_axes(1, 2, (12.5, 5.8))
    steps = [
        ("loss from\nChina's\nrestrictions", -result.loss, RED),
        ("goods\nChina\nhad cut", result.channels["same_good"], SKY),
        ("other\ngoods", result.channels["other_goods"], GREEN),
        ("labour", result.channels["labour"], ORANGE),
        ("arms and\nport fees", result.channels["arms_and_fees"], PURPLE),
    ]
    net = sum((values for _, values, _ in steps), np.zeros_like(result.loss))
    level = 0.0
    for i, (_, values, colour) in enumerate(steps):
        level = _step(whole, i, level, values, colour)
    _step(whole, len(steps), 0.0, net, GREY)
    names = [*(name for name, _, _ in steps), "net\nchange"]
    whole.set_xticks(range(len(names)), names, fontsize=8)
    whole.set_title("The loss and what Russia changed", loc="left", fontsize=10)
    for i, (_, values, colour) in enumerate(steps[1:]):
        _step(parts, i, 0.0, values, colour)
    _step(parts, len(steps) - 1, 0.0, net + result.loss, GREY)
    parts.set_xticks(range(len(steps)), [*names[1:-1], "all of\nRussia"], fontsize=8)
    parts.set_title("Russia's part alone, on a scale of its own", loc="left", fontsize=10)
    for axis in (whole, parts):
        axis.axhline(0, color="k", linewidth=0.8)
        axis.set_ylabel("million USD, median and 5-95 %")
        axis.margins(y=0.12)
        thousands(axis)
    figure.suptitle(
        f"What Russia gave back of what China took, {window.first} to {window.last}: "
        "change in the DPRK's hard-currency receipts",
        fontsize=11,
    )  # fmt: skip
    figure.supxlabel(
        "Each bar is a median over members: medians of parts need not add up to the median of "
        "the whole.",
        fontsize=9,
    )
    return figure


def _step(axis: Axes, place: int, level: float, values: Array, colour: str) -> float:
    """Draw one bar from `level` with its whisker and number; return where it ends."""
    low, mid, high = (float(level) for level in np.quantile(values, BAND))
    axis.bar(place, mid, bottom=level, color=colour, width=0.56)
    axis.errorbar(
        place, level + mid, [[mid - low], [high - mid]], color="k", capsize=4, linewidth=1
    )
    axis.annotate(
        f"{mid:+,.0f}" if abs(mid) >= 0.5 else "0",
        (place + 0.1, level + (high if mid >= 0 else low)),
        xytext=(0, 4 if mid >= 0 else -12), textcoords="offset points", fontsize=9,
    )  # fmt: skip
    return level + mid


def write_figures(folder: Path, ensemble: Ensemble, result: Offset | None) -> list[Path]:
    """Write every figure as PNG and return the paths."""
    drawn = {
        "model_against_data": model_against_data(ensemble),
        "partners_by_direction": partners_by_direction(ensemble),
        "routes_of_coal": routes_of_coal(ensemble),
        "hard_currency": hard_currency(ensemble),
        "enforcement": enforcement(ensemble),
        "who_moved_whom": who_moved_whom(ensemble),
        "who_moved_whom_matrix": who_moved_whom_matrix(ensemble),
    }
    if result is not None:
        drawn["offset"] = waterfall(ensemble, result)
    return save_pngs(folder, drawn)
