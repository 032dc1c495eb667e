"""What a date, a month or a number was meant to be, for the sentence that refuses it."""

from __future__ import annotations

import re
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = 40
"""Characters of a value that is looked into."""

LEAST_PERCENT = 2.0
"""A share from which percent was meant; a little above one is a share too large."""


def meant_date(value: object) -> str:
    """Return ` (did you mean '2018-01-01'?)` for a date in another form, or an empty string."""
    year, month, day = _parts(value)
    try:
        return _asked(repr(date(year, month, day or 1).isoformat()))
    except ValueError:
        return ""


def meant_month(value: object, first: str, last: str) -> str:
    """Return ` (did you mean '2018-01'?)` for a month in another form, or an empty string.

    Empty, too, where it does not lie from `first` to `last`.
    """
    year, month, _ = _parts(value)
    found = f"{year}-{month:02}"
    return _asked(repr(found)) if 1 <= month <= 12 and first <= found <= last else ""


def meant_number(value: object, low: float, high: float) -> str:
    """Return what a number was meant to be: a comma read as a point, percent as a share.

    An empty string where there is no such number from `low` to `high`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    text = str(value).strip()[:LONGEST]
    bare = text.removesuffix("%").strip().replace(",", ".")
    if not re.fullmatch(r"-?\d+(\.\d+)?", bare):
        return ""
    found = float(bare)
    if text.endswith("%") or ((low, high) == (0.0, 1.0) and found >= LEAST_PERCENT):
        found /= 100.0
    return _asked(f"{found:g}") if low <= found <= high else ""


def _asked(words: str) -> str:
    return f" (did you mean {words}?)"


def _parts(value: object) -> tuple[int, int, int]:
    """Return year, month and day of a value; month 1 of a bare year, zeros where unclear."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return 0, 0, 0
    words = re.findall(r"[a-z]+|\d+", str(value)[:LONGEST].lower())
    numbers = [int(word) for word in words if word.isdigit()]
    named = [MONTHS.index(w[:3]) + 1 for w in words if not w.isdigit() and w[:3] in MONTHS]
    years = [n for n in numbers if 1900 <= n <= 2100]
    rest = [n for n in numbers if n not in years]
    if len(years) != 1 or len(words) > 3 or len(named) + len(numbers) != len(words):
        return 0, 0, 0
    if named:
        return years[0], named[0], rest[0] if rest else 0
    if len(rest) < 2:
        return years[0], rest[0] if rest else 1, 0
    if numbers[0] == years[0]:
        return years[0], rest[0], rest[1]
    # With strokes both orders are in use: only a day past the twelfth tells which is meant.
    if "/" in str(value) and max(rest) <= 12:
        return 0, 0, 0
    day, month = rest if rest[1] <= 12 else rest[::-1]
    return years[0], month, day
