"""Fitting yarns to what was observed."""

from . import fit_fabric, fit_panel
from .loss_picture import attach, detach

CLASSES = (*fit_fabric.CLASSES, *fit_panel.CLASSES)
__all__ = ("CLASSES", "attach", "detach")
