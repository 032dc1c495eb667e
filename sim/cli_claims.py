"""The verb that tests the claims of the news article."""

from __future__ import annotations

import click

from sim.cli_options import shared


@click.command()
@click.argument("result", required=False, metavar="[RESULT]")
@shared("out")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@shared("quiet")
def claims(result: str | None, out: str, as_json: bool, quiet: bool) -> None:
    """Test the claims of the news article of 2017, one by one, and say which hold.

    RESULT is a folder that `divert run` wrote.  [default: `historical` in the results folder,
    which is run first where it is not there]
    """
    import json
    from pathlib import Path

    from sim.screen import progress
    from sim.screen_claims import print_claims
    from sim.view.claims_files import content, must_run, run_for, write_claims

    silent = quiet or as_json or not must_run(result, Path(out))
    with progress("historical", silent=silent) as report:
        run = run_for(result, Path(out), report)
    found, folder = write_claims(run, Path(out))
    if as_json and not quiet:
        click.echo(json.dumps(content(run, found), indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        print_claims(found, run.scenario.name, folder)
