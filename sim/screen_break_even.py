"""What `divert break-even` says on the screen: what each lever takes, and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.experiment.break_even import OPENNESS
from sim.experiment.break_even_words import LEAST, LEVER_WORDS, number, root_sentence, spread
from sim.screen import _console, _table

if TYPE_CHECKING:
    from sim.experiment.break_even import Answer
    from sim.experiment.break_even_command import Finished


def print_break_even(done: Finished) -> None:
    """Print a table for each target and what follows in sentences."""
    found, data, console = done.found, done.data, _console()
    scenario = found.scenario
    console.print(f"{scenario.name}: what would it have taken?", style="bold")
    console.print(
        f"Levers are pulled in {scenario.tightening_from} and searched to {found.most:,} times; "
        f"{scenario.members} draws, one member each, {scenario.firms.scale:g} times the firms, "
        f"{found.runs:,} runs. Figures are median (5 to 95 %) over draws; 'beyond' means not "
        "reached within the range."
    )
    console.print()
    for target in sorted({answer.target for answer in found.answers}):
        console.print(_target_table(done, target))
        console.print()
    if found.answers:
        console.print(root_sentence(found))
        console.print(LEAST[0].upper() + LEAST[1:] + ".")
        console.print()
    for sentence in data["sentences"]:
        console.print(sentence)
    console.print()
    console.print(f"Written to {done.folder}")


def _target_table(done: Finished, target: float) -> Any:
    """Return what each lever takes to reach one target."""
    table = _table(
        f"To offset {100.0 * target:.0f} % of the loss (M USD: million USD)",
        (
            "law, support o",
            "multiple",
            "purchases, M USD a year",
            "x 2015-16",
            "workers",
            "never, %",
        ),
    )
    lever = None
    order = list(LEVER_WORDS)
    pairs = zip(done.found.answers, done.data["answers"], strict=True)
    for answer, row in sorted(pairs, key=lambda pair: order.index(pair[0].curve.lever)):
        if answer.target != target:
            continue
        if answer.curve.lever != lever:
            lever = answer.curve.lever
            table.add_row(LEVER_WORDS[lever])
        table.add_row(
            f"  {_short(answer)}",
            spread(row["value"], 2 if lever == OPENNESS else 1),
            spread(row["purchases_musd_a_year"], 0),
            number(row["purchases_times_2015_16"]["p50"], 0),
            number(row["workers"]["p50"], 0),
            f"{100.0 * row['share_never']:.0f}",
        )
    return table


def _short(answer: Answer) -> str:
    """Return a setting in few words, for a table."""
    law, support = answer.curve.setting.law, answer.curve.setting.support
    if answer.curve.lever == OPENNESS:
        return "law (value: o)" if law else "no law (value: o)"
    return f"{'law' if law else 'no law'}, {'by rule' if support != support else f'{support:g}'}"
