"""Sweeps on a Dask cluster: a scheduler and workers of their own processes on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sweep_worlds import starved_job

import sim
from sim.errors import DivertError
from sim.sweep import engine
from sim.sweep.command import run_sweep
from sim.sweep.engine import engine_for
from sim.sweep.file import Sweep
from sim.sweep.plan import blocks, plan_of
from sim.sweep.status import status_of
from sim.sweep.store import read_table

from clusters import BIN, Dask, until
from worlds import SMALL

FEW = {k: v for k, v in SMALL.items() if k != "members"} | {
    "period.to": "2017-12", "window.to": "2017-12",
}  # fmt: skip
"""Few firms, four of six years."""

HERE = Path(__file__).parent

SECONDS = 50
"""How long one test may take before it has failed."""


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """End a test that waits for ever."""

    def late(*_: object) -> None:
        raise AssertionError(f"the test took more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """Two workers for all tests that leave them as they are, or whose nanny starts them again."""
    dask = Dask(tmp_path_factory.mktemp("cluster"))
    try:
        dask.worker()
        dask.worker()
        dask.wait_for(2)
        yield dask
    finally:
        dask.end()


@pytest.fixture
def lone(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Dask]:
    """A scheduler without workers, for tests that end it or wait for none."""
    dask = Dask(tmp_path, **getattr(request, "param", {}))
    try:
        yield dask
    finally:
        dask.end()


def small(points: int, **keys: Any) -> Sweep:
    """Return a sweep of few firms over a short time."""
    return Sweep.model_validate(
        {
            "name": "small",
            "set": FEW,
            "factors": [{"key": "parameters.set.belief_speed", "prior": True}],
            "design": {"kind": "latin", "points": points},
            "members": 2,
            "outputs": ["receipts", "china_imports"],
            **keys,
        }
    )


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a sweep run in this process."""
    return run_sweep(small(40), tmp_path_factory.mktemp("here"), 1, lanes=4).folder


def test_a_cluster_gives_the_table_of_one_process(tmp_path: Path, cluster: Dask) -> None:
    """All four arms and series by month: the stored files are the same to the last byte."""
    sweep = small(3, outputs=["loss", "offset"], monthly=["china_imports"])
    one = run_sweep(sweep, tmp_path / "one", 1, lanes=2)
    many = run_sweep(sweep, tmp_path / "many", 1, cluster.address, lanes=2)
    assert (one.runs, one.failed) == (many.runs, many.failed) == (6, 0)
    assert read_table(many.folder).equals(read_table(one.folder))
    files = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*.parquet")}
        for root in (one.folder, many.folder)
    ]
    assert any("monthly" in path.parts for path in files[0])
    assert files[0] == files[1]


def test_a_killed_worker_changes_nothing(tmp_path: Path, cluster: Dask, here: Path) -> None:
    """A worker is killed with blocks in hand; the sweep goes through with the same table."""
    victim = cluster.pids()[0]
    killed: list[float] = []

    def report(share: float) -> None:
        if not killed:
            os.kill(victim, signal.SIGKILL)
            killed.append(share)

    done = run_sweep(small(40), tmp_path, 1, cluster.address, report=report, lanes=4)
    assert killed[0] < 0.2
    assert done.failed == 0
    assert read_table(done.folder).equals(read_table(here))
    assert status_of(done.folder).workers >= 2


def test_the_command_line_uses_a_cluster_and_ends_with_ctrl_c(
    tmp_path: Path, cluster: Dask
) -> None:
    """The plan names the workers; a stopped sweep goes on from the blocks it stored."""
    cluster.wait_for(2)
    file = tmp_path / "small.yaml"
    sweep = small(200)
    text = json.dumps(sweep.model_dump(exclude_defaults=True, mode="json"))
    file.write_text(text, encoding="utf-8")
    words = ["sweep", str(file), "--scheduler", cluster.address, "--out", str(tmp_path)]
    plan = subprocess.run(
        [str(BIN / "divert"), *words, "--dry-run"], capture_output=True, text=True, timeout=30
    )
    assert plan.returncode == 0, plan.stderr
    assert f"2 workers of {cluster.address}" in " ".join(plan.stdout.split())
    process = subprocess.Popen(
        [str(BIN / "divert"), *words, "--quiet"], stderr=subprocess.PIPE, text=True
    )
    until(lambda: len(list(tmp_path.rglob("*.parquet"))) > 1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert said == (
        "divert: interrupted; what is finished is kept: the same command goes on from there\n"
    )
    assert process.returncode == 130
    done = run_sweep(sweep, tmp_path, 1, cluster.address)
    assert 0 < done.found < 400
    assert done.runs == 400 - done.found
    alone = run_sweep(sweep, tmp_path / "alone", 1)
    assert read_table(done.folder).equals(read_table(alone.folder))


def test_few_blocks_are_in_flight_and_no_result_stays(cluster: Dask) -> None:
    """The client holds a few blocks for each worker, however many there are."""
    taken = given = most = 0

    def counted() -> Iterator[Any]:
        nonlocal taken
        for job in blocks(plan_of(small(40)), set(), 4):
            taken += 1
            yield job

    with engine_for(1, cluster.address) as found:
        assert found.count == 2
        for rows in found.run(counted()):
            most = max(most, taken - given)
            given += 1
            assert rows.runs == 4
        until(lambda: not found.client.futures, 5.0)
    assert given == taken == 20
    assert 2 <= most <= engine.AHEAD * 2


def test_a_worker_with_other_code_is_named(
    cluster: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "code_digest", lambda: "0" * 64)
    with pytest.raises(DivertError) as caught:
        run_sweep(small(2), tmp_path, 1, cluster.address)
    assert str(caught.value).startswith("--scheduler: the worker tcp://127.0.0.1:")
    assert "has another code of divert (" in str(caught.value)
    assert "allowed: the same as here (000000000000)" in str(caught.value)


def test_a_worker_that_joins_with_other_versions_ends_the_sweep(
    cluster: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each block is checked where it runs, for a cluster may grow after it was asked."""
    with engine_for(1, cluster.address) as found:
        monkeypatch.setattr(engine, "versions", lambda: {"NumPy": "1.0"})
        with pytest.raises(DivertError, match=r"the worker tcp.* has another NumPy .*here \(1.0\)"):
            list(found.run(blocks(plan_of(small(2)), set())))


def test_a_worker_without_the_draws_of_a_scenario_ends_the_sweep(
    cluster: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path is read where the worker was started, which may hold no such file, or another."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(Path(sim.__file__).parent / "data" / "evidence" / "draws.csv", "own.csv")
    sweep = small(2, set={**FEW, "parameters.draws": "own.csv"})
    with pytest.raises(DivertError, match=r"has another own.csv \(no file\); allowed: the same as"):
        run_sweep(sweep, tmp_path, 1, cluster.address)


def test_a_worker_without_divert_is_named(lone: Dask, tmp_path: Path) -> None:
    other = tmp_path / "other" / "sim"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("", encoding="utf-8")
    lone.worker(PYTHONPATH=str(other.parent))
    lone.wait_for(1)
    with (
        pytest.raises(DivertError, match=r"the worker tcp.* cannot run divert .*No module named"),
        engine_for(1, lone.address),
    ):
        pass


@pytest.mark.parametrize("lone", [{"PYTHONPATH": "/nowhere"}], indirect=True)
def test_a_scheduler_that_cannot_read_blocks_is_named(
    lone: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It unpacks what it hands on, and so must have what the workers have."""
    root = os.pathsep.join(map(str, (HERE.parent, HERE)))
    lone.worker(PYTHONPATH=root)
    lone.wait_for(1)
    # A module of the tests stands in for divert, which every Python here may have installed.
    monkeypatch.setattr(engine, "run_checked", starved_job)
    with pytest.raises(DivertError, match=r"the scheduler at tcp.* cannot read a block"):
        run_sweep(small(2), tmp_path, 1, lone.address)


def test_workers_that_are_gone_for_long_are_said(
    lone: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep does not wait for ever; the same command then goes on, or says what is missing."""
    monkeypatch.setattr(engine, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(engine, "NO_WORKER_SECONDS", 1.0)
    worker = lone.worker()
    lone.wait_for(1)
    with pytest.raises(DivertError, match=r"found no worker at tcp.* for 1 s; start one with"):
        run_sweep(
            small(40), tmp_path, 1, lone.address, report=lambda share: lone.kill(worker), lanes=4
        )
    with pytest.raises(DivertError, match=r"found no worker at tcp.*; start one with: dask worker"):
        run_sweep(small(40), tmp_path, 1, lone.address)
    done = run_sweep(small(40), tmp_path, 1)
    assert 4 <= done.found < 80


def test_a_scheduler_that_is_lost_is_said(lone: Dask, tmp_path: Path) -> None:
    lone.worker()
    lone.wait_for(1)
    with pytest.raises(DivertError, match=r"the Dask scheduler at tcp.* is gone; start it again"):
        run_sweep(
            small(40), tmp_path, 1, lone.address,
            report=lambda share: lone.kill(lone.scheduler), lanes=4,
        )  # fmt: skip
    assert read_table(tmp_path / "small").num_rows >= 4


def test_a_block_that_ends_its_workers_is_said(lone: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    lone.worker()
    lone.wait_for(1)
    with engine_for(1, lone.address) as found:
        # A worker imports what it runs by name, so the deadly block is an expression to evaluate.
        monkeypatch.setattr(engine, "run_checked", eval)
        monkeypatch.setattr(engine, "needs", lambda job: {})
        deadly: Any = iter(["__import__('os')._exit(1)"])
        with pytest.raises(DivertError, match="a block ended every worker of tcp"):
            list(found.run(deadly))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("tcp://127.0.0.1:1", "Timed out"),
        ("127.0.0.1", "missing port"),
        ("http://127.0.0.1:1", "unknown address scheme"),
        ("tls://127.0.0.1:1", "check your TLS configuration"),
    ],
)
def test_an_address_without_a_scheduler_is_said(
    address: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 0.5)
    with pytest.raises(DivertError) as caught:
        run_sweep(small(2), tmp_path, 1, address)
    assert str(caught.value).startswith(f"--scheduler: found no Dask scheduler at {address} (")
    assert why in str(caught.value)
    assert str(caught.value).endswith("8786 where `dask scheduler` runs")


@pytest.mark.parametrize(
    "lone", [{"PYTHONPATH": os.pathsep.join(map(str, (HERE.parent, HERE)))}], indirect=True
)
def test_a_worker_that_the_system_gives_no_memory_fails_no_point(
    lone: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real limit (RLIMIT_AS): a block dies of it, its worker four times over, or it for good."""
    monkeypatch.setattr(engine, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(engine, "NO_WORKER_SECONDS", 3.0)
    lone.worker()
    lone.wait_for(1)
    monkeypatch.setattr(engine, "run_checked", starved_job)
    sweep = small(2, set={"firms.scale": 50.0, "period.to": "2017-12", "window.to": "2017-12"})
    said = r"Unable to allocate|ended every worker|found no worker"
    with pytest.raises((MemoryError, DivertError), match=said):
        run_sweep(sweep, tmp_path, 1, lone.address)
    assert read_table(tmp_path / "small").num_rows == 0


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (None, "what is there gave no answer within 1 s"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what is there speaks another protocol"),
        (b"", ""),
    ],
    ids=["silence", "another protocol", "goodbye"],
)
def test_a_service_that_is_no_scheduler_is_said(
    says: bytes | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes connections and says nothing would be waited for without an end."""
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 1.0)
    taken = []

    class Service(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            taken.append(self.client_address)
            if says is None:
                over.wait()
            else:
                self.request.sendall(says)

    over = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.server_address[1]}"
        try:
            with pytest.raises(DivertError) as caught:
                run_sweep(small(2), tmp_path, 1, address)
        finally:
            over.set()
            server.shutdown()
    assert taken
    assert str(caught.value).startswith(f"--scheduler: found no Dask scheduler at {address} (")
    assert why in str(caught.value)
    assert not (tmp_path / "small").exists()


def test_dask_that_is_not_installed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(DivertError, match=r"found no Dask; install it with: pip install 'divert\["):
        run_sweep(small(2), tmp_path, 1, "tcp://127.0.0.1:1")
