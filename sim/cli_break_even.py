"""The verb that asks what Russia would have had to be."""

from __future__ import annotations

import click

from sim.cli_options import SET, one_seed_overrides, shared


@click.command("break-even")
@click.argument("scenario", default="historical")
@click.option("--members", default="16", show_default=True, help="Draws, one member each.")
@click.option("--scale", default="0.25", show_default=True, help="Multiple of the number of firms.")
@click.option("--seed", metavar="N", help="Seed of all draws.  [scenario: 2017]")
@click.option(
    "--most", type=int, default=4096, show_default=True,
    help="Largest multiple searched, a power of 2.",
)  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=SET)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@shared("workers", "out", "quiet")
def break_even(
    scenario: str,
    members: str,
    scale: str,
    seed: str | None,
    most: int,
    settings: tuple[str, ...],
    as_json: bool,
    workers: int | None,
    out: str,
    quiet: bool,
) -> None:
    """Say what Russia would have had to be to offset half of the loss, and all of it."""
    import json
    from pathlib import Path

    from sim.experiment.break_even_command import run_break_even
    from sim.scenario_file import load_scenario
    from sim.screen import progress
    from sim.screen_break_even import print_break_even
    from sim.workers import cores

    found = load_scenario(scenario, one_seed_overrides(settings, members, scale, seed))
    with progress("break-even", silent=quiet or as_json) as report:
        done = run_break_even(found, Path(out), workers or cores(), most, report)
    if as_json and not quiet:
        click.echo(json.dumps(done.data, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        print_break_even(done)
