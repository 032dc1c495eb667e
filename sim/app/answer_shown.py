"""What the page Answer shows: a finished run, one made in the browser, or the published answer."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim import __version__
from sim.app.desk import Desk
from sim.errors import DivertError
from sim.experiment.claim_model import NEEDED
from sim.experiment.claims import Claim, claims
from sim.experiment.stored import MANIFEST, StoredRun
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.view.publish import MAIN, SEARCH
from sim.view.published import read_published
from sim.view.report import run_words
from sim.view.report_sections import again_facts
from sim.view.report_source import BREAK_EVEN, read_break_even, read_finished, sentences_of

RUN, MADE, PUBLISHED = "run", "made", "published"
LONGEST_LABEL = 200
KEPT = 8
"""Runs whose answers are kept, small as they are without arrays."""

NOT_RUN = (
    "Nothing has been run yet and no published answer came with this installation: press the "
    "button, or run `divert run historical` and reload."
)

SEARCHED = (
    f"Scenario {MAIN} with {SEARCH['members']} draws and {SEARCH['firms.scale']} of the firms, as "
    "`divert break-even` makes it."
)


@dataclass(frozen=True)
class Choice:
    """Which answer the address names: `kind` run, made or published, and the label or key."""

    kind: str
    label: str = ""

    @property
    def value(self) -> str:
        """Return the choice as the picker holds it."""
        return f"{self.kind}:{self.label}"

    @property
    def query(self) -> dict[str, str]:
        """Return the choice as an address holds it."""
        return {self.kind: self.label or "yes"}


@dataclass(frozen=True)
class Shown:
    """An answer with all that stands around it; `folder` is None where no run lies on disk.

    `about` says where it comes from, `facts` what determines it, `surface` are the rows of a
    break-even with its sentences.
    """

    about: str
    scenario: Scenario
    answer: dict[str, Any]
    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    command: str
    claims: tuple[Claim, ...]
    why_no_claims: str
    folder: Path | None = None
    surface: tuple[dict[str, str], ...] = ()
    surface_words: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Return whether the run was asked for an answer and had the arms for it."""
        return self.answer.get("question") is not None


def choice_of(query: Mapping[str, str], finished: tuple[str, ...]) -> Choice:
    """Return which answer an address names: without one the first finished run, else published.

    Raises DivertError for a label that is too long to be one.
    """
    for kind in (RUN, MADE, PUBLISHED):
        if query.get(kind):
            label = query[kind]
            if len(label) > LONGEST_LABEL:
                raise DivertError(f"found a label of {len(label):,} characters, which is none")
            return Choice(kind, "" if kind == PUBLISHED else label)
    return Choice(RUN, finished[0]) if finished else Choice(PUBLISHED)


def choice_from(value: str) -> Choice:
    """Return the choice of a value of the picker."""
    kind, _, label = value.partition(":")
    return Choice(kind if kind in (RUN, MADE) else PUBLISHED, label)


def shown(desk: Desk, choice: Choice) -> Shown:
    """Return what an answer is shown with; raises DivertError that says what to run instead."""
    if choice.kind == RUN:
        folder = desk.folder(choice.label)
        return _of_folder(folder, (folder / MANIFEST).stat().st_mtime_ns, desk.results)
    if choice.kind == MADE:
        found = desk.runs.result(choice.label)
        return _of_made(found.stored, found.answer)
    return _published()


@lru_cache(maxsize=KEPT)
def _of_folder(folder: Path, stamp: int, results: Path) -> Shown:
    """Return a finished run; `stamp` is when it was written, so that a newer one is read again."""
    run = read_finished(folder, NEEDED)
    scenario = run.stored.scenario
    tested, why_not = _claims(run.stored)
    surface, words = _break_even(results)
    return Shown(
        f"The scenario {scenario.name}, run into the folder {folder.name}.",
        scenario, run.answer, run.sentences,
        tuple(again_facts(scenario, run.manifest, __version__)),
        f"divert run {run_words(scenario)} --out {shlex.quote(str(folder.parent))}",
        tested, why_not, folder, surface, words,
    )  # fmt: skip


def _of_made(stored: StoredRun, answer: dict[str, Any]) -> Shown:
    """Return a run that was made in the browser and lies nowhere on disk."""
    scenario = stored.scenario
    said = {"divert": __version__, "scenario_digest": scenario.digest(), "draws_sha256": "shipped"}
    return Shown(
        f"The scenario {scenario.name}, run here and kept in memory until `divert view` ends; the "
        "command below writes the same numbers into a folder.",
        scenario, answer, sentences_of(answer), tuple(_made_facts(scenario, said)),
        f"divert run {run_words(scenario)}", (),
        "The claims are tested on runs that `divert run` wrote: run the command below and choose "
        "the run above.",
    )  # fmt: skip


def _made_facts(scenario: Scenario, said: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what determines a run of this process: the code is that which runs."""
    import platform

    import numpy as np

    from sim.code import code_digest

    more = {"code": code_digest(), "python": platform.python_version(), "numpy": np.__version__}
    return again_facts(scenario, said | more, __version__)


@lru_cache(maxsize=1)
def _published() -> Shown:
    """Return the published answer; raises DivertError where it did not come along."""
    found = read_published()
    if found is None:
        raise DivertError(NOT_RUN)
    scenario = load_scenario(MAIN, {})
    names = ("seed", "members", "firms", "digest of the scenario")
    known = again_facts(scenario, {"scenario_digest": scenario.digest()}, __version__)
    facts = [fact for fact in known if fact[0] in names]
    facts += [("version of divert", __version__), ("digest of answer.json", found.digest)]
    return Shown(
        "The answer published with divert, for who has run nothing yet; `divert publish --check` "
        "makes it again and compares.",
        scenario, found.answer, sentences_of(found.answer), tuple(facts),
        f"divert run {run_words(scenario)}", found.claims,
        "The claims did not come with this installation: `divert claims` tests them.",
        surface=found.surface, surface_words=(SEARCHED,) if found.surface else (),
    )  # fmt: skip


def _claims(stored: StoredRun) -> tuple[tuple[Claim, ...], str]:
    """Return the claims tested on a run, else why they were not."""
    try:
        return tuple(claims(stored)), ""
    except DivertError as error:
        return (), f"The claims were not tested on this run: {error}."


def _break_even(results: Path) -> tuple[tuple[dict[str, str], ...], tuple[str, ...]]:
    """Return the break-even in the results folder, nothing where there is none that can be read."""
    path = results / "break-even" / BREAK_EVEN
    if not path.is_file():
        return (), ()
    try:
        found = read_break_even(path)
    except DivertError as error:
        return (), (f"The break-even in the results folder is not shown: {error}.",)
    data = found.data
    about = (
        f"Scenario {data['scenario']}, {data['window'][0]} to {data['window'][1]}, "
        f"{data['members']} draws, seed {data['seed']}, {data['firms_scale']:g} times the firms."
    )
    return found.surface, (about, *data["sentences"])
