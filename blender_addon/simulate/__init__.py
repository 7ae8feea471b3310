"""Simulating a fabric, its frames in the viewport as they are done."""

from . import simulate_fabric, simulate_panel

CLASSES = (*simulate_fabric.CLASSES, *simulate_panel.CLASSES)
