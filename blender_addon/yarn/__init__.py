"""Yarns: a list in textile units, the library, presets."""

from .yarn_settings import YarnSettings

CLASSES = (YarnSettings,)
