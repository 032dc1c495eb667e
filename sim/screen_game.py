"""What `divert game` says on the screen: regrets, the Council, settling or cycling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.experiment import game_words as words
from sim.experiment.game import EFFORT
from sim.screen import _console, _table

if TYPE_CHECKING:
    from sim.experiment.game import Regret
    from sim.experiment.game_command import Finished


def print_game(done: Finished) -> None:
    """Print the game check: a table of regrets and what follows in sentences."""
    found, console = done.found, _console()
    console.print(
        f"{found.scenario.name}: is each rule the best reply to the others, "
        f"{found.first} to {found.last}?",
        style="bold",
    )
    console.print(
        "One decision deviates at a time, all others stay as played; its actor's own objective is "
        f"a mean of months and of {found.scenario.members} members, in logits (enforcement, "
        "support) or shares of the import plan (effort)."
    )
    console.print()
    console.print(_regret_table(found.regrets))
    console.print(
        "Played: mean level. Best reply: a level held for ever, or the path as played moved by "
        "logits (its mean). At stake: best less worst on the grid. Each own: regret where every "
        "member has a best reply of its own. At once: gain from moving at once to what the rule "
        "wished for, without inertia."
    )
    console.print()
    for sentence in (
        *words.regret_sentences(found.regrets),
        *words.council_sentences(found.council),
        *words.settle_sentences(found.settling),
    ):
        console.print(sentence)
    console.print()
    console.print(f"Written to {done.folder}")


def _regret_table(rows: list[Regret]) -> Any:
    """Return regrets by decision."""
    table = _table(
        "Regret: what the best reply on the grid would have gained",
        ("", "played", "best reply", "regret", "at stake", "% of it", "each own, %", "at once"),
    )
    for row in rows:
        label = words.name_of(row) + ("" if row.by_rule else " (set by the scenario)")
        digits = 4 if row.decision.what == EFFORT else 3
        each = row.each_regret / row.stake if row.stake > 0.0 else 0.0
        table.add_row(
            label, f"{row.level:.2f}", words.best_words(row), f"{row.regret:.{digits}f}",
            f"{row.stake:.2f}", f"{100.0 * row.share:.1f}", f"{100.0 * each:.1f}",
            f"{row.inertia:+.{digits}f}",
        )  # fmt: skip
    return table
