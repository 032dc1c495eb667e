"""A native control of the page, list or field, which assets/explore.js makes of its description.

A native list is read out with its label and opens as the phone opens lists. What all controls hold
comes back at once, so that no change is lost that another one overtakes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from sim.app.marks import marks
from sim.app.tables import coded, sentence
from sim.errors import DivertError

MOST_CONTROLS, LONGEST = 200, 200
NO_FORM = "found no form of this page with the request; reload the page"

Options = Sequence[tuple[str, str]]
"""What a list offers: value and label."""


def choice(
    name: str, side: str, label: str, options: Options, value: str, hidden: bool = False
) -> Component:
    """Return a list under its label; a hidden label is said, and not shown.

    Where it holds another value than its first, a hidden one says that it is moved.
    """
    before = options[0][0] if hidden else value
    return _described(
        {"name": name, "side": side, "label": label, "hidden": hidden, "value": value,
         "before": before, "options": [list(pair) for pair in options]}
    )  # fmt: skip


def entry(
    name: str, side: str, label: str, value: str, hint: str = "", hidden: bool = False,
    before: str | None = None,
) -> Component:  # fmt: skip
    """Return a field for text or a number under its label; `hint` stands where it is empty.

    Where it holds another value than `before`, it says that it is moved.
    """
    return _described(
        {"name": name, "side": side, "label": label, "hidden": hidden, "value": value,
         "before": value if before is None else before, "hint": hint}
    )  # fmt: skip


def _described(said: dict[str, Any]) -> Component:
    # A form that is sent again must be laid out again, even where it says what it said before.
    text = json.dumps({**said, "made": time.monotonic_ns()}, ensure_ascii=False)
    return html.Div(className="control", **marks(data_control=text))


def held(data: Any) -> dict[tuple[str, str], str]:
    """Return what controls hold, by name and side; raises DivertError for what no page sends."""
    values = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(values, Mapping) or len(values) > MOST_CONTROLS:
        raise DivertError(NO_FORM)
    found = {}
    for key, value in values.items():
        if not isinstance(key, str) or not isinstance(value, str) or len(value) > LONGEST:
            raise DivertError(NO_FORM)
        name, _, side = key.partition("@")
        found[name, side] = value
    return found


def alarm(error: DivertError) -> Component:
    """Return a mistake in words, for a place that reads out what comes into it."""
    return html.P(coded(sentence(error)), className="said")
