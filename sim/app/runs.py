"""Runs that visitors ask for: bounded, in a line, shared, with progress, and the same numbers."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import json
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.app.visitors import checked
from sim.code import code_digest
from sim.errors import DivertError
from sim.experiment.answer import counted
from sim.experiment.command import answered
from sim.experiment.ensemble import Ensemble, run_ensemble
from sim.experiment.offset import RECEIVED
from sim.experiment.stored import DECISIONS, StoredRun
from sim.scenario import Scenario
from sim.view.chart import NEEDED
from sim.workers import cores

PREVIEW = {"members": 8, "firms.scale": 0.1}
"""Keys of a scenario that is to answer while a lever moves: about 0.3 s for six years.

Eight members give a trial band (four draws); the bands of a tenth of the firms lie within the
noise of the draws of those of all firms."""

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
KEPT = tuple(dict.fromkeys((*DECISIONS, *NEEDED, *RECEIVED)))
"""Recorded arrays kept of a finished run: what charts, decisions and differences need."""

Single = NDArray[np.float32]


@dataclass(frozen=True)
class Bounds:
    """How much may be asked for: `work` is members x firms x months x arms, `cells` without firms.

    A run of `cells` takes 0.3 GB while it runs, one of `work` half a minute a core. Runs up to
    `quick` have a line of their own with `at_once` threads, the others one thread. `kept` results
    and `bytes` of them stay.
    """

    work: float = 1.0e9
    cells: int = 75_000
    quick: float = 5.0e6
    seconds: float = 900.0
    waiting: int = 16
    a_visitor: int = 6
    at_once: int = min(4, max(1, cores() // 2))
    kept: int = 64
    bytes: int = 90_000_000


@dataclass(frozen=True)
class Status:
    """How far a run is: `share` 0 to 1, `words` for the reader."""

    state: str
    share: float
    words: str


@dataclass(frozen=True)
class Finished:
    """A finished run: arrays as read back from its folder would be, and what answer.json holds."""

    stored: StoredRun
    answer: dict[str, Any]


class _Stopped(Exception):  # noqa: N818 - it is no error
    """Raised inside a run to end it."""


@dataclass
class _Run:
    """One run, from its place in the line to its result."""

    key: str
    scenario: Scenario
    quick: bool
    visitors: set[str]
    state: str = WAITING
    share: float = 0.0
    words: str = ""
    wanted: bool = True
    size: int = 0
    arrays: dict[str, Single] = field(default_factory=dict)
    labels: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    parameters: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.state in (WAITING, RUNNING)


class Runs:
    """Runs of this process, in threads: quick ones never wait behind long ones.

    `draws` are the files of draws that a scenario may name, those of the command line's own.
    """

    def __init__(self, bounds: Bounds | None = None, draws: frozenset[str] = frozenset()) -> None:
        self.bounds = bounds or Bounds()
        self._draws = draws
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self._lines: dict[bool, deque[_Run]] = {True: deque(), False: deque()}
        self._changed = threading.Condition()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def start(self, scenario: Scenario, visitor: str) -> str:
        """Put a scenario in the line, or join the visitor to the same one, and return its key.

        Raises DivertError, saying what to lower, for a run that is too large, and where too many
        wait.
        """
        checked(visitor)
        self._must_fit(scenario)
        key = key_of(scenario)
        with self._changed:
            known = self._runs.get(key)
            if known is not None and known.wanted and (known.open or known.state == DONE):
                self._runs.move_to_end(key)
                if known.open:
                    known.visitors.add(visitor)
                return key
            self._must_have_room(visitor)
            quick = work_of(scenario) <= self.bounds.quick
            run = _Run(key, scenario, quick, {visitor})
            self._runs[key] = run
            self._runs.move_to_end(key)
            self._lines[quick].append(run)
            self._begin()
            self._changed.notify_all()
        return key

    def status(self, key: str) -> Status:
        """Return how far a run is; raises DivertError for one that is not known any more."""
        with self._changed:
            return self._status(self._known(key))

    def has(self, key: str, visitor: str) -> bool:
        """Return whether a run has finished and is kept, or is under way for a visitor."""
        with self._changed:
            run = self._runs.get(key)
            if run is None or not run.wanted:
                return False
            return run.state == DONE or (run.open and visitor in run.visitors)

    def wait(self, key: str, seconds: float) -> Status:
        """Return how far a run is once it has ended, or after `seconds`."""
        with self._changed:
            run = self._known(key)
            self._changed.wait_for(lambda: not run.open, timeout=seconds)
            return self._status(run)

    def cancel(self, key: str, visitor: str) -> None:
        """Take a visitor off a run; nobody left to wait for it, it ends within a month."""
        with self._changed:
            run = self._runs.get(key)
            if run is None or visitor not in run.visitors:
                return
            run.visitors.discard(visitor)
            if run.visitors or not run.open:
                return
            run.wanted = False
            if run.state == WAITING:
                self._lines[run.quick].remove(run)
                run.state = CANCELLED
            self._changed.notify_all()

    def result(self, key: str) -> Finished:
        """Return a finished run; raises DivertError where it has not finished or is gone."""
        with self._changed:
            run = self._known(key)
            self._runs.move_to_end(key)
            if run.state != DONE:
                raise DivertError(f"found no result of this run: {self._status(run).words}")
        months_, arms = run.labels
        arrays = {name: values.astype(np.float64) for name, values in run.arrays.items()}
        return Finished(StoredRun(run.scenario, months_, arms, arrays, run.parameters), run.answer)

    def close(self) -> None:
        """End all runs."""
        with self._changed:
            self._closed = True
            for run in self._runs.values():
                run.wanted = False
            self._changed.notify_all()

    # ---- bounds ----------------------------------------------------------------------------

    def _must_fit(self, scenario: Scenario) -> None:
        """Refuse a scenario that is too large for the browser, or reads a file of its own."""
        own = scenario.parameters.draws
        if own and own not in self._draws:
            raise DivertError(
                "found a file of draws; a run in the browser takes the shipped draws, or those of "
                "a scenario named to `divert view`: run this one with `divert run`",
                key="parameters.draws",
            )
        months_, arms = len(scenario.period.months), len(scenario.arms)
        most = max(1, self.bounds.cells // (months_ * arms))
        if scenario.members > most:
            raise DivertError(
                f"found {scenario.members:,}; allowed in the browser over {months_} months: up to "
                f"{most:,}; run more with `divert run`",
                key="members",
            )
        work = work_of(scenario)
        if work > self.bounds.work:
            share = self.bounds.work / work
            raise DivertError(
                f"found a run {1.0 / share:.1f} times too large for the browser "
                f"({scenario.members:,} members, {sum(scenario.firms.counts()):,} firms, "
                f"{months_} months, {arms} arms); lower members to "
                f"{max(1, int(scenario.members * share)):,}, or firms.scale, or run it with "
                "`divert run`"
            )

    def _must_have_room(self, visitor: str) -> None:
        """Refuse one more run where the line, or the visitor's part of it, is full."""
        waiting = [run for line in self._lines.values() for run in line]
        own = [run for run in self._runs.values() if run.open and visitor in run.visitors]
        if len(own) >= self.bounds.a_visitor:
            raise DivertError(
                f"found {len(own)} runs of yours that have not finished; allowed: "
                f"{self.bounds.a_visitor} at once: wait, or cancel one"
            )
        if len(waiting) >= self.bounds.waiting:
            raise DivertError(
                f"found {len(waiting)} runs waiting; allowed: {self.bounds.waiting}: try again in "
                "a minute"
            )

    # ---- the line --------------------------------------------------------------------------

    def _known(self, key: str) -> _Run:
        found = self._runs.get(key)
        if found is None:
            raise DivertError("found no such run: it was made too long ago; run it again")
        return found

    def _status(self, run: _Run) -> Status:
        """Return state, share and words of a run, under the lock."""
        words, members = run.words, counted(run.scenario.members, "member")
        if run.state == WAITING:
            before = self._lines[run.quick].index(run) if run in self._lines[run.quick] else 0
            words = "Waiting: it is next." if before == 0 else f"Waiting: {before} before it."
        elif run.state == RUNNING:
            words = f"Running {members}: {100.0 * run.share:.0f} % done."
        elif run.state == CANCELLED:
            words = "Cancelled before it finished."
        elif run.state == DONE:
            words = f"Finished {members}."
        return Status(run.state, 1.0 if run.state == DONE else run.share, words)

    def _begin(self) -> None:
        """Start the threads at the first run."""
        if self._threads:
            return
        # What was imported stays for good and need not be looked through after each run.
        gc.freeze()
        for quick in (True, False):
            for _ in range(self.bounds.at_once if quick else 1):
                thread = threading.Thread(target=self._serve, args=(quick,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, quick: bool) -> None:
        """Run what stands in a line, one after another, until all is closed."""
        line = self._lines[quick]
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(line) or self._closed)
                if self._closed:
                    return
                run = line.popleft()
                run.state = RUNNING
            self._do(run)
            with self._changed:
                self._drop_old()
                self._changed.notify_all()
            _give_back()

    def _do(self, run: _Run) -> None:
        """Run one scenario and keep its result, or say why there is none."""
        state, words = FAILED, ""
        try:
            _keep(run, run_ensemble(run.scenario, run.scenario.arms, self._watch(run)))
            state = DONE
        except _Stopped as why:
            words = str(why)
            state = FAILED if words else CANCELLED
        except DivertError as error:
            words = str(error)
        except MemoryError:
            words = "The machine has too little memory for it: lower members."
        except Exception as error:
            logging.getLogger("divert.view").exception("a run failed")
            words = f"Something went wrong inside divert: {' '.join(str(error).split())}"
        with self._changed:
            run.state, run.words = state, words

    def _watch(self, run: _Run) -> Callable[[float], None]:
        """Return what notes the share done once a month, and ends a run that is not wanted."""
        end = time.monotonic() + self.bounds.seconds

        def note(share: float) -> None:
            run.share = share
            if not run.wanted:
                raise _Stopped
            if time.monotonic() > end:
                raise _Stopped(
                    f"It took longer than {self.bounds.seconds / 60.0:.0f} minutes and was ended: "
                    "lower members, firms.scale or the months, or run it with `divert run`."
                )

        return note

    def _drop_old(self) -> None:
        """Drop the results used least recently beyond what may be kept, under the lock."""
        ended = [run for run in self._runs.values() if not run.open]
        size = sum(run.size for run in ended)
        for run in ended[:-1]:
            if size <= self.bounds.bytes and len(ended) <= self.bounds.kept:
                return
            del self._runs[run.key]
            ended.remove(run)
            size -= run.size


def _give_back() -> None:
    """Give memory back at once: a model and its agents name each other, and C keeps what is free.

    Where C has no such call nothing is lost but memory.
    """
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def key_of(scenario: Scenario) -> str:
    """Return what a run is known by: the digest of its scenario, prose included, and the code."""
    text = json.dumps(scenario.resolved(), sort_keys=True, allow_nan=False)
    return hashlib.sha256(f"{code_digest()}{text}".encode()).hexdigest()


def work_of(scenario: Scenario) -> float:
    """Return members x firms x months x arms of a scenario."""
    firms = sum(scenario.firms.counts())
    return float(scenario.members) * firms * len(scenario.period.months) * len(scenario.arms)


def _keep(run: _Run, ensemble: Ensemble) -> None:
    """Keep of a finished ensemble what pages show, as precise as its folder would be."""
    run.answer = answered(ensemble).answer
    run.arrays = {name: ensemble.record[name].astype(np.float32) for name in KEPT}
    run.labels = (tuple(ensemble.inputs.months), ensemble.arms)
    run.parameters = dict(ensemble.parameters)
    run.size = sum(values.nbytes for values in run.arrays.values())
