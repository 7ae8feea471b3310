"""The simulated cloth in the viewport, from its USD cache."""

CLASSES = ()
