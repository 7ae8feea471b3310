"""Simulating a fabric, what it collides with, and its frames in the viewport as they are done."""

from . import (
    collisions_panel,
    obstacle_operators,
    simulate_fabric,
    simulate_panel,
    start_marks,
    together_operators,
)

CLASSES = (
    *simulate_fabric.CLASSES,
    *together_operators.CLASSES,
    *obstacle_operators.CLASSES,
    *simulate_panel.CLASSES,
    *collisions_panel.CLASSES,
)
attach, detach = start_marks.attach, start_marks.detach
