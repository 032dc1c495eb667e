"""Links from a page into Explore: a scenario by name, and what is set in it besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from sim.app.desk import Desk
from sim.app.explore_address import Pair, to_search
from sim.app.levers import BY_NAME, Value
from sim.app.world import World, in_order, scenario_of
from sim.errors import DivertError
from sim.scenario import PROSE, Scenario

EXPLORE = "/explore"
PLAIN = {
    lever.key: name for name, lever in BY_NAME.items()
    if lever.kind in ("word", "number", "whole", "month") and not lever.key.startswith("measures")
    and name != "russia_border"
}  # fmt: skip
"""Levers that write one key as it stands; a level of enforcement or support writes more."""

APART = (*PROSE, "name")


def queried(search: str | None) -> dict[str, str]:
    """Return what stands after the ? of an address; of a key that comes twice the last one."""
    return dict(parse_qsl((search or "").removeprefix("?"), keep_blank_values=True))


def explore_address(base: str, settings: Mapping[str, Any]) -> str:
    """Return the address of Explore with a scenario and dotted keys set in it.

    Raises DivertError where there is more set than an address can hold.
    """
    world = world_of(base, settings)
    return EXPLORE + to_search(Pair(world, world))


def world_of(base: str, settings: Mapping[str, Any]) -> World:
    """Return the world of Explore with a scenario and dotted keys set, by levers where they fit."""
    levers: dict[str, Value] = {}
    more = []
    for key, value in settings.items():
        if key in PLAIN and isinstance(value, str | int | float):
            levers[PLAIN[key]] = value
        else:
            more.append((key, _yaml(value)))
    return World(base, in_order(levers), more=tuple(more))


def _yaml(value: Any) -> str:
    """Return a value as YAML text on one line."""
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def explore_run(desk: Desk, scenario: Scenario) -> str:
    """Return the address of Explore with the very scenario of a run.

    Raises DivertError where no scenario of its name is on the desk, too much differs from it, or it
    differs in what no address can say.
    """
    base = desk.scenario(scenario.name)
    settings = changes(base, scenario)
    made = scenario_of(world_of(scenario.name, settings), desk.scenario_file)
    if _bare(made) != _bare(scenario):
        raise DivertError(
            f"it differs from the scenario {base.name} on the desk in what no address can say; "
            "name its file to `divert view`"
        )
    return explore_address(scenario.name, settings)


def changes(base: Scenario, own: Scenario) -> dict[str, Any]:
    """Return the dotted keys in which a scenario differs from another, prose and name apart."""
    before, after = _leaves(_bare(base)), _leaves(_bare(own))
    return {key: value for key, value in after.items() if before.get(key) != value}


def _bare(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario says, prose and name apart."""
    return {key: value for key, value in scenario.resolved().items() if key not in APART}


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return the values of a scenario by dotted key; a list is one value."""
    if not isinstance(value, dict):
        return {path: value}
    return {
        key: leaf
        for name, inner in value.items()
        for key, leaf in _leaves(inner, f"{path}.{name}" if path else name).items()
    }
