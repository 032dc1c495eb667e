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
    SECONDS,
    Cluster,
    Fault,
    Process,
    full,
    jumping_clock,
    never_again,
    no_memory,
    other_code,
    starve,
)
from sweep_worlds import long, write

from sim.sweep.store import read_table

from clusters import until

SEED = int(os.environ.get("DIVERT_SOAK_SEED", "2017"))
SWEEPS = int(os.environ.get("DIVERT_SOAK", "0"))

ENDS = {0, 2, 3, 130, 143}
"""Exit codes of a result, a sentence, failed points, Ctrl-C and SIGTERM."""

SEEN: Counter[tuple[str, str, int]] = Counter()
"""How often what was done to which command ended how."""


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

    def begin(self, workers: int, *faults: Fault, cluster: Cluster | None = None) -> Process:
        """Start the command."""
        rest = ["--quiet", "--out", str(self.out), "--workers", str(workers)]
        rest += ["--scheduler", cluster.address] if cluster is not None else []
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
        left = [*self.out.rglob("*.part"), *self.out.rglob(".*.divert")]
        assert not [path for path in left if ".calibration-" not in path.parent.name]


def ended(process: Process, quiet: bool = True) -> int:
    """Return the exit code of a process that must end by a sentence or with a result.

    Where it is not `quiet`, workers may say what they died of.
    """
    code, text = process.end()
    assert code in ENDS, (code, text)
    for word in ("Traceback",) * quiet + ("went wrong inside",):
        assert word not in text, text
    if code in (2, 130, 143):
        assert text.splitlines()[-1].startswith("divert: "), text
    codes.append(code)
    return code


codes: list[int] = []
"""Exit codes of the case at hand, but for those of killed processes."""


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


def starved(work: Work, chance: random.Random) -> None:
    """The one process gets no more memory from the system at a random moment.

    Where a library ends the process for it, no sentence can be said: a kill like another.
    """
    process = work.begin(1)
    process.ends_within(chance.choice((0.2, 1.0)) * chance.random() * work.seconds)
    starve(process.pid, chance)
    if not process.died():
        ended(process, quiet=False)


def starved_worker(work: Work, chance: random.Random) -> None:
    """Workers get no more memory: one that dies is replaced, else it ends by a sentence."""
    process = work.begin(2)
    until(lambda: process.children() or process.ends_within(0.0), SECONDS)
    process.ends_within(chance.choice((0.5, 3.0)) * chance.random() * work.seconds)
    for pid in process.children()[: chance.randint(1, 2)]:
        starve(pid, chance)
    assert ended(process, quiet=False) in (0, 2)


def terminated(work: Work, chance: random.Random) -> None:
    """SIGTERM to the process alone, or to the whole group as queues of clusters give it."""
    process = work.begin(chance.choice((1, 1, 2)))
    process.ends_within(chance.uniform(0.1, 1.2) * work.seconds)
    with suppress(ProcessLookupError):
        chance.choice((os.kill, os.killpg))(process.pid, 15)
    ended(process)


@contextmanager
def clustered(work: Work, chance: random.Random) -> Iterator[tuple[Cluster, Process]]:
    """Give a cluster and the command at work on it for a random while."""
    cluster = Cluster(work.place / "cluster")
    try:
        process = work.begin(1, cluster=cluster)
        begun = work.place / "out" / "long" / "points.parquet"
        until(lambda: begun.exists() or process.ends_within(0.0), SECONDS)
        process.ends_within(chance.uniform(0.0, 1.0) * work.seconds)
        yield cluster, process
    finally:
        cluster.end()


def cluster_worker_killed(work: Work, chance: random.Random) -> None:
    """SIGKILL to a worker of a Dask cluster, with its nanny or without: the sweep goes through."""
    with clustered(work, chance) as (cluster, process):
        if chance.random() < 0.5:
            cluster.kill(cluster.workers[0])
        else:
            for pid in cluster.at_work()[:1]:
                process.kill(pid)
        assert ended(process) == 0


def cluster_scheduler_killed(work: Work, chance: random.Random) -> None:
    """SIGKILL to the scheduler: a sentence."""
    with clustered(work, chance) as (cluster, process):
        cluster.kill(cluster.scheduler)
        assert ended(process) in (0, 2)


def cluster_parent_killed(work: Work, chance: random.Random) -> None:
    """SIGKILL to the command, whose cluster lives on: given there again, it goes through."""
    with clustered(work, chance) as (cluster, process):
        process.kill_all()
        process.end()
        kept = set(work.stored())
        assert ended(work.begin(1, never_again(kept), cluster=cluster)) == 0


def cluster_starved(work: Work, chance: random.Random) -> None:
    """Workers of a cluster get no more memory: a nanny replaces them, or a sentence."""
    with clustered(work, chance) as (cluster, process):
        for pid in cluster.at_work()[: chance.randint(1, 2)]:
            starve(pid, chance)
        assert ended(process, quiet=False) in (0, 2)


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
        if path.is_file() and not path.name.endswith(".lock") and "calibration-a" not in path.parts
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
    return {path.name}


CASES: tuple[Callable[[Work, random.Random], set[str] | None], ...] = (
    all_killed, corrupted, disk_full, folder_removed, memory_out, worker_killed, interrupted,
    two_at_once, upgraded, clock_jumps, small_disk, parent_killed, starved, starved_worker,
    terminated,
)  # fmt: skip
ON_CLUSTERS = (
    cluster_worker_killed, cluster_scheduler_killed, cluster_parent_killed, cluster_starved,
)  # fmt: skip
FEW = {"sweep": (1, 3, 4, 8), "fit": (1,)}
"""Cases of the default run: those that need no second process and little time."""


def _numbers(kind: str) -> list[str]:
    """Return the names of the cases to run: their number, then what happens."""
    count = SWEEPS if kind == "sweep" else SWEEPS // 5
    chosen = range(count) if SWEEPS else FEW[kind]
    return [f"{i}-{_case_of(kind, i).__name__}" for i in chosen]


def _case_of(kind: str, number: int) -> Callable[[Work, random.Random], set[str] | None]:
    """Return what happens in a case; fits know no clusters."""
    cases = (*CASES, *ON_CLUSTERS) if kind == "sweep" else CASES
    return cases[number % len(cases)]


@pytest.fixture(scope="module", autouse=True)
def _said() -> Iterator[None]:
    """Print in the end what was done how often, and the exit codes it ended with."""
    yield
    for (kind, happens, code), count in sorted(SEEN.items()):
        print(f"{kind:6} {happens:26} exit {code:4}: {count}")


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
    happens = _case_of(kind, number)
    codes.clear()
    spoilt = happens(work, random.Random(f"{SEED} {kind} {number}"))
    SEEN.update((kind, happens.__name__, code) for code in codes or [-9])
    work.go_on(whole, spoilt)


@pytest.mark.parametrize("name", _numbers("sweep"))
def test_a_sweep_comes_through(name: str, tmp_path: Path, undisturbed: Callable) -> None:
    _case("sweep", name, tmp_path, undisturbed)


@pytest.mark.parametrize("name", _numbers("fit"))
def test_a_fit_comes_through(name: str, tmp_path: Path, undisturbed: Callable) -> None:
    _case("fit", name, tmp_path, undisturbed)
