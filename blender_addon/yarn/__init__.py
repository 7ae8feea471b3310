"""Yarns: a list in textile units, the library, presets."""

from . import yarn_operators, yarn_panel, yarn_presets
from .yarn_settings import YarnSettings

CLASSES = (YarnSettings, *yarn_operators.CLASSES, *yarn_presets.CLASSES, *yarn_panel.CLASSES)
attach, detach = yarn_presets.attach, yarn_presets.detach
