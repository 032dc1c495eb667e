"""The verb that opens the application in a browser."""

from __future__ import annotations

import click

from sim.cli_options import Whole


@click.command()
@click.argument("wanted", nargs=-1, metavar="[RESULT|SCENARIO|SWEEP]...")
@click.option(
    "--port", type=Whole(0, 65535), default=8050, show_default=True,
    help="Port; 0 takes any free one.",
)  # fmt: skip
@click.option(
    "--host", default="127.0.0.1", show_default=True,
    help="Address to answer on; another one than this lets other machines in.",
)  # fmt: skip
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--results", default="results", show_default=True, help="Folder of the results.")
@click.option("--scenarios", default="scenarios", show_default=True, help="Folder of scenarios.")
def view(
    wanted: tuple[str, ...], port: int, host: str, no_open: bool, results: str, scenarios: str
) -> None:
    """See results, move levers and watch the model in a browser; no network is needed.

    RESULT and SWEEP are folders that `divert run` and `divert sweep` wrote, SCENARIO a file or a
    shipped name. Ctrl-C ends it.
    """
    from pathlib import Path

    from sim.app.desk import open_desk
    from sim.app.server import address_of, serve_on

    desk = open_desk(wanted, Path(results), Path(scenarios))
    server = serve_on(desk, host, port)
    address = address_of(server, host) + desk.first_page()
    _say(address, host)
    if not no_open:
        _open(address)
    try:
        server.serve_forever()  # ends at Ctrl-C without raising it
    finally:
        desk.runs.close()
        server.server_close()
    click.echo("\nStopped.")


def _say(address: str, host: str) -> None:
    """Print the address, and what it means where others can reach it."""
    from sim.app.guard import is_loopback

    click.echo(f"divert is shown at {address} (Ctrl-C ends it)")
    if not is_loopback(host):
        click.echo(
            f"It answers on {host}: there is no login and nothing is encrypted. Everybody who "
            "reaches this port can run the model on this machine and read the results and "
            "scenarios shown.",
            err=True,
        )


def _open(address: str) -> None:
    """Open a browser beside the server; one that cannot be opened is no mistake."""
    import os
    import sys
    import threading
    import webbrowser

    # Without a screen a browser of text would take the terminal.
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform.startswith("linux") and not any(map(os.environ.get, screens)):
        return
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
