"""A sweep file: a scenario, factors, a design, and what to keep of each run."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from sim.errors import DivertError, nearest
from sim.scenario import check_name
from sim.scenario_file import (
    SHIPPED,
    changed,
    scenario_of,
    scenario_tree,
    sentence_of,
    shipped_names,
)
from sim.scenario_terms import Closed, Flag, Listed, Text, refuse, shown, whole
from sim.sweep.outputs import OUTPUTS, SERIES
from sim.sweep.terms import MANY, MOST_POINTS, ONE, OWN, Design, Factor, Many, OneOrMany
from sim.yaml_text import Place, Tree, read_text, read_yaml

SWEEPS = SHIPPED / "sweeps"
"""Folder of the sweeps that come with the project."""

COLUMNS = ("key", "point", "member", "status", "message", "draw")
"""Columns that every table of a sweep has, beside factors and outputs."""


def _settings(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    raise refuse(f"found {shown(value)}; allowed: dotted keys of the scenario with their values")


def _check_names(key: str, names: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    """Refuse names that are not there or are given twice."""
    for i, name in enumerate(names):
        if name not in allowed:
            raise refuse(
                f"found {shown(name)}; allowed: {', '.join(allowed)}{nearest(name, allowed)}",
                key, i,
            )  # fmt: skip
        if name in names[:i]:
            raise refuse(f"found {name} twice; allowed: once", key, i)


class Sweep(Closed):
    """What is swept: a scenario, factors, a design, members, outputs."""

    name: Annotated[str, BeforeValidator(check_name)] = Field(description="Name of the folder.")
    title: Text = Field(default="", description="One line for headings.")
    description: Text = Field(default="", description="What the sweep asks.")
    scenario: Text = Field(default="historical", description="Scenario by path or shipped name.")
    set: Annotated[dict[str, Any], BeforeValidator(_settings)] = Field(
        default_factory=dict, description="Dotted keys of the scenario changed in every point."
    )
    factors: Listed[OneOrMany] = Field(default=(), description="What is varied.")
    design: Design = Field(default_factory=Design)
    members: Annotated[int, *whole(1, 4096)] = Field(
        default=8, description="Members of each point."
    )
    outputs: Listed[Text] = Field(
        default=("loss", "offset"), description="What is kept of each run, one column each."
    )
    monthly: Listed[Text] = Field(default=(), description="Series kept by month, in files apart.")
    seed: Annotated[int, *whole(0, 2**63 - 1)] = Field(default=2017, description="Seed of all.")
    independent: Flag = Field(
        default=False,
        description="Whether points have random numbers of their own; common ones by default, so "
        "that differences between points are not noise.",
    )

    @model_validator(mode="after")
    def _agrees(self) -> Sweep:
        for key, allowed in (("outputs", OUTPUTS), ("monthly", SERIES)):
            _check_names(key, getattr(self, key), allowed)
        if not self.outputs:
            raise refuse("found no output; allowed: one or more", "outputs")
        for key in self.set:
            if key in OWN:
                raise refuse(
                    f"found {key} in set; allowed: {key} as a key of the sweep itself"
                    if key in type(self).model_fields
                    else f"found {key} in set, which the outputs decide; allowed: others",
                    "set", key,
                )  # fmt: skip
        self._check_labels()
        self._check_points()
        return self

    def _check_labels(self) -> None:
        """Refuse factors that vary one thing twice, or whose columns could not be told apart."""
        taken: dict[str, str] = {name: "that every table has" for name in COLUMNS}
        taken |= {name: "of an output" for name in self.outputs}
        keys: set[str] = set()
        for i, one in enumerate(self.factors):
            for factor in one.factors() if isinstance(one, Many) else (one,):
                if factor.key in keys:
                    raise refuse(f"found {factor.key} twice; allowed: once", "factors", i)
                if factor.label in taken:
                    raise refuse(
                        f"found a factor named {shown(factor.label)}, the column "
                        f"{taken[factor.label]}; allowed: another `name`",
                        "factors", i,
                    )  # fmt: skip
                keys.add(factor.key)
                taken[factor.label] = "of another factor"

    def _check_points(self) -> None:
        """Refuse factors and a design that do not fit each other."""
        design = self.design
        if not self.factors and design.kind not in ("calibrated", "prior"):
            raise refuse("found no factor; allowed: one or more", "factors")
        for i, one in enumerate(self.factors):
            if isinstance(one, Factor) and not one.varies and design.kind != "list":
                raise refuse(
                    f"found no way to vary {one.key}; allowed: one of values, low and high, "
                    "prior: true",
                    "factors", i, "key",
                )  # fmt: skip
        self._check_rows()
        count = self.count_points()
        if count > MOST_POINTS:
            raise refuse(f"found {count:,} points; allowed: up to {MOST_POINTS:,}", "design")

    def _check_rows(self) -> None:
        """Refuse rows of another length than the factors, and values that no parameter can have."""
        factors = self.all_factors()
        for i, row in enumerate(self.design.rows):
            if not isinstance(row, list | tuple) or len(row) != len(factors):
                found = f"{len(row)} values" if isinstance(row, list | tuple) else shown(row)
                raise refuse(
                    f"found {found}; allowed: a list of {len(factors)}, one a factor",
                    "design", "rows", i,
                )  # fmt: skip
            for j, (factor, value) in enumerate(zip(factors, row, strict=True)):
                if sentence := factor.outside(value):
                    raise refuse(sentence, "design", "rows", i, j)

    def count_points(self) -> int:
        """Return the number of points of the design, or the most there may be."""
        factors, design = self.all_factors(), self.design
        points = design.points or 1
        levels = [len(f.values) if f.values is not None else f.levels for f in factors]
        match design.kind:
            case "list":
                return len(design.rows)
            case "one_at_a_time":
                return 1 + sum(levels)
            case "latin":
                return points
            case "sobol":
                return points * (len(factors) + 2)
            case "morris":
                return points * (len(factors) + 1)
        return points * math.prod(levels)

    def all_factors(self) -> tuple[Factor, ...]:
        """Return the factors, groups of parameters written out."""
        out: list[Factor] = []
        for one in self.factors:
            out.extend(one.factors() if isinstance(one, Many) else (one,))
        return tuple(out)


def base_values(sweep: Sweep, below: Tree | None = None, places: Tree | None = None) -> Tree:
    """Return the values of a sweep's scenario with its own keys set, before any factor.

    `below` are those of the scenario where its file need not be read again; `places` is the sweep's
    own file, named where a key that it sets is wrong.
    """
    tree = scenario_tree(sweep.scenario) if below is None else below
    where = {} if places is None else {k: places.places[("set", k)] for k in sweep.set}
    own = {"members": sweep.members, "seed": sweep.seed}
    return changed(changed(tree, own, {}), sweep.set, where)


def find_sweep(wanted: str) -> Path:
    """Return the file of a sweep given by path or shipped name; raises DivertError."""
    path = Path(wanted)
    if path.suffix in (".yaml", ".yml") or os.sep in wanted:
        if path.is_dir():
            raise DivertError(
                f"found a folder; allowed: a sweep file (`divert analyse {wanted}` reads one that "
                "was run)", file=path,
            )  # fmt: skip
        if path.exists():
            return path
    elif (SWEEPS / f"{wanted}.yaml").exists():
        return SWEEPS / f"{wanted}.yaml"
    names = sorted(p.stem for p in SWEEPS.glob("*.yaml"))
    meant = nearest(path.stem, names)
    if wanted in shipped_names():
        meant = f" ({wanted!r} is a scenario: `divert run {wanted}`)"
    raise DivertError(
        f"found no sweep {shown(wanted)}; allowed: a path to a YAML file, or one of "
        f"{', '.join(names)}{meant}"
    )


def is_sweep(wanted: str) -> bool:
    """Return whether a path or shipped name is a sweep's rather than a scenario's."""
    path = Path(wanted)
    if path.suffix not in (".yaml", ".yml") and os.sep not in wanted:
        return wanted not in shipped_names() and (SWEEPS / f"{wanted}.yaml").exists()
    if not path.is_file():
        return False
    values = read_yaml(read_text(path), file=str(path)).values
    return isinstance(values, dict) and not {"factors", "design"}.isdisjoint(values)


def load_sweep(wanted: str) -> Sweep:
    """Return the sweep of a file.

    Raises DivertError with one sentence that names file, line, column and key.
    """
    path = find_sweep(wanted)
    tree = read_yaml(read_text(path), file=str(path))
    top = Place(str(path))
    if tree.values is None:
        raise top.error((), "found an empty file; allowed: a sweep with keys")
    if not isinstance(tree.values, dict):
        raise tree.places[()].error((), f"found {shown(tree.values)} at the top; allowed: keys")
    tree.values.setdefault("name", path.stem)
    tree.places[()] = top
    scenario = tree.values.get("scenario")
    if isinstance(scenario, str) and scenario.endswith((".yaml", ".yml")):
        near = path.parent / scenario
        tree.values["scenario"] = str(near if near.exists() else scenario)
    try:
        sweep = Sweep.model_validate(tree.values)
    except ValidationError as error:
        raise sentence_of(error, tree, Sweep, (ONE, MANY)) from None
    _check_scenario(sweep, tree)
    return sweep


def _check_scenario(sweep: Sweep, tree: Tree) -> None:
    """Raise DivertError where the scenario is not there or a key that the sweep sets is wrong.

    Keys are tried with the first level of each factor: some are right only together. A level that
    is wrong is a point that fails, and not a wrong file.
    """
    here = tree.places.get(("scenario",), tree.places[()])
    try:
        below = scenario_tree(sweep.scenario)
    except DivertError as error:
        raise here.error(("scenario",), str(error)) from None
    first: dict[str, Any] = {}
    row = sweep.design.rows[0] if sweep.design.rows else ()
    for i, factor in enumerate(sweep.all_factors()):
        if factor.parameter is None:
            first[factor.key] = row[i] if row else factor.values[0] if factor.values else factor.low
    try:
        scenario_of(changed(base_values(sweep, below, tree), first, {}))
    except DivertError as error:
        if error.file == here.file:
            raise
