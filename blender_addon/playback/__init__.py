"""The simulated cloth in the viewport: which frames there are, and what can be made of them."""

from . import playback_operators, playback_panel

CLASSES = (*playback_operators.CLASSES, *playback_panel.CLASSES)
