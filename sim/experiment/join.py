"""Worlds side by side: inputs of several scenarios as one block of members, where they can be."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.inputs import Inputs, law_key, law_of
from sim.ladder import Ladder
from sim.registry import Schedule, ValueCap
from sim.scenario import Scenario

Array = NDArray[np.float64]

MEMBER_AXIS = {
    "potential": 0, "potential_multiple": 0, "labour_room": 0, "attraction": 1, "world": 1,
    "log_world": 1, "monitoring": 1, "need": 1, "need_above_base": 1, "decoupling": 1,
    "trade_under_measures": 2, "openness": 1, "season": 1, "cyber": 1, "unrecorded": 0, "arms": 1,
    "fixed_enforcement": 1, "fixed_support": 1, "fixed_effort": 1, "sells_coal": 0,
    "friction_weight": 1, "sigma": 0, "base_receipts": 0, "transit_factor": 0,
}  # fmt: skip
"""Inputs with a member axis, and which axis it is."""

BY_NAME = ("par", "weights", "support_weights", "council_weights")
"""Inputs that map names to arrays with the member axis first."""

OPTIONAL = {"price_floor": 0, "price_cap": 0, "border_threat": 1}
"""Inputs with a member axis that a world may be without."""

SCHEDULE_AXIS = {
    "national": 2, "council": 2, "under_measures": 2, "labour_measures": 2, "entry_closed": 2,
    "permits_ended": 2, "repatriation": 2, "months_left": 1, "clearing_window": 2, "announced": 2,
    "capped": 2, "cap_in_force": 1, "cap_starts": 1,
}  # fmt: skip
CAP_AXIS = {"first": 0, "last": 0, "binds": 1}

APART = {"base", "schedule", "speeds", "ladder", *MEMBER_AXIS, *BY_NAME, *OPTIONAL}
"""Inputs that are joined, or the same in every world; all others must be equal to be joined."""


def shape_of(inputs: Inputs) -> str:
    """Return a digest of all that worlds must have in common to step in one block."""
    whole = hashlib.sha256()
    for field in dataclasses.fields(inputs):
        value = getattr(inputs, field.name)
        if field.name in OPTIONAL:
            value = value is None
        elif field.name in APART:
            continue
        whole.update(field.name.encode() + _bytes(value))
    for cap in inputs.schedule.caps:
        whole.update(
            repr((cap.id, cap.good, cap.total, cap.yearly)).encode() + _bytes(cap.national)
        )
    whole.update(_steps(inputs.ladder))
    return whole.hexdigest()


def _steps(ladder: Ladder | None) -> bytes:
    """Return the steps of a voting Council, with the rules that each one brings, as bytes."""
    if ladder is None:
        return b""
    turns = [(ladder.starts_with[id(rule)], ladder.ends_with[id(rule)]) for rule in ladder.rules]
    return repr((ladder.steps, ladder.rules, turns, ladder.lifted)).encode()


def _bytes(value: Any) -> bytes:
    """Return a value as bytes that tell it apart from others."""
    if isinstance(value, np.ndarray):
        return repr((value.shape, value.dtype.str)).encode() + np.ascontiguousarray(value).tobytes()
    return repr(value).encode()


def laws(worlds: Sequence[tuple[Scenario, dict[str, Array]]]) -> list[Schedule]:
    """Return the law of each world, a scenario and its parameters, each (member,).

    Worlds that share one have it laid out once, for the members of all.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for place, (scenario, _) in enumerate(worlds):
        alike.setdefault(law_key(scenario), []).append(place)
    found: dict[int, Schedule] = {}
    for places in alike.values():
        tables = [worlds[place][1] for place in places]
        whole = law_of(
            worlds[places[0]][0],
            {name: np.concatenate([table[name] for table in tables]) for name in tables[0]},
        )
        first = 0
        for place, table in zip(places, tables, strict=True):
            members = len(next(iter(table.values())))
            found[place] = _part(whole, slice(first, first + members))
            first += members
    return [found[place] for place in range(len(worlds))]


def _part(law: Schedule, who: slice) -> Schedule:
    """Return the law of some members, in the same memory."""
    caps = tuple(dataclasses.replace(cap, **_slices(cap, CAP_AXIS, who)) for cap in law.caps)
    return dataclasses.replace(law, caps=caps, **_slices(law, SCHEDULE_AXIS, who))


def _slices(whole: Any, axes: dict[str, int], who: slice) -> dict[str, Any]:
    return {
        name: getattr(whole, name)[(slice(None),) * axis + (who,)] for name, axis in axes.items()
    }


def join(worlds: Sequence[Inputs]) -> Inputs:
    """Return the members of worlds of one `shape_of` side by side, in order."""
    if len(worlds) == 1:
        return worlds[0]
    first = worlds[0]
    changed: dict[str, Any] = {}
    for name, axis in MEMBER_AXIS.items():
        changed[name] = np.concatenate([_wide(w, name, axis) for w in worlds], axis=axis)
    for name, axis in OPTIONAL.items():
        parts = [getattr(w, name) for w in worlds]
        changed[name] = None if parts[0] is None else np.concatenate(parts, axis=axis)
    for name in BY_NAME:
        tables = [getattr(w, name) for w in worlds]
        changed[name] = {key: np.concatenate([t[key] for t in tables]) for key in tables[0]}
    changed["speeds"] = tuple(
        np.concatenate([w.speeds[k] for w in worlds]) for k in range(len(first.speeds))
    )
    changed["schedule"] = _join_schedules([w.schedule for w in worlds])
    return dataclasses.replace(first, **changed)


def _wide(inputs: Inputs, name: str, axis: int) -> Array:
    """Return an input with its member axis written out."""
    value = np.asarray(getattr(inputs, name))
    if name in ("fixed_enforcement", "fixed_support") and value.ndim == 2:
        value = value[:, None]
    if name == "fixed_effort" and value.shape[1] == 1:
        return np.repeat(value, inputs.members, axis=1)
    if value.ndim > axis and value.shape[axis] == 1 and inputs.members > 1:
        return np.repeat(value, inputs.members, axis=axis)
    return value


def _join_schedules(parts: list[Schedule]) -> Schedule:
    """Return the law of several worlds side by side."""
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=axis)
        for name, axis in SCHEDULE_AXIS.items()
    }
    caps = tuple(_join_caps([part.caps[k] for part in parts]) for k in range(len(parts[0].caps)))
    return dataclasses.replace(parts[0], caps=caps, **arrays)


def _join_caps(parts: list[ValueCap]) -> ValueCap:
    """Return one value cap of several worlds side by side."""
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=axis)
        for name, axis in CAP_AXIS.items()
    }
    return dataclasses.replace(parts[0], **arrays)
