"""Exports: the numbers of the CSV with units and labels, the same bytes twice, bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export")
    words = ["run", "historical", "--members", "2", "--scale", "0.1", "--out", str(out), "--quiet"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return out / "historical"


def test_each_format_holds_the_csv(result: Path, tmp_path: Path) -> None:
    import pandas as pd
    import pyarrow.parquet as pq
    from pandas.io.stata import StataReader

    words = ["export", str(result), "--format", "parquet", "--format", "dta", "--out"]
    for where in ("a", "b"):
        done = CliRunner().invoke(main, [*words, str(tmp_path / where)])
        assert done.exit_code == 0, done.output
    table = pd.read_csv(result / "bands.csv")
    first, second = (tmp_path / where / "historical" for where in ("a", "b"))
    for name in ("bands.parquet", "bands.dta"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert pd.read_parquet(first / "bands.parquet").equals(table)
    field = pq.read_schema(first / "bands.parquet").field("p50")
    assert field.metadata[b"unit"] == b"USD million a month"
    stata = pd.read_stata(first / "bands.dta")
    assert (stata[["p05", "p50", "p95"]] == table[["p05", "p50", "p95"]]).all(axis=None)
    assert (stata["month"].dt.strftime("%Y-%m") == table["month"]).all()
    with StataReader(first / "bands.dta") as reader:
        assert "USD million a month" in reader.variable_labels()["p50"]


def test_bad_input_is_one_sentence(result: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for words, said in (
        ([str(result), "--format", "parket"], "did you mean 'parquet'?"),
        ([str(tmp_path / "none"), "--format", "dta"], "no such folder"),
        ([str(tmp_path), "--format", "dta"], "without arrays.npz"),
        ([str(result), "--format", "dta", "--out", str(tmp_path / "file")], "cannot be written"),
    ):
        done = CliRunner().invoke(main, ["export", *words])
        assert (done.exit_code, done.output.count("\n")) == (2, 1)
        assert said in done.output


def test_netcdf_holds_the_arrays(result: Path, tmp_path: Path) -> None:
    import numpy as np
    import xarray as xr

    words = ["export", str(result), "--format", "nc", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    with (
        xr.open_dataset(tmp_path / "historical" / "flows.nc", engine="scipy") as found,
        np.load(result / "arrays.npz") as stored,
    ):
        for name in found.data_vars:
            assert np.array_equal(found[name].to_numpy(), stored[str(name)])
            assert found[name].attrs["units"]
            assert found[name].attrs["long_name"]
        assert list(found["month"].to_numpy().astype(str)) == list(stored["months"])
