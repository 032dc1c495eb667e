"""Trade diversion under sanctions: an agent-based simulation of China, Russia and the DPRK."""

__version__ = "0.1.0"
