"""What `divert accounts` says on the screen: a line for each identity of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.screen import _console, _table

if TYPE_CHECKING:
    from sim.experiment.accounts import Account, Accounts

OTHER_CODE = (
    "Another version of divert wrote this run: where an identity has changed since, run it again."
)


def print_accounts(found: Accounts) -> None:
    """Print the largest gap of every identity, as money and as a share, and where it is."""
    from sim.experiment.accounts import PRECISION, ROUNDING

    console = _console()
    table = _table(
        f"{found.folder}: largest gap over months, arms, members and markets",
        ("", "million USD", "share", "holds", "largest in"),
    )
    for row in found.rows:
        money = "" if row.gap_musd is None else f"{row.gap_musd:.1e}"
        table.add_row(
            row.words, money, f"{row.share:.0e}", "yes" if row.holds else "no", _where(row)
        )
    console.print(table)
    console.print()
    broken = [row.words for row in found.rows if not row.holds]
    if broken:
        console.print(f"{len(broken)} of {len(found.rows)} identities do not hold.")
    else:
        console.print(
            f"All {len(found.rows)} identities hold: to {PRECISION:.0e} of the amount where worked "
            "out from the stored arrays (single precision),"
        )
        console.print(f"to {ROUNDING:.0e} where the model took them itself (double precision).")
    if found.other_code:
        console.print(OTHER_CODE)


def _where(row: Account) -> str:
    """Return month, arm, member and market as words; a good says its direction."""
    return ", ".join(
        f"member {label}" if axis == "member" else label
        for axis, label in row.at.items()
        if axis != "direction"
    )
