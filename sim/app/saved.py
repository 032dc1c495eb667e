"""A world as a file that `divert run` takes to the same numbers, and the commands that do it."""

from __future__ import annotations

import io
import shlex
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sim.app.levers import SIZE
from sim.app.world import Files, World, base_of, keys_written, moved_levers, scenario_of
from sim.errors import DivertError
from sim.scenario import Scenario
from sim.scenario_file import SHIPPED, scenario_text

OPTIONS = {"members": "--members", "seed": "--seed", "firms.scale": "--scale"}


def file_name(scenario: Scenario) -> str:
    """Return the name of the file of a world."""
    return f"{scenario.name}.yaml"


def file_text(world: World, files: Files) -> str:
    """Return a world as a scenario file: what it extends and what differs, where it can.

    A shipped scenario is extended; any other is written out with every key, for the file must run
    from any folder. Raises DivertError for a world that is none.
    """
    scenario = scenario_of(world, files)
    if not _is_shipped(files(world.base)):
        return scenario_text(scenario)
    base = base_of(world.base, files)
    title = base.title or base.name
    content: dict[str, Any] = {"extends": base.name}
    content["name"] = scenario.name
    content["title"] = f"{title}, changed" if world.changes else title
    content["description"] = "; ".join(changed_words(world)) or base.description
    for key, value in keys_written(world, base).items():
        _lay(content, key.split("."), value)
    stream = io.StringIO()
    stream.write("# Saved from `divert view`, page Explore. Run it with\n")
    stream.write(f"#   divert run {file_name(scenario)}\n")
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 100
    yaml.dump(content, stream)
    return stream.getvalue()


def _is_shipped(path: Path) -> bool:
    """Return whether a scenario's file is one that its name alone stands for."""
    return path.resolve().parent == SHIPPED


def _from_here(path: Path) -> str:
    """Return a path as it is written where `divert view` was started."""
    here, found = Path.cwd(), path.resolve()
    return str(found.relative_to(here) if found.is_relative_to(here) else found)


def _lay(content: dict[str, Any], parts: list[str], value: Any) -> None:
    """Add a dotted key to nested mappings."""
    inner = content
    for part in parts[:-1]:
        inner = inner.setdefault(part, {})
    inner[parts[-1]] = value


def changed_words(world: World) -> list[str]:
    """Return what a world changes of its scenario, in words."""
    said = [
        f"{one.label}: {dict(one.words).get(str(value), value)}"
        for one, value in moved_levers(world)
    ]
    changes = world.measures
    for verb, names in (("dropped", changes.dropped), ("brought back", changes.back)):
        said += [f"{name} {verb}"[:120] for name in names]
    said += [f"{name} from {day}" for name, day in changes.moved]
    said += [f"{name} ends {day}" for name, day in changes.ended]
    said += [f"{own.id} added ({own.partner}, {own.good}, {own.first})" for own in changes.added]
    return said + [f"{key} {text}" for key, text in world.more]


def command(world: World, files: Files) -> str:
    """Return the command that makes a world's numbers; its file is saved first where it needs one.

    Raises DivertError for a world that is none.
    """
    scenario = scenario_of(world, files)
    if world.changes:
        return f"divert run {shlex.quote(file_name(scenario))}"
    size = {one.name: one.key for one in SIZE}
    options = (
        f"{OPTIONS[size[name]]} {value:g}" if isinstance(value, float)
        else f"{OPTIONS[size[name]]} {value}"
        for name, value in world.levers
    )  # fmt: skip
    path = files(world.base)
    named = scenario.name if _is_shipped(path) else shlex.quote(_from_here(path))
    return " ".join(("divert run", named, *options))


def report_html(scenario: Scenario) -> tuple[str, str]:
    """Return name and text of the report of a scenario, run now and written to no lasting place.

    The run is that of the command line, so its numbers are the same. Raises DivertError where the
    scenario gives no answer.
    """
    from sim.experiment.command import run_scenario
    from sim.view.report import report_text
    from sim.view.report_source import read_sources

    if not scenario.answer:
        raise DivertError("found answer: false; a report needs an answer")
    name = f"report-{scenario.name}.html"
    with tempfile.TemporaryDirectory(prefix="divert-report-") as folder:
        done = run_scenario(scenario, Path(folder))
        text = report_text(read_sources([str(done.folder)]), [str(done.folder)], name)
        # The page says how to make it again; the scratch folder is gone by then.
        return name, text.replace(f"{folder}/", "results/").replace(folder, "results")
