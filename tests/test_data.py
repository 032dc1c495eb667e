"""The data package: every table loads, adds up and refuses a bad row in one sentence."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

import sim.data
from sim.axes import PARTNERS
from sim.data import MARKS, TABLES, load, load_file
from sim.errors import DivertError

FOLDER = Path(sim.data.__file__).parent
LAGS = {
    "none": {"china_lag": 0, "russia_lag": 0, "rest_lag": 0},
    "central": {"china_lag": 12, "russia_lag": 300, "rest_lag": 90},
    "long": {"china_lag": 34, "russia_lag": 320, "rest_lag": 300},
}
WITHOUT_FLOWS = ("friction", "detection", "corridor", "monitoring", "enforcement", "none")


def day(text: str) -> date:
    """Return a date."""
    return date.fromisoformat(text)


def shipped(name: str) -> list[list[str]]:
    """Return the cells of a shipped table, header first."""
    text = (FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))


def written(folder: Path, rows: list[list[str]]) -> Path:
    """Write rows as a user's file and return its path."""
    path = folder / "own.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def said(path: Path, name: str) -> str:
    """Return the sentence that refuses a file, without its folder."""
    with pytest.raises(DivertError) as caught:
        load_file(path, name)
    return str(caught.value).replace(str(path), "own.csv")


def coverage(partner: str, direction: str, good: str, when: date, lag: str = "central") -> float:
    """Return the sum over segments of the largest coverage that a day's ban rows carry."""
    largest: dict[str, float] = defaultdict(float)
    for row in load("rules"):
        if row.acts_on != "ban" or row.partner not in (partner, "all"):
            continue
        if (row.direction, row.good) != (direction, good):
            continue
        wait = timedelta(LAGS[lag][row.lag_parameter] if row.lag_parameter else 0)
        first = max(row.start + wait, row.not_before or date.min)
        if first <= when and (row.end is None or when < row.end + wait):
            largest[row.segment] = max(largest[row.segment], row.coverage)
    return sum(largest.values())


@pytest.mark.parametrize("name", TABLES)
def test_each_table_loads_with_a_mark_and_a_source(name):
    """Every row has a mark and says where it comes from."""
    rows = load(name)
    assert rows
    assert load(name) is rows
    assert {row.mark for row in rows} <= set(MARKS)
    assert all(row.source.strip() for row in rows)
    if name not in ("measures", "rules", "drafts", "corridors", "article_claims"):
        assert all(row.unit for row in rows)


def test_each_file_is_a_table():
    """No file of the folder is left out of the list of tables."""
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(TABLES)


def test_rows_cannot_be_changed():
    """A row is frozen, for all callers share it."""
    with pytest.raises(AttributeError):
        load("base_flows")[0].low = 0.0


def test_files_named_in_a_table_exist():
    """A reader who follows the name of a file finds it beside the table."""
    for path in FOLDER.glob("*.csv"):
        for cells in shipped(path.stem):
            for cell in cells:
                text = re.sub(r"https?://\S+", "", cell)
                for found in re.findall(r"\b\w+\.(?:csv|md)\b", text):
                    assert (FOLDER / found).exists(), f"{path.name} names {found}"


@pytest.mark.parametrize("name", TABLES)
def test_the_readme_names_each_table(name):
    """The folder's page describes every file."""
    assert f"`{name}.csv`" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_each_measure_has_a_rule():
    """The 96 measures are the ids of the rules, no more and no less."""
    assert len(load("measures")) == 96
    assert {row.id for row in load("rules")} == {row.id for row in load("measures")}
    assert len(load("rules")) >= 137


def test_a_measure_without_effect_on_flows_says_why():
    """Rows that move no flow of their own give a reason."""
    silent = [row for row in load("rules") if row.acts_on in WITHOUT_FLOWS]
    assert len(silent) > 50
    assert all(len(row.reason) > 20 for row in silent)


def test_acts_of_the_united_states_bind_no_flow():
    """US rows act through the pressure path and the DPRK's through the border alone."""
    for row in load("rules"):
        if row.id.startswith(("US-", "KP-")):
            assert row.binding == "none"
            assert row.acts_on in ("friction", "corridor")


def test_national_acts_bind_only_their_partner():
    """A row bound by a national act belongs to the state that issued the measure."""
    issuer = {row.id: row.issuer for row in load("measures")}
    for row in load("rules"):
        if row.binding == "national":
            assert row.partner == issuer[row.id], row.id
        if row.binding == "un" and row.acts_on in ("ban", "cap", "permits"):
            assert issuer[row.id] == "UN", row.id


def test_a_lagged_rule_starts_at_adoption():
    """The lag is counted from the adoption, so the row carries that date."""
    adopted = {row.id: row.adopted for row in load("measures")}
    lag_of = dict(zip(PARTNERS, ("china_lag", "russia_lag", "rest_lag"), strict=True))
    lagged = [row for row in load("rules") if row.lag_parameter]
    assert len(lagged) > 25
    for row in lagged:
        assert row.start == adopted[row.id], row.id
        assert row.lag_parameter == lag_of[row.partner], row.id


@pytest.mark.parametrize("lag", LAGS)
def test_coverage_never_exceeds_the_good(lag):
    """Segments add up to at most the whole good on every day of 2014 to 2025."""
    cells = {(r.partner, r.direction, r.good) for r in load("rules") if r.acts_on == "ban"}
    assert len(cells) > 15
    days = [date(2014, 1, 1) + timedelta(n) for n in range(0, 4383, 3)]
    for partner, direction, good in sorted(cells):
        peak = max(coverage(partner, direction, good, when, lag) for when in days)
        assert 0.0 < peak <= 1.0 + 1e-12, (partner, direction, good, peak)


@pytest.mark.parametrize(
    ("direction", "good", "when", "share"),
    [
        ("dprk_export", "coal", "2016-04-04", 0.0),
        ("dprk_export", "coal", "2016-04-05", 0.10),
        ("dprk_export", "coal", "2016-12-10", 0.10),
        ("dprk_export", "coal", "2016-12-11", 1.0),
        ("dprk_export", "coal", "2017-01-01", 0.0),
        ("dprk_export", "coal", "2017-02-18", 0.0),
        ("dprk_export", "coal", "2017-02-19", 1.0),
        ("dprk_export", "coal", "2017-08-15", 1.0),
        ("dprk_export", "minerals", "2016-04-05", 0.065),
        ("dprk_export", "minerals", "2017-01-01", 0.215),
        ("dprk_export", "minerals", "2017-08-15", 0.89),
        ("dprk_export", "minerals", "2018-01-20", 0.89),
        ("dprk_export", "minerals", "2018-01-21", 0.94),
        ("dprk_export", "seafood", "2017-08-14", 0.0),
        ("dprk_export", "seafood", "2017-08-15", 1.0),
        ("dprk_export", "textiles", "2017-09-22", 0.15),
        ("dprk_export", "textiles", "2017-12-10", 0.15),
        ("dprk_export", "textiles", "2017-12-11", 1.0),
        ("dprk_export", "other", "2018-01-20", 0.0),
        ("dprk_export", "other", "2018-01-21", 0.50),
        ("dprk_import", "machinery", "2018-01-21", 1.0),
        ("dprk_import", "fuel", "2017-06-27", 0.03),
        ("dprk_import", "fuel", "2017-06-28", 0.63),
        ("dprk_import", "fuel", "2017-09-22", 0.65),
        ("dprk_import", "fuel", "2018-01-01", 0.05),
    ],
)
def test_dated_facts_of_chinas_bans(direction, good, when, share):
    """China's bans cover on their day what its notices said."""
    assert coverage("China", direction, good, day(when)) == pytest.approx(share)


@pytest.mark.parametrize(
    ("good", "first", "share"),
    [
        ("coal", "2018-06-01", 1.0),
        ("seafood", "2018-06-01", 1.0),
        ("textiles", "2018-07-08", 1.0),
        ("other", "2018-10-18", 0.5),
    ],
)
def test_dated_facts_of_russias_bans(good, first, share):
    """Russia is bound 300 days after adoption, and not the day before."""
    assert coverage("Russia", "dprk_export", good, day(first)) == pytest.approx(share)
    assert coverage("Russia", "dprk_export", good, day(first) - timedelta(1)) < share


def test_delayed_bans_wait_for_the_window():
    """Without any lag the textile and machinery bans start when the UN window ends."""
    for good, last in (("textiles", "2017-12-09"), ("other", "2018-01-20")):
        before = coverage("Russia", "dprk_export", good, day(last), "none")
        after = coverage("Russia", "dprk_export", good, day(last) + timedelta(1), "none")
        assert before == 0.0 < after


@pytest.mark.parametrize("partner", PARTNERS)
@pytest.mark.parametrize(
    ("when", "barrels", "unit"),
    [
        ("2017-09-30", None, None),
        ("2017-10-01", 500_000, "barrels_total"),
        ("2017-12-31", 500_000, "barrels_total"),
        ("2018-01-01", 500_000, "barrels_per_year"),
        ("2025-12-31", 500_000, "barrels_per_year"),
    ],
)
def test_the_oil_cap_binds_every_partner_once(partner, when, barrels, unit):
    """One cap of fuel holds for each partner from the UN's date, without a gap."""
    caps = [
        (row.cap_value, row.cap_unit)
        for row in load("rules")
        if (row.acts_on, row.good, row.partner) == ("cap", "fuel", partner)
        and row.start <= day(when)
        and (row.end is None or day(when) < row.end)
    ]
    assert caps == ([] if barrels is None else [(barrels, unit)])


def test_a_crude_cap_is_above_the_base():
    """No crude cap cuts the base flow."""
    crude = [row for row in load("rules") if row.good == "crude"]
    assert len(crude) == 3
    assert all(row.cap_value > row.base_volume for row in crude)


def test_the_clearing_windows():
    """Port stock is released in December 2016 and in August 2017, but not seafood."""
    found = {
        (row.good, row.window_from, row.window_to)
        for row in load("rules")
        if row.window == "release"
    }
    august = (day("2017-08-15"), day("2017-09-05"))
    assert found == {
        ("coal", day("2016-12-11"), day("2017-01-01")),
        ("coal", *august),
        ("minerals", *august),
    }


def test_russian_labour_is_bound_at_adoption():
    """Russia's labour rows follow the dates of the Council, with no lag."""
    rows = [r for r in load("rules") if (r.partner, r.direction) == ("Russia", "labour")]
    acting = {(r.kind, r.start) for r in rows if r.acts_on == "permits"}
    assert acting == {
        ("freeze", day("2017-08-05")),
        ("permits", day("2017-09-11")),
        ("permits", day("2018-01-01")),
        ("repatriation", day("2017-12-22")),
        ("ban", day("2019-12-22")),
        ("relaxation", day("2018-12-01")),
    }
    assert not [r.id for r in rows if r.lag_parameter]


@pytest.mark.parametrize(
    ("partner", "direction", "column"),
    [
        ("China", "dprk_export", "china_imports_from_dprk"),
        ("China", "dprk_import", "china_exports_to_dprk_ex_crude"),
        ("Russia", "dprk_export", "russia_imports_from_dprk"),
        ("Russia", "dprk_import", "russia_exports_to_dprk"),
    ],
)
def test_base_flows_add_up_to_customs(partner, direction, column):
    """Recorded flows of a partner sum to the mean of its customs in 2015 and 2016."""
    recorded = sum(
        row.recorded_musd_per_year
        for row in load("base_flows")
        if (row.partner, row.direction) == (partner, direction)
    )
    years = {row.year: getattr(row, column) for row in load("trade_recommended")}
    assert recorded == pytest.approx((years[2015] + years[2016]) / 2, abs=0.05)


def test_the_rest_of_the_world_is_what_kotra_leaves():
    """Flows of other partners are KOTRA's totals less China with crude and Russia."""
    years = [row for row in load("trade_recommended") if row.year in (2015, 2016)]
    base = load("base_flows")
    totals = {"dprk_export": "kotra_dprk_exports", "dprk_import": "kotra_dprk_imports"}
    for direction, total in totals.items():
        kotra = sum(getattr(row, total) for row in years) / 2
        counted = sum(
            row.moved_musd_per_year if row.good == "crude" else row.recorded_musd_per_year
            for row in base
            if row.direction == direction
        )
        assert counted == pytest.approx(kotra, abs=1.0)


def test_base_flows_have_every_cell_once():
    """Three partners, two directions, seven goods each."""
    cells = Counter((row.partner, row.direction) for row in load("base_flows"))
    assert set(cells.values()) == {7}
    assert len(cells) == 6


def test_months_and_quarters_add_up_to_years():
    """China's closed months and Russia's quarters sum to the recommended year."""
    years = {row.year: row for row in load("trade_recommended")}
    for year in range(2016, 2020):
        china = [row for row in load("trade_china_monthly") if row.year == year]
        assert [row.month for row in china] == list(range(1, 13))
        bought = sum(row.cn_import_closed for row in china)
        sold = sum(row.cn_export_closed for row in china)
        assert bought == pytest.approx(years[year].china_imports_from_dprk, abs=0.1)
        assert sold == pytest.approx(years[year].china_exports_to_dprk_ex_crude, abs=0.1)
        russia = [row for row in load("trade_russia_quarterly") if row.year == year]
        assert sum(r.ru_export_musd for r in russia) == pytest.approx(
            years[year].russia_exports_to_dprk, abs=0.06
        )
        assert sum(r.ru_import_musd for r in russia) == pytest.approx(
            years[year].russia_imports_from_dprk, abs=0.06
        )


def test_outcomes_end_in_2019():
    """No outcome after 2019 is in a table; arms and cyber estimates are inputs and stay."""
    for name in ("trade_annual", "trade_monthly", "labour", "macro", "trade_recommended"):
        assert max(row.year for row in load(name)) <= 2019
    for name in ("trade_china_monthly", "trade_russia_quarterly"):
        assert max(row.year for row in load(name)) <= 2019
    later = {row.category for row in load("illicit") if row.year > 2019}
    assert later == {"arms_exports_to_russia", "cyber_theft"}


def test_world_prices_are_whole():
    """Five series, each with the 144 months from 2014 to 2025."""
    series = defaultdict(list)
    for row in load("world_prices"):
        series[row.series].append((row.year, row.month))
    whole = [(year, month) for year in range(2014, 2026) for month in range(1, 13)]
    assert len(series) == 5
    assert all(months == whole for months in series.values())


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("us_pressure", ()),
        ("enforcement_index", ("partner",)),
        ("political_paths", ("path", "partner")),
    ],
)
def test_judged_paths_have_no_gap(table, keys):
    """Each path covers 2014 to 2025, every month once."""
    months = defaultdict(list)
    for row in load(table):
        first, last = (int(m[:4]) * 12 + int(m[5:]) for m in (row.start, row.end))
        months[tuple(getattr(row, key) for key in keys)] += range(first, last + 1)
    for path, found in months.items():
        assert sorted(found) == list(range(2014 * 12 + 1, 2025 * 12 + 13)), path


def test_the_border_table_is_whole():
    """China's and Russia's borders have a level for each of the 144 months, open until 2020."""
    rows = load("border_months")
    assert Counter(row.partner for row in rows) == {"China": 144, "Russia": 144}
    assert {row.open for row in rows if row.month < "2020-01"} == {1.0}
    assert min(row.open for row in rows) < 0.2


BAD_CELLS = [
    ("rules", 1, "mark", "D", "mark: found 'D'; allowed: A, B, C"),
    ("rules", 1, "partner", "Chna",
     "partner: found 'Chna'; allowed: China, Russia, RestOfWorld, DPRK, all, none"
     " (did you mean 'China'?)"),
    ("rules", 1, "kind", "bann",
     "kind: found 'bann'; allowed: ban, cap_value, cap_quantity, freeze, permits, repatriation,"
     " inspection, closure, relaxation, finance, listing, none (did you mean 'ban'?)"),
    ("rules", 1, "direction", "export",
     "direction: found 'export'; allowed: dprk_export, dprk_import, labour, none"
     " (did you mean 'dprk_export'?)"),
    ("rules", 1, "good", "fuel",
     "good: found 'fuel' for dprk_export; allowed: coal, minerals, textiles, seafood, other,"
     " labour, arms"),
    ("rules", 1, "coverage", "1.2", "coverage: found 1.2; allowed: 0 to 1"),
    ("rules", 1, "coverage", "nan", "coverage: found 'nan'; allowed: a finite number"),
    ("rules", 1, "coverage", "1e999", "coverage: found '1e999'; allowed: a finite number"),
    ("rules", 1, "coverage", "ten", "coverage: found 'ten'; allowed: a number, as in 12.5"),
    ("rules", 1, "coverage", "1_0", "coverage: found '1_0'; allowed: a number, as in 12.5"),
    ("rules", 1, "coverage", "0.3",
     "coverage: found coverage_low 0.5, coverage 0.3, coverage_high 1; allowed: rising order"),
    ("rules", 1, "from", "2017-02-30",
     "from: found '2017-02-30'; allowed: a date YYYY-MM-DD"),
    ("rules", 1, "from", "20170205",
     "from: found '20170205'; allowed: a date YYYY-MM-DD"),
    ("rules", 1, "to", "2001-01-01",
     "to: found 2001-01-01 before 2006-10-14; allowed: to not before from"),
    ("rules", 1, "discretionary", "maybe", "discretionary: found 'maybe'; allowed: yes, no"),
    ("rules", 1, "source", " ", "source: found nothing; allowed: text"),
    ("rules", 1, "acts_on", "cap",
     "cap_value: found nothing; allowed: a value, as acts_on cap needs one"),
    ("rules", 1, "window", "release",
     "window_from: found nothing; allowed: a value, as window release needs one"),
    ("rules", 1, "wind_down_days", "9.5",
     "wind_down_days: found '9.5'; allowed: a whole number"),
    ("base_flows", 1, "low", "2000",
     "moved_musd_per_year: found low 2000, moved_musd_per_year 1114.5, high 1114.5;"
     " allowed: rising order"),
    ("base_flows", 1, "recorded_musd_per_year", "-3",
     "recorded_musd_per_year: found -3; allowed: 0 to 1e+12"),
    ("base_flows", 1, "potential_high", "1",
     "potential_musd_per_year: found potential_low 1170.2, potential_musd_per_year 1281.7,"
     " potential_high 1; allowed: rising order"),
    ("base_flows", 1, "good", "coals",
     "good: found 'coals'; allowed: coal, minerals, textiles, seafood, other, labour, arms, fuel,"
     " crude, machinery, inputs, food, consumer, transit_coal (did you mean 'coal'?)"),
    ("base_flows", 1, "good", "fuel",
     "good: found 'fuel' for dprk_export; allowed: coal, minerals, textiles, seafood, other,"
     " labour, arms"),
    ("us_pressure", 1, "from", "2014-13", "from: found '2014-13'; allowed: a month YYYY-MM"),
    ("us_pressure", 1, "to", "2013-12",
     "to: found 2013-12 before 2014-01; allowed: to not before from"),
    ("trade_china_monthly", 1, "month", "13", "month: found 13; allowed: 1 to 12"),
    ("world_prices", 1, "price", "0", "price: found 0; allowed: 1e-09 to 1e+06"),
    ("behaviour", 1, "central", "99",
     "central: found low 9, central 99, high 34; allowed: rising order"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "line", "column", "cell", "sentence"), BAD_CELLS)
def test_a_bad_cell_is_named(tmp_path, table, line, column, cell, sentence):
    """A bad cell is refused with its line, its column, what was found and what is allowed."""
    rows = shipped(table)[: line + 1]
    rows[line][rows[0].index(column)] = cell
    assert said(written(tmp_path, rows), table) == f"own.csv:{line + 1}: {sentence}"


@pytest.mark.parametrize("table", TABLES)
def test_a_copy_of_a_shipped_table_loads(tmp_path, table):
    """A user's unchanged copy gives the same rows, also with the mark some editors put first."""
    path = tmp_path / "own.csv"
    text = (FOLDER / f"{table}.csv").read_text(encoding="utf-8")
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert load_file(path, table) == load(table)


def test_wrong_columns_are_named(tmp_path):
    """An extra, a missing and a misplaced column are told apart."""
    rows = [row[:] for row in shipped("us_pressure")[:2]]
    allowed = f"; allowed, in this order: {', '.join(rows[0])}"
    extra = written(tmp_path, [[*row, "x"] for row in rows])
    assert said(extra, "us_pressure") == f"own.csv:1: found the columns x{allowed}"
    missing = written(tmp_path, [row[:-1] for row in rows])
    assert said(missing, "us_pressure") == f"own.csv:1: found no column source{allowed}"
    renamed = written(tmp_path, [["start", *rows[0][1:]], rows[1]])
    sentence = f"own.csv:1: found the columns start{allowed}"
    assert said(renamed, "us_pressure") == sentence
    turned = written(tmp_path, [row[::-1] for row in rows])
    sentence = f"own.csv:1: found columns twice or in another order{allowed}"
    assert said(turned, "us_pressure") == sentence


def test_a_short_row_is_named(tmp_path):
    """A row with a cell too few is refused by its line."""
    rows = shipped("us_pressure")[:3]
    path = written(tmp_path, [rows[0], rows[1], rows[2][:-1]])
    assert said(path, "us_pressure") == "own.csv:3: found 6 cells; allowed: 7, one a column"
    path = written(tmp_path, [rows[0], [*rows[1], "more"]])
    assert said(path, "us_pressure") == "own.csv:2: found 8 cells; allowed: 7, one a column"


def test_a_row_named_twice_is_refused(tmp_path):
    """A second row for the same cell says where the first stands."""
    rows = shipped("base_flows")[:2]
    sentence = (
        "own.csv:3: partner, direction, good: found China dprk_export coal as in line 2; "
        "allowed: each once"
    )
    assert said(written(tmp_path, [*rows, rows[1]]), "base_flows") == sentence
    months = shipped("border_months")[:2]
    found = said(written(tmp_path, [*months, months[1]]), "border_months")
    assert "found China 2014-01 as in line 2" in found


def test_unreadable_files_are_refused(tmp_path):
    """A missing file, foreign bytes, an open quote and an empty file each give a sentence."""
    assert said(tmp_path / "none.csv", "us_pressure").endswith(
        "the file cannot be read (No such file or directory)"
    )
    path = tmp_path / "own.csv"
    path.write_bytes(b"\xff\xfe\x00")
    assert said(path, "us_pressure") == (
        "own.csv: found bytes that are not text (UTF-8) at byte 1; allowed: a CSV file"
    )
    path.write_text('from,to\n"2014', encoding="utf-8")
    assert said(path, "us_pressure").startswith("own.csv:1: found no column level")
    header = ",".join(shipped("us_pressure")[0])
    path.write_text(f'{header}\n2014-01,"2014', encoding="utf-8")
    assert said(path, "us_pressure").startswith("own.csv:2: found a row that is not CSV")
    path.write_text("", encoding="utf-8")
    assert said(path, "us_pressure").startswith("own.csv:1: found no column from, to, level")


def test_an_unknown_table_is_refused(tmp_path):
    """The name of a table that does not exist is answered with the nearest one."""
    for ask in (load, lambda name: load_file(tmp_path / "own.csv", name)):
        with pytest.raises(DivertError, match=r"found the table 'rule'; .*did you mean 'rules'"):
            ask("rule")
