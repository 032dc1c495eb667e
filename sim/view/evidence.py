"""What `divert evidence` shows: how far the model can be believed, as figures and one page.

Runs nothing: whatever the page says is worked out from the files that `divert calibrate`,
`divert validate` and `divert sensitivity` leave behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

import sim.data
from sim.errors import DivertError
from sim.experiment.leftovers import scratch_beside, settle, settled
from sim.view.drawing import png_of
from sim.view.evidence_figures import holdout_china, holdout_scores, russia_quarters
from sim.view.evidence_figures_fit import (
    identifiability,
    patterns,
    prior_posterior,
    sensitivity,
    stability,
    trade_offs,
)
from sim.view.evidence_files import WRITTEN_BY, read_evidence
from sim.view.evidence_page import page
from sim.view.evidence_rows import Evidence
from sim.view.evidence_words import answer

__all__ = [
    "Evidence",
    "figures",
    "read_evidence",
    "write_evidence",
    "write_evidence_folder",
    "write_figures_of",
]

PAGE = "evidence.html"
DOTS = 150
"""Dots an inch: sharp on paper and on a phone, in a page of about a megabyte."""

FIGURES: dict[str, Callable[[Evidence], Figure | None]] = {
    "holdout_china": holdout_china,
    "holdout_scores": holdout_scores,
    "russia_quarters": russia_quarters,
    "prior_posterior": prior_posterior,
    "identifiability": identifiability,
    "trade_offs": trade_offs,
    "patterns": patterns,
    "sensitivity": sensitivity,
    "stability": stability,
}


def figures(evidence: Evidence) -> dict[str, Figure]:
    """Return every figure that there are data for, by name."""
    drawn = {name: draw(evidence) for name, draw in FIGURES.items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def _put(folder: Path, content: dict[str, bytes]) -> None:
    """Write files beside what a folder holds; none is replaced before all are written."""
    try:
        settle(folder)
        with scratch_beside(folder / PAGE) as scratch:
            for name, data in content.items():
                (scratch / name).write_bytes(data)
            for name in content:
                os.replace(scratch / name, folder / name)
        for name in FIGURES:
            if f"{name}.png" not in content:
                (folder / f"{name}.png").unlink(missing_ok=True)
    except OSError as error:
        raise DivertError(
            f"the page cannot be written ({error.strerror or error}); name another folder",
            file=folder,
        ) from error


def write_evidence(evidence: Evidence, folder: Path) -> Path:
    """Write `evidence.html` and each figure as PNG into a folder and return the page's path.

    The folder may be the one the evidence was read from: other files in it stay, a figure of an
    earlier page that this one has no data for goes.
    """
    images = {name: png_of(figure, DOTS) for name, figure in figures(evidence).items()}
    text = page(evidence, evidence.goals, images)
    content = {f"{name}.png": data for name, data in images.items()}
    _put(folder, content | {PAGE: text.encode()})
    return folder / PAGE


SHIPPED = Path(sim.data.__file__).parent / "evidence"
"""The tables that the shipped draws were accepted and scored with."""

HOLDOUT = ("holdout_china", "holdout_scores", "russia_quarters")


def write_evidence_folder(folders: list[Path], out: Path) -> tuple[Path, list[str]]:
    """Write `out/evidence/` and return the page's path and the answer in sentences.

    Of the tables of one run the first of `folders`, or of the folders in them, that has them
    counts, then the shipped ones; the last sentence says which are shipped.
    """
    places = [place for folder in folders for place in _with_tables(folder)]
    found = read_evidence(*places, SHIPPED)
    sentences = answer(found, found.goals)
    if folders:
        own = sorted({name for name in WRITTEN_BY for place in places if (place / name).exists()})
        sentences.append(f"From the folders named: {', '.join(own)}. All else as shipped.")
    return write_evidence(found, out / "evidence"), sentences


def _with_tables(folder: Path) -> list[Path]:
    """Return a folder and those in it that hold tables; raises DivertError where none does."""
    if not settled(folder).is_dir():
        raise DivertError(
            "there is no such folder; allowed: one that `divert calibrate`, `divert validate` or "
            "`divert sensitivity` wrote",
            file=folder,
        )
    settle(folder)
    found = (path for path in folder.iterdir() if not path.name.startswith("."))
    inside = sorted(path for path in found if path.is_dir())
    places = [p for p in (folder, *inside) if any((p / name).exists() for name in WRITTEN_BY)]
    if not places:
        raise DivertError(
            "the folder holds no table of evidence; allowed: one that `divert calibrate`, "
            "`divert validate` or `divert sensitivity` wrote, as results/validation",
            file=folder,
        )
    return places


def write_figures_of(folder: Path) -> None:
    """Write the figures of a hold-out test as PNG beside its tables."""
    found = read_evidence(folder, SHIPPED)
    for name in HOLDOUT:
        figure = FIGURES[name](found)
        if figure is not None:
            (folder / f"{name}.png").write_bytes(png_of(figure, DOTS))
