"""Sourced facts, each row with unit, source and mark; `load` reads a table."""

from sim.data.loader import load, load_file
from sim.data.tables import TABLES
from sim.data.terms import MARKS

__all__ = ["MARKS", "TABLES", "load", "load_file"]
