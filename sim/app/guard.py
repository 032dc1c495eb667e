"""Who may ask the application for what: own addresses, small requests, no foreign scripts."""

from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Iterable, Mapping
from html import escape
from ipaddress import ip_address
from typing import Any

from sim.app.carried import carries

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANYWHERE = ("0.0.0.0", "::", "[::]")
LARGEST_BODY, MOST_DIGITS = 1_000_000, 15
LONGEST_QUERY = 16_000
UPDATE = "/_dash-update-component"

Start = Any
Component = tuple[str, str]
Callbacks = Mapping[str, tuple[tuple[Component, ...], tuple[Component, ...]]]
"""Inputs and states of every callback by its output, each an id and a property."""


class Refusal(Exception):  # noqa: N818 - it is an answer
    """A request that is not answered: status line and one sentence."""

    def __init__(self, status: str, words: str) -> None:
        self.status, self.words = status, words
        super().__init__(words)


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine alone."""
    bare = host.strip("[]")
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"


def bracketed(host: str) -> str:
    """Return a host as it stands in an address of the web."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def policy(hashes: Iterable[str]) -> str:
    """Return what a browser may do with a page: run own scripts, ask nobody else."""
    return (
        f"default-src 'self'; script-src 'self' {' '.join(hashes)}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; worker-src 'none'; frame-ancestors 'none'; "
        "form-action 'none'; base-uri 'self'"
    )


class Guard:
    """A WSGI application around another one: refuses foreign requests, marks every answer.

    `callbacks` are those that exist, as pages name them. An attacker's page can point its
    own name to this machine, but cannot choose the Host that a browser then sends.
    """

    def __init__(
        self, inner: Any, host: str, port: int, hashes: Iterable[str], callbacks: Callbacks
    ) -> None:
        self._inner, self._port, self._callbacks = inner, port, callbacks
        self._names = {bracketed(host).lower(), *LOOPBACK}
        self._anywhere = host in ANYWHERE
        if self._anywhere:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        self._marks = [
            ("Content-Security-Policy", policy(hashes)),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ]

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request."""

        def marked(status: str, headers: list[tuple[str, str]], info: Any = None) -> Any:
            own = {name.lower() for name, _ in self._marks}
            kept = [(n, v) for n, v in headers if n.lower() not in own | {"server"}]
            return start(status, [*kept, *self._marks], info)

        try:
            self._check(environ)
        except Refusal as refusal:
            return _said(refusal, marked, environ.get("PATH_INFO") == UPDATE)
        return self._inner(environ, marked)  # type: ignore[no-any-return]

    def _check(self, environ: dict[str, Any]) -> None:
        """Raise a Refusal for a request that is foreign, odd or too large."""
        host = environ.get("HTTP_HOST", "").lower()
        if not self._is_own(host):
            raise Refusal(
                "403 Forbidden",
                f"Found a request to {host[:80] or 'no host'}; allowed: the address that `divert "
                f"view` printed, with port {self._port}.",
            )
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin.lower() != f"http://{host}":
            raise Refusal("403 Forbidden", f"Found a request from a page of {origin[:80]}.")
        method = environ.get("REQUEST_METHOD", "")
        if method not in ("GET", "POST") or (method == "POST") != (_path(environ) == UPDATE):
            raise Refusal("405 Method Not Allowed", f"Found the method {method[:20]} here.")
        if len(environ.get("QUERY_STRING", "")) > LONGEST_QUERY:
            raise Refusal(
                "414 URI Too Long",
                f"The address is too long; allowed: {LONGEST_QUERY:,} characters after the ?.",
            )
        if method == "POST":
            self._check_body(environ)

    def _is_own(self, host: str) -> bool:
        """Return whether a Host is one that the application is bound to."""
        name, colon, port = host.rpartition(":")
        if not colon or port.endswith("]"):
            name, port = host, "80"
        if port != str(self._port):
            return False
        return name in self._names or (self._anywhere and _is_address(name))

    def _check_body(self, environ: dict[str, Any]) -> None:
        """Raise a Refusal for a body that no page of the application sends; put it back."""
        if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
            raise Refusal("403 Forbidden", "Found a request from a page of another site.")
        kind = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Refusal("415 Unsupported Media Type", "Found what is no JSON.")
        length = environ.get("CONTENT_LENGTH", "")
        if environ.get("HTTP_TRANSFER_ENCODING") or not (length.isascii() and length.isdigit()):
            raise Refusal("411 Length Required", "Found a request that does not say its length.")
        # A number of thousands of digits is none that Python reads.
        size = int(length[:MOST_DIGITS])
        if size > LARGEST_BODY or len(length) > MOST_DIGITS:
            raise Refusal(
                "413 Content Too Large",
                f"Found {size:,} bytes; allowed: up to {LARGEST_BODY:,} in one request.",
            )
        body = environ["wsgi.input"].read(size)
        if len(body) < size:
            raise Refusal("400 Bad Request", "Found a request that was cut short.")
        check_asked(body, self._callbacks)
        environ["wsgi.input"] = _Again(body)


class _Again:
    """A request's body, read already, to be read once more."""

    def __init__(self, body: bytes) -> None:
        self._stream = io.BytesIO(body)
        self.read, self.readline = self._stream.read, self._stream.readline


def check_asked(body: bytes, callbacks: Callbacks) -> None:
    """Raise a Refusal for a callback's request of a shape that no page sends."""
    try:
        good = _is_asked(json.loads(body), callbacks)
    except (ValueError, RecursionError):
        good = False
    if not good:
        raise Refusal(
            "400 Bad Request",
            "Found a request of a shape that no page of this version sends; reload the page.",
        )


def _is_asked(asked: Any, callbacks: Callbacks) -> bool:
    """Return whether a request names a callback, and gives it what it takes."""
    if not isinstance(asked, dict):
        return False
    output, changed = asked.get("output"), asked.get("changedPropIds")
    if not isinstance(output, str) or output not in callbacks:
        return False
    if not _are_outputs(asked.get("outputs"), output):
        return False
    if not isinstance(changed, list) or not all(isinstance(name, str) for name in changed):
        return False
    given = (asked.get("inputs", []), asked.get("state", []))
    return all(
        isinstance(values, list)
        and len(values) == len(wanted)
        and all(map(_is_value, values, wanted))
        for values, wanted in zip(given, callbacks[output], strict=True)
    )


def _are_outputs(given: Any, output: str) -> bool:
    """Return whether a request names the components and properties that its output names."""
    words = [output]
    if output.startswith("..") and output.endswith(".."):
        words = output[2:-2].split("...")
    else:
        given = [given]
    return (
        isinstance(given, list)
        and len(given) == len(words)
        and all(isinstance(one, dict) for one in given)
        and all(
            # What follows the @ tells two callbacks of one property apart.
            f"{one.get('id')}.{one.get('property')}".partition("@")[0] == word.partition("@")[0]
            for one, word in zip(given, words, strict=True)
        )
    )


def _is_value(given: Any, wanted: Component) -> bool:
    """Return whether a value is of the component and property that a callback takes."""
    if wanted[0].startswith("{"):
        # A pattern: one or many components whose ids fit it.
        many = given if isinstance(given, list) else [given]
        return all(
            isinstance(one, dict)
            and isinstance(one.get("id"), dict)
            and one.get("property") == wanted[1]
            and carries(*wanted, one.get("value"))
            for one in many
        )
    named = isinstance(given, dict) and (given.get("id"), given.get("property")) == wanted
    return named and carries(*wanted, given.get("value"))


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _path(environ: dict[str, Any]) -> str:
    return str(environ.get("PATH_INFO", ""))


def _said(refusal: Refusal, start: Start, plain: bool) -> list[bytes]:
    """Return a refusal as a small page, or as plain text to a script."""
    if plain:
        content, kind = refusal.words, "text/plain"
    else:
        content, kind = page_of("This was not answered", refusal.words), "text/html"
    logging.getLogger("divert.view").info("%s %s", refusal.status, refusal.words)
    body = content.encode()
    start(
        refusal.status,
        [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    return [body]


def page_of(title: str, words: str) -> str:
    """Return a small page that says one thing."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"</head><body><main><h1>{escape(title)}</h1><p>{escape(words)}</p></main></body></html>"
    )
