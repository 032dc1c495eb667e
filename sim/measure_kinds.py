"""Kinds of measures beyond bans and caps: what each adds to the margins that firms weigh.

A kind is a class. `tariff` is shipped; others come from Python (`add_measure_kind`) or from an
installed package that names its classes under the entry point `divert.measure_kinds`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import DivertError, nearest

Array = NDArray[np.float64]

ENTRY_POINT = "divert.measure_kinds"

ON_FLOWS = ("ban", "cap_value")
"""Kinds that act on flows through the registry of measures, not on margins."""


class Seen(NamedTuple):
    """What a kind may look at in a month; arrays (arm, member), or (1, member) before arms part."""

    month: str  # YYYY-MM
    price: Array  # expected price of the good, relative to the base year
    enforcement: Array  # of the partner whom the measure binds, 0 to 1


class MeasureKind:
    """A kind of measure: subclass it, give `word`, and say what a measure of some size does.

    `word` names it in `measures.add` (`kind: WORD, size: 0.2`), `size` says what the size is, with
    its unit, and `most` the largest allowed; a measure of size 0 is none. `legal` and `illegal`
    return log points added to the margin of trade on that route, numbers or arrays (arm, member):
    -0.1 is a cost of some 10 % of the price. In force on a share of a month's days, a measure
    counts by that share; one that binds through the Council, by its partner's enforcement as well.
    """

    word: ClassVar[str] = ""
    size: ClassVar[str] = "a number"
    most: ClassVar[float] = 1.0

    def legal(self, size: float, seen: Seen) -> Array | float:
        """Return what is added to the margin of lawful trade, log points."""
        return 0.0

    def illegal(self, size: float, seen: Seen) -> Array | float:
        """Return what is added to the margin of smuggling, log points, where a ban makes any."""
        return 0.0


class Tariff(MeasureKind):
    """A duty that the partner's firms pay on lawful trade; smugglers do not."""

    word = "tariff"
    size = "duty as a share of the price, 0.2 for 20 %"
    most = 10.0

    def legal(self, size: float, seen: Seen) -> float:
        """Return minus the logarithm of one plus the duty."""
        return -float(np.log1p(size))


SHIPPED: dict[str, type[MeasureKind]] = {Tariff.word: Tariff}

_own: dict[str, type[MeasureKind]] = {}


def add_measure_kind(kind: type[MeasureKind]) -> type[MeasureKind]:
    """Make a kind known to scenarios of this process, and return it: it may stand as a decorator.

    A second class of the same word replaces the first, as when a notebook's cell runs again. Raises
    DivertError for what is no subclass of MeasureKind, and for a word that is missing or shipped.
    """
    if not (isinstance(kind, type) and issubclass(kind, MeasureKind)):
        raise DivertError(
            f"found {kind!r} as a kind of measure; allowed: a subclass of MeasureKind"
        )
    word, taken = kind.word, (*ON_FLOWS, *SHIPPED)
    if not (isinstance(word, str) and word.isidentifier()) or word in taken:
        raise DivertError(
            f"found {word!r} as the word of {kind.__name__}; allowed: letters, digits and _, "
            f"other than {', '.join(taken)}"
        )
    most = kind.most
    if isinstance(most, bool) or not isinstance(most, int | float) or not 0.0 < most < 1e12:
        raise DivertError(f"found {most!r} as the most of {kind.__name__}; allowed: above 0")
    _own[word] = kind
    return kind


def measure_kind(word: str) -> type[MeasureKind]:
    """Return the kind of a word; raises DivertError for one that nobody has named."""
    found = SHIPPED.get(word) or _own.get(word)
    if found is None:
        for entry in entry_points(group=ENTRY_POINT, name=word):
            found = add_measure_kind(_loaded(entry.load, word))
            if found.word != word:
                raise DivertError(
                    f"found the kind {found.word!r} under the entry point {word!r}; allowed: its "
                    "own word"
                )
    if found is None:
        known = known_words()
        raise DivertError(
            f"found {word!r}; allowed: {', '.join(known)}, or a kind that add_measure_kind() or an "
            f"installed package (entry point {ENTRY_POINT}) has named{nearest(word, known)}"
        )
    return found


def _loaded(load: object, word: str) -> type[MeasureKind]:
    """Return the class behind an entry point; raises DivertError where its package fails."""
    try:
        found: type[MeasureKind] = load()  # type: ignore[operator]
    except Exception as error:
        raise DivertError(
            f"the kind {word!r} of an installed package cannot be loaded ({error}); allowed: a "
            "package that can be imported"
        ) from error
    return found


def known_words() -> tuple[str, ...]:
    """Return the words that a measure's `kind` may have, those of installed packages too."""
    return tuple(dict.fromkeys((*ON_FLOWS, *SHIPPED, *_own, *installed_words())))


def installed_words() -> tuple[str, ...]:
    """Return the words that installed packages name, which every command knows."""
    return tuple(entry.name for entry in entry_points(group=ENTRY_POINT))


def own_kinds(words: set[str]) -> tuple[type[MeasureKind], ...]:
    """Return the kinds among `words` that are not shipped, in the order of their words."""
    return tuple(measure_kind(word) for word in sorted(words - {*ON_FLOWS, *SHIPPED}))


def known_kinds() -> tuple[type[MeasureKind], ...]:
    """Return the kinds that this process has been told of."""
    return tuple(_own.values())
