"""Simulating in a process of its own, which never blocks Blender."""

from .settings import SimulationSettings

CLASSES = (SimulationSettings,)
