"""What an address names of a page: short texts by key, and back to the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self
from urllib.parse import urlencode

from sim.errors import DivertError

LONGEST = 200
"""Characters that a name or a search may have."""


@dataclass(frozen=True)
class Look:
    """What an address names, a text for each field; a page's own look adds the fields."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Return the look of an address; raises DivertError for a text too long to name it."""
        words = {field.name: query.get(field.name, "") for field in fields(cls)}
        for name, text in words.items():
            if len(text) > LONGEST:
                raise DivertError(
                    f"found {len(text):,} characters; allowed: up to {LONGEST}", key=name
                )
        return cls(**words)

    @property
    def search(self) -> str:
        """Return the look as the query string of an address."""
        return f"?{urlencode({name: text for name, text in vars(self).items() if text})}"
