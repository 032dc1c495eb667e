"""The plan of a sweep: which runs there are, what names each one, and the blocks they step in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sim.code import code_digest
from sim.errors import DivertError
from sim.scenario import Scenario
from sim.sweep.design import Points, draw_of, lay_points
from sim.sweep.file import Sweep, base_scenario
from sim.sweep.outputs import arms_for

BLOCK_LANES = 32
"""Members of all points stepped together; changes no result."""


@dataclass(frozen=True)
class PointJob:
    """One point: its world, the parameters it sets, its members and the keys of their runs."""

    point: int
    world: Scenario
    parameters: tuple[tuple[str, float], ...]
    ids: tuple[int, ...]
    members: tuple[int, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """A point that cannot be run, and why."""

    point: int
    members: tuple[int, ...]
    keys: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class Job:
    """A block of points to be run together, and what to keep."""

    points: tuple[PointJob, ...]
    outputs: tuple[str, ...]
    monthly: tuple[str, ...]
    arms: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return a name that says what the block holds."""
        keys = "".join(key for point in self.points for key in point.keys)
        return hashlib.sha256(keys.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Plan:
    """All points of a sweep, those that cannot be run, and what identifies the whole."""

    sweep: Sweep
    points: Points
    jobs: tuple[PointJob, ...]
    failures: tuple[Failure, ...]
    digest: str
    arms: tuple[str, ...]

    @property
    def runs(self) -> int:
        """Return the number of runs: points times members."""
        return len(self.points) * self.sweep.members


def plan_of(sweep: Sweep) -> Plan:
    """Return the plan of a sweep; a point whose scenario is wrong becomes a failure.

    Raises DivertError where no point can be run.
    """
    points = lay_points(sweep)
    worlds: dict[str, Scenario | DivertError] = {}
    jobs, failures = [], []
    for number, values in enumerate(points.values):
        structure = {
            f.key: v for f, v in zip(points.factors, values, strict=True) if f.parameter is None
        }
        own = {
            f.parameter: float(v)
            for f, v in zip(points.factors, values, strict=True)
            if f.parameter is not None
        }
        draw = points.draws[number]
        if draw is not None:
            own = draw_of(sweep, draw) | own
        name = json.dumps(structure, sort_keys=True, default=str)
        if name not in worlds:
            worlds[name] = _world(sweep, structure)
        world = worlds[name]
        members = tuple(range(sweep.members))
        first = number * sweep.members if sweep.independent else 0
        ids = tuple(first + m for m in members)
        identity = world.digest() if isinstance(world, Scenario) else name
        keys = tuple(_key(sweep, identity, own, i) for i in ids)
        if isinstance(world, Scenario):
            jobs.append(PointJob(number, world, tuple(sorted(own.items())), ids, members, keys))
        else:
            failures.append(Failure(number, members, keys, str(world)))
    if failures and not jobs:
        raise DivertError(f"no point of the sweep can be run; the first: {failures[0].message}")
    digest = hashlib.sha256()
    digest.update(repr((sweep.outputs, sweep.monthly, [f.label for f in points.factors])).encode())
    for keys in (*(job.keys for job in jobs), *(failure.keys for failure in failures)):
        digest.update("".join(keys).encode())
    arms = arms_for(sweep.outputs)
    return Plan(sweep, points, tuple(jobs), tuple(failures), digest.hexdigest(), arms)


def _world(sweep: Sweep, structure: dict[str, Any]) -> Scenario | DivertError:
    try:
        return base_scenario(sweep, structure)
    except DivertError as error:
        return error


def _key(sweep: Sweep, world: str, parameters: dict[str, float], member: int) -> str:
    """Return the digest of all that determines a run."""
    parts = {
        "world": world,
        "parameters": sorted(parameters.items()),
        "member": member,
        "members": sweep.members,
        "seed": sweep.seed,
        "code": code_digest(),
    }
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def blocks(plan: Plan, done: Iterable[str], lanes: int = BLOCK_LANES) -> Iterator[Job]:
    """Yield the blocks of what is not done yet, neighbours in the design side by side.

    `done` are keys of finished runs. A point is cut where it has more members than a block.
    """
    finished = set(done)
    under_way: list[PointJob] = []
    room = lanes
    for point in plan.jobs:
        left = [k for k, key in enumerate(point.keys) if key not in finished]
        while left:
            taken, left = left[:room], left[room:]
            under_way.append(_part(point, taken))
            room -= len(taken)
            if room == 0:
                yield _job(plan, under_way)
                under_way, room = [], lanes
    if under_way:
        yield _job(plan, under_way)


def _part(point: PointJob, places: list[int]) -> PointJob:
    pick = lambda values: tuple(values[k] for k in places)  # noqa: E731
    return PointJob(
        point.point, point.world, point.parameters, pick(point.ids), pick(point.members),
        pick(point.keys),
    )  # fmt: skip


def _job(plan: Plan, points: list[PointJob]) -> Job:
    return Job(tuple(points), plan.sweep.outputs, plan.sweep.monthly, plan.arms)
