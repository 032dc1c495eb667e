"""Accounts of a finished run: they hold as written, and say so when one of them is broken."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from sim.axes import BOUGHT, CHINA, COAL, FUEL, RUSSIA, SOLD
from sim.cli import main

SMALL = ("--members", "2", "--scale", "0.1", "--quiet")
COMPARED = ("receipts and loss", "offset")


def call(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(word) for word in words])
    return done.exit_code, done.output


def run(out: Path, scenario: str, *words: str) -> Path:
    code, said = call("run", scenario, *SMALL, *words, "--out", out)
    assert code == 0, said
    return out / scenario


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished run."""
    return run(tmp_path_factory.mktemp("accounts"), "historical")


def accounts(folder: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    code, said = call("accounts", folder, "--json")
    return code, {row["name"]: row for row in json.loads(said)}


def signed(folder: Path, name: str) -> None:
    """Let the manifest name the file as it is now."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(content), encoding="utf-8")


def spoilt(folder: Path, name: str, at: tuple[Any, ...], change: Callable[[Any], Any]) -> None:
    """Change one number of a recorded array of a run, as if the model had gone wrong there."""
    with np.load(folder / "arrays.npz") as stored:
        arrays = dict(stored)
    arrays[name][at] = change(arrays[name][at])
    np.savez_compressed(folder / "arrays.npz", **arrays)
    signed(folder, "arrays.npz")


def test_every_account_of_a_run_holds(result: Path) -> None:
    """Markets clear and accounts balance, to the precision of what is stored and said."""
    code, rows = accounts(result)
    assert code == 0
    assert all(row["holds"] for row in rows.values())
    assert len(rows) == 15
    for row in rows.values():
        assert 0.0 <= row["share"] < (1e-9 if row["name"].endswith("residual") else 1e-6)
    assert set(rows["borders"]["at"]) == {"month", "arm", "member", "partner", "direction", "good"}
    assert "/" not in rows["borders"]["at"]["good"]
    code, said = call("accounts", result)
    assert code == 0
    assert "All 15 identities hold" in said


@pytest.mark.parametrize("scenario", ["reactive", "new-axis", "china-goes-alone"])
def test_they_hold_in_other_worlds(scenario: str, tmp_path: Path) -> None:
    """Also where the Council votes, where older measures are lifted, where a market closes."""
    code, rows = accounts(run(tmp_path, scenario))
    assert [name for name, row in rows.items() if not row["holds"]] == []
    assert code == 0


def test_they_hold_where_nothing_is_asked(tmp_path: Path) -> None:
    """A run without an answer has none to hold against its arrays; steep markets round more."""
    steep = ("sigma_inputs=50", "sigma_food=50", "export_supply_elasticity=8")
    settings = ("answer=false", "arms=[C1S0]", *(f"parameters.set.{one}" for one in steep))
    words = [word for setting in settings for word in ("--set", setting)]
    code, rows = accounts(run(tmp_path, "historical", *words))
    assert (code, len(rows)) == (0, 13)
    assert not set(COMPARED) & set(rows)


MONTH, ARM, MEMBER = 45, 3, 1
LANE = (MONTH, ARM, MEMBER)

BROKEN = [
    ("cleared_legal", (*LANE, CHINA, SOLD, COAL), "markets sold"),
    ("import_price", (*LANE, CHINA, FUEL), "markets bought"),
    ("unspent", LANE, "markets bought"),
    ("cleared_legal", (*LANE, RUSSIA, BOUGHT, FUEL), "origins"),
    ("favour", (*LANE, RUSSIA), "origins"),
    ("seized", (*LANE, CHINA, SOLD, COAL), "borders"),
    ("illegal_value", (*LANE, CHINA, SOLD, COAL), "values"),
    ("merchandise", LANE, "sales"),
    ("paid", LANE, "payments"),
    ("fees", LANE, "receipts"),
    ("crude", LANE, "reserves"),
    ("clearing_residual", LANE, "clearing_residual"),
    ("goods_residual", LANE, "goods_residual"),
    ("balance_residual", LANE, "balance_residual"),
    ("worker_residual", LANE, "worker_residual"),
]


@pytest.mark.parametrize(("name", "at", "identity"), BROKEN, ids=lambda value: str(value))
def test_a_broken_account_is_said_with_its_place(
    result: Path, tmp_path: Path, name: str, at: tuple[int, ...], identity: str
) -> None:
    """One number off by a million USD, or a share by a thousandth, in one month of one member."""
    folder = shutil.copytree(result, tmp_path / "historical")
    size = 1e-3 if name.endswith("residual") else 1.0
    spoilt(folder, name, at, lambda value: value + size)
    code, rows = accounts(folder)
    assert code == 1
    row = rows[identity]
    assert not row["holds"]
    assert {"month": "2017-10", "arm": "C1S1", "member": "1"}.items() <= row["at"].items()
    if len(at) > 5:
        assert ("fuel" if at[4] == BOUGHT else "coal") in row["at"].values()
    if row["gap_musd"] is not None:
        assert row["gap_musd"] > 0.1
    code, said = call("accounts", folder)
    assert code == 1
    assert "do not hold" in said


def test_a_number_that_is_none_breaks_an_account(result: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(result, tmp_path / "historical")
    spoilt(folder, "reserves", LANE, lambda _: np.nan)
    code, rows = accounts(folder)
    assert (code, rows["reserves"]["holds"]) == (1, False)
    assert rows["reserves"]["at"]["month"] == "2017-10"


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -1.0])
def test_arrays_of_anything_are_no_accident(result: Path, tmp_path: Path, value: float) -> None:
    """Prices, parameters and amounts that no run could give break accounts, and no more."""
    folder = shutil.copytree(result, tmp_path / "historical")
    for name in ("import_price", "open_price", "plan", "parameter.sigma_coal"):
        spoilt(folder, name, (slice(None),), lambda found: np.full_like(found, value))
    code, rows = accounts(folder)
    assert code == 1
    assert not rows["markets sold"]["holds"]


def test_an_answer_that_is_not_that_of_the_arrays_is_said(result: Path, tmp_path: Path) -> None:
    """A loss a thousandth too large and an offset a point too high are found."""
    folder = shutil.copytree(result, tmp_path / "historical")
    path = folder / "answer.json"
    answer = json.loads(path.read_text(encoding="utf-8"))
    answer["loss_musd"]["p95"] *= 1.001
    answer["offset_ratio"]["p50"] += 0.01
    path.write_text(json.dumps(answer), encoding="utf-8")
    signed(folder, "answer.json")
    code, rows = accounts(folder)
    assert code == 1
    assert [name for name, row in rows.items() if not row["holds"]] == list(COMPARED)
    assert rows["receipts and loss"]["at"] == {"number": "loss", "level": "p95"}


def test_bad_input_is_a_sentence(result: Path, tmp_path: Path) -> None:
    """No such folder, a scenario, a file that is not the run's own."""
    assert "found no such folder" in call("accounts", tmp_path / "none")[1]
    assert "allowed: a folder that `divert run` wrote" in call("accounts", tmp_path)[1]
    folder = shutil.copytree(result, tmp_path / "historical")
    path = folder / "answer.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    code, said = call("accounts", folder)
    assert code == 2
    assert "not the one its run wrote" in said


@pytest.mark.parametrize("text", ['{"loss_musd": 1}', "[1]", "{"])
def test_an_answer_of_another_shape_is_a_sentence(result: Path, tmp_path: Path, text: str) -> None:
    folder = shutil.copytree(result, tmp_path / "historical")
    (folder / "answer.json").write_text(text, encoding="utf-8")
    signed(folder, "answer.json")
    code, said = call("accounts", folder)
    assert code == 2
    assert "answer.json: found an answer of other keys; run the scenario again" in said


def test_a_run_without_a_parameter_is_a_sentence(result: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(result, tmp_path / "historical")
    with np.load(folder / "arrays.npz") as stored:
        arrays = {name: stored[name] for name in stored if name != "parameter.sigma_coal"}
    np.savez_compressed(folder / "arrays.npz", **arrays)
    signed(folder, "arrays.npz")
    code, said = call("accounts", folder)
    assert code == 2
    assert "found no parameter sigma_coal; run the scenario again" in said


def test_a_run_of_other_code_is_said(result: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(result, tmp_path / "historical")
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "code": "0" * 64}), encoding="utf-8")
    code, said = call("accounts", folder)
    assert code == 0
    assert "Another version of divert wrote this run" in said
