"""Simulating a fabric, its frames in the viewport as they are done."""

from . import simulate_fabric, simulate_panel
from .simulation_settings import SimulationSettings

CLASSES = (SimulationSettings, *simulate_fabric.CLASSES, *simulate_panel.CLASSES)
