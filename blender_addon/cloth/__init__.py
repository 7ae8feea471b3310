"""The cloth: its size and pins, and the object it is built as."""

from . import build
from .cloth_settings import ClothSettings, PinSettings

CLASSES = (PinSettings, ClothSettings, *build.CLASSES)
