"""What `divert explain-run` says on the screen: notes, terms, levels, quantities, measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.experiment import decision_words as words
from sim.experiment.decision_data import Explained, Group, Weighing
from sim.experiment.decision_text import RESULTS, SUMS, WISHES, band_words, level_words, signed
from sim.screen import _console, _table

if TYPE_CHECKING:
    from rich.console import Console

LOGIT_NOTE = (
    "Terms add up in logits, which turn into a level from 0 to 1: a sum of -2 is 0.12, 0 is 0.50, "
    "+2 is 0.88."
)


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
    if any(weighing.unit == words.LOGITS for weighing in found.weighings):
        console.print(LOGIT_NOTE)
    for weighing in found.weighings:
        console.print()
        _print_weighing(console, weighing)
    for group in found.groups:
        console.print()
        console.print(_group_table(group))
    if found.actor == "UN" and not found.weighings:
        console.print()
        _print_measures(console, found)


def _print_weighing(console: Console, weighing: Weighing) -> None:
    """Print the terms of a decision, their sum and what follows."""
    unit = weighing.unit
    table = _table(weighing.title, ("", "seen", f"adds, {unit}", "5 %", "95 %"))
    for term in weighing.terms:
        seen = band_words(term.seen, term.seen_unit or "")
        table.add_row(term.words, seen, *signed(term.adds, unit))
    table.add_row(SUMS[unit], "", *signed(weighing.sum, unit), style="bold")
    for name, label in RESULTS.items():
        if name in weighing.results:
            table.add_row(label, "", *signed(weighing.results[name], unit))
    console.print(table)
    if weighing.level is not None:
        wish = band_words(weighing.results["wish"], words.INDEX)
        console.print(WISHES[weighing.name].format(wish=wish))
        console.print(level_words(weighing.level))


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
