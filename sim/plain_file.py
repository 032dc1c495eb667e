"""Text of files that others name: devices, pipes and what is too large are refused unread."""

from __future__ import annotations

import stat
from pathlib import Path

from sim.errors import DivertError

LARGEST_TABLE = 50_000_000
"""Bytes; the largest table that divert writes for reading again has a hundredth of it."""


def table_text(path: Path, key: str | None = None) -> str:
    """Return the text of a table, UTF-8 with or without a byte order mark.

    Raises OSError where there is no such file, DivertError for what is no regular file, too large
    or not text.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise DivertError("found no regular file; allowed: a CSV file", file=path, key=key)
    if status.st_size > LARGEST_TABLE:
        raise DivertError(
            f"found a file of {status.st_size:,} bytes; allowed: up to {LARGEST_TABLE:,}",
            file=path, key=key,
        )  # fmt: skip
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DivertError("the file is not text in UTF-8", file=path, key=key) from None
