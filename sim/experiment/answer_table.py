"""The answer as a table: one row a quantity with its unit, label and 5, 50 and 95 %."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sim.csv_text import rows_into, write_rows
from sim.experiment.answer import BAND_NAMES, CHANNEL_WORDS
from sim.experiment.comparators import FALL, NAIVE

ANSWER_COLUMNS = ("quantity", "unit", "label", *BAND_NAMES)

MUSD, OF_LOSS, SHARE, COUNT, RELATIVE = "musd", "share of the loss", "share", "count", "relative"

QUANTITIES: dict[str, tuple[str, str]] = {
    "loss_musd": (MUSD, "Loss, Russia held still"),
    "offset_ratio": (OF_LOSS, "Offset"),
    "autonomous": (OF_LOSS, "Autonomous: without China's restrictions too"),
    "interaction": (OF_LOSS, "Interaction: Russia's answer to China"),
    "by_channel": (OF_LOSS, "Offset through"),
    "by_good": (OF_LOSS, "Offset through the good"),
    "offset_without_arms": (OF_LOSS, "Offset without arms"),
    "offset_net_of_textile_inputs": (OF_LOSS, "Offset net of inputs in textiles"),
    "offset_ratio_of_means": (OF_LOSS, "Offset, ratio of the means (one number)"),
    "gross_offset": (SHARE, "Gross: what Russia buys more over what China buys less"),
    "welfare_offset": ("share of imports lost", "Welfare: imports received at base prices"),
    "prob_offset_gt_half": ("chance", "Chance that the offset passed one half (one number)"),
    "prob_offset_gt_one": ("chance", "Chance that the offset passed the whole loss (one number)"),
    "importer_side_diversion_musd": (MUSD, "Apart: coal China bought from Russia instead"),
    "receipts_musd": (MUSD, "Hard-currency receipts in arm"),
    "shapley_musd": (MUSD, "Shapley share of the change of receipts,"),
    "total_elasticity": ("elasticity", "Buyers' elasticity at the base, entry included:"),
    "seed_noise_se": (MUSD, "Standard error of the mean loss that seeds alone cause (one number)"),
    "members_without_loss": (COUNT, "Members without a loss (one number)"),
    "max_clearing_residual": (RELATIVE, "Largest residual of market clearing (one number)"),
    "max_balance_residual": (
        RELATIVE,
        "Largest residual of the hard-currency account (one number)",
    ),
    "max_goods_residual": (RELATIVE, "Largest residual of goods (one number)"),
    "max_worker_residual": (RELATIVE, "Largest residual of workers (one number)"),
}
"""Unit and label of every number of `answer.json`; a group is followed by its member's name."""

BESIDE = {"loss_musd": (MUSD, "loss"), "offset_ratio": (OF_LOSS, "offset")}
"""What the table holds of each simpler answer."""

ANOTHER = {(NAIVE, "loss_musd"): FALL}
"""Labels of what is named like a quantity of the run but is another one."""

Row = tuple[str, ...]


def answer_rows(found: dict[str, Any]) -> Iterator[Row]:
    """Yield the rows of `answer.csv` from what `answer.json` holds.

    One number without a band stands under p50; a quantity without a value has empty cells.
    """
    for name, (unit, label) in QUANTITIES.items():
        if name in found:
            yield from _rows(name, unit, label, found[name])
    for one in found.get("comparators", ()):
        for key, (unit, usual) in BESIDE.items():
            label = f"{one['title']}, {ANOTHER.get((one['name'], key), usual)}"
            yield _row(f"comparators.{one['name']}.{key}", unit, label, one[key])


def _rows(name: str, unit: str, label: str, value: Any) -> Iterator[Row]:
    """Yield the row of a band or number, or those of the members of a group."""
    if not isinstance(value, dict) or set(value) == set(BAND_NAMES):
        yield _row(name, unit, label, value)
        return
    for key, inner in value.items():
        yield from _rows(f"{name}.{key}", unit, f"{label} {CHANNEL_WORDS.get(key, key)}", inner)


def _row(name: str, unit: str, label: str, value: Any) -> Row:
    """Return one row with numbers of six digits."""
    if isinstance(value, dict):
        return (name, unit, label, *(f"{value[level]:.6g}" for level in BAND_NAMES))
    return (name, unit, label, "", "" if value is None else f"{value:.6g}", "")


def write_answer_table(path: Path, found: dict[str, Any]) -> None:
    """Write `answer.csv`."""
    write_rows(path, ANSWER_COLUMNS, answer_rows(found))


def answer_into(file: TextIO, found: dict[str, Any]) -> None:
    """Write the text of `answer.csv`."""
    rows_into(file, ANSWER_COLUMNS, answer_rows(found))
