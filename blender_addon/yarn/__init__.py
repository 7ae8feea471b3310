"""Yarns: a list in textile units, the library, presets."""

from .settings import YarnSettings

CLASSES = (YarnSettings,)
