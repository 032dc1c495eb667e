"""The verb `accounts`: whether a finished run's markets clear and its accounts balance."""

from __future__ import annotations

import click


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def accounts(result: str, as_json: bool) -> None:
    """Say whether every market of a finished run clears and its accounts balance.

    RESULT is a folder that `divert run` wrote. Exit code 1 says that an identity does not hold.
    """
    import json
    from pathlib import Path

    from sim.experiment.accounts import accounts_of

    found = accounts_of(Path(result))
    if as_json:
        click.echo(json.dumps(found.content(), indent=2, allow_nan=False, ensure_ascii=False))
    else:
        from sim.screen_accounts import print_accounts

        print_accounts(found)
    if not found.hold:
        click.get_current_context().exit(1)
