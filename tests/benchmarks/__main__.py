"""Every benchmark in one table: `python -m tests.benchmarks`, three to five minutes on two cores.

Ratios are of times in the same run of this command, on one core unless processes are named.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.benchmarks import growth, parts
from tests.benchmarks.rows import Row, show

PARTS = {
    "large": growth.large,
    "blocks": parts.blocks,
    "sweep": parts.sweep,
    "calibration": parts.calibration,
    "report": parts.report,
    "browser": parts.browser,
    "firms": growth.firms,
    "members": growth.members,
    "months": growth.months,
    "workers": growth.workers,
}
"""Parts of the table; the large world comes first, as its memory is the peak of this process."""


@click.command()
@click.option("--part", "wanted", multiple=True, type=click.Choice(list(PARTS)), help="Only it.")
@click.option("--agentpy", metavar="PYTHON", help="An interpreter that has agentpy, for its rows.")
def main(wanted: tuple[str, ...], agentpy: str | None) -> None:
    """Print one table of ratios, goals and what misses them."""
    missed: list[Row] = []
    for name in wanted or PARTS:
        for row in PARTS[name]():
            show(row)
            missed += [row] * (row.met == "MISSED")
    if agentpy is not None:
        for row in parts.agentpy(agentpy):
            show(row)
    click.echo(f"{len(missed)} goals missed" + "".join(f"\n  {row.label}" for row in missed))


if __name__ == "__main__":
    main()
