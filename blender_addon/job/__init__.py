"""Simulating in a process of its own, which never blocks Blender."""

from .job_settings import SimulationSettings

CLASSES = (SimulationSettings,)
