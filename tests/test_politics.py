"""Politics that answer back: the Council's record, rules of states, channels, the DPRK."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.axes import BOUGHT, CHINA, COAL, FUEL, RUSSIA, SOLD
from sim.calibration.votes import votes
from sim.data import load
from sim.experiment.ensemble import member_parameters, run_ensemble
from sim.inputs import Inputs, build_inputs
from sim.kernels import council
from sim.kernels import enforcement as rules
from sim.law_month import scheduled
from sim.parameters import draw
from sim.paths import judged_enforcement, recorded_tests
from sim.record import Record

from worlds import QUIET, ban, inputs_of, model, run, scenario

REACTIVE = {
    "period.to": "2025-12",
    "window.to": "2025-12",
    "actors.UN.mode": "reactive",
    "actors.China.law": "endogenous",
}


# ---- the Council ---------------------------------------------------------------------------------


def test_every_nuclear_test_to_2017_is_answered_and_none_after_2018() -> None:
    """On tests since 2006 at central weights: six answers in time, then silence, a veto in 2022."""
    found = votes(draw("central", 1, 0))
    assert found.answered().shape[0] == 6
    assert found.answered().all()
    assert found.silent().all()
    assert found.vetoed().all()
    later = sum(counts[1] for month, counts in recorded_tests().items() if month > "2018")
    assert later >= 8.0


def test_every_shipped_draw_votes_as_the_council_did() -> None:
    """The shipped draws are those whose Council has the record of 2006 to 2025."""
    assert votes(draw("calibrated", 256, 0)).as_recorded().all()


@pytest.fixture(scope="module")
def reactive() -> Record:
    """A reactive world to 2025 on shipped draws."""
    world = scenario(REACTIVE, {"parameters.source": "calibrated", "members": 24,
                                "seeds_per_draw": 1})  # fmt: skip
    return run(world).record


def test_the_model_votes_as_its_rule_does_alone(reactive: Record) -> None:
    """In the full model, distress and all: answers to 2017, none after 2018, the veto of 2022."""
    months = reactive.inputs.months
    events = reactive["council_event"][:, 0]
    passed = events == council.RESOLUTION
    for test in ("2016-01", "2016-09", "2017-09"):
        at = months.index(test)
        assert passed[at : at + 4].any(axis=0).mean() >= 0.95
    assert (~passed[months.index("2018-03") :].any(axis=0)).mean() >= 0.95
    assert (events[months.index("2022-05")] == council.VETO).mean() >= 0.95


def test_the_monitors_leave_once_russia_helps(reactive: Record) -> None:
    """Nobody ends the Panel of Experts before 2022; where it ends, a weaker team follows."""
    months, watch = reactive.inputs.months, reactive["monitoring"][:, 0]
    assert watch[: months.index("2022-04")].min() == 1.0
    gone = watch[-1] < 1.0
    assert gone.any()
    team = reactive.inputs.par["monitoring_team"]
    np.testing.assert_allclose(watch[-1][gone], team[gone])
    assert (watch.min(axis=0)[gone] == 0.0).any()


def test_steps_adopted_on_their_dates_give_the_law_of_the_registry() -> None:
    """A ladder voted in the registry's months is the registry, whatever the partner."""
    world = scenario(REACTIVE, {"parameters.source": "central", "actors.China.law": "registry"})
    inputs = inputs_of(world)
    ladder = inputs.ladder
    assert ladder is not None
    starts = ladder.calendar.month_starts
    months = np.array([float(np.searchsorted(starts, s.begins)) for s in ladder.steps])
    drafts = np.array(["draft" in step.name for step in ladder.steps])
    adopted = np.where(drafts, -1.0, months)
    law = ladder.schedule(np.broadcast_to(adopted, (inputs.members, adopted.size)), inputs.par)
    kept = inputs.schedule
    for name in ("national", "council", "entry_closed", "permits_ended", "repatriation",
                 "months_left", "clearing_window", "announced", "cap_in_force", "cap_starts",
                 "capped",
                 "under_measures", "labour_measures"):  # fmt: skip
        np.testing.assert_array_equal(getattr(law, name), getattr(kept, name), err_msg=name)


def test_without_votes_there_is_no_law() -> None:
    """With no test at all the Council adopts nothing, and nothing is banned."""
    world = scenario(REACTIVE, {"parameters.source": "central", "members": 1,
                                "seeds_per_draw": 1})  # fmt: skip
    inputs = inputs_of(world)
    quiet = dataclasses.replace(
        inputs, grave=np.zeros_like(inputs.grave), provocation=np.zeros_like(inputs.provocation)
    )
    record = model(world, quiet).run()
    assert (record["council_event"] == council.NOTHING).all()
    assert record["ban"].max() == 0.0


def test_later_votes_bring_later_law(reactive: Record) -> None:
    """Coal is banned from China in each lane only from the month its lane voted the step on."""
    passed = reactive["council_event"][:, 0] == council.RESOLUTION
    banned = reactive["ban"][:, 0, :, CHINA, SOLD, COAL] > 0.0
    first_vote, first_ban = passed.argmax(axis=0), banned.argmax(axis=0)
    assert (first_ban >= first_vote).all()


def test_a_vote_of_its_own_for_every_lane_fits_any_chunk_of_members(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where monitoring differs by arm, firms reviewed member by member give the same bytes."""
    world = scenario(REACTIVE, {"parameters.source": "central", "members": 3,
                                "seeds_per_draw": 1})  # fmt: skip
    arms = ("C0S1", "C1S1")
    together = run(world, arms).record
    monkeypatch.setattr("sim.agents.firms.LANE_ELEMENTS", 1)
    apart = run(world, arms).record
    for name in together.names():
        np.testing.assert_array_equal(together[name], apart[name], err_msg=name)
    assert together["illegal"].max() > 0.0


# ---- states --------------------------------------------------------------------------------------


def _enforcement(rng: np.random.Generator, pressure: float) -> np.ndarray:
    weights = {n: rng.uniform(0.0, 3.0, (50, 3)) for n in
               ("intercept", "un", "us", "provocation", "diplomacy", "stability", "need",
                "rivalry", "losses")}  # fmt: skip
    shape = (2, 50, 3)
    seen = [rng.random(shape) for _ in range(3)]
    return rules.enforcement_terms(
        weights, seen[0], pressure, 0.8, rng.random(3), rng.random((2, 50, 1)), rng.random(3),
        seen[1], seen[2],
    ).target  # fmt: skip


def test_more_american_pressure_never_lowers_the_wish_to_enforce() -> None:
    """All else held, e* rises with US pressure for any weights of their sign."""
    levels = [_enforcement(np.random.default_rng(5), u) for u in (0.0, 0.3, 0.7, 1.0)]
    for less, more in pairwise(levels):
        assert (more >= less).all()


@pytest.mark.parametrize("source", ["central", "calibrated", "prior"])
def test_more_american_pressure_never_lowers_chinas_enforcement(source: str) -> None:
    """In the model, tests and distress held, China enforces at least as much in every month.

    Over the whole prior its own losses, which follow its enforcement, are held as well: they come
    with a lag and in extreme draws overshoot by a thousandth.
    """
    held = ("stability", "losses", "rivalry") if source == "prior" else ("stability",)
    levels = []
    for u in (0.1, 0.4, 0.7, 1.0):
        world = scenario(
            {"parameters.source": source, "us_pressure.mode": "fixed", "us_pressure.value": u,
             "members": 8, **{f"parameters.set.china_enforcement_{n}": 0.0 for n in held}}
        )  # fmt: skip
        levels.append(run(world).record["enforcement"][:, 0, :, CHINA])
    for less, more in pairwise(levels):
        assert (more >= less - 1e-12).all()
    assert levels[-1].mean() > levels[0].mean() + 0.05


def test_losses_and_rivals_make_a_state_relax() -> None:
    """Switched off, China's enforcement in 2018-19 is higher: they are why it eases."""
    keys = {"parameters.source": "central", "members": 4}
    off = {f"parameters.set.china_enforcement_{n}": 0.0 for n in ("losses", "rivalry")}
    with_them, without = (
        run(scenario(keys, more)).record["enforcement"][48:, 0, :, CHINA] for more in ({}, off)
    )
    assert with_them.mean() < without.mean() - 0.01


def test_enforcement_rises_fast_and_falls_slowly_with_pressure_and_talks() -> None:
    """China is strictest around the turn of 2018 and laxer a year later, as judged."""
    world = scenario({"parameters.source": "calibrated", "members": 32, "seeds_per_draw": 1})
    record = run(world).record
    months = record.inputs.months
    level = np.median(record["enforcement"][:, 0, :, CHINA], axis=1)
    judged = judged_enforcement("China", months)
    at = months.index
    assert level[at("2018-01")] > 2.0 * level[at("2017-01")]
    assert level[at("2018-12")] < level[at("2018-02")]
    assert np.corrcoef(level, judged)[0, 1] > 0.7


def _support(need: float, gain: float, both_only: bool) -> float:
    one = np.ones((1, 1))
    weights = {"intercept": -4.0 * one, "need": one, "commerce": one, "both": 12.0 * one,
               "us": 0.0 * one}  # fmt: skip
    if both_only:
        weights |= {"need": 0.0 * one, "commerce": 0.0 * one}
    terms = rules.support_terms(
        weights, np.full((1, 1), need), np.full((1, 1), gain), 0.0, np.zeros(1)
    )
    return float(terms.target[0, 0])


def test_support_needs_politics_and_commerce_together() -> None:
    """With the interaction alone, support is zero where either is, and positive where both are."""
    assert _support(0.9, 0.0, True) == 0.0
    assert _support(0.0, 0.6, True) == 0.0
    assert _support(0.9, 0.6, True) > 0.5
    assert _support(0.9, 0.0, False) < 0.1


def test_cheap_coal_of_a_rival_is_no_gain() -> None:
    """Where coal alone is cheap, a seller of coal has less to gain than a buyer."""
    world = scenario(QUIET, {"measures.add": [ban("coal")], "members": 2})
    record = run(world).record
    gain = record["commerce"][-1, 0]
    assert (gain[:, RUSSIA] < gain[:, CHINA]).all()
    share = 1.0 - record.inputs.par["coal_competition"]
    np.testing.assert_allclose(gain[:, RUSSIA], gain[:, CHINA] * share, rtol=0.2)


def test_china_goes_beyond_a_cap_on_its_own_when_it_wishes_enough() -> None:
    """With law endogenous a low bar stops capped coal whole, a high one leaves the cap."""
    shares = {}
    for bar in (0.05, 0.99):
        world = scenario(
            {"parameters.source": "central", "actors.China.law": "endogenous", "members": 2,
             "parameters.set.own_act_threshold": bar}
        )  # fmt: skip
        record = run(world).record
        at = record.inputs.months.index("2017-03")
        shares[bar] = float(record["ban"][at, 0, :, CHINA, SOLD, COAL].mean())
        assert record["own_acts"][at, 0, :, CHINA].mean() == (1.0 if bar < 0.5 else 0.0)
    assert shares[0.05] == 1.0
    assert shares[0.99] < 1.0


def test_acts_of_its_own_are_left_to_the_rule_only_where_law_is_endogenous() -> None:
    """The coal stop of February 2017 is dated law under `registry` and absent from the rule's."""
    worlds = [scenario({"parameters.source": "central", "actors.China.law": law,
                        "parameters.set.own_act_threshold": 1.0, "members": 1,
                        "seeds_per_draw": 1}) for law in ("registry", "endogenous")]  # fmt: skip
    at = inputs_of(worlds[0]).months.index("2017-04")
    dated, by_rule = (inputs_of(w).schedule.national[at, 1, 0, CHINA, SOLD, COAL] for w in worlds)
    assert dated == 1.0
    assert by_rule == 0.0


# ---- what support acts through -------------------------------------------------------------------

OPEN = {
    "period.to": "2025-12",
    "window.to": "2025-12",
    "parameters.source": "central",
    "actors.Russia.support.mode": "fixed",
    "actors.Russia.support.path": [{"from": "2016-01", "to": "2021-12", "level": 0.0},
                                   {"from": "2022-01", "to": "2025-12", "level": 0.7}],
    "actors.DPRK.arms": "estimated",
    "members": 2,
}  # fmt: skip
EVERY = ("goods", "oil", "labour", "transit", "payments", "arms")


def _russian(record: Record) -> dict[str, float]:
    late = slice(-24, None)
    value = (record["legal_value"] + record["illegal_value"])[late, 0, :, RUSSIA]
    return {
        "goods": float(value[..., SOLD, :].sum()),
        "oil": float(value[..., BOUGHT, FUEL].sum()),
        "labour": float((record["permits"] + record["visas"])[late, 0, :, RUSSIA].sum()),
        "transit": float(record["transit_cleared"][late, 0].sum()),
        # Need takes the rest of friction from 2024 on, so payments are seen before.
        "payments": -float(record["friction"][-48:-24, 0, :, RUSSIA].sum()),
        "arms": float(record["arms"][late, 0].sum()),
    }


@pytest.fixture(scope="module")
def all_channels() -> dict[str, float]:
    """What moves with every channel of support on."""
    path = {**OPEN, "actors.Russia.support.value": 0.0}
    return _russian(run(scenario(path)).record)


@pytest.mark.parametrize("channel", EVERY)
def test_a_channel_switched_off_lowers_its_own_flow(
    channel: str, all_channels: dict[str, float]
) -> None:
    """Each channel left out of Russia's support cuts the flow it stands for."""
    kept = [name for name in EVERY if name != channel]
    path: dict[str, Any] = {**OPEN, "actors.Russia.support.value": 0.0}
    without = _russian(run(scenario(path, {"actors.Russia.support.channels": kept})).record)
    assert without[channel] < all_channels[channel]


def test_arms_lie_within_the_range_of_their_estimates() -> None:
    """The position of a draw takes the path from its low end through its level to its high end."""
    rows = {r.start: r for r in load("arms_income")}
    for place, edge in ((0.0, "low"), (0.5, "level"), (1.0, "high")):
        inputs = inputs_of(scenario(OPEN, {"parameters.set.arms_position": place,
                                           "actors.Russia.support.value": 0.0}))  # fmt: skip
        at = inputs.months.index("2024-01")
        np.testing.assert_allclose(inputs.arms[at], getattr(rows["2024-01"], edge))


# ---- the DPRK ------------------------------------------------------------------------------------


def _with(world_keys: dict[str, Any], **changes: Any) -> tuple[Any, Inputs]:
    world = scenario(world_keys)
    inputs = build_inputs(world, member_parameters(world))
    return world, dataclasses.replace(inputs, **changes) if changes else inputs


def test_the_border_decision_resembles_the_record() -> None:
    """Weighing danger against distress shuts the border in 2020 and reopens it by 2025."""
    keys = {"period.to": "2025-12", "window.to": "2025-12", "parameters.source": "central",
            "members": 2, "actors.DPRK.border": "decision"}  # fmt: skip
    record = run(scenario(keys)).record
    months = record.inputs.months
    decided = record["openness"][:, 0, 0, CHINA]
    recorded = inputs_of(scenario(keys, {"actors.DPRK.border": "historical"})).openness[:, 0, CHINA]
    assert decided[: months.index("2020-01")].min() == 1.0
    assert decided[months.index("2020-04") : months.index("2021-12")].max() < 0.35
    assert decided[-1] > 0.6
    assert np.abs(decided - recorded)[months.index("2020-01") :].mean() < 0.2


def test_hazard_of_tests_is_drawn_and_shared_by_the_arms() -> None:
    """Members differ in their tests, arms of one member do not."""
    keys = {"actors.DPRK.provocations": "hazard", "parameters.source": "central", "members": 4,
            "period.to": "2025-12", "window.to": "2025-12"}  # fmt: skip
    record = run(scenario(keys), ("C1S0", "C1S1")).record
    np.testing.assert_array_equal(record["tests"][:, 0], record["tests"][:, 1])
    assert record["tests"][:, 0].sum(axis=(0, 2)).std() > 0.0
    assert record["tests"][..., 1][: record.inputs.months.index("2017-07")].sum() == 0.0
    assert record["provocation"].max() <= 1.5


def test_talks_lower_the_number_of_tests() -> None:
    """With a summit every month fewer tests are drawn from the same uniform numbers."""
    keys = {"actors.DPRK.provocations": "hazard", "parameters.source": "central", "members": 8}
    world, inputs = _with(keys)
    talking = dataclasses.replace(inputs, thaw=np.full_like(inputs.thaw, 1.0))
    never = dataclasses.replace(inputs, thaw=np.zeros_like(inputs.thaw))
    fewer, more = (model(world, i).run()["tests"].sum() for i in (talking, never))
    assert fewer < more


def test_politics_come_before_price_among_suppliers() -> None:
    """A helping Russia sells more at equal prices where politics count, else it does not."""
    sold = {}
    for weight in (0.0, 2.0):
        world = scenario(
            QUIET,
            {"actors.Russia.support.mode": "fixed", "actors.Russia.support.value": 0.5,
             "parameters.set.supplier_politics": weight, "members": 1, "seeds_per_draw": 1},
        )  # fmt: skip
        record = run(world).record
        sold[weight] = record["legal_value"][-12:, 0, 0, RUSSIA, BOUGHT].sum()
        expected = np.exp(0.5 * weight)
        np.testing.assert_allclose(record["favour"][-1, 0, 0, RUSSIA], expected)
    assert sold[2.0] > 1.2 * sold[0.0]


def test_reported_terms_of_labour_raise_quota_and_the_pull_of_russia() -> None:
    """From 2022 wages of 1,000 against 300 draw crews; quotas of 960 raise what each hands over."""
    keys = {"period.to": "2025-12", "window.to": "2025-12", "parameters.source": "central",
            "members": 1, "seeds_per_draw": 1}  # fmt: skip
    base, reported = (inputs_of(scenario(keys, {"actors.DPRK.labour_terms": t}))
                      for t in ("base", "reported"))  # fmt: skip
    at = base.months.index("2024-01")
    assert (base.quota == 1.0).all()
    assert reported.quota[at, RUSSIA] == pytest.approx(960.0 / 760.0)
    pull = lambda inputs: inputs.attraction[at, 0, RUSSIA] / inputs.attraction[at, 0, CHINA]  # noqa: E731
    assert pull(reported) > 2.0 * pull(base)


# ---- the experiment ------------------------------------------------------------------------------


def test_lifting_takes_back_older_acts_and_the_enforcement_before_them() -> None:
    """From 2022 C0 has no Chinese act of 2016-03 or later and the enforcement of 2016-02."""
    world = scenario(
        {"period.to": "2023-12", "window.from": "2022-01", "window.to": "2023-12",
         "tightening_from": "2022-01", "lift_from": "2016-03", "parameters.source": "central"}
    )  # fmt: skip
    record = run(world, ("C0S1", "C1S1")).record
    months = record.inputs.months
    split, before = months.index("2022-01"), months.index("2016-02")
    np.testing.assert_array_equal(record["ban"][:split, 0], record["ban"][:split, 1])
    assert record["ban"][split:, 0, :, CHINA].max() == 0.0
    assert record["ban"][split:, 1, :, CHINA].max() == 1.0
    level = record["enforcement"][split:, 0, :, CHINA]
    np.testing.assert_array_equal(level, np.broadcast_to(record["enforcement"][before, 0, :, CHINA],
                                                         level.shape))  # fmt: skip
    np.testing.assert_array_equal(record["openness"][:, 0], record["openness"][:, 1])


def test_the_law_of_a_month_is_the_schedule_of_each_arms_variant() -> None:
    """Scheduled law picks the variant without China's acts for its arms and copies nothing else."""
    inputs = inputs_of(scenario({"parameters.source": "central"}))
    t = inputs.months.index("2018-06")
    law = scheduled(inputs.schedule, inputs.trade_under_measures, t, np.array([0, 1]))
    np.testing.assert_array_equal(law.national[1], inputs.schedule.national[t, 1])
    assert law.national[0, :, CHINA].sum() < law.national[1, :, CHINA].sum()
    np.testing.assert_array_equal(law.national[0, :, RUSSIA], law.national[1, :, RUSSIA])


def test_a_voting_council_gives_the_same_bytes_in_blocks_of_any_width() -> None:
    """Votes, law and flows of a member do not depend on who shares its block."""
    world = scenario(REACTIVE, {"parameters.source": "prior", "members": 4, "seeds_per_draw": 1})
    wide, narrow = (run_ensemble(world, ("C0S1", "C1S1"), block=n).record for n in (4, 1))
    for name in wide.names():
        np.testing.assert_array_equal(wide[name], narrow[name], err_msg=name)
