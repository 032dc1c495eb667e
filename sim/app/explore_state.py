"""Where a visitor of Explore stands and stood: undo, redo, and the runs that two worlds need."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.app.explore_address import LONGEST, SIDES, Pair, from_search, to_search
from sim.app.levers import SIZE_NAMES, Value
from sim.app.runs import DONE, PREVIEW, RUNNING, WAITING, Runs, key_of
from sim.app.world import Files, World, base_of, scenario_of, sized
from sim.errors import DivertError
from sim.experiment.answer import counted
from sim.scenario import Scenario

MOST_KEPT, MOST_TEXT = 40, 60_000
"""Steps that can be undone, and their characters: every request carries them."""


@dataclass(frozen=True)
class History:
    """The address shown, those before it (the nearest last) and those undone (likewise)."""

    at: str
    past: tuple[str, ...] = ()
    future: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return it as a page keeps it."""
        return {"at": self.at, "past": list(self.past), "future": list(self.future)}

    def moved_to(self, at: str) -> History:
        """Return the history after a step to another address."""
        if at == self.at:
            return self
        return History(at, _kept((*self.past, self.at)))

    def undone(self) -> History:
        """Return the history one step back, itself where there is none."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], _kept((*self.future, self.at)))

    def redone(self) -> History:
        """Return the history with the last undone step made again."""
        if not self.future:
            return self
        return History(self.future[-1], _kept((*self.past, self.at)), self.future[:-1])


def _kept(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Return the nearest steps, as many as may be kept."""
    steps = steps[-MOST_KEPT:]
    while sum(map(len, steps)) > MOST_TEXT:
        steps = steps[1:]
    return steps


def history_of(data: Any) -> History:
    """Return the history that a page sends; raises DivertError for what no page keeps."""
    if isinstance(data, Mapping):
        at, past, future = (data.get(key) for key in ("at", "past", "future"))
        lists = [x for x in (past, future) if isinstance(x, list) and len(x) <= MOST_KEPT]
        texts = [at, *(text for one in lists for text in one)]
        if len(lists) == 2 and all(isinstance(t, str) and len(t) <= 3 * LONGEST for t in texts):
            return History(str(at), tuple(lists[0]), tuple(lists[1]))
    raise DivertError("found no state of this page with the request; reload the page")


def stepped(history: History, pair: Pair, files: Files) -> History:
    """Return the history after a change; raises DivertError where a world is no scenario then."""
    for side in SIDES:
        try:
            scenario_of(pair[side], files)
        except DivertError as error:
            raise DivertError(f"World {side.upper()}: {error}") from None
    return history.moved_to(to_search(pair))


def pair_at(history: History) -> Pair:
    """Return the pair that a history stands at; raises DivertError."""
    return from_search(history.at)


def bases_of(pair: Pair, files: Files) -> dict[str, Scenario]:
    """Return the scenarios of both worlds as they are; raises DivertError for one that is none."""
    return {side: base_of(pair[side].base, files) for side in SIDES}


def with_base(pair: Pair, side: str, name: str) -> Pair:
    """Return the pair with another scenario in one world, nothing of it changed."""
    size = {n: v for n, v in pair.a.levers if n in SIZE_NAMES}
    return pair.with_world(side, sized(World(name), **size))


def reset(pair: Pair) -> Pair:
    """Return the pair with both worlds as their scenarios are; what is looked at stays."""
    return Pair(World(pair.a.base), World(pair.b.base), pair.view)


def copied(pair: Pair, source: str) -> Pair:
    """Return the pair with one world copied into the other."""
    return Pair(pair[source], pair[source], pair.view)


def scenarios_to_run(pair: Pair, files: Files, full: bool) -> tuple[Scenario, ...]:
    """Return what is run for a pair: one scenario where B is as A, else two on the same draws.

    Without `full` at the size of a preview. Raises DivertError for a world that is none.
    """
    a = scenario_of(pair.a, files)
    size: dict[str, Value] = {"members": a.members, "scale": a.firms.scale, "seed": a.seed}
    if not full:
        size["members"] = min(a.members, int(PREVIEW["members"]))
        size["scale"] = min(a.firms.scale, float(PREVIEW["firms.scale"]))
    made = [scenario_of(sized(pair[side], **size), files) for side in SIDES]
    return tuple(made[:1] if made[0] == made[1] else made)


@dataclass(frozen=True)
class Asked:
    """Runs that were asked for, by key: of A, and of B where it differs; and at what size."""

    keys: tuple[str, ...]
    full: bool

    def data(self) -> dict[str, Any]:
        """Return it as a page keeps it."""
        return {"keys": list(self.keys), "full": self.full}


def asked_of(data: Any) -> Asked | None:
    """Return the runs that a page sends, None for none."""
    if isinstance(data, Mapping) and isinstance(data.get("keys"), list):
        keys = [key for key in data["keys"][:2] if isinstance(key, str) and len(key) <= 64]
        if keys:
            return Asked(tuple(keys), bool(data.get("full")))
    return None


def ask(runs: Runs, scenarios: tuple[Scenario, ...], full: bool, visitor: str) -> Asked:
    """Start runs, or join those that are running already; raises DivertError beyond the bounds."""
    return Asked(tuple(runs.start(scenario, visitor) for scenario in scenarios), full)


def leave(runs: Runs, asked: Asked | None, kept: tuple[Scenario, ...], visitor: str) -> None:
    """Take a visitor off runs that he no longer waits for, those of other scenarios."""
    keys = {key_of(scenario) for scenario in kept}
    for key in asked.keys if asked else ():
        if key not in keys:
            runs.cancel(key, visitor)


@dataclass(frozen=True)
class Progress:
    """How far the runs of both worlds are together: share 0 to 1, and in words."""

    done: bool
    ended: bool
    share: float
    words: str


def progress_of(runs: Runs, asked: Asked, seconds: float) -> Progress:
    """Return how far runs are, waiting up to `seconds` for them; raises DivertError where gone."""
    end = time.monotonic() + seconds
    found = [runs.wait(key, max(0.0, end - time.monotonic())) for key in asked.keys]
    done = all(status.state == DONE for status in found)
    ended = all(status.state not in (WAITING, RUNNING) for status in found)
    letters = "AB" if len(found) == 2 else " "
    words = " ".join(
        f"{letter}: {status.words}".strip(": ")
        for letter, status in zip(letters, found, strict=True)
        if done or status.state != DONE
    )
    return Progress(done, ended, sum(status.share for status in found) / len(found), words)


def preview_words(scenario: Scenario, full: bool) -> str:
    """Return how large the runs shown are, in words."""
    members, scale = scenario.members, scenario.firms.scale
    draws = -(-members // scenario.seeds_per_draw)
    firms = {0.1: "a tenth of the firms", 1.0: "all firms"}.get(scale, f"{scale:g} of the firms")
    size = f"{counted(members, 'member')} ({counted(draws, 'draw')}), {firms}, seed {scenario.seed}"
    if full:
        return f"In full: {size}."
    return f"Preview: {size}. Its bands are rough: run in full before you quote a number."
