"""Yarns: a list in textile units, the library, presets."""

from . import yarn_operators, yarn_panel, yarn_presets

CLASSES = (*yarn_operators.CLASSES, *yarn_presets.CLASSES, *yarn_panel.CLASSES)
attach, detach = yarn_presets.attach, yarn_presets.detach
