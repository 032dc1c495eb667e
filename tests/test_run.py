"""`divert run` from end to end: files, columns, the same bytes twice, and bad input."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import main

SMALL = ["--members", "4", "--scale", "0.05", "--set", "firms.Russia=2200",
         "--set", "firms.RestOfWorld=2200"]  # fmt: skip
FIGURES = ("model_against_data", "partners_by_direction", "routes_of_coal", "hard_currency",
           "enforcement", "offset")  # fmt: skip


def run(*words: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command."""
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the historical scenario at small scale."""
    out = tmp_path_factory.mktemp("out")
    code, text, errors = run("run", "historical", *SMALL, "--out", str(out))
    assert code == 0, errors
    assert "Russia" in text
    assert "Patterns" in text
    assert "rest on 2 draws of the parameters, too few to rely on" in " ".join(text.split())
    return out / "historical"


def test_answer_holds_what_it_promises(folder: Path) -> None:
    """answer.json has every key of the answer, and its parts add up."""
    found = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    for key in ("question", "window", "members", "seed", "loss_musd", "offset_ratio", "autonomous",
                "interaction", "welfare_offset", "by_channel", "prob_offset_gt_half",
                "prob_offset_gt_one", "loss_significant", "seed_noise_se",
                "max_clearing_residual", "max_balance_residual"):  # fmt: skip
        assert key in found, key
    assert found["window"] == ["2017-01", "2019-12"]
    assert set(found["offset_ratio"]) == {"p05", "p50", "p95"}
    assert found["max_clearing_residual"] < 1e-9
    assert found["max_balance_residual"] < 1e-9
    assert found["loss_musd"]["p50"] > 1000.0


def test_bands_have_the_agreed_columns(folder: Path) -> None:
    """bands.csv names arm, month, partner, direction, good, route, recorded, unit and quantiles."""
    with (folder / "bands.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["arm", "month", "partner", "direction", "good", "route", "recorded",
                             "unit", "p05", "p50", "p95"]  # fmt: skip
    assert {r["arm"] for r in rows} == {"C0S0", "C1S0", "C0S1", "C1S1"}
    assert {r["partner"] for r in rows} == {"China", "Russia", "RestOfWorld"}
    assert {r["route"] for r in rows} == {"legal", "illegal", "all"}
    assert {r["recorded"] for r in rows} == {"true", "false"}
    assert {"coal", "total_goods", "labour", "transit_coal", "crude"} <= {r["good"] for r in rows}
    total = [
        r for r in rows
        if (r["arm"], r["month"], r["partner"], r["direction"], r["good"], r["route"],
            r["recorded"]) == ("C1S1", "2015-06", "China", "dprk_export", "total_goods", "all",
                               "true")
    ]  # fmt: skip
    assert len(total) == 1
    assert 150.0 < float(total[0]["p50"]) < 280.0
    keys = [tuple(r.values())[:7] for r in rows]
    assert len(set(keys)) == len(keys)


def test_figures_manifest_and_arrays_are_there(folder: Path) -> None:
    """Figures, manifest with digests, pattern table and labelled arrays are written."""
    for name in FIGURES:
        assert (folder / f"{name}.png").stat().st_size > 10_000
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 2017
    assert set(manifest["sha256"]) >= {"answer.json", "bands.csv", "arrays.npz", "patterns.csv"}
    with np.load(folder / "arrays.npz") as arrays:
        assert arrays["enforcement"].shape == (72, 4, 4, 3)
        assert list(arrays["arm_names"]) == ["C0S0", "C1S0", "C0S1", "C1S1"]
        assert arrays["parameter.penalty"].shape == (4,)


def test_channels_add_up_in_the_arrays() -> None:
    """Channels add up exactly to what Russia changed, and the split to the offset."""
    from sim.experiment.answer import scenario_offset

    from worlds import run as run_world
    from worlds import scenario

    world = scenario(members=6)
    result = scenario_offset(run_world(world, world.arms))
    parts = sum(result.channels.values())
    np.testing.assert_allclose(parts / result.loss, result.ratio, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(result.autonomous + result.interaction, result.ratio, rtol=1e-12)
    change = result.shapley_china + result.shapley_russia
    np.testing.assert_allclose(change, -result.loss + result.ratio * result.loss, rtol=1e-9)


def test_two_runs_write_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """The same command twice writes identical answers, bands, arrays and figures."""
    assert run("run", "historical", *SMALL, "--out", str(tmp_path), "--quiet") == (0, "", "")
    again = tmp_path / "historical"
    assert sorted(p.name for p in again.iterdir()) == sorted(p.name for p in folder.iterdir())
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_without_chinas_measures_there_is_no_loss_to_offset(tmp_path: Path) -> None:
    """Where China never restricts, the ratio is null and the words say so."""
    words = ["run", "historical", *SMALL, "--set", "actors.China.law=none",
             "--set", "actors.China.enforcement={mode: fixed, value: 0.05}", "--out",
             str(tmp_path)]  # fmt: skip
    code, text, errors = run(*words)
    assert code == 0, errors
    assert "no loss to offset" in text
    found = json.loads((tmp_path / "historical" / "answer.json").read_text(encoding="utf-8"))
    assert found["loss_significant"] is False
    for key in ("offset_ratio", "autonomous", "interaction", "welfare_offset"):
        assert found[key] is None
    assert found["prob_offset_gt_half"] is None


def test_json_prints_the_answer_alone(tmp_path: Path) -> None:
    """--json prints what answer.json holds."""
    code, text, _ = run("run", "historical", *SMALL, "--out", str(tmp_path), "--json")
    assert code == 0
    written = (tmp_path / "historical" / "answer.json").read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(written)


def test_a_folder_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A results folder one may not write ends with a sentence before any work."""

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    code, _, errors = run("run", "historical", *SMALL, "--out", str(tmp_path / "x"))
    assert code == 2
    assert "cannot be written (Permission denied); name another one with --out" in errors
    assert list(tmp_path.iterdir()) == []


def test_a_results_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A file where the folder should be ends with a sentence and stays as it was."""
    place = tmp_path / "results"
    place.write_text("mine", encoding="utf-8")
    code, _, errors = run("run", "historical", *SMALL, "--out", str(place))
    assert code == 2
    assert "cannot be written" in errors
    assert place.read_text(encoding="utf-8") == "mine"


def test_a_failed_write_leaves_the_old_folder(tmp_path: Path) -> None:
    """A folder is replaced whole or not at all, and no scratch folder stays behind."""
    from sim.experiment.results import whole_folder

    target = tmp_path / "historical"
    target.mkdir()
    (target / "answer.json").write_text("old", encoding="utf-8")

    def fail() -> None:
        with whole_folder(target) as scratch:
            (scratch / "answer.json").write_text("new", encoding="utf-8")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        fail()
    assert (target / "answer.json").read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["historical"]
