"""Text of files that others name: devices, pipes and what is too large are refused unread."""

from __future__ import annotations

import stat
from pathlib import Path

from sim.errors import DivertError

LARGEST_TABLE = 50_000_000
"""Bytes; the largest table that divert writes for reading again has a hundredth of it."""


def table_text(path: Path, key: str | None = None) -> str:
    """Return the text of a table; errors as in `plain_text`."""
    return plain_text(path, "a CSV file", LARGEST_TABLE, key)


def plain_text(path: Path, what: str, largest: int, key: str | None = None) -> str:
    """Return the text of a file of `largest` bytes at most, UTF-8 with or without byte order mark.

    `what` says which kind of file is allowed, `key` where it was named. Raises OSError where there
    is no such file, DivertError for what is no regular file, too large or not text.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise DivertError(f"found no regular file; allowed: {what}", file=path, key=key)
    if status.st_size > largest:
        raise DivertError(
            f"found a file of {status.st_size:,} bytes; allowed: up to {largest:,}",
            file=path, key=key,
        )  # fmt: skip
    with path.open("rb") as stream:
        data = stream.read(largest)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DivertError(
            f"found bytes that are not text (UTF-8) at byte {error.start + 1}; allowed: {what}",
            file=path, key=key,
        ) from None  # fmt: skip
