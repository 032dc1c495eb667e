"""Lists to choose from that are the browser's own: named by their label, good on a phone."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from sim.app.marks import marks

Entry = tuple[str, str]
"""Value and words of an entry."""


def native_list(
    name: str, label: str, entries: Sequence[Entry], value: str, nothing: str = ""
) -> Component:
    """Return a list under its label; what is chosen is the `data` of the store `name`.

    `nothing` is the entry for no choice, the empty value. assets/look.js carries a choice over.
    """
    every = [*([("", nothing)] if nothing else []), *entries]
    options = [html.Option(words, value=own, selected=own == value) for own, words in every]
    return html.Div(
        [
            html.Label(label, htmlFor=f"{name}-list"),
            html.Select(options, id=f"{name}-list", **marks(data_list=name)),
            dcc.Store(id=name, data=value),
        ],
        className="pick",
    )  # fmt: skip
