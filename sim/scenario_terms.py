"""The terms a scenario file is written in: closed mappings, months, dates, shares, paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sim.axes import months
from sim.errors import nearest
from sim.meant import meant_date, meant_month, meant_number

Array = NDArray[np.float64]
T = TypeVar("T")

FIRST_MONTH, LAST_MONTH = "2014-01", "2025-12"
"""Months that a scenario can run: data begin and end there."""

ANY = 1e9
"""Largest size of a number without bounds of its own."""


def refuse(message: str, *at: str | int) -> PydanticCustomError:
    """Return the error that says `message` about the key `at`, below the mapping at hand."""
    return PydanticCustomError("divert", "{message}", {"message": message, "at": at})


def shown(value: object) -> str:
    """Return a value as an error sentence quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = value if isinstance(value, str) else str(value)
    text = text if len(text) <= 40 else text[:37] + "..."
    return repr(text) if isinstance(value, str) else text


class Closed(BaseModel):
    """A mapping with a closed set of keys and frozen values; nothing is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the keys as a file writes them."""
        return tuple(f.alias or name for name, f in cls.model_fields.items())

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, cls):
            return data
        known = cls.keys()
        allowed = ", ".join(known)
        if not isinstance(data, dict):
            raise refuse(f"found {shown(data)}; allowed: a mapping with the keys {allowed}")
        for key in data:
            if key not in known:
                close = _nested(key, known) or cls.meant_by(key)
                raise refuse(f"found an unknown key; allowed: {allowed}{close}", key)
        return data

    @classmethod
    def meant_by(cls, key: str) -> str:
        """Return ` (did you mean 'x'?)` for a key that is none of these, or an empty string."""
        return nearest(key, cls.keys())


def _nested(key: Any, known: Sequence[str]) -> str:
    """Return how a dotted key of the command line is written in a file, or an empty string."""
    first, dot, rest = str(key).partition(".")
    if not (dot and first in known):
        return ""
    return f" (in a file `{first}:`, and below it, indented, `{rest}:`)"


def _month(value: Any) -> Any:
    parts = value.split("-") if isinstance(value, str) else []
    digits = [len(p) for p in parts] == [4, 2] and all(p.isascii() and p.isdigit() for p in parts)
    if digits and 1 <= int(parts[1]) <= 12 and FIRST_MONTH <= value <= LAST_MONTH:
        return value
    raise refuse(
        f"found {shown(value)}; allowed: a month YYYY-MM from {FIRST_MONTH} to {LAST_MONTH}"
        f"{meant_month(value, FIRST_MONTH, LAST_MONTH)}"
    )


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise refuse(f"found {shown(value)}; allowed: a date YYYY-MM-DD{meant_date(value)}")


def _number(low: float, high: float, what: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and low <= value <= high:
            return float(value)
        meant = meant_number(value, low, high)
        raise refuse(f"found {shown(value)}; allowed: {what} from {low:g} to {high:g}{meant}")

    return check


def number(low: float, high: float, what: str = "a number") -> Any:
    """Return the marks of a field that holds a number from `low` to `high`."""
    return BeforeValidator(_number(low, high, what)), Field(ge=low, le=high)


def _whole(low: int, high: int, what: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise refuse(f"found {shown(value)}; allowed: {what} from {low} to {high}")

    return check


def whole(low: int, high: int, what: str = "a whole number") -> Any:
    """Return the marks of a field that holds a whole number from `low` to `high`."""
    return BeforeValidator(_whole(low, high, what)), Field(ge=low, le=high)


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    raise refuse(f"found {shown(value)}; allowed: true or false")


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    raise refuse(f"found {shown(value)}; allowed: text (in quotes where it looks like a number)")


def _word(*allowed: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if isinstance(value, str) and value in allowed:
            return value
        close = nearest(value, allowed) if isinstance(value, str) else ""
        raise refuse(f"found {shown(value)}; allowed: {', '.join(allowed)}{close}")

    return check


def word(*allowed: str) -> Any:
    """Return the mark of a field that holds one of the `allowed` words."""
    return BeforeValidator(_word(*allowed))


def words_once(*allowed: str, least: int = 0) -> Any:
    """Return the mark of a field that lists some of the `allowed` words, each once."""

    def check(value: Any) -> Any:
        if not isinstance(value, list | tuple) or len(value) < least:
            raise refuse(f"found {shown(value)}; allowed: a list of {', '.join(allowed)}")
        for i, name in enumerate(value):
            if name not in allowed:
                close = nearest(name, allowed) if isinstance(name, str) else ""
                raise refuse(f"found {shown(name)}; allowed: {', '.join(allowed)}{close}", i)
            if name in value[:i]:
                raise refuse(f"found {shown(name)} twice; allowed: once", i)
        return tuple(value)

    return BeforeValidator(check)


def _list(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(value)
    raise refuse(f"found {shown(value)}; allowed: a list")


Month = Annotated[
    str,
    BeforeValidator(_month),
    Field(pattern=r"^20(1[4-9]|2[0-5])-(0[1-9]|1[0-2])$", examples=["2017-01"]),
]
Date = Annotated[date, BeforeValidator(_date), PlainSerializer(date.isoformat, return_type=str)]
Share = Annotated[float, *number(0.0, 1.0, "a share")]
Flag = Annotated[bool, BeforeValidator(_flag)]
Text = Annotated[str, BeforeValidator(_text)]
Listed = Annotated[tuple[T, ...], BeforeValidator(_list)]


class Span(Closed):
    """Months from the first to the last, both included."""

    first: Month = Field(alias="from", description="First month, YYYY-MM.")
    last: Month = Field(alias="to", description="Last month, YYYY-MM, included.")

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.first > self.last:
            raise refuse(
                f"found {self.first} to {self.last}; allowed: a first month before the last", "from"
            )
        return self

    @property
    def months(self) -> tuple[str, ...]:
        """Return every month of the span, YYYY-MM."""
        return months(self.first, self.last)


class Step(Closed):
    """A level over some months; without `from` or `to` it is open on that side."""

    first: Month = Field(default=FIRST_MONTH, alias="from", description="First month, YYYY-MM.")
    last: Month = Field(
        default=LAST_MONTH, alias="to", description="Last month, YYYY-MM, included."
    )
    level: Share = Field(description="Level in these months, a share from 0 to 1.")

    @model_validator(mode="after")
    def _in_order(self) -> Step:
        if self.first > self.last:
            raise refuse(
                f"found {self.first} to {self.last}; allowed: a first month before the last", "from"
            )
        return self


def levels_by_month(
    spans: Iterable[tuple[str, str, float]], period: Sequence[str], outside: float
) -> Array:
    """Return the level in the months of `period`, (month,), of (first, last, level) spans.

    Of spans that overlap the later one holds; `outside` all of them the level is that.
    """
    out = np.full(len(period), outside)
    for first, last, level in spans:
        inside = [first <= month <= last for month in period]
        out[np.array(inside, dtype=bool)] = level
    return out


def step_levels(
    steps: Sequence[Any], period: Sequence[str], outside: float, edge: str = "level"
) -> Array:
    """Return the level of a path of steps, or the `edge` of its range, (month,)."""
    spans = ((step.first, step.last, getattr(step, edge)) for step in steps)
    return levels_by_month(spans, period, outside)


class Path(RootModel[Listed[Step]]):
    """A path of shares as a list of steps; NaN in months that no step covers."""

    model_config = ConfigDict(frozen=True, strict=True)
    outside: ClassVar[float] = float("nan")

    @model_validator(mode="after")
    def _each_holds(self) -> Path:
        for n, step in enumerate(self.root):
            if any(s.first <= step.first and step.last <= s.last for s in self.root[n + 1 :]):
                raise refuse(
                    "found a step that a later one covers whole; allowed: steps in order of time",
                    n,
                )
        return self

    def by_month(self, period: Sequence[str]) -> Array:
        """Return the level in the months of `period`, (month,)."""
        return step_levels(self.root, period, self.outside)

    def uncovered(self, period: Sequence[str]) -> str | None:
        """Return the first month of `period` without a level, None where there is none."""
        gaps = np.isnan(step_levels(self.root, period, float("nan")))
        return next((m for m, gap in zip(period, gaps, strict=True) if gap), None)


class Openness(Path):
    """A path of openness; 1 in months that no step covers."""

    outside: ClassVar[float] = 1.0


class _Ends(Closed):
    """A range of a parameter; a number stands for both ends."""

    low: Annotated[float, *number(-ANY, ANY)] = Field(description="Low end.")
    high: Annotated[float, *number(-ANY, ANY)] = Field(description="High end.")

    @model_validator(mode="after")
    def _in_order(self) -> _Ends:
        if self.low > self.high:
            raise refuse(f"found {self.low:g} to {self.high:g}; allowed: low before high", "low")
        return self


def _ends(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"low": value, "high": value}
    if isinstance(value, dict | _Ends):
        return value
    raise refuse(f"found {shown(value)}; allowed: a number, or low and high")


Range = Annotated[_Ends, BeforeValidator(_ends, json_schema_input_type=float | _Ends)]
