"""Hostile requests to the browser application: refused or answered, soon, and with nothing leaked.

`DIVERT_FUZZ=10000` tries as many of each kind; by default a few.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Response
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sweep_worlds import swept, tiny
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sim.app import explore_keep
from sim.app.carried import carries
from sim.app.desk import Desk
from sim.app.explore_address import from_search, to_search
from sim.app.guard import LARGEST_BODY, UPDATE
from sim.app.runs import Bounds, Runs
from sim.app.server import build, serve_on
from sim.app.shell import PAGES, WRONG
from sim.view.report_source import read_finished

from fuzz.kinds import ADDRESSES, ROOT, commanded
from fuzz.watch import NEVER, Watch, bounded
from fuzz.words import LEAVES, TOKENS
from test_hostile import CASES, altered, edited

HERE = "http://127.0.0.1:8050"
PROTOCOL = 505
"""The one status from 500 on that is right: a version of HTTP that nobody speaks."""

few = settings(
    max_examples=CASES, deadline=None, database=None, derandomize=CASES <= 100,
    suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
"""A request takes long enough that none is tried again to make it shorter."""

TEXTS = [leaf for leaf in LEAVES if isinstance(leaf, str)]
HOSTILE = st.sampled_from(LEAVES) | st.text(max_size=30) | st.integers() | st.floats()
CHANGES = st.lists(st.tuples(st.lists(st.integers(0, 60), max_size=6), HOSTILE), min_size=1,
                   max_size=3)  # fmt: skip


# ---- a browser's memory --------------------------------------------------------------------------


@dataclass
class Known:
    """What a browser would have: the callbacks there are, and values by component and property."""

    client: FlaskClient
    callbacks: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    values: dict[tuple[str, str], Any] = field(default_factory=dict)

    def learn(self) -> None:
        """Open every page and let every callback answer, twice, as a browser would."""
        every = self.client.get("/_dash-dependencies", base_url=HERE).json
        self.outputs = [one["output"] for one in every]
        self.callbacks = [one for one in every if not one["clientside_function"]]
        self.values[("visitor", "data")] = "a1"
        router = next(one for one in self.callbacks if one["output"].startswith("..main."))
        for path, searches in ADDRESSES.items():
            self.values |= {("address", "pathname"): path, ("address", "search"): ""}
            if searches[-1].startswith("run="):
                self.values[("address", "search")] = f"?{searches[-1]}"
            self._answer(router)
        for one in (*self.callbacks, *self.callbacks):
            if one is not router:
                self._answer(one)

    def _answer(self, one: dict[str, Any]) -> None:
        answer = self.client.post(UPDATE, base_url=HERE, json=self.body(one, 0))
        if answer.status_code == 200:
            for name, props in answer.json["response"].items():
                self.values |= {(name, prop): value for prop, value in props.items()}
            self._look(answer.json)

    def _look(self, tree: Any) -> None:
        """Note the properties of every component of a page."""
        if isinstance(tree, dict):
            props = tree.get("props")
            if isinstance(props, dict) and "id" in props:
                name = props["id"]
                name = name if isinstance(name, str) else json.dumps(name, sort_keys=True)
                self.values |= {(name, k): v for k, v in props.items() if k != "children"}
        for inner in tree.values() if isinstance(tree, dict) else tree:
            if isinstance(inner, dict | list):
                self._look(inner)

    def body(self, one: dict[str, Any], changed: int) -> dict[str, Any]:
        """Return what a page asks of a callback after its input number `changed` has changed."""
        inputs = [self._part(part) for part in one["inputs"]]
        state = [self._part(part) for part in one["state"]]
        outs = one["output"]
        named = [
            dict(zip(("id", "property"), word.rpartition(".")[::2], strict=True))
            for word in (outs[2:-2].split("...") if outs.startswith("..") else [outs])
        ]
        part = one["inputs"][changed % len(one["inputs"])]
        return {
            "output": outs, "outputs": named if outs.startswith("..") else named[0],
            "inputs": inputs, "state": state,
            "changedPropIds": [f"{part['id']}.{part['property']}"],
        }  # fmt: skip

    def _part(self, part: dict[str, str]) -> Any:
        name, prop = part["id"], part["property"]
        if not name.startswith("{"):
            return {"id": name, "property": prop, "value": self.values.get((name, prop))}
        found = {k: "x" if isinstance(v, list) else v for k, v in json.loads(name).items()}
        return [{"id": found, "property": prop, "value": 1}]


# ---- fixtures ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results (a small run and a small sweep) and a scenario of its own."""
    out = tmp_path_factory.mktemp("requests")
    (out / "scenarios").mkdir()
    (out / "scratch").mkdir()
    (out / "scenarios" / "mine.yaml").write_text("extends: historical\nmembers: 2\n")
    words = ("--members", 2, "--scale", 0.05, "--quiet", "--out", out / "results")
    commanded("run", "historical", *words)
    swept(tiny(members=1), out / "results")
    return out


@pytest.fixture(scope="module")
def desk(place: Path) -> Iterator[Desk]:
    bounds = Bounds(work=2e6, cells=2000, seconds=5.0, at_once=1, waiting=4)
    found = Desk(place / "results", place / "scenarios", runs=Runs(bounds))
    yield found
    found.runs.close()


@pytest.fixture(scope="module")
def client(desk: Desk) -> FlaskClient:
    return build(desk).test_client(use_cookies=False)


@pytest.fixture(scope="module")
def known(client: FlaskClient) -> Known:
    found = Known(client)
    found.learn()
    return found


@pytest.fixture(scope="module")
def watch(place: Path) -> Watch:
    served = (ROOT / "sim", ROOT / "scenarios", ROOT / "results" / "published",
              Path(sys.prefix), Path(sys.base_prefix), Path("/proc/self"), Path("/usr/share"),
              Path("/etc/localtime"), Path("/etc/mime.types"), Path("/sys"))  # fmt: skip
    return Watch(place, served=served, never=tuple(e for e in NEVER if "socket" not in e))


@pytest.fixture(autouse=True)
def beside(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scratch files lie in a known place, and no case waits for a report's quarter of a minute."""
    monkeypatch.setattr(tempfile, "tempdir", str(place / "scratch"))
    monkeypatch.setattr(explore_keep, "report_html", lambda scenario: ("r.html", "<html></html>"))


class Heard(logging.Handler):
    """Keeps what the application says went wrong inside it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def ask(client: FlaskClient, desk: Desk, watch: Watch) -> Iterator[Callable[..., Any]]:
    """A function that makes a request and asserts its bounds; after all, numbers are right."""
    heard, log = Heard(), logging.getLogger("divert.view")
    log.addHandler(heard)

    def asked(path: str, **request: Any) -> Any:
        heard.records.clear()
        request.setdefault("base_url", HERE)
        # A client would look at what it sends; a server is called with what comes.
        environ = EnvironBuilder(path, **request).get_environ()
        with watch.on(), bounded():
            parts, status, headers = run_wsgi_app(client.application, environ, buffered=True)
        answer = Response(list(parts), status, headers)
        text = answer.get_data().decode("utf-8", "replace")
        assert answer.status_code < 500, text[:500]
        assert "Traceback" not in text
        assert "root:x:" not in text
        for record in heard.records:
            raise AssertionError("a request broke the application") from record.exc_info[1]
        assert answer.status_code != 200 or WRONG not in text
        return answer

    yield asked
    log.removeHandler(heard)
    still_right(client, desk)


def still_right(client: FlaskClient, desk: Desk) -> None:
    """Assert that a page is served, and that Answer shows the sentences of the run."""
    assert client.get("/", base_url=HERE).status_code == 200
    router = next(one for one in client.get("/_dash-dependencies", base_url=HERE).json
                  if one["output"].startswith("..main."))  # fmt: skip
    values = {("visitor", "data"): "a1", ("address", "pathname"): "/",
              ("address", "search"): "?run=historical"}  # fmt: skip
    body = Known(client, values=values).body(router, 1)
    page = client.post(UPDATE, base_url=HERE, json=body).get_data(as_text=True)
    sentence = read_finished(desk.folder("historical")).sentences[0]
    assert json.dumps(sentence)[1:-1] in page or sentence in page


def posted(ask: Callable[..., Any], body: Any) -> Any:
    """Post a callback's body, whatever JSON it is."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode("utf-8", "surrogatepass")
    return ask(UPDATE, method="POST", data=raw, content_type="application/json")


# ---- callbacks -----------------------------------------------------------------------------------


def test_every_callback_is_known(known: Known) -> None:
    assert len(known.callbacks) > 20
    assert {("explore-state", "data"), ("live-kept", "data")} <= set(known.values)


def test_hostile_values(known: Known, ask: Callable[..., Any]) -> None:
    """Every callback, in the right shape, with hostile values of inputs and states."""

    @few
    @given(st.data())
    def tried(data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(known.callbacks))
        body = known.body(one, data.draw(st.integers(0, 9)))
        places = [part for part in (*body["inputs"], *body["state"]) if isinstance(part, dict)]
        for part in (
            data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)) if places else ()
        ):
            deep = isinstance(part["value"], dict | list) and data.draw(st.booleans())
            part["value"] = (
                altered(part["value"], data.draw(CHANGES)) if deep else data.draw(HOSTILE)
            )
        posted(ask, body)

    tried()


def test_hostile_shapes(known: Known, ask: Callable[..., Any]) -> None:
    """Bodies of callbacks cut, spliced and rearranged; outputs and ids of others."""

    @few
    @given(st.data())
    def tried(data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(known.callbacks))
        body = known.body(one, 0)
        what = data.draw(st.integers(0, 3))
        if what == 0:
            body["output"] = data.draw(st.sampled_from(known.outputs) | st.sampled_from(TEXTS))
        elif what == 1:
            body["outputs"] = data.draw(HOSTILE)
        elif what == 2:
            body = altered(body, data.draw(CHANGES))
        else:
            edits = st.tuples(st.floats(0, 1), st.floats(0, 0.05), st.sampled_from(TOKENS))
            raw = json.dumps(body).encode()
            body = edited(raw, data.draw(st.lists(edits, min_size=1, max_size=3)))
        posted(ask, body)

    tried()


def test_every_property_that_a_callback_takes_has_a_type(known: Known) -> None:
    """A type for each, that takes what a browser holds and nothing of another one."""
    for one in known.callbacks:
        for part in (*one["inputs"], *one["state"]):
            name, prop = part["id"], part["property"]
            assert carries(name, prop, None)
            assert carries(name, prop, known.values.get((name, prop)))
            assert not carries(name, prop, [])
            assert not carries(name, prop, float("nan"))
    assert not carries("odd", "data", "x")


def test_a_value_of_another_type_is_refused(known: Known, ask: Callable[..., Any]) -> None:
    one = next(one for one in known.callbacks if "sweep-pair-pick" in str(one["inputs"]))
    body = known.body(one, 0)
    body["inputs"][0]["value"] = 0.5
    assert posted(ask, body).status_code == 400


def test_a_number_of_thousands_of_digits_is_refused(known: Known, ask: Callable[..., Any]) -> None:
    long = {"CONTENT_LENGTH": "9" * 5000}
    answer = ask(UPDATE, method="POST", data=b"{}", content_type="application/json",
                 environ_overrides=long)  # fmt: skip
    assert answer.status_code == 413
    router = next(one for one in known.callbacks if one["output"].startswith("..main."))
    body = known.body(router, 1)
    body["inputs"][1]["value"], body["state"][0]["value"] = "/live", f"?seed={'9' * 5000}"
    assert b"allowed: a whole number" in posted(ask, body).data


def test_a_file_that_no_page_needs_is_not_found(ask: Callable[..., Any]) -> None:
    for path in ("dash/dcc/none.js", "dash/../dcc/__init__.py", "os/x.js", "dash/"):
        answer = ask("/", environ_overrides={"PATH_INFO": f"/_dash-component-suites/{path}"})
        assert answer.status_code in (200, 404)
        assert b"import" not in answer.data


def test_a_key_that_only_b_empties_is_read_as_it_was_written() -> None:
    pair = from_search("?a=historical&a.set.tightening_from=2017-06&b=historical"
                       "&b.set.tightening_from=")  # fmt: skip
    assert pair.b.more == (("tightening_from", ""),)
    assert from_search(to_search(pair)) == pair


ADDRESS_WORDS = sorted({word for words in ADDRESSES.values() for word in words})
QUERIES = st.one_of(
    st.sampled_from(ADDRESS_WORDS),
    st.dictionaries(
        st.sampled_from(["a", "b", "a.set.penalty", "b.add", "a.drop", "view", "seed", "members",
                         "scale", "run", "made", "sweep", "output", "point", "above", "pair",
                         "scenario", "arm", "month", "look", "firm", "find", "order", "sort",
                         "year", "partner", "measures", "a.end", "a.move"]) | st.text(max_size=8),
        st.sampled_from(TEXTS) | st.text(max_size=20) | st.integers().map(str)
        | st.sampled_from(["historical", "new-axis", "mine", "tiny", "loss", "1", "0.5"]),
        max_size=5,
    ).map(lambda pairs: urlencode(pairs, errors="replace")),
    st.tuples(st.sampled_from(ADDRESS_WORDS),
              st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2), st.sampled_from(TOKENS)),
                       min_size=1, max_size=3))
    .map(lambda given: edited(given[0].encode(), given[1]).decode("utf-8", "replace")),
)  # fmt: skip


def test_hostile_addresses_of_pages(known: Known, ask: Callable[..., Any]) -> None:
    """Every page with a hostile query: a page, or a sentence that says what is allowed."""
    router = next(one for one in known.callbacks if one["output"].startswith("..main."))
    paths = st.sampled_from([page.PATH for page in PAGES]) | st.sampled_from(TEXTS)

    @few
    @given(paths, QUERIES)
    def tried(path: str, query: str) -> None:
        ask(quote(path, errors="replace") if path.startswith("/") else "/", query_string=query)
        body = known.body(router, 1)
        body["inputs"][1]["value"], body["state"][0]["value"] = path, f"?{query}"
        posted(ask, body)

    tried()


# ---- paths, methods, headers ---------------------------------------------------------------------

UP = ("../", "..%2f", "%2e%2e/", "%252e%252e%252f", "..\\", "..%5c", "....//", "%c0%ae%c0%ae/",
      "..;/", "%00", "%0d%0a", "\\\\host\\", "//", "/./", "~/", "file:///")  # fmt: skip
AIMS = (
    "etc/passwd",
    "pyproject.toml",
    "sim/app/server.py",
    "server.py",
    "results/historical/manifest.json",
    "app.css",
    "shell.js",
    "dash/dcc/async-graph.js",
    "proc/self/environ",
    "",
)
STARTS = ("/", "/assets/", "/_dash-component-suites/", "/_dash-component-suites/dash/",
          "/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/_favicon.ico", UPDATE,
          "/_dash-component-suites/plotly/", "/_mcp", "/explore/", "/static/")  # fmt: skip
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get",
           "PROPFIND", "", "G" * 3000)  # fmt: skip


def test_hostile_paths(ask: Callable[..., Any]) -> None:
    """Every route and method, and ways up and out of what is served."""

    @few
    @given(
        st.sampled_from(STARTS), st.lists(st.sampled_from(UP), max_size=6), st.sampled_from(AIMS),
        st.just("GET") | st.sampled_from(METHODS), st.sampled_from(TEXTS) | st.just(""),
    )  # fmt: skip
    @example("/_dash-component-suites/dash/", ["../"], "dcc/__init__.py", "GET", "")
    def tried(start: str, up: list[str], aim: str, method: str, query: str) -> None:
        path = f"{start}{''.join(up)}{aim}"
        answer = ask("/", method=method, environ_overrides={
            "PATH_INFO": path, "RAW_URI": path, "REQUEST_URI": path,
            "QUERY_STRING": quote(query, errors="replace"),
        })  # fmt: skip
        assert b"\nimport " not in answer.data or "javascript" in answer.mimetype

    tried()


HOSTS = ("127.0.0.1:8050", "LOCALHOST:8050", "[::1]:8050", "[::1%25lo]:8050", "127.0.0.1.:8050",
         "localhost.:8050", "127.1:8050", "2130706433:8050", "0x7f.0.0.1:8050", "[::ffff:7f00:1]:80"
         "50", "127.0.0.1:08050", "127.0.0.1:8050@evil.example", "evil.example:8050#localhost:8050",
         "evil.example", "127.0.0.1:", ":8050", "[", "]", "[::1", "a b:8050",
         "127.0.0.1:8050, evil.example", "x" * 70_000, "\xff:8050")  # fmt: skip
HEADERS = {
    "HTTP_HOST": HOSTS,
    "HTTP_ORIGIN": ("null", "http://127.0.0.1:8050", "HTTP://127.0.0.1:8050", "http://[::1]:8050",
                    "http://127.0.0.1:8050.evil.example", "http://localhost:8050/", "file://", "",
                    "http://127.0.0.1:8051", "https://127.0.0.1:8050", "\xff", "x" * 60_000),
    "CONTENT_LENGTH": ("", "0", "-1", "9" * 30, "9" * 5000, "1e3", "\u0661", " 12", "+5", "0x10",
                       str(LARGEST_BODY + 1), "5,5"),
    "CONTENT_TYPE": ("", "application/json", "text/html", "application/json; charset=utf-16",
                     "multipart/form-data; boundary=x", "application/json;" + "x=1;" * 5000,
                     "APPLICATION/JSON", "\xff"),
    "HTTP_TRANSFER_ENCODING": ("chunked", "gzip, chunked", "identity", "\x0bchunked"),
    "HTTP_CONTENT_ENCODING": ("gzip", "deflate", "br", "gzip, gzip"),
    "HTTP_COOKIE": ("x" * 60_000, "a=b; " * 5000, "\xff=\xff", "__Host-a=\0"),
    "HTTP_IF_NONE_MATCH": ("*", '"x"', "W/" * 5000), "HTTP_RANGE": ("bytes=0-", "bytes=9-1,-5,x",
                           "bytes=" + "0-1," * 3000), "HTTP_IF_MODIFIED_SINCE": ("x", "9" * 5000),
    "HTTP_X_FORWARDED_HOST": ("evil.example",), "HTTP_X_FORWARDED_PREFIX": ("/../..",),
    "HTTP_ACCEPT": ("*/*;q=" + "9" * 500, "," * 9000), "HTTP_SEC_FETCH_SITE": ("cross-site", ""),
    "HTTP_EXPECT": ("100-continue", "x"), "HTTP_UPGRADE": ("websocket", "h2c"),
    "HTTP_X_HTTP_METHOD_OVERRIDE": ("DELETE",), "REMOTE_ADDR": ("", "x", "::"),
    "wsgi.url_scheme": ("https", "javascript"), "SCRIPT_NAME": ("/../", "x" * 5000),
}  # fmt: skip


def test_hostile_headers(known: Known, ask: Callable[..., Any]) -> None:
    """Hosts, origins, lengths, encodings and the rest, on a page and on a callback."""
    body = json.dumps(known.body(known.callbacks[0], 0)).encode()
    headers = st.sampled_from(sorted(HEADERS)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(HEADERS[name])))  # fmt: skip

    @few
    @given(st.lists(headers, min_size=1, max_size=3), st.booleans(), st.sampled_from(STARTS))
    @example([("CONTENT_LENGTH", "9" * 5000)], True, "/")
    def tried(given: list[tuple[str, str]], post: bool, path: str) -> None:
        more = {"method": "POST", "data": body, "content_type": "application/json"} if post else {}
        answer = ask(UPDATE if post else path, environ_overrides=dict(given), **more)
        host = dict(given).get("HTTP_HOST", HOSTS[0])
        if host.lower() not in (HOSTS[0], "localhost:8050", "[::1]:8050"):
            assert answer.status_code == 403

    tried()


@pytest.mark.parametrize(
    "body",
    [b"{" * 100_000, b'{"output":' * 50_000, b"[" * 900_000, b'"' + b"x" * 900_000 + b'"',
     b"9" * 900_000, b"\x1f\x8b\x08\0\0\0\0\0broken", b'{"output":"' + b"." * 900_000 + b'"}',
     b"0" * (LARGEST_BODY + 1)],
)  # fmt: skip
def test_large_and_deep_bodies(ask: Callable[..., Any], body: bytes) -> None:
    assert posted(ask, body).status_code in (400, 413)


# ---- a real server -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(desk: Desk) -> Iterator[int]:
    server = serve_on(desk, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    server.server_close()
    thread.join()


def said(port: int, raw: bytes) -> bytes:
    """Send bytes as they are and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        got = b""
        try:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(65536):
                got += part
        except (BrokenPipeError, ConnectionResetError):
            pass  # a server may hang up on what it refuses
        return got


HOST = b"Host: 127.0.0.1:%d\r\n"
POST = b"POST /_dash-update-component HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
RAW = (
    b"", b"\0\0\0\0", b"\x16\x03\x01\x02\0\x01\0", b"GET / HTTP/1.1\r\n\r\n", b"GET /\r\n\r\n",
    b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n", b"GET" + b" " * 9000 + b"/\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 300 + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b" folded\r\nno colon\r\n\r\n",
    b"GET /../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET //etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /assets/..%%2f..%%2f..%%2fpyproject.toml HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /%%00%%ff%%0d%%0aX:1 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET \xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    POST + b"\r\n{}", POST + b"Content-Length: -5\r\n\r\n{}",
    POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    POST + b"Content-Length: 100\r\n\r\n{}",
    POST + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
    POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n{}",
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    POST + b"Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}",
    POST + b"Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8b\x08broken!",
    POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    POST + b"Content-Length: 2\r\n\r\n{}GET /etc/passwd HTTP/1.1\r\n\r\n",
)  # fmt: skip


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_a_real_server_answers_or_hangs_up(port: int, raw: bytes, watch: Watch) -> None:
    with watch.on(), bounded(), silenced():
        got = said(port, raw % tuple([port] * raw.count(b"%d")))
    for line in got.split(b"\r\n"):
        if line.startswith(b"HTTP/"):
            assert int(line.split()[1]) in (*range(100, 500), PROTOCOL)
    for word in (b"Traceback", b"root:x:", b"build-backend"):
        assert word not in got
    normal = said(port, b"GET / HTTP/1.1\r\n" + HOST % port + b"\r\n")
    assert b" 200 OK\r\n" in normal[:20]
    assert b'id="react-entry-point"' in normal


class silenced:  # noqa: N801 - it reads as a word of the with
    """Fail where the server says that a connection broke it."""

    def __enter__(self) -> None:
        self._heard = Heard()
        logging.getLogger("divert.view").addHandler(self._heard)

    def __exit__(self, *error: object) -> None:
        logging.getLogger("divert.view").removeHandler(self._heard)
        for record in self._heard.records:
            raise AssertionError("a connection broke the server") from record.exc_info[1]


def test_idle_connections_keep_nobody_out(port: int) -> None:
    """Who connects and says nothing, or says it byte by byte, holds up nobody else."""
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
    try:
        for line in idle[::2]:
            line.sendall(b"GET / HTT")
        with bounded():
            assert b" 200 OK" in said(port, b"GET / HTTP/1.1\r\n" + HOST % port + b"\r\n")
    finally:
        for line in idle:
            line.close()
