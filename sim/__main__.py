"""`python -m sim` is the command `divert`."""

from sim.cli import main

main(prog_name="divert")
