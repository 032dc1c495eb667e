"""Trade diversion under sanctions: an agent-based simulation of China, Russia and the DPRK.

    from sim import compare, load, run, sweep

`load` makes a scenario, `run` its result, `compare` sets runs side by side, `sweep` runs many. For
a simulation of one's own: `Model` (a `mesa.Model` of a scenario), `SanctionsModel` (its base),
the agents `SecurityCouncil`, `Partner`, `FirmPopulation`, `Dprk` whose rules a subclass may change,
`Actor` and `Country` for actors to be added, `MeasureKind`, `Seen` and `add_measure_kind` for kinds
of measures. Mistakes are `DivertError`, one sentence. Tutorials: `sim/TUTORIALS.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.agents import Actor, Country, Dprk, FirmPopulation, Partner, SecurityCouncil
    from sim.errors import DivertError
    from sim.measure_kinds import MeasureKind, Seen, add_measure_kind
    from sim.mesa_model import Model
    from sim.model import SanctionsModel
    from sim.python import Comparison, Result, compare, load, run
    from sim.sweep.frame import sweep

__version__ = "0.1.0"

__all__ = [
    "Actor", "Comparison", "Country", "DivertError", "Dprk", "FirmPopulation", "MeasureKind",
    "Model", "Partner", "Result", "SanctionsModel", "SecurityCouncil", "Seen", "add_measure_kind",
    "compare", "load", "run", "sweep",
]  # fmt: skip

HOMES = {
    "sim.agents": (
        "Actor", "Country", "Dprk", "FirmPopulation", "Partner", "SecurityCouncil",
    ),
    "sim.errors": ("DivertError",),
    "sim.measure_kinds": ("MeasureKind", "Seen", "add_measure_kind"),
    "sim.mesa_model": ("Model",),
    "sim.model": ("SanctionsModel",),
    "sim.python": ("Comparison", "Result", "compare", "load", "run"),
}  # fmt: skip
"""Where public names live."""


def __getattr__(name: str) -> Any:
    """Return what Python users import; it is loaded when first asked for, as `--help` has no use.

    `sim.sweep` is a package that can be called (`sim/sweep/__init__.py`).
    """
    from importlib import import_module

    if name == "sweep":
        return import_module("sim.sweep")
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
