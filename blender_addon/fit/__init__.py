"""Fitting yarns to what was observed."""

from .fit_settings import FitSettings

CLASSES = (FitSettings,)
