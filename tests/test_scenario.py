"""Scenario files: what is right is read exactly, merged, resolved and digested."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from sim.data import load
from sim.scenario import Scenario
from sim.scenario_file import SHIPPED, load_scenario, scenario_text
from sim.schema import schema_text

OWN = "measures:\n  add:\n  - {id: OWN, partner: China, direction: dprk_export, good: coal"


def write(folder: Path, text: str, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_extends_merges_mappings_and_replaces_the_rest(tmp_path):
    write(
        tmp_path,
        "title: below\nseed: 5\nfirms: {scale: 2, Russia: 700}\n"
        "measures: {drop: [UN2371-COAL, UN2371-IRON]}\nquestion: why\n",
        "below.yaml",
    )
    path = write(
        tmp_path,
        "extends: below.yaml\nfirms: {Russia: 900}\nmeasures: {drop: [UN2371-LEAD]}\n",
    )
    scenario = load_scenario(path)
    assert (scenario.name, scenario.title, scenario.question) == ("own", "", "why")
    assert (scenario.seed, scenario.firms.scale, scenario.firms.Russia) == (5, 2.0, 900)
    assert scenario.measures.drop == ("UN2371-LEAD",)


def test_another_mode_leaves_the_old_mode_behind(tmp_path):
    write(tmp_path, "us_pressure: {mode: fixed, value: 0.4}\n", "below.yaml")
    path = write(tmp_path, "extends: below.yaml\nus_pressure: {mode: historical}\n")
    assert load_scenario(path).us_pressure.value is None


def test_extends_finds_a_shipped_scenario(tmp_path):
    scenario = load_scenario(write(tmp_path, "extends: historical\nname: mine\nseed: 3\n"))
    assert (scenario.name, scenario.seed) == ("mine", 3)


def test_the_historical_scenario_is_as_published():
    scenario = load_scenario("historical")
    assert scenario == load_scenario(SHIPPED / "historical.yaml")
    assert (scenario.period.first, scenario.period.last) == ("2014-01", "2019-12")
    assert (scenario.window.first, scenario.window.last) == ("2017-01", "2019-12")
    assert scenario.tightening_from == "2016-03"
    assert (scenario.members, scenario.seed, scenario.seeds_per_draw) == (64, 2017, 2)
    assert scenario.firms.counts() == (5200, 500, 300)
    assert scenario.arms == ("C0S0", "C1S0", "C0S1", "C1S1")
    assert all(scenario.actors[p].enforcement.mode == "adaptive" for p in ("China", "Russia"))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_scenarios_are_good_and_open_with_their_schema_and_a_paragraph(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=scenario.schema.json"
    assert sum(line.startswith("# ") for line in lines[1:12]) >= 3
    assert load_scenario(path).name == path.stem
    assert load_scenario(path).title


def test_a_resolved_scenario_reads_back_the_same(tmp_path):
    path = write(
        tmp_path,
        "extends: historical\nparameters: {set: {penalty: 2, congestion: {low: 0.1, high: 0.2}}}\n"
        + OWN
        + ", from: 2018-01-01, to: 2018-06-30, coverage: 0.5, reason: a try}\n"
        "actors: {DPRK: {reserves: 2500, arms: [{from: 2018-01, level: 3, high: 9}]}}\n"
        "sources: ['NO', '1e-3', 2014-01]\n",
    )
    scenario = load_scenario(path)
    again = load_scenario(write(tmp_path, scenario_text(scenario), "again.yaml"))
    assert again == scenario
    assert again.digest() == scenario.digest()


def test_the_digest_is_stable_and_follows_what_is_run():
    scenario = load_scenario("historical")
    assert re.fullmatch("[0-9a-f]{64}", scenario.digest())
    assert scenario.digest() == load_scenario("historical").digest()
    assert scenario.digest() == load_scenario("historical", {"title": "another"}).digest()
    assert scenario.digest() != load_scenario("historical", {"seed": "1"}).digest()
    assert (
        scenario.digest() != load_scenario("historical", {"measures.drop": "[CN-2017-12]"}).digest()
    )


def test_a_scenario_is_frozen():
    scenario = load_scenario("historical")
    with pytest.raises(ValidationError):
        scenario.seed = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        scenario.firms.scale = 3.0  # type: ignore[misc]


def test_set_overrides_single_keys():
    scenario = load_scenario(
        "historical",
        {
            "members": "8",
            "actors.China.enforcement.value": "0.9",
            "actors.China.enforcement.mode": "fixed",
            "parameters.set.penalty": "{low: 1, high: 2}",
            "measures.drop": "[UN2371-COAL]",
            "season": "false",
        },
    )
    assert (scenario.members, scenario.season) == (8, False)
    assert scenario.actors.China.enforcement.value == 0.9
    assert scenario.parameters.set["penalty"].high == 2.0
    assert scenario.measures.drop == ("UN2371-COAL",)


def test_paths_give_levels_by_month():
    scenario = Scenario.model_validate(
        {
            "name": "x",
            "actors": {
                "China": {
                    "enforcement": {
                        "mode": "fixed",
                        "path": [{"from": "2016-02", "to": "2016-02", "level": 0.4}],
                    },
                    "corridor": {"levels": [{"from": "2016-03", "level": 0.5}]},
                    "need": [{"level": 0.2}],
                },
                "DPRK": {"arms": [{"from": "2016-02", "level": 3, "high": 9}]},
            },
        }
    )
    run = ("2016-01", "2016-02", "2016-03")
    china = scenario.actors["China"]
    nan = float("nan")
    assert np.array_equal(china.enforcement.by_month(run), [nan, 0.4, nan], equal_nan=True)
    assert china.corridor.levels.by_month(run).tolist() == [1.0, 1.0, 0.5]
    assert china.need.by_month(run).tolist() == [0.2, 0.2, 0.2]
    arms = scenario.actors.DPRK.arms
    assert arms.by_month(run).tolist() == [0.0, 3.0, 3.0]
    assert arms.by_month(run, "low").tolist() == [0.0, 3.0, 3.0]
    assert arms.by_month(run, "high").tolist() == [0.0, 9.0, 9.0]


def test_an_own_measure_has_the_columns_of_a_rule():
    scenario = Scenario.model_validate(
        {
            "name": "x",
            "measures": {
                "add": [
                    {
                        "id": "OWN", "partner": "all", "direction": "dprk_export", "good": "coal",
                        "kind": "cap_value", "cap_value": 200, "from": "2018-01-01",
                        "to": "2018-12-31", "binding": "un",
                    }
                ]
            },
        }
    )  # fmt: skip
    (row,) = scenario.measures.added_rows()
    assert (row.kind, row.acts_on, row.cap_value) == ("cap_value", "cap", 200.0)
    assert row.cap_unit == "musd_per_year"
    assert row.end.isoformat() == "2019-01-01"
    rule = load("rules")[0]
    assert [f.name for f in fields(row) if not hasattr(rule, f.name)] == ["size"]


def test_reserves_set_their_parameter():
    scenario = load_scenario("historical", {"actors.DPRK.reserves": "2500"})
    assert scenario.parameters.set["reserves_2014"].low == 2500.0


def test_fewer_arms_are_allowed_without_an_answer():
    scenario = load_scenario("historical", {"arms": "[C1S1]", "answer": "false"})
    assert scenario.arms == ("C1S1",)


def test_the_schema_file_is_in_step():
    written = (SHIPPED / "scenario.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "write it anew: divert schema > scenarios/scenario.schema.json"
