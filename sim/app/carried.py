"""What the properties that callbacks take can carry, so that a request of another type is refused.

What a mapping holds is for the page that keeps it to check.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _number(value: Any) -> bool:
    return _whole(value) or _finite(value)


def _field(value: Any) -> bool:
    """Return whether a value is what a field for a number gives: a number, or what was typed."""
    return isinstance(value, str) or _number(value)


def _finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


BY_PROPERTY: dict[str, Check] = {
    "n_clicks": _whole, "n_intervals": _whole, "pathname": _text, "search": _text,
    "clickData": _mapping,
}  # fmt: skip
"""What a property carries whatever its component."""

BY_COMPONENT: dict[tuple[str, str], Check] = {
    **{(name, "data"): _text for name in (
        "visitor", "answer-key", "answer-pick", "evidence-partner", "evidence-run",
        "evidence-year", "explore-listed", "sweep-output", "sweep-pair-pick", "sweep-pick")},
    **{(name, "value"): _text for name in (
        "evidence-find", "evidence-search", "explore-measures-side", "explore-view", "live-arm",
        "live-scenario")},
    **{(name, "value"): _field for name in (
        "live-members", "live-seed")},
    **{(name, "value"): _number for name in ("sweep-above", "sweep-number")},
    **{(name, "data"): _mapping for name in (
        "explore-bases", "explore-done", "explore-fields", "explore-runs",
        "explore-state", "explore-toggled", "live-asked", "live-first", "live-kept",
        "live-still")},
}  # fmt: skip
"""What a property carries of one component."""


def carries(component: str, prop: str, value: Any) -> bool:
    """Return whether a property of a component can have a value; each can be empty."""
    check = BY_COMPONENT.get((component, prop)) or BY_PROPERTY.get(prop)
    return value is None or (check is not None and check(value))
