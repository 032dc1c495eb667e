"""What Explore shows as an address, and back: two worlds, their size, what is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import parse_qsl, quote

from sim.app.explore_measures import MOST_ADDED, Changes, Own
from sim.app.levers import BY_NAME, SIZE_NAMES, Value, lever, value_text
from sim.app.world import FIRST, World, in_order, same_draws
from sim.errors import DivertError, nearest
from sim.scenario_terms import shown

LONGEST = 15_000
"""Characters of an address; a longer one is refused before it is read. A draw of all parameters,
as a point of a sweep sets it, takes 10,000."""

MOST_KEYS, MOST_MEASURES, LONGEST_TEXT = 300, 110, 1500
SIDES = ("a", "b")

LIKE_A = "*"
"""The scenario of a B that is as A but for what it says; an empty text takes a key of A away."""

VIEWS = {
    "flows": "Trade by partner",
    "channels": "Channels of the offset",
    "map": "Map of corridors",
    "money": "Hard currency, in and out",
    "enforcement": "Enforcement",
    "simpler": "Simpler answers",
}
"""What is shown below the receipts, one at a time."""

LISTS = ("drop", "back", "move", "end", "add")


@dataclass(frozen=True)
class Pair:
    """Two worlds on the same draws and what is looked at; B begins as A."""

    a: World = field(default_factory=World)
    b: World = field(default_factory=World)
    view: str = "flows"

    def __getitem__(self, side: str) -> World:
        """Return world A or B by letter."""
        return self.a if side == "a" else self.b

    def with_world(self, side: str, world: World) -> Pair:
        """Return the pair with one world replaced, both of the size and seed of that one."""
        first, other = same_draws(world, self["b" if side == "a" else "a"])
        return replace(self, a=first, b=other) if side == "a" else replace(self, a=other, b=first)


def from_query(query: Mapping[str, str]) -> Pair:
    """Return the pair that an address stands for.

    Raises DivertError for what is too long, unknown or out of bounds; nothing is run or read.
    """
    length = sum(len(key) + len(value) + 2 for key, value in query.items())
    if length > LONGEST or len(query) > MOST_KEYS:
        raise DivertError(
            f"found an address of {length:,} characters and {len(query)} keys; allowed: up to "
            f"{LONGEST:,} and {MOST_KEYS}: save the scenario as a file",
            key="address",
        )
    said: dict[str, dict[str, str]] = {"a": {}, "b": {}, "": {}}
    for key, value in query.items():
        side, dot, name = key.partition(".")
        if side in SIDES:
            said[side][name if dot else "scenario"] = value
        else:
            said[""][key] = value
    view = said[""].pop("view", "flows")
    if view not in VIEWS:
        raise DivertError(
            f"found {shown(view)}; allowed: {', '.join(VIEWS)}{nearest(view, VIEWS)}", key="view"
        )
    size: dict[str, Value] = {}
    for key, value in said[""].items():
        if key not in SIZE_NAMES:
            known = ("a", "b", "view", *SIZE_NAMES, *(f"a.{n}" for n in (*BY_NAME, *LISTS)))
            raise DivertError(
                f"found an unknown key {shown(key)}; allowed: a, b, a.LEVER, b.LEVER, view, "
                f"{', '.join(SIZE_NAMES)}{nearest(key, known)}",
                key="address",
            )
        size[key] = BY_NAME[key].read(value)
    a, own = _world(said["a"], size), said["b"]
    if own.get("scenario") == LIKE_A:
        said_of_a = {key: text for key, text in said["a"].items() if key not in own}
        kept = {key: text for key, text in own.items() if text and key != "scenario"}
        own = {"scenario": a.base, **said_of_a, **kept}
    return Pair(a, _world(own, size) if own else a, view)


def from_search(search: str) -> Pair:
    """Return the pair of a query string, `?a=...&b=...`; raises DivertError as `from_query`."""
    if len(search) > 3 * LONGEST:
        raise DivertError(
            f"found an address of {len(search):,} characters; allowed: up to {LONGEST:,}",
            key="address",
        )
    try:
        pairs = parse_qsl(search.removeprefix("?"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise DivertError("found bytes that are no text; allowed: text", key="address") from None
    return from_query(dict(pairs))


def to_query(pair: Pair) -> dict[str, str]:
    """Return a pair as keys and texts of an address; raises DivertError where it is too long."""
    found = _said("a", pair.a)
    if pair.b != pair.a:
        found |= _said_of_b(pair)
    found |= {name: value_text(pair.a.at[name]) for name in SIZE_NAMES if name in pair.a.at}
    if pair.view != "flows":
        found["view"] = pair.view
    length = sum(len(key) + len(value) + 2 for key, value in found.items())
    if length > LONGEST or len(found) > MOST_KEYS:
        raise _too_long(length)
    return found


def to_search(pair: Pair) -> str:
    """Return a pair as the query string of an address; raises DivertError as `to_query`."""
    parts = (f"{quote(k, safe='')}={quote(v, safe=',:;')}" for k, v in to_query(pair).items())
    text = "?" + "&".join(parts)
    if len(text) > LONGEST:
        raise _too_long(len(text))
    return text


def _too_long(length: int) -> DivertError:
    return DivertError(
        f"found changes of {length:,} characters; allowed: up to {LONGEST:,} in an address: save "
        "the scenario as a file and change that",
        key="address",
    )


def _said(side: str, world: World) -> dict[str, str]:
    changes = world.measures
    found = {side: world.base}
    found |= {f"{side}.{n}": value_text(v) for n, v in world.levers if n not in SIZE_NAMES}
    lists = {
        "drop": ",".join(changes.dropped),
        "back": ",".join(changes.back),
        "move": ",".join(":".join(pair) for pair in changes.moved),
        "end": ",".join(":".join(pair) for pair in changes.ended),
        "add": ";".join(_own_text(own) for own in changes.added),
    }
    found |= {f"{side}.{key}": text for key, text in lists.items() if text}
    return found | {f"{side}.set.{key}": text for key, text in world.more}


def _said_of_b(pair: Pair) -> dict[str, str]:
    """Return what B says; where A sets many keys and B has its scenario, only what B has apart."""
    own = _said("b", pair.b)
    emptied = any(not text for _, text in pair.b.more)  # would be read as taken away
    if not pair.a.more or pair.a.base != pair.b.base or emptied:
        return own
    of_a = {f"b{key[1:]}": text for key, text in _said("a", pair.a).items()}
    apart = {key: text for key, text in own.items() if of_a.get(key) != text}
    gone = {key: "" for key in of_a if key not in own}
    return {"b": LIKE_A, **apart, **gone}


def _own_text(own: Own) -> str:
    return ",".join(
        (own.id, own.partner, own.direction, own.good, own.kind, value_text(own.amount), own.first,
         own.last)
    )  # fmt: skip


def _world(said: Mapping[str, str], size: Mapping[str, Value]) -> World:
    """Return a world from its keys without the letter, and the size both share."""
    at, lists, more = dict(size), dict.fromkeys(LISTS, ""), {}
    for key, text in said.items():
        if len(text) > LONGEST_TEXT:
            raise DivertError(
                f"found {len(text):,} characters; allowed: up to {LONGEST_TEXT:,}", key=key
            )
        if key in LISTS:
            lists[key] = text
        elif key.startswith("set."):
            more[key.removeprefix("set.")] = text
        elif key != "scenario":
            one = lever(key)
            if key in SIZE_NAMES:
                raise DivertError(
                    f"found {key} of one world; allowed: {key} for both, so that they have the "
                    "same draws",
                    key="address",
                )
            at[key] = one.read(text)
    changes = Changes(
        _ids("drop", lists["drop"]), _ids("back", lists["back"]), _dated("move", lists["move"]),
        _dated("end", lists["end"]), _owns(lists["add"]),
    )  # fmt: skip
    return World(said.get("scenario") or FIRST, in_order(at), changes, tuple(sorted(more.items())))


def _ids(key: str, text: str) -> tuple[str, ...]:
    names = tuple(text.split(",")) if text else ()
    if len(names) > MOST_MEASURES or len(set(names)) < len(names) or not all(names):
        raise DivertError(
            f"found {shown(text)}; allowed: up to {MOST_MEASURES} ids of measures, each once, "
            "between commas",
            key=key,
        )
    return names


def _dated(key: str, text: str) -> tuple[tuple[str, str], ...]:
    pairs = [part.split(":") for part in text.split(",")] if text else []
    if any(len(pair) != 2 for pair in pairs):
        raise DivertError(f"found {shown(text)}; allowed: ID:YYYY-MM-DD, between commas", key=key)
    _ids(key, ",".join(name for name, _ in pairs))
    return tuple((name, _day(day, key)) for name, day in pairs)


def _day(text: str, key: str) -> str:
    try:
        if len(text) == 10 and text.isascii():
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise DivertError(f"found {shown(text)}; allowed: a date YYYY-MM-DD", key=key)


def _owns(text: str) -> tuple[Own, ...]:
    parts = text.split(";") if text else []
    if len(parts) > MOST_ADDED:
        raise DivertError(
            f"found {len(parts)} measures of its own; allowed: up to {MOST_ADDED}", key="add"
        )
    return tuple(_own(part) for part in parts)


def _own(text: str) -> Own:
    fields = text.split(",")
    try:
        name, partner, direction, good, kind, amount, first, last = fields
        value = float(amount)
    except ValueError:
        raise DivertError(
            f"found {shown(text)}; allowed: id,partner,direction,good,kind,amount,from,to",
            key="add",
        ) from None
    return Own(name, partner, direction, good, kind, value, _day(first, "from"),
               _day(last, "to") if last else "")  # fmt: skip
