"""Mutations that keep a file's form, so that what is hostile gets past its parser.

Each takes the bytes of a file and a source of chance, and raises `Unread` for bytes of no form.
"""

from __future__ import annotations

import csv
import io
import json
import lzma
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .words import LEAVES

DTYPES = ("<f8", "<f4", "<f2", "<i8", "<U5", "<U64", "?", "<c16", "<M8[D]", "S3", "|V4", ">f8")
MOST_ROWS = 400


TORN = (
    ValueError, OSError, KeyError, EOFError, RuntimeError, NotImplementedError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
)  # fmt: skip
"""What a torn archive ends with."""


class Unread(ValueError):  # noqa: N818 - it is a word, not a fault
    """Bytes that are not of the form a mutation takes."""


# ---- trees: JSON and YAML ------------------------------------------------------------------------


def tree(content: bytes, chance: random.Random) -> bytes:
    """Return JSON, or YAML as JSON, with values, keys and branches changed."""
    from sim.errors import DivertError
    from sim.yaml_text import read_yaml

    try:
        text = content.decode()
        try:
            found = json.loads(text)
        except ValueError:
            found = read_yaml(text).values
    except (ValueError, RecursionError, DivertError) as error:
        raise Unread from error
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        found = _changed(found, chance)
    return json.dumps(found).encode("utf-8", "surrogatepass")


def _changed(found: Any, chance: random.Random) -> Any:
    """Return plain data with one branch changed."""
    branches = list(_branches(found))
    if not branches:
        return chance.choice(LEAVES)
    above = chance.choice(branches)
    keys = list(above) if isinstance(above, dict) else list(range(len(above)))
    key = chance.choice(keys)
    what = chance.randrange(6)
    if what <= 1:
        above[key] = _copy(chance.choice(LEAVES))
    elif what == 2:
        del above[key]
    elif what == 3:
        other = chance.choice(branches)
        above[key] = _copy(other)
    elif what == 4:
        above[key] = _near(above[key], chance)
    elif isinstance(above, dict):
        above[chance.choice((*map(str, keys), "x", "", "extends", "mode"))] = above.pop(key)
    else:
        above.insert(key, _copy(above[key]))
    return found


def _branches(found: Any) -> Any:
    """Yield every mapping and list of plain data that holds something."""
    if isinstance(found, dict | list) and found:
        yield found
        for inner in found.values() if isinstance(found, dict) else found:
            yield from _branches(inner)


def _near(value: Any, chance: random.Random) -> Any:
    """Return a value of the same type that is a little or a lot off."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return chance.choice((value + 1, value - 1, -value, value * 1000, value / 3, float(value)))
    if isinstance(value, str):
        place = chance.randrange(len(value) + 1)
        return value[:place] + chance.choice("019-.xX :/\u00e9\0") + value[place + 1 :]
    return [value, value]


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


# ---- tables, arrays, addresses -------------------------------------------------------------------


def table(content: bytes, chance: random.Random) -> bytes:
    """Return CSV with cells, rows and columns changed."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    except (ValueError, csv.Error) as error:
        raise Unread from error
    if not rows:
        raise Unread
    for _ in range(chance.choice((1, 1, 2, 4))):
        row = chance.choice(rows) if rows else []
        what = chance.randrange(8)
        if what <= 3 and row:
            place = chance.randrange(len(row))
            row[place] = chance.choice((_word(chance), str(_near(row[place], chance))))
        elif what == 4 and row:
            del row[chance.randrange(len(row))]
        elif what == 5 and rows:
            rows.insert(chance.randrange(len(rows) + 1), list(row))
        elif what == 6 and row:
            place = chance.randrange(len(row))
            for other in rows:
                del other[place : place + 1]
        elif rows:
            rows.pop(chance.randrange(len(rows)))
    out = io.StringIO()
    csv.writer(out, lineterminator=chance.choice(("\n", "\n", "\r\n")), escapechar="\\").writerows(
        rows
    )
    return out.getvalue().encode("utf-8", "surrogatepass")


def _word(chance: random.Random) -> str:
    value = chance.choice(LEAVES)
    return value if isinstance(value, str) else json.dumps(value)


def arrays(content: bytes, chance: random.Random) -> bytes:
    """Return an archive of arrays, some of another shape, type, content or name."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            names = old.namelist()
            chosen = set(chance.sample(names, min(len(names), chance.choice((1, 1, 2, 5)))))
            for name in names:
                member = old.read(name)
                if name in chosen:
                    member = _array(member, chance)
                if member is not None:
                    new.writestr(name, member, compress_type=zipfile.ZIP_DEFLATED, compresslevel=1)
    except TORN as error:
        raise Unread from error
    return out.getvalue()


def _array(member: bytes, chance: random.Random) -> bytes | None:
    """Return the file of an array changed, None where it is left out."""
    what = chance.randrange(7)
    if what == 0:
        return None
    if what == 1:
        return _claims(chance)
    if what == 2:
        place = chance.randrange(len(member) + 1)
        return member[:place] + bytes([chance.randrange(256)]) + member[place + 1 :]
    if what == 3:
        return member[: chance.randrange(len(member) + 1)]
    try:
        found = np.load(io.BytesIO(member), allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError):
        return _claims(chance)
    out = io.BytesIO()
    np.lib.format.write_array(out, _wrong(found, chance, what), allow_pickle=False)
    return out.getvalue()


def _wrong(found: Any, chance: random.Random, what: int) -> Any:
    """Return an array with other values, another type or other axes."""
    if what == 4 and found.size:
        found = found.copy()
        values = ("", "x" * 80, "C1S1") if found.dtype.kind == "U" else (
            np.nan, np.inf, -np.inf, -1.0, 1e30, 0.0)  # fmt: skip
        found.flat[chance.randrange(found.size)] = chance.choice(values)
        if chance.random() < 0.3:
            found[...] = chance.choice(values)
        return found
    if what == 5:
        kind = chance.choice(DTYPES)
        return np.zeros(found.shape, dtype=kind)
    return chance.choice(
        (found.ravel(), found[:1], found[:0], found.T, found[None], found[..., :1])
    )


def _claims(chance: random.Random) -> bytes:
    """Return an array whose head claims what its body does not hold."""
    out = io.BytesIO()
    shape = tuple(chance.choice((0, 1, 4, 72, 2**20, 2**40)) for _ in range(chance.randrange(5)))
    head = {"descr": chance.choice(DTYPES), "fortran_order": chance.random() < 0.2, "shape": shape}
    np.lib.format.write_array_header_1_0(out, head)
    return out.getvalue() + b"\0" * 64


def columns(content: bytes, chance: random.Random) -> bytes:
    """Return a Parquet file with columns of other types, values, names or lengths."""
    try:
        found = pq.read_table(io.BytesIO(content))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise Unread from error
    if not found.num_columns:
        raise Unread
    place = chance.randrange(found.num_columns)
    name, column = found.column_names[place], found.column(place)
    what = chance.randrange(6)
    if what == 0:
        found = found.remove_column(place)
    elif what == 1:
        found = found.rename_columns([f"{n}x" if n == name else n for n in found.column_names])
    elif what == 2:
        found = found.slice(chance.randrange(3), chance.randrange(4))
    elif what == 3 and found.num_rows < MOST_ROWS:
        found = pa.concat_tables([found, found])
    else:
        found = found.set_column(place, name, _column(column, chance, what == 4))
    out = io.BytesIO()
    pq.write_table(found, out)
    return out.getvalue()


def _column(column: Any, chance: random.Random, same_type: bool) -> Any:
    """Return a column with hostile values, of its type or of another one."""
    rows = len(column)
    if not same_type:
        other = chance.choice((pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.binary()))
        return pa.nulls(rows, other)
    values = column.to_pylist()
    for _ in range(chance.choice((1, rows or 1))):
        if values:
            values[chance.randrange(rows)] = chance.choice(LEAVES)
    try:
        return pa.array(values, column.type)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return pa.nulls(rows, column.type)


def query(content: bytes, chance: random.Random) -> bytes:
    """Return the query of an address with keys and values changed."""
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True)
    except ValueError as error:
        raise Unread from error
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.randrange(len(pairs) + 1)
        what = chance.randrange(4)
        if what == 0 or place == len(pairs):
            pairs.insert(place, (chance.choice(("a", "b", "run", "sweep", "x")), _word(chance)))
        elif what == 1:
            pairs[place] = (pairs[place][0], _word(chance))
        elif what == 2:
            pairs[place] = (pairs[place][0], str(_near(pairs[place][1], chance)))
        else:
            del pairs[place]
    return urlencode(pairs, errors="replace").encode()


FORMS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "yaml": tree, "json": tree, "csv": table, "npz": arrays, "parquet": columns, "query": query,
}  # fmt: skip
