"""The published answer made again: its tables and figures, from runs or from finished folders."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sim.code import code_digest
from sim.errors import DivertError, nearest
from sim.experiment.break_even_command import run_break_even
from sim.experiment.claim_model import NEEDED
from sim.experiment.command import run_scenario
from sim.experiment.leftovers import scratch_beside, settle
from sim.experiment.results import check_writable, whole_folder, write_json
from sim.experiment.stored import (
    AGAIN,
    ARRAYS,
    check_whole,
    must_hold_results,
    read_manifest,
    read_run,
)
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.view.claims_files import write_claims
from sim.view.evidence import SHIPPED, write_evidence_folder
from sim.workers import cores

MAIN, CLAIMS, BREAK_EVEN, EVIDENCE = "historical", "claims", "break-even", "evidence"
ANSWER = ("answer.json", "answer.csv", "patterns.csv", "offset.png")
SOURCES = "sources.json"

PUBLISHED: dict[str, tuple[str, ...]] = {
    MAIN: (*ANSWER, "model_against_data.png"),
    "new-axis": (*ANSWER, "who_moved_whom.png"),
    CLAIMS: ("claims.csv", "claims.png"),
    BREAK_EVEN: ("break_even.csv", "surface.csv", "break_even.png"),
    EVIDENCE: (SOURCES, "holdout_china.png", "prior_posterior.png"),
}
"""Parts of the published answer, each a folder, and the files in it."""

SEARCH = {"seeds_per_draw": "1", "members": "16", "firms.scale": "0.25"}
"""Size of the break-even, that of `divert break-even` by default."""

Report = Callable[[str], AbstractContextManager[Callable[[float], None] | None]]


def parts_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of these names, all without one; raises DivertError for an unknown name."""
    for name in names:
        if name not in PUBLISHED:
            raise DivertError(
                f"found {name!r}; allowed: {', '.join(PUBLISHED)}{nearest(name, PUBLISHED)}",
                key="PART",
            )
    return tuple(part for part in PUBLISHED if part in names or not names)


def shipped(name: str) -> Scenario:
    """Return a shipped scenario at the size it is published with."""
    return load_scenario(name, {})


@dataclass
class Maker:
    """Makes parts of the published answer in a scratch folder.

    `runs` is a folder of finished runs to take in place of running, if there is one.
    """

    scratch: Path
    runs: Path | None
    report: Report

    def make(self, part: str, folder: Path) -> None:
        """Write the files of a part into a folder.

        Raises DivertError where a finished run is missing, of another size or of other code.
        """
        if part == EVIDENCE:
            source = self._evidence()
        elif part == BREAK_EVEN:
            source = self._break_even()
        elif part == CLAIMS:
            run = read_run(self._run(MAIN, (ARRAYS,)), NEEDED)
            source = write_claims(run, self.scratch)[1]
        else:
            source = self._run(part, PUBLISHED[part])
        folder.mkdir(parents=True, exist_ok=True)
        for name in PUBLISHED[part]:
            shutil.copyfile(source / name, folder / name)

    def _run(self, name: str, files: tuple[str, ...]) -> Path:
        """Return the folder of a scenario's run, made now where no finished one is to be taken."""
        scenario = shipped(name)
        if self.runs is not None:
            return finished_run(self.runs / name, scenario, files)
        folder = self.scratch / name
        if not folder.exists():
            with self.report(name) as report:
                run_scenario(scenario, self.scratch, report)
        return folder

    def _break_even(self) -> Path:
        with self.report(BREAK_EVEN) as report:
            scenario = load_scenario(MAIN, SEARCH)
            return run_break_even(scenario, self.scratch, cores(), progress=report).folder

    def _evidence(self) -> Path:
        """Return the folder of the evidence, with the digest of every table it is drawn from."""
        folder = write_evidence_folder([], self.scratch)[0].parent
        tables = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(SHIPPED.iterdir())
            if path.suffix in (".csv", ".json")
        }
        write_json(folder / SOURCES, {"sim/data/evidence": tables})
        return folder


def finished_run(folder: Path, scenario: Scenario, files: tuple[str, ...]) -> Path:
    """Return a folder that holds the run of a scenario by this code, these files whole.

    Raises DivertError where it does not.
    """
    must_hold_results(folder)
    manifest = read_manifest(folder)
    if manifest["scenario_digest"] != scenario.digest():
        raise DivertError(
            f"found a run that is not {scenario.name} as it is published ({scenario.members} "
            f"members, seed {scenario.seed}); {AGAIN} without options",
            file=folder,
        )
    if manifest["code"] != code_digest():
        raise DivertError(
            f"found a run that other code or data of divert wrote; {AGAIN}", file=folder
        )
    check_whole(folder, manifest, files)
    return folder


def publish(parts: tuple[str, ...], out: Path, runs: Path | None, report: Report) -> list[Path]:
    """Make parts and put each in its folder in `out`, whole or not at all; return the folders.

    Nothing is replaced before all parts are made. Raises DivertError as `Maker.make`, and where
    `out` cannot be written.
    """
    check_writable(out)
    folders = []
    temporary = Path(tempfile.gettempdir())
    settle(temporary)
    with scratch_beside(temporary / "published") as scratch:
        made = made_parts(parts, scratch, runs, report)
        for part in parts:
            folders.append(out / part)
            with whole_folder(folders[-1]) as folder:
                shutil.copytree(made / part, folder, dirs_exist_ok=True)
    return folders


def made_parts(parts: tuple[str, ...], scratch: Path, runs: Path | None, report: Report) -> Path:
    """Make parts, each in its folder, and return the folder that holds them."""
    maker = Maker(scratch / "made-of", runs, report)
    for part in parts:
        maker.make(part, scratch / "made" / part)
    return scratch / "made"
