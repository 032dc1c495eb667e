"""Attributes of elements that Python cannot spell: `aria-…` and `data-…`."""

from __future__ import annotations

from typing import Any


def marks(**values: str) -> dict[str, Any]:
    """Return attributes with hyphens: `html.Nav(..., **marks(aria_label="Pages"))`."""
    return {name.replace("_", "-"): value for name, value in values.items()}
