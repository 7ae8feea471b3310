"""Exporting USD for render pipelines."""

from .export_settings import ExportSettings

CLASSES = (ExportSettings,)
