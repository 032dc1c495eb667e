"""What `divert claims` leaves: claims.json, claims.csv and a figure of the dollars."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.experiment.claim_model import NEEDED
from sim.experiment.claims import Claim, claims
from sim.experiment.command import run_scenario
from sim.experiment.results import check_writable, whole_folder, write_json
from sim.experiment.stored import ARRAYS, StoredRun, read_run
from sim.scenario_file import load_scenario
from sim.view.claims_figure import draw_dollars

FOLDER, SCENARIO = "claims", "historical"
COLUMNS = (
    "id", "claim", "said_by", "period", "figure", "figure_unit", "verdict", "opinion", "from",
    "name", "quantity", "low", "middle", "high", "unit", "mark", "source",
)  # fmt: skip

Report = Callable[[float], None] | None


def must_run(result: str | None, out: Path) -> bool:
    """Return whether no run is named and none of `historical` is in the results folder."""
    return result is None and not (out / SCENARIO / ARRAYS).is_file()


def run_for(result: str | None, out: Path, report: Report) -> StoredRun:
    """Return the run to test the claims on: the one named, or `historical`, run where it is not.

    Raises DivertError for a folder that cannot be read or written.
    """
    check_writable(out)
    if must_run(result, out):
        run_scenario(load_scenario(SCENARIO, {}), out, report)
    return read_run(Path(result) if result is not None else out / SCENARIO, NEEDED)


def write_claims(run: StoredRun, out: Path) -> tuple[list[Claim], Path]:
    """Test the claims on a run and write `out/claims/`, whole or not at all.

    Raises DivertError for a run that the claims cannot be tested on.
    """
    found = claims(run)
    target = out / FOLDER
    with whole_folder(target) as folder:
        write_json(folder / "claims.json", content(run, found))
        _write_rows(folder / "claims.csv", found)
        draw_dollars(found).savefig(folder / "claims.png", metadata={"Software": None})
    return found, target


def content(run: StoredRun, found: list[Claim]) -> dict[str, Any]:
    """Return what `claims.json` holds."""
    return {
        "scenario": run.scenario.name,
        "scenario_digest": run.scenario.digest(),
        "members": run.members,
        "seed": run.scenario.seed,
        "claims": [asdict(claim) for claim in found],
    }


def _write_rows(path: Path, found: list[Claim]) -> None:
    """Write a row for every number of every claim."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for claim in found:
            head = (
                claim.id, claim.claim, claim.said_by, claim.period,
                "" if claim.figure is None else f"{claim.figure:g}", claim.unit or "",
                claim.verdict, "yes" if claim.opinion else "no",
            )  # fmt: skip
            for kind, numbers in (("data", claim.data), ("model", claim.model)):
                for n in numbers:
                    band = (f"{x:.6g}" for x in n.band)
                    writer.writerow((*head, kind, n.name, n.words.strip(), *band, n.unit, n.mark,
                                     n.source))  # fmt: skip
