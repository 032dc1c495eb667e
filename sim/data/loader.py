"""Reading the data tables: typed, frozen rows, or a sentence that names the bad one."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from sim.data.tables import COLUMN_NAMES, RANGES, SPANS, TABLES, UNIQUE, MeasureRule
from sim.data.terms import GOODS_BOUGHT, GOODS_SOLD, Between, OneOf
from sim.data.trade_tables import BaseFlow
from sim.errors import DivertError, nearest
from sim.plain_file import table_text

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
WHOLE = re.compile(r"[-+]?[0-9]+")
GOODS_OF = {
    "dprk_export": GOODS_SOLD,
    "dprk_import": GOODS_BOUGHT,
    "labour": ("labour",),
    "none": (),
}
Reader = Callable[[str], Any]


@cache
def load(name: str) -> tuple[Any, ...]:
    """Return the rows of a shipped table; `name` is a key of `TABLES`.

    Raises DivertError that names file, line, column, what was found and what is allowed.
    """
    _known(name)
    text = resources.files("sim.data").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return _rows(text, name, f"{name}.csv")


def load_file(path: Path | str, name: str) -> tuple[Any, ...]:
    """Return the rows of a user's own file laid out as table `name`; errors as in `load`."""
    _known(name)
    try:
        text = table_text(Path(path))
    except OSError as error:
        raise DivertError(f"the file cannot be read ({error.strerror})", file=path) from None
    return _rows(text, name, str(path))


def _known(name: str) -> None:
    """Refuse the name of a table that does not exist."""
    if name not in TABLES:
        raise DivertError(
            f"found the table {name!r}; allowed: {', '.join(TABLES)}{nearest(name, TABLES)}"
        )


def _rows(text: str, name: str, file: str) -> tuple[Any, ...]:
    """Return checked rows of a table's text."""
    kind = TABLES[name]
    readers = _readers(name)
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    _check_header(_cells(table, file) or [], list(readers), file)
    out = []
    seen: dict[tuple[Any, ...], int] = {}
    while (cells := _cells(table, file)) is not None:
        line = table.line_num
        if len(cells) != len(readers):
            raise DivertError(
                f"found {len(cells)} cells; allowed: {len(readers)}, one a column",
                file=file, line=line,
            )  # fmt: skip
        values = []
        for (column, reader), cell in zip(readers.items(), cells, strict=True):
            try:
                values.append(reader(cell))
            except ValueError as error:
                raise DivertError(str(error), file=file, line=line, key=column) from None
        row = kind(*values)
        _consistent(row, file, line)
        if name in UNIQUE:
            key = tuple(getattr(row, column) for column in UNIQUE[name])
            if key in seen:
                raise DivertError(
                    f"found {' '.join(map(str, key))} as in line {seen[key]}; allowed: each once",
                    file=file, line=line, key=", ".join(UNIQUE[name]),
                )  # fmt: skip
            seen[key] = line
        out.append(row)
    return tuple(out)


def _check_header(header: list[str], columns: list[str], file: str) -> None:
    """Refuse columns that are missing, further, twice or in another order."""
    if header == columns:
        return
    wrong = [c for c in header if c not in columns]
    missing = [c for c in columns if c not in header]
    found = f"the columns {', '.join(wrong)}" if wrong else f"no column {', '.join(missing)}"
    if not wrong and not missing:
        found = "columns twice or in another order"
    raise DivertError(
        f"found {found}; allowed, in this order: {', '.join(columns)}", file=file, line=1
    )


def _cells(table: Any, file: str) -> list[str] | None:
    """Return the cells of the next row of a csv reader, None after the last."""
    try:
        return next(table, None)
    except csv.Error as error:
        raise DivertError(
            f"found a row that is not CSV ({error}); allowed: commas between cells, and double "
            "quotes around text that holds one",
            file=file, line=table.line_num,
        ) from None  # fmt: skip


def _consistent(row: Any, file: str, line: int) -> None:
    """Refuse rows whose range, dates or columns contradict themselves."""
    for names in RANGES:
        values: list[Any] = [getattr(row, name, None) for name in names]
        if None not in values and values != sorted(values):
            found = ", ".join(f"{n} {v:g}" for n, v in zip(names, values, strict=True))
            raise DivertError(
                f"found {found}; allowed: rising order", file=file, line=line, key=names[-2]
            )
    for names in SPANS:
        first, last = (getattr(row, name, None) for name in names)
        if first is not None and last is not None and last < first:
            start, end = (COLUMN_NAMES.get(name, name) for name in names)
            raise DivertError(
                f"found {last} before {first}; allowed: {end} not before {start}",
                file=file, line=line, key=end,
            )  # fmt: skip
    if isinstance(row, MeasureRule | BaseFlow):
        _fitting_good(row, file, line)
    if isinstance(row, MeasureRule):
        _whole_rule(row, file, line)


def _fitting_good(row: MeasureRule | BaseFlow, file: str, line: int) -> None:
    """Refuse a good that does not go in the row's direction."""
    goods = GOODS_OF[row.direction]
    if row.good not in (goods or (None,)):
        found = "nothing" if row.good is None else repr(row.good)
        allowed = ", ".join(goods) or "nothing"
        raise DivertError(
            f"found {found} for {row.direction}; allowed: {allowed}",
            file=file, line=line, key="good",
        )  # fmt: skip


def _whole_rule(row: MeasureRule, file: str, line: int) -> None:
    """Refuse a rule that lacks what its effect needs."""
    needed: tuple[str, ...] = ()
    if row.acts_on in ("ban", "permits"):
        needed = ("start", "coverage", "coverage_low", "coverage_high")
    elif row.acts_on == "cap":
        needed = ("start", "cap_value", "cap_unit")
    if row.window == "release":
        needed += ("window_from", "window_to")
    for name in needed:
        if getattr(row, name) is None:
            column = "window" if name.startswith("window") else "acts_on"
            raise DivertError(
                f"found nothing; allowed: a value, as {column} {getattr(row, column)} needs one",
                file=file, line=line, key=COLUMN_NAMES.get(name, name),
            )  # fmt: skip


@cache
def _readers(name: str) -> dict[str, Reader]:
    """Return a reader for each column of a table."""
    hints = get_type_hints(TABLES[name], include_extras=True)
    return {COLUMN_NAMES.get(f.name, f.name): _reader(hints[f.name]) for f in fields(TABLES[name])}


def _reader(hint: Any) -> Reader:
    """Return what turns a cell into a value of the annotated type."""
    if get_origin(hint) in (Union, UnionType):
        inner = next(part for part in get_args(hint) if part is not NoneType)
        read = _reader(inner)
        return lambda cell: None if cell == "" else read(cell)
    if get_origin(hint) is Annotated:
        kind, rule = get_args(hint)
        return _ruled(kind, rule)
    return {str: _text, int: _whole, float: _number, date: _day}[hint]


def _ruled(kind: type, rule: Any) -> Reader:
    """Return a reader that also holds a rule."""
    if isinstance(rule, OneOf):
        return lambda cell: _word(cell, rule.words)
    if isinstance(rule, Between):
        plain = _whole if kind is int else _number
        return lambda cell: _within(plain(cell), rule)
    return {"month": _month, "yes or no": _yes}[rule]


def _text(cell: str) -> str:
    if not cell.strip():
        raise ValueError("found nothing; allowed: text")
    return cell


def _word(cell: str, words: tuple[str, ...]) -> str:
    if cell not in words:
        raise ValueError(f"found {cell!r}; allowed: {', '.join(words)}{nearest(cell, words)}")
    return cell


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"found {cell!r}; allowed: a number, as in 12.5") from None
    if not math.isfinite(value):
        raise ValueError(f"found {cell!r}; allowed: a finite number")
    if not NUMBER.fullmatch(cell):
        raise ValueError(f"found {cell!r}; allowed: a number, as in 12.5")
    return value


def _whole(cell: str) -> int:
    if not WHOLE.fullmatch(cell):
        raise ValueError(f"found {cell!r}; allowed: a whole number")
    return int(cell)


def _within(value: float, rule: Between) -> float:
    if not rule.low <= value <= rule.high:
        raise ValueError(f"found {value:g}; allowed: {rule.low:g} to {rule.high:g}")
    return value


def _day(cell: str) -> date:
    try:
        if DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise ValueError(f"found {cell!r}; allowed: a date YYYY-MM-DD")


def _month(cell: str) -> str:
    if not MONTH.fullmatch(cell):
        raise ValueError(f"found {cell!r}; allowed: a month YYYY-MM")
    return cell


def _yes(cell: str) -> bool:
    if cell not in ("yes", "no"):
        raise ValueError(f"found {cell!r}; allowed: yes, no")
    return cell == "yes"
