"""Numbers and units as pages and figures write them."""

from __future__ import annotations

from collections.abc import Sequence


def unit_words(unit: str) -> str:
    """Return a unit of a table, `musd` or `M USD`, as pages write it."""
    return unit.replace("musd", "million USD").replace("M USD", "million USD")


def narrow_unit(unit: str) -> str:
    """Return a unit as a narrow column writes it; its table says that M USD is million USD."""
    return unit.replace("musd", "M USD")


def number(value: float | None) -> str:
    """Return a number with three digits and thousands separated, a dash where there is none."""
    if value is None:
        return "–"
    size = abs(value)
    if 0.0 < size < 0.01:
        return f"{value:.2g}"
    digits = 0 if size >= 100 or size == 0.0 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


def one_digit(value: float | None) -> str:
    """Return a number with one digit after the point, a dash where there is none."""
    return "–" if value is None else f"{value:,.1f}"


def points(value: float | None, digits: int = 1) -> str:
    """Return a share as a number in percent without its sign, a dash where there is none."""
    if value is None:
        return "–"
    text = f"{100.0 * value:.{digits}f}"
    return text if any(c in "123456789" for c in text) else text.lstrip("-")


def median_words(low: float, middle: float, high: float) -> str:
    """Return a median with its band, as in `12.3 (4.56 to 78.9)`."""
    return f"{number(middle)} ({number(low)} to {number(high)})"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
