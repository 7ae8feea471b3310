"""What a fabric is, below all panels: its settings, design, objects, files, and the scene that simulates it.

In this order, each folder knows those before it: `objects` (surface, yarns, materials, vertex groups), `settings` (what
Blender keeps), `design` (weave and yarns, and the cloth they make at rest), `files` (where they lie, whose they are,
and how they are played), `scene` (what is simulated). On all of them stand the files beside this one.
"""

from __future__ import annotations

from . import settings
from .files import handlers
from .objects import tubes, vertex_groups
from .settings import fabric_settings

CLASSES = settings.CLASSES
_FOLLOWERS = (fabric_settings, tubes, vertex_groups, handlers)
"""What follows Blender's own changes."""


def attach() -> None:
    for each in _FOLLOWERS:
        each.attach()


def detach() -> None:
    for each in reversed(_FOLLOWERS):
        each.detach()
