"""Rules that turn numbers into a verdict on a claim, with the thresholds and why they stand there.

A band is (low, middle, high); a published figure without a range is three times the same number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Band = tuple[float, float, float]
Verdict = Literal["holds", "holds in part", "does not hold", "cannot be told"]

HOLDS: Verdict = "holds"
IN_PART: Verdict = "holds in part"
FAILS: Verdict = "does not hold"
UNKNOWN: Verdict = "cannot be told"
VERDICTS: tuple[Verdict, ...] = (HOLDS, IN_PART, FAILS, UNKNOWN)

ROUNDING = 0.05
"""A newspaper rounds to two digits at most: within 5 % a figure is the published one."""

SAME_SIZE = 1.5
"""Up to half as much again a figure still tells a reader the right size of the thing."""

MOST = 0.5
"""`Mostly` and `negate` ask for more than half; asking for all would be too easy to refuse."""

MAJOR = 0.10
"""A major source brings in a tenth of the currency: losing it is felt like losing a trade."""

ALL_BUT = 0.9
"""Trade that fell by nine tenths has stopped but for cargo already on its way."""

VOW_DAYS = 90
"""A vow of sanctions is kept by a resolution within a quarter; the slowest of 2016 took 82 days."""

VISIBLE = 0.01
"""A rise of support below a hundredth moves no flow that a reader could see."""


def figure(claimed: float, published: Band, with_unrecorded: Band | None = None) -> Verdict:
    """Return whether a claimed figure is the published one, or of its size.

    It also holds in part where it lies between the published one and the one with unrecorded flows.
    """
    low, _, high = published
    if low * (1.0 - ROUNDING) <= claimed <= high * (1.0 + ROUNDING):
        return HOLDS
    if with_unrecorded is not None and low <= claimed <= with_unrecorded[2]:
        return IN_PART
    return IN_PART if low / SAME_SIZE <= claimed <= high * SAME_SIZE else FAILS


def mostly(share_of_rise: float, kept: float) -> Verdict:
    """Return whether coal made most of a rise, and whether most of that coal was kept.

    `share_of_rise` is what coal added over what trade added, `kept` the share of the coal that
    was not in transit.
    """
    if share_of_rise <= MOST:
        return FAILS
    return HOLDS if kept > MOST else IN_PART


def stopped(fall: float, others: int) -> Verdict:
    """Return whether trade stopped (`fall`, a share) and `others` steps were taken beside it."""
    if fall >= ALL_BUT and others > 0:
        return HOLDS
    return IN_PART if fall > MOST else FAILS


def major(shares: Iterable[Band]) -> Verdict:
    """Return whether every reading of a share of income is major, or none is, from whole bands."""
    bands = list(shares)
    if all(low >= MAJOR for low, _, _ in bands):
        return HOLDS
    return FAILS if all(high < MAJOR for _, _, high in bands) else IN_PART


def negates(ratios: Iterable[Band | None]) -> Verdict:
    """Return whether an offset makes good most of a loss in every window, from whole bands.

    None is a window without a loss that stands out.
    """
    bands = list(ratios)
    known = [band for band in bands if band is not None]
    if not known or len(known) < len(bands):
        return UNKNOWN
    if all(low > MOST for low, _, _ in known):
        return HOLDS
    return FAILS if all(high <= MOST for _, _, high in known) else IN_PART


def opened(days: int, untested: int) -> Verdict:
    """Return whether a dated opening is on record; `untested` parts no table speaks of."""
    if days < 1:
        return FAILS
    return IN_PART if untested else HOLDS


def supported(resolutions: int, vetoes: int) -> Verdict:
    """Return whether a permanent member let resolutions pass: each needs it not to vote against."""
    if resolutions < 1:
        return FAILS
    return IN_PART if vetoes else HOLDS


def kept_vow(days: int | None) -> Verdict:
    """Return whether a vow of sanctions was kept; `days` to the next new ban, None for never."""
    if days is None:
        return FAILS
    return HOLDS if days <= VOW_DAYS else IN_PART


def for_influence(rise: Band) -> Verdict:
    """Return whether political support moved; a motive as such cannot be read off trade."""
    return IN_PART if rise[0] > VISIBLE else UNKNOWN
