"""The cloth: its size and pins, and the object it is built as."""

from . import building, cloth_panel, engine, group_names, pin_operators, whole_fabric, wind_operator
from .cloth_settings import ClothSettings, PinSettings

CLASSES = (
    PinSettings,
    ClothSettings,
    *building.CLASSES,
    *pin_operators.CLASSES,
    *wind_operator.CLASSES,
    *whole_fabric.CLASSES,
    *cloth_panel.CLASSES,
)
_FOLLOWERS = (engine, group_names, whole_fabric)
"""What follows Blender's own changes, or is in its menus."""


def attach() -> None:
    for each in _FOLLOWERS:
        each.attach()


def detach() -> None:
    for each in reversed(_FOLLOWERS):
        each.detach()
