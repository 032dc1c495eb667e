"""The terms of a sweep file: what is varied, and how the points are laid."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from sim.errors import nearest
from sim.parameters import all_parameters, hard_limits, nearest_parameter
from sim.scenario_file import unknown_key
from sim.scenario_terms import ANY, Closed, Flag, Listed, Text, number, refuse, shown, whole, word

MOST_POINTS = 1_000_000
"""Points of a sweep; a design with more is refused before any is laid."""

SET = "parameters.set."
"""What the key of a factor that is a parameter begins with."""

Kind = Literal[
    "grid", "list", "one_at_a_time", "latin", "sobol", "morris", "calibrated", "prior"
]  # fmt: skip
COUNTED = ("latin", "sobol", "morris", "calibrated", "prior")
"""Designs that say how many points, draws or trajectories they take."""

OWN = ("name", "members", "seed", "arms", "answer")
"""Keys of a scenario that a sweep decides by keys of its own."""


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

    @property
    def varies(self) -> bool:
        """Return whether it has values, a range or a prior of its own; rows of a list need none."""
        return self.values is not None or self.low is not None or self.prior

    @model_validator(mode="after")
    def _one_way(self) -> Factor:
        ranged = self.low is not None or self.high is not None
        ways = [self.values is not None, ranged, self.prior]
        if sum(ways) > 1:
            raise refuse(
                f"found {sum(ways)} ways to vary {self.key}; allowed: one of values, low and high, "
                "prior: true",
                "key",
            )
        if ranged and (self.low is None or self.high is None):
            only = "high" if self.low is None else "low"
            raise refuse(f"found {only} alone; allowed: low and high", only)
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise refuse(f"found {self.low:g} to {self.high:g}; allowed: low below high", "low")
        if self.log and (self.low is None or self.low <= 0.0):
            found = "no range" if self.low is None else f"a range from {self.low:g}"
            raise refuse(f"found log with {found}; allowed: with low above 0", "log")
        name = self.parameter
        if self.prior and name is None:
            raise refuse("found prior of a key; allowed: for parameters.set.NAME", "prior")
        if name is not None:
            self._check_parameter(name)
        elif self.key in OWN:
            raise refuse(
                f"found {self.key}, which the sweep itself decides; allowed: others", "key"
            )
        elif (sentence := unknown_key(self.key)) is not None:
            raise refuse(sentence, "key")
        return self

    def _check_parameter(self, name: str) -> None:
        known = all_parameters()
        if name not in known:
            raise refuse(
                f"found an unknown parameter {shown(name)}; allowed: the names that `divert "
                f"explain` lists{nearest_parameter(name)}",
                "key",
            )
        for key, end in (("low", self.low), ("high", self.high)):
            if end is not None and (sentence := self.outside(end)):
                raise refuse(sentence, key)
        for i, value in enumerate(self.values or ()):
            if sentence := self.outside(value):
                raise refuse(sentence, "values", i)

    def outside(self, value: Any) -> str:
        """Return what is wrong with a value of a parameter, empty where it has a meaning."""
        if self.parameter is None:
            return ""
        parameter = all_parameters()[self.parameter]
        least, most = hard_limits(parameter)
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and least <= value <= most:
            return ""
        found = f"{value:g}" if isinstance(value, float) else shown(value)
        return f"found {found}; allowed: {parameter.unit}, {least:g} to {most:g}"


def _groups(value: Any) -> Any:
    known = sorted({p.group for p in all_parameters().values()})
    if value == "all":
        return value
    if not isinstance(value, list | tuple) or not value:
        raise refuse(f"found {shown(value)}; allowed: all, or a list of {', '.join(known)}")
    for i, group in enumerate(value):
        if group not in known:
            close = nearest(group, known) if isinstance(group, str) else ""
            raise refuse(f"found {shown(group)}; allowed: {', '.join(known)}{close}", i)
        if group in value[:i]:
            raise refuse(f"found {group} twice; allowed: once", i)
    return tuple(value)


class Many(Closed):
    """Many parameters at once, each over its prior."""

    parameters: Annotated[Literal["all"] | tuple[str, ...], BeforeValidator(_groups)] = Field(
        description="all, or a list of groups of parameters as `divert explain` names them."
    )

    def factors(self) -> tuple[Factor, ...]:
        """Return one factor a parameter."""
        return tuple(
            Factor(key=SET + name, prior=True)
            for name, p in all_parameters().items()
            if self.parameters == "all" or p.group in self.parameters
        )


ONE, MANY = "one factor", "many parameters"
"""Names of the two kinds of factor; they stand in the path of a mistake and are no keys."""


def _kind_of(value: Any) -> str:
    """Return which of the two mappings a factor is, told by its keys."""
    many = isinstance(value, Many) or (isinstance(value, dict) and "parameters" in value)
    return MANY if many else ONE


OneOrMany = Annotated[
    Annotated[Factor, Tag(ONE)] | Annotated[Many, Tag(MANY)], Discriminator(_kind_of)
]


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
        if (self.kind in COUNTED) != (self.points is not None):
            verb = "without" if self.points is None else "with"
            raise refuse(
                f"found {self.kind} {verb} points; allowed: points with {', '.join(COUNTED)}",
                "points",
            )
        if (self.kind == "list") != bool(self.rows):
            verb = "with" if self.rows else "without"
            raise refuse(f"found {self.kind} {verb} rows; allowed: rows with kind: list", "rows")
        if self.kind == "sobol" and self.points is not None and self.points & (self.points - 1):
            raise refuse(f"found {self.points}; allowed: a power of 2", "points")
        return self
