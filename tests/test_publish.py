"""`divert publish`: the answer made again, and each way in which a published file can be stale."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.view import publish
from sim.view.publish_check import csv_cells, difference, json_cells, same

SMALL = {"members": "2", "firms.scale": "0.1"}
PARTS = ("historical", "claims", "evidence")
SHIPPED = Path(__file__).parents[1] / "results" / "published"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small finished run and what was published from it."""
    folder = tmp_path_factory.mktemp("publish")
    words = ["run", "historical", "--members", "2", "--scale", "0.1", "--quiet"]
    done = CliRunner().invoke(main, [*words, "--out", str(folder / "results")])
    assert done.exit_code == 0, done.output
    with pytest.MonkeyPatch.context() as patch:
        small(patch)
        done = call(*PARTS, "--out", str(folder / "published"), runs=folder)
    assert done.exit_code == 0, done.output
    return folder


def small(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publish, "shipped", lambda name: publish.load_scenario(name, SMALL))


def call(*words: str, runs: Path | None = None):
    source = [] if runs is None else ["--from", str(runs / "results")]
    return CliRunner().invoke(main, ["publish", *words, *source])


@pytest.fixture
def published(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what was published, to spoil."""
    small(monkeypatch)
    shutil.copytree(world / "published", tmp_path / "published")
    return tmp_path / "published"


def check(published: Path, world: Path, *parts: str) -> tuple[int, list[str]]:
    done = call(*(parts or ("historical",)), "--check", "--out", str(published), runs=world)
    return done.exit_code, done.output.splitlines()


def test_what_was_just_published_is_current(published: Path, world: Path) -> None:
    before = {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}
    names = {str(path.relative_to(published)) for path in before}
    assert names == {f"{part}/{name}" for part in PARTS for name in publish.PUBLISHED[part]}
    code, lines = check(published, world, *PARTS)
    assert code == 0, lines
    assert lines[0].startswith("Current: 10 of 10 files. Tables: 5, cell by cell")
    assert "Figures: 5 with the same bytes" in lines[0]
    assert before == {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}


def test_running_and_a_finished_run_give_the_same(published: Path, tmp_path: Path) -> None:
    done = call("historical", "--out", str(tmp_path / "again"), "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    for path in (tmp_path / "again" / "historical").iterdir():
        assert path.read_bytes() == (published / "historical" / path.name).read_bytes(), path.name


def test_check_finds_a_changed_number(published: Path, world: Path) -> None:
    path = published / "historical" / "answer.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    found["loss_musd"]["p50"] *= 1.00001
    path.write_text(json.dumps(found), encoding="utf-8")
    code, lines = check(published, world)
    assert code == 1
    assert len(lines) == 2
    assert lines[0].startswith(f"Not current: {path}: 1 of ")
    assert "the first at loss_musd.p50: published" in lines[0]
    found["loss_musd"]["p50"] *= (1 + 1e-8) / 1.00001
    path.write_text(json.dumps(found), encoding="utf-8")
    assert check(published, world)[0] == 0


def test_check_finds_changed_words_rows_and_broken_tables(published: Path, world: Path) -> None:
    folder = published / "historical"
    answer, patterns = folder / "answer.csv", folder / "patterns.csv"
    whole = answer.read_text(encoding="utf-8")
    answer.write_text(whole.replace("Offset without arms", "Offset with arms"), encoding="utf-8")
    patterns.write_text("\n".join(patterns.read_text().splitlines()[:-1]), encoding="utf-8")
    (folder / "answer.json").write_text('{"loss_musd": ', encoding="utf-8")
    code, lines = check(published, world)
    assert (code, len(lines)) == (1, 4)
    text = "\n".join(lines)
    assert "published 'Offset with arms', made now 'Offset without arms'" in text
    assert f"{patterns}: 11 of" in text
    assert "published nothing, made now" in text
    assert "answer.json: it cannot be read as JSON" in text


def test_check_finds_missing_and_extra_files(published: Path, world: Path) -> None:
    (published / "historical" / "offset.png").unlink()
    (published / "historical" / "old.png").write_bytes(b"")
    (published / "claims" / "claims.csv").unlink()
    code, lines = check(published, world, "historical", "claims")
    assert code == 1
    said = [line for line in lines if line.startswith("Not current")]
    assert len(said) == 3
    assert "offset.png: it is missing; `divert publish` makes it" in said[0]
    assert "old.png: it is no file of the published answer; remove it" in said[1]
    assert "claims.csv: it is missing" in said[2]


def test_a_figure_is_current_by_size_and_tables(published: Path, world: Path) -> None:
    from PIL import Image

    folder = published / "historical"
    path = folder / "offset.png"
    with Image.open(path) as image:
        image.load()
        image.save(path, compress_level=1)
    code, lines = check(published, world)
    assert code == 0
    assert "1 with the same bytes, 1 of the same size beside current tables" in lines[0]
    found = (folder / "patterns.csv").read_text(encoding="utf-8")
    (folder / "patterns.csv").write_text(found.replace("P1", "P0", 1), encoding="utf-8")
    code, lines = check(published, world)
    assert (code, len(lines)) == (1, 3)
    assert "offset.png: a table it is drawn from is not current" in lines[1]
    with Image.open(path) as image:
        image.resize((40, 40)).save(path)
    assert "its size in pixels is not that" in check(published, world)[1][1]
    path.write_bytes(b"no picture")
    assert "offset.png: it cannot be read as a PNG file" in check(published, world)[1][1]


def test_evidence_figures_are_tied_to_the_shipped_tables(published: Path, world: Path) -> None:
    path = published / "evidence" / "sources.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    assert set(found["sim/data/evidence"]) >= {"posterior.csv", "forecasts.csv", "draws.csv"}
    found["sim/data/evidence"]["posterior.csv"] = "0" * 64
    path.write_text(json.dumps(found), encoding="utf-8")
    code, lines = check(published, world, "evidence")
    assert code == 1
    assert "the first at sim/data/evidence.posterior.csv" in lines[0]


def test_cells_are_text_or_numbers_of_six_digits() -> None:
    assert same(1.0, 1.0 + 9e-7)
    assert not same(1.0, 1.0 + 2e-6)
    assert same(4.9e-15, 8.1e-15)
    assert not same(True, 1)
    assert not same(None, 0.0)
    old, new = csv_cells("a,b\n1.23456,x\n"), csv_cells("a,b\n1.23457,x\n")
    assert difference(old, new) is None
    assert "line 2, a" in str(difference(old, csv_cells("a,b\n1.23458,x\n")))
    assert "line 2, b" in str(difference(old, csv_cells("a,b\n1.23456,y\n")))
    assert "columns" in str(difference(old, csv_cells("a,c\n1.23456,x\n")))
    assert difference(json_cells('{"a": []}'), json_cells('{"a": [1]}')) is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("historcal",), "PART: found 'historcal'; allowed: historical, .*did you mean"),
        (("historical", "--from", "none"), "found no such folder; allowed: a folder that"),
        (("historical", "--check", "--out", "none"), "found no such folder; `divert publish`"),
        (("historical", "--out", "file"), "cannot be written"),
    ],
)
def test_bad_input_is_one_sentence(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = call(*words)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert re.search(said, done.stderr), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_run_of_another_size_or_code_or_cut_short_is_refused(
    published: Path, world: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(publish, "code_digest", lambda: "other")
    done = call("historical", "--check", "--out", str(published), runs=world)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "found a run that other code or data of divert wrote" in done.stderr
    monkeypatch.undo()
    done = call("historical", "--check", "--out", str(published), runs=world)
    assert done.exit_code == 2
    assert "not historical as it is published (64 members, seed 2017)" in done.stderr
    small(monkeypatch)
    shutil.copytree(world / "results", tmp_path / "results")
    path = tmp_path / "results" / "historical" / "answer.json"
    path.write_bytes(path.read_bytes()[:100])
    done = call("historical", "--check", "--out", str(published), runs=tmp_path)
    assert done.exit_code == 2
    assert "cut short or changed" in done.stderr


def test_all_parts_are_in_the_repository_and_no_more() -> None:
    files = {str(path.relative_to(SHIPPED)) for path in SHIPPED.rglob("*") if path.is_file()}
    wanted = {f"{part}/{name}" for part, names in publish.PUBLISHED.items() for name in names}
    assert files == wanted | {"README.md"}
