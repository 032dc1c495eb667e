"""Measures as rules on flows, and the calendar their days count in.

No measure is named here: a row acts through its typed columns alone, so that dropping it from
the registry, or adding one in a scenario, changes the law and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np

from sim.axes import PARTNERS

NEVER = 10.0**6
"""A day that no period reaches."""

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12.0


@dataclass(frozen=True)
class Rule:
    """One measure as a rule on one partner's flow of one good.

    Days count from the start of the period; `last` is the first free day. Columns as in
    `data/rules.csv` (`sim.data.tables.MeasureRule`), absent numbers 0.
    """

    id: str
    partner: int
    direction: str
    good: str
    segment: str
    kind: str
    acts_on: str
    national: bool
    coverage: float
    coverage_parameter: str
    coverage_scale: float
    first: float
    last: float
    not_before: float
    lag_parameter: str
    cap_value: float
    cap_unit: str
    base_volume: float
    window: tuple[float, float] | None
    window_kind: str
    discretionary: bool
    adopted: float
    implements: tuple[str, ...] = ()
    ended: float = NEVER  # day from which the scenario ends it, whatever else it says
    size: float = 0.0  # of a kind that acts on margins

    @property
    def open_end(self) -> bool:
        """Return whether the rule names no last day of its own."""
        return self.last >= NEVER

    @property
    def years(self) -> float:
        """Return how many years its cap is for: those in force, or one."""
        whole = self.cap_unit.endswith("_total")
        return (self.last - self.first) / DAYS_A_YEAR if whole else 1.0


class Calendar:
    """Months and days of a period."""

    def __init__(self, months: tuple[str, ...]) -> None:
        self.months = months
        year, month = int(months[0][:4]), int(months[0][5:7])
        self.start = date(year, month, 1)
        firsts = [self.day(date(int(m[:4]), int(m[5:7]), 1)) for m in months]
        final = months[-1]
        after = date(int(final[:4]) + (final[5:] == "12"), int(final[5:7]) % 12 + 1, 1)
        self.month_starts = np.array(firsts, dtype=np.int64)
        self.days = self.day(after)

    def day(self, when: date | None, missing: int = int(NEVER)) -> int:
        """Return days from the start of the period; `missing` for an open end."""
        return missing if when is None else (when - self.start).days


def rules_from(
    rows: tuple[object, ...], adopted: dict[str, date], calendar: Calendar
) -> list[Rule]:
    """Return the rules that act on flows, one per partner; rows as in `data/rules.csv`.

    `adopted` gives the day on which a measure was adopted, where the registry has it.
    """
    rules = []
    for row in rows:
        get = partial(getattr, row)
        if get("acts_on") not in ("ban", "cap", "permits", "margin") or get("start") is None:
            continue
        whom = PARTNERS if get("partner") == "all" else (get("partner"),)
        day = adopted.get(get("id"), get("start"))
        rules += [_rule(row, name, day, calendar) for name in whom if name in PARTNERS]
    return rules


def at_its_notice(rule: Rule) -> Rule:
    """Return a rule that waits for a window to end as one that waits for its own lag alone."""
    if rule.window_kind != "delay":
        return rule
    notice = rule.first if rule.window is None else min(rule.first, rule.window[0])
    return replace(rule, first=notice, not_before=-NEVER, window=None, window_kind="")


def _rule(row: object, partner: str, adopted: date, calendar: Calendar) -> Rule:
    """Return a row as the rule that binds one partner."""
    get = partial(getattr, row)
    window = None
    if get("window") and get("window_from") is not None:
        window = (float(calendar.day(get("window_from"))), float(calendar.day(get("window_to"))))
    return Rule(
        id=get("id"),
        partner=PARTNERS.index(partner),
        direction=get("direction"),
        good=get("good"),
        segment=get("segment"),
        kind=get("kind"),
        acts_on=get("acts_on"),
        national=get("binding") == "national",
        coverage=get("coverage") or 0.0,
        coverage_parameter=get("coverage_parameter") or "",
        coverage_scale=1.0 if get("coverage_scale") is None else get("coverage_scale"),
        first=float(calendar.day(get("start"))),
        last=float(calendar.day(get("end"))),
        not_before=float(calendar.day(get("not_before"), -int(NEVER))),
        lag_parameter=get("lag_parameter") or "",
        cap_value=get("cap_value") or 0.0,
        cap_unit=get("cap_unit") or "",
        base_volume=get("base_volume") or 0.0,
        window=window,
        window_kind=get("window") or "",
        discretionary=get("discretionary"),
        adopted=float(calendar.day(adopted)),
        implements=tuple((get("implements") or "").split("; ")),
        size=getattr(row, "size", 0.0),
    )
