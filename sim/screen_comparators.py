"""What `divert run` says of simpler answers: a table beside the answer, a line on each."""

from __future__ import annotations

from typing import Any

from sim.experiment.answer import band_words
from sim.experiment.comparators import NAIVE, NO_RECEIPTS
from sim.screen import _table


def comparator_table(found: dict[str, Any]) -> Any:
    """Return loss and offset of the run and of each simpler answer beside it."""
    table = _table(
        "Simpler answers: loss in million USD, offset in % of it",
        ("", "loss 5 %", "median", "95 %", "offset 5 %", "median", "95 %"),
    )
    rows = [("This model", found), *((row["title"], row) for row in found["comparators"])]
    for row in found["comparators"]:
        if row.get("record"):
            label = f"  the same in the real record ({row['record']['mark']})"
            rows.append((label, row["record"]))
    for label, row in rows:
        loss, ratio = band_words(row["loss_musd"], 1.0, 0), band_words(row["offset_ratio"], 100, 1)
        table.add_row(label, *loss, *ratio)
    return table


def comparator_lines(found: dict[str, Any]) -> list[str]:
    """Return one line on each simpler answer, and what a reader of customs would say."""
    lines = []
    for row in found["comparators"]:
        more = f" {NO_RECEIPTS}" if row["name"] == NAIVE else ""
        lines.append(f"{row['title'].split(':')[0]}: {row['why']}.{more}")
    for row in found["comparators"]:
        for whose, reading in (("In the run", row), ("In the record", row.get("record"))):
            if reading and reading.get("reading"):
                since, until = reading["compared_with"]
                scaled = reading["scaled_by"]
                length = f", scaled to as many months (times {scaled:g})" if scaled != 1.0 else ""
                lines.append(f"{whose}: {reading['reading']}, against {since} to {until}{length}.")
    return lines
