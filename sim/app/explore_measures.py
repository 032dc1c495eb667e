"""Changes to the measures of a scenario: drop, bring back, end, move, add; and the keys they write.

What is moved or ended must be in force in the scenario; what the file format cannot say is refused
in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sim.app.explore_registry import (
    coal_stop_id,
    included,
    labour_ids,
    rules_by_id,
    why_not_moved,
)
from sim.app.levers import NEVER, PERMITS, RECORDED, STOP, Value
from sim.axes import PARTNERS, RUSSIA
from sim.errors import DivertError, nearest
from sim.scenario import Scenario
from sim.scenario_terms import shown

MOST_ADDED = 12
"""Own measures of a world; more belong into a file."""

OWN_PREFIX = "OWN-"


@dataclass(frozen=True)
class Own:
    """A measure of a world's own, in the words of a scenario file; `amount` as `kind` has it.

    A share from 0 to 1 for a ban, USD million a year for a cap; days as YYYY-MM-DD.
    """

    id: str
    partner: str
    direction: str
    good: str
    kind: str
    amount: float
    first: str
    last: str = ""

    def content(self) -> dict[str, Any]:
        """Return the measure as a scenario file holds it."""
        said: dict[str, Any] = {
            "id": self.id, "partner": self.partner, "direction": self.direction,
            "good": self.good, "kind": self.kind,
            "coverage" if self.kind == "ban" else "cap_value": self.amount,
            "from": self.first,
        }  # fmt: skip
        if self.last:
            said["to"] = self.last
        return said | {"discretionary": True, "reason": "added in Explore"}


@dataclass(frozen=True)
class Changes:
    """What a world changes of its scenario's measures; ids with days as (id, YYYY-MM-DD)."""

    dropped: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    ended: tuple[tuple[str, str], ...] = ()
    added: tuple[Own, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is changed."""
        return any((self.dropped, self.back, self.moved, self.ended, self.added))


def with_levers(changes: Changes, levers: Mapping[str, Value]) -> Changes:
    """Return changes with those that the lever of the coal stop stands for."""
    at, stop = levers.get(STOP, RECORDED), coal_stop_id()
    if at == RECORDED:
        return changes
    if stop in (*changes.dropped, *dict(changes.moved)):
        raise DivertError(
            f"found {stop} changed by a lever and on the timeline; allowed: one of the two",
            key="China's coal stop begins",
        )
    if at == NEVER:
        return replace(changes, dropped=(*changes.dropped, stop))
    return replace(changes, moved=(*changes.moved, (stop, f"{at}-01")))


def measure_keys(changes: Changes, levers: Mapping[str, Value], base: Scenario) -> dict[str, Any]:
    """Return the scenario keys that the changes write, by dotted key; none where there is none.

    Raises DivertError for a measure that is not there, or cannot be moved.
    """
    every = with_levers(changes, levers)
    held = base.measures.model_dump(mode="json", by_alias=True, exclude_none=True)
    free = levers.get(PERMITS, RECORDED)
    if not every and free == RECORDED:
        return {}
    there = included(base) | set(every.back) | {own.id for own in every.added}
    _must_be_there((*every.dropped, *dict(every.moved), *dict(every.ended)), there)
    gone = {*every.dropped, *dict(every.moved)}
    include, drop = held["include"], held["drop"]
    if include != "all":
        include = [*include, *(i for i in every.back if i not in include)]
        include = [i for i in include if i not in gone]
    drop = [i for i in drop if i not in every.back and (include == "all" or i in include)]
    if include == "all":
        drop += [i for i in every.dropped + tuple(dict(every.moved))
                 if i not in drop and i in rules_by_id()]  # fmt: skip
    own = [row for row in held["add"] if row["id"] not in gone]
    copies = [copy for name, day in every.moved for copy in moved_copies(name, day)]
    add = [*own, *copies, *(one.content() for one in every.added)]
    ends = _endings(held.get("end", []), every, gone)
    if free != RECORDED:
        left = [i for i in labour_ids() if i in there - gone]
        ends.append({"day": f"{free}-01", "ids": left, "partner": PARTNERS[RUSSIA]})
    keys: dict[str, Any] = {}
    for key, value in (("include", include), ("drop", drop), ("add", add), ("end", ends)):
        if value != held.get(key, []):
            keys[f"measures.{key}"] = value
    return keys


def _must_be_there(names: Iterable[str], there: Iterable[str]) -> None:
    for name in names:
        if name not in there:
            raise DivertError(
                f"found {shown(name)}, which this world has not; allowed: one of its "
                f"measures{nearest(name, there)}",
                key="measures",
            )


def _endings(held: list[dict[str, Any]], every: Changes, gone: set[str]) -> list[dict[str, Any]]:
    """Return the endings of a scenario without what is gone, and those of a world."""
    kept = []
    for ending in held:
        if ending["ids"] != "all":
            ids = [i for i in ending["ids"] if i not in gone]
            if not ids:
                continue
            ending = {**ending, "ids": ids}
        kept.append(ending)
    days: dict[str, list[str]] = {}
    for name, day in every.ended:
        if name not in gone:
            days.setdefault(day, []).append(name)
    return [*kept, *({"day": day, "ids": ids} for day, ids in days.items())]


def moved_copies(name: str, day: str) -> list[dict[str, Any]]:
    """Return a registry's measure as a file's own ones that begin on another day.

    Raises DivertError for one that cannot be moved, or a day after its end.
    """
    why = why_not_moved(name)
    if why:
        raise DivertError(
            f"found {shown(name)}, whose date cannot be moved: {why}; allowed: drop it, end it, or "
            "add one of your own",
            key="measures",
        )
    rules = rules_by_id()[name]
    copies = []
    for i, rule in enumerate(rules):
        suffix = f"-{i + 1}" if len(rules) > 1 else ""
        ban = rule.kind == "ban"
        copy: dict[str, Any] = {
            "id": f"{name}-MOVED{suffix}", "partner": rule.partner,
            "direction": rule.direction, "good": rule.good, "kind": rule.kind,
            "coverage" if ban else "cap_value": rule.coverage if ban else rule.cap_value,
            "from": day, "segment": rule.segment, "discretionary": bool(rule.discretionary),
            "binding": rule.binding, "reason": f"{name}, from another day",
        }  # fmt: skip
        if rule.end is not None:
            last = rule.end - timedelta(days=1)
            if date.fromisoformat(day) > last:
                raise DivertError(
                    f"found {day} for {name}, which ends on {last}; allowed: a day before",
                    key="measures",
                )
            copy["to"] = last.isoformat()
        copies.append(copy)
    return copies
