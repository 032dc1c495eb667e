"""What of the registry of measures a page asks: which act, which a scenario has, which can move."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sim.axes import CHINA, PARTNERS, RUSSIA
from sim.data import load
from sim.scenario import Scenario
from sim.scenario_law import TRADED_GOODS

NOTHING, BOTH = "none", ("ban", "cap_value")


def included(scenario: Scenario) -> frozenset[str]:
    """Return the ids of the measures that a scenario has, its own among them."""
    held = scenario.measures
    known = {row.id for row in load("measures")}
    listed = known if held.include == "all" else set(held.include)
    return frozenset((listed - set(held.drop)) | {own.id for own in held.add})


@lru_cache(maxsize=1)
def rules_by_id() -> Mapping[str, tuple[Any, ...]]:
    """Return the rules of each measure of the registry that act on anything."""
    found: dict[str, list[Any]] = {row.id: [] for row in load("measures")}
    for rule in load("rules"):
        if rule.acts_on != NOTHING:
            found[rule.id].append(rule)
    return {name: tuple(rules) for name, rules in found.items()}


def why_not_moved(name: str) -> str:
    """Return why the start of a measure cannot be moved, nothing where it can.

    A file's own measure is a ban or a yearly cap on one good from a day; it has no lag, no window
    and no coverage that is drawn.
    """
    rules = rules_by_id().get(name, ())
    if not rules:
        return "it acts on nothing in the model"
    for rule in rules:
        if rule.good not in TRADED_GOODS or rule.kind not in BOTH:
            return "it is no plain ban or cap on a good"
        if rule.kind == "cap_value" and rule.cap_unit != "musd_per_year":
            return "its cap is no yearly one"
        if rule.lag_parameter or rule.window:
            return "it comes with a lag or a window of its own"
        if rule.coverage_parameter:
            return "how much it covers is drawn for each member"
    return ""


@lru_cache(maxsize=1)
def coal_stop_id() -> str:
    """Return the id of China's own stop of all coal before the Council's."""
    return next(
        str(r.id) for r in load("rules")
        if r.partner == PARTNERS[CHINA] and r.good == "coal" and r.kind == "ban" and r.discretionary
    )  # fmt: skip


@lru_cache(maxsize=1)
def labour_ids() -> tuple[str, ...]:
    """Return the ids of the measures that bind workers in Russia."""
    return tuple(dict.fromkeys(
        r.id for r in load("rules")
        if r.partner in (PARTNERS[RUSSIA], "all") and r.direction == "labour"
        and r.acts_on == "permits" and r.kind != "relaxation"
    ))  # fmt: skip
