"""The weave: library, files, the draft editor."""

from .weave_settings import WeaveSettings

CLASSES = (WeaveSettings,)
