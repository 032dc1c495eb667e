"""Trade diversion under sanctions: an agent-based simulation of China, Russia and the DPRK.

In Python: `from sim import load, run, compare, sweep` (`sim/TUTORIALS.md`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.python import compare, load, run
    from sim.sweep.frame import sweep

__version__ = "0.1.0"

__all__ = ["compare", "load", "run", "sweep"]


def __getattr__(name: str) -> Any:
    """Return what Python users import; it is loaded when first asked for, as `--help` has no use.

    `sim.sweep` is a package that can be called (`sim/sweep/__init__.py`).
    """
    from importlib import import_module

    if name == "sweep":
        return import_module("sim.sweep")
    if name in __all__:
        return getattr(import_module("sim.python"), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
