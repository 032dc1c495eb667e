"""JSON that others may have written: what Python cannot take is a `ValueError` like any other."""

from __future__ import annotations

import json
from typing import Any


def json_of(text: str) -> Any:
    """Return what JSON text holds; raises ValueError where it is none or is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
