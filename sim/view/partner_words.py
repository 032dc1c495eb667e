"""Partners of the DPRK as sentences and labels name them."""

from __future__ import annotations

from sim.axes import PARTNERS
from sim.experiment.decision_words import ACTOR_WORDS

PARTNER_WORDS = {name: ACTOR_WORDS[name] for name in PARTNERS}
"""In a sentence."""

PARTNER_LABELS = {**PARTNER_WORDS, "RestOfWorld": "rest of world"}
"""Beside a line."""
