"""The published answer that comes with the project, for who has run nothing yet."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import sim.data
from sim.errors import DivertError
from sim.experiment.claim_facts import Number
from sim.experiment.claim_rules import Verdict
from sim.experiment.claim_words import WHY
from sim.experiment.claims import Claim
from sim.json_text import json_of
from sim.view.publish import BREAK_EVEN, CLAIMS, MAIN

Lines = tuple[dict[str, str], ...]

PLACES = (
    Path(sim.data.__file__).parent / "published",
    Path(__file__).resolve().parents[2] / "results" / "published",
)
"""Where the published answer lies: in an installed package, and in a checkout."""


@dataclass(frozen=True)
class Published:
    """The published answer of `historical`: answer.json, the claims and the break-even surface.

    `digest` is the SHA-256 of answer.json.
    """

    answer: dict[str, Any]
    digest: str
    claims: tuple[Claim, ...]
    surface: Lines


def read_published(places: Sequence[Path] = PLACES) -> Published | None:
    """Return the published answer, None where it did not come along.

    Raises DivertError for a file that is broken; claims and break-even may be absent.
    """
    folder = next((place for place in places if (place / MAIN / "answer.json").is_file()), None)
    if folder is None:
        return None
    path = folder / MAIN / "answer.json"
    try:
        content = path.read_bytes()
        answer = json_of(content.decode())
        if not isinstance(answer, dict):
            raise ValueError
        claims = tuple(
            _claim(list(rows)) for _, rows in groupby(_lines(folder / CLAIMS / "claims.csv"),
                                                      key=lambda row: row["id"])
        )  # fmt: skip
        digest = hashlib.sha256(content).hexdigest()
        return Published(answer, digest, claims, _lines(folder / BREAK_EVEN / "surface.csv"))
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise DivertError(
            "the published answer cannot be read; `divert publish` makes it again", file=folder
        ) from error


def _lines(path: Path) -> Lines:
    """Return the rows of a CSV file, none where there is no such file."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _claim(rows: list[dict[str, str]]) -> Claim:
    """Return a claim from its rows of claims.csv, one a number."""
    head = rows[0]
    numbers: dict[str, list[Number]] = {"data": [], "model": []}
    for row in rows:
        if row["from"] in numbers:
            band = (float(row["low"]), float(row["middle"]), float(row["high"]))
            numbers[row["from"]].append(
                Number(name=row["name"], words=row["quantity"], band=band, unit=row["unit"],
                       mark=row["mark"], source=row["source"])
            )  # fmt: skip
    sources = dict.fromkeys(row["source"] for row in rows)
    return Claim(
        head["id"], head["claim"], float(head["figure"]) if head["figure"] else None,
        head["figure_unit"] or None, head["period"], head["said_by"], tuple(numbers["data"]),
        tuple(numbers["model"]), cast(Verdict, head["verdict"]), WHY[head["id"]],
        head["opinion"] == "yes", tuple(sources),
    )  # fmt: skip
