"""What numbers come from: a digest of the package's code, so that results of other code show."""

from __future__ import annotations

import hashlib
import inspect
from functools import lru_cache
from pathlib import Path

from sim.errors import DivertError

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


def own_code(*classes: type) -> str:
    """Return the digest of classes that are not the package's, bases included; "" without any.

    It tells results of one rule from those of another. What a class reads from outside itself is
    not seen. Raises DivertError for a class whose source cannot be read.
    """
    found = {
        base: None
        for kind in classes
        for base in kind.__mro__
        if base.__module__.partition(".")[0] not in ("sim", "mesa", "builtins", "typing")
    }
    whole = hashlib.sha256()
    for kind in found:
        try:
            text = inspect.getsource(kind)
        except (OSError, TypeError):
            raise DivertError(
                f"found {kind.__qualname__}, whose source cannot be read; allowed: a class in a "
                "file or in a notebook's cell, so that its runs can be told from others"
            ) from None
        whole.update(f"{kind.__module__}.{kind.__qualname__}\n{text}".encode())
    return whole.hexdigest() if found else ""
