"""The application as a server: Dash behind the guard, on one port of this machine."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import threading
from importlib import resources
from typing import Any

import dash
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler

from sim.app import shell
from sim.app.desk import Desk
from sim.app.guard import UPDATE, Callbacks, Guard, bracketed, page_of
from sim.errors import DivertError

LOG = logging.getLogger("divert.view")
ALLOWED_HOSTS = "allowed: an address of this machine, or 0.0.0.0 for all of them"
AT_ONCE = 64
"""Requests answered at the same time."""

SECONDS = 30
"""Seconds after which a request that says nothing more is dropped."""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
<body>{%app_entry%}
<noscript><p>These pages need JavaScript; the report of <code>divert report</code> does not.</p>
</noscript>
<footer hidden>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""
METAS = [
    {"name": "viewport", "content": "width=device-width, initial-scale=1"},
    {"name": "referrer", "content": "no-referrer"},
]


def build(desk: Desk, host: str = "127.0.0.1", port: int = 8050) -> Flask:
    """Return the application of a desk, guarded for the address it is bound to."""
    app = dash.Dash(
        "divert", title="divert", update_title="", index_string=PAGE, meta_tags=METAS,
        assets_folder=str(resources.files("sim.app") / "assets"), serve_locally=True,
        suppress_callback_exceptions=True, on_error=shell.troubled, enable_mcp=False,
        compress=False, add_log_handler=False,
    )  # fmt: skip
    app.layout = shell.frame
    shell.register(app, desk)
    server: Flask = app.server
    server.register_error_handler(Exception, _failed)
    hashes = app.csp_hashes()
    server.wsgi_app = Guard(  # type: ignore[method-assign, assignment]
        server.wsgi_app, host, port, hashes, _callbacks(app)
    )
    return server


def _callbacks(app: dash.Dash) -> Callbacks:
    """Return what every callback that the server answers takes, by output."""
    app._setup_server()
    named = lambda parts: tuple((part["id"], part["property"]) for part in parts)  # noqa: E731
    return {
        output: (named(found["inputs"]), named(found["state"]))
        for output, found in app.callback_map.items()
    }


def _failed(error: Exception) -> Response:
    """Answer what went wrong with one sentence; the trace goes to the terminal."""
    code, words = 500, shell.WRONG
    if isinstance(error, HTTPException):
        code, words = error.code or 500, error.description or error.name
    elif isinstance(error, dash.exceptions.DependencyException):
        code, words = 404, "Found no such file among those that the pages need."
    else:
        LOG.error("a request failed", exc_info=error)
    if request.path == UPDATE:
        return Response(words, code, mimetype="text/plain")
    return Response(page_of("This was not answered", words), code)


class _Server(ThreadedWSGIServer):
    """A server with a thread for each request, up to a number; more wait to be taken up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._room = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._room.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong with a connection; one that was dropped is nobody's mistake."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            LOG.error("a connection failed", exc_info=error)


class _Quiet(WSGIRequestHandler):
    """A handler that writes no line for each request."""

    timeout = SECONDS

    def log(self, type: str, message: str, *args: Any) -> None:
        return

    def version_string(self) -> str:
        return "divert"


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; raises DivertError where that cannot be had."""
    bare = host.strip().strip("[]")
    if not bare:
        raise DivertError(f"found {host!r}; {ALLOWED_HOSTS}", key="--host")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        return socket.create_server((bare, port), family=family, backlog=64)
    except UnicodeError as error:
        raise DivertError(f"found {host[:80]!r}; {ALLOWED_HOSTS}", key="--host") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise DivertError(
                f"found port {port} in use, perhaps by another `divert view`; name another one, "
                f"as in --port {port + 1 if port < 65535 else 8050}",
                key="--port",
            ) from error
        if error.errno == errno.EACCES:
            raise DivertError(
                f"found port {port}, which only an administrator may open; allowed: 1024 to 65535",
                key="--port",
            ) from error
        reason = error.strerror or str(error)
        raise DivertError(
            f"found {host[:80]!r}, to which nothing can be bound ({reason}); {ALLOWED_HOSTS}",
            key="--host",
        ) from error


def serve_on(desk: Desk, host: str, port: int) -> BaseWSGIServer:
    """Return a server of a desk that is bound and not yet answering; port 0 is any free one."""
    with bound(host, port) as place:
        found = place.getsockname()[1]
        bare = host.strip().strip("[]")
        return _Server(bare, found, build(desk, host, found), handler=_Quiet, fd=place.fileno())


def address_of(server: BaseWSGIServer, host: str) -> str:
    """Return where a browser finds a server."""
    return f"http://{bracketed(host)}:{server.port}"
