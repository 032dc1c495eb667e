"""From a scenario file, what it extends, and options of the command line, to a `Scenario`."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Collection, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML

from sim.errors import DivertError, nearest
from sim.scenario import Scenario, check_name
from sim.scenario_terms import shown
from sim.yaml_text import KeyPath, Place, Tree, read_text, read_yaml

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "scenarios"
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "scenarios"
"""Folder of the scenarios that come with the project: a wheel carries them in the package."""

ENDINGS = (".yaml", ".yml")
LONGEST_CHAIN = 20
NOT_INHERITED = ("name", "title", "description")


def shipped_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the project."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def find_scenario(wanted: str, folder: Path | None = None) -> Path:
    """Return the file of a scenario given by path, relative to `folder`, or by shipped name.

    Raises DivertError, with the nearest shipped name, where there is none.
    """
    path = (folder or Path()) / wanted
    named = os.sep not in wanted and "/" not in wanted and not wanted.endswith(ENDINGS)
    try:
        if not named and path.exists():
            if (path / "manifest.json").is_file():
                raise DivertError(
                    "found a folder of results; allowed: the path of a scenario file, or its name "
                    "(results are read by `divert view`, report, compare and explain-run)",
                    file=wanted,
                )
            return path
    except (OSError, ValueError) as error:
        raise DivertError(
            f"found {shown(wanted)}, which cannot be a path; allowed: a path to a YAML file"
        ) from error
    names = shipped_names()
    if named and wanted in names:
        return SHIPPED / f"{wanted}.yaml"
    raise DivertError(
        f"found no scenario {shown(wanted)}; allowed: a path to a YAML file, or one of "
        f"{', '.join(names)}{_meant(wanted, names, folder or Path())}"
    )


def _meant(wanted: str, names: Collection[str], folder: Path) -> str:
    """Return what a scenario that is not there was meant to be, or an empty string."""
    stem = Path(wanted).stem if wanted.strip() else wanted
    if (SHIPPED / "sweeps" / f"{stem}.yaml").is_file():
        return f" ({stem!r} is a sweep: `divert sweep {stem}`)"
    here = {path.stem: path.name for path in folder.glob("*.y*ml") if path.suffix in ENDINGS}
    if stem in here:
        return f" (did you mean {here[stem]!r}?)"
    return nearest(stem, names) or nearest(wanted, here.values())


def load_scenario(
    wanted: str | os.PathLike[str], overrides: Mapping[str, str] | None = None
) -> Scenario:
    """Return the scenario of a file (by path or shipped name), `overrides` by dotted key applied.

    Raises DivertError with one sentence that names file, line, column and key.
    """
    tree = scenario_tree(wanted)
    if overrides:
        tree = _merge(tree, _overrides(overrides, tree.values))
    return scenario_of(tree)


def scenario_tree(wanted: str | os.PathLike[str]) -> Tree:
    """Return the values of a scenario file and of all that it extends, and where each stands.

    Raises DivertError where a file cannot be read; whether the values fit is not asked.
    """
    path = find_scenario(os.fspath(wanted))
    tree = _chain(path, ())
    if "name" not in tree.values:
        tree.values["name"] = path.stem
        tree.places[("name",)] = Place(str(path))
    tree.places[()] = Place(str(path))
    return tree


def changed(tree: Tree, changes: Mapping[str, Any], places: Mapping[str, Place]) -> Tree:
    """Return the values of a scenario with dotted keys changed; `places` say where, if anywhere.

    Raises DivertError for a key that no scenario can have.
    """
    above = Tree({}, {})
    for key, value in changes.items():
        _lay(above, key, Tree(deepcopy(value)), places.get(key, Place(None)), tree.values)
    return _merge(tree, above)


def scenario_of(tree: Tree) -> Scenario:
    """Return the scenario of values; raises DivertError that names the first mistake."""
    try:
        return Scenario.model_validate(tree.values)
    except ValidationError as error:
        raise sentence_of(error, tree) from None


def unknown_key(key: str) -> str | None:
    """Return a sentence about a dotted key that no scenario has, None for one that there is."""
    model: type[BaseModel] | None = Scenario
    for part in key.split("."):
        fields = {f.alias or n: f for n, f in model.model_fields.items()} if model else {}
        if part not in fields:
            allowed = f"; allowed: {', '.join(fields)}{nearest(part, fields)}" if fields else ""
            return f"found {shown(key)}, and a scenario has no key {shown(part)} there{allowed}"
        model = _model_in(fields[part].annotation)
    return None


def scenario_text(scenario: Scenario) -> str:
    """Return a scenario with every key filled in as YAML that can be read again."""
    stream = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 100
    yaml.dump(scenario.resolved(), stream)
    return stream.getvalue()


def begin_scenario(name: str, source: str, folder: Path) -> Path:
    """Write `folder/name.yaml` that extends `source`, and return it.

    Raises DivertError for a name with path parts, a source that is wrong, a file that exists or a
    folder that cannot be written.
    """
    try:
        check_name(name)
    except PydanticCustomError as error:
        raise DivertError(error.message(), key="NAME") from None
    load_scenario(source)
    found = find_scenario(source)
    path = folder / f"{name}.yaml"
    near = os.path.relpath(found.resolve(), folder.resolve()).replace(os.sep, "/")
    shipped = found.resolve().parent == SHIPPED and found.suffix == ".yaml"
    parent = found.stem if shipped else near
    schema = os.path.relpath(SHIPPED / "scenario.schema.json", folder.resolve())
    lines = [
        f"# yaml-language-server: $schema={schema.replace(os.sep, '/')}",
        "#",
        "# Say here what this scenario asks and where its figures come from.",
        "# Only what differs from the scenario it extends belongs below. Examples, to uncomment:",
        "#",
        "# measures:                 # ids: divert explain --measures",
        "#   end: [{day: 2018-01-01, partner: Russia, ids: [UN2371-COAL]}]",
        "# actors:                   # levels are shares from 0 to 1",
        "#   China: {enforcement: {mode: fixed, path: [{from: 2018-01, level: 0.1}]}}",
        "#   Russia: {support: {mode: fixed, value: 1, channels: [goods, labour]}}",
        "",
        f"extends: {json.dumps(parent, ensure_ascii=False)}",
        f"title: {json.dumps(name)}",
        "",
    ]
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write("\n".join(lines))
    except FileExistsError:
        raise DivertError("found a file of that name; allowed: a new name", file=path) from None
    except OSError as error:
        raise DivertError(f"the file cannot be written ({error.strerror})", file=path) from error
    return path


def _chain(path: Path, seen: tuple[Path, ...]) -> Tree:
    """Return the merged values of a file and of all that it extends."""
    tree = read_yaml(read_text(path), file=str(path))
    root = tree.places.get((), Place(str(path)))
    if tree.values is None:
        raise DivertError("found an empty file; allowed: a scenario with keys", file=path)
    if not isinstance(tree.values, dict):
        raise root.error((), f"found {shown(tree.values)} at the top; allowed: keys with values")
    if "extends" not in tree.values:
        return tree
    here = tree.places[("extends",)]
    parent = tree.values.pop("extends")
    if not isinstance(parent, str) or not parent.strip():
        raise here.error(
            ("extends",), f"found {shown(parent)}; allowed: the path or name of one scenario"
        )
    try:
        found = find_scenario(parent, path.parent)
    except DivertError as error:
        raise here.error(("extends",), str(error)) from error
    line = (*seen, path.resolve())
    if found.resolve() in line:
        raise here.error(
            ("extends",), f"found {shown(parent)}, which extends this file in a circle; "
            "allowed: a scenario that does not",
        )  # fmt: skip
    if len(line) > LONGEST_CHAIN:
        raise here.error(
            ("extends",),
            f"found more than {LONGEST_CHAIN} files in a chain; allowed: fewer",
        )
    below = _chain(found, line)
    for key in NOT_INHERITED:
        below.values.pop(key, None)
    return _merge(below, tree)


def _merge(below: Tree, above: Tree) -> Tree:
    """Return `above` laid over `below`; mappings merge, all else is replaced.

    A mapping whose `mode` changes is replaced whole: what belonged to the old mode goes with it.
    """
    places = dict(below.places)
    values = _merged(below.values, above.values, (), places)
    return Tree(values, places | above.places)


def _merged(
    below: dict[str, Any], above: dict[str, Any], path: KeyPath, places: dict[KeyPath, Place]
) -> dict[str, Any]:
    out = dict(below)
    for key, value in above.items():
        old, at = out.get(key), (*path, key)
        if isinstance(value, dict) and isinstance(old, dict):
            was, becomes = old.get("mode"), value.get("mode")
            if was == becomes or was is None or becomes is None:
                out[key] = _merged(old, value, at, places)
                continue
        out[key] = value
        if old is not None:
            for known in [p for p in places if p[: len(at)] == at]:
                del places[known]
    return out


def _overrides(overrides: Mapping[str, str], values: dict[str, Any]) -> Tree:
    """Return options `dotted.key=value` as one tree of values, read as a file is."""
    tree = Tree({}, {})
    option = Place(None, option="--set")
    for key, text in overrides.items():
        _lay(tree, key, read_yaml(text, option=f"--set {key}"), option, values)
    return tree


def _lay(above: Tree, key: str, read: Tree, here: Place, values: dict[str, Any]) -> None:
    """Add one dotted key to the tree of what changes `values`."""
    parts = tuple(key.split("."))
    if not all(parts):
        raise here.error((key,), "found an empty part; allowed: dotted.key=value")
    if parts[0] == "extends":
        raise here.error(parts, "found extends; allowed: in a file alone")
    inner, present = above.values, values
    for i, part in enumerate(parts[:-1]):
        above.places[parts[: i + 1]] = here
        present = present.get(part, {}) if isinstance(present, dict) else present
        if isinstance(present, list):
            raise here.error(parts, "found a list on the way; allowed: set the whole list")
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            raise here.error(parts, "found a value and a key below it; allowed: one of them")
    if isinstance(inner.get(parts[-1]), dict):
        raise here.error(parts, "found a value and a key below it; allowed: one of them")
    inner[parts[-1]] = read.values
    above.places[parts] = here
    for below in read.places:
        above.places[(*parts, *below)] = here


def sentence_of(
    error: ValidationError,
    tree: Tree,
    root: type[BaseModel] = Scenario,
    choices: Collection[str] = (),
) -> DivertError:
    """Return the first mistake, in the order of the files, as one sentence with its place.

    `choices` are parts of a path that stand for a kind of mapping and are no keys.
    """
    found = []
    for detail in error.errors(include_url=False):
        context = detail.get("ctx", {})
        loc = (part for part in detail["loc"] if part not in choices)
        path: KeyPath = (*loc, *context.get("at", ()))
        message = str(context.get("message") or "")
        if detail["type"] == "missing":
            message = f"the key is missing; allowed: {_described(path, root) or 'a value'}"
        elif not message:
            message = f"found {shown(detail['input'])}; allowed: {detail['msg']}"
        place, depth = _place(path, tree)
        written = place.line is not None or place.option is not None
        order = (not written, str(place.file), place.line or 0, place.column or 0, -depth)
        found.append((order, place, path, message))
    _, place, path, message = min(found, key=lambda item: item[0])
    return place.error(path, message)


def _place(path: KeyPath, tree: Tree) -> tuple[Place, int]:
    """Return the place of a key, or of the nearest mapping around it."""
    for length in range(len(path), -1, -1):
        if path[:length] in tree.places:
            return tree.places[path[:length]], length
    return Place(None), 0


def _described(path: KeyPath, root: type[BaseModel]) -> str:
    """Return what the schema says about a key, without the closing full stop."""
    model: Any = root
    text = ""
    for part in path:
        if isinstance(part, int):
            continue
        fields = {f.alias or n: f for n, f in model.model_fields.items()} if model else {}
        if part not in fields:
            return ""
        text = fields[part].description or ""
        model = _model_in(fields[part].annotation)
    return text[:1].lower() + text[1:].rstrip(".")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the mapping type inside an annotation, a list or a choice, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if "root" in annotation.model_fields:
            return _model_in(annotation.model_fields["root"].annotation)
        return annotation
    return next((m for a in get_args(annotation) if (m := _model_in(a)) is not None), None)
