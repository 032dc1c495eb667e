"""A sweep file: a scenario, factors, a design, and what to keep of each run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from sim.errors import DivertError, nearest
from sim.parameters import all_parameters, hard_limits
from sim.scenario import Scenario, check_name
from sim.scenario_file import SHIPPED, load_scenario, sentence_of
from sim.scenario_terms import ANY, Closed, Flag, Listed, Text, number, refuse, shown, whole, word
from sim.sweep.outputs import OUTPUTS, SERIES
from sim.yaml_text import Place, read_text, read_yaml

SWEEPS = SHIPPED / "sweeps"
"""Folder of the sweeps that come with the project."""

SET = "parameters.set."
"""What the key of a factor that is a parameter begins with."""

Kind = Literal[
    "grid", "list", "one_at_a_time", "latin", "sobol", "morris", "calibrated", "prior"
]  # fmt: skip
MOST_POINTS = 1_000_000


def _levels(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not value:
        raise refuse(f"found {shown(value)}; allowed: a list of values")
    return tuple(value)


class Factor(Closed):
    """One thing that is varied: a key of the scenario or a parameter, with values or a range."""

    key: Text = Field(
        description="Dotted key of the scenario, as in actors.China.enforcement.value; of a "
        "parameter, parameters.set.NAME."
    )
    name: Text = Field(default="", description="Short name for tables; the key without it.")
    values: Annotated[tuple[Any, ...], BeforeValidator(_levels)] | None = Field(
        default=None, description="Values it takes: numbers, words or dates."
    )
    low: Annotated[float, *number(-ANY, ANY)] | None = Field(
        default=None, description="Low end of a range."
    )
    high: Annotated[float, *number(-ANY, ANY)] | None = Field(
        default=None, description="High end of a range."
    )
    log: Flag = Field(default=False, description="Whether the range is covered evenly in logs.")
    prior: Flag = Field(
        default=False, description="Whether a parameter takes its prior, by quantile."
    )
    levels: Annotated[int, *whole(2, 1000)] = Field(
        default=5, description="Levels of a range in a grid or one at a time."
    )

    @property
    def parameter(self) -> str | None:
        """Return the name of the parameter a factor is, None for other keys."""
        return self.key[len(SET) :] if self.key.startswith(SET) else None

    @property
    def label(self) -> str:
        """Return the name of the factor's column."""
        return self.name or (self.parameter or self.key)

    @model_validator(mode="after")
    def _one_way(self) -> Factor:
        ranged = self.low is not None or self.high is not None
        ways = [self.values is not None, ranged, self.prior]
        if sum(ways) != 1:
            raise refuse(
                f"found {sum(ways)} ways to vary {self.key}; allowed: one of values, low and high, "
                "prior: true",
                "key",
            )
        if ranged and (self.low is None or self.high is None or self.low >= self.high):
            raise refuse("found a range without two ends in order; allowed: low below high", "low")
        if self.log and (self.low is None or self.low <= 0.0):
            raise refuse("found a log range from 0 or below; allowed: low above 0", "log")
        name = self.parameter
        if self.prior and name is None:
            raise refuse("found prior of a key; allowed: for parameters.set.NAME", "prior")
        if name is not None:
            self._check_parameter(name)
        return self

    def _check_parameter(self, name: str) -> None:
        known = all_parameters()
        if name not in known:
            raise refuse(
                f"found an unknown parameter {shown(name)}; allowed: the names that `divert "
                f"explain` lists{nearest(name, known)}",
                "key",
            )
        least, most = hard_limits(known[name])
        ends = [x for x in (self.low, self.high, *(self.values or ())) if x is not None]
        for end in ends:
            plain = isinstance(end, int | float) and not isinstance(end, bool)
            if not plain or not least <= end <= most:
                raise refuse(
                    f"found {shown(end)}; allowed: {known[name].unit}, {least:g} to {most:g}",
                    "values" if self.values else "low",
                )


class Many(Closed):
    """Many parameters at once, each over its prior."""

    parameters: Annotated[
        Literal["all"] | tuple[str, ...],
        BeforeValidator(lambda v: v if v == "all" else tuple(v) if isinstance(v, list) else v),
    ] = Field(description="all, or a list of groups of parameters as `divert explain` names them.")

    @model_validator(mode="after")
    def _groups(self) -> Many:
        known = sorted({p.group for p in all_parameters().values()})
        for i, group in enumerate(() if self.parameters == "all" else self.parameters):
            if group not in known:
                raise refuse(
                    f"found {shown(group)}; allowed: {', '.join(known)}{nearest(group, known)}",
                    "parameters", i,
                )  # fmt: skip
        return self

    def factors(self) -> tuple[Factor, ...]:
        """Return one factor a parameter."""
        return tuple(
            Factor(key=SET + name, prior=True)
            for name, p in all_parameters().items()
            if self.parameters == "all" or p.group in self.parameters
        )


class Design(Closed):
    """How the points are laid."""

    kind: Annotated[Kind, word(*get_args(Kind))] = Field(
        default="grid",
        description="grid: every combination; list: rows; one_at_a_time: each level with all "
        "others at their middle; latin, sobol, morris: as in sensitivity analysis; calibrated, "
        "prior: draws of all parameters, combined with every combination of the factors.",
    )
    points: Annotated[int, *whole(1, MOST_POINTS)] | None = Field(
        default=None,
        description="Points of latin, draws of calibrated and prior; base of sobol (a power of 2), "
        "trajectories of morris.",
    )
    rows: Listed[Any] = Field(default=(), description="Points of a list, one value a factor each.")

    @model_validator(mode="after")
    def _fits(self) -> Design:
        counted = ("latin", "sobol", "morris", "calibrated", "prior")
        if (self.kind in counted) != (self.points is not None):
            verb = "without" if self.points is None else "with"
            raise refuse(
                f"found {self.kind} {verb} points; allowed: points with {', '.join(counted)}",
                "points",
            )
        if (self.kind == "list") != bool(self.rows):
            raise refuse("found rows and kind apart; allowed: rows with kind: list", "rows")
        if self.kind == "sobol" and self.points is not None and self.points & (self.points - 1):
            raise refuse(f"found {self.points}; allowed: a power of 2", "points")
        return self


class Sweep(Closed):
    """What is swept: a scenario, factors, a design, members, outputs."""

    name: Annotated[str, BeforeValidator(check_name)] = Field(description="Name of the folder.")
    title: Text = Field(default="", description="One line for headings.")
    description: Text = Field(default="", description="What the sweep asks.")
    scenario: Text = Field(default="historical", description="Scenario by path or shipped name.")
    set: dict[str, Any] = Field(
        default_factory=dict, description="Dotted keys of the scenario changed in every point."
    )
    factors: Listed[Factor | Many] = Field(default=(), description="What is varied.")
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
            names = getattr(self, key)
            for i, name in enumerate(names):
                if name not in allowed:
                    raise refuse(
                        f"found {shown(name)}; allowed: {', '.join(allowed)}"
                        f"{nearest(name, allowed)}",
                        key, i,
                    )  # fmt: skip
                if name in names[:i]:
                    raise refuse(f"found {name} twice; allowed: once", key, i)
        labels = [factor.label for factor in self.all_factors()]
        for i, label in enumerate(labels):
            if label in labels[:i]:
                raise refuse(f"found two factors named {shown(label)}; allowed: one", "factors")
        if not labels and self.design.kind not in ("calibrated", "prior"):
            raise refuse("found no factor; allowed: one or more", "factors")
        for i, row in enumerate(self.design.rows):
            if not isinstance(row, list | tuple) or len(row) != len(labels):
                raise refuse(
                    f"found {shown(row)}; allowed: a list of {len(labels)} values",
                    "design", "rows", i,
                )  # fmt: skip
        return self

    def all_factors(self) -> tuple[Factor, ...]:
        """Return the factors, groups of parameters written out."""
        out: list[Factor] = []
        for one in self.factors:
            out.extend(one.factors() if isinstance(one, Many) else (one,))
        return tuple(out)


def base_scenario(sweep: Sweep, changes: dict[str, Any] | None = None) -> Scenario:
    """Return the scenario of a sweep with its own keys set, and a point's `changes` on top."""
    keys = {
        "members": sweep.members, "seed": sweep.seed, **sweep.set, **(changes or {}),
    }  # fmt: skip
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in keys.items()}
    return load_scenario(sweep.scenario, texts)


def find_sweep(wanted: str) -> Path:
    """Return the file of a sweep given by path or shipped name; raises DivertError."""
    path = Path(wanted)
    if path.suffix in (".yaml", ".yml") or os.sep in wanted:
        if path.exists():
            return path
    elif (SWEEPS / f"{wanted}.yaml").exists():
        return SWEEPS / f"{wanted}.yaml"
    names = sorted(p.stem for p in SWEEPS.glob("*.yaml"))
    raise DivertError(
        f"found no sweep {shown(wanted)}; allowed: a path to a YAML file, or one of "
        f"{', '.join(names)}{nearest(path.stem, names)}"
    )


def load_sweep(wanted: str) -> Sweep:
    """Return the sweep of a file.

    Raises DivertError with one sentence that names file, line, column and key.
    """
    path = find_sweep(wanted)
    tree = read_yaml(read_text(path), file=str(path))
    if not isinstance(tree.values, dict):
        raise DivertError("found no keys; allowed: a sweep with keys", file=path)
    tree.values.setdefault("name", path.stem)
    tree.places.setdefault((), Place(str(path)))
    here = path.parent / str(tree.values.get("scenario", ""))
    if str(tree.values.get("scenario", "")).endswith((".yaml", ".yml")) and here.exists():
        tree.values["scenario"] = str(here)
    try:
        return Sweep.model_validate(tree.values)
    except ValidationError as error:
        raise sentence_of(error, tree, Sweep) from None
