"""Exporting USD for render pipelines."""

from . import export_operators, export_panel
from .export_panel import attach, detach

CLASSES = (*export_operators.CLASSES, *export_panel.CLASSES)
__all__ = ("CLASSES", "attach", "detach")
