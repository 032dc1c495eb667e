"""What each visitor of the application has open, bounded in number."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sim.errors import DivertError

T = TypeVar("T")

MOST = 24
"""Things kept at once; who comes beyond takes the place of who was away longest."""

LONGEST_ID = 64


@dataclass
class _Place:
    """One thing of one visitor and the lock under which it is made."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    made: bool = False
    thing: Any = None


def checked(visitor: object) -> str:
    """Return a visitor's id; raises DivertError for what no page of the application sends."""
    good = isinstance(visitor, str) and 0 < len(visitor) <= LONGEST_ID
    if good and all(c.isascii() and (c.isalnum() or c == "-") for c in cast(str, visitor)):
        return cast(str, visitor)
    raise DivertError("found no visitor's id with the request; reload the page")


class Visitors:
    """Things that belong to one visitor, one for each kind, the least recently used going first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._places: OrderedDict[tuple[str, str], _Place] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, visitor: str, make: Callable[[], T], kind: str) -> T:
        """Return what a visitor has of a kind, made at the first call; others are not held up.

        Raises DivertError for an id that no page sends, and whatever `make` raises.
        """
        with self._lock:
            key = (checked(visitor), kind)
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
        with place.lock:
            if not place.made:
                place.thing, place.made = make(), True
            return cast(T, place.thing)

    def __len__(self) -> int:
        """Return how many things are kept."""
        return len(self._places)
