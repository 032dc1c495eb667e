"""What `divert compare` does: the same draws in several scenarios, side by side and paired."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from sim.csv_text import write_rows
from sim.errors import DivertError
from sim.experiment.answer import BAND_NAMES
from sim.experiment.paired import Measured, Row, measured, paired
from sim.experiment.results import check_writable, whole_folder, write_json
from sim.experiment.side import UNSAID, Side, ensemble_of, side_of
from sim.scenario import PROSE

MOST_IN_A_NAME = 120
NOT_SET = "not set"

COLUMNS = (
    "scenario", "quantity", "unit", *BAND_NAMES, *(f"difference_{n}" for n in BAND_NAMES),
    "same_sign", "pairs",
)  # fmt: skip

Wanted = TypeVar("Wanted")
Shown = Callable[[str], AbstractContextManager[Callable[[float], None] | None]]


@dataclass(frozen=True)
class Compared:
    """A finished comparison; the first label is the reference."""

    folder: Path
    labels: tuple[str, ...]
    window: tuple[str, str]
    members: int
    draws: int
    rows: list[Row]
    terms: list[dict[str, str]]
    significant: dict[str, bool]
    judged: bool

    def content(self) -> dict[str, Any]:
        """Return what `compare.json` holds."""
        return {
            "reference": self.labels[0],
            "scenarios": list(self.labels),
            "window": list(self.window),
            "members": self.members,
            "draws": self.draws,
            "loss_significant": self.significant,
            "differing_terms": self.terms,
            "rows": [asdict(row) | {"stands_out": row.stands_out} for row in self.rows],
        }


def compare(
    wanted: Sequence[str],
    overrides: Mapping[str, str],
    window: tuple[str, str] | None,
    out: Path,
    shown: Shown,
) -> Compared:
    """Compare results folders or scenarios and write `out/compare-A-B/`, whole or not at all.

    Raises DivertError naming every one that cannot be compared, and for those that do not match.
    """
    check_writable(out)
    done, found = side_by_side(wanted, overrides, window, out, shown)
    write_compared(done, found)
    return done


def side_by_side(
    wanted: Sequence[str],
    overrides: Mapping[str, str],
    window: tuple[str, str] | None,
    out: Path,
    shown: Shown,
) -> tuple[Compared, list[Measured]]:
    """Return what a comparison finds and what it is made of; nothing is written.

    Raises DivertError as `compare`.
    """
    sides = every_side(wanted, lambda word: side_of(word, overrides))
    must_run_one(sides, overrides)
    return beside(sides, window, out, shown)


def beside(
    sides: list[Side], window: tuple[str, str] | None, out: Path, shown: Shown
) -> tuple[Compared, list[Measured]]:
    """Return what a comparison of sides finds and what it is made of; nothing is written.

    Raises DivertError for the same result twice and for sides that do not match.
    """
    sides = _labelled(sides)
    _must_match(sides)
    first, last = _window(sides, window)
    found = [_measured(side, first, last, shown) for side in sides]
    return _compared(sides, found, (first, last), out), found


def window_in(text: str) -> tuple[str, str]:
    """Return the two months of YYYY-MM:YYYY-MM; raises DivertError for another form."""
    month = r"\d{4}-(?:0[1-9]|1[0-2])"
    match = re.fullmatch(rf"({month}):({month})", text, re.ASCII)
    if match is None:
        raise DivertError(f"found {text!r}; allowed: YYYY-MM:YYYY-MM", key="--window")
    return match[1], match[2]


def every_side(wanted: Sequence[Wanted], side: Callable[[Wanted], Side]) -> list[Side]:
    """Return the `side` of all that is wanted.

    Raises DivertError with a sentence for each that is wrong, and for fewer than two.
    """
    if len(wanted) < 2:
        raise DivertError(
            f"found {len(wanted)} to compare; allowed: two or more results folders or scenarios"
        )
    sides, wrong = [], []
    for word in wanted:
        try:
            sides.append(side(word))
        except DivertError as error:
            wrong.append(str(error))
    if wrong:
        count = f"{len(wrong)} of {len(wanted)} cannot be compared, so none is: "
        raise DivertError((count if len(wanted) > len(wrong) else "") + "; and ".join(wrong))
    return sides


def _labelled(sides: list[Side]) -> list[Side]:
    """Return sides with labels of their own; raises DivertError for the same result twice."""
    seen: dict[tuple[str, str], Side] = {}
    named: list[Side] = []
    for side in sides:
        # Alike under another name is a check of the tool; under one name it is a slip.
        key = (side.scenario.digest(), side.model)
        if key in seen:
            raise DivertError(
                f"found the same result twice ({side.place} and {seen[key].place}); "
                "allowed: each once"
            )
        seen[key] = side
        taken = {other.label for other in named}
        others = (f"{side.label}-{count}" for count in range(2, len(sides) + 2))
        label = next(name for name in (side.label, *others) if name not in taken)
        named.append(side.called(label))
    return named


def must_run_one(sides: list[Side], overrides: Mapping[str, object]) -> None:
    """Raise DivertError for changes to a run where every side is finished already."""
    if overrides and all(side.finished for side in sides):
        raise DivertError(
            f"found {', '.join(overrides)} given for finished results, which would change "
            "nothing; allowed: beside scenarios that are then run"
        )


def _must_match(sides: list[Side]) -> None:
    """Refuse sides whose members are not the same draws of the same code."""
    facts: tuple[tuple[str, Callable[[Side], Any], str], ...] = (
        ("versions of divert", lambda s: s.version, "run both again with this one"),
        ("code", lambda s: s.code if s.code == UNSAID else s.code[:12],
         "run both again with this divert"),
        ("seeds", lambda s: s.scenario.seed, "run both with one --seed"),
        ("numbers of members", lambda s: s.scenario.members, "run both with one --members"),
        ("seeds per draw", lambda s: s.scenario.seeds_per_draw, "set seeds_per_draw alike"),
        ("draws", lambda s: f"{s.scenario.parameters.source} {s.draws[:12]}",
         "run both with the same parameters.source and draws"),
        ("numbers of firms", lambda s: " ".join(map(str, s.scenario.firms.counts())),
         "run both with one --scale and the same firms"),
    )  # fmt: skip
    for what, value, remedy in facts:
        for side in sides[1:]:
            here, there = value(sides[0]), value(side)
            if here != there:
                raise DivertError(
                    f"found different {what}: {here} in {sides[0].label}, {there} in "
                    f"{side.label}; allowed: the same in all, for members to pair: {remedy}"
                )


def _window(sides: list[Side], asked: tuple[str, str] | None) -> tuple[str, str]:
    """Return the months compared; raises DivertError where the sides have not all of them."""
    if asked is None:
        spans = [(s.scenario.window.first, s.scenario.window.last) for s in sides]
        for side, span in zip(sides, spans, strict=True):
            if span != spans[0]:
                raise DivertError(
                    f"found different windows: {' to '.join(spans[0])} in {sides[0].label}, "
                    f"{' to '.join(span)} in {side.label}; allowed: the same in all, or months "
                    "that all cover as --window YYYY-MM:YYYY-MM"
                )
        return spans[0]
    for side in sides:
        period = side.scenario.period
        if not period.first <= asked[0] <= asked[1] <= period.last:
            raise DivertError(
                f"found {':'.join(asked)}, but {side.label} covers {period.first} to "
                f"{period.last}; allowed: months in order that every scenario covers",
                key="--window",
            )
    return asked


def _measured(side: Side, first: str, last: str, shown: Shown) -> Measured:
    """Return what is compared of a side, run where it must be; names the one that fails."""
    try:
        if side.finished:
            return measured(side.label, ensemble_of(side), first, last)
        with shown(side.label) as report:
            return measured(side.label, ensemble_of(side, report), first, last)
    except DivertError:
        raise
    except Exception as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise RuntimeError(f"{side.label} failed, so nothing was compared: {words}") from error


def differing_terms(sides: Sequence[Side]) -> list[dict[str, str]]:
    """Return each key of the resolved scenarios that differs, with its value by scenario."""
    flat = [_flat(side.scenario.resolved()) for side in sides]
    keys = sorted({key for terms in flat for key in terms} - {"name", *PROSE})
    rows = []
    for key in keys:
        values = [terms.get(key, NOT_SET) for terms in flat]
        if len(set(values)) > 1:
            labels = (side.label for side in sides)
            rows.append({"key": key} | dict(zip(labels, values, strict=True)))
    return rows


def _flat(tree: Any, key: str = "") -> dict[str, str]:
    """Return plain data by dotted key; lists stay whole, as JSON, empty mappings say nothing."""
    if isinstance(tree, dict):
        found: dict[str, str] = {}
        for name, value in tree.items():
            found |= _flat(value, f"{key}.{name}" if key else str(name))
        return found
    return {key: tree if isinstance(tree, str) else json.dumps(tree, sort_keys=True)}


def _compared(
    sides: list[Side], found: list[Measured], window: tuple[str, str], out: Path
) -> Compared:
    labels = tuple(side.label for side in sides)
    scenario = sides[0].scenario
    return Compared(
        out / folder_name(labels), labels, window, scenario.members,
        -(-scenario.members // scenario.seeds_per_draw),
        [row for side in found for row in paired(side, found[0])],
        differing_terms(sides),
        {side.label: side.significant for side in found},
        all(side.code != UNSAID for side in sides),
    )  # fmt: skip


def write_compared(done: Compared, found: list[Measured]) -> None:
    """Write the folder of a comparison, whole or not at all."""
    from sim.view.compare_figures import write_comparison_figures

    with whole_folder(done.folder) as folder:
        write_json(folder / "compare.json", done.content())
        write_rows(folder / "compare.csv", COLUMNS, [_cells(row) for row in done.rows])
        terms = [tuple(row.values()) for row in done.terms]
        write_rows(folder / "differences.csv", ("key", *done.labels), terms)
        write_comparison_figures(folder, found)


def folder_name(labels: Sequence[str]) -> str:
    """Return the name of the results folder, cut where many names would not fit a file system."""
    name = f"compare-{'-'.join(labels)}"
    if len(name) <= MOST_IN_A_NAME:
        return name
    return f"compare-{labels[0][:64]}-and-{len(labels) - 1}-more"


def _cells(row: Row) -> tuple[str, ...]:
    bands = (f"{(band or {}).get(n, float('nan')):.6g}" for band in (row.band, row.difference)
             for n in BAND_NAMES)  # fmt: skip
    words = ("" if text == "nan" else text for text in bands)
    sign = "" if row.same_sign is None else f"{row.same_sign:.6g}"
    return (row.scenario, row.quantity, row.unit, *words, sign, str(row.pairs))
