"""Fitting yarns to what was observed."""

from .settings import FitSettings

CLASSES = (FitSettings,)
