"""Earning the bands: what was observed, the fit to it, months held out, what the data moved."""
