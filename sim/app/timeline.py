"""Measures of the registry on a timeline: what a world has, and how one of them is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from sim.app.explore_measures import MOST_ADDED, OWN_PREFIX, Changes, Own, with_levers
from sim.app.explore_registry import included, rules_by_id
from sim.app.levers import Value
from sim.axes import EXPORT_GOODS, IMPORT_GOODS
from sim.data import load
from sim.errors import DivertError
from sim.scenario import Scenario
from sim.scenario_law import OwnMeasure
from sim.view.chart import Chart, axis, blank, month_axis
from sim.view.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, RED
from sim.view.partner_words import PARTNER_WORDS

IN, OUT, ABSENT, MOVED, ENDED, BACK, OWN = (
    "in force", "dropped", "not in this scenario", "moved", "ended", "brought in", "your own",
)  # fmt: skip
ISSUERS = ("UN", "China", "Russia", "US", "DPRK", OWN)
COLOURS = dict(zip(ISSUERS, (BLUE, RED, GREEN, ORANGE, GREY, PURPLE), strict=True))
SYMBOLS = {IN: "circle", OUT: "x-thin", ABSENT: "circle-open", MOVED: "diamond",
           ENDED: "triangle-left", BACK: "star", OWN: "star"}  # fmt: skip
BOUND = {**PARTNER_WORDS, "all": "everyone"}


@dataclass(frozen=True)
class Row:
    """A measure as the timeline lists it; `acts` whether it acts on anything in the model."""

    id: str
    day: str
    issuer: str
    what: str
    binds: str
    acts: bool
    mark: str
    source: str
    status: str
    note: str

    @property
    def button(self) -> str:
        """Return what the row's button does."""
        return {
            IN: "Drop", OUT: "Bring back", ABSENT: "Bring in", BACK: "Leave out",
            MOVED: "Undo the move", ENDED: "Undo the end", OWN: "Take away",
        }[self.status]  # fmt: skip

    def holds(self, text: str) -> bool:
        """Return whether every word of a search is in the row."""
        whole = " ".join((self.id, self.day, self.issuer, self.what, self.binds, self.status,
                          self.note, self.source)).lower()  # fmt: skip
        return all(word in whole for word in text.lower().split())


@lru_cache(maxsize=1)
def _registry() -> Mapping[str, Any]:
    return {row.id: row for row in load("measures")}


def rows(changes: Changes, levers: Mapping[str, Value], base: Scenario) -> tuple[Row, ...]:
    """Return every measure of the registry and of a world's own, by date, as the world has it."""
    every = with_levers(changes, levers)
    held = included(base)
    found = [_row(name, every, held) for name in _registry()]
    found += [_own_row(own, OWN) for own in every.added]
    theirs = [own for own in base.measures.add]
    found += [_scenario_row(own, every) for own in theirs]
    return tuple(sorted(found, key=lambda row: (row.day, row.id)))


def _row(name: str, every: Changes, held: frozenset[str]) -> Row:
    entry, rules = _registry()[name], rules_by_id()[name]
    day = (entry.effective or entry.adopted).isoformat()
    status, note = (IN, "") if name in held else (ABSENT, "")
    if name in every.back:
        status = BACK
    if name in dict(every.moved):
        status, note = MOVED, f"from {dict(every.moved)[name]}"
    elif name in every.dropped:
        status = OUT
    elif name in dict(every.ended):
        status, note = ENDED, f"ends {dict(every.ended)[name]}"
    binds = ", ".join(dict.fromkeys(BOUND.get(r.partner, r.partner) for r in rules))
    return Row(name, day, entry.issuer, f"{entry.instrument}: {entry.commodity}", binds or "–",
               bool(rules), entry.mark, entry.source, status, note)  # fmt: skip


def _own_row(own: Own, status: str) -> Row:
    ban = own.kind == "ban"
    amount = f"{100 * own.amount:g} % of it" if ban else f"{own.amount:g} million USD a year"
    what = f"{'ban' if ban else 'cap'}: {own.good}, {amount}"
    note = f"to {own.last}" if own.last else ""
    binds = BOUND.get(own.partner, own.partner)
    return Row(own.id, own.first, OWN, what, binds, True, "C", "this world", status, note)


def _scenario_row(own: OwnMeasure, every: Changes) -> Row:
    status = OUT if own.id in every.dropped else IN
    return Row(own.id, own.first.isoformat(), OWN, f"{own.kind.replace('_', ' ')}: {own.good}",
               BOUND.get(own.partner, own.partner), True, "C", "the scenario", status,
               own.reason)  # fmt: skip


def toggled(changes: Changes, name: str, base: Scenario) -> Changes:
    """Return changes after a row's button: what was changed is undone, else it is dropped or in.

    Raises DivertError for a measure that is neither in the registry nor in the world.
    """
    without = lambda pairs: tuple(pair for pair in pairs if pair[0] != name)  # noqa: E731
    if name in {own.id for own in changes.added}:
        return replace(changes, added=tuple(own for own in changes.added if own.id != name))
    if name in changes.dropped:
        return replace(changes, dropped=tuple(i for i in changes.dropped if i != name))
    if name in {**dict(changes.moved), **dict(changes.ended)}:
        return replace(changes, moved=without(changes.moved), ended=without(changes.ended))
    if name in changes.back:
        return replace(changes, back=tuple(i for i in changes.back if i != name))
    if name in included(base):
        return replace(changes, dropped=(*changes.dropped, name))
    if name in _registry():
        return replace(changes, back=(*changes.back, name))
    raise DivertError(f"found no measure {name[:40]!r}; allowed: an id of the registry")


def redated(changes: Changes, name: str, what: str, day: str) -> Changes:
    """Return changes with a measure that begins (`from`) or ends (`to`) on another day.

    Raises DivertError for a day that is none.
    """
    day = _day(day)
    kept = replace(
        changes,
        moved=tuple(p for p in changes.moved if p[0] != name),
        ended=tuple(p for p in changes.ended if p[0] != name),
    )
    if what == "from":
        return replace(kept, moved=(*kept.moved, (name, day)))
    return replace(kept, ended=(*kept.ended, (name, day)))


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except (ValueError, AttributeError):
        raise DivertError(
            f"found {str(text)[:20]!r}; allowed: a date YYYY-MM-DD", key="date"
        ) from None


def with_own(
    changes: Changes, partner: str, flow: str, kind: str, amount: str, first: str, last: str
) -> Changes:
    """Return changes with a measure added; `flow` is a good as `flows()` names it.

    `amount` is % of the good for a ban, USD million a year for a cap. Raises DivertError.
    """
    if len(changes.added) >= MOST_ADDED:
        raise DivertError(
            f"found {MOST_ADDED} measures of its own; allowed: up to {MOST_ADDED}: save the "
            "scenario as a file and add more there"
        )
    known = {value for value, _ in flows()}
    if flow not in known:
        raise DivertError(f"found no good; allowed: {', '.join(sorted(known))}", key="good")
    try:
        value = float(amount)
    except (TypeError, ValueError):
        raise DivertError(f"found {str(amount)[:20]!r}; allowed: a number", key="amount") from None
    direction, _, good = flow.partition(".")
    taken = {own.id for own in changes.added}
    name = next(n for i in range(1, 99) if (n := f"{OWN_PREFIX}{i}") not in taken)
    own = Own(name, partner, direction, good, kind, value / 100.0 if kind == "ban" else value,
              _day(first), _day(last) if (last or "").strip() else "")  # fmt: skip
    return replace(changes, added=(*changes.added, own))


def flows() -> tuple[tuple[str, str], ...]:
    """Return goods in both directions as (value, label)."""
    return (
        *((f"dprk_export.{g}", f"{g}, sold by the DPRK") for g in EXPORT_GOODS),
        *((f"dprk_import.{g}", f"{g}, bought by the DPRK") for g in IMPORT_GOODS),
    )


def timeline_chart(found: tuple[Row, ...], base: Scenario) -> Chart:
    """Return the measures of a world by date and issuer; those outside its months are left out."""
    first, last = base.period.first, base.period.last
    inside = [row for row in found if first <= row.day[:7] <= last]
    lanes = [i for i in ISSUERS if any(row.issuer == i for row in inside)]
    figure = blank(
        60 + 44 * len(lanes) + 60, xaxis=month_axis(range=[f"{first}-01", f"{last}-28"]),
        yaxis=axis("", categoryorder="array", categoryarray=lanes[::-1], ticks="", showgrid=True),
        margin={"l": 10, "r": 14, "t": 8, "b": 40}, hovermode="closest",
    )  # fmt: skip
    for status, symbol in SYMBOLS.items():
        here = [row for row in inside if row.status == status]
        if not here:
            continue
        figure.add_trace(
            go.Scatter(
                x=[_shown_day(row) for row in here], y=[row.issuer for row in here],
                mode="markers", name=status,
                marker={
                    "symbol": symbol, "size": 11,
                    "color": [COLOURS[row.issuer] for row in here],
                    "opacity": 0.8, "line": {"width": 2 if symbol == "x-thin" else 1,
                                             "color": [COLOURS[row.issuer] for row in here]},
                },
                text=[f"{row.id} {row.note}<br>{row.what}"[:160] for row in here],
                hovertemplate="%{x|%Y-%m-%d} %{text}<extra></extra>",
            )
        )  # fmt: skip
    headings = ("date", "measure", "by", "binds", "what", "in this world", "mark")
    cells = tuple(
        (row.day, row.id, row.issuer, row.binds, row.what, f"{row.status} {row.note}".strip(),
         row.mark)
        for row in inside
    )  # fmt: skip
    changed = sum(row.status in (OUT, MOVED, ENDED, BACK, OWN) for row in inside)
    words = (
        f"Measures of {first} to {last} by date and by who issued them: {len(inside)}, of which "
        f"{changed} are changed in this world."
    )
    return Chart("measures", "Measures by date", figure, headings, cells, words)


def _shown_day(row: Row) -> str:
    """Return where a measure stands: on its new day where it was moved."""
    return row.note.removeprefix("from ") if row.status == MOVED else row.day
