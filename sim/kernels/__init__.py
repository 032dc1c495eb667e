"""Pure functions of arrays, one process a file."""
