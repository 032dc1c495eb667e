"""The verb that sets scenarios side by side."""

from __future__ import annotations

import click

from sim.cli_options import SET, overrides_of


@click.command()
@click.argument("wanted", nargs=-1, required=True, metavar="A B...")
@click.option(
    "--members", metavar="N", help="Members of each scenario that is run.  [scenario: 64]"
)
@click.option("--seed", metavar="N", help="Seed of all draws.  [scenario: 2017]")
@click.option("--scale", metavar="X", help="Multiple of the number of firms.  [scenario: 1]")
@click.option("--window", metavar="YYYY-MM:YYYY-MM", help="Months compared.  [the scenarios']")
@click.option("--out", default="results", show_default=True, help="Folder of the results.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=SET)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def compare(
    wanted: tuple[str, ...],
    members: str | None,
    seed: str | None,
    scale: str | None,
    window: str | None,
    out: str,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Set the same draws in several scenarios side by side; the first is the reference.

    A, B and more are folders that `divert run` wrote, or scenarios, which are then run
    and not kept (`divert run` keeps them).
    """
    import json
    from functools import partial
    from pathlib import Path

    from sim.experiment.compare import compare as run_comparison
    from sim.experiment.compare import window_in
    from sim.screen import progress
    from sim.screen_compare import print_compared

    overrides = overrides_of(settings)
    for key, value in (("members", members), ("seed", seed), ("firms.scale", scale)):
        if value is not None:
            overrides[key] = value
    shown = partial(progress, silent=quiet or as_json)
    months = None if window is None else window_in(window)
    done = run_comparison(wanted, overrides, months, Path(out), shown)
    if as_json and not quiet:
        click.echo(json.dumps(done.content(), indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        print_compared(done)
