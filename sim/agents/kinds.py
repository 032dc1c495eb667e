"""The classes that a subclass of the model names, and agents that come out of them whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.actor import Actor
from sim.agents.council import SecurityCouncil
from sim.agents.dprk import Dprk
from sim.agents.firms import FirmPopulation
from sim.agents.partner import Partner
from sim.axes import N_PARTNERS, PARTNERS
from sim.errors import DivertError, nearest
from sim.scenario_terms import shown

if TYPE_CHECKING:
    from sim.model import SanctionsModel

SINGLE: dict[str, type] = {
    "council_kind": SecurityCouncil,
    "firms_kind": FirmPopulation,
    "dprk_kind": Dprk,
}
SEVERAL: dict[str, type] = {"partner_kinds": Partner, "actor_kinds": Actor}
RULES = ("wish_to_", "after_")
"""How the names of rules begin; misspelt, they would never be called."""


def check_kinds(model: type[SanctionsModel]) -> None:
    """Raise DivertError for a class of agents that is none, or under a name that nobody reads."""
    known = (*SINGLE, *SEVERAL)
    for name in dir(model):
        if name.endswith(("_kind", "_kinds")) and name not in known:
            raise DivertError(
                f"found {name} in {model.__name__}; allowed: {', '.join(known)}"
                f"{nearest(name, known)}"
            )
    for name, base in SINGLE.items():
        _check(getattr(model, name), base, f"{model.__name__}.{name}")
    for name, base in SEVERAL.items():
        kinds, where = getattr(model, name), f"{model.__name__}.{name}"
        if not isinstance(kinds, tuple | list):
            raise DivertError(f"found {shown_kind(kinds)} as {where}; allowed: a tuple of classes")
        for kind in kinds:
            _check(kind, base, where)
    if len(model.partner_kinds) != N_PARTNERS:
        raise DivertError(
            f"found {len(model.partner_kinds)} classes in {model.__name__}.partner_kinds; allowed: "
            f"one each for {', '.join(PARTNERS)} (a further country goes into actor_kinds)"
        )


def _check(kind: Any, base: type, where: str) -> None:
    if not (isinstance(kind, type) and issubclass(kind, base)):
        raise DivertError(
            f"found {shown_kind(kind)} in {where}; allowed: {base.__name__} or a subclass of it"
        )
    known = sorted(name for name in dir(base) if name.startswith(RULES))
    for name in dir(kind):
        if name.startswith(RULES) and name not in known and (meant := nearest(name, known)):
            raise DivertError(
                f"found {name} in {kind.__name__}; allowed: {', '.join(known)}{meant}"
            )


def shown_kind(kind: Any) -> str:
    """Return a class, or what stands in its place, as an error sentence names it."""
    if isinstance(kind, type):
        return f"the class {kind.__name__}"
    return shown(kind) if isinstance(kind, str | int | float | None) else f"a {type(kind).__name__}"


@contextmanager
def said_of(model: SanctionsModel, own: bool) -> Iterator[None]:
    """Turn what goes wrong in a month under rules of one's `own` into a sentence.

    What caused it stays with the error (`__cause__`).
    """
    if not own:
        yield
        return
    month = model.month
    try:
        yield
    except (DivertError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise DivertError(
            f"{type(model).__name__} failed in month {model.inputs.months[month]}: "
            f"{type(error).__name__}: {reason}; the traceback above shows the rule"
        ) from error
    must_be_sound(model, month)


def must_be_sound(model: SanctionsModel, month: int) -> None:
    """Raise DivertError where a rule of one's own has left NaN or infinity in the month's state."""
    for name, values in vars(model.state).items():
        bad = np.isnan(values) if name == "monitors_gone" else ~np.isfinite(values)
        if bad.any():
            raise DivertError(
                f"{type(model).__name__} left a value that is not finite in state.{name} in month "
                f"{model.inputs.months[month]}; allowed: rules that leave finite numbers"
            )


def must_be_set_up(made: Any, sign: str) -> None:
    """Raise DivertError for an object whose __init__ left out that of its base, which sets `sign`.

    Mesa's own attributes are no sign: without them an object cannot even be shown.
    """
    if sign not in vars(made):
        name = type(made).__name__
        raise DivertError(
            f"found {name} without what its base sets up; allowed: an __init__ that takes "
            "(self, *args, **options) and begins with super().__init__(*args, **options)"
        )


def made(kind: type[SanctionsModel], *words: Any) -> SanctionsModel:
    """Return a model of a class with what SanctionsModel takes.

    Raises DivertError for a class whose __init__ takes other words or leaves that of its base out,
    and for a rule of one's own that fails in the first look at the world.
    """
    try:
        model = kind(*words)
    except (DivertError, MemoryError):
        raise
    except Exception as error:
        if kind.__module__ == "sim.model":
            raise
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        if f"{kind.__name__}.__init__" in reason:
            raise DivertError(
                f"{kind.__name__} cannot be made with what SanctionsModel takes ({reason}); "
                "allowed: an __init__ that takes (self, *args, **options) and begins with "
                "super().__init__(*args, **options)"
            ) from error
        raise DivertError(
            f"{kind.__name__} failed before its first month: {reason}; the traceback above shows "
            "the rule"
        ) from error
    must_be_set_up(model, "record")
    return model


def classes_of(model: type[SanctionsModel]) -> tuple[type, ...]:
    """Return a model's class and the classes of all agents it names."""
    single = [getattr(model, name) for name in SINGLE]
    several = [kind for name in SEVERAL for kind in getattr(model, name)]
    return (model, *single, *several)
