"""Exports: the numbers of the CSV with units and labels, the same bytes twice, bad input."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main

TABLES = ("bands", "answer", "patterns")
ALL = [f"{name}.{form}" for name in TABLES for form in ("csv", "parquet", "dta")]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run that wrote every format itself."""
    out = tmp_path_factory.mktemp("export")
    words = ["run", "historical", "--members", "2", "--scale", "0.1", "--out", str(out), "--quiet"]
    formats = [word for form in ("csv", "parquet", "dta", "nc") for word in ("--format", form)]
    done = CliRunner().invoke(main, [*words, *formats])
    assert done.exit_code == 0, done.output
    return out / "historical"


def export(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["export", *words])
    return done.exit_code, done.output


def test_run_and_export_write_the_same_bytes(result: Path, tmp_path: Path) -> None:
    formats = [word for form in ("csv", "parquet", "dta", "nc") for word in ("--format", form)]
    code, said = export(str(result), *formats, "--out", str(tmp_path))
    assert code == 0, said
    made = tmp_path / "historical"
    assert sorted(path.name for path in made.iterdir()) == sorted([*ALL, "arrays.nc"])
    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    for path in made.iterdir():
        assert path.read_bytes() == (result / path.name).read_bytes(), path.name
        assert manifest["sha256"][path.name] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", TABLES)
def test_each_format_holds_the_csv(result: Path, name: str) -> None:
    import pandas as pd

    table = pd.read_csv(result / f"{name}.csv", keep_default_na=False, na_values={"p05": [""]})
    numbers = [column for column in table.columns if column in ("p05", "p50", "p95")]
    for column in numbers:
        table[column] = pd.to_numeric(table[column])
    parquet = pd.read_parquet(result / f"{name}.parquet")
    stata = pd.read_stata(result / f"{name}.dta")
    assert list(parquet.columns) == list(stata.columns) == list(table.columns)
    for column in table.columns:
        if column in ("month", "recorded", "record_low", "record_high"):
            continue
        assert parquet[column].equals(table[column].astype(parquet[column].dtype)), column
        assert list(stata[column].dropna()) == list(table[column].dropna()), column


def test_units_come_from_the_column_of_units(result: Path) -> None:
    import pandas as pd
    import pyarrow.parquet as pq
    from pandas.io.stata import StataReader

    bands = pq.read_schema(result / "bands.parquet")
    assert bands.field("p50").metadata[b"unit"] == b"million USD a month"
    assert bands.metadata[b"scenario"] == b"historical"
    answer = pq.read_schema(result / "answer.parquet")
    assert answer.field("p50").metadata[b"unit"] == b"as in the column unit"
    with StataReader(result / "bands.dta") as reader:
        assert "million USD a month" in reader.variable_labels()["p50"]
    stata = pd.read_stata(result / "bands.dta")
    table = pd.read_csv(result / "bands.csv")
    assert (stata["month"].dt.strftime("%Y-%m") == table["month"]).all()
    assert (stata["recorded"].astype(bool) == table["recorded"]).all()


def test_other_units_are_said_as_they_are() -> None:
    import pandas as pd

    from sim.experiment.export_tables import KINDS, units_of

    table = pd.DataFrame({"unit": ["workers", "workers"]})
    assert units_of(table, KINDS[1])["p05"] == "workers"


def test_the_answer_table_holds_every_band_of_the_answer(result: Path) -> None:
    found = json.loads((result / "answer.json").read_text(encoding="utf-8"))
    with (result / "answer.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["quantity"]: row for row in csv.DictReader(file)}

    def bands(place: str, value: object) -> list[tuple[str, dict[str, float]]]:
        if not isinstance(value, dict):
            return []
        if set(value) == {"p05", "p50", "p95"}:
            return [(place, value)]
        return [row for key, inner in value.items() for row in bands(f"{place}.{key}", inner)]

    seen = [row for key, value in found.items() for row in bands(key, value)]
    assert len(seen) > 20
    for place, band in seen:
        for level, value in band.items():
            assert float(rows[place][level]) == pytest.approx(value, rel=1e-5), place
        assert rows[place]["unit"]
        assert rows[place]["label"]
    naive = next(one for one in found["comparators"] if one["name"] == "naive_customs")
    table = rows["comparators.naive_customs.loss_musd"]
    assert float(table["p50"]) == pytest.approx(naive["loss_musd"]["p50"], rel=1e-5)
    assert (rows["prob_offset_gt_half"]["p05"], rows["prob_offset_gt_half"]["p50"]) == ("", "0")


def test_a_run_without_an_answer_has_tables_too(tmp_path: Path) -> None:
    words = ["run", "historical", "--members", "1", "--scale", "0.05", "--out", str(tmp_path)]
    short = ["--set", "answer=false", "--set", "arms=[C1S0]", "--set", "seeds_per_draw=1"]
    formats = ["--format", "dta", "--format", "parquet", "--quiet"]
    done = CliRunner().invoke(main, [*words, *short, *formats])
    assert done.exit_code == 0, done.output
    made = tmp_path / "historical"
    head, *rows = (made / "answer.csv").read_text(encoding="utf-8").splitlines()
    assert head == "quantity,unit,label,p05,p50,p95"
    assert [row.split(",")[0] for row in rows] == ["max_clearing_residual", "max_balance_residual"]
    assert len((made / "patterns.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert (made / "patterns.dta").is_file()


def test_axes_are_named_and_as_long_as_their_labels(result: Path) -> None:
    import numpy as np

    from sim.record import AXES, LEAD, VARIABLES, shape_of

    with np.load(result / "arrays.npz") as stored:
        for name, (axes, _, _) in VARIABLES.items():
            shape = stored[name].shape
            assert len(shape) == len(LEAD) + len(axes), name
            assert shape[3:] == shape_of(name) == tuple(len(AXES[axis]) for axis in axes), name
            assert len(set(axes)) == len(axes), name


def test_netcdf_holds_the_arrays(result: Path) -> None:
    import numpy as np
    import xarray as xr

    from sim.record import AXES, LEAD, VARIABLES

    with (
        xr.open_dataset(result / "arrays.nc", engine="scipy", decode_timedelta=False) as found,
        np.load(result / "arrays.npz") as stored,
    ):
        for name, (axes, unit, what) in VARIABLES.items():
            assert found[name].dims == (*LEAD, *axes)
            assert np.array_equal(found[name].to_numpy(), stored[name]), name
            assert found[name].attrs["long_name"] == what
            if not unit.startswith("musd"):
                assert found[name].attrs["units"] == unit
        units = {name: found[name].attrs["units"] for name in VARIABLES}
        assert units["receipts"] == "million USD a month"
        assert units["legal"] == "million USD a month at base prices"
        assert units["reserves"] == "million USD"
        assert units["bonded"] == "million USD at base prices"
        assert found["parameter_unrecorded_income"].attrs["units"] == "million USD a month"
        assert found["parameter_reserves_2014"].attrs["units"] == "million USD"
        for axis in (*LEAD, *AXES):
            assert found[axis].attrs["long_name"]
        assert "C1S0: China restricts, Russia held still" in found["arm"].attrs["long_name"]
        drawn = [name for name in stored if name.startswith("parameter.")]
        assert len(drawn) > 50
        for name in drawn:
            one = found[name.replace(".", "_")]
            assert one.dims == ("member",)
            assert one.attrs["units"]
            assert np.array_equal(one.to_numpy(), stored[name])
        assert set(found.data_vars) == {*VARIABLES, *(name.replace(".", "_") for name in drawn)}
        assert list(found["month"].to_numpy().astype(str)) == list(stored["months"])
        assert list(found["arm"].to_numpy().astype(str)) == list(stored["arm_names"])
        for axis, labels in AXES.items():
            assert list(found[axis].to_numpy().astype(str)) == list(labels)
        manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
        assert found.attrs["code"] == manifest["code"]
        assert found.attrs["licence"] == "Apache-2.0"
        for key in ("title", "scenario", "seed", "version", "source"):
            assert found.attrs[key], key
        coal = float(found["legal"].sel(partner="China", direction="dprk_export",
                                        good="coal / fuel", arm="C1S1", month="2015-06",
                                        member=0))  # fmt: skip
        assert coal == stored["legal"][17, 3, 0, 0, 0, 0]


def test_bad_input_is_one_sentence(result: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for words, said in (
        ([str(result), "--format", "parket"], "did you mean 'parquet'?"),
        ([str(result), "--format", "Stata"], "did you mean 'dta'?"),
        ([str(tmp_path / "none"), "--format", "dta"], "no such folder"),
        ([str(tmp_path), "--format", "dta"], "without arrays.npz"),
        ([str(result), "--format", "dta", "--out", str(tmp_path / "file")], "cannot be written"),
    ):
        code, output = export(*words)
        assert (code, output.count("\n")) == (2, 1)
        assert said in output


@pytest.mark.parametrize(
    ("name", "form"),
    [("bands.csv", "dta"), ("arrays.npz", "nc"), ("answer.json", "csv"), ("answer.json", "nc")],
)
def test_a_file_cut_short_is_refused(result: Path, tmp_path: Path, name: str, form: str) -> None:
    cut = tmp_path / "cut"
    shutil.copytree(result, cut)
    whole = (cut / name).read_bytes()
    (cut / name).write_bytes(whole[: len(whole) // 2])
    code, output = export(str(cut), "--format", form, "--out", str(tmp_path / "made"))
    assert (code, output.count("\n")) == (2, 1)
    assert f"{name}: found a file that is not the one its run wrote" in output
    assert not (tmp_path / "made").exists()


def test_a_run_of_another_version_is_refused(result: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(result, old)
    manifest = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    del manifest["sha256"]["answer.csv"]
    (old / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, output = export(str(old), "--format", "csv")
    assert (code, "as an older version of divert wrote it" in output) == (2, True)
    del manifest["sha256"]
    (old / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, output = export(str(old), "--format", "csv")
    assert (code, "found no sha256" in output) == (2, True)
    for content in ("[]", json.dumps(manifest | {"sha256": []}), "{"):
        (old / "manifest.json").write_text(content, encoding="utf-8")
        code, output = export(str(old), "--format", "csv")
        assert (code, output.count("\n")) == (2, 1), content


def test_run_refuses_an_unknown_format_before_any_work(tmp_path: Path) -> None:
    words = ["run", "historical", "--format", "xls", "--out", str(tmp_path / "x")]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "allowed: csv, parquet, dta, nc" in done.stderr
    assert list(tmp_path.iterdir()) == []
