"""What may happen to a sweep: kills, Ctrl-C, points that fail, full disks, broken files, others."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sweep_worlds import (
    CHINA,
    FEW,
    PENALTY,
    call,
    long,
    sentence,
    starved_job,
    swept,
    tiny,
    write,
)

import sim.sweep.block as block_module
import sim.sweep.engine as engine_module
import sim.sweep.forecast as forecast_module
import sim.sweep.plan as plan_module
from sim.errors import DivertError
from sim.model import SanctionsModel
from sim.sweep.command import run_sweep
from sim.sweep.file import Sweep
from sim.sweep.plan import plan_of
from sim.sweep.store import Store, read_table

# Kills.


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> pa.Table:
    """The table of the long sweep, run in this process and left in peace."""
    return swept(long(), tmp_path_factory.mktemp("undisturbed"))


class Running:
    """A `divert sweep` of the long sweep in processes of its own."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.file, self.out = write(long(), folder), folder / "out"
        self.parts = self.out / "long" / "parts"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sim", "sweep", str(self.file), "--out", str(self.out),
             "--workers", str(workers)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def workers(self) -> list[int]:
        """Return the worker processes."""
        at = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in at.read_text().split() if b"spawn_main" in _command(int(pid))]

    def until_stored(self) -> None:
        """Wait until a first block lies on disk, and look that it was not the last."""
        _until(lambda: any(self.parts.glob("*.parquet")))
        assert len(list(self.parts.glob("*.parquet"))) < 6

    def go_on(self) -> pa.Table:
        """Give the same command again and return the table."""
        result = call("sweep", self.file, "--out", self.out, "--workers", 1)
        assert result.exit_code == 0, result.output
        assert "Went on from " in result.stdout
        return read_table(self.out / "long")


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _gone(pid: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def _until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def test_a_killed_sweep_goes_on_with_nothing_lost_and_nothing_twice(
    undisturbed: pa.Table, tmp_path: Path
) -> None:
    """kill -9 of the process that was called: its workers end, the same command goes on."""
    running = Running(tmp_path, 2)
    running.until_stored()
    workers = running.workers()
    running.process.kill()
    running.process.communicate()
    assert len(workers) == 2
    _until(lambda: all(map(_gone, workers)))
    table = running.go_on()
    assert table.equals(undisturbed)
    keys = table.column("key").to_pylist()
    assert len(set(keys)) == len(keys) == 192


def test_a_sweep_whose_worker_is_killed_ends_by_itself(
    undisturbed: pa.Table, tmp_path: Path
) -> None:
    """kill -9 of a worker in the middle, as when memory runs out."""
    running = Running(tmp_path, 2)
    running.until_stored()
    os.kill(running.workers()[0], signal.SIGKILL)
    text, errors = running.process.communicate(timeout=60)
    assert running.process.returncode == 0, errors
    assert "192 runs" in text
    assert "Traceback" not in errors
    assert read_table(running.out / "long").equals(undisturbed)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_sweep_says_so_and_goes_on(
    workers: int, undisturbed: pa.Table, tmp_path: Path
) -> None:
    """Ctrl-C reaches every process of the group: one sentence, code 130, a folder that is whole."""
    running = Running(tmp_path, workers)
    running.until_stored()
    children = running.workers()
    os.killpg(running.process.pid, signal.SIGINT)
    _, errors = running.process.communicate(timeout=60)
    assert running.process.returncode == 130
    assert errors.splitlines()[-1] == (
        "divert: interrupted; what is finished is kept: the same command goes on from there"
    )
    assert "Traceback" not in errors
    _until(lambda: all(map(_gone, children)))
    folder = running.out / "long"
    assert list(folder.rglob("*.part")) == []
    assert 32 <= read_table(folder).num_rows < 192
    assert running.go_on().equals(undisturbed)


def test_a_sweep_ended_by_a_queue_says_so_and_goes_on(
    undisturbed: pa.Table, tmp_path: Path
) -> None:
    """SIGTERM to the whole group, as when the time of a job on a cluster is over."""
    running = Running(tmp_path, 2)
    running.until_stored()
    children = running.workers()
    os.killpg(running.process.pid, signal.SIGTERM)
    _, errors = running.process.communicate(timeout=60)
    assert running.process.returncode == 143
    assert errors.splitlines()[-1] == (
        "divert: ended from outside (SIGTERM); what is finished is kept: the same command goes on "
        "from there"
    )
    assert "Traceback" not in errors
    _until(lambda: all(map(_gone, children)))
    assert running.go_on().equals(undisturbed)


@pytest.mark.parametrize("delay", [0.0, 0.06, 0.15])
def test_an_interrupt_while_workers_start_is_one_sentence_too(delay: float, tmp_path: Path) -> None:
    """Processes that are just being born leave Ctrl-C to the one that was called."""
    running = Running(tmp_path, 2)
    _until(lambda: len(running.workers()) == 2)
    time.sleep(delay)
    os.killpg(running.process.pid, signal.SIGINT)
    _, errors = running.process.communicate(timeout=60)
    assert running.process.returncode == 130
    assert errors.count("\n") == 1, errors


# Points that fail.


def test_a_point_whose_scenario_is_wrong_is_a_row_that_says_so(tmp_path: Path) -> None:
    """The others run; the exit code is 3, also when there is nothing left to do."""
    path = write(tiny(factors=[{**CHINA, "values": [0.3, 1.5, 0.9]}]), tmp_path)
    for _ in range(2):
        result = call("sweep", path, "--out", tmp_path, "--workers", 1)
        assert result.exit_code == 3, result.output
        assert "1 point cannot be run, the first because: actors.China" in result.stdout
        assert "2 failed" in result.stdout
    rows = read_table(tmp_path / "tiny").to_pylist()
    assert [row["status"] for row in rows] == ["ok"] * 2 + ["failed"] * 2 + ["ok"] * 2
    said = "actors.China.enforcement.value: found 1.5; allowed: a share from 0 to 1"
    assert [row["message"] for row in rows[2:4]] == [said] * 2
    assert rows[2]["loss"] is None
    status = call("sweep-status", tmp_path / "tiny")
    assert "6 of 6 runs (100 %), 2 failed" in status.stdout
    assert f"2 failed: {said}" in " ".join(status.stdout.split())


def test_dates_out_of_range_fail_alone_and_a_sweep_without_a_good_point_is_refused(
    tmp_path: Path,
) -> None:
    key = {"key": "tightening_from", "values": ["2016-03", "2031-01", "2014-02"]}
    rows = swept(tiny(factors=[key], set=FEW), tmp_path).to_pylist()
    assert [row["message"][:30] for row in rows[2::2]] == [
        "tightening_from: found '2031-0", "tightening_from: found 2014-02",
    ]  # fmt: skip
    path = write(tiny(factors=[{**key, "values": ["2031-01"]}], set=FEW), tmp_path)
    found = sentence(call("sweep", path, "--out", tmp_path / "none"))
    assert found.startswith("no point of the sweep can be run; the first: tightening_from: found")
    assert not (tmp_path / "none").exists()


def test_many_wrong_points_take_few_files(tmp_path: Path) -> None:
    factor = {**CHINA, "values": [0.5, *(1.0 + i for i in range(1, 1500))]}
    folder = run_sweep(tiny(factors=[factor], members=1), tmp_path, 1).folder
    assert read_table(folder).column("status").to_pylist().count("failed") == 1499
    assert len(list((folder / "parts").iterdir())) == 3


@pytest.fixture
def broken(monkeypatch) -> dict[str, bool]:
    """Make the model raise for points with the largest penalty, until it is said to be mended."""
    state = {"on": True}
    run = SanctionsModel.run

    def failing(model: Any, *words: Any) -> Any:
        if state["on"] and (model.inputs.par["penalty"] == 5.0).any():
            raise FloatingPointError("overflow\nin the market")
        return run(model, *words)

    monkeypatch.setattr(SanctionsModel, "run", failing)
    return state


def test_a_point_that_fails_in_the_model_fails_alone_and_is_tried_again_when_asked(
    broken: dict[str, bool], tmp_path: Path
) -> None:
    """Its neighbours in the block have the numbers they have without it."""
    sweep = tiny(factors=[{**PENALTY, "levels": 4}], set=FEW)
    words = ("sweep", write(sweep, tmp_path), "--out", tmp_path / "a", "--workers", 1)
    assert call(*words).exit_code == 3
    rows = read_table(tmp_path / "a" / "tiny").to_pylist()
    assert [row["status"] for row in rows] == ["ok"] * 6 + ["failed"] * 2
    assert rows[-1]["message"] == "overflow in the market"
    assert "2 failed: overflow in the market" in call("sweep-status", tmp_path / "a/tiny").stdout
    ledgers = [json.loads(p.read_text()) for p in (tmp_path / "a/tiny/ledger").iterdir()]
    assert ledgers[0]["failed"] == {row["key"]: "overflow in the market" for row in rows[-2:]}

    broken["on"] = False
    again = call(*words)
    assert again.exit_code == 3
    assert "0 runs in 0 s, 2 failed." in again.stdout
    mended = call(*words, "--retry-failed")
    assert mended.exit_code == 0, mended.output
    assert "Went on from 6 runs that were stored before." in mended.stdout
    assert read_table(tmp_path / "a" / "tiny").equals(swept(sweep, tmp_path / "b"))


# Disks and folders.


@contextmanager
def _full_after(files: int, monkeypatch, where: Any, name: str) -> Iterator[None]:
    """Let a function fail as on a full disk from its `files`-th call on."""
    real, calls = getattr(where, name), iter(range(10**6))

    def full(*words: Any, **keys: Any) -> Any:
        if next(calls) >= files:
            raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space")
        return real(*words, **keys)

    with monkeypatch.context() as patched:
        patched.setattr(where, name, full)
        yield


@pytest.mark.parametrize(
    ("where", "name", "files", "workers"),
    [(pq, "write_table", 4, 1), (os, "replace", 7, 1), (pq, "write_table", 3, 2)],
)
def test_a_full_disk_is_said_and_loses_nothing_that_was_finished(
    where: Any, name: str, files: int, workers: int, undisturbed: pa.Table, tmp_path: Path,
    monkeypatch,
) -> None:  # fmt: skip
    """The disk fills up in the third or fourth block; when there is room again it goes on."""
    words = ("sweep", write(long(), tmp_path), "--out", tmp_path, "--quiet", "--workers")
    with _full_after(files, monkeypatch, where, name):
        found = sentence(call(*words, workers))
    assert str(tmp_path / "long") in found
    assert found.endswith(
        "the file cannot be written (No space left on device); blocks stored before are kept, and "
        "the same command goes on from there"
    )
    assert list((tmp_path / "long").rglob("*.part")) == []
    assert read_table(tmp_path / "long").num_rows in (64, 96)
    assert call(*words, 1).exit_code == 0
    assert read_table(tmp_path / "long").equals(undisturbed)


def test_a_write_that_the_system_cuts_short_leaves_no_part(tmp_path: Path, monkeypatch) -> None:
    """A limit on the size of files, kept by the system itself: half a part is no part."""
    sweep = tiny(factors=[{**PENALTY, "levels": 8}], set=FEW)
    plan = plan_of(sweep)
    put = Store.put
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def cut_short(store: Store, rows: Any) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            put(store, rows)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    path = write(sweep, tmp_path)
    monkeypatch.setattr(Store, "put", cut_short)
    found = sentence(call("sweep", path, "--out", tmp_path, "--workers", 1))
    assert "the file cannot be written (File too large); blocks stored before are kept" in found
    assert list((tmp_path / "tiny" / "parts").iterdir()) == []
    assert read_table(tmp_path / "tiny").num_rows == 0
    monkeypatch.undo()
    assert swept(sweep, tmp_path).num_rows == plan.runs


@pytest.mark.parametrize("out", ["/dev/null/x", "file"])
def test_a_folder_that_cannot_be_made_is_said_before_any_work(
    out: str, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(block_module, "run_job", None)
    found = sentence(call("sweep", write(tiny(), tmp_path), "--out", out))
    assert "the results folder cannot be written (" in found
    assert found.endswith("name another one with --out")


def test_a_folder_that_may_only_be_read_is_said_before_any_work(
    tmp_path: Path, monkeypatch
) -> None:
    """A sweep that lies on a disk mounted read-only can be looked at and not gone on with."""
    path = write(tiny(), tmp_path)
    assert call("sweep", path, "--out", tmp_path, "--workers", 1).exit_code == 0
    real = Path.open

    def read_only(self: Path, mode: str = "r", *words: Any, **keys: Any) -> Any:
        if set(mode) & set("wax+"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(self, mode, *words, **keys)

    monkeypatch.setattr(Path, "open", read_only)
    found = sentence(call("sweep", path, "--out", tmp_path))
    assert "the results folder cannot be written (Read-only file system); name another" in found
    assert "12 of 12 runs" in call("sweep-status", tmp_path / "tiny").stdout


def test_a_disk_without_room_is_said_before_any_work(tmp_path: Path, monkeypatch) -> None:
    little = SimpleNamespace(free=10_000)
    monkeypatch.setattr(forecast_module.shutil, "disk_usage", lambda place: little)
    found = sentence(call("sweep", write(long(), tmp_path), "--out", tmp_path))
    assert "MB and the disk has 0.01 MB free; name another place with --out, or sweep" in found
    assert not (tmp_path / "long").exists()


# Files that are broken or not this sweep's.


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    """Change one bit of the numbers of the last column."""
    data = bytearray(path.read_bytes())
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(0).column(file.metadata.num_columns - 1)
    data[column.data_page_offset + column.total_compressed_size - 4] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [_truncate, _flip, lambda path: path.write_bytes(b"")])
def test_a_broken_part_counts_as_not_done_and_is_made_again(
    spoil: Callable[[Path], None], undisturbed: pa.Table, tmp_path: Path
) -> None:
    """Half a file, a flipped bit, an empty file: read past, and made again."""
    sweep = long()
    run_sweep(sweep, tmp_path, 1)
    part = sorted((tmp_path / "long" / "parts").iterdir())[2]
    spoil(part)
    assert read_table(tmp_path / "long").num_rows == 160
    assert "160 of 192 runs" in call("sweep-status", tmp_path / "long").stdout
    done = run_sweep(sweep, tmp_path, 1)
    assert (done.runs, done.found) == (32, 160)
    assert read_table(tmp_path / "long").equals(undisturbed)


def test_broken_points_ledgers_and_series_are_made_again_or_read_past(tmp_path: Path) -> None:
    sweep = tiny(factors=[{**PENALTY, "levels": 2}], set=FEW, monthly=["reserves"])
    before = swept(sweep, tmp_path)
    folder = tmp_path / "tiny"
    for name in ("points.parquet", "monthly", "ledger"):
        at = folder / name
        _truncate(at if at.is_file() else next(at.iterdir()))
    with pytest.raises(DivertError, match="found no points that can be read; the same `divert"):
        read_table(folder)
    assert "4 of 4 runs" in call("sweep-status", folder).stdout
    done = run_sweep(sweep, tmp_path, 1)
    assert done.runs == 4
    assert read_table(folder).equals(before)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A finished sweep of two points, and its file."""
    folder = tmp_path_factory.mktemp("small")
    swept(tiny(factors=[{**PENALTY, "levels": 2}], set=FEW), folder)
    write(tiny(factors=[{**PENALTY, "levels": 2}], set=FEW), folder)
    return folder


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("text", ["{", "[]", '{"digest": "x"}', "\xff", None])
def test_a_broken_manifest_is_written_again(
    text: str | None, copy: bool, small: Path, tmp_path: Path
) -> None:
    """From its copy, and without one from the keys of the parts; nothing is run again."""
    shutil.copytree(small, tmp_path, dirs_exist_ok=True)
    folder, manifest = tmp_path / "tiny", tmp_path / "tiny" / "manifest.json"
    before = manifest.read_bytes()
    manifest.unlink() if text is None else manifest.write_bytes(text.encode("latin-1"))
    if not copy:
        (folder / "manifest-copy.json").unlink()
    if copy:
        assert "4 of 4 runs" in call("sweep-status", folder).stdout
    elif text is None:
        assert "found no sweep here (No such file" in sentence(call("sweep-status", folder))
    else:
        found = sentence(call("sweep-status", folder))
        assert found.startswith(f"{manifest}: found what is no manifest of a sweep; allowed: ")
        assert "the same `divert sweep` writes it again if the parts prove" in found
    again = call("sweep", tmp_path / "tiny.yaml", "--out", tmp_path, "--workers", 1)
    assert "0 runs in 0 s" in again.stdout
    assert manifest.read_bytes() == before
    assert (folder / "manifest-copy.json").read_bytes() == (
        small / "tiny" / "manifest-copy.json"
    ).read_bytes()


def test_a_flipped_digest_in_a_manifest_is_told_by_its_copy(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small, tmp_path, dirs_exist_ok=True)
    manifest = tmp_path / "tiny" / "manifest.json"
    before = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(before | {"digest": "0" + before["digest"][1:]}))
    words = ("sweep", tmp_path / "tiny.yaml", "--out", tmp_path, "--workers", 1)
    assert "0 runs in 0 s" in call(*words).stdout
    assert json.loads(manifest.read_text()) == before
    copy = tmp_path / "tiny" / "manifest-copy.json"
    copy.write_text(copy.read_text().replace('"points": 2', '"points": 3'))
    assert "0 runs in 0 s" in call(*words).stdout
    assert '"points": 2' in copy.read_text()


@pytest.mark.parametrize("manifest", ["{", None])
@pytest.mark.parametrize("keys", [{"seed": 1}, {"outputs": ["loss"]}, {"members": 3}])
def test_parts_of_another_sweep_are_not_taken_for_ones_own(
    keys: dict[str, Any], manifest: str | None, small: Path, tmp_path: Path
) -> None:
    """Without manifest and copy the keys of the parts tell them."""
    shutil.copytree(small, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "tiny"
    (folder / "manifest-copy.json").unlink()
    (folder / "manifest.json").write_text(manifest or "")
    if manifest is None:
        (folder / "manifest.json").unlink()
    path = write(tiny(factors=[{**PENALTY, "levels": 2}], set=FEW, **keys), tmp_path)
    found = sentence(call("sweep", path, "--out", tmp_path, "--workers", 1))
    assert "found the parts of another sweep" in found


def test_parts_that_a_file_of_draws_stands_behind_prove_nothing(
    finished: Path, tmp_path: Path
) -> None:
    """Keys do not hold its content; the copy does, so both must be gone for it to matter."""
    path = write(_changes(finished)["nothing"](), tmp_path)
    shutil.copytree(finished / "tiny", tmp_path / "tiny")
    words = ("sweep", path, "--out", tmp_path, "--workers", 1)
    (tmp_path / "tiny" / "manifest.json").write_text("{")
    assert "0 runs in 0 s" in call(*words).stdout
    for name in ("manifest.json", "manifest-copy.json"):
        (tmp_path / "tiny" / name).write_text("{")
    found = sentence(call(*words))
    assert "which content of the scenario's file of draws they were made with" in found


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A run may have the name of a sweep."""
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "manifest.json").write_text('{"divert": "1"}')
    path = write(tiny(factors=[{**PENALTY, "levels": 2}], set=FEW), tmp_path)
    found = sentence(call("sweep", path, "--out", tmp_path, "--workers", 1))
    assert "found what is no manifest of a sweep; allowed: " in found
    assert (tmp_path / "tiny" / "manifest.json").read_text() == '{"divert": "1"}'


def _changes(folder: Path) -> dict[str, Callable[[], Sweep]]:
    """Return the sweep after what may change behind it, by name."""
    own, draws = folder / "own.yaml", folder / "draws.csv"

    def again(**keys: Any) -> Sweep:
        values = {"factors": [{**PENALTY, "levels": 2}], "scenario": str(own), "set": FEW}
        return tiny(**values | keys)

    def scenario() -> Sweep:
        own.write_text(own.read_text().replace("season: false", "season: true"))
        return again()

    def file_of_draws() -> Sweep:
        text = draws.read_text().splitlines()
        first = text[1].split(",")
        first[text[0].split(",").index("evasion_cost")] = "0.123"
        draws.write_text("\n".join([text[0], ",".join(first), *text[2:]]) + "\n")
        return again()

    return {
        "nothing": again,
        "the scenario": scenario,
        "the draws": file_of_draws,
        "a level": lambda: again(factors=[{**PENALTY, "levels": 2, "high": 4.0}]),
        "an output": lambda: again(outputs=["loss", "offset", "gross"]),
        "the members": lambda: again(members=3),
        "the seed": lambda: again(seed=1),
        "random numbers": lambda: again(independent=True),
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A folder with a scenario, draws, and a finished sweep of both."""
    folder = tmp_path_factory.mktemp("finished")
    text = resources.files("sim.data").joinpath("evidence", "draws.csv").read_text()
    (folder / "draws.csv").write_text(text)
    (folder / "own.yaml").write_text(
        f"extends: historical\nseason: false\nparameters: {{draws: {folder / 'draws.csv'}}}\n"
    )
    run_sweep(_changes(folder)["nothing"](), folder, 1)
    return folder


@pytest.mark.parametrize(
    "what",
    ["a level", "an output", "the members", "the seed", "random numbers", "the scenario",
     "the draws"],
)  # fmt: skip
def test_a_sweep_that_has_changed_never_mixes_with_its_old_parts(
    what: str, finished: Path, tmp_path: Path
) -> None:
    """It is refused where they lie and runs elsewhere; said also before a dry run."""
    kept = {p.name: p.read_text() for p in finished.iterdir() if p.is_file()}
    try:
        path = write(_changes(finished)[what](), tmp_path)
        for dry in ((), ("--dry-run",)):
            found = sentence(call("sweep", path, "--out", finished, "--workers", 1, *dry))
            assert found == (
                f"{finished / 'tiny'}: found the parts of another sweep, or of this one before its "
                "file, its scenario, the data or divert itself changed; allowed: another --out, or "
                "another `name` in the sweep file"
            )
        assert call("sweep", path, "--out", tmp_path, "--workers", 1).exit_code == 0
    finally:
        for name, text in kept.items():
            (finished / name).write_text(text)


def test_a_sweep_with_other_code_is_refused(finished: Path, tmp_path: Path, monkeypatch) -> None:
    path = write(_changes(finished)["nothing"](), tmp_path)
    assert call("sweep", path, "--out", finished, "--workers", 1).exit_code == 0
    monkeypatch.setattr(plan_module, "code_digest", lambda: "of another version")
    assert "or divert itself changed" in sentence(call("sweep", path, "--out", finished))


def test_two_sweeps_at_once_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second one is refused while the first is at work, and goes on after it."""
    sweep = tiny(factors=[{**PENALTY, "levels": 2}], set=FEW)
    path = write(sweep, tmp_path)
    with Store(tmp_path / "tiny", plan_of(sweep)).open():
        found = sentence(call("sweep", path, "--out", tmp_path, "--workers", 1))
        assert "found another `divert sweep` at work in this folder" in found
    assert call("sweep", path, "--out", tmp_path, "--workers", 1).exit_code == 0


def test_a_scratch_file_is_no_part_and_is_swept_away(tmp_path: Path) -> None:
    """What a killed process left half written is neither read nor kept."""
    sweep = tiny(factors=[{**PENALTY, "levels": 2}], set=FEW)
    folder = run_sweep(sweep, tmp_path, 1).folder
    before = read_table(folder)
    left = folder / "parts" / ".0123.parquet.part"
    left.write_bytes(b"half")
    assert read_table(folder).equals(before)
    run_sweep(sweep, tmp_path, 1)
    assert not left.exists()


@pytest.mark.parametrize("moved", [False, True])
def test_a_folder_removed_or_moved_under_a_sweep_stays_away(moved: bool, tmp_path: Path) -> None:
    """Parts written on would lie in a folder that no manifest speaks for."""
    folder, path = tmp_path / "long", write(long(), tmp_path)

    def gone(share: float) -> None:
        if folder.exists():
            shutil.move(folder, tmp_path / "away") if moved else shutil.rmtree(folder)

    with pytest.raises(DivertError, match="found the folder removed or moved while the sweep"):
        run_sweep(long(), tmp_path, 1, report=gone)
    assert not folder.exists()
    if moved:
        shutil.move(tmp_path / "away", folder)
    result = call("sweep", path, "--out", tmp_path, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert ("Went on from 32 runs" in result.stdout) == moved


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 9.31 GiB"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
        ImportError("libx.so: failed to map segment from shared object"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_memory_that_runs_out_ends_a_sweep_and_fails_no_point(
    error: Exception, tmp_path: Path, monkeypatch
) -> None:
    """Stored as failed, runs would count as finished when there is memory again."""

    def none(*words: Any) -> None:
        raise error

    sweep = tiny(factors=[{**PENALTY, "levels": 2}], set=FEW)
    words = ("sweep", write(sweep, tmp_path), "--out", tmp_path, "--workers", 1)
    with monkeypatch.context() as patched:
        patched.setattr(SanctionsModel, "run", none)
        assert sentence(call(*words)) == (
            "memory ran out; try fewer --workers, members or firms; what is finished is kept: the "
            "same command goes on from there"
        )
    assert read_table(tmp_path / "tiny").num_rows == 0
    assert call(*words).exit_code == 0


def test_workers_that_the_system_gives_no_memory_fail_no_point(tmp_path: Path, monkeypatch) -> None:
    """A real limit (RLIMIT_AS): NumPy finds no room in a worker, or the worker dies of it."""
    sweep = tiny(factors=[{**PENALTY, "levels": 2}], set=FEW | {"firms.scale": 20.0}, members=1)
    words = ("sweep", write(sweep, tmp_path), "--out", tmp_path, "--workers", 2)
    monkeypatch.setattr(engine_module, "run_job", starved_job)
    found = sentence(call(*words))
    assert found.startswith(("memory ran out; try fewer --workers", "worker processes ended"))
    assert read_table(tmp_path / "tiny").num_rows == 0
    assert "0 of 2 runs (0 %), 0 failed" in call("sweep-status", tmp_path / "tiny").stdout


def test_flipped_points_manifests_and_ledgers_are_written_again_or_read_past(
    tmp_path: Path,
) -> None:
    """Files that can be read and hold other values, or a name of a column that is no text."""
    sweep = tiny(factors=[{**PENALTY, "levels": 2}], set=FEW)
    before, folder = swept(sweep, tmp_path), tmp_path / "tiny"
    points = pq.read_table(folder / "points.parquet")
    pq.write_table(points.set_column(1, points.field(1), pa.array([7.0, 8.0])),
                   folder / "points.parquet")  # fmt: skip
    manifest, ledger = folder / "manifest.json", next((folder / "ledger").iterdir())
    manifest.write_text(manifest.read_text().replace('"runs": 4', '"runs": 5'))
    ledger.write_text(ledger.read_text().replace('"seconds"', '"secondt"'))
    assert "4 of 5 runs" in call("sweep-status", folder).stdout
    run_sweep(sweep, tmp_path, 1)
    assert read_table(folder).equals(before)
    assert '"runs": 4' in manifest.read_text()
    part = next((folder / "parts").iterdir())
    part.write_bytes(part.read_bytes().replace(b"loss", b"lo\xffs"))
    assert run_sweep(sweep, tmp_path, 1).runs == 4
    assert read_table(folder).equals(before)
    manifest.write_text(manifest.read_text().replace('"loss"', '"lost"'))
    (folder / "manifest-copy.json").unlink()
    found = sentence(call("sweep-status", folder))
    assert found.startswith(f"{manifest}: found what is no manifest of a sweep; allowed: ")
