"""The README prints what the command prints, and its examples can be typed as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sim.cli import main
from sim.experiment.answer import numbers_words, words
from sim.experiment.patterns import COLUMN_WORDS
from sim.scenario_file import load_scenario
from sim.screen import WIDTH, _answer_table
from sim.screen_comparators import comparator_lines, comparator_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KEYS = ("measures: ", "actors: ", "window: ")
PRINTED = README.split("```text\n")[1].split("```")[0]


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    """The published answer of the main command."""
    path = ROOT / "results" / "published" / "historical" / "answer.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_sentences_are_those_of_the_published_answer(answer: dict[str, Any]) -> None:
    """Every sentence stands in the README's block, whatever the lines are broken at."""
    text = " ".join(PRINTED.split())
    said = [numbers_words(answer), *words(answer), *comparator_lines(answer), COLUMN_WORDS]
    for sentence in said:
        # A line may be broken before a closing bracket's unit.
        assert sentence.replace(" ", "") in text.replace(" ", ""), sentence


def test_the_tables_are_those_of_the_published_answer(answer: dict[str, Any]) -> None:
    """Every line of the two tables of numbers stands in the README's block."""
    console = Console(width=WIDTH, highlight=False, markup=False)
    with console.capture() as shown:
        console.print(_answer_table(answer))
        console.print(comparator_table(answer))
    lines = {line.rstrip() for line in PRINTED.splitlines()}
    assert {line.rstrip() for line in shown.get().splitlines()} <= lines


def test_the_scenario_can_be_run_as_printed(tmp_path: Path) -> None:
    """The example of an own scenario, and every example of what to write, is a good file."""
    path = tmp_path / "mine.yaml"
    path.write_text(README.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert load_scenario(path).name == "mine"
    rows = README.split("| to say | write |")[1].split("\n\n")[0]
    examples = [text for text in re.findall(r"`([^`]+)`", rows) if text.startswith(KEYS)]
    assert len(examples) == 6
    for example in examples:
        path.write_text(f"extends: historical\n{example}\n", encoding="utf-8")
        assert load_scenario(path), example


def test_every_verb_of_the_readme_is_one() -> None:
    verbs = set(re.findall(r"divert ([a-z][a-z-]+)", README.replace("divert view.", "divert view")))
    assert {"run", "claims", "new", "compare", "report"} <= verbs
    unknown = verbs - set(main.commands)
    assert unknown <= {"made"}, unknown
