"""The Council's kernels: what is acceptable, what is voted, when the monitors go."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kernels import council

ONE = np.zeros((1, 1))
RULE = {
    "threshold": np.array([0.5]),
    "talks": np.array([1.0]),
    "deadline": np.array([2.0]),
    "least": np.array([0.5]),
}


def table(steps: int, **changes: object) -> council.Table:
    """Return an empty table of one lane."""
    empty = council.Table(
        ONE, ONE - 1.0, ONE > 0.0, ONE, np.full((1, 1, steps), -1.0)
    )  # fmt: skip
    return empty._replace(**changes)  # type: ignore[arg-type]


def session(
    tests: list[float], limit: float, costs: list[float], instruments: list[float]
) -> list[tuple[int, float]]:
    """Return event and strictness in force of each month for one lane under a constant limit."""
    now, out = table(len(costs)), []
    for t, weight in enumerate(tests):
        in_force = ((now.adopted >= 0.0) * np.array(costs)).sum(axis=-1)
        vote = council.month(
            now, t, weight, np.full((1, 1), limit), in_force, np.array(costs),
            np.array(instruments), RULE,
        )  # fmt: skip
        now = vote.table
        after = float(((now.adopted >= 0.0) * np.array(costs)).sum())
        out.append((int(vote.event[0, 0]), after))
    return out


def test_a_veto_player_accepts_up_to_the_far_side_of_its_ideal() -> None:
    """Without an outside option the limit mirrors the status quo; below it nothing is accepted."""
    ideal = np.array([0.3, 0.1])
    found = council.most_acceptable(ideal, np.array(0.2), np.zeros(2))
    np.testing.assert_allclose(found, [0.4, 0.2])


def test_the_outside_option_makes_the_reluctant_accept() -> None:
    """A player above its ideal accepts as much as the United States would do alone (Voeten)."""
    found = council.most_acceptable(np.array([0.1]), np.array(0.2), np.array([0.15]))
    np.testing.assert_allclose(found, [0.35])


def test_an_acceptable_draft_passes_after_its_talks_and_answers_the_test() -> None:
    """One test, one resolution a month later, then silence."""
    events = session([1.0, 0, 0, 0], 0.9, [0.1, 0.2], [0, 1])
    assert [e for e, _ in events] == [council.DRAFT, council.RESOLUTION, 0, 0]
    assert events[-1][1] == pytest.approx(0.1)


def test_talks_strike_the_costliest_step_and_keep_it_for_the_next_draft() -> None:
    """Half of what was asked survives; what was struck comes back with the next instrument."""
    first = session([1.0, 0, 0], 0.22, [0.15, 0.1, 0.1], [0, 0, 0])
    assert first[1][0] == council.DRAFT
    assert first[2] == (council.RESOLUTION, pytest.approx(0.2))
    later = session([1.0, 0, 0, 1.0, 0, 0], 0.36, [0.15, 0.1, 0.1, 0.01], [0, 0, 0, 1])
    assert later[-1][1] == pytest.approx(0.36)


def test_a_draft_that_is_not_accepted_is_vetoed_at_the_deadline_and_not_tabled_again() -> None:
    """The veto comes two months after the test; later tests bring no draft that would fail."""
    events = [e for e, _ in session([1.4, 0, 0, 0.7, 0.7, 0], 0.0, [0.1], [0])]
    assert events == [council.DRAFT, council.DRAFT, council.VETO, 0, 0, 0]


def test_without_tests_nothing_is_tabled() -> None:
    """Small launches alone never reach the threshold of a draft."""
    assert {e for e, _ in session([0.0] * 24, 0.9, [0.1], [0])} == {council.NOTHING}


def test_terms_of_the_ideal_add_up() -> None:
    """Signed terms add up to the ideal strictness."""
    weights = {n: np.array([[w]]) for n, w in zip(
        ("intercept", "provocation", "stability", "need", "diplomacy"),
        (0.05, 0.15, 0.3, 0.3, 0.1), strict=True,
    )}  # fmt: skip
    found = council.ideal(
        weights, 1.2, np.full((1, 1, 1), 0.1), np.array([0.0, 0.8]), np.array([1.0, 0.0])
    )
    np.testing.assert_allclose(found.signed().sum(axis=-1), found.strictness, rtol=1e-12)
    np.testing.assert_allclose(found.strictness[0, 0], [0.1, -0.04], atol=1e-12)


def test_players_alike_want_and_accept_the_same() -> None:
    """Symmetric: the same need, summits and exposure give the same ideal and limit."""
    weights = {n: np.array([[0.2]]) for n in
               ("intercept", "provocation", "stability", "need", "diplomacy")}  # fmt: skip
    wish = council.ideal(weights, 0.7, np.zeros((1, 1, 1)), np.full(2, 0.3), np.full(2, 0.4))
    limit = council.most_acceptable(wish.strictness, np.array(0.1), np.full(2, 0.05))
    assert limit[0, 0, 0] == limit[0, 0, 1]


def test_a_threat_is_pressure_above_its_usual_level() -> None:
    """Constant pressure threatens nobody; a rise does, and wears off within two years."""
    usual = np.full(council.OUTLOOK_MONTHS, 0.1)
    assert council.threat(np.full(60, 0.7), usual + 0.6).max() < 1e-12
    found = council.threat(np.concatenate([np.full(12, 0.1), np.full(48, 1.0)]), usual)
    assert found[12] == pytest.approx(1.0)
    assert found[-1] == pytest.approx(0.0, abs=1e-12)
    assert np.all(np.diff(found[12:]) <= 1e-12)


def test_the_monitors_go_when_a_veto_player_helps_more_than_it_enforces() -> None:
    """Either of the two suffices."""
    support = np.array([[[0.0, 0.5], [0.0, 0.1]]])
    enforcement = np.array([[[0.4, 0.3], [0.4, 0.3]]])
    assert council.monitors_stay(support, enforcement).tolist() == [[False, True]]
