"""`from sim import load, run, compare, sweep`: the numbers of the command line, and bad input."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim import compare, load, run, sweep
from sim.agents import Partner
from sim.cli import main
from sim.errors import DivertError
from sim.experiment.ensemble import model_of
from sim.experiment.export_tables import KINDS, read_table
from sim.model import SanctionsModel
from sim.python import Result

SMALL: dict[str, Any] = {"members": 4, "scale": 0.05}
WORDS = ("--members", "4", "--scale", "0.05")


def command(*words: object) -> None:
    """Run a command of `divert` that must go well."""
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the command line."""
    out = tmp_path_factory.mktemp("command")
    command("run", "historical", *WORDS, "--out", out, "--quiet")
    return out / "historical"


@pytest.fixture(scope="module")
def result() -> Result:
    """The same run in Python."""
    return run("historical", **SMALL)


# ---- load --------------------------------------------------------------------------------------


def test_changes_are_those_of_the_command_line() -> None:
    """Keys in Python give the scenario that the same options give; a scenario is changed anew."""
    given = load("historical", members=8, seed=1, **{"firms.scale": 0.2, "measures.drop": []})
    assert given == load("historical", members=8, seed=1, scale=0.2)
    assert given == load(load("historical", scale=0.2), members=np.int64(8), seed=np.int32(1))
    assert given.firms.counts() == (1040, 100, 60)
    fixed = load("historical", us_pressure={"mode": "fixed", "value": np.float64(0.5)})
    assert fixed.us_pressure.value == 0.5
    end = load("historical", **{"measures.end": ({"day": date(2019, 3, 1)},)}).measures.end
    assert end is not None
    assert end[0].day == date(2019, 3, 1)


@pytest.mark.parametrize(
    ("wanted", "changes", "sentence"),
    [
        ("historicl", {}, "did you mean 'historical'"),
        (3, {}, "found 3 as a scenario; allowed: a path, the name of a shipped one"),
        ("historical", {"member": 8}, "member: found an unknown key"),
        ("historical", {"members": "8"}, "members: found '8'; allowed: a whole number"),
        ("historical", {"members": 0}, "members: found 0; allowed: a whole number from 1"),
        ("historical", {"seed": float("nan")}, "seed: found nan"),
        ("historical", {"scale": 1.0, "firms.scale": 2.0}, "firms.scale: found the key twice"),
        ("historical", {"firms.": 2.0}, "found an empty part"),
        ("historical", {"actors": object()}, "actors: found <object"),
    ],
)
def test_a_scenario_that_is_wrong_is_said(
    wanted: Any, changes: dict[str, Any], sentence: str
) -> None:
    """One sentence, which names the key."""
    with pytest.raises(DivertError) as caught:
        load(wanted, **changes)
    assert sentence in str(caught.value)


# ---- run ---------------------------------------------------------------------------------------


def test_a_result_has_the_numbers_of_the_command_line(folder: Path, result: Result) -> None:
    """Answer, tables and arrays are those of the folder, to the last digit."""
    answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    assert result.answer == answer
    assert "offset is" in str(result)
    offsets = result.members.offset
    assert offsets.quantile(0.95) == pytest.approx(answer["offset_ratio"]["p95"], rel=1e-12)
    assert repr(result).startswith("<Result of historical: 4 members, offset ")
    tables = (result.bands, result.table, result.patterns)
    for kind, table in zip(KINDS, tables, strict=True):
        pd.testing.assert_frame_equal(table, read_table(folder / f"{kind.name}.csv", kind))
    with np.load(folder / "arrays.npz") as stored:
        for name in ("enforcement", "legal_value", "reserves"):
            np.testing.assert_array_equal(result.arrays[name].values, stored[name])
        penalty = stored["parameter.penalty"]
    np.testing.assert_array_equal(result.arrays.parameter_penalty.values, penalty)
    assert result.arrays.reserves.units == "million USD"


def test_save_writes_the_very_folder(folder: Path, result: Result, tmp_path: Path) -> None:
    """Every file has the bytes of the command's; an older result is replaced, nothing else is."""
    written = result.save(tmp_path / "again")
    assert sorted(p.name for p in written.iterdir()) == sorted(p.name for p in folder.iterdir())
    for path in folder.iterdir():
        assert path.read_bytes() == (written / path.name).read_bytes(), path.name
    assert result.save(written, formats="dta") == written
    assert (written / "bands.dta").is_file()
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DivertError, match="found the folder of a finished run; allowed: a scen"):
        run(folder)
    with pytest.raises(DivertError, match="found a folder with other files in it"):
        result.save(tmp_path)
    with pytest.raises(DivertError, match="found 'xls'; allowed: csv"):
        result.save(tmp_path / "new", formats=["xls"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "mine.txt"]


def test_progress_goes_from_nothing_to_all() -> None:
    """The share done rises to 1; a run without an answer says so."""
    seen: list[float] = []
    done = run("historical", progress=seen.append, members=1, scale=0.05, answer=False)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert str(done) == "No answer was asked for."
    assert repr(done) == "<Result of historical: 1 members>"
    with pytest.raises(DivertError, match="found a run without an answer"):
        _ = done.members


# ---- rules of one's own ------------------------------------------------------------------------


class Idle(Partner):
    """A partner that never wishes to enforce, and wishes to help as its terms say."""

    def wish_to_enforce(self, weighed: np.ndarray) -> np.ndarray:
        return np.zeros_like(weighed)


class Same(SanctionsModel):
    """The model under another name."""


class IdleChina(SanctionsModel):
    """The model in which China does not enforce."""

    partner_kinds = (Idle, Partner, Partner)


def test_a_rule_of_ones_own_changes_its_owner_alone(result: Result) -> None:
    """An empty subclass gives the same numbers; a rule acts on the partner that it is given to."""
    assert run("historical", model=Same, **SMALL).answer == result.answer
    idle = run("historical", model=IdleChina, **SMALL)
    wish = idle.arrays.enforcement_target
    assert wish.sel(partner="China").max() == 0.0
    assert wish.sel(partner="Russia").max() > 0.1
    assert idle.answer["loss_musd"]["p50"] < result.answer["loss_musd"]["p50"]
    with pytest.raises(DivertError, match="found a run of IdleChina, which the command line"):
        idle.save("nowhere")
    done = compare(result, idle)
    assert done.compared.labels == ("historical", "historical-IdleChina")
    assert done.terms.empty


def test_a_wish_outside_its_range_is_said() -> None:
    """The owner, the month and what is allowed are named."""

    class Wild(Partner):
        def wish_to_support(self, weighed: np.ndarray) -> np.ndarray:
            return weighed + 2.0

    class WildRussia(SanctionsModel):
        partner_kinds = (Partner, Wild, Partner)

    with pytest.raises(DivertError, match=r"from Wild\.wish_to_support in month 2014-01; allow"):
        model_of(load("historical", **SMALL), kind=WildRussia).step()
    with pytest.raises(DivertError, match="as model; allowed: a subclass of SanctionsModel"):
        run("historical", model=Partner, **SMALL)  # type: ignore[arg-type]


def test_stepping_by_hand_is_running(result: Result) -> None:
    """A model stepped month by month records what a run records."""
    world = load("historical", **SMALL)
    model = model_of(world)
    while model.month < len(model.inputs.months):
        model.step()
    stepped = model.record["reserves"][:, 0].astype(np.float32)
    np.testing.assert_array_equal(stepped, result.arrays.reserves.sel(arm="C1S1").values)


# ---- compare -----------------------------------------------------------------------------------


def test_a_comparison_has_the_numbers_of_the_command_line(
    folder: Path, result: Result, tmp_path: Path
) -> None:
    """A result, a folder and a scenario side by side give what `divert compare` gives."""
    command("compare", "historical", "labour-only", *WORDS, "--out", tmp_path, "--quiet")
    path = tmp_path / "compare-historical-labour-only"
    wanted = json.loads((path / "compare.json").read_text(encoding="utf-8"))
    before = result.answered.ensemble.record["reserves"].copy()
    by_result = compare(result, "labour-only", **SMALL)
    assert by_result.content == wanted
    np.testing.assert_array_equal(result.answered.ensemble.record["reserves"], before)
    assert compare(folder, load("labour-only", **SMALL)).content == wanted
    rows = by_result.table.query("scenario == 'labour-only' and quantity == 'offset'")
    row = next(r for r in wanted["rows"] if (r["scenario"], r["quantity"]) == (
        "labour-only", "offset"))  # fmt: skip
    assert rows.difference_p50.iloc[0] == row["difference"]["p50"]
    assert list(by_result.terms.columns) == ["key", "historical", "labour-only"]
    assert "The offset of labour-only differs by" in str(by_result)
    written = by_result.save(tmp_path / "mine")
    for file in path.iterdir():
        assert file.read_bytes() == (written / file.name).read_bytes(), file.name


def test_a_comparison_that_cannot_be_made_is_said(result: Result) -> None:
    """Sentences of the command line."""
    for sides, options, sentence in (
        ((result,), {}, "found 1 to compare; allowed: two or more"),
        ((result, result), {}, "found the same result twice"),
        ((result, "labour-only"), {"members": 2, "scale": 0.05}, "different numbers of members"),
        ((result, "labour-onl"), SMALL, "did you mean 'labour-only'"),
        ((result, result), {"seed": 3}, "found seed given for finished results"),
        ((result, 5), {}, "found 5 as a scenario"),
        ((result, "labour-only"), {**SMALL, "window": "2017"}, "found '2017'; allowed: YYYY-MM"),
        ((result, "labour-only"), {**SMALL, "answer": False}, "found answer: false"),
    ):
        with pytest.raises(DivertError, match=sentence):
            compare(*sides, **options)  # type: ignore[arg-type]


# ---- sweep -------------------------------------------------------------------------------------

TINY = """
scenario: historical
set: {firms.scale: 0.05, period.to: 2017-12, window.to: 2017-12}
factors: [{key: parameters.set.penalty, name: penalty, values: [1.0, 4.0]}]
members: 2
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The file of a tiny sweep."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    return path


def test_a_sweep_has_the_rows_of_the_command_line(tiny: Path, tmp_path: Path) -> None:
    """The frame is the table of the command's folder, factors beside; a second call finds it."""
    seen: list[float] = []
    runs = sweep(tiny, out=tmp_path / "python", workers=1, progress=seen.append)
    assert seen[-1] == 1.0
    assert list(runs.penalty) == [1.0, 1.0, 4.0, 4.0]
    command("sweep", tiny, "--workers", 1, "--out", tmp_path / "command", "--quiet")
    stored = pd.read_parquet(tmp_path / "command" / "tiny" / "parts").set_index("key")
    np.testing.assert_array_equal(runs.set_index("key").offset, stored.loc[runs.key].offset)
    pd.testing.assert_frame_equal(sweep(str(tiny), out=tmp_path / "python", workers=1), runs)


def test_a_sweep_that_is_wrong_is_said(tiny: Path, tmp_path: Path) -> None:
    """Sentences for a file and for numbers."""
    for file, options, sentence in (
        ("quik", {}, "did you mean 'quick'"),
        (7, {}, "found 7 as a sweep"),
        (tiny, {"members": 0}, "members: found 0; allowed: a whole number from 1 to 4,096"),
        (tiny, {"workers": 1.5}, "workers: found 1.5; allowed: a whole number"),
    ):
        with pytest.raises(DivertError, match=sentence):
            sweep(file, out=tmp_path / "out", **options)


# ---- the package -------------------------------------------------------------------------------


def test_import_sim_is_light_and_sweep_is_always_the_same() -> None:
    """`import sim` loads no NumPy; `sweep` is what one may call, before and after its package."""
    script = """
        import sys
        import sim
        assert not {"numpy", "pydantic", "mesa", "sim.python"} & set(sys.modules)
        assert {"load", "run", "compare", "sweep"} <= set(dir(sim))
        from sim import sweep as before
        import sim.sweep.command
        from sim import sweep as after
        assert before is after is sim.sweep and callable(before)
        try:
            sim.swep
        except AttributeError as error:
            assert "swep" in str(error)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


def test_a_script_needs_no_guard_to_sweep_in_processes(tiny: Path, tmp_path: Path) -> None:
    """Worker processes do not run the script again that asked for them."""
    script = tmp_path / "script.py"
    text = f'from sim import sweep\nprint(len(sweep("{tiny}", out="{tmp_path}/out", workers=2)))\n'
    script.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("4\n", "")
