"""The pages Answer, Sweep and Evidence in process: numbers, links, searches and odd addresses."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
from click.testing import CliRunner
from plotly.utils import PlotlyJSONEncoder
from sweep_worlds import tiny

from sim.app import answer, answer_shown, evidence, shell, sweeps
from sim.app.answer_shown import MADE, PUBLISHED, RUN, Choice, choice_from, choice_of, shown
from sim.app.desk import Desk
from sim.app.evidence_tables import MEASURE_HEADINGS, Registry, measure_rows, parameter_rows
from sim.app.explore_address import from_search
from sim.app.links import APART, changes, explore_run, world_of
from sim.app.runs import DONE
from sim.app.server import build
from sim.app.sweep_points import analysed, pair_name, point, point_of_cell
from sim.app.tables import Order, found_rows, in_order, order_text, plain_table, read_order
from sim.app.world import World, scenario_of
from sim.cli import main
from sim.data import load
from sim.errors import DivertError
from sim.experiment.answer import band_words, money_words, share_words
from sim.parameters import all_parameters
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.sweep.command import run_sweep
from sim.sweep.plan import plan_of
from sim.view.published import PLACES, read_published

HERE = "http://127.0.0.1:8050"
ROOT = Path(__file__).parents[1]
PAGES = {"/": answer, "/sweep": sweeps, "/evidence": evidence}
LEVEL = "actors.China.enforcement.value"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of `historical` with a lever moved, and a sweep of six points."""
    out = tmp_path_factory.mktemp("look")
    (out / "scenarios").mkdir()
    words = ["run", "historical", "--members", "4", "--scale", "0.05", "--quiet",
             "--set", "actors.Russia.potential=2", "--set", "actors.China.enforcement.mode=fixed",
             "--set", f"{LEVEL}=0.7", "--out", str(out / "results")]  # fmt: skip
    assert CliRunner().invoke(main, words).exit_code == 0
    run_sweep(tiny(), out / "results", 1)
    return out


@pytest.fixture(scope="module")
def desk(place: Path) -> Desk:
    """The desk over that folder."""
    return Desk(place / "results", place / "scenarios")


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    """A desk on which nothing has been run."""
    return Desk(tmp_path / "results", tmp_path / "scenarios")


def text_of(component: Any) -> str:
    """Return all that a page says, as JSON."""
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def page(desk: Desk, path: str, **query: str) -> str:
    """Return what the router answers to an address, as JSON."""
    return text_of(shell.routed(desk, path, f"?{urlencode(query)}")[0])


def stored_answer(desk: Desk) -> dict[str, Any]:
    """Return what answer.json of the run holds."""
    path = desk.results / "historical" / "answer.json"
    return cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))


def test_the_answer_shows_the_numbers_of_answer_json(desk: Desk) -> None:
    found, said = stored_answer(desk), page(desk, "/")
    assert share_words(found["offset_ratio"]) in said
    assert money_words(found["loss_musd"]) in said
    for cell in band_words(found["interaction"], 100.0, 1):
        assert f'"{cell}"' in said
    for word in ("seed", "digest of the code", "digest of the scenario", "divert run", "2017-01"):
        assert word in said
    assert all(f"{row.id} {row.claim}" in said for row in load("article_claims"))


def test_a_fresh_install_shows_the_published_answer(bare: Desk) -> None:
    path = ROOT / "results" / "published" / "historical" / "answer.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    said = page(bare, "/")
    assert share_words(found["offset_ratio"]) in said
    assert money_words(found["loss_musd"]) in said
    assert "for who has run nothing yet" in said
    assert "What Russia would have had to be" in said
    assert page(bare, "/", published="yes") == said


def test_the_published_answer_goes_into_the_wheel_where_it_is_looked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    places = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert ROOT / places["results/published"] == PLACES[0]
    published = read_published()
    assert published is not None
    shipped = {row.id: row for row in load("article_claims")}
    assert [claim.id for claim in published.claims] == list(shipped)
    assert all(claim.figure == shipped[claim.id].figure for claim in published.claims)


def test_without_any_answer_the_page_says_what_to_run(
    bare: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_shown._published.cache_clear()
    monkeypatch.setattr(answer_shown, "read_published", lambda: None)
    said = page(bare, "/")
    answer_shown._published.cache_clear()
    assert "divert run historical" in said
    assert "answer-run" in said


def test_a_run_made_here_is_that_of_the_command_line(
    bare: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(answer, "TRIAL", {"members": "2", "firms.scale": "0.05"})
    key = bare.runs.start(answer.trial(bare), "a-visitor")
    assert bare.runs.wait(key, 60.0).state == DONE
    words = ["run", "historical", "--members", "2", "--scale", "0.05", "--quiet"]
    assert CliRunner().invoke(main, [*words, "--out", str(tmp_path)]).exit_code == 0
    stored = json.loads((tmp_path / "historical" / "answer.json").read_text(encoding="utf-8"))
    made = shown(bare, Choice(MADE, key))
    assert made.answer["offset_ratio"] == stored["offset_ratio"]
    assert made.answer["loss_musd"] == stored["loss_musd"]
    said = page(bare, "/", made=key)
    assert share_words(stored["offset_ratio"]) in said
    assert "divert run historical --members 2 --seed 2017 --scale 0.05" in said


def test_the_report_of_a_run_is_one_file(desk: Desk, bare: Desk) -> None:
    file = answer.report_of(desk, Choice(RUN, "historical"))
    assert file["filename"] == "report-historical.html"
    assert share_words(stored_answer(desk)["offset_ratio"]) in file["content"]
    with pytest.raises(DivertError, match="divert run"):
        answer.report_of(bare, Choice(PUBLISHED))


@pytest.mark.parametrize(
    "choice", [Choice(RUN, "a (2)"), Choice(MADE, "0" * 64), Choice(PUBLISHED)]
)
def test_a_choice_is_the_same_through_picker_and_address(choice: Choice) -> None:
    assert choice_from(choice.value) == choice
    assert choice_of(choice.query, ("other",)) == choice
    assert choice_of({}, ()) == Choice(PUBLISHED)


HOSTILE: tuple[tuple[str, dict[str, str]], ...] = (
    ("/", {"run": "../../../etc/passwd"}), ("/", {"run": "/etc"}), ("/", {"run": "x" * 9000}),
    ("/", {"made": "no-such-key"}), ("/", {"run": "<script>alert(1)</script>"}),
    ("/sweep", {"sweep": "../results/tiny"}), ("/sweep", {"sweep": "x" * 9000}),
    ("/sweep", {"sweep": "historical"}), ("/sweep", {"output": "nothing"}),
    ("/sweep", {"point": "0"}), ("/sweep", {"point": "99999999999999999999"}),
    ("/sweep", {"point": "-1"}), ("/sweep", {"point": "١"}), ("/sweep", {"pair": "a*b"}),
    ("/sweep", {"above": "inf"}), ("/sweep", {"above": "__import__"}),
    ("/evidence", {"run": "../tiny"}), ("/evidence", {"find": "x" * 9000}),
    ("/evidence", {"order": "nothing"}), ("/evidence", {"partner": "Mars"}),
    ("/evidence", {"year": "1850"}), ("/evidence", {"sort": "' or 1"}),
)  # fmt: skip


@pytest.mark.parametrize(("path", "query"), HOSTILE)
def test_an_odd_address_is_answered_in_words(desk: Desk, path: str, query: dict[str, str]) -> None:
    said = page(desk, path, **query)
    assert '"className": "said"' in said
    assert any(word in said for word in ("allowed", "which is none", "run it again"))
    assert "Something went wrong" not in said
    assert "root:" not in said
    assert len(said) < 3_000_000


def bare_words(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario says, prose and name apart."""
    return {key: value for key, value in scenario.resolved().items() if key not in APART}


def test_explore_opens_the_very_scenario_of_a_run(desk: Desk) -> None:
    own = desk.run("historical").scenario
    href = explore_run(desk, own)
    assert urlsplit(href).path == "/explore"
    pair = from_search(urlsplit(href).query)
    assert pair.a == pair.b
    assert pair.a.at["russia_potential"] == 2.0
    assert bare_words(scenario_of(pair.a, desk.scenario_file)) == bare_words(own)
    assert changes(own, own) == {}
    other = load_scenario("historical", {}).model_copy(update={"name": "not-on-the-desk"})
    with pytest.raises(DivertError, match="not-on-the-desk"):
        explore_run(desk, other)


def test_a_lever_moved_takes_the_place_of_what_a_link_set(desk: Desk) -> None:
    world = world_of("historical", {"actors.China.enforcement.mode": "fixed", LEVEL: 0.2})
    assert scenario_of(world, desk.scenario_file).actors.China.enforcement.value == 0.2
    moved = scenario_of(world.moved("china_enforcement", 0.9), desk.scenario_file)
    alone = World("historical").moved("china_enforcement", 0.9)
    assert bare_words(moved) == bare_words(scenario_of(alone, desk.scenario_file))


def test_explore_opens_the_very_point_of_a_sweep(desk: Desk) -> None:
    results = analysed(desk.sweep_folder("tiny"), None).results
    plan = plan_of(results.sweep)
    for number in range(1, len(results.values) + 1):
        found = point(results, number, desk.scenario_names())
        world = scenario_of(from_search(urlsplit(found.href).query).a, desk.scenario_file)
        job = plan.point(number - 1)
        wanted = bare_words(job.world)
        wanted["parameters"] = wanted["parameters"] | {"set": dict(job.parameters)}
        said = bare_words(world)
        held = {name: own["low"] if isinstance(own, dict) else own
                for name, own in said["parameters"]["set"].items()}  # fmt: skip
        said["parameters"] = said["parameters"] | {"set": held}
        assert said == wanted
        assert found.band is not None
        assert found.band["p50"] == pytest.approx(np.median(results.values[number - 1]))
    assert not point(results, 1, ()).href
    assert "not on the desk" in point(results, 1, ()).why_not


def test_a_cell_of_the_heat_map_means_a_point_of_it(desk: Desk) -> None:
    analysis = analysed(desk.sweep_folder("tiny"), None)
    one = analysis.maps[0]
    for i, row in enumerate(one.row_words):
        for j, column in enumerate(one.column_words):
            number = point_of_cell(analysis.results, one, row, column)
            assert number is not None
            own = np.median(analysis.results.values[number - 1])
            assert own == pytest.approx(one.median[i, j])
    assert point_of_cell(analysis.results, one, "nothing", column) is None
    click = {"points": [{"x": column, "y": row}]}
    look = sweeps.SweepLook("tiny", pair=pair_name(one))
    assert sweeps.clicked(desk, look, click) == number
    assert sweeps.clicked(desk, look, {}) is None


def test_the_sweep_page_says_what_was_run_and_what_to_run(desk: Desk, bare: Desk) -> None:
    said = page(desk, "/sweep", point="2")
    for word in ("Point 2. ", "divert sweep tiny", "Open this point in Explore", "2 members"):
        assert word in said
    assert "divert sweep quick" in page(bare, "/sweep")


def test_rows_are_found_by_all_words_and_put_in_order() -> None:
    rows = (("coal", "1,200 t", "2017-08-05"), ("Ore", "-3", "2016-03-02"), ("fish", "–", ""))
    assert found_rows(rows, "COAL 2017") == [rows[0]]
    assert found_rows(rows, "coal ore") == []
    assert found_rows(rows, "") == list(rows)
    heads = ("good", "amount", "day")
    assert [r[0] for r in in_order(rows, heads, Order("amount"))] == ["Ore", "coal", "fish"]
    assert [r[0] for r in in_order(rows, heads, Order("day"))] == ["Ore", "coal", "fish"]
    order = read_order("amount-down", heads)
    assert [r[0] for r in in_order(rows, heads, order)] == ["fish", "coal", "Ore"]
    assert read_order(order_text(order), heads) == order
    assert Order("good").turned("good").turned("good") == Order("good")
    with pytest.raises(DivertError, match="allowed: good"):
        read_order("goood", heads)


def test_the_registry_is_searched_by_words_partner_and_year() -> None:
    every = measure_rows(Registry())
    assert len(every) == len(load("measures"))
    binds, adopted = MEASURE_HEADINGS.index("binds"), MEASURE_HEADINGS.index("adopted")
    russia = measure_rows(Registry("labour", "Russia", "2019"))
    assert [row[0] for row in russia] == [
        row[0] for row in every
        if "Russia" in row[binds] and row[adopted].startswith("2019")
        and "labour" in "\n".join(row).casefold()
    ]  # fmt: skip
    assert 0 < len(measure_rows(Registry(partner="China"))) < len(every)


def test_sources_are_opened_by_the_reader_alone(desk: Desk) -> None:
    table = text_of(evidence.measures_of(evidence.EvidenceLook.of({}))[0])
    links = [row.url for row in load("measures") if row.url]
    assert all(json.dumps(url, ensure_ascii=False) in table for url in links)
    assert table.count('"rel": "noreferrer noopener"') == len(links)
    odd = plain_table("t", ("a",), [("x",)], links={("x", 0): "/explore?a=b"})
    assert '"type": "Link"' in text_of(odd)


def test_every_parameter_is_there_with_its_source() -> None:
    rows = {row[0]: row for row in parameter_rows()}
    assert list(rows) == list(all_parameters())
    for name, row in rows.items():
        assert row[-1] == all_parameters()[name].source
        assert row[6][0] == all_parameters()[name].mark
    look = evidence.EvidenceLook.of({"find": "judgement congestion", "order": "parameter-down"})
    _, counted = evidence.parameters_of(look)
    assert counted.endswith("of 178 parameters shown.")
    turned = evidence.turned(look, "parameters", "parameter")
    assert evidence.EvidenceLook.of(dict(find=look.find, order="parameter")) == turned


def test_evidence_says_what_to_run_and_shows_a_run_against_customs(desk: Desk, bare: Desk) -> None:
    said = page(bare, "/evidence")
    assert "divert run historical" in said
    assert "holdout-china" in said
    assert "evidence-flow-china-sold" in page(desk, "/evidence")


# ---- callbacks ---------------------------------------------------------------------------------


def called(desk: Desk, changed: str, values: dict[str, Any], only: str = "") -> dict[str, Any]:
    """Call the callback that listens to `changed`, `id.property`, in process, by HTTP.

    `values` are inputs and states by `id.property`; `only` is in the name of its output. Returns
    the response by component and property, with `#trouble` where it was said.
    """
    client = build(desk).test_client()
    every = client.get("/_dash-dependencies", base_url=HERE).json
    one = next(d for d in every if only in d["output"] and d["inputs"]
               and f"{d['inputs'][0]['id']}.{d['inputs'][0]['property']}" == changed)  # fmt: skip

    def filled(wanted: list[dict[str, str]]) -> list[Any]:
        return [
            [] if w["id"].startswith("{")
            else {**w, "value": values.get(f"{w['id']}.{w['property']}")}
            for w in wanted
        ]  # fmt: skip

    names = [part.rpartition(".") for part in one["output"].strip(".").split("...")]
    body = {
        "output": one["output"],
        "outputs": [{"id": name, "property": prop} for name, _, prop in names],
        "inputs": filled(one["inputs"]), "state": filled(one["state"]),
        "changedPropIds": [changed],
    }  # fmt: skip
    answered = client.post("/_dash-update-component", base_url=HERE, json=body)
    if answered.status_code == 204:
        return {}
    assert answered.status_code == 200, answered.text
    found = answered.json
    return {**found.get("response", {}), **found.get("sideUpdate", {})}


def test_a_control_that_stands_where_the_address_says_changes_nothing(desk: Desk) -> None:
    at = {"answer-pick.data": "run:historical", "address.search": ""}
    assert called(desk, "answer-pick.data", at) == {}
    assert called(desk, "answer-pick.data", at | {"answer-pick.data": None}) == {}
    at = {"sweep-number.value": 2, "address.search": "?sweep=tiny&point=2"}
    assert called(desk, "sweep-number.value", at) == {}
    at = {"evidence-find.value": "coal  ", "address.search": "?find=coal"}
    assert called(desk, "evidence-find.value", at) == {}


def test_a_choice_moves_the_address_and_what_is_shown(desk: Desk) -> None:
    at = {"answer-pick.data": "published:", "address.search": ""}
    found = called(desk, "answer-pick.data", at)
    assert "?published=yes" in text_of(found)
    assert "for who has run nothing yet" in text_of(found)
    at = {"sweep-number.value": 3, "address.search": "?sweep=tiny&output=loss"}
    said = text_of(called(desk, "sweep-number.value", at))
    assert "?sweep=tiny&output=loss&point=3" in said
    assert "Point 3. " in said
    at = {"evidence-search.value": "textile", "evidence-partner.data": "Russia",
          "address.search": "?find=coal"}  # fmt: skip
    said = text_of(called(desk, "evidence-search.value", at))
    assert "?find=coal&measures=textile&partner=Russia" in said
    assert "of 96 measures" in said


@pytest.mark.parametrize(
    ("changed", "value", "search"),
    [("answer-pick.data", "run:../../etc", ""), ("answer-pick.data", "made:x", ""),
     ("sweep-number.value", 10**12, "?sweep=tiny"), ("sweep-pick.data", "../tiny", ""),
     ("evidence-find.value", "x" * 5000, ""),
     ("evidence-run.data", "/etc", ""), ("evidence-find.value", "coal", f"?find={'x' * 5000}"),
     ("sweep-pair-pick.data", "a*b", "?sweep=tiny")],
)  # fmt: skip
def test_an_odd_value_is_answered_in_words(
    desk: Desk, changed: str, value: Any, search: str
) -> None:
    said = text_of(called(desk, changed, {changed: value, "address.search": search}))
    assert '"said"' in said
    assert "Something went wrong" not in said
