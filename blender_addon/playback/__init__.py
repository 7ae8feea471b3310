"""The simulated cloth in the viewport, from its USD cache."""

from . import playback_operators, playback_panel
from .handlers import attach, detach

CLASSES = (*playback_operators.CLASSES, *playback_panel.CLASSES)
__all__ = ("CLASSES", "attach", "detach")
