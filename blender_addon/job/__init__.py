"""Commands in a process of their own, which never block Blender."""

from . import job_operator
from .tasks import attach, detach

CLASSES = job_operator.CLASSES
__all__ = ("CLASSES", "attach", "detach")
