"""What a report is made of: finished folders, each recognised by its files and read back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import DivertError
from sim.experiment.answer import words
from sim.experiment.claim_facts import Number
from sim.experiment.claims import Claim
from sim.experiment.leftovers import settled
from sim.experiment.offset import CHANNELS
from sim.experiment.stored import (
    AGAIN,
    ARRAYS,
    MANIFEST,
    StoredRun,
    check_whole,
    must_hold_results,
    read_manifest,
    read_run,
)
from sim.json_text import json_of
from sim.record import VARIABLES
from sim.sweep.analysis import Analysis, analyse
from sim.sweep.store import POINTS
from sim.view.sweep_percent import in_percent

ANSWER, PATTERNS = "answer.json", "patterns.csv"
CLAIMS, BREAK_EVEN, SURFACE = "claims.json", "break_even.json", "surface.csv"
RUN, SWEEP = "run", "sweep"
WRITTEN_BY = {
    RUN: "divert run", CLAIMS: "divert claims", BREAK_EVEN: "divert break-even",
    SWEEP: "divert sweep",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, what its files say, and the answer in sentences.

    `patterns` are the rows of patterns.csv, heading first.
    """

    folder: Path
    stored: StoredRun
    answer: dict[str, Any]
    manifest: dict[str, Any]
    sentences: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]

    @property
    def answered(self) -> bool:
        """Return whether the run was asked for an answer and had the arms for it."""
        return self.answer.get("question") is not None

    @property
    def window(self) -> tuple[str, str]:
        """Return first and last month of the answer."""
        window = self.stored.scenario.window
        return window.first, window.last


@dataclass(frozen=True)
class BreakEven:
    """What `divert break-even` wrote: data, and rows of surface.csv, none without a loss."""

    data: dict[str, Any]
    surface: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Sources:
    """All that a report shows: the main run, folders of more runs, and what is beside them."""

    main: Run
    more: tuple[Path, ...]
    claims: tuple[Claim, ...]
    break_even: BreakEven | None
    sweep: Analysis | None


def read_sources(wanted: Sequence[str]) -> Sources:
    """Return what the folders hold, the first run the main one.

    Raises DivertError for a folder that is missing, is no result, is cut short or comes twice, and
    where there is no run.
    """
    found: dict[str, list[Path]] = {kind: [] for kind in WRITTEN_BY}
    for word in wanted:
        folder = Path(word)
        found[kind_of(folder)].append(folder)
    for kind in (CLAIMS, BREAK_EVEN, SWEEP):
        if len(found[kind]) > 1:
            raise DivertError(
                f"found {len(found[kind])} folders that `{WRITTEN_BY[kind]}` wrote "
                f"({' and '.join(map(str, found[kind]))}); allowed: one in a report"
            )
    if not found[RUN]:
        raise DivertError(
            "found no run among the folders; allowed: one or more that `divert run` wrote, the "
            "main one first, as in results/historical"
        )
    at = {kind: folders[0] for kind, folders in found.items() if folders}
    main, *more = found[RUN]
    return Sources(
        read_finished(main),
        tuple(more),
        read_claims(at[CLAIMS] / CLAIMS) if CLAIMS in at else (),
        read_break_even(at[BREAK_EVEN] / BREAK_EVEN) if BREAK_EVEN in at else None,
        in_percent(analyse(at[SWEEP])) if SWEEP in at else None,
    )


def kind_of(folder: Path) -> str:
    """Return which verb wrote a folder; raises DivertError for one that none did."""
    marks = {CLAIMS: CLAIMS, BREAK_EVEN: BREAK_EVEN, SWEEP: POINTS}
    settled(folder)
    for kind, name in marks.items():
        if (folder / name).is_file():
            return kind
    if folder.is_dir() and not any((folder / n).is_file() for n in (ARRAYS, MANIFEST, ANSWER)):
        files = (ARRAYS, *marks.values())
        inside = sorted(str(p.parent) for name in files for p in folder.glob(f"*/{name}"))
        hint = f" (did you mean {inside[0]!r}?)" if inside else ""
        raise DivertError(
            "found a folder of another kind; allowed: one that "
            f"{', '.join(f'`{verb}`' for verb in WRITTEN_BY.values())} wrote{hint}",
            file=folder,
        )
    must_hold_results(folder)
    return RUN


def read_finished(folder: Path, arrays: tuple[str, ...] = tuple(VARIABLES)) -> Run:
    """Return a finished run whose files are, byte for byte, those its manifest names.

    Of its recorded `arrays` those named are read, and those of decisions. Raises DivertError for a
    folder that is no run, or holds one that is cut short or changed.
    """
    must_hold_results(folder)
    manifest = read_manifest(folder, ("sha256",))
    check_whole(folder, manifest, (ANSWER, ARRAYS, PATTERNS))
    answer = _json(folder / ANSWER)
    stored = read_run(folder, arrays)
    return Run(
        folder, stored, answer, manifest, sentences_of(answer, folder / ANSWER),
        _cells(folder / PATTERNS),
    )  # fmt: skip


def _cells(path: Path) -> tuple[tuple[str, ...], ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return tuple(tuple(row) for row in csv.reader(lines))
    except (csv.Error, UnicodeDecodeError):
        return ()


def _json(path: Path, remedy: str = AGAIN) -> dict[str, Any]:
    try:
        found = json_of(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DivertError(f"the file cannot be read; {remedy}", file=path) from error
    if not isinstance(found, dict):
        raise DivertError(f"found no mapping in it; {remedy}", file=path)
    return found


def sentences_of(answer: dict[str, Any], file: Path | None = None) -> tuple[str, ...]:
    """Return an `answer.json` in sentences; a run without all four arms gives none.

    Raises DivertError for an answer that lacks what this version of divert writes.
    """
    if answer.get("question") is None:
        return ("This run was not asked for an answer: it lacks an arm, or says answer: false.",)
    try:
        # JSON keeps keys in the order of the alphabet; the sentence goes from goods to arms.
        channels = {name: answer["by_channel"][name] for name in CHANNELS}
        return tuple(words({**answer, "by_channel": channels}))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise DivertError(
            f"found an answer as another version of divert wrote it; {AGAIN}",
            file=file,
        ) from error


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Return the claims that `divert claims` wrote; raises DivertError for a broken file."""
    remedy = "`divert claims` writes this file"
    content = _json(path, remedy)
    try:
        return tuple(_claim(row) for row in content["claims"])
    except (KeyError, TypeError, AttributeError) as error:
        raise DivertError(
            f"found claims as another version of divert wrote them; {remedy}", file=path
        ) from error


def _claim(row: dict[str, Any]) -> Claim:
    numbers = {
        side: tuple(Number(**{**n, "band": tuple(n["band"])}) for n in row[side])
        for side in ("data", "model")
    }
    return Claim(**{**row, **numbers, "sources": tuple(row["sources"])})


NEEDED = ("scenario", "answers", "sentences", "seed", "members", "window", "firms_scale")


def read_break_even(path: Path) -> BreakEven:
    """Return what `divert break-even` wrote; raises DivertError for a broken file."""
    remedy = "`divert break-even` writes this file"
    content = _json(path, remedy)
    missing = [name for name in NEEDED if name not in content]
    if missing:
        raise DivertError(
            f"found no {', '.join(missing)}, as another version of divert wrote it; {remedy}",
            file=path,
        )
    surface = path.with_name(SURFACE)
    if not content["answers"]:
        return BreakEven(content, ())
    try:
        lines = surface.read_text(encoding="utf-8").splitlines()
        return BreakEven(content, tuple(csv.DictReader(lines)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DivertError(f"the file cannot be read; {remedy}", file=surface) from error
