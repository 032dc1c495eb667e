"""What a date, a month or a number was meant to be."""

from __future__ import annotations

import pytest

from sim.errors import nearest
from sim.meant import meant_date, meant_month, meant_number


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("01.02.2018", "2018-02-01"),
        ("2018/02/01", "2018-02-01"),
        ("13/02/2018", "2018-02-13"),
        ("02/13/2018", "2018-02-13"),
        ("1 February 2018", "2018-02-01"),
        ("2018-02", "2018-02-01"),
        ("Feb 2018", "2018-02-01"),
        (2018, "2018-01-01"),
    ],
)
def test_dates_in_other_forms(written: object, meant: str) -> None:
    assert meant_date(written) == f" (did you mean '{meant}'?)"


@pytest.mark.parametrize("written", ["01/02/2018", "31.02.2018", "soon", "1.2.3.2018", True, None])
def test_unclear_dates_are_not_guessed(written: object) -> None:
    assert meant_date(written) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [(2018, "2018-01"), ("9/2017", "2017-09"), ("2018-1", "2018-01"), ("2018-03-01", "2018-03"),
     ("Dec 2019", "2019-12")],
)  # fmt: skip
def test_months_in_other_forms(written: object, meant: str) -> None:
    assert meant_month(written, "2014-01", "2025-12") == f" (did you mean '{meant}'?)"


@pytest.mark.parametrize("written", ["2018-13", "2012-01", 2030, "last", None])
def test_months_that_are_not_there_are_not_guessed(written: object) -> None:
    assert meant_month(written, "2014-01", "2025-12") == ""


@pytest.mark.parametrize(
    ("written", "low", "high", "meant"),
    [(50, 0.0, 1.0, "0.5"), ("50%", 0.0, 1.0, "0.5"), ("0,5", 0.0, 1.0, "0.5"),
     ("1 %", 0.0, 1.0, "0.01"), ("2,5", 0.0, 10.0, "2.5"),
     ("10%", 0.05, 50.0, "0.1")],
)  # fmt: skip
def test_numbers_in_other_forms(written: object, low: float, high: float, meant: str) -> None:
    assert meant_number(written, low, high) == f" (did you mean {meant}?)"


@pytest.mark.parametrize("written", [-0.5, 1.5, 200, "half", "1,000,000", True, None, [0.5]])
def test_other_numbers_are_not_guessed(written: object) -> None:
    assert meant_number(written, 0.0, 1.0) == ""


def test_words_are_found_by_letters_of_any_size_and_by_their_beginning() -> None:
    actors = ("China", "Russia", "RestOfWorld")
    assert nearest("RUSSIA", actors) == nearest("RU", actors) == " (did you mean 'Russia'?)"
    assert nearest("R", actors) == nearest("KP", actors) == ""
