"""Exporting USD for render pipelines."""

import bpy

from . import export_operators, export_panel
from .export_settings import ExportSettings

CLASSES = (ExportSettings, *export_operators.CLASSES, *export_panel.CLASSES)


def attach() -> None:
    bpy.types.TOPBAR_MT_file_export.append(export_panel.draw_menu)


def detach() -> None:
    bpy.types.TOPBAR_MT_file_export.remove(export_panel.draw_menu)
