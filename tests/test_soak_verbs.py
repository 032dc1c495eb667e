"""Every verb that writes, stopped at random by Ctrl-C, SIGTERM or SIGKILL, or given twice at once.

Two cases run by default. `DIVERT_SOAK=100` runs five of every verb, each with a random generator of
its own from `DIVERT_SOAK_SEED` (2017) and its name. A stop ends with a sentence; what lies under a
name is to the last byte what an undisturbed command writes; the same command then goes through and
leaves no scratch behind.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from soak_processes import Process
from sweep_worlds import FEW, PENALTY, call, long, swept, tiny, write

SEED = int(os.environ.get("DIVERT_SOAK_SEED", "2017"))
ROUNDS = int(os.environ.get("DIVERT_SOAK", "0")) // 20

SMALL = ["--members", "2", "--scale", "0.05"]
FIRMS = ["--set", "firms.Russia=2200", "--set", "firms.RestOfWorld=2200"]
FIT = ["--particles", "32", "--scale", "0.05"]

VERBS: dict[str, list[str]] = {
    "run": ["run", "historical", *SMALL, *FIRMS, "--format", "parquet", "--out", "OUT"],
    "evidence": ["evidence", "--out", "OUT"],
    "export": ["export", "GIVEN/historical", "--format", "parquet", "--format", "nc",
               "--out", "OUT"],
    "report": ["report", "GIVEN/historical", "--out", "OUT/page.html"],
    "claims": ["claims", "GIVEN/historical", "--out", "OUT"],
    "compare": ["compare", "GIVEN/historical", "china-goes-alone", *SMALL, *FIRMS, "--out", "OUT"],
    "break-even": ["break-even", *SMALL, "--most", "2", "--workers", "1", "--out", "OUT"],
    "predict": ["predict", *SMALL, *FIRMS, "--from", "2024", "--out", "OUT"],
    "game": ["game", *SMALL, "--workers", "1", "--out", "OUT"],
    "calibrate": ["calibrate", *FIT, "--origin", "a", "--keep", "16", "--workers", "1",
                  "--out", "OUT"],
    "validate": ["validate", *FIT, "--workers", "1", "--out", "OUT"],
    "sensitivity": ["sensitivity", "--trajectories", "2", "--base", "64", "--most", "1", "--scale",
                    "0.05", "--workers", "1", "--out", "OUT"],
    "sweep": ["sweep", "GIVEN/long.yaml", "--workers", "1", "--out", "OUT"],
    "analyse": ["analyse", "GIVEN/tiny", "--out", "OUT"],
    "publish": ["publish", "evidence", "--out", "OUT"],
}  # fmt: skip
"""Commands at their smallest."""

IN_PARTS = {"evidence", "export", "analyse", "sweep"}
"""Verbs that write several files, each whole, and no folder as one."""

TIMED = {"calibration.json", "sensitivity.json", "sensitivity-calibrated.json"}
"""Files that say how long something took."""

SEEN: Counter[tuple[str, str, int]] = Counter()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a finished run, a finished sweep and the file of another."""
    folder = tmp_path_factory.mktemp("given")
    if ROUNDS:
        done = call("run", "historical", *SMALL, *FIRMS, "--quiet", "--out", folder)
        assert done.exit_code == 0, done.output
        swept(tiny(factors=[{**PENALTY, "levels": 4}], set=FEW), folder)
        write(long(), folder)
    yield folder
    for (verb, how, code), count in sorted(SEEN.items()):
        print(f"{verb:12} {how:8} exit {code:4}: {count}")


def begin(verb: str, given: Path, out: Path) -> Process:
    """Start a verb that writes into a folder."""
    places = {"OUT": str(out), "GIVEN": str(given)}
    words = ["/".join(places.get(part, part) for part in word.split("/")) for word in VERBS[verb]]
    return Process([*words, "--quiet"], out.with_name(f"said-{time.monotonic_ns()}"))


def written(out: Path) -> dict[str, bytes]:
    """Return what lies under its name; scratch, stored blocks and the ledger are not results.

    A report names its own place.
    """
    found = {}
    for path in sorted(out.rglob("*")):
        parts = path.relative_to(out).parts
        if path.is_file() and not any(p.startswith(".") or p == "ledger" for p in parts):
            content = path.read_bytes().replace(str(out).encode(), b"OUT")
            found["/".join(parts)] = b"" if path.name in TIMED else content
    return found


def scratch(out: Path) -> list[Path]:
    return [*out.rglob(".*.divert"), *out.rglob("*.part"), *out.rglob(".calibration*")]


@pytest.fixture(scope="module")
def undisturbed(
    given: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[float, dict[str, bytes]]]:
    """Return seconds and files of a verb left in peace."""
    known: dict[str, tuple[float, dict[str, bytes]]] = {}

    def of(verb: str) -> tuple[float, dict[str, bytes]]:
        if verb not in known:
            out, begun = tmp_path_factory.mktemp(verb) / "out", time.monotonic()
            code, text = begin(verb, given, out).end()
            assert code == 0, text
            assert scratch(out) == []
            known[verb] = time.monotonic() - begun, written(out)
        return known[verb]

    return of


def _cases() -> list[str]:
    """Return verb and number of each case."""
    if not ROUNDS:
        return ["evidence-0", "evidence-1"]
    return [f"{verb}-{number}" for verb in VERBS for number in range(ROUNDS)]


@pytest.mark.parametrize("case", _cases())
def test_a_verb_that_is_stopped_leaves_whole_results(
    case: str, given: Path, tmp_path: Path, undisturbed: Callable
) -> None:
    verb, _, number = case.rpartition("-")
    chance = random.Random(f"{SEED} {case}")
    seconds, whole = undisturbed(verb)
    out = tmp_path / "out"
    there = bool(ROUNDS) and chance.random() < 0.3
    if there:
        assert begin(verb, given, out).end()[0] == 0
    how = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)[int(number) % 3]
    process = begin(verb, given, out)
    process.ends_within(chance.uniform(0.0, 1.1) * seconds)
    process.kill(process.pid, how)
    code, text = process.end()
    SEEN[verb, how.name, code] += 1
    assert code in {0, 128 + how, -how}, text
    assert (code == -how) <= (how == signal.SIGKILL), text
    if code > 0:
        assert text.splitlines()[-1].startswith("divert: "), text
        assert "Traceback" not in text
        kept = {"calibrate", "validate", "sweep"}
        assert [path for path in scratch(out) if verb not in kept] == []
    found = written(out)
    if verb in IN_PARTS:
        assert found.items() <= whole.items()
    else:
        assert found == whole or (found == {} and not there)
    code, text = begin(verb, given, out).end()
    assert code == 0, text
    assert written(out) == whole
    assert scratch(out) == []


@pytest.mark.skipif(not ROUNDS, reason="a long test, run with DIVERT_SOAK=100")
@pytest.mark.parametrize("verb", ["run", "report", "publish"])
def test_two_at_once_in_one_folder_both_write_whole_results(
    verb: str, given: Path, tmp_path: Path, undisturbed: Callable
) -> None:
    seconds, whole = undisturbed(verb)
    chance, out = random.Random(f"{SEED} {verb}"), tmp_path / "out"
    for _ in range(ROUNDS):
        first = begin(verb, given, out)
        first.ends_within(chance.choice((0.0, 0.1)) * chance.random() * seconds)
        second = begin(verb, given, out)
        for process in (first, second):
            code, text = process.end()
            SEEN[verb, "two", code] += 1
            assert code == 0, text
        assert written(out) == whole
        assert scratch(out) == []
