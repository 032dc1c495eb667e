"""Sweep files: wrong ones get one sentence, right ones are read exactly, and points are laid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweep_worlds import CHINA, FEW, PENALTY, call, sentence, tiny

from sim.errors import DivertError
from sim.parameters import all_parameters, consistent, draw
from sim.scenario import Scenario
from sim.scenario_file import SHIPPED, changed, load_scenario, scenario_of, unknown_key
from sim.sweep.design import draw_of, lay_points
from sim.sweep.file import SWEEPS, Sweep, base_values, is_sweep, load_sweep
from sim.sweep.plan import plan_of
from sim.sweep.schema import sweep_schema_text
from sim.sweep.terms import Factor

ONE = "factors: [{key: parameters.set.penalty, low: 1, high: 3}]\n"
FIXED = "set: {actors.China.enforcement.mode: fixed}\n"
LEVEL = "actors.China.enforcement.value"

WRONG = {
    "unknown key": (
        ONE + "membres: 8\n",
        ":2:1: membres: found an unknown key; allowed: name, title, .*did you mean 'members'",
    ),
    "unknown key of a factor": (
        "factors:\n  - {key: parameters.set.penalty, lo: 1, high: 3}\n",
        r":2:35: factors\[1\].lo: found an unknown key; allowed: key, name, .*mean 'low'",
    ),
    "unknown key beside parameters": (
        "factors:\n  - {parameters: all, low: 1}\n",
        r":2:23: factors\[1\].low: found an unknown key; allowed: parameters$",
    ),
    "a factor without a key": (
        "factors: [{low: 1, high: 3}]\n",
        r":1:11: factors\[1\].key: the key is missing; allowed: dotted key of the scenario",
    ),
    "a factor that is a word": ("factors: [penalty]\n", r"factors\[1\]: found 'penalty'; allowed:"),
    "factors that are no list": ("factors: {key: x}\n", ":1:1: factors: found a mapping; allowed"),
    "wrong kind of design": (
        ONE + "design: {kind: sobel, points: 8}\n",
        ":2:10: design.kind: found 'sobel'; allowed: grid, list, .*did you mean 'sobol'",
    ),
    "a design that is a word": (ONE + "design: grid\n", "design: found 'grid'; allowed: a mapping"),
    "points missing": (
        ONE + "design: {kind: latin}\n",
        ":2:1: design.points: found latin without points; allowed: points with latin, sobol",
    ),
    "points of a grid": (ONE + "design: {points: 9}\n", "design.points: found grid with points"),
    "sobol not a power of 2": (
        ONE + "design: {kind: sobol, points: 100}\n",
        ":2:23: design.points: found 100; allowed: a power of 2$",
    ),
    "too many points": (
        "factors:\n" + "".join(
            f"  - {{key: parameters.set.sigma_{g}, prior: true, levels: 1000}}\n"
            for g in ("coal", "fuel", "food")
        ),
        "design: found 1,000,000,000 points; allowed: up to 1,000,000",
    ),
    "unknown parameter": (
        "factors: [{key: parameters.set.penlty, low: 1, high: 3}]\n",
        r":1:12: factors\[1\].key: found an unknown parameter 'penlty'; .*did you mean 'penalty'",
    ),
    "unknown key of the scenario": (
        "factors: [{key: actors.China.enforcment.value, low: 0, high: 1}]\n",
        r":1:12: factors\[1\].key: found 'actors.China.enforcment.value', and a scenario has no "
        "key 'enforcment' there; allowed: law, enforcement, .*did you mean 'enforcement'",
    ),
    "a key below a value": (
        "factors: [{key: season.value, low: 0, high: 1}]\n",
        r"factors\[1\].key: found 'season.value', and a scenario has no key 'value' there$",
    ),
    "unknown group": (
        "factors: [{parameters: [frims]}]\n",
        r":1:25: factors\[1\].parameters\[1\]: found 'frims'; allowed: .*did you mean 'firms'",
    ),
    "parameters some": ("factors: [{parameters: some}]\n", "found 'some'; allowed: all, or a list"),
    "a group twice": ("factors: [{parameters: [law, law]}]\n", r"parameters\[2\]: found law twice"),
    "outside the hard limits": (
        "factors: [{key: parameters.set.seizure_share, low: 0, high: 2}]\n",
        r":1:55: factors\[1\].high: found 2; allowed: share, 0 to 1$",
    ),
    "a value outside them": (
        "factors: [{key: parameters.set.seizure_share, values: [0.5, -1]}]\n",
        r":1:61: factors\[1\].values\[2\]: found -1; allowed: share, 0 to 1$",
    ),
    "a parameter a word": (
        "factors: [{key: parameters.set.penalty, values: [high]}]\n",
        r"values\[1\]: found 'high'; allowed: log points, 0 to 1e\+06",
    ),
    "two ways to vary": (
        "factors: [{key: parameters.set.penalty, low: 1, high: 3, prior: true}]\n",
        r":1:12: factors\[1\].key: found 2 ways to vary parameters.set.penalty; allowed: one of",
    ),
    "no way to vary": (
        "factors: [{key: parameters.set.penalty}]\n",
        r":1:12: factors\[1\].key: found no way to vary parameters.set.penalty; allowed: one of",
    ),
    "low above high": (
        "factors: [{key: parameters.set.penalty, low: 3, high: 1}]\n",
        r":1:41: factors\[1\].low: found 3 to 1; allowed: low below high$",
    ),
    "one end": (
        "factors: [{key: parameters.set.penalty, high: 1}]\n",
        r":1:41: factors\[1\].high: found high alone; allowed: low and high$",
    ),
    "log from 0": (
        "factors: [{key: parameters.set.penalty, low: 0, high: 1, log: true}]\n",
        r":1:58: factors\[1\].log: found log with a range from 0; allowed: with low above 0$",
    ),
    "log of values": (
        "factors: [{key: parameters.set.penalty, values: [1], log: true}]\n",
        "found log with no range; allowed: with low above 0",
    ),
    "prior of a key": (
        "factors: [{key: season, prior: true}]\n",
        r"factors\[1\].prior: found prior of a key; allowed: for parameters.set.NAME",
    ),
    "values empty": ("factors: [{key: season, values: []}]\n", "found a list; allowed: a list of"),
    "one level": (
        "factors: [{key: parameters.set.penalty, low: 1, high: 2, levels: 1}]\n",
        r"factors\[1\].levels: found 1; allowed: a whole number from 2 to 1000",
    ),
    "no factor": (
        "design: {kind: grid}\n", "own.yaml: factors: found no factor; allowed: one or more"
    ),
    "a factor twice": (
        ONE.replace("]", ", {key: parameters.set.penalty, name: x, prior: true}]"),
        r":1:59: factors\[2\]: found parameters.set.penalty twice; allowed: once",
    ),
    "a factor twice, once among all": (
        ONE.replace("]", ", {parameters: all}]"),
        r"factors\[2\]: found parameters.set.penalty twice; allowed: once",
    ),
    "a name twice": (
        "factors: [{key: parameters.set.penalty, low: 1, high: 3},\n"
        "  {key: season, values: [true], name: penalty}]\n",
        r":2:3: factors\[2\]: found a factor named 'penalty', the column of another factor; all",
    ),
    "a name of the table": (
        "factors: [{key: season, values: [true], name: member}]\n",
        "found a factor named 'member', the column that every table has; allowed: another `name`",
    ),
    "a name of an output": (
        "factors: [{key: season, values: [true], name: loss}]\n", "'loss', the column of an output"
    ),
    "what the sweep decides": (
        "factors: [{key: members, values: [2, 4]}]\n",
        r"factors\[1\].key: found members, which the sweep itself decides; allowed: others",
    ),
    "rows of wrong length": (
        ONE + "design: {kind: list, rows: [[1.5], [2, 3]]}\n",
        r":2:36: design.rows\[2\]: found 2 values; allowed: a list of 1, one a factor$",
    ),
    "a row that is a number": (
        ONE + "design: {kind: list, rows: [1.5]}\n", r"design.rows\[1\]: found 1.5; allowed: a list"
    ),
    "a row outside the hard limits": (
        "factors: [{key: parameters.set.seizure_share}]\ndesign: {kind: list, rows: [[2]]}\n",
        r":2:30: design.rows\[1\]\[1\]: found 2; allowed: share, 0 to 1",
    ),
    "a list without rows": (ONE + "design: {kind: list}\n", "design.rows: found list without rows"),
    "rows of a grid": (ONE + "design: {rows: [[1]]}\n", "design.rows: found grid with rows; allow"),
    "unknown output": (
        ONE + "outputs: [loss, ofset]\n",
        r":2:17: outputs\[2\]: found 'ofset'; allowed: loss, offset, .*did you mean 'offset'",
    ),
    "an output twice": (ONE + "outputs: [loss, loss]\n", r"outputs\[2\]: found loss twice"),
    "no output": (ONE + "outputs: []\n", ":2:1: outputs: found no output; allowed: one or more"),
    "unknown series": (
        ONE + "monthly: [reserve]\n", r"monthly\[1\]: found 'reserve'; .*did you mean 'reserves'"
    ),
    "unknown scenario": (
        ONE + "scenario: histrical\n",
        ":2:1: scenario: found no scenario 'histrical'; allowed: .*did you mean 'historical'",
    ),
    "set of an unknown key": (
        ONE + "set: {firms.scle: 0.1}\n",
        ":2:7: firms.scle: found an unknown key; allowed: scale, .*did you mean 'scale'",
    ),
    "set of a wrong value": (
        ONE + "set:\n  season: true\n  firms.scale: 99\n",
        ":4:3: firms.scale: found 99; allowed: a multiple from 0.05 to 50",
    ),
    "set of what the sweep decides": (
        ONE + "set: {seed: 1}\n",
        ":2:7: set.seed: found seed in set; allowed: seed as a key of the sweep itself",
    ),
    "set of arms": (
        ONE + "set: {arms: [C1S1]}\n", "set.arms: found arms in set, which the outputs decide"
    ),
    "set a list": (ONE + "set: [season]\n", ":2:1: set: found a list; allowed: dotted keys of the"),
    "members 0": (ONE + "members: 0\n", ":2:1: members: found 0; allowed: a whole number from 1"),
    "seed text": (ONE + "seed: abc\n", ":2:1: seed: found 'abc'; allowed: a whole number"),
    "independent a word": (ONE + "independent: some\n", "found 'some'; allowed: true or false"),
    "a name with path parts": (ONE + "name: ../x\n", ":2:1: name: found '../x'; allowed: up to"),
    "a scenario for a sweep": ("period: {from: 2014-01, to: 2019-12}\n", ":1:1: period: found an"),
    "empty file": ("", "own.yaml: found an empty file; allowed: a sweep with keys"),
    "a list at the top": ("- 1\n", ":1:1: found a list at the top; allowed: keys"),
    "no YAML": ("factors: [1\n", "found text that is not YAML"),
    "duplicate keys": (ONE + ONE, ":2:1: factors: found the key twice; allowed: once"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_sweep_is_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    """File with line and column, key, what was found and what is allowed; nothing is written."""
    text, wanted = WRONG[case]
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    found = sentence(call("sweep", path, "--out", tmp_path / "out"))
    assert found.startswith(str(path))
    assert re.search(wanted, found), found
    assert not (tmp_path / "out").exists()


def test_a_sweep_that_is_not_there_is_said() -> None:
    assert "found no sweep 'quik'; allowed: a path to a YAML file, or one of " in sentence(
        call("sweep", "quik")
    )
    assert "did you mean 'quick'?" in sentence(call("sweep", "quik"))
    assert "found no sweep './quick.yaml'" in sentence(call("sweep", "./quick.yaml"))
    assert "found no sweep here" in sentence(call("sweep-status", "/nowhere"))
    assert "`divert analyse ./` reads one that was run" in sentence(call("sweep", "./"))


def test_a_level_that_is_wrong_is_a_point_and_not_a_wrong_file(tmp_path: Path) -> None:
    """Only what the file sets for all points makes it wrong, whichever level comes first."""
    path = tmp_path / "own.yaml"
    path.write_text(FIXED + f"factors: [{{key: {LEVEL}, values: [1.5, 0.5]}}]\n", encoding="utf-8")
    assert plan_of(load_sweep(str(path))).wrong == {
        0: f"{LEVEL}: found 1.5; allowed: a share from 0 to 1"
    }
    path.write_text("set: {season: 3}\n" + path.read_text().split("\n")[1], encoding="utf-8")
    with pytest.raises(DivertError, match=r"own.yaml:1:7: season: found 3; allowed: true or false"):
        load_sweep(str(path))


# What is right.


def test_check_knows_sweeps_from_scenarios(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(FIXED + f"factors: [{{key: {LEVEL}, values: [1.5, 0.5]}}]\n", encoding="utf-8")
    result = call("check", "historical", "quick", path)
    assert result.exit_code == 0
    scenario, shipped, own = result.stdout.splitlines()
    assert scenario.startswith("historical: good (historical, 2014-01 to 2019-12, 64 members")
    assert shipped == "quick: good (sweep quick, 25 points, 100 runs)"
    assert own.startswith(
        f"{path}: good (sweep own, 2 points, 16 runs; 1 cannot be run, the first "
    )
    path.write_text("factors: [{key: season}]\n", encoding="utf-8")
    assert f"{path}:1:12: factors[1].key: found no way to vary season" in sentence(
        call("check", path)
    )
    assert "found --set with a sweep" in sentence(call("check", "quick", "--set", "seed=1"))


@pytest.mark.parametrize("path", sorted(SWEEPS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_sweep_can_be_run_and_is_told_from_a_scenario(path: Path) -> None:
    sweep = load_sweep(path.stem)
    assert is_sweep(str(path))
    assert sweep.title
    assert sweep.description
    assert plan_of(sweep).wrong == {}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_scenario_is_taken_for_a_sweep(path: Path) -> None:
    assert not is_sweep(str(path))
    assert not is_sweep(path.stem)


def test_the_schema_file_is_in_step() -> None:
    written = (SWEEPS / "sweep.schema.json").read_text(encoding="utf-8")
    assert written == sweep_schema_text(), (
        "write it anew: divert schema --sweep > scenarios/sweeps/sweep.schema.json"
    )
    assert call("schema", "--sweep").stdout == written


def world_of(sweep: Sweep, changes: dict[str, Any] | None = None) -> Scenario:
    """Return the scenario of a sweep with its own keys set, and a point's `changes` on top."""
    return scenario_of(changed(base_values(sweep), changes or {}, {}))


def test_a_file_beside_a_scenario_finds_it_from_anywhere(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "mine.yaml").write_text("extends: historical\nseed: 5\n", encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(ONE + "scenario: mine.yaml\nseed: 7\nmembers: 3\n", encoding="utf-8")
    monkeypatch.chdir("/")
    sweep = load_sweep(str(path))
    world = world_of(sweep)
    assert (sweep.name, world.name, world.seed, world.members) == ("own", "mine", 7, 3)


def test_set_and_factors_are_values_and_not_text_to_be_read_again() -> None:
    """A title that looks like a number stays text; a mode replaces what belonged to the old one."""
    sweep = tiny(set={"title": "2016", "actors.China.enforcement.mode": "fixed", LEVEL: 0.5})
    assert world_of(sweep).title == "2016"
    adaptive = world_of(sweep, {"actors.China.enforcement.mode": "adaptive"})
    assert adaptive.actors.China.enforcement.value is None


def test_keys_of_a_scenario_are_known() -> None:
    for key in ("firms.scale", "actors.DPRK.arms", "period.from", "us_pressure.path", "shocks"):
        assert unknown_key(key) is None
    assert "no key 'scale2' there" in str(unknown_key("firms.scale2"))


# Points.


def _points(kind: str, factors: list[dict], **design: object) -> list[tuple]:
    sweep = tiny(factors=factors, design={"kind": kind, **design}, set=FEW)
    points = lay_points(sweep)
    assert len(points) <= sweep.count_points()
    return list(points.values)


A = {"key": "parameters.set.penalty", "low": 1.0, "high": 4.0, "levels": 4}
B = {"key": "parameters.set.evasion_cost", "low": 0.1, "high": 0.4, "levels": 3, "log": True}
WORDS = {"key": "actors.Russia.law", "values": ["registry", "none"]}
LISTS = {"key": "measures.drop", "values": [[], ["CN-2017-12"]]}


def test_a_grid_is_every_combination_the_last_factor_first() -> None:
    rows = _points("grid", [A, WORDS])
    assert rows == [(x, w) for x in (1.0, 2.0, 3.0, 4.0) for w in ("registry", "none")]
    assert [x for (x,) in _points("grid", [B])] == pytest.approx([0.1, 0.2, 0.4])


def test_one_at_a_time_begins_in_the_middle_and_has_no_point_twice() -> None:
    rows = _points("one_at_a_time", [{**A, "levels": 3}, WORDS, LISTS])
    middle = (2.5, "none", ["CN-2017-12"])
    assert rows[0] == middle
    assert rows[1:] == [
        (1.0, *middle[1:]), (4.0, *middle[1:]), (2.5, "registry", ["CN-2017-12"]),
        (2.5, "none", []),
    ]  # fmt: skip


def test_a_list_is_its_rows_and_needs_no_range() -> None:
    rows = [[2.0, "none"], [1.0, "registry"]]
    assert _points("list", [{"key": A["key"]}, {"key": WORDS["key"]}], rows=rows) == [
        tuple(row) for row in rows
    ]


@pytest.mark.parametrize(("kind", "count"), [("latin", 16), ("sobol", 16 * 6), ("morris", 16 * 5)])
def test_sampled_designs_fill_ranges_and_lists(kind: str, count: int) -> None:
    rows = _points(kind, [A, B, WORDS, LISTS], points=16)
    assert len(rows) == count
    penalty, cost, law, drop = zip(*rows, strict=True)
    assert min(penalty) >= 1.0
    assert max(penalty) <= 4.0
    assert np.ptp(penalty) > 2.0
    # Even in logs: half of the points lie below the geometric mean.
    assert np.mean(np.array(cost) < 0.2) == pytest.approx(0.5, abs=0.1)
    assert {law.count("none"), law.count("registry")} <= set(range(count // 3, count))
    assert {len(ids) for ids in drop} == {0, 1}


def test_the_ends_of_a_range_are_not_passed_by_rounding() -> None:
    """0.1 to 0.7 and the like, whose difference is not exact, in every kind of design."""
    for high in (0.3, 0.7, 0.9, 1.0):
        for log in (False, True):
            factor = {"key": LEVEL, "low": 0.1, "high": high, "levels": 7, "log": log}
            levels = [x for (x,) in _points("grid", [factor])]
            assert (levels[0], levels[-1]) == (0.1, high)


def test_priors_are_drawn_by_quantile_and_all_parameters_at_once() -> None:
    sweep = tiny(factors=[{"parameters": "all"}], design={"kind": "latin", "points": 64}, set=FEW)
    points = lay_points(sweep)
    known = all_parameters()
    assert [f.parameter for f in points.factors] == list(known)
    for factor, column in zip(points.factors, points.values.columns, strict=True):
        assert isinstance(factor, Factor)
        parameter = known[factor.parameter]
        assert parameter.low <= min(column)
        assert max(column) <= parameter.high
    law = {"factors": [{"parameters": ["law"]}], "design": {"kind": "latin", "points": 1}}
    groups = tiny(**law, set=FEW).all_factors()
    assert {known[f.parameter].group for f in groups} == {"law"}


@pytest.mark.parametrize("kind", ["calibrated", "prior"])
def test_draws_are_combined_with_every_combination_of_the_factors(kind: str) -> None:
    """Each draw is that of a run of its source; the factors' own values lie on top."""
    design = {"kind": kind, "points": 3}
    sweep = tiny(factors=[{**A, "levels": 2}], design=design, set=FEW)
    points = lay_points(sweep)
    assert list(points.values) == [(1.0,)] * 3 + [(4.0,)] * 3
    assert points.draws == (0, 1, 2, 0, 1, 2)
    whole = draw(kind, 3, sweep.seed)
    plan = plan_of(sweep)
    for number in range(6):
        mine = consistent({k: np.array([v]) for k, v in plan.point(number).parameters})
        assert mine["penalty"] == (1.0 if number < 3 else 4.0)
        for name in set(whole) - {"penalty"}:
            assert mine[name] == whole[name][number % 3], name
    assert draw_of(sweep, 1)["sigma_coal"] == whole["sigma_coal"][1]
    alone = tiny(factors=[], design=design, set=FEW)
    assert list(lay_points(alone).values) == [()] * 3


def test_points_can_be_asked_for_one_by_one() -> None:
    values = lay_points(tiny(factors=[PENALTY, CHINA], set=FEW)).values
    assert values[1] == (1.0, 0.9)
    assert values[-1] == values[95] == (5.0, 0.9)
    assert values[94:] == [(5.0, 0.3), (5.0, 0.9)]
    with pytest.raises(IndexError):
        values[96]


def test_a_sweep_read_back_from_its_own_words_is_the_same() -> None:
    sweep = load_sweep("quick")
    assert Sweep.model_validate(sweep.model_dump(exclude_unset=True)) == sweep
    assert load_scenario("historical").name == sweep.scenario
