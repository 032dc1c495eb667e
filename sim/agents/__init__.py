"""Mesa agents, thin: each applies the kernels of its subject to its part of the state."""

from sim.agents.actor import Actor, Country
from sim.agents.council import SecurityCouncil
from sim.agents.dprk import Dprk
from sim.agents.firms import FirmPopulation, Margins, set_margins
from sim.agents.partner import Partner, set_policies

__all__ = [
    "Actor",
    "Country",
    "Dprk",
    "FirmPopulation",
    "Margins",
    "Partner",
    "SecurityCouncil",
    "set_margins",
    "set_policies",
]
