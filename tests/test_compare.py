"""`divert compare`: the same draws in several scenarios, paired; refusals; end to end."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.experiment.compare import _flat
from sim.experiment.offset import CHANNELS
from sim.experiment.paired import Measured, Quantity, paired, same_sign, years_of
from sim.experiment.stored import ARRAYS, MANIFEST
from sim.screen_compare import NAME, shown_names

SMALL = ("--members", "4", "--scale", "0.05", "--set", "period.to=2018-12",
         "--set", "window.to=2018-12")  # fmt: skip


def run(*words: object) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command, its errors on one line."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    return result.exit_code, result.stdout, " ".join(result.stderr.split())


def finished(out: Path, *settings: str) -> Path:
    """Run the historical scenario with settings on top and return its folder."""
    words = [w for setting in settings for w in ("--set", setting)]
    code, _, errors = run("run", "historical", *SMALL, *words, "--out", out, "--quiet")
    assert code == 0, errors
    return next(out.glob("*/manifest.json")).parent


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Finished runs: the reference, the same under another name, one with lax enforcement."""
    base = tmp_path_factory.mktemp("runs")
    lax = ("name=lax", "actors.China.potential=0.8")
    return {
        "historical": finished(base / "a"),
        "twin": finished(base / "b", "name=twin"),
        "lax": finished(base / "c", *lax),
    }


@pytest.fixture(scope="module")
def whole(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished comparison of all three, and what it printed."""
    out = tmp_path_factory.mktemp("compared")
    code, text, errors = run("compare", *runs.values(), "--out", out)
    assert code == 0, errors
    return out / "compare-historical-twin-lax", text


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Return the rows of compare.csv."""
    with (folder / "compare.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def receipts_of(folder: Path) -> np.ndarray:
    """Return receipts of 2018 by member in C1S1, straight from the stored arrays."""
    with np.load(folder / ARRAYS) as stored:
        arm = list(stored["arm_names"]).index("C1S1")
        months = [m.startswith("2018") for m in stored["months"]]
        total: np.ndarray = stored["receipts"][months, arm].astype(float).sum(axis=0)
    return total


def test_a_scenario_against_itself_differs_by_exactly_zero(whole: tuple[Path, str]) -> None:
    """Under another name every difference is zero, and no member is said to have a sign."""
    same = [row for row in rows_of(whole[0]) if row["scenario"] == "twin"]
    assert len(same) > 20
    for row in same:
        values = {row[f"difference_{n}"] for n in ("p05", "p50", "p95")}
        assert values <= {"0", ""}, row
        assert row["difference_p50"] == "0"
        assert row["same_sign"] == ""
    assert "The offset of twin is that of historical in every member." in whole[1]


def test_differences_are_those_of_members(runs: dict[str, Path], whole: tuple[Path, str]) -> None:
    """The band of a difference is the band of members' differences in the stored arrays."""
    change = receipts_of(runs["lax"]) - receipts_of(runs["historical"])
    row = next(
        r for r in rows_of(whole[0]) if (r["scenario"], r["quantity"]) == ("lax", "receipts 2018")
    )
    found = [float(row[f"difference_{n}"]) for n in ("p05", "p50", "p95")]
    assert np.allclose(found, np.quantile(change, (0.05, 0.5, 0.95)), rtol=1e-5)
    assert np.abs(change).min() > 0.0


def test_the_numbers_are_those_of_the_answer(
    runs: dict[str, Path], whole: tuple[Path, str]
) -> None:
    """Loss, offset, channels and chances are those of each run's own answer.json."""
    rows = {(r["scenario"], r["quantity"]): r for r in rows_of(whole[0])}
    words = ("goods that China had cut", "other goods", "labour", "arms and port fees")
    for name, folder in runs.items():
        told = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
        bands = {"loss": told["loss_musd"], "offset": told["offset_ratio"],
                 "autonomous": told["autonomous"], "interaction": told["interaction"],
                 "welfare offset": told["welfare_offset"], "gross offset": told["gross_offset"],
                 "offset without arms": told["offset_without_arms"]}  # fmt: skip
        bands |= {w: told["by_channel"][c] for w, c in zip(words, CHANNELS, strict=True)}
        for quantity, band in bands.items():
            for level, value in band.items():
                got = float(rows[name, quantity][level])
                assert got == pytest.approx(value, rel=1e-4, abs=1e-6), quantity
        chance = float(rows[name, "offset above one half"]["p50"])
        assert chance == pytest.approx(told["prob_offset_gt_half"])


def test_nothing_is_dropped_and_the_page_is_narrow(whole: tuple[Path, str]) -> None:
    """Each scenario has each quantity, in the file and on a page of at most 100 columns."""
    folder, text = whole
    by_name: dict[str, list[str]] = {}
    for row in rows_of(folder):
        by_name.setdefault(row["scenario"], []).append(row["quantity"])
        assert row["pairs"] == "4"
    assert list(by_name) == ["historical", "twin", "lax"]
    assert len({tuple(quantities) for quantities in by_name.values()}) == 1
    lines = text.splitlines()
    assert max(len(line) for line in lines[:-1]) <= 100  # the last names a folder
    for name in by_name:
        assert sum(line.startswith(f"  {name} ") for line in lines) == len(by_name[name])


def test_an_empty_mapping_is_no_key_that_differs() -> None:
    """`parameters.set` without a parameter differs from none set only in what is set."""
    assert _flat({"a": {}, "b": [], "c": {"d": 1.5, "e": "x"}}) == {
        "b": "[]", "c.d": "1.5", "c.e": "x",
    }  # fmt: skip


def test_keys_that_differ_are_named(whole: tuple[Path, str]) -> None:
    """differences.csv holds the keys that differ, prose and name apart, and no others."""
    with (whole[0] / "differences.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"key": "actors.China.potential", "historical": "1.0", "twin": "1.0", "lax": "0.8"}
    ]
    told = json.loads((whole[0] / "compare.json").read_text(encoding="utf-8"))
    assert told["differing_terms"] == rows
    assert told["reference"] == "historical"
    for name in ("offsets", "receipts_by_month", "difference_by_channel"):
        assert (whole[0] / f"{name}.png").stat().st_size > 10_000


def test_scenarios_run_now_give_the_bytes_of_their_folders(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    """A scenario by name is run with progress; its comparison is that of its folder, twice."""
    code, _, errors = run("compare", "historical", runs["lax"], *SMALL, "--out", tmp_path / "n")
    assert code == 0, errors
    assert "historical: 100 %" in errors
    told = []
    for out in ("f", "g"):
        code, text, errors = run(
            "compare", runs["historical"], runs["lax"], "--json", "--out", tmp_path / out
        )
        assert (code, errors) == (0, "")
        told.append(text)
    assert told[0] == told[1]
    folders = [tmp_path / out / "compare-historical-lax" for out in "nfg"]
    names = sorted(path.name for path in folders[0].iterdir())
    assert len(names) == 6
    for name in names:
        assert len({(folder / name).read_bytes() for folder in folders}) == 1, name


def test_a_window_that_all_cover_is_compared(runs: dict[str, Path], tmp_path: Path) -> None:
    """--window names other months; a year cut short is named by its months."""
    words = ("compare", runs["historical"], runs["lax"], "--out", tmp_path, "--json")
    code, text, _ = run(*words, "--window", "2017-03:2018-12")
    assert code == 0
    told = json.loads(text)
    assert told["window"] == ["2017-03", "2018-12"]
    names = {row["quantity"] for row in told["rows"]}
    assert {"receipts 2017-03 to 2017-12", "receipts 2018"} <= names


def test_years_cut_short_are_named_by_their_months() -> None:
    """A whole year has its own name; another says which months it has."""
    months = tuple(f"2016-{m:02d}" for m in range(11, 13)) + tuple(
        f"2017-{m:02d}" for m in range(1, 13)
    )
    assert years_of(months) == {"2016-11 to 2016-12": slice(0, 2), "2017": slice(2, 14)}


def measured_of(values: list[float], unit: str = "musd") -> Measured:
    """Return one quantity as if it had been measured, two members a draw."""
    quantity = Quantity("x", unit, "g", np.array(values))
    return Measured("s", {"x": quantity}, (), np.zeros((0, 0)), True, 2)


def test_seed_noise_and_signs_worked_by_hand() -> None:
    """Differences 1, 3, 5, 7 in two draws: spread within draws 2, mean 4, all of one sign."""
    row = paired(measured_of([2.0, 4.0, 6.0, 8.0]), measured_of([1.0] * 4))[0]
    assert row.mean_difference == 4.0
    assert row.seed_noise_se == pytest.approx(np.sqrt(2.0 / 4.0))
    assert row.stands_out is True
    assert row.same_sign == 1.0
    assert same_sign(np.array([-1.0, 2.0, 3.0, 4.0])) == 0.75
    assert same_sign(np.array([-1.0, 0.0, 0.0, 1.0])) is None


def test_members_without_a_value_are_counted_out() -> None:
    """A member without a loss in one scenario is no pair, and seed noise is then not judged."""
    row = paired(measured_of([2.0, np.nan, 6.0, 8.0]), measured_of([1.0] * 4))[0]
    assert (row.pairs, row.mean_difference) == (3, pytest.approx(13.0 / 3.0))
    assert row.seed_noise_se is None
    assert row.stands_out is None


def test_long_names_stay_apart_on_the_page() -> None:
    """Names are cut in the middle, and numbered where they would still look alike."""
    names = ("short", "a-name-of-many-words-and-letters-1", "a-name-of-many-words-and-letters-2")
    shown = shown_names(names)
    assert shown["short"] == "short"
    assert len(set(shown.values())) == 3
    assert max(len(name) for name in shown.values()) <= NAME
    alike = shown_names(("a" * 20 + "x" + "b" * 20, "a" * 20 + "y" + "b" * 20))
    assert len(set(alike.values())) == 2


def test_a_scenario_without_a_loss_is_shown_as_such(runs: dict[str, Path], tmp_path: Path) -> None:
    """Where nothing is restricted there is no offset: said in words, null in the file."""
    free = finished(tmp_path / "runs", "name=free", "measures.include=[]",
                    "actors.China.enforcement={mode: fixed, value: 0}")  # fmt: skip
    told = json.loads((free / "answer.json").read_text(encoding="utf-8"))
    assert not told["loss_significant"]
    code, text, errors = run("compare", runs["historical"], free, "--out", tmp_path)
    assert (code, errors) == (0, "")
    assert "In free there is no loss that stands out, so no offset of it." in text
    rows = {
        (r["scenario"], r["quantity"]): r for r in rows_of(tmp_path / "compare-historical-free")
    }
    assert rows["free", "offset"]["p50"] == rows["free", "offset"]["difference_p50"] == ""
    assert rows["free", "offset"]["pairs"] == "0"
    assert float(rows["free", "loss"]["difference_p50"]) < 0.0


# ---- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (("window.to=2018-06",), "found different windows: 2017-01 to 2018-12 in historical, "
         "2017-01 to 2018-06 in other; allowed: the same in all, or months that all cover"),
        (("seed=5",), "found different seeds: 2017 in historical, 5 in other"),
        (("members=6",), "found different numbers of members: 4 in historical, 6 in other"),
        (("seeds_per_draw=1",), "found different seeds per draw: 2 in historical, 1 in other"),
        (("parameters.source=prior",), "found different draws: calibrated shipped in historical, "
         "prior shipped in other"),
        (("firms.Russia=900",), "found different numbers of firms: 260 25 15 in historical, "
         "260 45 15 in other"),
        (("answer=false", "arms=[C0S0, C1S1]"), "found no arm C1S0 or C0S1; allowed: a run with "
         "arms: [C0S0, C1S0, C0S1, C1S1] and answer: true"),
        (("answer=false",), "found answer: false; allowed: a run with arms: [C0S0"),
    ],
)  # fmt: skip
def test_what_cannot_be_paired_is_refused(
    runs: dict[str, Path], tmp_path: Path, settings: tuple[str, ...], sentence: str
) -> None:
    """Each kind of mismatch ends with its sentence, exit code 2 and nothing written."""
    path = tmp_path / "other.yaml"
    lines = ["extends: historical", "name: other"]
    changes = {"period.to": "2018-12", "window.to": "2018-12", "members": "4"}
    changes |= dict(text.split("=") for text in settings)
    words = [w for key, value in changes.items() for w in ("--set", f"{key}={value}")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, text, errors = run(
        "compare", runs["historical"], path, "--scale", "0.05", *words, "--out", tmp_path / "out"
    )
    assert sentence in errors
    assert (code, text) == (2, "")
    assert not (tmp_path / "out").exists()


def copied(folder: Path, target: Path, **changes: object) -> Path:
    """Copy a results folder with changes to its manifest."""
    shutil.copytree(folder, target)
    path = target / MANIFEST
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(content), encoding="utf-8")
    return target


def test_other_versions_and_other_code_are_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    """Results of another version, other code or other draws cannot be paired."""
    for key, value, words in (("divert", "0.0.9", "versions of divert"), ("code", "f" * 64, "code"),
                              ("draws_sha256", "e" * 64, "draws")):  # fmt: skip
        other = copied(runs["lax"], tmp_path / key, **{key: value})
        code, _, errors = run("compare", runs["historical"], other, "--out", tmp_path / "out")
        assert code == 2
        assert f"found different {words}: " in errors
        assert "run both" in errors


def test_every_side_that_is_wrong_is_named(runs: dict[str, Path], tmp_path: Path) -> None:
    """A file cut short, a file missing and a folder missing are all named, and nothing is made."""
    short = copied(runs["lax"], tmp_path / "short")
    whole = (short / ARRAYS).read_bytes()
    (short / ARRAYS).write_bytes(whole[: len(whole) // 2])
    bare = copied(runs["lax"], tmp_path / "bare")
    (bare / ARRAYS).unlink()
    torn = copied(runs["lax"], tmp_path / "torn")
    (torn / MANIFEST).write_text('{"divert": ', encoding="utf-8")
    code, _, errors = run(
        "compare", runs["historical"], short, bare, torn, tmp_path / "none", "--out",
        tmp_path / "out",
    )  # fmt: skip
    assert code == 2
    assert "4 of 5 cannot be compared, so none is" in errors
    assert f"{short / ARRAYS}: found a file that is not the one its run wrote" in errors
    assert f"{bare}: found a folder without arrays.npz" in errors
    assert f"{torn / MANIFEST}: the file cannot be read" in errors
    assert f"{tmp_path / 'none'}: found no such folder" in errors
    assert not (tmp_path / "out").exists()


def test_the_same_result_twice_one_alone_and_idle_options(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    """A slip of the hand is said, not computed."""
    folder, lax = runs["historical"], runs["lax"]
    out = ("--out", tmp_path / "out")
    twice = run("compare", folder, copied(folder, tmp_path / "copy"), *out)
    assert twice[0] == 2
    assert "found the same result twice" in twice[2]
    assert "found the same result twice" in run("compare", "historical", "historical", *out)[2]
    assert "found the same result twice" in run("compare", folder, "historical", *SMALL, *out)[2]
    assert "found 1 to compare; allowed: two or more" in run("compare", folder, *out)[2]
    idle = run("compare", folder, lax, "--members", "8", *out)
    assert "found members given for finished results, which would change nothing" in idle[2]
    wrong = run("compare", folder, lax, "--window", "2017", *out)
    assert "--window: found '2017'; allowed: YYYY-MM:YYYY-MM" in wrong[2]
    late = run("compare", folder, lax, "--window", "2018-01:2019-06", *out)
    assert "found 2018-01:2019-06, but historical covers 2014-01 to 2018-12" in late[2]


def test_a_scenario_that_fails_is_named(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks inside a run names its scenario, ends with exit code 1 and writes nothing."""

    def breaks(*_: object) -> None:
        raise FloatingPointError("no price clears the market")

    monkeypatch.setattr("sim.experiment.side.run_ensemble", breaks)
    code, _, errors = run("compare", runs["lax"], "historical", *SMALL, "--out", tmp_path / "o")
    assert code == 1
    assert "historical failed, so nothing was compared: no price clears the market" in errors
    assert not (tmp_path / "o").exists()
