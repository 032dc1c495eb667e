"""Links from a page into Explore: a scenario by name, and what is set in it besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from sim.app.desk import Desk
from sim.errors import DivertError
from sim.scenario import PROSE, Scenario

EXPLORE = "/explore"
SIZE = {"members": "members", "firms.scale": "scale", "seed": "seed"}
"""Keys of a scenario that both worlds of Explore share, and their names in its address."""

LONGEST = 6000
"""Characters that Explore takes in an address."""

APART = (*PROSE, "name")


def queried(search: str | None) -> dict[str, str]:
    """Return what stands after the ? of an address; of a key that comes twice the last one."""
    return dict(parse_qsl((search or "").removeprefix("?"), keep_blank_values=True))


def explore_address(base: str, settings: Mapping[str, Any]) -> str:
    """Return the address of Explore with a scenario and dotted keys set in it.

    Raises DivertError where there is more set than an address can hold.
    """
    parts = {"a": base}
    for key, value in settings.items():
        if key in SIZE:
            parts[SIZE[key]] = f"{value:g}" if isinstance(value, float) else str(value)
        else:
            parts[f"a.set.{key}"] = _yaml(value)
    found = "&".join(f"{quote(key, safe='')}={quote(text, safe=',:;')}"
                     for key, text in parts.items())  # fmt: skip
    if len(found) > LONGEST:
        raise DivertError(
            f"found {len(settings)} keys that differ from {base}, more than an address can hold; "
            "name the scenario's file to `divert view`"
        )
    return f"{EXPLORE}?{found}"


def _yaml(value: Any) -> str:
    """Return a value as YAML text on one line."""
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def explore_run(desk: Desk, scenario: Scenario) -> str:
    """Return the address of Explore with the scenario of a run.

    Raises DivertError where no scenario of its name is on the desk, or too much differs from it.
    """
    base = desk.scenario(scenario.name)
    return explore_address(scenario.name, changes(base, scenario))


def changes(base: Scenario, own: Scenario) -> dict[str, Any]:
    """Return the dotted keys in which a scenario differs from another, prose and name apart.

    Raises DivertError where the other has a key that this one lacks, which no change takes away.
    """
    before, after = (_leaves(one.resolved()) for one in (base, own))
    gone = [key for key in before if key not in after]
    # A key of a mode goes with the mode itself.
    if [key for key in gone if f"{key.rpartition('.')[0]}.mode" not in after]:
        raise DivertError(
            f"found {', '.join(gone[:3])} in {base.name} and not in this run; name the scenario's "
            "file to `divert view`"
        )
    return {key: value for key, value in after.items() if before.get(key) != value}


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return the values of a scenario by dotted key; a list is one value."""
    if not isinstance(value, dict) or not value:
        return {} if value == {} else {path: value}
    return {
        key: leaf
        for name, inner in value.items() if path or name not in APART
        for key, leaf in _leaves(inner, f"{path}.{name}" if path else name).items()
    }  # fmt: skip
