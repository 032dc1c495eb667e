"""The application's frame in process: who may ask, what runs give, what lies on the desk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from sim.app import runs as runs_module
from sim.app import shell
from sim.app.desk import Desk, open_desk
from sim.app.guard import LARGEST_BODY, UPDATE, Guard, is_loopback
from sim.app.links import queried
from sim.app.panel import panel
from sim.app.runs import (
    CANCELLED,
    DONE,
    FAILED,
    PREVIEW,
    RUNNING,
    Bounds,
    Runs,
    key_of,
    work_of,
)
from sim.app.server import bound, build
from sim.app.visitors import Visitors
from sim.cli import main
from sim.errors import DivertError
from sim.experiment.stored import read_run
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.view.chart import NEEDED, Chart, blank

from worlds import scenario as world

HERE = "http://127.0.0.1:8050"
WAIT = 60.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results of a small run and no scenarios of its own."""
    out = tmp_path_factory.mktemp("desk")
    (out / "scenarios").mkdir()
    words = ["run", "historical", "--members", "3", "--scale", "0.05", "--quiet"]
    assert CliRunner().invoke(main, [*words, "--out", str(out / "results")]).exit_code == 0
    return out


@pytest.fixture
def desk(place: Path) -> Iterator[Desk]:
    found = Desk(place / "results", place / "scenarios")
    yield found
    found.runs.close()


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build(desk).test_client()


def asked(**changes: Any) -> dict[str, Any]:
    """Return what the router is asked by a page, with changes."""
    body = {
        "output": "..main.children...arrived.data...trouble.children..",
        "outputs": [
            {"id": "main", "property": "children"},
            {"id": "arrived", "property": "data"},
            {"id": "trouble", "property": "children"},
        ],
        "inputs": [
            {"id": "visitor", "property": "data", "value": "a1"},
            {"id": "address", "property": "pathname", "value": "/"},
        ],
        "state": [{"id": "address", "property": "search", "value": ""}],
        "changedPropIds": ["address.pathname"],
    }
    return body | changes


# ---- who may ask -------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:8050", "localhost:8050", "[::1]:8050"])
def test_own_addresses_are_answered(client: FlaskClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 200
    assert b'<html lang="en">' in answer.data


@pytest.mark.parametrize(
    "host",
    ["evil.example:8050", "127.0.0.1:8051", "127.0.0.1", "localhost.evil.example:8050", "",
     "[::1]", "user@localhost:8050", "localhost:8050.evil.example", "0.0.0.0:8050"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/assets/app.css", UPDATE])
def test_a_foreign_host_is_refused(client: FlaskClient, host: str, path: str) -> None:
    answer = client.get(path, base_url=HERE, environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 403
    assert "allowed: the address that `divert view` printed" in answer.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8050", "http://localhost:8050", ""]
)
def test_a_foreign_origin_is_refused(client: FlaskClient, origin: str) -> None:
    answer = client.post(UPDATE, base_url=HERE, json=asked(), headers={"Origin": origin})
    assert answer.status_code == 403
    own = client.post(UPDATE, base_url=HERE, json=asked(), headers={"Origin": HERE})
    assert own.status_code == 200
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(UPDATE, base_url=HERE, json=asked(), headers=cross).status_code == 403


def test_a_host_that_was_given_is_answered_too() -> None:
    def inner(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        return [b"good"]

    def status(guard: Guard, host: str) -> str:
        seen: list[str] = []
        environ = {"HTTP_HOST": host, "REQUEST_METHOD": "GET", "PATH_INFO": "/"}
        list(guard(environ, lambda status, headers, info=None: seen.append(status)))
        return seen[0]

    named = Guard(inner, "192.0.2.7", 8050, [], {})
    assert status(named, "192.0.2.7:8050") == "200 OK"
    assert status(named, "192.0.2.8:8050") == "403 Forbidden"
    every = Guard(inner, "0.0.0.0", 8050, [], {})
    assert status(every, "192.0.2.8:8050") == "200 OK"
    assert status(every, "evil.example:8050") == "403 Forbidden"
    assert status(Guard(inner, "127.0.0.1", 80, [], {}), "127.0.0.1") == "200 OK"


def test_the_policy_names_no_other_place(client: FlaskClient) -> None:
    for path in ("/", "/assets/app.css", "/nothing/here", "/_dash-layout", "/evidence"):
        with client.get(path, base_url=HERE) as answer:
            headers = answer.headers
        rules = dict(
            rule.strip().partition(" ")[::2]
            for rule in headers["Content-Security-Policy"].split(";")
        )
        assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == "'self'"
        assert rules["frame-ancestors"] == rules["form-action"] == rules["object-src"] == "'none'"
        assert all(w == "'self'" or w.startswith("'sha256-") for w in rules["script-src"].split())
        assert "http" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "ODD"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    assert client.open("/", base_url=HERE, method=method).status_code == 405
    assert client.open(UPDATE, base_url=HERE, method=method, json={}).status_code == 405


def test_a_page_is_not_posted_to_nor_a_callback_read(client: FlaskClient) -> None:
    assert client.post("/", base_url=HERE, json={}).status_code == 405
    assert client.get(UPDATE, base_url=HERE).status_code == 405


def test_a_large_request_is_refused_in_words(client: FlaskClient) -> None:
    body = b"[" + b" " * LARGEST_BODY + b"]"
    answer = client.post(UPDATE, base_url=HERE, data=body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.text == "Found 1,000,002 bytes; allowed: up to 1,000,000 in one request."
    long = client.get(f"/?{'x' * 20_000}", base_url=HERE)
    assert long.status_code == 414
    assert "The address is too long" in long.text


@pytest.mark.parametrize(
    "body",
    [b"nothing", b"[]", b"null", b"{}", b'"text"', b"[" * 90_000, b"\xff\xfe", b'{"output":3}',
     b'{"output":["main.children"]}', b'{"output":"other.children"}', b"NaN",
     json.dumps(asked(inputs=7)).encode(), json.dumps(asked(inputs=["x"])).encode(),
     json.dumps(asked(inputs=[{"id": 3, "property": "x"}])).encode(),
     json.dumps(asked(state={"id": "x"})).encode(), json.dumps(asked(changedPropIds=[1])).encode(),
     json.dumps(asked(changedPropIds=None)).encode()],
)  # fmt: skip
def test_a_callback_of_odd_shape_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post(UPDATE, base_url=HERE, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert "reload the page" in answer.text


@pytest.mark.parametrize(
    "changes",
    [{"inputs": []}, {"inputs": [{"id": "visitor", "property": "data"}]}, {"state": []},
     {"outputs": None}, {"outputs": [1]}, {"outputs": {}}, {"changedPropIds": ["odd"]},
     {"changedPropIds": ["a.b.c"]},
     {"inputs": [{"id": "visitor", "property": "data", "value": {"a": 1}},
                 {"id": "address", "property": "pathname", "value": [1]}]},
     {"inputs": [{"id": {"a": "b"}, "property": "p"}, {"id": "x", "property": "y", "value": 1}]}],
)  # fmt: skip
def test_odd_values_never_show_a_trace(
    client: FlaskClient, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.post(UPDATE, base_url=HERE, json=asked(**changes))
    assert answer.status_code in (200, 400)
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text


def test_what_is_no_json_or_has_no_length_is_refused(client: FlaskClient) -> None:
    form = client.post(UPDATE, base_url=HERE, data="a=1", content_type="text/plain")
    assert form.status_code == 415
    bare = client.post(
        UPDATE, base_url=HERE, content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": ""},
    )  # fmt: skip
    assert bare.status_code == 411
    chunked = client.post(
        UPDATE, base_url=HERE, data=b"{}", content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
    )  # fmt: skip
    assert chunked.status_code == 411
    short = client.post(
        UPDATE, base_url=HERE, data=b"{}", content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "9"},
    )  # fmt: skip
    assert short.status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/assets/../server.py", "/assets/%2e%2e/server.py",
     "/assets/..%2fserver.py", "/assets//etc/passwd", "/_dash-component-suites/dash/../../x.js",
     "/_dash-component-suites/os/x.js", "/_dash-component-suites/dash/%2e%2e/x.js",
     "/_dash-component-suites/sim/app/server.py", "/assets/shell.js%00.css"],
)  # fmt: skip
def test_no_path_leads_to_another_file(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url=HERE)
    text = answer.text
    assert "import " not in text
    assert "root:" not in text
    assert "Traceback" not in text
    if answer.status_code == 200:  # an address that no file has is a page of the application
        assert '<div id="react-entry-point">' in text


@pytest.mark.parametrize(
    "label", ["../results/historical", "/etc/passwd", "historical/..", "", ".", "none", "a\0b"]
)
def test_a_label_is_looked_up_and_never_a_path(desk: Desk, label: str) -> None:
    for look in (desk.run, desk.answer, desk.folder, desk.sweep_folder, desk.scenario):
        with pytest.raises(DivertError, match="found no "):
            look(label)


# ---- what lies on the desk ---------------------------------------------------------------------


def test_the_desk_finds_runs_scenarios_and_their_content(desk: Desk, place: Path) -> None:
    assert desk.finished() == ("historical",)
    assert set(NEEDED) <= set(desk.run("historical").arrays)
    assert desk.run("historical") is desk.run("historical")
    assert desk.answer("historical")["members"] == 3
    assert "new-axis" in desk.scenario_names()
    assert desk.scenario("new-axis").name == "new-axis"
    assert desk.sweeps() == ()
    (place / "scenarios" / "mine.yaml").write_text("extends: historical\n", encoding="utf-8")
    assert desk.scenario("mine").members == 64
    broken = place / "results" / "broken"
    broken.mkdir()
    (broken / "arrays.npz").write_bytes(b"")
    (broken / "manifest.json").write_text("{", encoding="utf-8")
    assert desk.finished() == ("historical",)
    assert Desk(place / "nowhere", place / "nowhere").finished() == ()


def test_what_the_command_line_names_comes_first(place: Path, tmp_path: Path) -> None:
    folder = place / "results" / "historical"
    twin = tmp_path / "historical"
    twin.symlink_to(folder, target_is_directory=True)
    found = open_desk(("new-axis", str(folder)), tmp_path, tmp_path)
    assert [(one.kind, one.label) for one in found.opened] == [
        ("scenario", "new-axis"), ("run", "historical")
    ]  # fmt: skip
    assert found.first_page() == "/explore?a=new-axis"
    assert found.finished() == ("historical",)
    assert open_desk((str(folder),), place, place).first_page() == "/?run=historical"
    assert open_desk((), place, place).first_page() == "/"
    for word in ("new-axis", str(folder)):
        desk = open_desk((word,), place / "results", place)
        path, _, query = desk.first_page().partition("?")
        assert "className='said'" not in str(shell.routed(desk, path, query)[0])


@pytest.mark.parametrize(
    ("word", "sentence"),
    [("nothing", "no folder of results and no scenario"),
     ("", "no folder of results and no scenario"),
     (".", "found a folder of another kind"),
     ("scenarios/sweeps/quick.yaml", "the file of a sweep")],
)  # fmt: skip
def test_words_that_name_nothing_end_with_a_sentence(word: str, sentence: str) -> None:
    done = CliRunner().invoke(main, ["view", word, "--no-open"])
    assert done.exit_code == 2
    assert sentence in done.output
    assert "Traceback" not in done.output


def test_a_busy_port_names_another_one() -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["view", "--no-open", "--port", str(port)])
    assert done.exit_code == 2
    assert f"found port {port} in use" in done.output
    assert f"--port {port + 1}" in done.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["--port", "99999"], "--port"), (["--port", "x"], "--port"),
     (["--host", "203.0.113.9"], "nothing can be bound"), (["--host", "no host"], "--host"),
     (["--host", ""], "--host"), (["--host"], "requires an argument"), (["--odd"], "--odd")],
)  # fmt: skip
def test_wrong_options_end_with_a_sentence(words: list[str], sentence: str) -> None:
    done = CliRunner().invoke(main, ["view", "--no-open", *words])
    assert done.exit_code == 2
    assert sentence in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_it_answers_until_ctrl_c_and_says_who_can_reach_it(place: Path, host: str) -> None:
    words = ["view", str(place / "results" / "historical"), "--port", "0", "--no-open"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", *words, "--host", host],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    port = line.split("?")[0].rstrip("/").rpartition(":")[2]
    assert f"http://{host}:{port}/?run=historical" in line
    with urlopen(f"http://127.0.0.1:{port}/", timeout=WAIT) as answer:
        assert answer.status == 200
        assert answer.headers["Server"] == "divert"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=WAIT)
    assert process.returncode == 0
    assert out.strip() == "Stopped."
    assert ("there is no login" in err) == (host != "127.0.0.1")
    assert "Traceback" not in err


def test_loopback_is_known_by_its_addresses() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "[::1]", "127.3.2.1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.7", "example.org")))


# ---- runs --------------------------------------------------------------------------------------


def test_a_run_gives_the_numbers_of_the_command_line(place: Path) -> None:
    folder = place / "results" / "historical"
    runs = Runs()
    wanted = load_scenario("historical", {"members": "3", "firms.scale": "0.05"})
    key = runs.start(wanted, "a")
    assert runs.wait(key, WAIT).state == DONE
    found, stored = runs.result(key), read_run(folder, NEEDED)
    assert found.answer == json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    assert (found.stored.months, found.stored.arms) == (stored.months, stored.arms)
    assert found.stored.scenario == stored.scenario
    for name, values in stored.arrays.items():
        np.testing.assert_array_equal(found.stored.arrays[name], values)
    for name, values in stored.parameters.items():
        np.testing.assert_array_equal(found.stored.parameters[name], values)
    runs.close()


class Held:
    """Runs that stand still until they are let go, in place of the model."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[Scenario] = []
        self.go = threading.Event()
        monkeypatch.setattr(runs_module, "run_ensemble", self.run)
        monkeypatch.setattr(runs_module, "_keep", self.keep)

    def run(self, scenario: Scenario, arms: Any, progress: Callable[[float], None]) -> None:
        self.begun.append(scenario)
        while not self.go.wait(0.005):
            progress(0.25)

    def keep(self, run: Any, ensemble: Any) -> None:
        run.size = 1000


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(monkeypatch)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_the_same_scenario_is_run_once_and_ends_when_nobody_waits(held: Held) -> None:
    runs = Runs(Bounds(at_once=1))
    key = runs.start(world(), "a")
    assert runs.start(world(), "b") == key
    assert key_of(world(seed=1)) != key
    until(lambda: runs.status(key).share == 0.25)
    assert runs.status(key).words == "Running 2 members: 25 % done."
    runs.cancel(key, "c")
    runs.cancel(key, "a")
    assert runs.status(key).state == RUNNING
    runs.cancel(key, "b")
    assert runs.wait(key, WAIT).state == CANCELLED
    with pytest.raises(DivertError, match="Cancelled"):
        runs.result(key)
    held.go.set()
    assert runs.wait(runs.start(world(), "a"), WAIT).state == DONE
    assert len(held.begun) == 2
    runs.close()


def test_runs_wait_in_a_line_and_one_can_leave_it(held: Held) -> None:
    runs = Runs(Bounds(at_once=1))
    first, second, third = (runs.start(world(seed=s), "a") for s in (1, 2, 3))
    until(lambda: runs.status(first).state == RUNNING)
    assert [runs.status(k).words for k in (second, third)] == [
        "Waiting: it is next.", "Waiting: 1 before it."
    ]  # fmt: skip
    runs.cancel(second, "a")
    assert runs.status(second).state == CANCELLED
    assert runs.status(third).words == "Waiting: it is next."
    held.go.set()
    assert runs.wait(third, WAIT).state == DONE
    assert [one.seed for one in held.begun] == [1, 3]
    runs.close()


def test_a_quick_run_does_not_wait_behind_a_long_one(held: Held) -> None:
    bounds = Bounds(at_once=1, quick=work_of(world()))
    runs = Runs(bounds)
    long, quick = runs.start(world(members=4), "a"), runs.start(world(), "b")
    until(lambda: runs.status(quick).state == runs.status(long).state == RUNNING)
    held.go.set()
    runs.close()


def test_the_number_of_runs_is_bounded(held: Held) -> None:
    runs = Runs(Bounds(at_once=1, a_visitor=2, waiting=2))
    runs.start(world(seed=1), "a")
    until(lambda: len(held.begun) == 1)
    runs.start(world(seed=2), "a")
    with pytest.raises(DivertError, match="2 runs of yours"):
        runs.start(world(seed=3), "a")
    runs.start(world(seed=3), "b")
    with pytest.raises(DivertError, match="2 runs waiting"):
        runs.start(world(seed=4), "c")
    with pytest.raises(DivertError, match="no visitor's id"):
        runs.start(world(seed=4), "../a")
    held.go.set()
    runs.close()


def test_a_run_that_takes_too_long_is_ended(held: Held) -> None:
    runs = Runs(Bounds(seconds=0.02))
    status = runs.wait(runs.start(world(), "a"), WAIT)
    assert status.state == FAILED
    assert "lower members" in status.words
    runs.close()


def test_results_are_kept_up_to_a_number_of_bytes(held: Held) -> None:
    held.go.set()
    runs = Runs(Bounds(bytes=2500, at_once=1))
    keys = []
    for seed in range(1, 5):
        keys.append(runs.start(world(seed=seed), "a"))
        assert runs.wait(keys[-1], WAIT).state == DONE
        most = min(seed, 2)  # a result has 1,000 bytes
        until(lambda most=most: sum(runs.has(key, "c") for key in keys) == most)
        if seed > 1:
            assert runs.status(keys[0]).state == DONE
            runs.start(world(seed=1), "b")  # used again, and so kept
    with pytest.raises(DivertError, match="run it again"):
        runs.status(keys[1])
    assert [runs.has(key, "c") for key in keys] == [True, False, False, True]
    runs.close()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"members": "261"}, "found 261; allowed in the browser over 72 months: up to 260"),
     ({"firms.scale": "50"}, "lower members to "),
     ({"parameters.draws": "/etc/passwd"}, "found a file of draws")],
)  # fmt: skip
def test_a_run_too_large_says_what_to_lower(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(DivertError, match=sentence):
        Runs().start(load_scenario("historical", changes), "a")


def test_a_failed_run_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise errors.pop()

    monkeypatch.setattr(runs_module, "run_ensemble", fails)
    errors = [MemoryError(), ValueError("odd\nnumber"), DivertError("found this; allowed: that")]
    runs = Runs()
    said = [runs.wait(runs.start(world(), "a"), WAIT) for _ in range(3)]
    assert [status.state for status in said] == [FAILED] * 3
    assert [status.words for status in said] == [
        "found this; allowed: that",
        "Something went wrong inside divert: odd number",
        "The machine has too little memory for it: lower members.",
    ]
    runs.close()


def test_the_preview_is_quick() -> None:
    assert work_of(load_scenario("historical", {k: str(v) for k, v in PREVIEW.items()})) <= (
        Bounds().quick
    )


# ---- visitors ----------------------------------------------------------------------------------


def test_each_visitor_has_things_of_its_own_up_to_a_number() -> None:
    visitors = Visitors(most=2)
    first = visitors.get("a", lambda: ["a"], "live")
    assert visitors.get("a", lambda: ["other"], "live") is first
    assert visitors.get("b", lambda: ["b"], "live") == ["b"]
    assert visitors.get("a", lambda: ["other"], "live") is first
    assert visitors.get("c", lambda: ["c"], "live") == ["c"]
    assert len(visitors) == 2
    assert visitors.get("b", lambda: ["new"], "live") == ["new"]
    for odd in (None, "", "x" * 65, "a b", 7, "ä"):
        with pytest.raises(DivertError, match="reload the page"):
            visitors.get(odd, list, "live")  # type: ignore[arg-type]


def test_a_thing_that_cannot_be_made_is_made_at_the_next_call() -> None:
    visitors = Visitors()
    with pytest.raises(ZeroDivisionError):
        visitors.get("a", lambda: 1 // 0, "live")
    assert visitors.get("a", lambda: 1, "live") == 1


# ---- frame and panel ---------------------------------------------------------------------------


def test_a_page_that_cannot_be_shown_says_why(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd:
        PATH, TITLE = "/odd", "Odd"
        errors = [ZeroDivisionError("secret"), DivertError("found x; allowed: y")]  # noqa: RUF012

        def layout(self, desk: Desk, query: Any) -> Any:
            raise self.errors.pop()

    monkeypatch.setattr(shell, "PAGES", (Odd(),))
    said = [str(shell.routed(desk, "/odd/", "?a=1")[0]) for _ in range(2)]
    assert "Found x; allowed: y." in said[0]
    assert "Something went wrong inside divert" in said[1]
    assert "secret" not in said[1]
    assert "allowed: /odd (did you mean '/odd'?)" in str(shell.routed(desk, "/od", None)[0])


@pytest.mark.parametrize(
    ("error", "words"),
    [(DivertError("found x; allowed: y"), "Found x; allowed: y."),
     (KeyError("secret"), "Something went wrong inside divert")],
)  # fmt: skip
def test_a_callback_that_fails_says_why_above_the_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(shell, "routed", fails)
    answer = client.post(UPDATE, base_url=HERE, json=asked())
    assert answer.status_code == 200
    said = answer.get_json()["sideUpdate"]["trouble"]["children"]
    assert words in json.dumps(said)
    assert "secret" not in answer.text


def test_the_query_is_read_as_text() -> None:
    assert queried("?a=1&b=x%20y&a=2&c=") == {"a": "2", "b": "x y", "c": ""}
    assert queried(None) == {}


def test_a_panel_holds_plot_words_table_and_files() -> None:
    figure = blank(300, showlegend=False)
    chart = Chart("flows", "Flows", figure, ("month", "million USD"), (("2014-01", "1.0"),), "Up.")
    made = panel(chart, "explore-flows").to_plotly_json()
    text = json.dumps(made, default=lambda part: part.to_plotly_json())
    assert made["props"]["id"] == "explore-flows"
    assert '"id": "explore-flows-graph"' in text
    assert all(f'"data-download": "{kind}"' in text for kind in ("png", "svg", "csv"))
    table = json.loads(made["props"]["children"][-1].to_plotly_json()["props"]["data-table"])
    assert table["headings"] == ["month", "million USD"]
    assert table["rows"] == [["2014-01", "1.0"]]
