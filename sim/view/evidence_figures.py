"""Figures of the hold-out test: pure functions from what the files say to a Matplotlib figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.view.colours import BLACK, BLUE, GREY, LIGHT, ORANGE, PURPLE, RED, SKY
from sim.view.drawing import across, grid_of_axes, legend_below, plain
from sim.view.evidence_rows import Evidence, Forecast, Score

ORIGINS = {
    "a": ("shown the record to August 2017", "2017-09", BLUE),
    "b": ("shown the record to December 2018", "2019-01", ORANGE),
}
"""Words, first month forecast and colour of each origin."""

CHINA_PANELS = (
    ("china_imports", "China's imports from the DPRK"),
    ("china_exports", "China's exports to the DPRK, crude oil apart"),
)
RUSSIA_PANELS = (
    ("russia_exports", "Russia's exports to the DPRK"),
    ("russia_imports", "Russia's imports from the DPRK"),
)
"""Series that are drawn through time, with the words above each."""

WIDTH = 8.0
"""Inches: with labels of 8 points and more, readable on a phone held upright."""

DAYS_OF_A_MONTH, OF_ITS_MONTHS = 24.0, 0.86
"""Days that the bar of a month is wide, and the share of its months that a longer one is."""

WIDEST_RATIO = 2.0
"""CRPS ratios beyond this are cut off and written out: they would flatten all the others."""

LOG_FROM = 8.0
"""A panel whose largest figure is this many times its smallest gets a log scale."""


def _first_day(month: str) -> date:
    """Return the first day of a month."""
    return date(int(month[:4]), int(month[5:7]), 1)


def _after(month: str) -> date:
    """Return the first day after a month."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year + number // 12, number % 12 + 1, 1)


def days_of_bar(row: Forecast) -> tuple[date, float]:
    """Return the middle day of the months of a figure, and the days that its bar is wide."""
    first, after = _first_day(row.first), _after(row.last)
    wide = DAYS_OF_A_MONTH if row.first == row.last else OF_ITS_MONTHS * (after - first).days
    return first + (after - first) / 2, wide


def _place(row: Forecast) -> float:
    """Return the middle of the months of a figure on the time axis."""
    return float(mdates.date2num(days_of_bar(row)[0]))


def _width(row: Forecast) -> float:
    return days_of_bar(row)[1]


def quarters(row: Forecast) -> float:
    """Return how many quarters a figure covers."""
    return round((_after(row.last) - _first_day(row.first)).days / 91.3)


def shown(rows: Sequence[Forecast], series: str) -> list[Forecast]:
    """Return what is drawn of a series: all forecasts, and the first origin's fit before them."""
    of_series = [row for row in rows if row.series == series and row.origin in ORIGINS]
    first = min((row.origin for row in of_series), default="")
    forecast = {(row.first, row.last) for row in of_series if not row.seen}
    fit = [
        row
        for row in of_series
        if row.seen and row.origin == first and (row.first, row.last) not in forecast
    ]
    return sorted([row for row in of_series if not row.seen] + fit, key=_place)


def apart(row: Forecast) -> bool:
    """Return whether a figure is the mean of months that its source spreads evenly."""
    return row.series.startswith("china") and row.first != row.last


def _bars(
    axis: Axes, rows: Sequence[Forecast], scale: Sequence[float], colour: str, label: str
) -> None:
    """Draw each figure's band as a bar with its median across, outlined where months are spread."""
    for row, by in zip(rows, scale, strict=True):
        spread = apart(row)
        axis.bar(
            _place(row), (row.p95 - row.p05) * by, _width(row), row.p05 * by,
            color="none" if spread else colour, edgecolor=colour, alpha=1.0 if spread else 0.5,
            linewidth=1.0 if spread else 0.0, linestyle=":" if spread else "-",
            label="the same: mean of months the source spreads" if spread else label,
        )  # fmt: skip
        half = _width(row) / 2
        axis.hlines(row.p50 * by, _place(row) - half, _place(row) + half, color=colour, lw=1.6)


def _rules(axis: Axes, rows: Sequence[Forecast], scale: Sequence[float], named: bool) -> None:
    """Draw what the naive rules and the static model said as thin lines."""
    lines = (
        ("last_value", "black", (0, (4, 2)), "naive: last value"),
        ("same_month", "black", (0, (1, 1.5)), "naive: last such month"),
        ("static", PURPLE, "-", "static textbook model"),
    )
    for name, colour, dashes, label in lines:
        values = [(row, getattr(row, name), by) for row, by in zip(rows, scale, strict=True)]
        known = [(_place(row), value * by) for row, value, by in values if value is not None]
        if known:
            axis.plot(
                *zip(*known, strict=True), color=colour, linestyle=dashes, linewidth=1.0,
                label=label if named else None,
            )  # fmt: skip


def _dots(axis: Axes, rows: Sequence[Forecast], scale: Sequence[float]) -> None:
    """Draw what was observed, by whether it lies in the band; hollow where months are spread."""
    for row, by in zip(rows, scale, strict=True):
        marker, colour, size = ("o", BLACK, 4.5) if row.inside else ("X", RED, 8.0)
        axis.plot(
            _place(row), row.observed * by, marker, color=colour, markersize=size, zorder=5,
            markerfacecolor="white" if apart(row) else colour,
            label=f"observed, {'inside' if row.inside else 'outside'} the band",
        )  # fmt: skip


def _log_scale(axis: Axes, rows: Sequence[Forecast]) -> bool:
    """Give a panel a log scale where its figures differ by much; return whether it has one."""
    values = [row.observed for row in rows if row.observed > 0.0]
    if not values or max(values) < LOG_FROM * min(values):
        return False
    axis.set_yscale("log", nonpositive="clip")
    low = min([*values, *(row.p05 for row in rows if row.p05 > 0.2 * min(values))])
    axis.set_ylim(bottom=0.8 * low)
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())
    return True


def _through_time(axis: Axes, rows: Sequence[Forecast], by: Callable[[Forecast], float]) -> None:
    """Draw one series: fit, forecasts from each origin, naive rules and what was observed."""
    scales: Callable[[Sequence[Forecast]], list[float]] = lambda some: [by(r) for r in some]  # noqa: E731
    seen = [row for row in rows if row.seen]
    _bars(axis, seen, scales(seen), LIGHT, "fit to figures it was shown")
    named = True
    for origin, (words, first, colour) in ORIGINS.items():
        own = [row for row in rows if row.origin == origin and not row.seen]
        if own:
            _bars(axis, own, scales(own), colour, f"forecast, {words}")
            line = [row for row in own if not apart(row)]
            _rules(axis, line, scales(line), named)
            axis.axvline(float(mdates.date2num(_first_day(first))), color="#444444", lw=0.9)
            named = False
    _dots(axis, rows, scales(rows))
    axis.xaxis.set_major_locator(mdates.YearLocator())
    axis.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    axis.xaxis.set_minor_locator(mdates.MonthLocator(bymonth=(4, 7, 10)))


def _panels_through_time(
    evidence: Evidence,
    panels: Sequence[tuple[str, str]],
    unit: str,
    by: Callable[[Forecast], float],
    title: str,
    log: bool,
) -> Figure | None:
    """Return a figure with a panel for each series that has figures."""
    full = [(shown(evidence.forecasts, series), words) for series, words in panels]
    full = [(rows, words) for rows, words in full if rows]
    if not full:
        return None
    figure, axes = grid_of_axes(len(full), 1, (WIDTH, 1.6 + 3.2 * len(full)))
    for axis, (rows, words) in zip(axes, full, strict=True):
        _through_time(axis, rows, by)
        if log and _log_scale(axis, rows):
            axis.set_ylabel(f"{unit},\nlog scale")
        else:
            axis.set_ylim(bottom=0)
            axis.set_ylabel(unit)
            for line in axis.lines:
                line.set_clip_on(False)  # a mark at zero is shown whole
        axis.set_title(words, loc="left", fontsize=11)
    legend_below(figure, axes)
    figure.suptitle(title, fontsize=12)
    return figure


def holdout_china(evidence: Evidence) -> Figure | None:
    """Return China's trade by month: the model's band against what customs published."""
    return _panels_through_time(
        evidence,
        CHINA_PANELS,
        "million USD a month",
        lambda row: 1.0,
        "Months the fit had not seen: the model's band and the record",
        log=True,
    )


def russia_quarters(evidence: Evidence) -> Figure | None:
    """Return Russia's trade by quarter; a half-year is drawn as the mean of its two quarters."""
    return _panels_through_time(
        evidence,
        RUSSIA_PANELS,
        "million USD a quarter",
        lambda row: 1.0 / max(quarters(row), 1),
        "Russia by quarter: the model's band and the record",
        log=False,
    )


def ratios(score: Score) -> dict[str, float | None]:
    """Return the CRPS as a multiple of that of each simpler rule, None where there is none."""
    rules = {
        "naive: last value": score.crps_last,
        "naive: last such month": score.crps_same,
        "static textbook model": score.crps_static,
    }
    return {
        name: None if score.crps is None or not rule else score.crps / rule
        for name, rule in rules.items()
    }


def holdout_scores(evidence: Evidence) -> Figure | None:
    """Return the model's CRPS as a multiple of that of simpler rules, by series and origin."""
    known = [
        row
        for row in evidence.scores
        if row.origin in ORIGINS and any(v is not None for v in ratios(row).values())
    ]
    words = {row.series: row.words for row in known}
    if not known:
        return None
    origins = [name for name in ORIGINS if any(row.origin == name for row in known)]
    height = 1.8 + 0.62 * len(words)
    longest = max(v for row in known for v in ratios(row).values() if v is not None)
    end = min(WIDEST_RATIO, max(1.2, 1.2 * longest))
    figure, axes = grid_of_axes(1, len(origins), (WIDTH, height))
    for axis, origin in zip(axes, origins, strict=True):
        rows = {row.series: row for row in known if row.origin == origin}
        for i, series in enumerate(words):
            if series in rows:
                _ratio_bars(axis, i, rows[series], end)
            else:
                axis.text(0.03, i, "no such figure", va="center", fontsize=8, color=GREY)
        axis.axvline(1.0, color="k", linewidth=1)
        axis.set_xlim(0, end)
        axis.set_xlabel("CRPS of the model / CRPS of the rule", fontsize=9)
        axis.set_ylim(len(words) - 0.5, -0.5)
        labels = [plain(text, 26) for text in words.values()]
        axis.set_yticks(range(len(words)), labels if axis is axes[0] else [], fontsize=9)
        across(axis)
        axis.set_title(ORIGINS[origin][0], loc="left", fontsize=10)
    legend_below(figure, axes, 3)
    figure.suptitle("The model's error as a multiple of simpler rules' (shorter is better)",
                    fontsize=12)  # fmt: skip
    return figure


def _ratio_bars(axis: Axes, place: int, score: Score, end: float) -> None:
    """Draw the ratios of one series, those beyond `end` cut off and written out."""
    looks = ((GREY, ""), (SKY, ""), (PURPLE, "///"))
    for k, ((name, ratio), (colour, hatch)) in enumerate(
        zip(ratios(score).items(), looks, strict=True)
    ):
        if ratio is None:
            continue
        y, cut = place + 0.27 * (k - 1), ratio > end
        axis.barh(y, min(ratio, end), 0.25, color=colour, hatch=hatch, edgecolor="white",
                  linewidth=0, label=name)  # fmt: skip
        words = "under 0.01" if ratio < 0.01 else f"{ratio:.2f}" + (" →" if cut else "")
        inside = ratio > 0.72 * end
        axis.text(
            min(ratio, end) + (-0.015 if inside else 0.015) * end, y, words, fontsize=8.5,
            va="center", ha="right" if inside else "left",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6} if inside else None,
        )  # fmt: skip
