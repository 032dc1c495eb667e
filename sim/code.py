"""What numbers come from: a digest of the package's code, so that results of other code show."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

SHOWN = ("app", "cli", "screen", "view")
"""Beginnings of the names of rooms that show numbers and make none."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the digest of the code and data that make numbers; what only shows them is left out.

    So a new chart or page leaves finished runs and sweeps current.
    """
    folder = Path(__file__).resolve().parent
    whole = hashlib.sha256()
    for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.csv"))):
        within = path.relative_to(folder)
        if not within.parts[0].startswith(SHOWN):
            whole.update(within.as_posix().encode() + path.read_bytes())
    return whole.hexdigest()
