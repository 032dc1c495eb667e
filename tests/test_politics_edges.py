"""Politics at the edges: no law, other starts of the period, arms that part at odd months."""

from __future__ import annotations

import numpy as np

from sim.axes import CHINA, COAL, SOLD
from sim.kernels import council

from worlds import inputs_of, run, scenario

REACTIVE = {
    "period.to": "2025-12",
    "window.to": "2025-12",
    "actors.UN.mode": "reactive",
    "actors.China.law": "endogenous",
}
SHORT = {"parameters.source": "central", "members": 2}


def test_a_council_with_nothing_to_adopt_adopts_nothing() -> None:
    """Where no partner has a law the ladder has no step, and the run goes through."""
    none = {f"actors.{name}.law": "none" for name in ("China", "Russia", "RestOfWorld")}
    record = run(scenario(SHORT, {"actors.UN.mode": "reactive"}, none)).record
    assert record["council_event"].max() == 0.0
    assert record["ban"].max() == 0.0


def test_drafts_enter_only_where_measures_let_them() -> None:
    """Without measures there is no ladder; a draft can be dropped by its id."""
    keys = {**SHORT, "actors.UN.mode": "reactive"}
    empty = inputs_of(scenario(keys, {"measures.include": []})).ladder
    assert empty is not None
    assert empty.steps == ()
    whole, dropped = (
        inputs_of(scenario(keys, {"measures.drop": drop})).ladder
        for drop in ([], ["DRAFT-2022-REF", "DRAFT-2022-CRUDE"])
    )
    assert whole is not None
    assert dropped is not None
    assert len(whole.steps) == len(dropped.steps) + 2


def test_given_monitoring_holds_where_the_council_votes() -> None:
    """A path of monitoring in the scenario wins over the mandate's own rule."""
    path = [{"from": "2014-01", "to": "2019-12", "level": 0.2}]
    record = run(
        scenario(SHORT, {"actors.UN.mode": "reactive", "actors.UN.monitoring": path})
    ).record
    np.testing.assert_array_equal(record["monitoring"], 0.2)


def test_votes_do_not_depend_on_where_the_period_begins() -> None:
    """From July 2017 on the Council votes as in a run from 2014: threat and tension are carried."""
    keys = {**SHORT, "actors.UN.mode": "reactive", "parameters.source": "calibrated", "members": 8,
            "seeds_per_draw": 1, "period.to": "2019-12"}  # fmt: skip
    early = run(scenario(keys)).record
    late = run(scenario(keys, {"period.from": "2016-07", "tightening_from": "2017-07",
                               "window.from": "2017-07"})).record  # fmt: skip
    for month in ("2017-08", "2017-12"):
        at = [record.inputs.months.index(month) for record in (early, late)]
        ours, theirs = (
            (record["council_event"][t : t + 2, 0] == council.RESOLUTION).any(axis=0)
            for record, t in zip((early, late), at, strict=True)
        )
        assert (ours == theirs).mean() >= 0.75
    assert late.inputs.tension_before == 0.0
    assert inputs_of(scenario(keys, {"period.from": "2016-02", "tightening_from": "2017-03",
                                     "window.from": "2017-03"})).tension_before > 0.8  # fmt: skip


def test_the_monitors_are_gone_in_a_period_that_begins_after_them() -> None:
    """From June 2024 a voting Council has the weaker team once its gap is over."""
    keys = {**SHORT, "actors.UN.mode": "reactive", "period.from": "2024-06", "period.to": "2025-12",
            "window.from": "2025-06", "window.to": "2025-12",
            "tightening_from": "2025-06"}  # fmt: skip
    record = run(scenario(keys)).record
    assert record["monitoring"][0].max() == 0.0
    np.testing.assert_allclose(record["monitoring"][-1, 0], record.inputs.par["monitoring_team"])


def test_acts_older_than_the_split_stay_where_china_is_held() -> None:
    """C0 keeps the acts of its own that China had before the arms parted, as dated law does."""
    keys = {**SHORT, "actors.China.law": "endogenous", "tightening_from": "2017-06",
            "window.from": "2017-06", "parameters.set.own_act_threshold": 0.05}  # fmt: skip
    record = run(scenario(keys), ("C0S1", "C1S1")).record
    at = record.inputs.months.index("2017-06")
    np.testing.assert_array_equal(record["own_acts"][at, 0], record["own_acts"][at - 1, 0])
    assert record["own_acts"][at, 0, :, CHINA].min() == 1.0


def test_no_act_stands_before_there_is_a_cap_to_go_beyond() -> None:
    """However strong the wish, nothing is stopped until the Council caps something."""
    keys = {**SHORT, "actors.China.law": "endogenous", "parameters.set.own_act_threshold": 0.0}
    record = run(scenario(keys)).record
    first = record.inputs.months.index("2016-11")
    assert record["own_acts"][:first].max() == 0.0
    assert record["own_acts"][first + 1, 0, :, CHINA].min() == 1.0


def test_a_dated_act_lasts_until_what_replaces_it_is_voted() -> None:
    """Coal stays stopped from February 2017 on in every lane, whenever 2371 is adopted."""
    world = scenario(REACTIVE, {"actors.China.law": "registry", "members": 32, "seeds_per_draw": 1,
                                "parameters.source": "calibrated"})  # fmt: skip
    record = run(world).record
    first = record.inputs.months.index("2017-03")
    assert record["ban"][first : first + 12, 0, :, CHINA, SOLD, COAL].min() == 1.0


def test_without_chinas_later_acts_no_window_of_theirs_opens() -> None:
    """Parted in May 2017, the arm without China's acts clears no coal in the window of 2371."""
    keys = {**SHORT, "tightening_from": "2017-05", "window.from": "2017-05"}
    record = run(scenario(keys), ("C0S1", "C1S1")).record
    at = record.inputs.months.index("2017-08")
    assert record["released"][at, 1, :, CHINA, COAL].min() > 0.0
    assert record["released"][at, 0, :, CHINA, COAL].max() == 0.0


def test_lifting_lets_go_what_waits_in_bond() -> None:
    """From the month of lifting no contract is refused, and the stock at the ports runs out."""
    keys = {**SHORT, "lift_from": "2016-03", "tightening_from": "2018-01"}
    record = run(scenario(keys), ("C0S1", "C1S1")).record
    at = record.inputs.months.index("2018-01")
    assert record["refused"][at:, 0, :, CHINA].max() == 0.0
    assert record["bonded"][at - 1, 0, :, CHINA].sum() > 1.0
    assert record["bonded"][at + 4, 0, :, CHINA].sum() < 0.01 * record["bonded"][at - 1, 0].sum()
    assert record["released"][at, 0, :, CHINA].sum() > 0.0


def test_the_stop_of_the_winter_of_2016_17_is_an_outcome_of_chinas_rule() -> None:
    """With its acts by rule nearly every shipped draw stops coal in that winter, by itself."""
    world = scenario({"actors.China.law": "endogenous", "parameters.source": "calibrated",
                      "members": 64, "seeds_per_draw": 1})  # fmt: skip
    record = run(world).record
    months = record.inputs.months
    acts = record["own_acts"][:, 0, :, CHINA]
    winter = slice(months.index("2016-12"), months.index("2017-02") + 1)
    assert acts[: months.index("2016-11")].max() == 0.0
    assert acts[winter].any(axis=0).mean() > 0.85
