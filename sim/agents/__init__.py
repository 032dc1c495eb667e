"""Mesa agents, thin: each applies the kernels of its subject to its part of the state."""

from sim.agents.council import SecurityCouncil
from sim.agents.dprk import Dprk
from sim.agents.firms import FirmPopulation
from sim.agents.partner import Partner

__all__ = ["Dprk", "FirmPopulation", "Partner", "SecurityCouncil"]
