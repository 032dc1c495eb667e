"""A chart: its figure, the table under it and what it says in words."""

from __future__ import annotations

from dataclasses import dataclass

from plotly.graph_objects import Figure


@dataclass(frozen=True)
class Chart:
    """A chart with the numbers it shows (`rows` under `headings`) and a sentence that says them."""

    name: str
    title: str
    figure: Figure
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: str
