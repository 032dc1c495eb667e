"""Hard use: sweeps and fits killed, starved, spoilt and raced at random, then gone on with.

A handful of cases run by default. `DIVERT_SOAK=100` runs 100 sweeps and 20 fits, each with a random
generator of its own from `DIVERT_SOAK_SEED` (2017) and its number, so one case can be run again by
its name. What must hold in every case: it ends with a sentence or a right result, nothing that was
stored whole is made again, nothing is stored twice, and what the same command makes of it in the
end is to the last byte what an undisturbed one makes.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from soak_processes import (
    Fault,
    Process,
    full,
    jumping_clock,
    never_again,
    no_memory,
    other_code,
)
from sweep_worlds import long, write

from sim.sweep.store import read_table

SEED = int(os.environ.get("DIVERT_SOAK_SEED", "2017"))
SWEEPS = int(os.environ.get("DIVERT_SOAK", "0"))

ENDS = {0, 2, 3, 130}
"""Exit codes of a result, a sentence, failed points and Ctrl-C."""


@dataclass
class Work:
    """A command that goes on after a stop: its folder, and what it takes undisturbed."""

    kind: str
    place: Path
    seconds: float = 1.0

    def __post_init__(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        self.out = self.place / "out"
        self.file = write(long(), self.place)

    def begin(self, workers: int, *faults: Fault) -> Process:
        """Start the command."""
        rest = ["--quiet", "--out", str(self.out), "--workers", str(workers)]
        small = ["--origin", "a", "--particles", "32", "--scale", "0.05", "--keep", "16"]
        first = ["sweep", str(self.file)] if self.kind == "sweep" else ["calibrate", *small]
        said = self.place / f"said-{time.monotonic_ns()}"
        return Process(first + rest, said, *faults)

    def stored(self) -> list[Path]:
        """Return the finished blocks on disk."""
        within = "long/parts/*.parquet" if self.kind == "sweep" else ".calibration-*/*.block"
        return sorted(self.out.glob(within))

    def result(self) -> dict[str, object]:
        """Return what must come out the same, by name."""
        if self.kind == "fit":
            tables = sorted((self.out / "calibration-a").glob("*.csv"))
            assert len(tables) == 4
            return {path.name: path.read_bytes() for path in tables}
        parts: dict[str, object] = {path.name: path.read_bytes() for path in self.stored()}
        keys = Counter(
            key for path in self.stored() for key in pq.read_table(path).column("key").to_pylist()
        )
        assert len(keys) == 192
        assert set(keys.values()) == {1}
        return parts | {"table": read_table(self.out / "long").to_pydict()}

    def go_on(self, whole: dict[str, object], spoilt: set[str] | None = None) -> None:
        """Give the same command in peace and hold the result against the undisturbed one."""
        kept = {path for path in self.stored() if path.name not in (spoilt or set())}
        code, text = self.begin(1, never_again(kept)).end()
        assert code == 0, text
        assert self.result() == whole
        # What another version left half written in a folder of its own is not this one's to remove.
        assert self.kind == "fit" or not list(self.out.rglob("*.part"))


def ended(process: Process) -> int:
    """Return the exit code of a process that must end by a sentence or with a result."""
    code, text = process.end()
    assert code in ENDS, (code, text)
    for word in ("Traceback", "went wrong inside"):
        assert word not in text, text
    if code in (2, 130):
        assert text.splitlines()[-1].startswith("divert: "), text
    return code


# What happens: each leaves a folder that the same command goes on from.


def all_killed(work: Work, chance: random.Random) -> None:
    """SIGKILL to parent and workers, up to three times in a row."""
    for _ in range(chance.randint(1, 3)):
        process = work.begin(chance.choice((1, 1, 2)))
        process.ends_within(chance.uniform(0.0, 1.2 * work.seconds))
        process.kill_all()
        process.end()


def parent_killed(work: Work, chance: random.Random) -> None:
    """SIGKILL to the process that was called alone: its workers end by themselves."""
    process = work.begin(2)
    process.ends_within(chance.uniform(0.5, 3.0) * work.seconds)
    workers = process.children()
    process.kill(process.pid)
    process.end()
    for _ in range(1000):
        if not any(Path(f"/proc/{pid}").exists() for pid in workers):
            return
        time.sleep(0.01)
    raise AssertionError("workers outlived their parent")


def worker_killed(work: Work, chance: random.Random) -> None:
    """SIGKILL to one worker, as the system does when memory runs out: it ends by itself."""
    process = work.begin(2)
    process.ends_within(chance.uniform(0.5, 3.0) * work.seconds)
    for pid in process.children()[:1]:
        process.kill(pid)
    assert ended(process) == 0


def interrupted(work: Work, chance: random.Random) -> None:
    """Ctrl-C to the whole group."""
    process = work.begin(chance.choice((1, 1, 2)))
    process.ends_within(chance.uniform(0.1, 1.2) * work.seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 2)
    ended(process)


def disk_full(work: Work, chance: random.Random) -> None:
    """ENOSPC from a random write on."""
    ended(work.begin(1, full(chance)))


def small_disk(work: Work, chance: random.Random) -> None:
    """A disk of a few pages, where it may be mounted; later it has room."""
    with _disk(work.out, 4096 * chance.randint(4, 40)) as mounted:
        ended(work.begin(1))
        left = work.place / "left"
        if mounted:
            shutil.copytree(work.out, left)
    if mounted:
        shutil.rmtree(work.out)
        left.rename(work.out)


@contextmanager
def _disk(folder: Path, size: int) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and not subprocess.run(words, capture_output=True).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def folder_removed(work: Work, chance: random.Random) -> None:
    """The folder goes while the command is at work in it; it must not come half back."""
    process = work.begin(1)
    process.ends_within(chance.uniform(0.1, 1.0) * work.seconds)
    for _ in range(100):
        shutil.rmtree(work.out, ignore_errors=True)
        if not work.out.exists():
            break
    code = ended(process)
    assert code != 0 or work.kind == "fit" or not work.out.exists() or len(work.stored()) == 6


def clock_jumps(work: Work, chance: random.Random) -> None:
    """Every look at the clock is another year."""
    assert ended(work.begin(1, jumping_clock(chance))) == 0


def memory_out(work: Work, chance: random.Random) -> None:
    """A model finds no memory: an end by a sentence, never a failed row."""
    assert ended(work.begin(1, no_memory(chance))) in (0, 2)


def two_at_once(work: Work, chance: random.Random) -> None:
    """The same command twice in one folder: one of them goes through."""
    first = work.begin(1)
    first.ends_within(chance.choice((0.0, chance.uniform(0.0, work.seconds))))
    second = work.begin(1)
    assert 0 in {ended(first), ended(second)}


def upgraded(work: Work, chance: random.Random) -> None:
    """Another version finds what this one left: a sentence, or all from the start elsewhere."""
    _stopped(work, chance)
    there = bool(work.stored())
    if work.kind == "sweep":
        assert not there or ended(work.begin(1, other_code)) == 2
    else:
        before = {path: path.read_bytes() for path in work.stored()}
        other = work.begin(1, other_code)
        other.ends_within(chance.uniform(0.1, 0.8) * work.seconds)
        other.kill_all()
        other.end()
        assert before.items() <= {p: p.read_bytes() for p in work.stored()}.items()


def _stopped(work: Work, chance: random.Random) -> None:
    """Kill the command after its first block."""
    process = work.begin(1)
    process.ends_within(chance.uniform(0.3, 1.0) * work.seconds)
    process.kill_all()
    process.end()


def corrupted(work: Work, chance: random.Random) -> set[str]:
    """A file of a stopped or finished command is cut, emptied, overwritten or has bits flipped."""
    if chance.random() < 0.3:
        assert ended(work.begin(1)) == 0
    else:
        _stopped(work, chance)
    files = [
        path for path in sorted(work.out.rglob("*"))
        if path.is_file() and path.name != ".lock" and "calibration-a" not in path.parts
    ]  # fmt: skip
    if not files:
        return set()
    path = chance.choice(files)
    data = bytearray(path.read_bytes())
    how = chance.choice(("cut", "flip", "flip", "flip", "noise", "empty"))
    if how == "flip" and data:
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif how == "noise":
        data = bytearray(chance.randbytes(len(data)))
    else:
        data = data[: chance.randrange(len(data) + 1) if how == "cut" else 0]
    path.write_bytes(data)
    if work.kind == "sweep":
        said = work.place / "status"
        assert ended(Process(["sweep-status", str(work.out / "long")], said)) in (0, 2)
        if path.name == "manifest.json" and ended(work.begin(1)) == 2:
            # Nothing says whose parts these are: as the sentence says, they are left.
            shutil.rmtree(work.out)
    return {path.name}


CASES: tuple[Callable[[Work, random.Random], set[str] | None], ...] = (
    all_killed, corrupted, disk_full, folder_removed, memory_out, worker_killed, interrupted,
    two_at_once, upgraded, clock_jumps, small_disk, parent_killed,
)  # fmt: skip
FEW = {"sweep": (1, 3, 4, 8), "fit": (1,)}
"""Cases of the default run: those that need no second process and little time."""


def _numbers(kind: str) -> list[str]:
    """Return the names of the cases to run: their number, then what happens."""
    count = SWEEPS if kind == "sweep" else SWEEPS // 5
    chosen = range(count) if SWEEPS else FEW[kind]
    return [f"{i}-{CASES[i % len(CASES)].__name__}" for i in chosen]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[float, dict]]:
    """Return seconds and result of a command left in peace, by kind."""
    known: dict[str, tuple[float, dict]] = {}

    def of(kind: str) -> tuple[float, dict]:
        if kind not in known:
            work, begun = Work(kind, tmp_path_factory.mktemp(kind)), time.monotonic()
            assert ended(work.begin(1)) == 0
            known[kind] = time.monotonic() - begun, work.result()
        return known[kind]

    return of


def _case(kind: str, name: str, place: Path, undisturbed: Callable) -> None:
    number = int(name.split("-")[0])
    seconds, whole = undisturbed(kind)
    work = Work(kind, place, seconds)
    spoilt = CASES[number % len(CASES)](work, random.Random(f"{SEED} {kind} {number}"))
    work.go_on(whole, spoilt)


@pytest.mark.parametrize("name", _numbers("sweep"))
def test_a_sweep_comes_through(name: str, tmp_path: Path, undisturbed: Callable) -> None:
    _case("sweep", name, tmp_path, undisturbed)


@pytest.mark.parametrize("name", _numbers("fit"))
def test_a_fit_comes_through(name: str, tmp_path: Path, undisturbed: Callable) -> None:
    _case("fit", name, tmp_path, undisturbed)
