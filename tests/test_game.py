"""The game check: objectives, regret with others fixed, the Council's votes, how worlds end."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.special import expit

from sim.axes import CHINA
from sim.cli import main
from sim.experiment import game
from sim.experiment.game import (
    DECISIONS,
    Decision,
    Deviation,
    Played,
    Policy,
    Regret,
    World,
    choice_value,
    deviate,
    objective,
    play,
    regrets,
)
from sim.experiment.game_council import CouncilRegret, council_regret
from sim.experiment.game_settle import (
    CYCLES,
    DRIFTS,
    HELD,
    SET,
    SETTLES,
    ending,
    freezes,
    frozen,
    settle,
    turns,
)
from sim.experiment.game_words import regret_sentence, settle_sentences
from sim.inputs import Inputs
from sim.kernels import enforcement as rules
from sim.kernels.council import RESOLUTION, VETO
from sim.model import SanctionsModel
from sim.record import VETO_NAMES, Record
from sim.workers import Workers

from worlds import QUIET, ban, scenario

SHORT = {"period.to": "2018-06", "window.to": "2018-06", "parameters.source": "central"}
REACTIVE = {"actors.UN.mode": "reactive", "actors.China.law": "endogenous",
            "parameters.source": "calibrated", "seeds_per_draw": 1}  # fmt: skip
CHINA_ENFORCES, RUSSIA_ENFORCES = DECISIONS[:2]
EFFORT = DECISIONS[-1]
FINE = np.linspace(0.0, 1.0, 2001)


def checked(keys: dict[str, Any], *decisions: Decision) -> list[Regret]:
    """Return the regrets of some decisions in a small world."""
    world = World.of(scenario(SHORT, keys))
    with Workers(1) as pool:
        return regrets(world, Played.of(world), pool, decisions)


# ---- objectives ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_enforcement_maximises_what_it_is_judged_by(seed: int) -> None:
    """The target of the rule is the maximiser of e u + H(e) on a fine grid, for any terms."""
    rng = np.random.default_rng(seed)
    names = rules.EnforcementTerms._fields
    weights = {name: rng.uniform(-2.0, 2.0, (1, 1)) for name in names}
    seen = rng.random(6)
    terms = rules.enforcement_terms(
        weights, np.full((1, 1, 1), seen[0]), seen[1], seen[2], seen[3:4],
        np.full((1, 1, 1), seen[4]), seen[5:6], np.full((1, 1, 1), 0.3), np.full((1, 1, 1), 0.2),
    )  # fmt: skip
    best = FINE[choice_value(FINE, terms.signed().sum()).argmax()]
    assert best == pytest.approx(terms.target.item(), abs=1e-3)


@pytest.mark.parametrize(("need", "gain"), [(0.0, 0.0), (0.9, 0.5), (0.3, 0.2), (0.0, -0.5)])
def test_support_maximises_what_it_is_judged_by(need: float, gain: float) -> None:
    """The target of the rule is the maximiser of x y + H(x) on x >= c, at the corner too."""
    one = np.ones((1, 1))
    weights = {"intercept": -3.0 * one, "need": one, "commerce": 2.0 * one, "both": 8.0 * one,
               "us": one}  # fmt: skip
    terms = rules.support_terms(
        weights, np.full((1, 1), need), np.full((1, 1), gain), 0.1, np.zeros(1)
    )
    closed = expit(-3.0)
    values = choice_value(closed + FINE * (1.0 - closed), terms.signed().sum())
    assert FINE[values.argmax()] == pytest.approx(terms.target.item(), abs=1e-3)


FREE_OF_FEEDBACK = {
    **{f"parameters.set.china_enforcement_{n}": 0.0 for n in ("stability", "losses", "rivalry")},
    **{f"parameters.set.china_enforcement_{n}": 1.0 for n in ("up", "down")},
}


def test_without_inertia_and_feedback_the_rule_is_the_best_reply() -> None:
    """At full speed, with terms it does not touch, China's rule earns the most: ln(1 + e^u)."""
    world = World.of(scenario(SHORT, FREE_OF_FEEDBACK))
    played = Played.of(world)
    with Workers(1) as pool:
        (found,) = regrets(world, played, pool, (CHINA_ENFORCES,))
    u = played.record["enforcement_terms"][played.months, 0, :, CHINA].sum(axis=-1)
    np.testing.assert_allclose(found.own, np.log1p(np.exp(u)).mean(axis=0), rtol=1e-9)
    assert (found.values < found.own - 1e-4).all()
    assert found.regret == 0.0
    assert found.inertia == pytest.approx(0.0, abs=1e-12)


def test_a_slow_rule_loses_to_one_without_inertia() -> None:
    """The same China at its own speeds would gain by moving at once."""
    keys = {k: v for k, v in FREE_OF_FEEDBACK.items() if not k.endswith(("up", "down"))}
    (found,) = checked(keys, CHINA_ENFORCES)
    assert found.inertia > 0.01


def test_effort_and_what_is_not_bought_both_hurt() -> None:
    """The DPRK's objective is lower the more effort it takes, where nothing can be evaded."""
    (found,) = checked(QUIET | {"measures.include": []}, EFFORT)
    held = found.mean_values
    assert (np.diff(held) < 0.0).all()
    np.testing.assert_allclose(held - held[0], -0.5 * np.linspace(0.0, 1.0, 11) ** 2, atol=1e-12)


# ---- regret --------------------------------------------------------------------------------------


def made(own: tuple[float, float]) -> Regret:
    """Return a regret of two members whose two policies are worth 1, 3 and 2, 1."""
    values = np.array([[1.0, 3.0], [2.0, 1.0]])
    policies = (Policy("level", 0.0), Policy("level", 1.0))
    levels, at_once = np.array([0.0, 1.0]), np.array(own)
    return Regret(CHINA_ENFORCES, True, 0.4, np.array(own), policies, levels, values, at_once)


def test_regret_is_the_gain_of_the_best_reply_and_never_negative() -> None:
    """Of means 2 and 1.5 the first is best; a rule worth more than any has no regret."""
    found = made((1.0, 2.0))
    assert (found.best, found.regret, found.stake, found.share) == (0, 0.5, 0.5, 1.0)
    assert found.each_regret == 1.0
    assert (
        "regret is 100.0 % of what is at stake; best reply on the grid is e = 0.0 against 0.40"
        in (regret_sentence(found))
    )
    better = made((2.0, 2.5))
    assert (better.regret, better.share) == (0.0, 0.0)
    assert better.each_regret == 0.25
    assert "no reply on the grid beats what the rule did, 0.40 on average" in regret_sentence(
        better
    )


def test_a_bad_rule_has_a_large_regret() -> None:
    """Full enforcement set by a scenario in which China has no wish for it is found out."""
    keys = {"actors.China.enforcement.mode": "fixed", "actors.China.enforcement.value": 1.0,
            "measures.include": [], "parameters.set.china_enforcement_intercept": -6.0}  # fmt: skip
    bad, fair = checked(keys, CHINA_ENFORCES, RUSSIA_ENFORCES)
    assert not bad.by_rule
    assert fair.by_rule
    assert bad.level == 1.0
    assert bad.share > 0.9
    assert bad.policies[bad.best] == Policy("level", 0.0)
    assert bad.regret > 10.0 * max(fair.regret, 0.1)
    assert "by the scenario" in regret_sentence(bad)


@pytest.fixture(scope="module")
def small() -> tuple[World, Played]:
    """A small world, played."""
    world = World.of(scenario(SHORT))
    return world, Played.of(world)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda d: f"{d.actor}-{d.what}")
def test_others_are_fixed_whatever_the_deviator_does(
    small: tuple[World, Played], decision: Decision
) -> None:
    """All other levels are those played, byte for byte; the deviator's is what it was told."""
    world, played = small
    policies = (Policy("level", 0.0), Policy("level", 1.0), Policy("shift", 1.0))
    paths = np.stack([game.path_of(policy, decision, played) for policy in policies])
    record = play(Deviation(world, decision, paths, played.levels, played.months))
    split, members = record.inputs.split, world.scenario.members
    for k in range(len(policies)):
        copy = slice(k * members, (k + 1) * members)
        for other in DECISIONS:
            theirs = other.of(record[other.what][:, 0, copy])
            told = other.of(played.record[other.what][:, 0])
            if other == decision:
                told = np.where(np.arange(len(theirs))[:, None] < split, told, paths[k])
            np.testing.assert_array_equal(theirs, told)
        for name in record.names():
            np.testing.assert_array_equal(
                record[name][:split, 0, copy], played.record[name][:split, 0], err_msg=name
            )
    assert any(
        (record[name][:, 0, :members] != record[name][:, 0, members : 2 * members]).any()
        for name in ("receipts", "illegal", "permits", "transit_value")
    )


def test_a_deviation_to_what_was_played_changes_nothing() -> None:
    """In a reactive world that goes on after the window the same path has the same value."""
    world = World.of(scenario(REACTIVE, {"period.to": "2019-06", "window.to": "2018-12"}))
    played = Played.of(world)
    until = played.months.stop
    levels = game.Levels(*(values[:until] for values in played.levels))
    for decision in (CHINA_ENFORCES, DECISIONS[4], EFFORT):
        own = decision.of(getattr(levels, decision.what))
        job = Deviation(world.judged(), decision, np.stack([own, own]), levels, played.months)
        expected = objective(decision, played.record, played.months)
        np.testing.assert_array_equal(deviate(job), np.stack([expected, expected]))


def test_policies_side_by_side_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """One policy at a time gives the bytes of six at a time."""
    together = checked({}, RUSSIA_ENFORCES)[0]
    monkeypatch.setattr(game, "COPIES_AT_ONCE", 1)
    alone = checked({}, RUSSIA_ENFORCES)[0]
    np.testing.assert_array_equal(alone.values, together.values)
    np.testing.assert_array_equal(alone.at_once, together.at_once)


@dataclasses.dataclass(frozen=True)
class Alike(World):
    """A world in which Russia is China's twin in base, parameters, law and draws."""

    def inputs(self, copies: int = 1) -> Inputs:
        """Return inputs with China's values in Russia's place."""
        found = super().inputs(copies)
        axes = {"potential": 1, "labour_room": 1, "attraction": 2, "thaw": 1,
                "trade_under_measures": 3, "friction_weight": 2, "sells_coal": 1}  # fmt: skip
        twin = lambda values, axis: np.take(values, [0, 0, 2], axis=axis)  # noqa: E731
        base = {n: twin(getattr(found.base, n), 0)
                for n in ("flow", "recorded_share", "workers", "remittance")}  # fmt: skip
        return dataclasses.replace(
            found,
            base=dataclasses.replace(found.base, **base, crude=0.0, transit=0.0),
            need=np.zeros_like(found.need),
            need_above_base=np.zeros_like(found.need),
            weights={n: twin(w, 1) for n, w in found.weights.items()},
            speeds=(twin(found.speeds[0], 1), twin(found.speeds[1], 1)),
            **{n: twin(getattr(found, n), k) for n, k in axes.items()},
        )

    def run(self, inputs: Inputs, copies: int = 1) -> Record:
        """Run with the draws of China's firms for Russia's too."""
        firms, ids = self.scenario.firms, tuple(range(inputs.members // copies)) * copies
        return SanctionsModel(
            inputs, ids, self.scenario.seed, game.ARM, firms.counts(), firms.pareto,
            labels=("China", "China", "RestOfWorld"),
        ).run()  # fmt: skip


def test_actors_alike_in_everything_have_equal_regret() -> None:
    """China and a Russia that is its twin have the same objective on the grid and regret."""
    keys = {"measures.add": [ban("coal"), ban("coal", "Russia")], "firms.Russia": 5200,
            "parameters.set.processing_growth": 0.0}  # fmt: skip
    world = Alike.of(scenario(SHORT, QUIET, keys))
    with Workers(1) as pool:
        china, russia = regrets(world, Played.of(world), pool, (CHINA_ENFORCES, RUSSIA_ENFORCES))
    assert china.stake > 0.1
    np.testing.assert_allclose(china.values, russia.values, rtol=1e-9, atol=1e-12)
    assert china.regret == pytest.approx(russia.regret, rel=1e-9, abs=1e-12)


# ---- the Council ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def voted() -> Record:
    """A reactive world to 2025."""
    keys = {"period.to": "2025-12", "window.to": "2025-12", "members": 12}
    return World.of(scenario(REACTIVE, keys)).play()


def the_votes(record: Record) -> tuple[np.ndarray, ...]:
    """Return month and member of each vote."""
    event = record["council_event"][:, 0]
    return np.nonzero((event == RESOLUTION) | (event == VETO))


def test_veto_players_regret_no_vote(voted: Record) -> None:
    """Every yes and no is the better choice of its player, by resolution and by veto."""
    found = council_regret(voted)
    assert found is not None
    assert found.resolution.any()
    assert (~found.resolution).any()
    for regret in found.players.values():
        assert (regret == 0.0).all()


def test_a_vote_against_its_players_interest_is_regretted(voted: Record) -> None:
    """Were China's limit far from its own, some of its votes would cost it."""
    for shift in (-0.3, 0.3):
        limits = voted["council_limit"].copy()
        limits[..., 0] += shift
        changed = _Changed(voted, {"council_limit": limits})
        found = council_regret(changed)  # type: ignore[arg-type]
        assert found is not None
        assert found.players["China"].max() > 0.0


class _Changed:
    """A record with some arrays replaced."""

    def __init__(self, record: Record, arrays: dict[str, np.ndarray]) -> None:
        self.record, self.arrays, self.inputs = record, arrays, record.inputs

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays.get(name, self.record[name])


def test_the_outside_option_is_the_one_the_players_weighed(voted: Record) -> None:
    """Ideal and outside option give back the strictest acceptable draft of the record."""
    at = the_votes(voted)
    for k in range(len(VETO_NAMES)):
        ideal = voted["council_terms"][:, 0, :, k][at].sum(axis=-1)
        waits = (voted["council_status_quo"][:, 0] + voted["council_outside"][:, 0, :, k])[at]
        limit = voted["council_limit"][:, 0, :, k][at]
        np.testing.assert_allclose(ideal + np.abs(ideal - waits), limit, atol=1e-12)


def test_the_proposer_gets_what_both_accept_up_to_a_step_of_the_ladder(voted: Record) -> None:
    """Adopted never passes what is feasible, nor that what was asked; coarse steps cost little."""
    found = council_regret(voted)
    assert found is not None
    assert (found.adopted <= found.feasible + 1e-12).all()
    assert (found.feasible <= found.asked + 1e-12).all()
    assert 0.0 < found.proposer.max() < 0.05


def test_a_council_on_dates_has_nothing_to_regret(small: tuple[World, Played]) -> None:
    """Without votes there is no regret."""
    assert council_regret(small[1].record) is None


def test_the_proposer_regrets_what_it_did_not_get() -> None:
    """Its regret is what both would have taken less what was adopted, without rounding."""
    three = np.array([0.1, 0.2, 0.3])
    found = CouncilRegret(np.array([True] * 3), three, three, three - [0.0, 0.05, 1e-15], {})
    np.testing.assert_allclose(found.proposer, [0.0, 0.05, 0.0])


# ---- settling or cycling -------------------------------------------------------------------------

WAVE = 0.5 + 0.2 * np.sin(2.0 * np.pi * np.arange(48) / 8.0)
STILL = np.full(48, 0.3)


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        (STILL, SETTLES),
        (STILL + 0.005 * np.sin(np.arange(48)), SETTLES),
        (WAVE, CYCLES),
        (np.where(np.arange(48) // 4 % 2 == 0, 0.0, 1.0), CYCLES),
        (np.linspace(0.0, 1.0, 48), DRIFTS),
        (np.where(np.arange(48) < 36, 0.0, 1.0), DRIFTS),
        (0.5 + 0.2 * (WAVE - 0.5), DRIFTS),
    ],
)
def test_the_end_of_a_series_is_called_what_it_is(path: np.ndarray, verdict: str) -> None:
    """Constant and nearly constant settle, waves cycle, trends, jumps and ripples still drift."""
    found = ending(("still", "moves"), np.stack([STILL, path], axis=-1)[:, None])
    assert found.verdict == (verdict,)
    assert found.cycles == ({"moves": 1.0} if verdict == CYCLES else {})
    assert found.share(verdict) == 1.0


def test_a_cycle_turns_both_ways() -> None:
    """Three waves turn at least twice up and down, a single bump once up at most."""
    assert turns(WAVE[-24:]) >= 2
    assert turns(np.exp(-((np.arange(24) - 12.0) ** 2) / 8.0)) == 0


LIVE = {"schedule", "trade_under_measures", "ladder", "months"}


@pytest.mark.parametrize("reactive", [False, True])
def test_a_frozen_world_keeps_every_path_from_outside(reactive: bool) -> None:
    """Each input by month is held, set or law; held ones keep the value of the month named."""
    world = World.of(
        scenario(SHORT, REACTIVE if reactive else {}, {"actors.DPRK.border": "decision"})
    )
    inputs, last = world.inputs(), 40
    by_month = {
        f.name for f in dataclasses.fields(inputs)
        if getattr(getattr(inputs, f.name), "shape", (0,))[:1] == (len(inputs.months),)
    }  # fmt: skip
    assert by_month - LIVE == {*HELD, *SET}
    found = frozen(world, last, like=50)
    assert found.months[: last + 1] == inputs.months[: last + 1]
    assert found.months[-1] == "2042-05"
    for name in (*HELD, *SET):
        path, old = getattr(found, name), getattr(inputs, name)
        np.testing.assert_array_equal(path[: last + 1], old[: last + 1])
        rest = np.broadcast_to(SET.get(name, old[50]), path[last + 1 :].shape)
        np.testing.assert_array_equal(path[last + 1 :], rest)
        assert len(path) == len(found.months)
    law = found.schedule
    np.testing.assert_array_equal(law.council[: last + 1], inputs.schedule.council[: last + 1])
    for name in ("national", "council", "entry_closed", "repatriation", "cap_in_force"):
        late = getattr(law, name)[-36:]
        np.testing.assert_allclose(late, np.broadcast_to(late[0], late.shape), atol=1e-12)


def test_worlds_to_freeze_are_the_scenarios_own_and_one_that_all_answers() -> None:
    """Own politics are left out where they all answer already; later conditions come last."""
    own = freezes(scenario(SHORT))
    assert [(f.last, f.like) for f in own] == [("2018-06", "2018-06")] * 2
    assert own[0].scenario.actors.UN.mode == "scheduled"
    assert own[1].scenario.actors.UN.mode == "reactive"
    assert own[1].scenario.actors.China.law == "endogenous"
    later = freezes(scenario(REACTIVE))
    assert [(f.last, f.like) for f in later] == [("2018-12", "2018-12"), ("2018-12", "2019-12")]


def test_decisions_settle_once_the_outside_stands_still() -> None:
    """Twenty-five years after the freeze no decision of a central world moves."""
    world = World.of(scenario({"parameters.source": "central"}))
    found = [settle(world, freeze) for freeze in freezes(world.scenario)]
    assert len(found) == 3
    for row in found:
        assert row.decisions.share(SETTLES) == 1.0
    sentences = settle_sentences(found)
    assert "held as in 2018-12 for 25 years, decisions settle in 100 % of members" in sentences[0]
    assert "2019-12 (from 2018-12 on)" in sentences[2]


# ---- the verb ------------------------------------------------------------------------------------


def call(*words: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command."""
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


TINY = ["--members", "2", "--scale", "0.05", "--workers", "1"]
for _key, _value in {**SHORT, "firms.Russia": 2200, "firms.RestOfWorld": 2200}.items():
    TINY += ["--set", f"{_key}={_value}"]


def test_game_from_end_to_end(tmp_path: Path) -> None:
    """The verb prints regrets and sentences, and writes table, data and figure, twice the same."""
    code, text, errors = call("game", *TINY, "--out", str(tmp_path / "one"))
    assert code == 0, errors
    assert "game: 100 %" in errors
    plain = " ".join(text.split())
    for words in ("China, enforcement", "Rest of the world, support", "DPRK, effort", "at stake",
                  "The Council goes by the dates", "decisions settle", "Written to"):  # fmt: skip
        assert words in plain
    folder = tmp_path / "one" / "game" / "historical"
    assert sorted(p.name for p in folder.iterdir()) == ["game.json", "game.png", "regret.csv"]
    found = json.loads((folder / "game.json").read_text(encoding="utf-8"))
    assert found["months"] == ["2016-03", "2018-06"]
    assert found["council"] is None
    assert [len(row["grid"]) for row in found["decisions"]] == [17, 17, 17, 11, 11, 11, 11]
    with (folder / "regret.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["actor"], r["decision"]) for r in rows] == [(d.actor, d.what) for d in DECISIONS]
    for row, data in zip(rows, found["decisions"], strict=True):
        best = max(cell["objective"] for cell in data["grid"])
        assert float(row["regret"]) == pytest.approx(max(0.0, best - data["objective"]), rel=1e-4)
    assert call("game", *TINY, "--quiet", "--out", str(tmp_path / "two")) == (0, "", "")
    for name in ("game.json", "game.png", "regret.csv"):
        again = tmp_path / "two" / "game" / "historical" / name
        assert again.read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("histrical",), "did you mean 'historical'"),
        (("--members", "0"), "--set members: found 0"),
        (("--scale", "none"), "--set firms.scale: found 'none'"),
        (("--seed", "-1"), "--set seed: found -1"),
        (("--set", "members"), "allowed: dotted.key=value"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: tuple[str, ...], wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mistakes end with exit code 2, a sentence, and nothing written."""
    monkeypatch.chdir(tmp_path)
    code, _, errors = call("game", *words)
    assert code == 2
    assert errors.startswith("divert: ")
    assert wanted in errors
    assert errors.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_before_any_work(tmp_path: Path) -> None:
    """A file where the results would go ends the verb with exit code 2 at once."""
    (tmp_path / "game").write_text("mine", encoding="utf-8")
    code, _, errors = call("game", *TINY, "--out", str(tmp_path))
    assert code == 2
    assert "cannot be written" in errors
    assert (tmp_path / "game").read_text(encoding="utf-8") == "mine"
