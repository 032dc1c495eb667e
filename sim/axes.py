"""The axes of every array, named once.

Order, wherever an axis is present: arm, member, partner, direction, good; firms' lots last.
A trading cell is (partner, direction, good).
"""

from __future__ import annotations

PARTNERS = ("China", "Russia", "RestOfWorld")
CHINA, RUSSIA, REST = range(3)

VETO_PLAYERS = (CHINA, RUSSIA)
"""Permanent members of the Council whose acceptance is in doubt, on the partner axis."""

DIRECTIONS = ("dprk_export", "dprk_import")
SOLD, BOUGHT = range(2)

EXPORT_GOODS = ("coal", "minerals", "textiles", "seafood", "other")
IMPORT_GOODS = ("fuel", "machinery", "inputs", "food", "consumer")
GOODS = (EXPORT_GOODS, IMPORT_GOODS)
COAL, MINERALS, TEXTILES, SEAFOOD, OTHER = range(5)
FUEL, MACHINERY, INPUTS, FOOD, CONSUMER = range(5)

BASKETS = (MINERALS, OTHER)
"""Goods sold that are baskets of unlike items: what one list bans is not what it leaves open."""

ARMS = ("C0S0", "C1S0", "C0S1", "C1S1")
"""C: China restricts (1) or not (0); S: Russia is free to act (1) or held still (0)."""

N_PARTNERS, N_DIRECTIONS, N_GOODS = 3, 2, 5


def months(first: str, last: str) -> tuple[str, ...]:
    """Return every month from `first` to `last`, both included, as `YYYY-MM`."""
    start, end = month_number(first), month_number(last)
    return tuple(month_name(n) for n in range(start, end + 1))


def month_number(month: str) -> int:
    """Return a month `YYYY-MM` as months since year 0."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_name(number: int) -> str:
    """Return the month `YYYY-MM` that is so many months since year 0."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
