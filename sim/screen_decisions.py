"""What `divert explain-run` says on the screen: notes, terms, levels, quantities, measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.experiment import decision_words as words
from sim.experiment.decision_data import Band, Explained, Group, Level, Weighing
from sim.screen import _console, _table

if TYPE_CHECKING:
    from rich.console import Console

EVERYONE = 1.0 - 1e-9
SMALL_MUSD = 20.0
WISHES = {
    "enforcement": "The wish for enforcement, the logistic function of the sum, is {wish}.",
    "support": "The wish to support, what the terms lift it above what it would do anyway, is "
    "{wish}.",
}
SUMS = {words.LOGITS: "sum", words.OF_TRADE: "ideal strictness"}
RESULTS = {
    "concession": "further, rather than what comes without agreement",
    "limit": "the strictest draft it accepts",
}


def print_explained(found: Explained) -> None:
    """Print an actor's month."""
    console = _console()
    who = words.ACTOR_WORDS[found.actor]
    console.print(f"{who[0].upper()}{who[1:]} in {found.month}", style="bold")
    console.print(
        f"Scenario {found.scenario}, arm {found.arm} ({found.arm_words}), {found.members} members: "
        "means, and in brackets or columns 5 to 95 % of members."
    )
    for note in found.notes:
        console.print(note)
    for weighing in found.weighings:
        console.print()
        _print_weighing(console, weighing)
    for group in found.groups:
        console.print()
        console.print(_group_table(group))
    if found.actor == "UN" and not found.weighings:
        console.print()
        _print_measures(console, found)


def number(value: float, unit: str, beside: float | None = None) -> str:
    """Return a number as a reader of its unit expects it, with the digits of one beside it."""
    if unit in (words.SHARE, words.OF_TRADE, words.OF_MEMBERS):
        digits = 0 if unit == words.OF_MEMBERS else 1
        return f"{_rounded(100.0 * value, digits):,.{digits}f} %"
    if unit == words.WORKERS:
        return f"{_rounded(value, 0):,.0f}"
    if unit == words.COUNT:
        return f"{_rounded(value, 2):g}"
    size = abs(value if beside is None else beside)
    digits = (0 if size >= SMALL_MUSD else 1) if unit == words.MUSD else 2
    return f"{_rounded(value, digits):,.{digits}f}"


def _rounded(value: float, digits: int) -> float:
    """Return a rounded number without a negative zero."""
    return round(value, digits) + 0.0


def band_words(band: Band | float | None, unit: str) -> str:
    """Return a mean with its band in brackets; the mean alone where all members agree."""
    if band is None:
        return ""
    if isinstance(band, float):
        return number(band, unit)
    mean, low, high = (number(x, unit, band.mean) for x in (band.mean, band.p05, band.p95))
    return mean if low == high == mean else f"{mean} ({low.removesuffix(' %')} to {high})"


def _print_weighing(console: Console, weighing: Weighing) -> None:
    """Print the terms of a decision, their sum and what follows."""
    unit = weighing.unit
    table = _table(weighing.title, ("", "seen", f"adds, {unit}", "5 %", "95 %"))
    for term in weighing.terms:
        seen = band_words(term.seen, term.seen_unit or "")
        table.add_row(term.words, seen, *_signed(term.adds, unit))
    table.add_row(SUMS[unit], "", *_signed(weighing.sum, unit), style="bold")
    for name, label in RESULTS.items():
        if name in weighing.results:
            table.add_row(label, "", *_signed(weighing.results[name], unit))
    console.print(table)
    if weighing.level is not None:
        wish = band_words(weighing.results["wish"], words.INDEX)
        console.print(WISHES[weighing.name].format(wish=wish))
        console.print(level_words(weighing.level))


def _signed(band: Band, unit: str) -> tuple[str, ...]:
    """Return mean, p05 and p95 with their signs."""
    texts = (number(x, unit) for x in (band.mean, band.p05, band.p95))
    return tuple(text if text.startswith("-") or _nothing(text) else f"+{text}" for text in texts)


def _nothing(text: str) -> bool:
    """Return whether a number is shown as zero."""
    return not any(digit in text for digit in "123456789")


def level_words(level: Level) -> str:
    """Return how a level moved, in a sentence."""
    after = band_words(level.after, words.INDEX)
    if level.before is None:
        return f"The level is {after}."
    path = f"{band_words(level.before, words.INDEX)} -> {after}"
    if level.decided_by != "rule":
        by = {"arm": "The arm", "scenario": "The scenario"}[level.decided_by]
        return f"{by} sets the level: {path}."
    moves = [
        f"moves {way} at its speed, {band_words(speed, words.INDEX)} of the gap a month{_in(share)}"
        for way, speed, share in (
            ("up", level.speed_up, level.rising),
            ("down", level.speed_down, level.falling),
        )
        if share > 0.0
    ]
    return f"The level {' and '.join(moves) or 'stays'}: {path}."


def _in(share: float) -> str:
    """Return in which share of members something holds, nothing where it holds in all."""
    return "" if share > EVERYONE else f", in {number(share, words.OF_MEMBERS)} of members"


def _group_table(group: Group) -> Any:
    """Return quantities by column: the month before, this month, a change, a year."""
    shown = [c for c in words.COLUMNS if any(c in row.values for row in group.rows)]
    table = _table(group.title, ("", *(words.COLUMNS[c] for c in shown)))
    for row in group.rows:
        cells = (band_words(row.values.get(column), row.unit) for column in shown)
        unit = f", {row.unit}" if row.unit == words.MUSD else ""
        table.add_row(f"{row.words}{unit}", *cells)
    return table


def _print_measures(console: Console, found: Explained) -> None:
    """Print the measures that came on their dates this month."""
    if not found.measures:
        console.print(f"No measure that the Council adopted in {found.month} is in the scenario.")
        return
    table = _table(
        f"Measures the Council adopted in {found.month}",
        ("", "instrument", "adopted", "flow", "kind", "acts in the model"),
    )
    for row in found.measures:
        flow = words.FLOWS.get(row.flow, row.flow)
        label = f"{row.id}: {row.commodity}"
        acts = "yes" if row.acts else "no"
        table.add_row(label, row.instrument, row.adopted, flow, row.kind.replace("_", " "), acts)
    console.print(table)
