"""The live page without a browser: sessions, months, firms, charts and what an address may say."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose, assert_array_equal

from sim.app import live
from sim.app.desk import Desk
from sim.app.live_firms import IDLE, ROUTES, detail, evenly, route_of
from sim.app.live_frame import bars, frame
from sim.app.live_month import events, month_words
from sim.app.live_purse import purse
from sim.app.live_session import PAIR, Seat, Session, Setup, check_size
from sim.app.live_stage import firms_chart, in_place, running_chart, stage, still, still_of
from sim.app.visitors import MOST
from sim.axes import CHINA, PARTNERS, RUSSIA
from sim.cli import main
from sim.errors import DivertError
from sim.experiment.decisions import explain_month
from sim.experiment.stored import read_run
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.view.chart_swarm import diameters, places
from sim.view.chart_terms import pulls, terms_chart

SMALL = {"firms.scale": "0.05", "firms.Russia": "2200", "firms.RestOfWorld": "2200",
         "members": "3"}  # fmt: skip
WORDS = [w for key, value in SMALL.items() for w in ("--set", f"{key}={value}")]


def small(name: str = "historical", **keys: str) -> Scenario:
    """A scenario with few firms and members."""
    return load_scenario(name, SMALL | {k.replace("__", "."): v for k, v in keys.items()})


@pytest.fixture(scope="module")
def lived() -> Session:
    """Two arms side by side, all months lived."""
    found = Session(small(), 2, PAIR)
    found.advance(len(found.months) - 1, 60.0)
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with one small scenario of its own."""
    place = tmp_path_factory.mktemp("desk")
    text = "extends: historical\nmembers: 3\nfirms: {scale: 0.05}\n"
    (place / "small.yaml").write_text(text, encoding="utf-8")
    return Desk(place / "results", place)


# ---- the same numbers as the command line ------------------------------------------------------


def test_members_stepped_by_hand_are_those_of_divert_run(tmp_path: Path, lived: Session) -> None:
    done = CliRunner().invoke(main, ["run", "historical", *WORDS, "--quiet", "--out",
                                     str(tmp_path)])  # fmt: skip
    assert done.exit_code == 0, done.output
    with np.load(tmp_path / "historical" / "arrays.npz") as stored:
        at = [list(stored["arm_names"]).index(arm) for arm in lived.arms]
        for name in lived.record.names():
            ours = lived.record[name].astype(np.float32)
            assert_array_equal(ours, stored[name][:, at, :2], err_msg=name)
    run = read_run(tmp_path / "historical")
    one = Session(small(), 3, "C1S1")
    one.advance(30, 60.0)
    for actor in ("China", "DPRK", "UN"):
        theirs, ours = (explain_month(r, actor, "2016-03", "C1S1") for r in (run, one.stored()))
        assert [w.terms[0].words for w in theirs.weighings] == [
            w.terms[0].words for w in ours.weighings
        ]
        for a, b in zip(theirs.weighings, ours.weighings, strict=True):
            assert_allclose(bars(a), bars(b), atol=2e-3)


def test_a_run_told_halfway_says_the_same_as_at_its_end(lived: Session) -> None:
    half = Session(small(), 2, PAIR)
    half.advance(20, 60.0)
    assert half.lived == 21
    assert frame(half, 20) == frame(lived, 20)
    assert half.explain("Russia", 20) == lived.explain("Russia", 20)


# ---- bounds, visitors, memory ------------------------------------------------------------------


def test_an_answer_steps_no_longer_than_its_patience() -> None:
    found = Session(small(), 1)
    assert found.advance(70, patience=0.0) == 1
    assert found.advance(0, patience=0.0) == 1  # what is lived is not lived again


def test_what_is_too_large_is_refused_in_words() -> None:
    with pytest.raises(DivertError, match="allowed: 120,000: choose fewer members"):
        check_size(load_scenario("historical", {"firms.scale": "3"}), 8, 2)
    with pytest.raises(DivertError, match="found 9 members; allowed: 1 to 8"):
        check_size(small(), 9, 1)
    with pytest.raises(DivertError, match="found 'C2'; allowed: C1S1"):
        Session(small(), 1, "C2")


def test_two_visitors_do_not_share_a_session(desk: Desk) -> None:
    here, there = ({"scenario": "small", "seed": seed} for seed in ("1", "2"))
    first, _ = live.opened(desk, "a" * 8, here)
    second, _ = live.opened(desk, "b" * 8, there)
    assert first["born"] != second["born"]
    ours = live.stepped(desk, "a" * 8, first, {"first": 0, "last": 5})
    theirs = live.stepped(desk, "b" * 8, second, {"first": 0, "last": 2})
    assert (ours["lived"], theirs["lived"]) == (6, 3)
    assert ours["frames"][1]["lines"] != theirs["frames"][1]["lines"]
    assert ours["note"] == ""


def test_a_session_that_was_put_away_comes_back_with_the_same_numbers(desk: Desk) -> None:
    kept, _ = live.opened(desk, "c" * 8, {"scenario": "small"})
    before = live.stepped(desk, "c" * 8, kept, {"first": 3, "last": 4})
    for number in range(MOST):
        desk.visitors.get(f"later-{number}", list, "other")
    after = live.stepped(desk, "c" * 8, kept, {"first": 3, "last": 4})
    assert after["frames"] == before["frames"]
    assert after["note"] == live.AGAIN


def test_a_visitor_who_chooses_anew_keeps_one_model_alone() -> None:
    seat = Seat()
    held = [weakref.ref(seat.session(Setup("x", 1, m, "C1S1"), small)) for m in (1, 2)]
    assert [ref() is None for ref in held] == [True, False]


def test_a_closed_session_leaves_no_model_behind() -> None:
    found = Session(small(), 1)
    found.advance(3, 60.0)
    model = weakref.ref(found._model)  # type: ignore[arg-type]
    assert model() is not None
    del found
    gc.collect()
    assert model() is None


def test_a_session_at_its_end_keeps_the_record_and_not_the_model(lived: Session) -> None:
    assert lived._model is None
    assert lived.advance(10_000, 1.0) == len(lived.months)


def test_callbacks_at_once_step_each_month_once() -> None:
    found = Session(small(), 1)
    threads = [threading.Thread(target=found.advance, args=(20, 60.0)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = Session(small(), 1)
    alone.advance(20, 60.0)
    assert found.lived == 21
    assert_array_equal(found.record["receipts"], alone.record["receipts"])


# ---- firms -------------------------------------------------------------------------------------


def test_the_firms_drawn_are_spread_and_hold_their_places(lived: Session) -> None:
    assert evenly(10, 4).tolist() == [0, 2, 5, 7]
    assert evenly(3, 8).tolist() == [0, 1, 2]
    sample = lived.watch.sample
    where = places(sample)
    assert len({(x, row) for x, row in zip(where.x, where.row, strict=True)}) == sample.size.size
    for p in range(len(PARTNERS)):
        low, high = where.spans[p]
        inside = where.x[sample.partner == p]
        assert low < inside.min()
        assert inside.max() < high
    before, after = (firms_chart(lived, t, 0).figure.data[0] for t in (20, 44))
    assert before.x == after.x
    rows = [np.array(trace.y) - np.array(where.floors)[lived.firms[t].route[0]]
            for trace, t in ((before, 20), (after, 44))]  # fmt: skip
    assert_array_equal(rows[0], rows[1])
    assert np.all(np.diff(diameters(np.array([1e-6, 1.0, 2.0]))) > 0.0)


def test_routes_follow_the_lots_and_every_firm_is_counted(lived: Session) -> None:
    lots = np.array([[0, 0], [2, 0], [1, 3], [0, 1]], dtype=float)
    assert route_of(lots).tolist() == [0, 1, 2, 3]
    for month in (lived.firms[0], lived.firms[60]):
        assert_array_equal(month.counts.sum(axis=-1)[0], lived.watch.sample.totals)
    early = lived.firms[10]
    assert_array_equal(early.route[0], early.route[1])  # one past
    late = lived.firms[50]
    assert (late.route[0] != late.route[1]).any()
    legal = lived.firms[5].capacity[0, CHINA, 0]
    assert 0.0 < legal < 1000.0
    assert lived.firms[5].capacity[0, CHINA, 1] == 0.0


def test_a_firm_says_what_it_weighs(lived: Session) -> None:
    month = lived.firms[50]
    coal = int(np.flatnonzero(lived.watch.sample.partner == CHINA)[0])
    found = detail(lived.watch, month, coal, 0)
    assert found.title == "Firm 1 of China"
    assert found.sentences[0].startswith("It buys coal, up to ")
    assert "On the illegal route it sees " in found.sentences[3]
    first = detail(lived.watch, lived.firms[0], coal, 0)
    assert "there is no illegal route to take" in first.sentences[3]
    idle = int(np.flatnonzero(month.route[0] == IDLE)[0])
    assert ROUTES[IDLE] in detail(lived.watch, month, idle, 0).sentences[0]


# ---- a month -----------------------------------------------------------------------------------


def test_a_month_is_plain_data_and_small(lived: Session) -> None:
    found = frame(lived, 44)
    assert len(json.dumps(found, allow_nan=False)) < 12_000
    assert (found["month"], found["said"]) == ("2017-09", "September 2017")
    assert set(found["arms"][0]["terms"]) == {
        "China-enforcement", "China-support", "Russia-enforcement", "Russia-support", "DPRK-purse",
    }  # fmt: skip
    codes = found["arms"][0]["routes"]
    assert [int(c) for c in codes] == lived.firms[44].route[0].tolist()
    wish = lived.explain("China", 44).weighings[0]
    assert found["arms"][0]["terms"]["China-enforcement"] == bars(wish)
    held = found["arms"][1]["heads"]["China"]
    assert held[0].startswith("Enforcement: the arm sets the level: ")
    assert "follows that unmet part" in found["arms"][0]["heads"]["DPRK"][1]
    assert found["lines"]["receipts"][0][0] == round(
        float(lived.record["receipts"][44, 0].mean()), 2
    )


def test_what_happens_is_told_by_arm(lived: Session) -> None:
    with_china, without = (events(lived, 44, arm) for arm in range(2))
    assert ("Council", "It adopts UNSCR 2375") in [(k, text[:20]) for k, text in with_china]
    said = [text for kind, text in with_china if kind == "In force"]
    assert any("MOFCOM" in text for text in said)
    assert not any("China" in text for kind, text in without if kind in ("In force", "Law"))
    kinds = {kind for kind, _ in with_china}
    assert {"Council", "In force", "Law", "Tests", "Border", "Coal"} <= kinds
    assert any(kind == "Summit" for kind, _ in events(lived, 50, 0))
    assert month_words("2017-09") == "September 2017"


def test_a_council_that_votes_is_told_by_its_votes() -> None:
    found = Session(small("reactive"), 2)
    found.advance(49, 60.0)
    told = [text for t in range(50) for kind, text in events(found, t, 0) if kind == "Council"]
    assert any(text.startswith("A draft under talks") for text in told)
    standing = [text for text in told if "base trade is under measures" in text]
    assert len(standing) == 50
    assert all("The most that would be let pass: China " in text for text in standing)
    assert {"UN-ideal_China", "UN-ideal_Russia"} <= set(frame(found, 49)["arms"][0]["terms"])


def test_the_purse_adds_up_to_the_change_in_reserves(lived: Session) -> None:
    reserves = lived.record["reserves"]
    for t in (1, 30, 70):
        change = (reserves[t, 0] - reserves[t - 1, 0]).mean()
        found = purse(lived, t, 0)
        assert_allclose(found.sum.mean, change, rtol=1e-6, atol=1e-6)
        assert_allclose(sum(term.adds.mean for term in found.terms), found.sum.mean)


# ---- charts and stage --------------------------------------------------------------------------


def test_terms_are_drawn_with_their_sign_and_sum(lived: Session) -> None:
    wish = lived.explain("China", 44).weighings[0]
    chart = terms_chart(wish, "China", "2017-09")
    bar = chart.figure.data[0]
    assert_allclose(sum(bar.x[:-1]), bar.x[-1], atol=1e-3)
    ends = chart.figure.data[1].x
    assert all(abs(end) >= abs(x) - 1e-9 for end, x in zip(ends, bar.x, strict=True))
    assert_allclose(bar.x[:-1], [term.adds.mean for term in wish.terms], atol=1e-4)
    assert len(set(bar.y)) == len(bar.y) == len(chart.rows)
    assert bar.error_x.visible
    low, high = chart.figure.layout.xaxis.range
    assert low == -high
    assert high > max(abs(x) for x in bar.x)
    assert pulls(wish).startswith("How strictly to enforce: pulled up most by ")
    one = Session(small(), 1)
    one.advance(5, 60.0)
    alone = terms_chart(one.explain("Russia", 5).weighings[1], "Russia", "2014-06")
    assert not alone.figure.data[0].error_x.visible


def test_running_lines_stop_at_the_month_shown(lived: Session) -> None:
    chart = running_chart(lived, 30)
    assert len(chart.rows) == 31
    assert [len(trace.x) for trace in chart.figure.data] == [31] * 12 + [62] * 12
    china = chart.figure.data[0].y[-1]
    value = lived.record["legal_value"] + lived.record["illegal_value"]
    assert_allclose(china, value[30, 0, :, CHINA, 0].sum(axis=-1).mean(), atol=0.051)
    russia = lived.lines(30, 31)["russia_bought"][0, 0, 0]
    transit = lived.record["transit_value"][30, 0].mean()
    assert_allclose(russia, value[30, 0, :, RUSSIA, 1].sum(axis=-1).mean() + transit)


def test_the_stage_holds_every_chart_that_the_months_move(lived: Session) -> None:
    now = still(lived, 44, 1, 3)
    text = json.dumps([part.to_plotly_json() for part in stage(now)], default=_plain)
    charts, said, actors = in_place(now)
    assert set(charts) == set(now.charts)
    for name in frame(lived, 44)["arms"][1]["terms"]:
        assert f'"live-terms-{name}-graph"' in text
        assert f"live-terms-{name}" in charts
    assert len(said) == 6
    assert len(actors) == 4
    assert "height" not in charts["live-swarm"]["figure"]["layout"]
    json.dumps(charts, allow_nan=False)
    for name in ("live-swarm-graph", "live-running-graph", "live-events", "live-head-US"):
        assert f'"{name}"' in text
    assert detail(lived.watch, lived.firms[44], 3, 1).title in text
    json.dumps(still_of(lived), allow_nan=False)


def _plain(thing: Any) -> Any:
    return thing.to_plotly_json() if hasattr(thing, "to_plotly_json") else list(thing)


# ---- the address -------------------------------------------------------------------------------


def test_an_address_opens_where_it_says(desk: Desk) -> None:
    query = {"scenario": "small", "seed": "7", "members": "2", "arm": PAIR, "month": "2015-06",
             "look": "1", "firm": "3"}  # fmt: skip
    kept, _ = live.opened(desk, "d" * 8, query)
    assert (kept["at"], kept["stage"], kept["arm"], kept["dot"]) == (17, 17, 1, 2)
    assert kept["query"] == {k: query[k] for k in ("scenario", "seed", "members", "arm")}
    setup, _, month = live.setup_of(desk, {})
    assert (setup.scenario, setup.seed, setup.members, month) == ("historical", 2017, 1, "2014-01")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"scenario": "../../etc/passwd"}, "found no scenario"),
        ({"month": "2030-01"}, "allowed: a month YYYY-MM from 2014-01 to 2019-12"),
        ({"month": "2016-13"}, "allowed: a month YYYY-MM"),
        ({"seed": "-1"}, "allowed: a whole number from 0"),
        ({"seed": "٣"}, "allowed: a whole number from 0"),
        ({"members": "99"}, "allowed: a whole number from 1 to 8"),
        ({"arm": "C9"}, "allowed: C1S1"),
    ],
)
def test_an_address_that_says_nonsense_is_refused(
    desk: Desk, query: dict[str, str], words: str
) -> None:
    with pytest.raises(DivertError, match=words):
        live.layout(desk, query)


@pytest.mark.parametrize(
    "asked", [None, {"first": -1, "last": 3}, {"first": True, "last": 3}, {"first": 0}, [1, 2]]
)
def test_a_request_of_no_page_is_refused(desk: Desk, asked: Any) -> None:
    kept, _ = live.opened(desk, "e" * 8, {"scenario": "small"})
    with pytest.raises(DivertError, match="reload the page"):
        live.stepped(desk, "e" * 8, kept, asked)
    with pytest.raises(DivertError, match="reload the page"):
        live.stepped(desk, "e" * 8, {}, {"first": 0, "last": 1})


def test_another_choice_keeps_month_and_arm_where_it_can(desk: Desk) -> None:
    chosen = {"scenario": "historical", "arm": "C1S1", "members": "1", "seed": "1"}
    still = {"month": "2018-05", "arm": 1, "dot": 4}
    found = live.chosen_query(desk, chosen, None, still)
    assert (found["month"], found["look"], found["firm"]) == ("2018-05", "0", "5")
    found = live.chosen_query(desk, chosen, {"month": "2031-01"}, None)
    assert found["month"] == "2014-01"


def test_a_month_that_is_not_lived_yet_is_lived_when_it_is_shown(desk: Desk) -> None:
    kept, _ = live.opened(desk, "f" * 8, {"scenario": "small"})
    found = live.settled(desk, "f" * 8, kept, {"t": 9, "arm": 0, "dot": None})
    assert found is not None
