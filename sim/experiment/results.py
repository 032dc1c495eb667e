"""What a run leaves on disk: answer, manifest, bands, arrays; a folder whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, DIRECTIONS, GOODS, PARTNERS, RUSSIA, SOLD
from sim.code import code_digest, own_code
from sim.csv_text import rows_into, write_rows
from sim.errors import DivertError
from sim.experiment.answer import BAND, BAND_NAMES
from sim.experiment.ensemble import Ensemble
from sim.experiment.leftovers import scratch_beside, settle, take_place
from sim.experiment.patterns import Pattern
from sim.measure_kinds import own_kinds
from sim.record import VARIABLES
from sim.scenario import Scenario

Array = NDArray[np.float64]

BANDS_COLUMNS = (
    "arm", "month", "partner", "direction", "good", "route", "recorded", "unit", *BAND_NAMES,
)  # fmt: skip


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a scratch folder that takes the place of `target` only when all of it is written.

    Raises DivertError where the folder cannot be written; what stood there before stays.
    """
    if target.exists() and not target.is_dir():
        raise DivertError(
            "found a file where the results folder would be; name another one with --out",
            file=target,
        )
    with _cannot("the results folder cannot be written", "name another one with --out", target):
        settle(target.parent)
        scratch_of = ExitStack()
        scratch = scratch_of.enter_context(scratch_beside(target))
    with scratch_of, _cannot("the results could not be written", NOTHING, target):
        yield scratch
        scratch.chmod(0o755)
        take_place(scratch, target)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a scratch file that takes the place of `target` only when all of it is written.

    Raises DivertError where it cannot be written; what stood there before stays.
    """
    wrong = _cannot("the file could not be written", NOTHING, target)
    with wrong, scratch_beside(target) as folder:
        scratch = folder / target.name
        yield scratch
        os.replace(scratch, target)


NOTHING = "nothing was changed"


@contextmanager
def _cannot(what: str, remedy: str, file: Path) -> Iterator[None]:
    """Turn what the system says of a file that cannot be written into a sentence."""
    try:
        yield
    except OSError as error:
        raise DivertError(f"{what} ({error.strerror or error}); {remedy}", file=file) from error


def check_writable(folder: Path) -> None:
    """Raise DivertError before any work is done where a results folder cannot be written.

    A scratch folder is made there and taken away again, with every folder made for it; what killed
    processes left there is finished or taken away.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with _cannot("the results folder cannot be written", "name another one with --out", folder):
            settle(folder)
            with scratch_beside(folder / "check"):
                pass
    finally:
        for place in missing:
            with suppress(OSError):
                place.rmdir()


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys and no NaN, ending in a line feed."""
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def stored_arrays(ensemble: Ensemble) -> dict[str, NDArray[Any]]:
    """Return every recorded array as float32, axes (month, arm, member, ...), with its labels."""
    record = ensemble.record
    labels = {
        "months": np.array(ensemble.inputs.months),
        "arm_names": np.array(ensemble.arms),
        "partners": np.array(PARTNERS),
        "directions": np.array(DIRECTIONS),
        "export_goods": np.array(GOODS[SOLD]),
        "import_goods": np.array(GOODS[BOUGHT]),
    }
    content: dict[str, NDArray[Any]] = dict(labels)
    content |= {name: record[name].astype(np.float32) for name in record.names()}
    return content | {f"parameter.{n}": v for n, v in sorted(ensemble.parameters.items())}


def write_arrays(path: Path, ensemble: Ensemble) -> None:
    """Write `arrays.npz`: all of `stored_arrays`."""
    content: dict[str, Any] = stored_arrays(ensemble)
    np.savez_compressed(path, **content)


def _bands(values: Array) -> Array:
    """Return p05, p50 and p95 over members of (month, arm, member, ...)."""
    return np.quantile(values, BAND, axis=2)


def band_rows(ensemble: Ensemble) -> Iterator[tuple[str, ...]]:
    """Yield the rows of `bands.csv`: flows by arm, month, partner, direction, good and route.

    USD million a month. `recorded` is what customs would book (the legal route); goods are the
    model's, `labour`, `arms`, `crude` and `transit_coal` beside them; `total_goods` is what
    customs would add up.
    """
    record = ensemble.record
    months, arms = ensemble.inputs.months, ensemble.arms
    legal, illegal = record["legal_value"], record["illegal_value"]
    booked = record.recorded()
    nothing = np.zeros_like(record["fees"])

    def rows(
        partner: str, direction: str, good: str, route: str, recorded: bool, values: Array
    ) -> Iterator[tuple[str, ...]]:
        bands = _bands(values)
        truth = "true" if recorded else "false"
        for a, arm in enumerate(arms):
            for t, month in enumerate(months):
                yield (
                    arm, month, partner, direction, good, route, truth, "musd",
                    *(f"{level:.6g}" for level in bands[:, t, a]),
                )  # fmt: skip

    def all_routes(
        partner: str, direction: str, good: str, on: Array, off: Array, seen: Array
    ) -> Iterator[tuple[str, ...]]:
        yield from rows(partner, direction, good, "legal", False, on)
        yield from rows(partner, direction, good, "illegal", False, off)
        yield from rows(partner, direction, good, "all", False, on + off)
        yield from rows(partner, direction, good, "legal", True, seen)
        yield from rows(partner, direction, good, "all", True, seen)

    for p, partner in enumerate(PARTNERS):
        for d, direction in enumerate(DIRECTIONS):
            for g, good in enumerate(GOODS[d]):
                at = (..., p, d, g)
                yield from all_routes(partner, direction, good, legal[at], illegal[at], booked[at])
            on = legal[..., p, d, :].sum(axis=-1)
            off = illegal[..., p, d, :].sum(axis=-1)
            seen = booked[..., p, d, :].sum(axis=-1)
            if (p, d) == (RUSSIA, BOUGHT):
                transit = record["transit_value"]
                yield from all_routes(partner, direction, "transit_coal", transit, nothing, transit)
                on, seen = on + transit, seen + transit
            if (p, d) == (CHINA, BOUGHT):
                yield from all_routes(
                    partner, direction, "crude", record["crude"], nothing, nothing
                )
            if d == SOLD:
                yield from all_routes(
                    partner, direction, "labour",
                    record["remittance_legal"][..., p], record["remittance_visa"][..., p], nothing,
                )  # fmt: skip
                if p == RUSSIA:
                    yield from all_routes(
                        partner, direction, "arms", nothing, record["arms"], nothing
                    )
            yield from all_routes(partner, direction, "total_goods", on, off, seen)


def write_bands(path: Path, ensemble: Ensemble) -> None:
    """Write `bands.csv`."""
    write_rows(path, BANDS_COLUMNS, band_rows(ensemble))


def bands_into(file: TextIO, ensemble: Ensemble) -> None:
    """Write the text of `bands.csv`."""
    rows_into(file, BANDS_COLUMNS, band_rows(ensemble))


PATTERN_COLUMNS = (
    "pattern", "quantity", "unit", *BAND_NAMES, "record_low", "record_high", "mark", "inside",
    "seen",
)  # fmt: skip


def write_patterns(path: Path, rows: list[Pattern]) -> None:
    """Write `patterns.csv`: the model's band beside the record of P1 to P10."""
    write_rows(path, PATTERN_COLUMNS, map(_cells, rows))


def patterns_into(file: TextIO, rows: list[Pattern]) -> None:
    """Write the text of `patterns.csv`."""
    rows_into(file, PATTERN_COLUMNS, map(_cells, rows))


def _cells(row: Pattern) -> tuple[object, ...]:
    """Return a row of `patterns.csv`."""
    low, high = row.record or ("", "")
    words = {None: "", True: "yes", False: "no"}
    return (
        row.id, row.quantity, row.unit, *(f"{row.band[n]:.6g}" for n in BAND_NAMES),
        low, high, row.mark, words[row.inside], words[row.seen],
    )  # fmt: skip


def variables() -> dict[str, dict[str, str]]:
    """Return unit and meaning of every recorded array, for the manifest."""
    return {name: {"unit": unit, "what": what} for name, (_, unit, what) in VARIABLES.items()}


def draws_digest(scenario: Scenario) -> str:
    """Return the digest of the scenario's own file of draws, `shipped` without one."""
    own = scenario.parameters.draws
    return hashlib.sha256(Path(own).read_bytes()).hexdigest() if own else "shipped"


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a folder by name."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def manifest(ensemble: Ensemble, version: str) -> dict[str, Any]:
    """Return what determines a run: scenario, seed, versions, draws; digests of files apart."""
    scenario = ensemble.scenario
    kinds = own_kinds({measure.kind for measure in scenario.measures.add})
    own = {"measure_kinds": {kind.word: own_code(kind) for kind in kinds}} if kinds else {}
    return {
        "divert": version,
        "code": code_digest(),
        "draws_sha256": draws_digest(scenario),
        "scenario": scenario.resolved(),
        "scenario_digest": scenario.digest(),
        "arms": list(ensemble.arms),
        "members": scenario.members,
        "seed": scenario.seed,
        "firms": scenario.firms.counts(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "axes": "month, arm, member, then partner, direction, good where present",
        "arrays": variables(),
        **own,
    }
