"""The cloth: its size and pins, and the object it is built as."""

from . import building, cloth_panel, engine, pin_operators, wind_operator
from .cloth_settings import ClothSettings, PinSettings

CLASSES = (
    PinSettings,
    ClothSettings,
    *building.CLASSES,
    *pin_operators.CLASSES,
    *wind_operator.CLASSES,
    *cloth_panel.CLASSES,
)
attach, detach = engine.attach, engine.detach
