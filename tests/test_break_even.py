"""Break-even: levers, the search for roots, what is never reached, and the verb."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from sim.axes import CHINA, RUSSIA
from sim.cli import main
from sim.errors import DivertError
from sim.experiment.break_even import (
    ALL,
    BY_RULE,
    LABOUR,
    OPENNESS,
    POTENTIAL,
    BreakEven,
    Setting,
    find_break_even,
    lanes_of,
)
from sim.experiment.break_even_search import (
    AT_ONCE,
    FOUND,
    NEVER,
    TOLERANCE,
    Brackets,
    close,
    first_crossing,
)
from sim.experiment.break_even_words import answer_data, censored, ever, sentences, spread
from sim.experiment.break_even_world import AT_WORK, OFFSET, Laboratory, loss_of
from sim.inputs import build_inputs
from sim.law_month import scheduled, without
from sim.parameters import draw
from sim.registry import AS_WRITTEN
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.workers import Workers

MOST = 16
SMALL = {"members": "3", "firms.scale": "0.1", "seeds_per_draw": "1"}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Return what happened, small."""
    return load_scenario("historical", SMALL)


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> BreakEven:
    """Return its break-even, searched to sixteen times."""
    return find_break_even(scenario, 1, MOST)


def test_levers_left_alone_change_nothing(scenario: Scenario) -> None:
    """Every multiple at 1, the rule deciding and the law as it was give the offset as it was."""
    loss = loss_of(scenario)
    laboratory = Laboratory(scenario, loss, Workers(1))
    members = np.arange(scenario.members)
    lanes = lanes_of(ALL, Setting(True, BY_RULE), np.zeros(members.size), members)
    assert (laboratory.run(lanes)[:, OFFSET] == loss.offset).all()


def test_rows_do_not_depend_on_what_runs_beside_them(scenario: Scenario) -> None:
    """A lane gives the same bytes alone and among others."""
    laboratory = Laboratory(scenario, loss_of(scenario), Workers(1))
    members = np.array([2, 0, 1, 0])
    lanes = lanes_of(ALL, Setting(False, 0.5), np.array([0.0, 1.3, 2.0, 4.0]), members)
    whole = laboratory.run(lanes)
    for k in range(4):
        assert (laboratory.run(lanes.take(np.array([k]))) == whole[k]).all()


def test_a_law_that_does_not_bind_leaves_the_others_bound() -> None:
    """Russia's part of the law is empty, all else the same."""
    world = load_scenario("historical", SMALL)
    inputs = build_inputs(world, draw("prior", 2, 1))
    variant = np.array([AS_WRITTEN])
    law = scheduled(inputs.schedule, inputs.trade_under_measures, 60, variant)
    free = without(law, RUSSIA)
    assert law.national[..., RUSSIA, :, :].any()
    assert not free.national[..., RUSSIA, :, :].any()
    assert not free.entry_closed[..., RUSSIA].any()
    assert not any(binds[..., RUSSIA].any() for binds in free.cap_binds)
    assert (free.national[..., CHINA, :, :] == law.national[..., CHINA, :, :]).all()
    assert (free.entry_closed[..., CHINA] == law.entry_closed[..., CHINA]).all()


def test_without_law_workers_stay(found: BreakEven) -> None:
    """Where no measure binds Russia it keeps more workers at every draw."""
    law, free = (
        next(c for c in found.curves if c.lever == LABOUR and c.setting == Setting(binds, 0.5))
        for binds in (True, False)
    )
    assert (free.rows[0, :, AT_WORK] > law.rows[0, :, AT_WORK]).all()


def _rows(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([places, places], axis=-1)


def test_brackets_close_on_smooth_curves() -> None:
    """Roots of x squared meet one half and one within the tolerance, few runs each."""
    target = np.array([0.5, 1.0, 0.9])
    low, high = np.zeros(3), np.full(3, 3.0)
    tries = []

    def square(_: NDArray[np.intp], place: NDArray[np.float64]) -> NDArray[np.float64]:
        tries.append(place.size)
        return _rows(place**2)

    roots = close(Brackets(low, high, -target, 9.0 - target, target), _rows(high**2), square)
    assert np.abs(roots.place - np.sqrt(target)).max() < TOLERANCE
    assert np.abs(roots.rows[:, 0] - target).max() <= TOLERANCE
    assert len(tries) <= 8


def test_a_jump_over_the_target_is_told_by_its_error() -> None:
    """A step from 0.2 to 0.8 has no root at 0.5: the row nearest is kept, its miss 0.3."""
    target = np.array([0.5])

    def step(_: NDArray[np.intp], place: NDArray[np.float64]) -> NDArray[np.float64]:
        return _rows(np.where(place < 0.37, 0.2, 0.8))

    ends = Brackets(np.zeros(1), np.ones(1), np.array([-0.3]), np.array([0.3]), target)
    roots = close(ends, _rows(np.array([0.8])), step)
    assert abs(roots.rows[0, 0] - 0.5) == pytest.approx(0.3)


def test_first_crossing_by_hand() -> None:
    """There at once, reached at the third place, and never."""
    offsets = np.array([[0.6, 0.1, 0.1], [0.7, 0.2, 0.2], [0.9, 0.5, 0.1]])
    states, first = first_crossing(offsets, 0.5)
    assert states == [AT_ONCE, FOUND, NEVER]
    assert first[:2].tolist() == [0, 2]


def test_draws_that_never_reach_stay_in_the_band() -> None:
    """One draw of three beyond the range takes the upper end; two of three the median as well."""
    one = censored(np.array([2.0, np.inf, 1.0]))
    assert one == {"p05": 1.0, "p50": 2.0, "p95": None}
    assert spread(one, 1) == "2.0 (1.0 to beyond)"
    assert censored(np.array([2.0, np.inf, np.inf]))["p50"] is None
    assert spread(censored(np.full(3, np.inf)), 1) == "beyond"


def test_roots_run_again_meet_their_target(scenario: Scenario, found: BreakEven) -> None:
    """A run at every value found gives the row that was kept, its offset within the error said."""
    laboratory = Laboratory(scenario, found.loss, Workers(1))
    checked = 0
    for answer in found.answers:
        curve = answer.curve
        at = np.flatnonzero(np.array(answer.states) == FOUND)
        if at.size == 0:
            continue
        value = answer.value[at]
        place = value if curve.lever == OPENNESS else np.log2(value)
        again = laboratory.run(lanes_of(curve.lever, curve.setting, place, found.members[at]))
        assert np.abs(again[:, OFFSET] - answer.target).max() <= answer.error + 1e-3
        assert ((value >= curve.values[0]) & (value <= curve.values[-1])).all()
        checked += at.size
    assert checked > 20
    missed = sum(answer.off for answer in found.answers)
    assert missed <= 0.1 * checked


def test_more_potential_never_lowers_the_offset(found: BreakEven) -> None:
    """With an open Russia that no measure binds the curve rises from end to end in every draw."""
    curve = next(
        c for c in found.curves if c.lever == POTENTIAL and c.setting == Setting(False, 1.0)
    )
    steps = np.diff(curve.rows[..., OFFSET], axis=0)
    assert steps.min() > -0.01
    assert curve.falls == 0
    assert (curve.rows[-1, :, OFFSET] > curve.rows[0, :, OFFSET] + 0.1).all()


def test_what_is_never_reached_is_said(found: BreakEven) -> None:
    """Firms of any size reach nothing where Russia's law and its rule stay as they were."""
    answer = next(
        a for a in found.answers
        if a.curve.lever == POTENTIAL and a.curve.setting.law and np.isnan(a.curve.setting.support)
    )  # fmt: skip
    assert set(answer.states) == {NEVER}
    data = answer_data(answer)
    assert data["share_never"] == 1.0
    assert data["value"] == {"p05": None, "p50": None, "p95": None}


def test_the_whole_takes_more_than_half(found: BreakEven) -> None:
    """In every draw and setting the value for the whole loss is no less than for half."""
    half, whole = ([a for a in found.answers if a.target == t] for t in (0.5, 1.0))
    for one, two in zip(half, whole, strict=True):
        assert one.curve is two.curve
        assert (two.value >= one.value).all()


def test_the_record_is_that_of_the_tables() -> None:
    """Russia's best year and most workers, as the tables of trade and labour have them."""
    did = ever()
    assert (did["most_purchases_musd_a_year"], did["most_purchases_in"]) == (16.4, 2010)
    assert (did["most_workers"], did["most_workers_in"]) == (47364.0, 2015)
    assert did["purchases_2015_16_musd_a_year"] == pytest.approx(7.3)


def test_no_loss_has_no_break_even(tmp_path: Path) -> None:
    """A China that no measure binds costs nothing; the verb says so and writes no figure."""
    got = CliRunner().invoke(
        main,
        ["break-even", "--members", "2", "--scale", "0.05", "--workers", "1", "--out",
         str(tmp_path), "--set", "actors.China.law=none",
         "--set", "actors.China.enforcement={mode: fixed, value: 0.2}"],
    )  # fmt: skip
    assert got.exit_code == 0, got.output
    assert "there is no loss to offset" in " ".join(got.output.split())
    folder = tmp_path / "break-even" / "historical"
    assert [p.name for p in folder.iterdir()] == ["break_even.json"]


@pytest.mark.parametrize("most", ["3", "1", "0", "-4"])
def test_a_range_that_is_no_power_of_two_is_refused(tmp_path: Path, most: str) -> None:
    """One sentence, exit code 2, nothing written."""
    got = CliRunner().invoke(main, ["break-even", "--most", most, "--out", str(tmp_path)])
    assert got.exit_code == 2
    assert f"found {most}" in got.stderr
    assert not (tmp_path / "break-even" / "historical").exists()


def test_wrong_options_are_refused(tmp_path: Path, scenario: Scenario) -> None:
    """An unknown scenario, no members, and a file where the folder would be."""
    for words in (["nowhere"], ["--members", "0"], ["--scale", "none"]):
        got = CliRunner().invoke(main, ["break-even", *words, "--out", str(tmp_path)])
        assert got.exit_code == 2
        assert "Traceback" not in got.output
    (tmp_path / "break-even").write_text("in the way", encoding="utf-8")
    got = CliRunner().invoke(main, ["break-even", "--out", str(tmp_path)])
    assert got.exit_code == 2
    with pytest.raises(DivertError, match="power of 2"):
        find_break_even(scenario, 1, 12)


def test_the_verb_from_end_to_end(tmp_path: Path) -> None:
    """Table, sentences and the four files; JSON is what the file holds."""
    words = [
        "break-even", "--members", "2", "--scale", "0.05", "--most", "4", "--workers", "1",
        "--out", str(tmp_path),
    ]  # fmt: skip
    got = CliRunner().invoke(main, words)
    assert got.exit_code == 0, got.output
    assert "To offset 50 % of the loss" in got.output
    assert "too few to rely on" in " ".join(got.output.split())
    folder = tmp_path / "break-even" / "historical"
    assert sorted(p.name for p in folder.iterdir()) == [
        "break_even.csv", "break_even.json", "break_even.png", "surface.csv",
    ]  # fmt: skip
    with (folder / "break_even.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    data = json.loads((folder / "break_even.json").read_text(encoding="utf-8"))
    assert len(rows) == len(data["answers"]) == 60
    assert {row["lever"] for row in rows} == {"potential", "labour", "corridor", "all", "openness"}
    quiet = CliRunner().invoke(main, [*words, "--json"])
    assert json.loads(quiet.stdout) == data


def test_sentences_name_the_least(found: BreakEven) -> None:
    """Both targets, what Russia ever did, and that few draws say little."""
    text = " ".join(sentences(found))
    assert "The least that reaches 50 % of the loss" in text
    assert "16.4 (2010, B)" in text
    assert "3 draws of the parameters, too few" in text


def test_what_is_reached_already_takes_nothing(found: BreakEven) -> None:
    """Where Russia as it was makes good more than all, the sentences ask for no lever."""
    there = replace(found, loss=replace(found.loss, offset=found.loss.offset + 2.0))
    text = " ".join(sentences(there))
    assert "50 % of the loss is already reached" in text
    assert "The least that reaches" not in text
