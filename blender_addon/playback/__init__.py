"""The simulated cloth in the viewport, from its USD cache."""

from . import follower, paths

CLASSES = ()


def attach() -> None:
    paths.attach()
    follower.attach()


def detach() -> None:
    follower.detach()
    paths.detach()
