"""The verb `export`: tables of finished runs in other formats."""

from __future__ import annotations

import click


@click.command()
@click.argument("results", nargs=-1, required=True, metavar="RESULT...")
@click.option(
    "--format", "formats", multiple=True,
    help="csv, parquet, dta or nc; may be repeated.",
)  # fmt: skip
@click.option("--out", help="Folder of the files.  [default: the result's own]")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def export(
    results: tuple[str, ...], formats: tuple[str, ...], out: str | None, quiet: bool
) -> None:
    """Write tables or arrays of finished runs with units and labels, for R, Python or Stata."""
    from pathlib import Path

    from sim.experiment.export import FORMATS, export_run

    if not formats:
        raise click.UsageError(f"found no --format; allowed: {', '.join(FORMATS)}")
    for result in results:
        folder = Path(result)
        target = folder if out is None else Path(out) / folder.resolve().name
        for path in export_run(folder, formats, target):
            if not quiet:
                click.echo(f"Written to {path}")
