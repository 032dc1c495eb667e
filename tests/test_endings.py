"""Measures that end on a day: what stops binding, whom, and what stays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sim.axes import CHINA, COAL, REST, RUSSIA, SEAFOOD, SOLD
from sim.errors import DivertError
from sim.scenario_file import load_scenario

from worlds import inputs_of, scenario

DAY = "2019-03-01"
YEARS = {"period.to": "2020-12"}


def law(*endings: dict[str, object], **keys: object):
    """Return the schedule and the months of a world with endings."""
    ends = {"measures.end": list(endings)} if endings else {}
    inputs = inputs_of(scenario(YEARS, ends, keys))
    return inputs.schedule, inputs.months.index("2019-03")


def test_an_ending_changes_nothing_before_its_day() -> None:
    """National law, Council law and labour are as without it until the day, byte for byte."""
    ended, at = law({"day": DAY})
    kept, _ = law()
    for name in ("national", "council", "entry_closed", "permits_ended", "repatriation",
                 "months_left", "clearing_window", "announced", "capped"):  # fmt: skip
        before, after = getattr(kept, name)[:at], getattr(ended, name)[:at]
        assert before.tobytes() == after.tobytes(), name


def test_everything_ends_for_everyone_without_ids() -> None:
    """After the day nothing binds anyone."""
    ended, at = law({"day": DAY})
    for name in ("national", "council", "entry_closed", "permits_ended", "repatriation", "capped"):
        assert getattr(ended, name)[at:].max() == 0.0, name


def test_ids_and_partner_narrow_an_ending() -> None:
    """China's notice ends with its id; Russia's law ends whole; others stay bound."""
    ended, at = law({"day": DAY, "ids": ["CN-2017-40"]}, {"day": DAY, "partner": "Russia"})
    asked = (ended.national + ended.council)[at:, 1]
    assert asked[:, :, CHINA, SOLD, [COAL, SEAFOOD]].max() == 0.0
    assert asked[:, :, RUSSIA].max() == 0.0
    assert asked[:, :, REST, SOLD, COAL].min() > 0.0
    assert asked[:, :, CHINA].max() > 0.0


def test_nobody_hurries_home_to_the_day_of_relief() -> None:
    """Months left of repatriation count to the date of the measure, not to its ending."""
    ended, _ = law({"day": DAY})
    kept, _ = law()
    np.testing.assert_array_equal(ended.months_left, kept.months_left)


def test_half_a_month_counts_half() -> None:
    """A ban that ends on the sixteenth of a month of 31 days binds 15 of them."""
    ended, at = law({"day": "2019-03-16", "ids": ["CN-2017-40"]})
    share = ended.national[at, 1, :, CHINA, SOLD, COAL]
    np.testing.assert_allclose(share, 15 / 31)


def test_a_scenario_without_endings_keeps_its_digest() -> None:
    """The key leaves no trace where it is not used."""
    assert "end" not in load_scenario("historical").resolved()["measures"]


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"measures.end": [{"day": DAY, "ids": ["UN2371-COL"]}]}, "did you mean 'UN2371-COAL'"),
        ({"measures.end": [{"day": DAY, "ids": ["CN-2017-12"]}], "measures.drop": ["CN-2017-12"]},
         "which the scenario does not include"),
        ({"measures.end": [{"day": "2019-03"}]}, "allowed: a date YYYY-MM-DD"),
        ({"measures.end": [{"ids": "all"}]}, "day"),
        ({"measures.end": [{"day": DAY}], "actors.UN.mode": "reactive"}, "mode: scheduled"),
    ],
)  # fmt: skip
def test_a_wrong_ending_is_refused_in_a_sentence(keys: dict[str, object], sentence: str) -> None:
    words = {k: v if isinstance(v, str) else json.dumps(v) for k, v in keys.items()}
    with pytest.raises(DivertError) as caught:
        load_scenario("historical", words)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_ending_may_name_a_measure_of_the_scenario(tmp_path: Path) -> None:
    """Own measures can end for one partner alone."""
    path = tmp_path / "own.yaml"
    path.write_text(
        "extends: historical\nmeasures:\n  include: []\n  add:\n"
        "  - {id: OWN, partner: all, direction: dprk_export, good: coal, from: 2017-01-01}\n"
        "  end: [{day: 2018-01-01, ids: [OWN], partner: Russia}]\n",
        encoding="utf-8",
    )
    found = inputs_of(load_scenario(path, {"members": "2"}))
    at = found.months.index("2018-01")
    coal = found.schedule.national[at, 1, :, :, SOLD, COAL]
    assert (coal[:, CHINA] == 1.0).all()
    assert (coal[:, RUSSIA] == 0.0).all()
