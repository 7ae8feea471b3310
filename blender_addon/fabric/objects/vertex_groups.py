"""Vertex groups of a fabric's surface, which its pins know by name: they follow when a group is called otherwise."""

from __future__ import annotations

import json

import bpy
import numpy as np

from ...handler_lists import add_handler, remove_handler

KNOWN = "fabric_groups"
"""Custom property of a fabric: the names of its vertex groups when it was last looked at, as JSON."""

_owner = object()
"""Of the subscription to names' changes."""


def follow_names(obj: bpy.types.Object) -> None:
    """Have a fabric's pins hold by the groups that they did, where just one of these has another name now."""
    before, now = json.loads(obj.get(KNOWN, "[]")), [each.name for each in obj.vertex_groups]
    changed = [(old, new) for old, new in zip(before, now) if old != new]
    if len(now) >= len(before) and len(changed) == 1 and changed[0][0] not in now:
        for pin in obj.fabric.cloth.pins:
            if pin.group == changed[0][0]:
                pin.group = changed[0][1]
    if before != now:
        obj[KNOWN] = json.dumps(now)


def group_members(obj: bpy.types.Object, group: bpy.types.VertexGroup) -> np.ndarray:
    """Indices of the vertices in a vertex group, in order; in edit mode as edited so far."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    return np.array(
        [
            vertex.index
            for vertex in obj.data.vertices
            if any(each.group == group.index and each.weight > 0.0 for each in vertex.groups)
        ],
        dtype=int,
    )


def _renamed() -> None:
    for each in bpy.data.objects:
        if each.fabric.built and each.library is None and each.type == "MESH":
            follow_names(each)


@bpy.app.handlers.persistent
def _opened(*_) -> None:
    _subscribe()  # opening a file ends subscriptions


def _subscribe() -> None:
    bpy.msgbus.subscribe_rna(key=(bpy.types.VertexGroup, "name"), owner=_owner, args=(), notify=_renamed)


def attach() -> None:
    add_handler("load_post", _opened)
    _subscribe()


def detach() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    remove_handler("load_post", _opened)
