"""The shipped map of North-East Asia: outlines of countries and the routes drawn on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outlines:
    """Closed rings (degrees east, north) by country inside `box` (west, south, east, north)."""

    rings: tuple[tuple[str, Line], ...]
    box: tuple[float, float, float, float]
    source: str
    mark: str
    attribution: str


@dataclass(frozen=True)
class Route:
    """A corridor: its line, and the share of each good of a partner that it carries.

    Without `shares` of goods it carries what is left; its number stands at `label`; `first` to
    `last`, if given, are the months in which it ran.
    """

    name: str
    partner: str
    shares: dict[str, float]
    line: Line
    label: tuple[float, float]
    first: str | None
    last: str | None
    mark: str
    source: str


@cache
def outlines() -> Outlines:
    """Return the outlines of `north_east_asia.json` (Natural Earth 1:50m, public domain)."""
    told = _read("north_east_asia.json")
    rings = tuple((row["country"], _line(row["ring"])) for row in told["outlines"])
    west, south, east, north = told["box"]
    return Outlines(
        rings, (west, south, east, north), told["source"], told["mark"], told["attribution"]
    )


@cache
def routes() -> tuple[Route, ...]:
    """Return the corridors of `corridor_routes.json`, shares of value by good."""
    return tuple(
        Route(
            row["name"], row["partner"], row["shares"], _line(row["line"]), tuple(row["label"]),
            row.get("from"), row.get("to"), row["mark"], row["source"],
        )
        for row in _read("corridor_routes.json")["routes"]
    )  # fmt: skip


def _line(points: list[list[float]]) -> Line:
    return tuple((east, north) for east, north in points)


def _read(name: str) -> Any:
    return json.loads(resources.files("sim.data").joinpath(name).read_text(encoding="utf-8"))
