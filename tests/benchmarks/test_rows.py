"""The figures of the table of benchmarks, on made-up times."""

from __future__ import annotations

import pytest

from tests.benchmarks.rows import Row, exponent, marginal_exponent, straight


def test_the_exponent_of_a_power_is_found() -> None:
    """Seconds that grow with the power 1.5 of the size have that slope."""
    sizes = (1.0, 4.0, 16.0)
    assert exponent(sizes, [2.0 * s**1.5 for s in sizes]) == pytest.approx(1.5)


def test_a_straight_line_is_recognised() -> None:
    """Fixed work beside a constant rate is a straight line; a bend is not; no work is negative."""
    assert straight((1, 2, 3), (5.0, 7.0, 9.0)) == pytest.approx((3.0, 0.0), abs=1e-9)
    assert straight((1, 2, 3), (5.0, 7.0, 12.0))[1] > 0.05
    assert straight((1, 2, 4), (1.0, 2.0, 4.4))[0] == 0.0


def test_growth_is_judged_beyond_fixed_work() -> None:
    """Three seconds and two for each have the exponent 1 wherever the three matter no longer."""
    sizes = (1, 10, 100)
    assert marginal_exponent(sizes, [3.0 + 2.0 * n for n in sizes], 3.0) == pytest.approx(1.0)
    assert marginal_exponent(sizes, [30.0 + 0.2 * n for n in sizes], 30.0) is None


@pytest.mark.parametrize(("value", "met"), [(79.0, "MISSED"), (80.0, "met")])
def test_a_goal_is_met_or_missed(value: float, met: str) -> None:
    """A goal at least 80 is met at 80."""
    assert Row("times faster", value, least=80.0).met == met
