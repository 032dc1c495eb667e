"""The slider of months and its buttons, the same under every chart that moves by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.experiment.stored import StoredRun

PACE = 500
"""Milliseconds a month stays while the months play."""

BELOW, ROOM = 108, 158
"""Pixels from the chart down to the buttons, and the margin that slider and buttons need."""


def month_controls(
    months: Sequence[str], years: Sequence[str] = (), shown: int = 0
) -> dict[str, Any]:
    """Return slider, buttons to play and pause, and a menu of whole years, for frames so named.

    `shown` is the place of the month that the slider stands on at first.
    """
    still = _jump(0)
    buttons = [
        {"label": "▶ play", "method": "animate", "args": [None, _jump(PACE, True)]},
        {"label": "❚❚ pause", "method": "animate", "args": [[None], still]},
    ]
    menus = [
        {
            "type": "buttons", "direction": "left", "showactive": False, "x": 0.0, "y": 0.0,
            "xanchor": "left", "yanchor": "top", "pad": {"t": BELOW}, "buttons": buttons,
        }
    ]  # fmt: skip
    if years:
        picks = [
            {"label": f"whole of {year}", "method": "animate", "args": [[year], still]}
            for year in years
        ]
        ask = {"label": "a whole year", "method": "skip"}
        menus.append(
            {
                "type": "dropdown", "direction": "up", "x": 1.0, "y": 0.0, "xanchor": "right",
                "yanchor": "top", "pad": {"t": BELOW}, "showactive": True, "buttons": [ask, *picks],
            }
        )  # fmt: skip
    slider = {
        "active": shown, "x": 0.0, "y": 0.0, "len": 1.0, "pad": {"t": 26, "l": 26, "r": 26},
        "currentvalue": {"prefix": "month: ", "xanchor": "left", "font": {"size": 13}},
        "steps": [
            {"label": month, "method": "animate", "args": [[month], still]} for month in months
        ],
    }  # fmt: skip
    return {"sliders": [slider], "updatemenus": menus}


def last_of_window(run: StoredRun) -> int:
    """Return the place of the last month of a run's answer, on which its charts open."""
    return run.months.index(run.scenario.window.last)


def _jump(duration: int, on: bool = False) -> dict[str, Any]:
    """Return how a frame is shown; redrawn, for neither Sankey nor line widths move without."""
    return {
        "mode": "immediate", "fromcurrent": on, "transition": {"duration": 0},
        "frame": {"duration": duration, "redraw": True},
    }  # fmt: skip


def whole_years(months: Sequence[str]) -> dict[str, list[int]]:
    """Return the places of the months of each year that a run covers whole."""
    at: dict[str, list[int]] = {}
    for t, month in enumerate(months):
        at.setdefault(month[:4], []).append(t)
    return {year: places for year, places in at.items() if len(places) == 12}
