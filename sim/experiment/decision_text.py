"""An actor's month as a reader has it: numbers in their units, bands, how a level moved."""

from __future__ import annotations

from sim.experiment import decision_words as words
from sim.experiment.decision_data import Band, Level

EVERYONE = 1.0 - 1e-9
SMALL_MUSD = 20.0
WISHES = {
    "enforcement": "The wish for enforcement, the logistic function of the sum, is {wish}.",
    "support": "The wish to support, what the terms lift it above what it would do anyway, is "
    "{wish}.",
}
SUMS = {words.LOGITS: "sum", words.OF_TRADE: "ideal strictness"}
RESULTS = {
    "concession": "further, rather than what comes without agreement",
    "limit": "the strictest draft it accepts",
}


def number(value: float, unit: str, beside: float | None = None) -> str:
    """Return a number as a reader of its unit expects it, with the digits of one beside it."""
    if unit in (words.SHARE, words.OF_TRADE, words.OF_MEMBERS):
        digits = 0 if unit == words.OF_MEMBERS else 1
        return f"{_rounded(100.0 * value, digits):,.{digits}f} %"
    if unit == words.WORKERS:
        return f"{_rounded(value, 0):,.0f}"
    if unit == words.COUNT:
        return f"{_rounded(value, 2):g}"
    size = abs(value if beside is None else beside)
    digits = (0 if size >= SMALL_MUSD else 1) if unit == words.MUSD else 2
    return f"{_rounded(value, digits):,.{digits}f}"


def _rounded(value: float, digits: int) -> float:
    """Return a rounded number without a negative zero."""
    return round(value, digits) + 0.0


def band_words(band: Band | float | None, unit: str) -> str:
    """Return a mean with its band in brackets; the mean alone where all members agree."""
    if band is None:
        return ""
    if isinstance(band, float):
        return number(band, unit)
    mean, low, high = (number(x, unit, band.mean) for x in (band.mean, band.p05, band.p95))
    return mean if low == high == mean else f"{mean} ({low.removesuffix(' %')} to {high})"


def signed(band: Band, unit: str) -> tuple[str, ...]:
    """Return mean, p05 and p95 with their signs."""
    texts = (number(x, unit) for x in (band.mean, band.p05, band.p95))
    return tuple(text if text.startswith("-") or _nothing(text) else f"+{text}" for text in texts)


def _nothing(text: str) -> bool:
    """Return whether a number is shown as zero."""
    return not any(digit in text for digit in "123456789")


def level_words(level: Level) -> str:
    """Return how a level moved, in a sentence."""
    after = band_words(level.after, words.INDEX)
    if level.before is None:
        return f"The level is {after}."
    path = f"{band_words(level.before, words.INDEX)} -> {after}"
    if level.decided_by != "rule":
        by = {"arm": "The arm", "scenario": "The scenario"}[level.decided_by]
        return f"{by} sets the level: {path}."
    moves = [
        f"moves {way} at its speed, {band_words(speed, words.INDEX)} of the gap a month{_in(share)}"
        for way, speed, share in (
            ("up", level.speed_up, level.rising),
            ("down", level.speed_down, level.falling),
        )
        if share > 0.0
    ]
    return f"The level {' and '.join(moves) or 'stays'}: {path}."


def _in(share: float) -> str:
    """Return in which share of members something holds, nothing where it holds in all."""
    return "" if share > EVERYONE else f", in {number(share, words.OF_MEMBERS)} of members"
