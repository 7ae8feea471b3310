"""The weave: library, files, the draft editor."""

from .settings import WeaveSettings

CLASSES = (WeaveSettings,)
