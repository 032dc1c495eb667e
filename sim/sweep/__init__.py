"""Sweeps: a scenario over many points, in blocks, stored so that anything may stop it."""
