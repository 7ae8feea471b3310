"""Commands in a process of their own, which never block Blender."""

from .tasks import attach, detach

__all__ = ("attach", "detach")
