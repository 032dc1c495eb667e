"""Sweeps: a scenario over many points, in blocks, stored so that anything may stop it.

The package itself can be called: `from sim import sweep` gives this module, whose name is that of
the function. `sweep(FILE, out="results", members=None, workers=None, model=SanctionsModel)` runs
what a sweep has not done yet, stores it and returns its runs as a frame, one row a run, with the
value of every factor: see `help(sweep.frame.sweep)`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Called(ModuleType):
    """A package that is a function, too."""

    def __call__(self, *words: Any, **options: Any) -> Any:
        """Run a sweep; see `sim.sweep.frame.sweep`."""
        from sim.sweep.frame import sweep

        return sweep(*words, **options)


sys.modules[__name__].__class__ = _Called
