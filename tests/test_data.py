"""The data tables: complete, sourced, consistent, and errors that name the bad row."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from sim.data import MARKS, TABLES, load, load_file
from sim.errors import DivertError


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_row_has_source_unit_and_mark(name: str) -> None:
    """Each table loads, and each row has a source and one of the three marks."""
    rows = load(name)
    assert rows
    for row in rows:
        assert row.mark in MARKS
        assert row.source.strip()
    if name not in ("measures", "rules", "corridors", "article_claims"):
        assert all(row.unit for row in rows)


def test_all_96_measures_have_a_rule_or_a_reason() -> None:
    """Each measure has at least one rule; one without effect on flows says why."""
    ids = [row.id for row in load("measures")]
    assert len(ids) == 96
    rules = load("rules")
    assert {row.id for row in rules} == set(ids)
    assert all(row.reason.strip() for row in rules)


def test_recorded_base_flows_add_up_to_the_official_totals() -> None:
    """Recorded columns of the base equal the means of the official figures of 2015 and 2016."""
    years = {row.year: row for row in load("trade_recommended")}
    base = load("base_flows")
    for partner, direction, column in (
        ("China", "dprk_export", "china_imports_from_dprk"),
        ("China", "dprk_import", "china_exports_to_dprk_ex_crude"),
        ("Russia", "dprk_export", "russia_imports_from_dprk"),
        ("Russia", "dprk_import", "russia_exports_to_dprk"),
    ):
        recorded = sum(
            row.recorded_musd_per_year
            for row in base
            if (row.partner, row.direction) == (partner, direction)
        )
        official = (getattr(years[2015], column) + getattr(years[2016], column)) / 2.0
        assert recorded == pytest.approx(official, rel=0.005), (partner, direction)


def test_segments_of_a_good_never_pass_the_whole() -> None:
    """On every day the largest coverages of a good's segments add up to one at most."""
    for partner in ("China", "Russia", "RestOfWorld"):
        cells: dict[tuple[str, str], list[object]] = {}
        for row in load("rules"):
            if row.acts_on == "ban" and row.partner in (partner, "all"):
                cells.setdefault((row.direction, row.good), []).append(row)
        for cell, rows in cells.items():
            day = date(2014, 1, 1)
            while day < date(2026, 1, 1):
                largest: dict[str, float] = {}
                for row in rows:
                    begun = row.start <= day and (row.end is None or day < row.end)  # type: ignore[attr-defined]
                    if begun:
                        share = row.coverage  # type: ignore[attr-defined]
                        segment = row.segment  # type: ignore[attr-defined]
                        largest[segment] = max(largest.get(segment, 0.0), share)
                assert sum(largest.values()) <= 1.0 + 1e-9, (partner, cell, day)
                day += timedelta(days=7)


def test_no_outcome_after_2019_is_in_the_tables() -> None:
    """Trade, labour and macro outcomes end in 2019."""
    for name in ("trade_annual", "trade_monthly", "trade_china_monthly", "trade_recommended",
                 "trade_russia_quarterly", "labour", "macro"):  # fmt: skip
        assert max(row.year for row in load(name)) <= 2019, name


HEADER = "from,to,level,mark,note,unit,source"
GOOD = "2014-01,2016-02,0.10,C,patience,index 0 to 1,judgement"

BAD_ROWS = [
    (GOOD.replace("0.10", "1.7"), "level: found 1.7; allowed from 0 to 1"),
    (GOOD.replace("0.10", "nan"), "level: found 'nan'; write a finite number"),
    (GOOD.replace("0.10", "ten"), "level: found 'ten'; write a number"),
    (GOOD.replace(",C,", ",D,"), "mark: found 'D'; allowed: A, B, C"),
    (GOOD.replace("2014-01", "2014-13"), "from: found '2014-13'; write a month as YYYY-MM"),
    (GOOD.replace("2016-02", "2013-02"), "to: found 2013-02 before 2014-01"),
    (GOOD.replace(",judgement", ","), "source: found nothing; text is needed here"),
    (GOOD + ",more", "found 8 cells; the table has 7 columns"),
]


@pytest.mark.parametrize(("row", "sentence"), BAD_ROWS)
def test_a_bad_row_is_named(tmp_path: Path, row: str, sentence: str) -> None:
    """A wrong cell ends in one sentence with file, line, column, what was found and allowed."""
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}\n{GOOD.replace('2014-01', '2013-01')}\n{row}\n", encoding="utf-8")
    with pytest.raises(DivertError) as error:
        load_file(path, "us_pressure")
    assert f"{path}:3: {sentence}" in str(error.value)


def test_wrong_columns_and_repeated_rows_are_named(tmp_path: Path) -> None:
    """An unknown column and a row named twice are told apart from bad cells."""
    path = tmp_path / "mine.csv"
    path.write_text(HEADER.replace("level", "levle") + "\n", encoding="utf-8")
    with pytest.raises(DivertError, match="wrong columns: found levle; allowed, in this order"):
        load_file(path, "us_pressure")
    source = Path(__file__).parents[1] / "sim" / "data" / "border_months.csv"
    lines = source.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1], lines[1]]), encoding="utf-8")
    with pytest.raises(DivertError, match="China 2014-01 stands already in line 2"):
        load_file(path, "border_months")
    with pytest.raises(DivertError, match="did you mean 'measures'"):
        load("measure")
