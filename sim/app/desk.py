"""What lies on the desk: results, scenarios and sweeps by label; a browser names nothing else."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sim.app.runs import Runs
from sim.app.visitors import Visitors
from sim.errors import DivertError, nearest
from sim.experiment.leftovers import settle
from sim.experiment.stored import ARRAYS, MANIFEST, StoredRun, read_manifest, read_run
from sim.json_text import json_of
from sim.scenario import Scenario
from sim.scenario_file import ENDINGS, SHIPPED, find_scenario, load_scenario, shipped_names
from sim.sweep.file import is_sweep
from sim.sweep.store import PARTS, POINTS
from sim.view.chart import NEEDED
from sim.view.report_source import ANSWER, RUN, SWEEP, kind_of

SCENARIO = "scenario"
FIRST_PAGES = {RUN: ("/", "run"), SCENARIO: ("/explore", "a"), SWEEP: ("/sweep", "sweep")}
"""Page that shows each kind of thing, and the key of its label in the address."""

FIRST = "historical"
"""Run that is shown first where the command line names none."""

MOST_READ = 3
"""Runs read from disk that are kept in memory."""


@dataclass(frozen=True)
class Opened:
    """What the command line named: `kind` is run, scenario or sweep; `label` is what pages say."""

    kind: str
    label: str
    path: Path


@dataclass(frozen=True)
class Desk:
    """Everything that pages may show, and where runs and visitors are kept.

    Pages name results, scenarios and sweeps by label; a label is looked up and never made a path.
    """

    results: Path
    scenarios: Path
    opened: tuple[Opened, ...] = ()
    runs: Runs = field(default_factory=Runs)
    visitors: Visitors = field(default_factory=Visitors)
    _read: OrderedDict[tuple[Path, int], StoredRun] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def finished(self) -> tuple[str, ...]:
        """Return the labels of finished runs, those of the command line first."""
        return tuple(self._runs())

    def run(self, label: str) -> StoredRun:
        """Return a finished run with the arrays that charts and decisions need.

        Raises DivertError for a label that is none, and a folder that cannot be read.
        """
        folder = self.folder(label)
        stamp = (folder, _stamp(folder / MANIFEST))
        with self._lock:
            found = self._read.get(stamp)
            if found is None:
                found = self._read[stamp] = read_run(folder, NEEDED)
            self._read.move_to_end(stamp)
            while len(self._read) > MOST_READ:
                self._read.popitem(last=False)
            return found

    def answer(self, label: str) -> dict[str, Any]:
        """Return what answer.json of a finished run holds; raises DivertError like `run`."""
        path = self.folder(label) / ANSWER
        try:
            found = json_of(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DivertError("the file cannot be read; run the scenario again", file=path) from (
                error
            )
        if not isinstance(found, dict):
            raise DivertError("found no answer in it; run the scenario again", file=path)
        return found

    def folder(self, label: str) -> Path:
        """Return the folder of a finished run; raises DivertError for a label that is none."""
        return _looked_up(label, self._runs(), "finished run", "divert run")

    def scenario_names(self) -> tuple[str, ...]:
        """Return the names of scenarios: the command line's, the folder's, the shipped ones."""
        return tuple(self._scenarios())

    def scenario(self, name: str) -> Scenario:
        """Return a scenario by name; raises DivertError for no such name or a wrong file."""
        return load_scenario(self.scenario_file(name))

    def scenario_file(self, name: str) -> Path:
        """Return the file of a scenario; raises DivertError for a name that is none."""
        return _looked_up(name, self._scenarios(), "scenario", "divert new")

    def sweeps(self) -> tuple[str, ...]:
        """Return the labels of sweeps with finished runs, those of the command line first."""
        return tuple(self._sweeps())

    def sweep_folder(self, label: str) -> Path:
        """Return the folder of a sweep; raises DivertError for a label that is none."""
        return _looked_up(label, self._sweeps(), "sweep", "divert sweep")

    def first_page(self) -> str:
        """Return path and query of the page that shows what the command line named first."""
        if not self.opened:
            return "/"
        path, key = FIRST_PAGES[self.opened[0].kind]
        return f"{path}?{urlencode({key: self.opened[0].label})}"

    def _runs(self) -> dict[str, Path]:
        folders = sorted(_folders(self.results), key=lambda p: p.name != FIRST)
        return self._named(RUN) | _unnamed(self._named(RUN), (p for p in folders if _is_run(p)))

    def _sweeps(self) -> dict[str, Path]:
        return self._named(SWEEP) | _unnamed(
            self._named(SWEEP), (p for p in _folders(self.results) if _is_sweep(p))
        )

    def _scenarios(self) -> dict[str, Path]:
        found = self._named(SCENARIO)
        for folder in (self.scenarios, SHIPPED):
            for path in sorted(folder.glob("*.yaml")):
                found.setdefault(path.stem, path)
        return found

    def _named(self, kind: str) -> dict[str, Path]:
        return {one.label: one.path for one in self.opened if one.kind == kind}


def open_desk(
    wanted: Sequence[str], results: Path, scenarios: Path, runs: Runs | None = None
) -> Desk:
    """Return the desk with what the command line named; raises DivertError for what is nothing."""
    opened: list[Opened] = []
    for word in wanted:
        opened.append(_opened(word, opened))
    draws = frozenset(
        load_scenario(one.path).parameters.draws for one in opened if one.kind == SCENARIO
    )
    return Desk(results, scenarios, tuple(opened), runs or Runs(draws=draws - {""}))


def _opened(word: str, before: Sequence[Opened]) -> Opened:
    """Return what a word of the command line names, under a label of its own."""
    path = Path(word)
    if word.strip() and path.is_dir():
        kind = kind_of(path)
        if kind not in (RUN, SWEEP):
            raise DivertError(
                "found a folder of another kind; allowed: a folder that `divert run` or `divert "
                "sweep` wrote, or a scenario",
                file=word,
            )
    elif path.is_file() and path.suffix in ENDINGS and is_sweep(word):
        raise DivertError(
            "found the file of a sweep; allowed: the folder of its results: run it with `divert "
            "sweep` first",
            file=word,
        )
    else:
        kind, path = SCENARIO, _scenario_file(word)
        load_scenario(path)
    stem = path.stem if kind == SCENARIO else path.resolve().name
    taken = {one.label for one in before if one.kind == kind}
    label, count = stem, 1
    while label in taken:
        count += 1
        label = f"{stem} ({count})"
    return Opened(kind, label, path.resolve())


def _scenario_file(word: str) -> Path:
    """Return the file of a scenario that the command line names."""
    try:
        return find_scenario(word)
    except DivertError:
        names = shipped_names()
        raise DivertError(
            f"found {word!r}, which is no folder of results and no scenario; allowed: a folder "
            "that `divert run` or `divert sweep` wrote, the path of a scenario file, or one of "
            f"{', '.join(names)}{nearest(Path(word).name, names)}"
        ) from None


def _unnamed(named: Mapping[str, Path], folders: Any) -> dict[str, Path]:
    """Return folders by name that the command line did not name already."""
    taken = set(named.values())
    return {p.name: p for p in folders if p.resolve() not in taken and p.name not in named}


def _folders(place: Path) -> list[Path]:
    """Return the folders of a place in order, none where there is no such place."""
    settle(place)
    try:
        return sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError:
        return []


def _is_run(folder: Path) -> bool:
    """Return whether a folder holds a run whose manifest can be read."""
    if not (folder / ARRAYS).is_file() or (folder / POINTS).is_file():
        return False
    try:
        read_manifest(folder)
    except DivertError:
        return False
    return True


def _is_sweep(folder: Path) -> bool:
    return (folder / POINTS).is_file() and any((folder / PARTS).glob("*.parquet"))


def _looked_up(label: str, known: Mapping[str, Path], what: str, verb: str) -> Path:
    """Return the place of a label; raises DivertError for one that is not on the desk."""
    if isinstance(label, str) and label in known:
        return known[label]
    allowed = ", ".join(known) or f"none yet: `{verb}` makes one"
    raise DivertError(
        f"found no {what} {str(label)[:80]!r}; allowed: {allowed}{nearest(str(label)[:80], known)}"
    )


def _stamp(path: Path) -> int:
    """Return when a file was written, so that a run made again is read again."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
