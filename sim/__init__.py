"""Trade diversion under sanctions: an agent-based simulation of China, Russia and the DPRK."""
