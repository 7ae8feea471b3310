"""The simulated cloth in the viewport, from its USD cache."""

from . import follower

CLASSES = ()


def attach() -> None:
    follower.attach()


def detach() -> None:
    follower.detach()
