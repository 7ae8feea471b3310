"""Exporting USD for render pipelines."""

from .settings import ExportSettings

CLASSES = (ExportSettings,)
