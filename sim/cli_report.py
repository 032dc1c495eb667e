"""The verb that makes one HTML file of finished folders."""

from __future__ import annotations

import click


@click.command()
@click.argument("results", nargs=-1, required=True, metavar="RESULT...")
@click.option("--out", metavar="FILE", help="The file.  [default: results/report-NAME.html]")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def report(results: tuple[str, ...], out: str | None, quiet: bool) -> None:
    """Make one HTML file of finished folders, which opens without a network.

    RESULT is a folder that `divert run` wrote, the first the main one, more set beside it; a
    folder of `divert claims`, `divert break-even` or `divert sweep` may stand with them.
    """
    from pathlib import Path

    from sim.view.report import write_report

    path = write_report(results, None if out is None else Path(out))
    if not quiet:
        click.echo(f"Written to {path} ({path.stat().st_size / 1e6:.1f} MB)")
