"""The plan of a sweep: which runs there are, what names each one, and the blocks they step in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.axes import month_number
from sim.code import code_digest
from sim.errors import DivertError
from sim.parameters import accepted
from sim.scenario import Scenario
from sim.scenario_file import changed, scenario_of, scenario_tree
from sim.sweep.design import Points, draw_of, lay_points, value_at
from sim.sweep.file import Sweep, base_values
from sim.sweep.outputs import arms_for
from sim.yaml_text import Tree

BLOCK_LANES = 32
"""Members of all points stepped together; changes no result."""

KEPT_WORLDS = 64
"""Scenarios of neighbouring points kept at once; each is built again in a fraction of its run."""


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
        return name_of(key for point in self.points for key in point.keys)


def name_of(keys: Iterable[str]) -> str:
    """Return the name of what holds the runs of some keys."""
    return hashlib.sha256("".join(keys).encode()).hexdigest()[:24]


class Changes:
    """What each point changes: keys of the scenario, and parameters that it sets."""

    def __init__(self, sweep: Sweep, points: Points) -> None:
        self.sweep, self.draws = sweep, points.draws
        pairs = list(zip(points.factors, points.values.columns, strict=True))
        self._keys = [(f.key, column) for f, column in pairs if f.parameter is None]
        self._own = sorted((f.parameter, column) for f, column in pairs if f.parameter is not None)

    def structure(self, point: int) -> str:
        """Return what a point changes in the scenario, parameters apart, as JSON."""
        changes = {key: value_at(column, point) for key, column in self._keys}
        return json.dumps(changes, sort_keys=True, default=str)

    def parameters(self, point: int) -> dict[str, float]:
        """Return the parameters that a point sets: those of its draw, then those of its factors."""
        own = {name: float(column[point]) for name, column in self._own}
        draw = self.draws[point]
        return own if draw is None else dict(sorted((draw_of(self.sweep, draw) | own).items()))


class Worlds:
    """The scenarios of a sweep, by what its factors change; built when they are asked for."""

    def __init__(self, sweep: Sweep, below: Tree | None) -> None:
        self.below = scenario_tree(sweep.scenario) if below is None else below
        self.base = base_values(sweep, self.below)
        self.of = lru_cache(maxsize=KEPT_WORLDS)(self._of)

    def _of(self, structure: str) -> Scenario:
        """Return the scenario with the keys of a JSON text changed; raises DivertError."""
        world = scenario_of(changed(self.base, json.loads(structure), {}))
        accepted(world.parameters.draws)
        return world


@dataclass(frozen=True)
class Plan:
    """All points of a sweep and what names each, those that cannot be run, and the whole.

    `names` (point,) are digests of all that determines a point's runs, `wrong` the sentence about
    each point that cannot be run. `longest` months and `most_firms` are the most of any world.
    """

    sweep: Sweep
    points: Points
    changes: Changes
    worlds: Worlds
    names: tuple[bytes, ...]
    wrong: dict[int, str]
    digest: str
    arms: tuple[str, ...]
    longest: int
    most_firms: int

    @property
    def runs(self) -> int:
        """Return the number of runs: points times members."""
        return len(self.points) * self.sweep.members

    @property
    def runnable(self) -> int:
        """Return the number of runs of points that can be run."""
        return self.runs - len(self.wrong) * self.sweep.members

    def keys(self, point: int) -> tuple[str, ...]:
        """Return the keys of a point's runs, one a member."""
        name = self.names[point]
        digests = (hashlib.sha256(b"%b %d" % (name, m)) for m in range(self.sweep.members))
        return tuple(digest.hexdigest()[:32] for digest in digests)

    def point(self, number: int) -> PointJob:
        """Return a point that can be run."""
        members = tuple(range(self.sweep.members))
        first = number * self.sweep.members if self.sweep.independent else 0
        return PointJob(
            number,
            self.worlds.of(self.changes.structure(number)),
            tuple(self.changes.parameters(number).items()),
            tuple(first + m for m in members),
            members,
            self.keys(number),
        )

    @property
    def failures(self) -> Iterator[Failure]:
        """Yield the points that cannot be run."""
        members = tuple(range(self.sweep.members))
        for number, sentence in self.wrong.items():
            yield Failure(number, members, self.keys(number), sentence)


@dataclass(frozen=True)
class _World:
    """What a plan keeps of a scenario: its digest, or the sentence about what is wrong in it."""

    digest: str
    sentence: str = ""
    months: int = 0
    firms: int = 0
    draws: str = ""


def _look_at(worlds: Worlds, structure: str) -> _World:
    """Return what a plan keeps of a scenario, which itself is not kept."""
    try:
        world = worlds.of(structure)
    except DivertError as error:
        return _World(structure, str(error))
    period, firms = world.period, sum(world.firms.counts())
    length = month_number(period.last) - month_number(period.first) + 1
    return _World(world.digest(), "", length, firms, world.parameters.draws)


def plan_of(sweep: Sweep, below: Tree | None = None) -> Plan:
    """Return the plan of a sweep; a point whose scenario is wrong becomes a failure.

    `below` are the values of its scenario where the file need not be read. Raises DivertError
    where no point can be run.
    """
    points, worlds = lay_points(sweep), Worlds(sweep, below)
    changes = Changes(sweep, points)
    common = [sorted(changes.parameters(0)), sweep.members, sweep.seed, sweep.independent]
    head = json.dumps([*common, code_digest()]).encode()
    seen: dict[str, _World] = {}
    wrong: dict[int, str] = {}
    names = []
    for number in range(len(points)):
        structure = changes.structure(number)
        if structure not in seen:
            seen[structure] = _look_at(worlds, structure)
        world = seen[structure]
        if world.sentence:
            wrong[number] = world.sentence
        own = np.array(list(changes.parameters(number).values()), dtype="<f8")
        name = hashlib.sha256(b"%b %d %b " % (head, number, world.digest.encode()))
        name.update(own.tobytes())
        names.append(name.digest())
    if len(wrong) == len(points):
        raise DivertError(f"no point of the sweep can be run; the first: {wrong[0]}")
    longest = max(world.months for world in seen.values())
    firms = max(world.firms for world in seen.values())
    return Plan(
        sweep, points, changes, worlds, tuple(names), wrong, _digest(sweep, points, seen, names),
        arms_for(sweep.outputs), longest, firms,
    )  # fmt: skip


def _digest(sweep: Sweep, points: Points, seen: dict[str, _World], names: Sequence[bytes]) -> str:
    """Return what tells this sweep from every other: what is kept, draws of a file, every run."""
    whole = hashlib.sha256()
    whole.update(repr((sweep.outputs, sweep.monthly, [f.label for f in points.factors])).encode())
    for file in sorted({world.draws for world in seen.values()} - {""}):
        whole.update(Path(file).read_bytes())
    for name in names:
        whole.update(name)
    return whole.hexdigest()


def blocks(plan: Plan, done: Container[str], lanes: int = BLOCK_LANES) -> Iterator[Job]:
    """Yield the blocks of what is not done yet, neighbours in the design side by side.

    `done` are keys of finished runs. A point is cut where it has more members than a block.
    """
    under_way: list[PointJob] = []
    room = lanes
    for number in range(len(plan.points)):
        if number in plan.wrong:
            continue
        left = [k for k, key in enumerate(plan.keys(number)) if key not in done]
        point = plan.point(number) if left else None
        while point is not None and left:
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
