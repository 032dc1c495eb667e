"""The library of scenarios: every shipped world runs, closes its accounts and points the right way.

Directions are held on paired draws: scenarios that differ in one thing share members and seeds.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

from sim.axes import ARMS, BOUGHT, CHINA, COAL, FUEL, OTHER, RUSSIA, SEAFOOD, SOLD, TEXTILES
from sim.data import load
from sim.experiment.answer import scenario_offset
from sim.experiment.ensemble import Ensemble, run_ensemble
from sim.experiment.offset import CHANNELS, Offset
from sim.scenario import Scenario
from sim.scenario_file import SHIPPED, load_scenario, shipped_names

NAMES = shipped_names()
SMALL = {"members": "4", "firms.scale": "0.1"}
KNOWN_UNTIL = "2017-06-15"
ONE_FIRM = 0.002


@functools.cache
def small(name: str) -> Ensemble:
    """Return a shipped scenario run in all arms with few firms and members."""
    return run_ensemble(load_scenario(name, SMALL), ARMS)


@functools.cache
def offset_of(name: str) -> Offset:
    """Return the answer of the small run of a shipped scenario."""
    return scenario_offset(small(name))


def sold(name: str, arm: str, first: str, last: str) -> np.ndarray:
    """Return what partners paid for goods over some months, million USD, (partner, good)."""
    run = small(name)
    months = slice(run.inputs.months.index(first), run.inputs.months.index(last) + 1)
    value = run.record["legal_value"] + run.record["illegal_value"]
    return np.asarray(value[months, ARMS.index(arm), :, :, SOLD].sum(axis=0).mean(axis=0))


def workers(name: str, arm: str, month: str) -> np.ndarray:
    """Return workers abroad in a month, mean over members, (partner,)."""
    run, at = small(name), small(name).inputs.months.index(month)
    stock = run.record["permits"] + run.record["visas"]
    return np.asarray(stock[at, ARMS.index(arm)].mean(axis=0))


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_runs_and_answers(name: str) -> None:
    """Accounts close in every month and arm; the loss and its standing are finite."""
    record = small(name).record
    for kind in ("clearing", "goods", "balance", "worker"):
        assert record[f"{kind}_residual"].max() < 1e-9, kind
    found = offset_of(name)
    assert np.isfinite(found.loss).all()
    if found.significant:
        assert np.isfinite(found.ratio).all()
        parts = sum(found.channels[channel] for channel in CHANNELS)
        np.testing.assert_allclose(parts / found.loss, found.ratio, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_arms_share_their_past_byte_for_byte(name: str) -> None:
    """Until the split the four arms of every shipped scenario are one."""
    record = small(name).record
    for array in record.names():
        past = np.ascontiguousarray(record[array][: record.inputs.split])
        first = past[:, 0].tobytes()
        for arm in range(1, len(ARMS)):
            assert past[:, arm].tobytes() == first, array


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_says_what_it_is_in_words(name: str) -> None:
    """A comment opens the file and names its sources; title and question are its own."""
    text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    opening = text[: text.index("\n\n")].splitlines()
    assert all(line.startswith("#") for line in opening)
    words = " ".join(line.removeprefix("#").strip() for line in opening[1:])
    assert len(words.split()) > 60
    assert "Sources:" in words
    for key in ("title:", "question:", "description:"):
        assert f"\n{key}" in text, key
    assert load_scenario(name).sources


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"historical", "new-axis", "reactive"}))
def test_a_world_that_never_was_says_what_to_beware_of(name: str) -> None:
    """What a scenario leaves out stands in its opening comment."""
    assert "# Caveat:" in (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def test_june_2017_knows_no_later_measure() -> None:
    """Its measures are those adopted by mid-June; pressure stays at what it was then."""
    scenario = load_scenario("article-2017")
    adopted = {row.id for row in load("measures") if f"{row.adopted}" <= KNOWN_UNTIL}
    assert set(scenario.measures.include) - set(scenario.measures.drop) == adopted
    assert scenario.parameters.source == "prior"
    later = small("article-2017").inputs.us_pressure[-7:]
    assert (later == later[0]).all()


def test_in_june_2017_the_surge_did_not_matter() -> None:
    """In 2017 Russia makes good next to nothing, whatever the draw."""
    assert np.abs(offset_of("article-2017").ratio).max() < 0.05


def test_china_alone_stops_all_goods_and_russia_hardly_answers() -> None:
    """No lawful sale to China and no fuel from it is left; Russia's goods offset under a tenth."""
    record = small("china-goes-alone").record
    at = record.inputs.months.index("2017-04")
    arm = ARMS.index("C1S1")
    ban = record["ban"][at:, arm, :, CHINA]
    assert ban[..., SOLD, :].min() == 1.0
    assert ban[..., BOUGHT, FUEL].min() == 1.0
    assert record["ban"][..., RUSSIA, :, :].max() == 0.0
    assert np.abs(offset_of("china-goes-alone").ratio).max() < 0.1


def test_an_open_russia_offsets_more_than_the_record() -> None:
    """Nothing binds Russia from September 2017; more is offset, and by no less than labour."""
    record = small("russia-opens").record
    at = record.inputs.months.index("2017-09")
    assert record["ban"][at:, :, :, RUSSIA].max() == 0.0
    free = record["support"][at:, ARMS.index("C1S1"), :, RUSSIA]
    assert (free == 1.0).all()
    opened, kept = offset_of("russia-opens"), offset_of("historical")
    np.testing.assert_array_equal(opened.loss, kept.loss)
    assert (opened.ratio > kept.ratio).all()
    assert (opened.ratio > offset_of("labour-only").ratio - ONE_FIRM).all()


def test_labour_alone_offsets_through_labour_alone() -> None:
    """All but a hundredth of the loss that Russia makes good is workers' pay."""
    found = offset_of("labour-only")
    assert (found.channels["labour"] > 0.0).all()
    for channel in set(CHANNELS) - {"labour"}:
        assert np.abs(found.channels[channel] / found.loss).max() < 0.01, channel


def test_full_compliance_costs_more() -> None:
    """The loss of every draw is at least the record's, and Russia makes none of it good."""
    strict, kept = offset_of("maximum-pressure"), offset_of("historical")
    assert (strict.loss >= kept.loss).all()
    assert strict.ratio.max() < 0.01


def test_without_a_panel_no_less_goes_the_forbidden_way() -> None:
    """Illicit volume is not smaller in any draw, larger on average, and the loss is not larger."""

    def illicit(name: str) -> np.ndarray:
        volume = small(name).record["illegal"][:, ARMS.index("C1S1")]
        return np.asarray(volume.sum(axis=(0, 2, 3, 4)))

    assert (illicit("no-panel") >= illicit("historical")).all()
    assert illicit("no-panel").mean() > illicit("historical").mean()
    assert offset_of("no-panel").loss.mean() <= offset_of("historical").loss.mean()


def test_after_relief_goods_come_back_and_workers_do_not() -> None:
    """Goods are back near the level without restrictions within two years; workers stay home."""
    goods = [COAL, TEXTILES, SEAFOOD]
    before, after = ("2018-03", "2019-02"), ("2020-07", "2020-12")
    share = {
        span: sold("hanoi-relief", "C1S1", *span)[CHINA, goods]
        / sold("hanoi-relief", "C0S0", *span)[CHINA, goods]
        for span in (before, after)
    }
    assert share[before].max() < 0.6
    assert share[after].min() > 0.9
    home = workers("hanoi-relief", "C1S1", "2020-12") / workers("hanoi-relief", "C0S0", "2020-12")
    assert home[[CHINA, RUSSIA]].max() < 0.85
    receipts = small("hanoi-relief").record["receipts"][-6:].sum(axis=0).mean(axis=-1)
    assert 0.9 < receipts[ARMS.index("C1S1")] / receipts[ARMS.index("C0S0")] < 1.0


def test_after_relief_the_goods_grown_under_the_bans_stay() -> None:
    """What was built up because it was lawful is still sold when the bans are gone."""
    last = ("2020-07", "2020-12")
    grown = sold("hanoi-relief", "C1S1", *last)[CHINA, OTHER]
    assert grown > sold("hanoi-relief", "C0S0", *last)[CHINA, OTHER]


def test_a_wider_corridor_never_offsets_less() -> None:
    """Tight, as recorded, wide: the offset of an open Russia rises on every draw."""
    order = [offset_of(n).ratio for n in ("tight-corridor", "russia-opens", "wide-corridor")]
    assert (np.diff(order, axis=0) > -ONE_FIRM).all()
    assert order[2].mean() > order[0].mean()


def test_more_potential_and_more_openness_never_lower_the_offset() -> None:
    """L11 in the library: from an opened Russia upward, on paired draws."""

    def ratio(**keys: str) -> float:
        free = {
            "members": "2",
            "firms.scale": "0.1",
            "parameters.set.entry_cost": "0",
            "parameters.set.russia_friction": "0",
            **{key.replace("__", "."): value for key, value in keys.items()},
        }
        return float(np.mean(scenario_offset(run_ensemble(opened(free), ARMS)).ratio))

    def opened(keys: dict[str, str]) -> Scenario:
        return load_scenario("russia-opens", keys)

    by_potential = [ratio(actors__Russia__potential=k) for k in ("1", "3", "9")]
    path = "[{{from: 2017-09, level: {}}}]"
    by_support = [ratio(actors__Russia__support__path=path.format(o)) for o in ("0", "0.4", "1")]
    assert (np.diff(by_potential) > -ONE_FIRM).all()
    assert (np.diff(by_support) > -ONE_FIRM).all()
    assert by_support[-1] > by_support[0]
