"""Hostile files: whatever they hold, one sentence, soon, and nothing written beside the results.

`DIVERT_FUZZ=10000` tries as many cases of each kind; by default a few.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import re
import resource
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sweep_worlds import CHINA, swept, tiny, write

from sim.app.desk import Desk
from sim.cli import main
from sim.data.loader import load_file
from sim.errors import DivertError
from sim.experiment.export import export_run
from sim.experiment.side import ensemble_of, side_of
from sim.experiment.stored import read_manifest, read_run
from sim.scenario_file import SHIPPED
from sim.sweep.analysis_table import read_results
from sim.sweep.status import status_of
from sim.view.evidence import SHIPPED as EVIDENCE
from sim.view.evidence_files import read_evidence
from sim.view.published import read_published
from sim.view.report_source import NEEDED, read_break_even, read_claims, read_finished

from fuzz.__main__ import main as fuzz
from fuzz.kinds import TARGETS
from fuzz.mutate import FORMS, Unread

CASES = int(os.environ.get("DIVERT_FUZZ", "25"))
LONGEST, MOST_MEMORY = 5.0, 500e6

TOKENS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b"&a [*a, *a]\n", b"*a", b"<<: {}\n",
    b"[" * 3000, b"{a: " * 3000, b'{"a":' * 3000, b"9" * 5000, b"1e999", b"-1e308", b".nan", b"NaN",
    b"Infinity", b"-1", b"0", b"null", b"~", b"true", b"[]", b"{}", b'""', b'"', b"'", b",", b": ",
    b"- ", b"? ", b"| ", b"#", b"!!python/object/apply:os.getcwd []", b"../../../etc/passwd",
    b"/dev/zero", b"x" * 200_000, b"x," * 50_000, "\u2028\u202e\U0001f4a3".encode(),
    b'"\\ud800"', b"2017-13", b"2017-02-30", b"9999999999999999999999", b"members: 1\nmembers: 1\n",
    b"extends: own.yaml\n", b"extends: /etc/passwd\n", b"%YAML 1.1\n---\n", b"...\n---\n",
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([10**30, -(10**400), 1e308, "9" * 300, "../..", "\ud800", "2017-01", [[]]]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["mode", "from", "low", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 0.05), st.sampled_from(TOKENS) | st.binary(max_size=8)),
    min_size=1, max_size=4,
)  # fmt: skip
CHANGES = st.lists(st.tuples(st.lists(st.integers(0, 60), max_size=5), VALUES), min_size=1,
                   max_size=3)  # fmt: skip

few = settings(
    max_examples=CASES, deadline=None, database=None, derandomize=CASES <= 100,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def edited(valid: bytes, edits: list[tuple[float, float, bytes]]) -> bytes:
    """Return bytes with spans, as shares of their length, cut out and others put in."""
    for place, span, word in edits:
        at = int(place * len(valid))
        valid = valid[:at] + word + valid[at + int(span * len(valid)) :]
    return valid


def altered(tree: Any, changes: list[tuple[list[int], Any]]) -> Any:
    """Return plain data with the values at some paths, each a list of places, replaced."""
    tree = json.loads(json.dumps(tree))
    for path, value in changes:
        here, above, key = tree, None, None
        for step in path:
            if not isinstance(here, dict | list) or not here:
                break
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            above, key = here, keys[step % len(keys)]
            here = above[key]
        if above is not None:
            above[key] = deepcopy(value)  # or a later change could put it inside itself
    return tree


def as_json(tree: Any) -> bytes:
    return json.dumps(tree).encode("utf-8", "surrogatepass")


HOSTILE = st.one_of(
    st.binary(max_size=300).map(lambda raw: lambda valid, tree: raw),
    st.text(max_size=300).map(lambda text: lambda valid, tree: text.encode("utf-16")),
    EDITS.map(lambda edits: lambda valid, tree: edited(valid, edits)),
    CHANGES.map(lambda changes: lambda valid, tree: as_json(altered(tree, changes))),
)
"""Functions of a valid file and of what it holds to a hostile one."""


def inventory(folder: Path) -> dict[str, int]:
    return {str(p): p.stat().st_size for p in folder.rglob("*")}


def survives(read: Callable[[], object]) -> None:
    """Assert that a reader ends soon, within memory, in good order or with one sentence."""
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    sentence = ""
    try:
        read()
    except DivertError as error:
        sentence = str(error)
    assert "\n" not in sentence
    assert len(sentence) < 2000
    assert time.monotonic() - begun < LONGEST
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < MOST_MEMORY


def commanded(*words: object) -> None:
    """Call a command; assert exit code 0 or, with one sentence, 2."""
    result = CliRunner().invoke(main, ["--debug", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 2), result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(autouse=True)
def nothing_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, which no file may talk a command into writing to."""
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    """A small finished run."""
    commanded("run", "historical", "--members", 2, "--scale", 0.05, "--out", folder, "--quiet")
    return folder / "historical"


@pytest.fixture(scope="module")
def sweep(folder: Path) -> Path:
    """A finished sweep of two runs."""
    swept(tiny(factors=[CHINA], members=1), folder)
    return folder / "tiny"


# ---- scenario, sweep and data files --------------------------------------------------------------


@pytest.mark.parametrize("name", ["article-2017", "new-axis", "sweeps/chinese-stop"])
def test_scenario_and_sweep_files(name: str, folder: Path) -> None:
    """Any bytes as a scenario or sweep: `check` says good, or one sentence."""
    from sim.yaml_text import read_yaml

    valid = (SHIPPED / f"{name}.yaml").read_bytes()
    tree = read_yaml(valid.decode()).values
    own = folder / "own.yaml"
    own.touch()
    before = set(inventory(folder))

    @few
    @given(HOSTILE)
    def tried(hostile: Callable[[bytes, Any], bytes]) -> None:
        own.write_bytes(hostile(valid, tree))
        survives(lambda: commanded("check", own))

    tried()
    assert set(inventory(folder)) == before


def test_own_draws(folder: Path) -> None:
    """Any bytes as a file of draws."""
    from sim import data

    valid = (Path(data.__file__).parent / "evidence" / "draws.csv").read_bytes()
    own = folder / "draws.csv"

    @few
    @given(HOSTILE)
    def tried(hostile: Callable[[bytes, Any], bytes]) -> None:
        own.write_bytes(hostile(valid, [valid.decode()]))
        os.utime(own, ns=(time.time_ns(), time.time_ns()))
        survives(lambda: commanded("check", "historical", "--set", f"parameters.draws={own}"))

    tried()


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/stdin", "pipe", "large", "a\\0b", ".", "~"])
def test_draws_that_are_no_file(name: str, folder: Path) -> None:
    """A scenario may name any path as its draws; none is waited for or read without end."""
    own, draws = folder / "names-draws.yaml", folder / name
    if name == "pipe":
        os.mkfifo(draws)
    if name == "large":
        with draws.open("wb") as stream:
            stream.truncate(10**11)
    own.write_text(f'extends: historical\nparameters: {{draws: "{draws}"}}\n')
    survives(lambda: commanded("check", own))
    survives(lambda: commanded("run", own))


@pytest.mark.parametrize("name", ["measures", "base_flows", "political_paths"])
def test_data_tables(name: str, folder: Path) -> None:
    """Any bytes as a data table."""
    from sim import data

    valid = (Path(data.__file__).parent / f"{name}.csv").read_bytes()
    own = folder / "table.csv"

    @few
    @given(HOSTILE)
    def tried(hostile: Callable[[bytes, Any], bytes]) -> None:
        own.write_bytes(hostile(valid, [valid.decode()]))
        survives(lambda: load_file(own, name))

    tried()


# ---- files of results ----------------------------------------------------------------------------


def tried_in_place(
    path: Path, readers: list[Callable[[], object]], strategy: Any = HOSTILE
) -> None:
    """Put hostile bytes in place of one file of a folder, read it, and put it back."""
    valid = path.read_bytes()
    tree = json.loads(valid) if path.suffix == ".json" else [""]

    @few
    @given(strategy)
    def tried(hostile: Callable[[bytes, Any], bytes]) -> None:
        path.write_bytes(hostile(valid, tree))
        for read in readers:
            survives(read)

    try:
        tried()
    finally:
        path.write_bytes(valid)


def test_manifest_of_a_run(run: Path) -> None:
    tried_in_place(
        run / "manifest.json",
        [
            lambda: read_run(run),
            lambda: read_manifest(run),
            lambda: side_of(str(run), {}),
            lambda: read_finished(run),
            lambda: commanded("export", run, "--out", run.parent / "out", "--format", "parquet"),
        ],
    )


def rebuilt(changes: list[tuple[int, int, str]]) -> Callable[[bytes, Any], bytes]:
    """Return what gives some arrays of a run another shape, type or length than it has."""

    def hostile(valid: bytes, tree: Any) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(valid)) as old, zipfile.ZipFile(out, "w") as new:
            names = old.namelist()
            chosen = {names[place % len(names)]: (size, kind) for place, size, kind in changes}
            for name in names:
                content = old.read(name)
                if name in chosen:
                    content = array_of(*chosen[name])
                new.writestr(name, content)
        return out.getvalue()

    return hostile


def array_of(size: int, kind: str) -> bytes:
    """Return an .npy file: an honest small array, or a header that claims `size` values."""
    out = BytesIO()
    if kind == "claims":
        np.lib.format.write_array_header_1_0(
            out, {"descr": "<f8", "fortran_order": False, "shape": (size,)}
        )
        return out.getvalue() + b"\0" * 64
    np.lib.format.write_array(out, np.zeros(size % 50, dtype=kind), allow_pickle=False)
    return out.getvalue()


ARRAYS_WRONG = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.integers(0, 2**60),
        st.sampled_from(["claims", "<f8", "<U5", "?", "<c16", "<i8", "<M8[D]", "S3", "<f2"]),
    ),
    min_size=1, max_size=4,
).map(rebuilt)  # fmt: skip


@pytest.mark.parametrize("strategy", [HOSTILE, ARRAYS_WRONG], ids=["bytes", "arrays"])
def test_arrays_of_a_run(run: Path, strategy: Any) -> None:
    side = side_of(str(run), {})
    tried_in_place(
        run / "arrays.npz",
        [lambda: read_run(run), lambda: ensemble_of(side), lambda: read_finished(run)],
        strategy,
    )


def test_a_bomb_of_zeros(run: Path) -> None:
    """An array that unpacks to far more than a run could have recorded is not unpacked."""
    path = run / "arrays.npz"
    valid, out = path.read_bytes(), BytesIO()
    with (
        zipfile.ZipFile(BytesIO(valid)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name != "enforcement.npy":
                new.writestr(name, old.read(name))
        with new.open("enforcement.npy", "w") as bomb:
            shape = {"descr": "<f8", "fortran_order": False, "shape": (100_000_000,)}
            np.lib.format.write_array_header_1_0(bomb, shape)
            for _ in range(100):
                bomb.write(b"\0" * 8_000_000)
    path.write_bytes(out.getvalue())
    try:
        with pytest.raises(DivertError, match="enforcement"):
            survives_or_raise(lambda: read_run(run))
    finally:
        path.write_bytes(valid)


def survives_or_raise(read: Callable[[], object]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        read()
    finally:
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown * 1024 < MOST_MEMORY


def test_answer_and_tables_of_a_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a manifest that vouches for it, a hostile answer still gives one sentence."""
    monkeypatch.setattr("sim.experiment.stored.must_be_whole", lambda *_: None)
    monkeypatch.setattr("sim.experiment.export.check_whole", lambda *_: None)
    tried_in_place(run / "answer.json", [lambda: read_finished(run)])
    out = run.parent / "out"
    for name in ("patterns.csv", "answer.csv", "bands.csv"):
        tried_in_place(
            run / name, [lambda: commanded("export", run, "--out", out, "--format", "parquet")]
        )


@pytest.mark.parametrize("read", [read_claims, read_break_even])
def test_other_results(read: Callable[[Path], object], folder: Path) -> None:
    path = folder / "other.json"
    path.write_text('{"claims": [{"data": [], "model": [], "sources": []}], "answers": []}')
    tried_in_place(path, [lambda: read(path)])


def test_evidence(folder: Path) -> None:
    own = folder / "evidence"
    own.mkdir()
    for path in EVIDENCE.iterdir():
        if path.is_file():
            (own / path.name).write_bytes(path.read_bytes())
    for name in ("calibration.json", "goals.csv", "sensitivity.json"):
        tried_in_place(own / name, [lambda: read_evidence(own)])


def test_files_of_a_sweep(sweep: Path) -> None:
    """Manifest, points, a part and a page of the ledger of a sweep."""
    key = next((sweep / "ledger").iterdir()).stem
    readers: list[Callable[[], object]] = [
        lambda: status_of(sweep),
        lambda: read_results(sweep),
        lambda: commanded("sweep-status", sweep),
    ]
    for name in ("manifest.json", "points.parquet", f"parts/{key}.parquet", f"ledger/{key}.json"):
        tried_in_place(sweep / name, readers)


def test_a_sweep_goes_on_in_a_hostile_folder(sweep: Path) -> None:
    """`divert sweep` makes broken parts again, or says in one sentence why it cannot go on."""
    file = write(tiny(factors=[CHINA], members=1), sweep.parent)
    part = next((sweep / "parts").iterdir())
    for path in (part, sweep / "points.parquet", sweep / "manifest.json"):
        valid = path.read_bytes()
        for bad in (b"", b"\0" * 100, valid[: len(valid) // 2], b"[" * 5000, b"9" * 5000):
            path.write_bytes(bad)
            survives(
                lambda: commanded("sweep", file, "--out", sweep.parent, "--workers", 1, "--quiet")
            )
            path.write_bytes(valid)


# ---- what fuzzing found --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("bands", b",musd,", b",musd,1e999"), ("bands", b",musd,", b",musd,nine"),
     ("bands", b"2014-01", b"2014-13"), ("bands", b"false", b"maybe"),
     ("bands", b",musd,", b","), ("answer", b",", b",x,"), ("patterns", b",A,", b",")],
)  # fmt: skip
def test_a_table_with_wrong_cells_is_not_exported(
    run: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: bytes, new: bytes
) -> None:
    monkeypatch.setattr("sim.experiment.export.check_whole", lambda *_: None)
    path = run / f"{name}.csv"
    valid = path.read_bytes()
    head, _, rows = valid.partition(b"\n")
    assert old in rows
    path.write_bytes(head + b"\n" + rows.replace(old, new, 1))
    try:
        with pytest.raises(DivertError, match=f"{name}.csv: (found a cell|the file cannot)"):
            export_run(run, ("parquet", "dta"), run.parent / "out")
    finally:
        path.write_bytes(valid)


def vouched(monkeypatch: pytest.MonkeyPatch, path: Path, content: bytes) -> Callable[[], bytes]:
    """Put content into a run whose manifest vouches for it; return what puts the old one back."""
    monkeypatch.setattr("sim.experiment.stored.must_be_whole", lambda *_: None)
    valid = path.read_bytes()
    path.write_bytes(content)
    return lambda: (path.write_bytes(valid), valid)[1]


def test_patterns_that_are_no_text_are_left_out(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back = vouched(monkeypatch, run / "patterns.csv", b"pattern\n\xff\xfe")
    assert read_finished(run).patterns == ()
    assert back()


@pytest.mark.parametrize("value", ["1" + "0" * 400, '"x"', "[]", '{"p50": []}', "null"])
def test_an_answer_with_odd_numbers_is_refused(
    run: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    answer = json.loads((run / "answer.json").read_bytes())
    answer |= {"loss_significant": True, "prob_offset_gt_half": json.loads(value)}
    back = vouched(monkeypatch, run / "answer.json", json.dumps(answer).encode())
    with pytest.raises(DivertError, match="answer as another version"):
        read_finished(run)
    (run / "answer.json").write_text("[" * 100_000)
    with pytest.raises(DivertError, match="the file cannot be read"):
        Desk(run.parent, run.parent).answer(run.name)
    assert back()


def test_a_surface_and_a_published_answer_that_are_none(tmp_path_factory: Any) -> None:
    place = tmp_path_factory.mktemp("published")
    content = dict.fromkeys(NEEDED, 1) | {"answers": [{}]}
    (place / "break_even.json").write_text(json.dumps(content))
    (place / "surface.csv").write_text("a\n" + "x" * 200_000)
    with pytest.raises(DivertError, match=r"surface\.csv: the file cannot be read"):
        read_break_even(place / "break_even.json")
    (place / "historical").mkdir()
    for text in ("[]", "[" * 100_000, "1" * 5000):
        (place / "historical" / "answer.json").write_text(text)
        with pytest.raises(DivertError, match="the published answer cannot be read"):
            read_published([place])


def test_a_number_of_a_fit_that_no_float_holds(tmp_path_factory: Any) -> None:
    own = tmp_path_factory.mktemp("fit") / "evidence"
    shutil.copytree(EVIDENCE, own)
    text = re.sub(r": \d+,", f": {10**400},", (own / "calibration.json").read_text(), count=1)
    (own / "calibration.json").write_text(text)
    with pytest.raises(DivertError, match=r"calibration.json: .* is not what belongs here"):
        read_evidence(own)


# ---- the fuzzer's own mutations, without atheris -------------------------------------------------


@pytest.mark.parametrize("name", ["scenario", "sweep", "data"])
def test_mutations_that_keep_a_files_form(name: str, folder: Path) -> None:
    """What `python -m tests.fuzz` mutates, unguided: each file's form kept, its content not."""
    place = folder / name
    place.mkdir()
    target, chance = TARGETS[name](place), random.Random(7)
    for _ in range(CASES):
        seed = chance.choice(target.seeds())
        try:
            content = FORMS[target.kind_of(seed).form](seed[1:], chance)
        except Unread:
            continue
        target.tried(seed[:1] + content)


def test_the_fuzzer_tries_an_input_again_and_says_what_it_needs(folder: Path) -> None:
    kept = folder / "kept.input"
    kept.write_bytes(b"\0extends: nothing\n")
    done = CliRunner().invoke(fuzz, ["--target", "scenario", "--replay", str(kept)])
    assert (done.exit_code, done.output) == (0, "It keeps to its bounds.\n")
    if importlib.util.find_spec("atheris") is None:
        done = CliRunner().invoke(fuzz, ["--target", "scenario"])
        assert done.exit_code == 1
        assert "pip install -e '.[fuzz]'" in done.output
