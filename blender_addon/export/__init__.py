"""Exporting USD for render pipelines."""

from . import export_operators, export_panel
from .export_panel import attach, detach
from .export_settings import ExportSettings

CLASSES = (ExportSettings, *export_operators.CLASSES, *export_panel.CLASSES)
__all__ = ("CLASSES", "attach", "detach")
