"""Explore in process: levers, worlds, addresses, files, measures, charts and callbacks."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import dash
import numpy as np
import pytest
from click.testing import CliRunner
from dash.exceptions import PreventUpdate
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.app import explore, explore_keep, explore_measures_page, timeline
from sim.app.desk import Desk, Opened
from sim.app.explore_address import LONGEST, Pair, from_query, from_search, to_query, to_search
from sim.app.explore_control import held
from sim.app.explore_form import AS_IT_IS, control, options, read_form
from sim.app.explore_measures import Changes, Own
from sim.app.explore_registry import coal_stop_id, included, labour_ids, rules_by_id, why_not_moved
from sim.app.explore_results import Side, compared, difference, difference_rows, view_charts
from sim.app.explore_state import (
    MOST_KEPT,
    History,
    asked_of,
    bases_of,
    copied,
    history_of,
    preview_words,
    reset,
    scenarios_to_run,
    stepped,
    with_base,
)
from sim.app.levers import BY_NAME, LEVERS, SIZE, standing, value_in
from sim.app.runs import DONE, PREVIEW, Finished, Runs
from sim.app.saved import command, file_name, file_text, report_html
from sim.app.world import World, base_of, in_order, scenario_of
from sim.cli import main
from sim.errors import DivertError
from sim.experiment.answer import BAND
from sim.experiment.paired import measured, measured_run, paired
from sim.experiment.side import ensemble_of, side_of
from sim.experiment.stored import read_run
from sim.parameters import draw
from sim.record import VARIABLES
from sim.scenario_file import SHIPPED, find_scenario, load_scenario, shipped_names
from sim.view.chart_pair import FLOWS, Shown, flow_pair, receipts_pair

SIZE_OPTIONS = ("--members", "4", "--scale", "0.05", "--seed", "7")
TINY = {"members": 4, "scale": 0.05, "seed": 7}
ON_THE_DESK = Desk(Path("nowhere"), Path("nowhere")).scenario_file
"""How the page finds a scenario: by name alone, whatever files lie about."""


def world(base: str = "historical", **at: Any) -> World:
    return World(base, in_order({**TINY, **at}))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    out = tmp_path_factory.mktemp("explore")
    (out / "scenarios").mkdir()
    own = "extends: historical\nmeasures: {include: [CN-2017-12]}\n"
    (out / "scenarios" / "one-stop.yaml").write_text(own, encoding="utf-8")
    found = Desk(out / "results", out / "scenarios", runs=Runs())
    yield found
    found.runs.close()


def finished(desk: Desk, one: World) -> Finished:
    key = desk.runs.start(scenario_of(one, desk.scenario_file), "a1")
    assert desk.runs.wait(key, 60.0).state == "done"
    return desk.runs.result(key)


@pytest.fixture(scope="module")
def sides(desk: Desk) -> list[Side]:
    """The historical world, and one whose Russia helps."""
    return [
        Side("A", "historical", finished(desk, world())),
        Side("B", "historical, changed", finished(desk, world(russia_support=1.0))),
    ]


# ---- levers and worlds -------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_names())
def test_a_world_without_changes_is_its_scenario(name: str) -> None:
    assert scenario_of(World(name), find_scenario) == load_scenario(name)


def some_value(name: str) -> Any:
    """Return a value of a lever other than the one that `historical` has."""
    one = BY_NAME[name]
    stands = value_in(one, load_scenario("historical"))
    if one.kind == "level":
        return 0.4
    if one.kind in ("word", "month"):
        allowed = [w for w, _ in one.words if w != stands]
        return "2017-06" if "2017-06" in allowed else allowed[0]
    return 8 if one.kind == "whole" else 0.5


@pytest.mark.parametrize("name", [one.name for one in (*LEVERS, *SIZE)])
def test_a_lever_moves_a_scenario_to_where_it_says(name: str) -> None:
    value = some_value(name)
    base = load_scenario("historical")
    made = scenario_of(World(levers=((name, value),)), find_scenario)
    assert made != base
    held_from = {"at": made.tightening_from}
    if name in ("coal_stop", "labour_free"):
        assert made.measures != base.measures
    elif name in ("china_enforcement", "china_support", "russia_enforcement", "russia_support"):
        assert standing(BY_NAME[name], made) == f"0.4 from {held_from['at']}"
    elif name == "russia_border":
        assert standing(BY_NAME[name], made) == f"0.5 from {held_from['at']}"
    else:
        assert value_in(BY_NAME[name], made) == value
    for other in (*LEVERS, *SIZE):
        if other.name != name:
            assert standing(other, made) == standing(other, base)


@pytest.mark.parametrize("base", ["maximum-pressure", "tight-corridor", "labour-only"])
def test_a_rule_takes_the_place_of_a_path_and_leaves_the_channels(base: str) -> None:
    before = load_scenario(base).actors.Russia.support
    made = scenario_of(world(base, russia_support="rule"), find_scenario).actors.Russia.support
    assert (made.mode, made.value, made.path) == ("rule", None, None)
    assert made.channels == before.channels
    level = scenario_of(world(base, russia_support=0.3), find_scenario).actors.Russia.support
    assert level.by_month(["2016-02", "2016-03"])[1] == 0.3
    assert level.channels == before.channels


def test_levels_move_with_the_month_of_the_tightening() -> None:
    made = scenario_of(world(russia_support=1.0, tightening="2016-09"), find_scenario)
    levels = made.actors.Russia.support.by_month(["2016-08", "2016-09"])
    assert np.isnan(levels[0])
    assert levels[1] == 1.0


def test_the_coal_stop_begins_in_the_month_of_its_lever_and_ends_as_before() -> None:
    made = scenario_of(world(coal_stop="2016-12"), find_scenario).measures
    assert made.drop == (coal_stop_id(),)
    (moved,) = made.add
    assert (moved.good, moved.first.isoformat(), str(moved.last)) == (
        "coal", "2016-12-01", "2017-08-14",
    )  # fmt: skip
    assert scenario_of(world(coal_stop="never"), find_scenario).measures.add == ()


def test_labour_is_free_from_the_month_of_its_lever() -> None:
    (end,) = scenario_of(world(labour_free="2017-09"), find_scenario).measures.end or ()
    assert (end.day.isoformat(), end.partner, set(end.ids)) == (
        "2017-09-01", "Russia", set(labour_ids()),
    )  # fmt: skip
    (shipped,) = load_scenario("labour-only").measures.end or ()
    assert set(shipped.ids) == set(labour_ids())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("russia_support", "1.2", "allowed: rule, a share from 0 to 1"),
        ("russia_support", "nan", "allowed"),
        ("members", "5000", "a whole number from 1 to 4096"),
        ("members", "8.5", "a whole number"),
        ("seed", str(2**63), "from 0 to"),
        ("china_law", "regstry", "did you mean 'registry'"),
        ("tightening", "2030-01", "a month from 2015-01 to 2025-12"),
        ("scale", "9" * 400, "allowed"),
    ],
)
def test_a_lever_says_what_it_takes(name: str, text: str, said: str) -> None:
    with pytest.raises(DivertError, match=said.replace("(", r"\(")) as caught:
        BY_NAME[name].read(text)
    assert BY_NAME[name].label in str(caught.value)


def test_what_a_file_refuses_a_world_refuses_in_the_same_words() -> None:
    with pytest.raises(DivertError) as here:
        scenario_of(world(tightening="2025-12"), find_scenario)
    with pytest.raises(DivertError) as there:
        load_scenario("historical", {"tightening_from": "2025-12"})
    assert str(here.value).split(": ", 1)[1] in str(there.value)


def test_no_address_names_a_file() -> None:
    for key in ("parameters.draws", "parameters", "extends", "name"):
        with pytest.raises(DivertError, match="cannot set"):
            scenario_of(World(more=((key, "{draws: /etc/passwd}"),)), find_scenario)
    with pytest.raises(DivertError, match="no key"):
        scenario_of(World(more=(("actors.Chine.law", "none"),)), find_scenario)


def test_other_keys_go_through_the_same_validation() -> None:
    more = (("parameters.set.sigma_coal", "3.1"), ("us_pressure", "{mode: fixed, value: 0.2}"))
    made = scenario_of(World(more=more), find_scenario)
    assert made.parameters.set["sigma_coal"].low == 3.1
    assert made.us_pressure.value == 0.2
    with pytest.raises(DivertError, match="elasticity"):
        scenario_of(World(more=(("parameters.set.sigma_coal", "-3"),)), find_scenario)


# ---- addresses ---------------------------------------------------------------------------------

IDS = tuple(rules_by_id())
MOVABLE = tuple(name for name in IDS if not why_not_moved(name))
DAYS = st.dates(min_value=date(2016, 1, 1), max_value=date(2019, 12, 31)).map(str)


def lever_values() -> st.SearchStrategy[dict[str, Any]]:
    def values(name: str) -> st.SearchStrategy[Any]:
        one = BY_NAME[name]
        words = [st.sampled_from([w for w, _ in one.words])] if one.words else []
        if one.kind == "whole":
            return st.integers(int(one.low), int(one.high))
        if one.kind in ("level", "number"):
            words.append(st.floats(one.low, one.high))
        return st.one_of(*words)

    return st.fixed_dictionaries({}, optional={one.name: values(one.name) for one in LEVERS})


OWNS = st.builds(
    Own, st.integers(1, 99).map(lambda i: f"OWN-{i}"), st.sampled_from(["China", "all"]),
    st.just("dprk_export"), st.sampled_from(["coal", "seafood"]), st.just("ban"),
    st.floats(0.0, 1.0), DAYS, st.one_of(st.just(""), DAYS),
)  # fmt: skip
UNIQUE = st.lists(st.sampled_from(IDS), unique=True, max_size=6).map(tuple)
DATED = st.lists(st.tuples(st.sampled_from(IDS), DAYS), unique_by=lambda p: p[0], max_size=4).map(
    tuple
)
CHANGES = st.builds(Changes, UNIQUE, UNIQUE, DATED, DATED, st.lists(OWNS, max_size=3).map(tuple))
MORE = st.dictionaries(
    st.sampled_from(["parameters.set.sigma_coal", "parameters.set.sigma_other"]),
    st.sampled_from(["3", "3.1"]),
).map(lambda said: tuple(said.items()))
WORLDS = st.builds(
    lambda base, at, changes, more: World(base, in_order(at), changes, tuple(sorted(more))),
    st.sampled_from(shipped_names()[:3]), lever_values(), CHANGES, MORE,
)  # fmt: skip


@given(WORLDS, WORLDS, st.sampled_from(["flows", "map"]))
@settings(max_examples=40, deadline=None)
def test_an_address_gives_back_the_pair_it_was_made_of(a: World, b: World, view: str) -> None:
    pair = Pair(a, b, view)
    assert from_search(to_search(pair)) == pair
    assert from_query(to_query(pair)) == pair


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_a_hostile_address_is_a_sentence_or_a_pair(text: str) -> None:
    with contextlib.suppress(DivertError):
        pair = from_search(text)
        for one in (pair.a, pair.b):
            scenario_of(one, ON_THE_DESK)


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("?a=../../etc/passwd", "no scenario"),
        ("?a=historical&a.rusia_support=1", "did you mean 'russia_support'"),
        ("?a=historical&a.members=4", "for both"),
        ("?members=x", "a whole number"),
        ("?view=pie", "flows"),
        ("?colour=red", "unknown key"),
        ("?a.drop=,", "ids of measures"),
        ("?a.drop=NO-SUCH", "which this world has not"),
        ("?a.move=UN2371-COAL:2017-01-01", "cannot be moved"),
        ("?a.move=CN-2017-12", "ID:YYYY-MM-DD"),
        ("?a.end=CN-2017-12:2017-13-01", "a date YYYY-MM-DD"),
        ("?a.add=x", "id,partner"),
        ("?a.add=O,China,dprk_export,coal,ban,2,2017-01-01,", "a share from 0 to 1"),
        ("?a.add=CN-2017-12,China,dprk_export,coal,ban,1,2017-01-01,", "exists already"),
        ("?a.set.parameters.draws=/etc/passwd", "cannot set"),
        ("?a.set.members=" + "[" * 40, "allowed"),
        ("?a=historical&a=%ff%fe", "text"),
        ("?a=" + "x" * 3 * LONGEST, "characters"),
    ],
)
def test_what_an_address_cannot_say_is_said_in_words(search: str, said: str) -> None:
    with pytest.raises(DivertError, match=re.escape(said)):
        stepped(History(""), from_search(search), ON_THE_DESK)


def test_a_draw_of_all_parameters_fits_beside_another_that_differs_by_a_lever() -> None:
    drawn = draw("calibrated", 1, 2017, {}, "")
    more = tuple((f"parameters.set.{k}", str(float(v[0]))) for k, v in sorted(drawn.items()))
    a = World(more=more)
    pair = Pair(a, a.moved("russia_support", 1.0))
    assert from_search(to_search(pair)) == pair


# ---- files -------------------------------------------------------------------------------------

REST = Changes(dropped=("UN2371-SEAFOOD",), ended=(("CN-2017-40", "2018-05-01"),),
               added=(Own("OWN-1", "China", "dprk_export", "textiles", "ban", 0.5,
                          "2017-03-01"),))  # fmt: skip
SAVED = (
    world(),
    World("historical", in_order({**TINY, "russia_support": 1.0, "coal_stop": "2016-12",
                                  "labour_free": "2017-09"}), REST),
    World("maximum-pressure", in_order({**TINY, "us_pressure": 0.5, "russia_support": "rule"}),
          more=(("parameters.set.sigma_coal", "3.1"),)),
)  # fmt: skip


@pytest.mark.parametrize("one", SAVED)
def test_a_saved_file_is_the_scenario_of_its_world(one: World, tmp_path: Path) -> None:
    made = scenario_of(one, find_scenario)
    path = tmp_path / file_name(made)
    path.write_text(file_text(one, find_scenario), encoding="utf-8")
    assert load_scenario(path).digest() == made.digest()
    assert command(one, find_scenario).startswith("divert run ")


def test_a_file_of_the_folder_is_saved_whole(desk: Desk, tmp_path: Path) -> None:
    one = world("one-stop", russia_potential=2.0)
    path = tmp_path / "x.yaml"
    path.write_text(file_text(one, desk.scenario_file), encoding="utf-8")
    assert "extends" not in path.read_text(encoding="utf-8")
    assert load_scenario(path).digest() == scenario_of(one, desk.scenario_file).digest()


def test_the_command_finds_the_scenario_where_it_was_started(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shipped one goes by its name, wherever its folder was named; another by its path."""
    monkeypatch.chdir(desk.scenarios.parent)
    assert command(World("one-stop"), desk.scenario_file) == "divert run scenarios/one-stop.yaml"
    monkeypatch.chdir("/")
    assert command(World("one-stop"), desk.scenario_file).endswith("scenarios/one-stop.yaml")
    monkeypatch.chdir(SHIPPED.parent)
    checkout = Desk(desk.results, Path(SHIPPED.name))
    assert command(World(), checkout.scenario_file) == "divert run historical"
    assert "extends: historical" in file_text(SAVED[1], checkout.scenario_file)


def test_the_command_line_runs_a_saved_file_to_the_numbers_shown(
    desk: Desk, tmp_path: Path
) -> None:
    one = SAVED[1]
    done = finished(desk, one)
    path = tmp_path / file_name(done.stored.scenario)
    path.write_text(file_text(one, desk.scenario_file), encoding="utf-8")
    found = CliRunner().invoke(main, ["run", str(path), "--quiet", "--out", str(tmp_path)])
    assert found.exit_code == 0
    folder = tmp_path / path.stem
    theirs = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(done.answer)) == theirs
    again = read_run(folder, tuple(done.stored.arrays))
    for name, values in done.stored.arrays.items():
        np.testing.assert_array_equal(values, again.arrays[name])


def test_the_command_of_an_unchanged_world_needs_no_file(tmp_path: Path) -> None:
    words = command(world(), find_scenario).split()
    assert words == ["divert", "run", "historical", *SIZE_OPTIONS]
    found = CliRunner().invoke(main, [*words[1:], "--quiet", "--out", str(tmp_path)])
    assert found.exit_code == 0
    manifest = json.loads((tmp_path / "historical" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scenario_digest"] == scenario_of(world(), find_scenario).digest()


# ---- measures ----------------------------------------------------------------------------------


def test_a_row_s_button_takes_back_what_was_changed() -> None:
    base = load_scenario("historical")
    dropped = timeline.toggled(Changes(), "UN2371-COAL", base)
    assert dropped.dropped == ("UN2371-COAL",)
    assert timeline.toggled(dropped, "UN2371-COAL", base) == Changes()
    moved = timeline.redated(Changes(), "CN-2017-12", "from", "2017-01-05")
    assert timeline.toggled(moved, "CN-2017-12", base) == Changes()
    own = timeline.with_own(Changes(), "China", "dprk_export.coal", "ban", "50", "2017-01-01", "")
    assert own.added[0].amount == 0.5
    assert timeline.toggled(own, "OWN-1", base) == Changes()
    with pytest.raises(DivertError, match="no measure"):
        timeline.toggled(Changes(), "NO-SUCH", base)


def test_a_measure_is_brought_into_a_scenario_without_it(desk: Desk) -> None:
    base = base_of("one-stop", desk.scenario_file)
    changes = timeline.toggled(Changes(), "UN2371-COAL", base)
    made = scenario_of(World("one-stop", measures=changes), desk.scenario_file)
    assert included(made) == {"CN-2017-12", "UN2371-COAL"}
    without = timeline.toggled(Changes(), "CN-2017-12", base)
    assert included(scenario_of(World("one-stop", measures=without), desk.scenario_file)) == set()


@pytest.mark.parametrize("name", MOVABLE)
def test_a_measure_moved_to_its_own_day_bans_what_it_banned(name: str) -> None:
    rules = rules_by_id()[name]
    (day,) = {str(rule.start) for rule in rules}
    made = scenario_of(World(measures=Changes(moved=((name, day),))), find_scenario)
    own = [row for row in made.measures.added_rows() if row.id.startswith(name)]
    said = ("partner", "direction", "good", "segment", "coverage", "kind", "start", "end",
            "cap_value", "binding", "discretionary")  # fmt: skip
    for copy, rule in zip(own, rules, strict=True):
        for key in said:
            theirs = getattr(rule, key)
            if key == "coverage" and rule.kind != "ban":
                continue
            assert getattr(copy, key) == theirs, key


def test_a_dropped_measure_leaves_the_endings_of_a_scenario() -> None:
    one = World("hanoi-relief", measures=Changes(dropped=("UN2371-COAL",)))
    (end,) = scenario_of(one, find_scenario).measures.end or ()
    assert "UN2371-COAL" not in end.ids
    assert "UN2371-IRON" in end.ids


def test_lever_and_timeline_do_not_move_the_stop_both() -> None:
    one = World(levers=(("coal_stop", "2016-12"),), measures=Changes(dropped=(coal_stop_id(),)))
    with pytest.raises(DivertError, match="one of the two"):
        scenario_of(one, find_scenario)


def test_the_timeline_lists_every_measure_and_marks_what_is_changed() -> None:
    base = load_scenario("historical")
    rows = timeline.rows(REST, {"coal_stop": "2016-12"}, base)
    status = {row.id: row.status for row in rows}
    assert len(rows) == len(IDS) + 1
    assert status["UN2371-SEAFOOD"] == timeline.OUT
    assert status["CN-2017-12"] == timeline.MOVED
    assert status["CN-2017-40"] == timeline.ENDED
    assert status["OWN-1"] == timeline.OWN
    chart = timeline.timeline_chart(rows, base)
    drawn = sum(len(trace["x"]) for trace in chart.figure.to_plotly_json()["data"])
    assert drawn == len(chart.rows)


def described(component: Any) -> dict[str, Any]:
    """Return what a control's description says."""
    found: dict[str, Any] = json.loads(component.to_plotly_json()["props"]["data-control"])
    return found


# ---- forms and steps ---------------------------------------------------------------------------


@pytest.mark.parametrize("one", [*LEVERS, *SIZE], ids=lambda one: one.name)
def test_a_control_left_alone_leaves_its_lever_alone(one: Any) -> None:
    for name in ("historical", "tight-corridor", "china-goes-alone"):
        pair = Pair(World(name), World(name))
        bases = bases_of(pair, find_scenario)
        side = "both" if one in SIZE else "b"
        said = described(control(one, side, pair.b, bases["b"]))
        assert said["label"].startswith(one.label)
        assert read_form(pair, {(one.name, side): said["value"]}, bases) == pair


@pytest.mark.parametrize("one", [*LEVERS, *SIZE], ids=lambda one: one.name)
def test_a_control_shows_the_lever_that_it_moved(one: Any) -> None:
    side = "both" if one in SIZE else "b"
    pair, value = Pair(), str(some_value(one.name))
    bases = bases_of(pair, find_scenario)
    then = read_form(pair, {(one.name, side): value}, bases)
    assert then.b.at[one.name] == some_value(one.name)
    assert (then.a == pair.a) == (side == "b")
    said = described(control(one, side, then.b, bases["b"]))
    assert read_form(then, {(one.name, side): said["value"]}, bases) == then
    if "options" in said:
        assert said["value"] in [value for value, _ in said["options"]]


def test_a_list_offers_a_level_that_an_address_brought() -> None:
    offered = [v for v, _ in options(BY_NAME["russia_support"], 0.37, load_scenario("historical"))]
    assert offered[0] == AS_IT_IS
    assert "0.37" in offered


@pytest.mark.parametrize(
    "sent", [None, [], {"values": []}, {"values": {"a@b": 3}}, {"values": {"x@a": "y" * 999}}]
)
def test_a_form_that_no_page_sends_is_refused(sent: Any) -> None:
    with pytest.raises(DivertError, match="reload"):
        held(sent)


def test_steps_go_back_and_forth() -> None:
    start = History("?a=historical")
    two = start.moved_to("?a=2").moved_to("?a=3")
    assert two.undone().at == "?a=2"
    assert two.undone().redone() == two
    assert two.undone().moved_to("?a=4").future == ()
    assert start.undone() == start
    assert history_of(two.data()) == two
    for i in range(200):
        two = two.moved_to(f"?a={i}" + "x" * 3000)
    assert len(two.past) <= MOST_KEPT
    assert sum(map(len, two.past)) <= 60_000
    for wrong in (None, {"at": 1}, {"at": "", "past": ["x"] * 99, "future": []}):
        with pytest.raises(DivertError, match="reload"):
            history_of(wrong)


def test_worlds_are_reset_copied_and_based_on_another_scenario() -> None:
    pair = from_search("?a=historical&a.china_law=none&b=reactive&members=16&view=map")
    assert reset(pair) == Pair(World("historical"), World("reactive"), "map")
    assert copied(pair, "a").b == pair.a
    other = with_base(pair, "b", "new-axis")
    assert other.b == World("new-axis", (("members", 16),))
    assert other.a == pair.a


def test_a_preview_is_small_and_both_worlds_have_the_same_draws() -> None:
    pair = from_search("?a=historical&b=new-axis&seed=9")
    a, b = scenarios_to_run(pair, find_scenario, False)
    assert (a.members, a.firms.scale, a.seed) == (b.members, b.firms.scale, b.seed)
    assert (a.members, a.firms.scale, a.seed) == (8, PREVIEW["firms.scale"], 9)
    full = scenarios_to_run(pair, find_scenario, True)
    assert full[0].members == 64
    assert len(scenarios_to_run(Pair(), find_scenario, False)) == 1
    assert "rough" in preview_words(a, False)
    assert "64 members (32 draws), all firms" in preview_words(full[0], True)


# ---- results -----------------------------------------------------------------------------------


def test_the_difference_is_that_of_divert_compare(sides: list[Side]) -> None:
    done = compared(*sides)
    words = {"members": "4", "firms.scale": "0.05", "seed": "7"}
    split = load_scenario("historical").tightening_from
    more = {"actors.Russia.support": f"{{mode: fixed, path: [{{from: {split}, level: 1}}]}}"}
    there = [side_of("historical", words | extra) for extra in ({}, more)]
    first, second = (measured(s.label, ensemble_of(s), "2017-01", "2019-12") for s in there)
    theirs = {row.quantity: row for row in paired(second, first)}
    for row in done.rows:
        if row.scenario == "B":
            assert row.difference == theirs[row.quantity].difference
            assert row.band == theirs[row.quantity].band
    assert done.significant == {"A": first.significant, "B": second.significant}


def test_a_measured_run_is_what_its_ensemble_measures() -> None:
    side = side_of("historical", {"members": "4", "firms.scale": "0.05"})
    ensemble = ensemble_of(side)
    arrays = {name: ensemble.record[name] for name in VARIABLES}
    run = replace(_stored(ensemble), arrays=arrays)
    whole = measured("x", ensemble, "2017-01", "2019-12")
    part = measured_run("x", run)
    for name, quantity in part.quantities.items():
        np.testing.assert_array_equal(quantity.values, whole.quantities[name].values)
    np.testing.assert_array_equal(part.monthly, whole.monthly)


def _stored(ensemble: Any) -> Any:
    from sim.experiment.stored import StoredRun

    return StoredRun(ensemble.scenario, tuple(ensemble.inputs.months), ensemble.arms, {},
                     dict(ensemble.parameters))  # fmt: skip


def test_worlds_that_cannot_be_paired_say_why(sides: list[Side]) -> None:
    a, b = sides
    later = load_scenario("historical", {"window.from": "2018-01"})
    moved = Side("B", "b", Finished(replace(b.done.stored, scenario=later), b.done.answer))
    with pytest.raises(DivertError, match="different months"):
        compared(a, moved)
    none = Side("B", "b", Finished(b.done.stored, {"question": None}))
    with pytest.raises(DivertError, match="no answer"):
        compared(a, none)
    assert "no answer" in str(difference(a, none))
    assert "B is as A" in str(difference(a, None))


def test_the_table_of_the_difference_has_a_row_a_quantity(sides: list[Side]) -> None:
    rows = difference_rows(compared(*sides))
    assert [row[0] for row in rows[:3]] == ["loss, million USD", "offset, %", "autonomous, %"]
    assert rows[0][1] == "0 (0 to 0)"  # a lever of Russia moves no arm that the loss is made of


def test_bands_of_two_worlds_stand_in_one_figure(sides: list[Side]) -> None:
    both = [Shown(f"World {s.letter}", s.done.stored) for s in sides]
    chart = receipts_pair(both)
    traces = {t["name"]: t for t in chart.figure.to_plotly_json()["data"]}
    for one in both:
        values = one.run.arrays["receipts"][:, one.run.arms.index("C1S1")]
        middle = np.quantile(values, BAND, axis=1)[1]
        assert traces[one.label]["y"] == pytest.approx(middle, abs=0.051)
        assert len(traces[one.label]["customdata"]) == len(one.run.months)
    assert traces["World A"]["line"]["dash"] != traces["World B"]["line"]["dash"]
    assert len(chart.rows) == len(both[0].run.months)
    for partner, direction in FLOWS:
        flow = flow_pair(both, partner, direction)
        assert len(flow.rows[0]) == len(flow.headings)


@pytest.mark.parametrize("view", ["flows", "channels", "map", "money", "enforcement", "simpler"])
def test_every_view_has_charts_of_both_worlds(sides: list[Side], view: str) -> None:
    found = view_charts(view, sides)
    assert len({key for key, _ in found}) == len(found) == (4 if view == "flows" else 2)
    assert all(chart.rows for _, chart in found)
    if view != "flows":
        assert [chart.title[:7] for _, chart in found] == ["World A", "World B"]
    if view in ("map", "money"):
        months = sides[0].done.stored.months
        assert {m for m in months} <= {str(f.name) for f in found[0][1].figure.frames}


# ---- callbacks ---------------------------------------------------------------------------------


def test_the_page_stands_for_its_address(desk: Desk) -> None:
    page = str(explore.layout(desk, {"a": "historical", "b": "russia-opens", "view": "map"}))
    assert "?a=historical&b=russia-opens&view=map" in page
    with pytest.raises(DivertError, match=r"World B: .*allowed"):
        explore.layout(desk, {"a": "historical", "b.tightening": "2025-01"})


def test_the_page_opens_with_the_scenario_that_was_named(desk: Desk) -> None:
    named = replace(desk, opened=(Opened("scenario", "reactive", find_scenario("reactive")),))
    assert "?a=reactive" in str(explore.layout(named, {}))
    assert "?a=historical" in str(explore.layout(desk, {}))


def test_a_report_is_that_of_a_run_of_the_command_line() -> None:
    name, text = report_html(scenario_of(world(), find_scenario))
    assert name == "report-historical.html"
    assert "divert run historical --members 4 --seed 7 --scale 0.05 --out results" in text
    assert "divert-report-" not in text


def test_a_moved_lever_becomes_a_state_and_a_wrong_one_a_sentence(desk: Desk) -> None:
    start = History("?a=historical")
    then, said = explore.moved(desk, start, {("russia_support", "b"): "1"}, "map")
    assert said is None
    assert then is not None
    assert then.at == "?a=historical&b=historical&b.russia_support=1&view=map"
    assert then.past == (start.at,)
    same, said = explore.moved(desk, start, {("russia_support", "b"): AS_IT_IS}, "flows")
    assert (same, said) == (None, None)
    none, said = explore.moved(desk, start, {("members", "both"): "many"}, "flows")
    assert none is None
    assert "allowed" in str(said)


def test_buttons_lead_where_they_say(desk: Desk) -> None:
    start = History("?a=historical").moved_to("?a=historical&b=russia-opens&view=map")
    for what, at in (
        ("explore-undo", "?a=historical"),
        ("explore-copy-a", "?a=historical&view=map"),
        ("explore-copy-b", "?a=russia-opens&view=map"),
    ):
        state, _, _, said = explore.pressed(desk, start, what, {}, "")
        assert state["at"] == at
        assert said is None
    state, *_ = explore.pressed(desk, start, "explore-bases", {"b": "reactive"}, "")
    assert state["at"] == "?a=historical&b=reactive&view=map"
    state, *_ = explore.pressed(desk, start, "address", {}, "?a=new-axis")
    assert state["at"] == "?a=new-axis"
    with pytest.raises(PreventUpdate):
        explore.pressed(desk, start, "address", {}, start.at)
    state, *_, said = explore.pressed(desk, start, "address", {}, "?a=nobody")
    assert state is dash.no_update
    assert "no scenario" in str(said)


def test_runs_are_asked_for_shown_and_left(desk: Desk) -> None:
    history = History("?a=historical&b=historical&b.russia_support=1&members=4&scale=0.05")
    data, search, said = explore.started(desk, history, False, None, "v1")
    assert (search, said) == (history.at, None)
    asked = asked_of(data)
    assert asked is not None
    found = explore.shown(desk, asked, from_search(history.at), 60.0)
    assert found[3] == data
    assert found[4].startswith("Preview. A: loss ")
    assert "4 members (2 draws)" in str(found[0])
    again, *_ = explore.started(desk, history, False, asked, "v1")
    assert again is dash.no_update
    full = asked_of(explore.started(desk, history, True, asked, "v1")[0])
    assert full is not None
    assert explore.still_full(desk, history_of(history.moved_to(f"{history.at}&view=map").data()),
                              full, "v1")  # fmt: skip
    assert not explore.still_full(desk, History("?a=historical"), full, "v1")
    assert not explore.still_full(desk, history, asked, "v1")
    big = History("?a=historical&members=4000")
    _, _, said = explore.started(desk, big, True, asked, "v1")
    assert "members" in str(said)


def test_a_page_opened_again_shows_the_run_in_full_that_is_kept(desk: Desk) -> None:
    history = History("?a=historical&members=10&scale=0.05")
    assert not explore.still_full(desk, history, None, "v1")
    full = asked_of(explore.started(desk, history, True, None, "v1")[0])
    assert full is not None
    # While it is under way it is his who asked for it; once it is done it is anybody's.
    assert explore.still_full(desk, history, None, "v1")
    assert desk.runs.wait(full.keys[0], 60.0).state == DONE
    assert explore.still_full(desk, history, None, "v2")
    assert not explore.still_full(desk, History("?a=historical&members=12"), None, "v1")


def test_measures_change_a_world_and_their_list(desk: Desk) -> None:
    history = History("?a=historical")
    state, said = explore_measures_page.done(
        desk, history.data(), "b", lambda m, base: timeline.toggled(m, "UN2371-COAL", base)
    )
    assert said is None
    assert state["at"].endswith("b.drop=UN2371-COAL")
    _, said = explore_measures_page.done(
        desk, history.data(), "b", explore_measures_page.redated({})
    )
    assert "YYYY-MM-DD" in str(said)
    _, text, rests_on = explore_measures_page.listed(desk, history_of(state), "b", None)
    rows = {row["id"]: row for row in json.loads(text)["rows"]}
    assert rows["UN2371-COAL"]["button"] == "Bring back"
    with pytest.raises(PreventUpdate):
        explore_measures_page.listed(desk, history_of(state), "b", rests_on)
    state, _ = explore_measures_page.done(
        desk, history.data(), "a", explore_measures_page.added({("add-amount", "form"): "40"})
    )
    assert "OWN-1,China,dprk_export,coal,ban,0.4,2017-03-01," in state["at"]


def test_files_and_commands_are_those_of_the_worlds(desk: Desk) -> None:
    history = History("?a=historical&b=historical&b.russia_support=1")
    got = explore_keep.kept_file(desk, history, "b")
    assert got["filename"].startswith("historical-")
    assert "level: 1.0" in got["content"]
    said = str(explore_keep.commands(desk, history))
    assert "divert run historical" in said
    assert got["filename"] in said
    page, words = explore_keep.kept_report(desk, History("?a=historical&members=65"), "a", True)
    assert page is dash.no_update
    assert "up to 64" in words
