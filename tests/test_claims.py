"""The claims of the article: figures from the tables, verdicts by rule, `divert claims`."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose

from sim.axes import ARMS, RUSSIA, SOLD
from sim.cli import main
from sim.data import load
from sim.errors import DivertError
from sim.experiment import claim_facts as facts
from sim.experiment import claim_rules as rules
from sim.experiment.claim_model import NEEDED, _snapshot, told
from sim.experiment.claim_rules import FAILS, HOLDS, IN_PART, UNKNOWN
from sim.experiment.claim_words import WHY, amount
from sim.experiment.claims import TESTS, Claim, claims
from sim.experiment.stored import StoredRun, read_run
from sim.scenario_file import load_scenario
from sim.screen_claims import COLUMNS, block, closing, print_claims
from sim.view import claims_files
from sim.view.claims_figure import draw_dollars

SMALL = [
    "--members", "4", "--scale", "0.05", "--quiet",
    "--set", "firms.Russia=2200", "--set", "firms.RestOfWorld=2200",
    "--set", "parameters.source=prior",
]  # fmt: skip


def call(*words: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command."""
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with a small run of `historical`."""
    out = tmp_path_factory.mktemp("results")
    code, _, errors = call("run", "historical", *SMALL, "--out", str(out))
    assert code == 0, errors
    return out


@pytest.fixture(scope="module")
def run(results: Path) -> StoredRun:
    """The small run read back."""
    return read_run(results / "historical", NEEDED)


@pytest.fixture(scope="module")
def found(run: StoredRun) -> dict[str, Claim]:
    """The claims by id."""
    return {claim.id: claim for claim in claims(run)}


def changed(run: StoredRun, **arrays: Any) -> StoredRun:
    """Return the run with other arrays."""
    return dataclasses.replace(run, arrays={**run.arrays, **arrays})


def middle(numbers: Any, name: str) -> float:
    """Return the middle of a number by name."""
    return next(n.middle for n in numbers if n.name == name)


# ---- the table and its figures -----------------------------------------------------------------


def test_every_row_of_the_table_has_an_entry(found: dict[str, Claim]) -> None:
    """Each claim keeps its wording and has numbers, a verdict, a rule in words and sources."""
    rows = load("article_claims")
    assert list(found) == [row.id for row in rows] == list(TESTS) == list(WHY)
    for row in rows:
        claim = found[row.id]
        assert (claim.claim, claim.said_by, claim.figure) == (row.claim, row.source, row.figure)
        assert claim.verdict in rules.VERDICTS
        assert claim.data
        assert row.source in claim.sources
        assert len(claim.sources) > 1
        assert all(n.source and n.unit and n.mark in ("A", "B", "C") for n in claim.data)
        assert all(n.mark == "model" for n in claim.model)
        for n in (*claim.data, *claim.model):
            assert n.band[0] <= n.band[1] <= n.band[2], n.name


def test_only_opinions_are_judged_without_a_number_that_could_settle_them(
    found: dict[str, Claim],
) -> None:
    """Two claims speak of motives; all others follow from figures."""
    assert {name for name, claim in found.items() if claim.opinion} == {"A12", "A13"}


def test_figures_of_the_record() -> None:
    """Worked by hand from the rows of the tables."""
    assert middle(facts.two_months(), "growth") == pytest.approx(100 * (19.8 / 11.53 - 1))
    assert middle(facts.two_months(), "year") == pytest.approx(100 * (77.88 / 76.9 - 1))
    assert facts.coal_lost().middle == pytest.approx(1180 - 413.556)
    coal = facts.coal_rise()
    late, early = 22 + 4.7, 13.3 * 36 / 45
    assert middle(coal, "coal_share") == pytest.approx((late - early) / (31.837 - 16.75))
    price = (83.73 + 79.98 + 80.9) / (49.02 + 50.27 + 52.21)
    assert middle(coal, "price_part") == pytest.approx(np.log(price) / np.log(late / early))
    assert middle(coal, "kept") == 0.0
    assert_allclose(facts.transit_fees(2000.0).band, (2.0, 6.0, 12.0))
    assert middle(facts.russia_trade(), "times") == pytest.approx(
        (5826.4 / 76.9 + 5060 / 77.88) / 2
    )
    assert middle(facts.china_stop(), "fall") == pytest.approx(
        1 - 0.575 / (106 + 72.27 + 75 + 88 + 89)
    )


def test_the_ferry_at_most() -> None:
    """Six trips a month, 200 people and 1,500 t each way, every dollar the DPRK's."""
    ferry = {n.name: n for n in facts.ferry()}
    most = 72 * (2 * 200 * 150 + 2 * 1500 * 60 + 200 * 600) / 1e6
    assert ferry["ferry"].band[2] == pytest.approx(most)
    assert ferry["ferry_carried"].middle == pytest.approx(370 * 400 / 1e6)
    assert {ferry["ferry"].mark, ferry["ferry_carried"].mark} == {"C"}


def test_votes_and_vow() -> None:
    """Six resolutions and no veto; a ban 76 days after the statement."""
    assert [n.middle for n in facts.votes()] == [6.0, 0.0]
    assert [n.middle for n in facts.vow()] == [12.0, 76.0]


# ---- verdicts flip with the numbers ------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "rule", "numbers"),
    [
        (HOLDS, rules.figure, (73.0, (71.7, 71.7, 71.7))),
        (IN_PART, rules.figure, (100.0, (71.7, 71.7, 71.7))),
        (FAILS, rules.figure, (130.0, (76.9, 77.4, 77.9))),
        (IN_PART, rules.figure, (130.0, (76.9, 77.4, 77.9), (147.0, 148.0, 157.0))),
        (FAILS, rules.figure, (200.0, (76.9, 77.4, 77.9), (147.0, 148.0, 157.0))),
        (HOLDS, rules.mostly, (0.8, 0.6)),
        (IN_PART, rules.mostly, (0.8, 0.5)),
        (FAILS, rules.mostly, (0.5, 1.0)),
        (HOLDS, rules.stopped, (0.95, 1)),
        (IN_PART, rules.stopped, (0.95, 0)),
        (IN_PART, rules.stopped, (0.7, 3)),
        (FAILS, rules.stopped, (0.4, 3)),
        (HOLDS, rules.major, ([(0.1, 0.2, 0.3)],)),
        (IN_PART, rules.major, ([(0.1, 0.2, 0.3), (0.05, 0.06, 0.07)],)),
        (FAILS, rules.major, ([(0.01, 0.02, 0.09)],)),
        (HOLDS, rules.negates, ([(0.6, 0.7, 0.8)],)),
        (IN_PART, rules.negates, ([(0.6, 0.7, 0.8), (0.1, 0.2, 0.3)],)),
        (IN_PART, rules.negates, ([(0.4, 0.7, 0.8)],)),
        (FAILS, rules.negates, ([(-0.1, 0.0, 0.5)],)),
        (UNKNOWN, rules.negates, ([None, (0.6, 0.7, 0.8)],)),
        (UNKNOWN, rules.negates, ([],)),
        (HOLDS, rules.opened, (106, 0)),
        (IN_PART, rules.opened, (106, 2)),
        (FAILS, rules.opened, (0, 0)),
        (HOLDS, rules.supported, (6, 0)),
        (IN_PART, rules.supported, (6, 1)),
        (FAILS, rules.supported, (0, 0)),
        (HOLDS, rules.kept_vow, (76,)),
        (IN_PART, rules.kept_vow, (91,)),
        (FAILS, rules.kept_vow, (None,)),
        (IN_PART, rules.for_influence, ((0.02, 0.1, 0.2),)),
        (UNKNOWN, rules.for_influence, ((0.0, 0.1, 0.2),)),
    ],
)
def test_rules(verdict: str, rule: Any, numbers: tuple[Any, ...]) -> None:
    """Every verdict of every rule, on both sides of its threshold."""
    assert rule(*numbers) == verdict


def test_a_figure_of_the_article_that_changes_turns_its_verdict(
    run: StoredRun, found: dict[str, Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict is not written down anywhere: it follows from the row."""
    assert found["A2"].verdict == HOLDS
    rows = {row.id: row for row in load("article_claims")}
    rows["A2"] = dataclasses.replace(rows["A2"], figure=300.0)
    rows["A10"] = dataclasses.replace(rows["A10"], figure=77.0)
    monkeypatch.setattr(facts, "claimed", lambda: rows)
    again = {claim.id: claim.verdict for claim in claims(run)}
    assert (again["A2"], again["A10"]) == (FAILS, HOLDS)


def test_a_russia_that_buys_what_china_refuses_turns_the_central_claim(
    run: StoredRun, found: dict[str, Claim]
) -> None:
    """Where Russia pays the whole loss in the free arm, its deals do negate China's work."""
    assert found["A11"].verdict == FAILS
    at = {name: run.arms.index(name) for name in ARMS}
    value = run.arrays["legal_value"].copy()
    value[:, at["C1S1"]] = value[:, at["C0S0"]]
    other = {n: run.arrays[n].copy() for n in NEEDED if n != "legal_value"}
    for array in other.values():
        array[:, at["C1S1"]] = array[:, at["C0S0"]]
    paid = {c.id: c for c in claims(changed(run, legal_value=value, **other))}
    assert paid["A11"].verdict == HOLDS
    assert_allclose([n.band for n in paid["A11"].model if n.name == "offset_2017"], 100.0)


def test_without_a_loss_the_central_claim_cannot_be_told(run: StoredRun) -> None:
    """Arms that agree leave nothing to offset, and no ratio to the loss is shown."""
    same = {n: np.repeat(run.arrays[n][:, -1:], len(ARMS), axis=1) for n in NEEDED}
    entries = {c.id: c for c in claims(changed(run, **same))}
    assert entries["A11"].verdict == UNKNOWN
    names = {n.name for c in entries.values() for n in (*c.data, *c.model)}
    assert not names & {"over_loss", "offset_2017", "answer_2017"}


# ---- the model's side --------------------------------------------------------------------------


def test_the_offset_is_that_of_the_run(results: Path, run: StoredRun) -> None:
    """Over the run's own window the stored arrays give the answer the run gave."""
    said = json.loads((results / "historical" / "answer.json").read_text(encoding="utf-8"))
    assert said["window"] == ["2017-01", "2019-12"]
    got = told(run)
    assert_allclose(got.numbers["loss_2017-19"].band, list(said["loss_musd"].values()), rtol=1e-5)
    assert_allclose(
        got.ratios["2017-19"], list(said["offset_ratio"].values()), rtol=1e-4, atol=1e-6
    )


def test_the_snapshot_is_that_of_the_patterns(results: Path, run: StoredRun) -> None:
    """P5 of the run, and four parts that add up to it in each member."""
    with (results / "historical" / "patterns.csv").open(encoding="utf-8") as file:
        row = next(r for r in csv.DictReader(file) if r["quantity"].startswith("Two-way trade"))
    band = told(run).numbers["growth"].band
    assert_allclose(band, [float(row[p]) for p in ("p05", "p50", "p95")], rtol=1e-3)
    single = changed(run, **{n: run.arrays[n][:, :, :1] for n in NEEDED})
    parts = {n.name: n.middle for n in _snapshot(single)}
    total = sum(parts[n] for n in ("by_price", "by_volume", "by_sold", "by_bought"))
    assert total == pytest.approx(parts["growth"])


def test_a_run_that_ends_with_2017_has_one_window(run: StoredRun) -> None:
    """Without 2018 and 2019 the year alone is judged."""
    end = run.months.index("2017-12") + 1
    short = dataclasses.replace(
        run, months=run.months[:end], arrays={n: a[:end] for n, a in run.arrays.items()}
    )
    assert list(told(short).ratios) == ["2017"]
    assert told(run).ratios["2017"] == told(short).ratios["2017"]
    assert {c.id: c.verdict for c in claims(short)}["A11"] == FAILS


def test_members_without_russian_trade_leave_no_number(run: StoredRun) -> None:
    """Nothing to divide by is no number, not a zero."""
    names = ("transit_value", "transit_cleared", "legal_value")
    none = {n: np.zeros_like(run.arrays[n]) for n in names}
    got = told(changed(run, **none)).numbers
    assert "growth" not in got
    assert "by_price" not in got
    assert run.arrays["legal_value"][..., RUSSIA, SOLD, :].sum() > 0.0


# ---- bad runs ----------------------------------------------------------------------------------


def test_a_run_that_cannot_be_tested_says_what_to_do(run: StoredRun) -> None:
    """Months, arms, the month in which the arms part."""
    late = run.months.index("2016-01")
    cases = (
        (dataclasses.replace(run, months=run.months[late:]), "found a run from 2016-01 to 2019-12"),
        (dataclasses.replace(run, arms=run.arms[:3]), "without the arms C1S1"),
        (
            dataclasses.replace(
                run, scenario=run.scenario.model_copy(update={"tightening_from": "2018-01"})
            ),
            "arms that part in 2018-01",
        ),
        (dataclasses.replace(run, parameters={}), "run the scenario again"),
    )
    for bad, words in cases:
        with pytest.raises(DivertError, match=words):
            claims(bad)


def test_bad_folders_say_so_in_a_sentence(results: Path, tmp_path: Path) -> None:
    """A missing folder, a truncated file, a run without a needed array: exit code 2, no trace."""
    cut = tmp_path / "cut"
    shutil.copytree(results / "historical", cut)
    whole = (cut / "arrays.npz").read_bytes()
    (cut / "arrays.npz").write_bytes(whole[: len(whole) // 2])
    old = tmp_path / "old"
    shutil.copytree(results / "historical", old)
    with np.load(old / "arrays.npz") as stored:
        kept = {n: stored[n] for n in stored if n != "transit_cleared"}
    np.savez_compressed(old / "arrays.npz", **kept)
    for folder, words in (
        (tmp_path / "none", "found no such folder"),
        (cut, "the file cannot be read; run the scenario again"),
        (old, "found no transit_cleared"),
    ):
        code, out, errors = call("claims", str(folder), "--out", str(tmp_path / "out"))
        assert (code, out) == (2, "")
        assert words in errors
        assert "Traceback" not in errors
    assert not (tmp_path / "out" / "claims").exists()


def test_a_run_without_the_year_or_an_arm_is_refused(tmp_path: Path) -> None:
    """`divert claims` on a run of another period or with fewer arms."""
    for settings, words in (
        (["--set", "period.to=2017-06", "--set", "window.to=2017-06"], "covers 2015-01 to 2017-12"),
        (["--set", 'arms=["C0S1","C1S1"]', "--set", "answer=false"], "without the arms C0S0, C1S0"),
    ):
        out = tmp_path / str(len(words))
        code, _, errors = call("run", "historical", *SMALL, *settings, "--out", str(out))
        assert code == 0, errors
        code, _, errors = call("claims", str(out / "historical"), "--out", str(out))
        assert code == 2
        assert words in errors


# ---- the command -------------------------------------------------------------------------------


def test_the_command(results: Path, found: dict[str, Claim]) -> None:
    """Reads `historical` of the results folder, writes three files, prints short blocks."""
    code, out, errors = call("claims", "--out", str(results))
    assert (code, errors) == (0, "")
    lines = out.splitlines()
    head = [line for line in lines if line.startswith("A") and line.split()[0] in found]
    assert len(head) == len(found)
    assert max(len(line) for line in lines[:-1]) <= COLUMNS
    folder = results / "claims"
    assert {p.name for p in folder.iterdir()} == {"claims.json", "claims.csv", "claims.png"}
    said = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    assert [c["verdict"] for c in said["claims"]] == [c.verdict for c in found.values()]
    with (folder / "claims.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(c.data) + len(c.model) for c in found.values())
    assert {row["mark"] for row in rows} == {"A", "B", "C", "model"}


def test_json_and_quiet(results: Path, tmp_path: Path) -> None:
    """JSON is what the file holds; quiet says nothing; twice gives the same bytes."""
    folder = str(results / "historical")
    code, out, _ = call("claims", folder, "--out", str(tmp_path / "a"), "--json")
    assert code == 0
    assert json.loads(out) == json.loads((tmp_path / "a/claims/claims.json").read_text("utf-8"))
    assert call("claims", folder, "--out", str(tmp_path / "b"), "--quiet") == (0, "", "")
    for name in ("claims.json", "claims.csv", "claims.png"):
        one, two = (tmp_path / x / "claims" / name for x in ("a", "b"))
        assert one.read_bytes() == two.read_bytes()


def test_without_a_run_the_scenario_is_run_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty results folder: `historical` is run into it, then tested."""
    keys = {
        "members": "2", "firms.scale": "0.05", "firms.Russia": "2200",
        "firms.RestOfWorld": "2200", "parameters.source": "prior", "period.to": "2017-12",
        "window.to": "2017-12",
    }  # fmt: skip
    monkeypatch.setattr(claims_files, "load_scenario", lambda n, _: load_scenario(n, keys))
    code, out, errors = call("claims", "--out", str(tmp_path))
    assert code == 0, errors
    assert "historical: 100 %" in errors
    assert "13 claims:" in out
    assert (tmp_path / "historical" / "answer.json").is_file()


def test_words_and_numbers(found: dict[str, Claim]) -> None:
    """Amounts keep the digits of their size; no negative zero; every block fits the screen."""
    pairs = {1234.5: "1,234", 12.34: "12.3", 0.125: "0.12", -0.004: "0.00", 1e-6: "about 0",
             0.0: "0", 6.0: "6", -5.18: "-5.18"}  # fmt: skip
    assert {value: amount(value) for value in pairs} == pairs
    for claim in found.values():
        assert all(len(line) <= COLUMNS for line in block(claim))
    assert all(len(line) <= COLUMNS for line in closing(list(found.values())))


def test_numbers_of_another_scenario_are_said_to_be_so(
    found: dict[str, Claim], capsys: pytest.CaptureFixture[str]
) -> None:
    """The article spoke of what happened; a verdict on another world says whose it is."""
    print_claims([found["A1"]], "historical", Path("results/claims"))
    assert capsys.readouterr().out.startswith("A1  ")
    print_claims([found["A1"]], "mine", Path("results/claims"))
    said = capsys.readouterr().out
    assert said.startswith("The model's numbers are those of the scenario mine")
    assert "1 claim: 1 holds." in said


def test_the_figure_shows_dollars_alone(found: dict[str, Claim]) -> None:
    """Each line is an amount in million USD, from the largest down, on a log axis."""
    (axis,) = draw_dollars(list(found.values())).axes
    assert axis.get_xscale() == "log"
    labels = [tick.get_text() for tick in axis.get_yticklabels()]
    assert labels[0] == "China's trade (the article)"
    assert labels[-1] == "The ferry with those it carried"
