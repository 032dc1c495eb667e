"""A world of Explore: a scenario and what is changed of it; the same through files and address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.app.explore_measures import Changes, measure_keys
from sim.app.levers import BY_NAME, PERMITS, SIZE_NAMES, STOP, Lever, Value, keys_of, lever
from sim.errors import DivertError
from sim.scenario import Scenario
from sim.scenario_file import changed, scenario_tree, unknown_key
from sim.scenario_file import scenario_of as validated
from sim.yaml_text import Tree, read_yaml

FIRST = "historical"
"""The scenario that Explore opens with."""

NO_SUCH_KEY = ("extends", "name", "parameters", "parameters.draws")
"""Keys that no address may set: they name files, or hold such a key."""

LONGEST_BASE = 40


@dataclass(frozen=True)
class World:
    """A scenario by name with levers moved, measures changed and other keys set.

    `levers` are (name, value) in the order of the levers; `more` are (dotted key, YAML text), laid
    over all else.
    """

    base: str = FIRST
    levers: tuple[tuple[str, Value], ...] = ()
    measures: Changes = field(default_factory=Changes)
    more: tuple[tuple[str, str], ...] = ()

    @property
    def at(self) -> dict[str, Value]:
        """Return the levers that are moved."""
        return dict(self.levers)

    @property
    def changes(self) -> bool:
        """Return whether anything but size and draws is changed."""
        moved = any(name not in SIZE_NAMES for name, _ in self.levers)
        return bool(self.measures or self.more or moved)

    def moved(self, name: str, value: Value | None) -> World:
        """Return the world with a lever moved, or back where its scenario has it for None.

        Other keys set below what the lever writes go: they would be laid over it.
        """
        one, at = lever(name), self.at
        at.pop(name, None)
        if value is not None:
            at[name] = one.read(str(value)) if isinstance(value, str) else one.read(f"{value!r}")
        more = tuple(pair for pair in self.more if not f"{pair[0]}.".startswith(f"{one.key}."))
        return World(self.base, in_order(at), self.measures, more)


def in_order(at: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    """Return moved levers in the order of the levers."""
    return tuple((name, at[name]) for name in BY_NAME if name in at)


Files = Callable[[str], Path]
"""Finds the file of a scenario by its name on the desk; raises DivertError for no such name."""


@lru_cache(maxsize=64)
def _read(path: str, changed_at: int) -> Tree:
    return scenario_tree(path)


def base_tree(name: str, files: Files) -> Tree:
    """Return the values of a scenario by name; raises DivertError for a name that is none."""
    path = files(name)
    return _read(str(path), path.stat().st_mtime_ns)


def base_of(name: str, files: Files) -> Scenario:
    """Return a scenario by name as it is; raises DivertError for one that is none or is wrong."""
    return validated(base_tree(name, files))


def keys_written(world: World, base: Scenario) -> dict[str, Any]:
    """Return every scenario key that a world writes, by dotted key.

    Raises DivertError for a change that cannot be made.
    """
    split = str(world.at.get("tightening", base.tightening_from))
    keys: dict[str, Any] = {}
    for name, value in world.levers:
        if name not in (STOP, PERMITS):
            keys |= keys_of(BY_NAME[name], value, base, split)
    keys |= measure_keys(world.measures, world.at, base)
    for key, text in world.more:
        keys[key] = _set_value(key, text)
    return keys


def _set_value(key: str, text: str) -> Any:
    if key in NO_SUCH_KEY:
        raise DivertError(f"found {key}, which the address cannot set; use a file", key="set")
    sentence = unknown_key(key) if not key.startswith("parameters.set.") else None
    if sentence is not None:
        raise DivertError(sentence, key="set")
    return read_yaml(text, option=f"set {key}").values


def scenario_of(world: World, files: Files) -> Scenario:
    """Return the scenario of a world, through the validation that files go through.

    A world that changes anything bears a name of its own. Raises DivertError with the words and
    bounds that a file meets.
    """
    tree = base_tree(world.base, files)
    base = validated(tree)
    keys = keys_written(world, base)
    if world.changes:
        keys = {"name": own_name(world, base.name), **keys}
    made = validated(changed(tree, keys, {}))
    if made.parameters.draws != base.parameters.draws:
        raise DivertError("found a file of draws, which the address cannot name", key="set")
    return made


def own_name(world: World, base: str) -> str:
    """Return the name of a changed world: its scenario's, and a mark of what is changed."""
    said = [list(pair) for pair in world.levers if pair[0] not in SIZE_NAMES]
    text = json.dumps([said, repr(world.measures), sorted(world.more)])
    return f"{base[:LONGEST_BASE]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def same_draws(a: World, b: World) -> tuple[World, World]:
    """Return both worlds with the size and seed of the first."""
    shared = {name: value for name, value in a.levers if name in SIZE_NAMES}
    own = {name: value for name, value in b.levers if name not in SIZE_NAMES}
    return a, World(b.base, in_order(own | shared), b.measures, b.more)


def sized(world: World, **size: Value) -> World:
    """Return a world with another number of members, scale of firms or seed."""
    return World(world.base, in_order(world.at | size), world.measures, world.more)


def moved_levers(world: World) -> tuple[tuple[Lever, Value], ...]:
    """Return the levers of a world that are moved, size and draws apart."""
    own = (pair for pair in world.levers if pair[0] not in SIZE_NAMES)
    return tuple((BY_NAME[name], value) for name, value in own)
