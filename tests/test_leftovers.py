"""What killed processes leave: finished or taken away by who comes next, never from the living."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sweep_worlds import call

import sim.calibration.blocks as blocks_module
import sim.experiment.leftovers as leftovers
from sim.calibration.blocks import FinishedBlocks, alone_at_fits
from sim.errors import DivertError
from sim.experiment.leftovers import settle, settled
from sim.experiment.results import check_writable, whole_file, whole_folder
from sim.experiment.stored import must_hold_results

FILES = ("arrays.npz", "manifest.json")


def forked(work: Callable[[], None]) -> int:
    """Run a function in a process of its own and return how it ended."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


def put(target: Path, word: str) -> None:
    """Write a folder of two files that say the same."""
    with whole_folder(target) as folder:
        for name in FILES:
            (folder / name).write_text(word)


def read(target: Path) -> set[str]:
    return {(target / name).read_text() for name in FILES}


def dies_at(call: int, name: str) -> None:
    """Let this process be killed before the `call`-th use of a function of `os`."""
    real, calls = getattr(os, name), iter(range(10**6))

    def used(*words: object, **keys: object) -> object:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*words, **keys)

    setattr(os, name, used)


@pytest.mark.parametrize("name", ["replace", "mkdir", "chmod", "rmdir", "open"])
def test_a_kill_at_any_step_loses_no_result(name: str, tmp_path: Path) -> None:
    """The place is never empty for who reads next, and who writes next leaves nothing beside it."""
    target, killed = tmp_path / "run", 0
    put(target, "old")
    for step in range(20):

        def work(step: int = step) -> None:
            dies_at(step, name)
            put(target, f"new{step}")

        ended = forked(work)
        must_hold_results(target)
        said = read(target)
        assert len(said) == 1
        if ended == 0:
            assert said == {f"new{step}"}
            break
        killed += 1
        check_writable(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["run"]
        assert read(target) == said
    assert killed >= (0 if name in ("rmdir", "chmod") else 1)
    assert ended == 0


def test_a_kill_between_the_moves_goes_forward_to_the_new_result(tmp_path: Path) -> None:
    target = tmp_path / "run"
    put(target, "old")

    def work() -> None:
        dies_at(1, "replace")
        put(target, "new")

    assert forked(work) == -signal.SIGKILL
    assert not target.exists()
    assert read(settled(target)) == {"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("at", ["first", "second"])
def test_an_interrupt_between_the_moves_leaves_a_whole_result(
    at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run"
    put(target, "old")
    real, calls = os.replace, iter((at == "first", True, *[False] * 9))

    def interrupted(*words: str) -> None:
        stop = next(calls)
        if stop and at == "second":
            next(calls)
            raise KeyboardInterrupt
        real(*words)
        if stop:
            for _ in calls:
                pass
            monkeypatch.setattr(os, "replace", real)
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put(target, "new")
    assert len(read(target)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@contextmanager
def writing(target: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a process that holds a scratch folder beside a place."""
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from sim.experiment.results import whole_folder\n"
        "with whole_folder(Path(sys.argv[1])) as folder:\n"
        "    print(folder, flush=True)\n    sys.stdin.read()\n"
        "    (folder / 'done').write_text('all of it')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(target)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_scratch_of_the_living_stays_and_of_the_dead_goes(tmp_path: Path) -> None:
    with writing(tmp_path / "run") as process:
        assert process.stdout is not None
        scratch = Path(process.stdout.readline().strip())
        assert scratch.parent == tmp_path
        check_writable(tmp_path)
        put(tmp_path / "run", "mine")
        assert scratch.is_dir()
        process.kill()
        process.wait()
        assert scratch.is_dir()
        check_writable(tmp_path)
        assert not scratch.exists()
    with writing(tmp_path / "run") as process:
        assert process.stdout is not None
        process.stdout.readline()
        settle(tmp_path)
        process.communicate("")
        assert process.returncode == 0
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["done"]


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    names = (".run-old-20240101", ".run-new-abcdefgh", ".calibration-notes", ".run-new-x.divert")
    for name in names:
        (tmp_path / name / "run").mkdir(parents=True)
    mine = tmp_path / "mine"
    (mine / "run").mkdir(parents=True)
    (tmp_path / ".run-old-abcdefgh.divert").symlink_to(mine)
    before = {path.name for path in tmp_path.iterdir()}
    check_writable(tmp_path)
    with alone_at_fits(tmp_path):
        pass
    assert {path.name for path in tmp_path.iterdir()} == before
    assert (mine / "run").is_dir()


def test_without_locks_results_come_back_and_scratch_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing tells the living from the dead there."""
    monkeypatch.setattr(leftovers, "take_lock", lambda handle: None)
    old = tmp_path / ".run-old-abcdefgh.divert"
    (old / "run").mkdir(parents=True)
    new = tmp_path / ".other-new-abcdefgh.divert"
    new.mkdir()
    assert settled(tmp_path / "run").is_dir()
    assert new.is_dir()
    assert not old.exists()
    put(tmp_path / "run", "new")
    assert read(tmp_path / "run") == {"new"}


def test_a_result_that_is_half_taken_away_does_not_come_back(tmp_path: Path) -> None:
    (tmp_path / ".run-old-abcdefgh.divert" / "run~").mkdir(parents=True)
    settle(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_many_writers_and_readers_at_once_see_whole_results(tmp_path: Path) -> None:
    """Two processes put forty folders and files each, one reads all the while."""
    target, page = tmp_path / "results" / "run", tmp_path / "results" / "page.html"
    pids = []
    for word in ("a", "b"):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                for _ in range(40):
                    check_writable(target.parent)
                    put(target, word)
                    with whole_file(page) as scratch, scratch.open("w") as file:
                        for _ in range(50):
                            file.write(word * 100)
                            file.flush()
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    seen, missed, codes = 0, 0, []
    while pids:
        ended = {pid: os.waitpid(pid, os.WNOHANG) for pid in pids}
        codes += [status for pid, (found, status) in ended.items() if found]
        pids = [pid for pid, (found, _) in ended.items() if not found]
        if page.exists():
            text = page.read_text()
            assert len(text) == 5000
            assert len(set(text)) == 1
            try:
                must_hold_results(target)
                seen += 1
            except DivertError:
                # The next exchange came at the very moment of the second look.
                missed += 1
    assert codes == [0, 0]
    assert seen > 10 * missed
    assert len(read(target)) == 1
    assert sorted(path.name for path in target.parent.iterdir()) == ["page.html", "run"]


# Fits.

FIT = ("calibrate", "--origin", "a", "--particles", "32", "--scale", "0.05", "--keep", "16")


def test_a_second_fit_in_one_folder_is_refused_and_a_dead_one_is_no_bar(tmp_path: Path) -> None:
    lock = tmp_path / ".calibration.lock"
    with alone_at_fits(tmp_path):
        for verb in (FIT, ("validate", "--particles", "32", "--scale", "0.05")):
            result = call(*verb, "--out", tmp_path, "--workers", 1)
            assert result.exit_code == 2
            assert result.stderr == (
                f"divert: {tmp_path}: found another fit at work in this folder; allowed: wait for "
                "it to end, or another --out\n"
            )
    assert not lock.exists()

    def killed() -> None:
        with alone_at_fits(tmp_path):
            os.kill(os.getpid(), signal.SIGKILL)

    assert forked(killed) == -signal.SIGKILL
    assert lock.exists()
    with alone_at_fits(tmp_path):
        pass
    assert not lock.exists()


def test_a_lock_that_was_just_taken_away_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening and locking, who held the file before may end and remove it."""
    real, calls = leftovers.take_lock, iter(range(9))

    def taken(handle: int) -> bool | None:
        if next(calls) == 0:
            (tmp_path / "lock").unlink()
        return real(handle)

    monkeypatch.setattr(leftovers, "take_lock", taken)
    with leftovers.alone(tmp_path / "lock", "another"):
        assert (tmp_path / "lock").exists()
    assert not (tmp_path / "lock").exists()


def test_blocks_of_other_code_go_when_they_are_old_and_ones_own_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(digest: str, days: float) -> Path:
        folder = FinishedBlocks(tmp_path, digest * 64).folder
        (folder / "0.block").write_bytes(b"")
        for path in (*folder.iterdir(), folder):
            os.utime(path, (time.time() - days * 86400.0,) * 2)
        return folder

    own = store("a", 400.0)
    broken = store("e", 400.0)
    (broken / "about.json").write_text("{")
    os.utime(broken / "about.json", (0, 0))
    os.utime(broken, (0, 0))
    with monkeypatch.context() as other:
        other.setattr(blocks_module, "code_digest", lambda: "of another version")
        young, old, older = store("b", 20.0), store("c", 40.0), store("d", 40.0)
    (older / "about.json").unlink()
    os.utime(older, (0, 0))
    with alone_at_fits(tmp_path):
        pass
    assert [path.exists() for path in (own, broken, young, old, older)] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert json.loads((own / "about.json").read_text()).keys() == {"code"}


def test_scratch_of_a_killed_fit_is_swept_and_its_blocks_stay(tmp_path: Path) -> None:
    store = FinishedBlocks(tmp_path, "a" * 64)
    (store.folder / "0.block").write_bytes(b"")
    (store.folder / ".1.block-new-abcdefgh.divert").mkdir()
    FinishedBlocks(tmp_path, "a" * 64)
    assert {path.name for path in store.folder.iterdir()} == {"0.block", "about.json"}


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DivertError, match="cannot be written"), alone_at_fits(tmp_path / "file"):
        np.zeros(1)


def test_a_file_inside_a_folder_that_is_being_written_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is locked by this very process; to wait for it would be to wait in vain."""

    def waited(seconds: float) -> None:
        raise AssertionError(f"waited for {seconds} s")

    monkeypatch.setattr(leftovers.time, "sleep", waited)
    with whole_folder(tmp_path / "result") as folder, whole_file(folder / "table.csv") as file:
        file.write_text("whole")
    assert (tmp_path / "result" / "table.csv").read_text() == "whole"
