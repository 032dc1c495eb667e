"""Bans that let contracts run out: from the end of their window, or from their notice."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.axes import CHINA, COAL, GOODS, REST, RUSSIA, SOLD
from sim.calibration.simulate import AT_THE_NOTICE, THROUGH_THE_BREAK, Block, run_series, world
from sim.data import load
from sim.errors import DivertError
from sim.parameters import draw
from sim.registry import AS_WRITTEN
from sim.rules import Calendar, at_its_notice, rules_from
from sim.scenario_file import load_scenario

from worlds import inputs_of, scenario

NOTICE = {"measures.windows": "notice"}
TEXTILES = GOODS[SOLD].index("textiles")


def series(last: str, *origins) -> list[dict[str, np.ndarray]]:
    """Return the series of the same three draws and streams to a month, from each origin."""
    par = draw("prior", 3, 5)
    return [run_series(Block(world(one, last, 0.05), par, (4, 5, 6))) for one in origins]


def test_until_the_first_window_both_readings_are_the_same_bytes() -> None:
    """No window to let contracts run out had opened by August 2017, when the fit ends."""
    here, there = series(THROUGH_THE_BREAK.until, THROUGH_THE_BREAK, AT_THE_NOTICE)
    for name in here:
        assert here[name].tobytes() == there[name].tobytes(), name


def test_at_the_notice_textiles_and_china_s_imports_fall_earlier() -> None:
    """Textiles sold to China end on 22 September 2017, not on 10 December."""
    old_alone = {"parameters.set.coverage_new_contracts": 0.0}
    law = [inputs_of(scenario(old_alone, keys)) for keys in ({}, NOTICE)]
    months = law[0].months
    at = [months.index(f"2017-{m}") for m in ("08", "09", "10", "12")] + [months.index("2018-01")]
    banned = [one.schedule.national[at, AS_WRITTEN, 0, CHINA, SOLD, TEXTILES] for one in law]
    np.testing.assert_allclose(banned[0], [0.0, 0.0, 0.0, 21 / 31, 1.0])
    np.testing.assert_allclose(banned[1], [0.0, 9 / 30, 1.0, 1.0, 1.0])
    assert law[0].schedule.announced[:, :, :, CHINA, TEXTILES].max() == 1.0
    assert law[1].schedule.announced[:, :, :, CHINA].max() == 0.0
    here, there = series("2018-12", THROUGH_THE_BREAK, AT_THE_NOTICE)
    autumn = slice(months.index("2017-09"), months.index("2017-12") + 1)
    assert (there["china_imports"][autumn] < here["china_imports"][autumn]).all()


def test_bans_that_clear_the_port_keep_their_windows() -> None:
    """Coal in port when it is banned is released under either reading."""
    law = [inputs_of(scenario(keys)).schedule for keys in ({}, NOTICE)]
    assert law[0].clearing_window.max() == 1.0
    assert law[0].clearing_window.tobytes() == law[1].clearing_window.tobytes()
    coal = [one.national[..., CHINA, SOLD, COAL].tobytes() for one in law]
    assert coal[0] == coal[1]


def test_every_ban_with_such_a_window_begins_on_the_day_of_its_registry_row() -> None:
    """Days of the notices: 2375 and 2397 on adoption, China's of 22 September and 6 January."""
    calendar = Calendar(("2014-01", "2014-02"))
    rows = tuple(row for row in load("rules") if row.window == "delay")
    rules = [at_its_notice(rule) for rule in rules_from(rows, {}, calendar)]
    days = {(rule.id, rule.partner): rule.first for rule in rules}
    wanted = {
        ("CN-2017-52", CHINA): date(2017, 9, 22), ("CN-2018-04", CHINA): date(2018, 1, 6),
        **{("UN2375-TEXT", p): date(2017, 9, 11) for p in (RUSSIA, REST)},
        **{("UN2397-EXP", p): date(2017, 12, 22) for p in (RUSSIA, REST)},
        **{("UN2397-IMP", p): date(2017, 12, 22) for p in (RUSSIA, REST)},
    }  # fmt: skip
    assert days == {key: calendar.day(day) for key, day in wanted.items()}
    assert all(rule.not_before < rule.first for rule in rules)


def test_a_scenario_without_the_key_keeps_its_digest_and_another_word_is_refused() -> None:
    assert "windows" not in load_scenario("historical").resolved()["measures"]
    with pytest.raises(DivertError, match=r"windows.*notice"):
        load_scenario("historical", {"measures.windows": "adoption"})
