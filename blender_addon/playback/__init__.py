"""The simulated cloth in the viewport, from its USD cache."""

from . import follower, paths, playback_operators, playback_panel

CLASSES = (*playback_operators.CLASSES, *playback_panel.CLASSES)


def attach() -> None:
    paths.attach()
    follower.attach()


def detach() -> None:
    follower.detach()
    paths.detach()
