"""Open the model in SolaraViz, the viewer of Mesa: `python -m sim.solara_view`.

For people who come from Mesa; `divert view` is the application of the project. Needs the extra:
`pip install 'divert[solara]'`, whose pins are the versions that fit each other. Every visitor has
a model of his own, which ends with his page. Nothing is asked of another machine: Solara's
telemetry is off, and its own copy of what it would fetch is all it serves. A phone sees Mesa's
columns narrow; a screen reader finds in words what the pictures show of the month.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
from typing import Any

import click

from sim.errors import DivertError

BAD_INPUT = 2
PORT = 8521
"""The port of Mesa's older viewers."""

SETTINGS = {
    "SOLARA_APP": "sim.solara_page",
    "SOLARA_MODE": "production",
    "SOLARA_CHECK_HOOKS": "off",  # it warns of Mesa's own code
    "SOLARA_THEME_TITLE": "divert",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "10m",  # a lost visitor's model is kept this long, not a day
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_TELEMETRY_SERVER_USER_ID": "none",  # or it would write an id into the home folder
    "SOLARA_ASSETS_PROXY": "True",
    # Solara fetches from here what its installed copy lacks: nobody listens.
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",
}
"""What Solara reads from its environment; set over anything that is there."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def guarded(inner: Application, host: str) -> Application:
    """Return an ASGI application that refuses what a page of another site asks of `inner`.

    A foreign page can point its own name to this machine, but a browser then sends that name as
    Host; and it sends a page's own site as Origin.
    """

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or is_own(_headers(scope), host):
            await inner(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            words = b"Found a request of another site; allowed: the address that was printed."
            head = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": head})
            await send({"type": "http.response.body", "body": words})

    return application


def is_own(headers: dict[str, str], host: str) -> bool:
    """Return whether Host is a number, `localhost` or `host`, and Origin, if sent, the same."""
    asked = headers.get("host", "").lower()
    name = asked[: -len(":" + asked.rpartition(":")[2])] if asked[-1:].isdigit() else asked
    if asked.startswith("["):
        name = asked[1 : asked.find("]")]
    return (is_number(name) or name in ("localhost", host.lower())) and (
        headers.get("origin", f"http://{asked}").lower() == f"http://{asked}"
    )


def is_number(name: str) -> bool:
    """Return whether `name` is an address in numbers."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def serve(host: str, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Serve the page until Ctrl-C; `say` receives the address, and what another `host` means.

    Raises DivertError where the extra is not installed or the port is taken.
    """
    import os
    import warnings

    # Solara tells its host that cookies of a page in a frame need https; there is no frame.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")
    os.environ.update(SETTINGS)
    try:
        import uvicorn
        from solara.server.starlette import app

        import sim.solara_page  # noqa: F401 - Solara opens it by name; here it can say what lacks
    except ImportError as error:
        raise DivertError(
            f"found no {error.name or 'Solara'}, which Mesa's viewer needs; "
            "install with pip install 'divert[solara]'"
        ) from error
    with listening(host, port) as door:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{door.getsockname()[1]}/"
        say(f"{address} shows the model in Mesa's SolaraViz; Ctrl-C ends it.")
        if host != "localhost" and not (is_number(host) and ip_address(host).is_loopback):
            say("Everybody who reaches this address can run models here: there is no login.")
        if open_browser:
            import webbrowser

            webbrowser.open(address)
        config = uvicorn.Config(
            guarded(app, host), log_level="warning", timeout_graceful_shutdown=1
        )
        try:
            uvicorn.Server(config).run(sockets=[door])
        except KeyboardInterrupt:
            return


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises DivertError where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise DivertError(
            f"{host} port {port} cannot be used ({error.strerror}); "
            "allowed: an address of this machine and a free port, as in --port 0, which picks one"
        ) from error


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True,
              help="Port; 0 picks a free one.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen at; any but this machine's own lets others in.")  # fmt: skip
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
def main(port: int, host: str, no_open: bool) -> None:
    """Open the model in Mesa's own viewer, SolaraViz: one model for each visitor."""
    try:
        serve(host, port, not no_open, click.echo)
    except DivertError as error:
        click.echo(f"divert: {error}", err=True)
        raise click.exceptions.Exit(BAD_INPUT) from error


if __name__ == "__main__":
    main(prog_name="python -m sim.solara_view")
