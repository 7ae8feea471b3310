"""Whose an identity is, the name of a fabric's files: at each moment one fabric's alone.

A fabric is given an identity when it is built, and copies carry it along. So who owns it is remembered beside Blender's
data, where neither copying nor undoing reaches: by Blender's number of the object (`session_uid`), which renaming and
undoing keep. Whoever bears an identity without owning it is a copy, plays its original's files, and is given an
identity of its own before it writes any. An owner never loses its identity, whatever runs.

- Shift-D, Alt-D, pasting, appending, making a linked fabric local: the new object is a copy.
- Linked: its owner is in the other file; here nothing is written for it.
- Undo, redo: the table stays. Where it is undone that a copy was given an identity, it is a copy again.
- Deleted: nobody inherits the identity, as undoing brings the owner back.
- Saving: copies are given identities of their own first, so that in a saved file each is one fabric's.
- Opening, reloading: each fabric owns what it bears. In a file that Blender saved on its own, such as one that is
  recovered after a crash, two may share one: it is owned by the one that is called as it says, or else the first by
  name, and the others are copies.
"""

from __future__ import annotations

import re
import uuid

import bpy

_owners: dict[str, int] = {}
"""Number of the object that owns each identity."""


def owns_files(obj: bpy.types.Object) -> bool:
    """Whether a fabric's identity is its own. Cheap, for use while drawing."""
    return _owners.get(obj.fabric.identity) == obj.session_uid


def claim_identity(obj: bpy.types.Object) -> None:
    """Give a fabric an identity of its own, if it has none yet."""
    if not owns_files(obj):
        obj.fabric.identity = f"{_stem(obj)}-{uuid.uuid4().hex[:8]}"
        _owners[obj.fabric.identity] = obj.session_uid


def claim_all() -> None:
    """Give all copies identities of their own."""
    for each in _fabrics():
        claim_identity(each)


def find_owners() -> None:
    """Find out whose the identities are, in a file that has just been opened; those that are known stay."""
    here = _fabrics()
    known = {each.fabric.identity for each in here if owns_files(each)}
    for each in sorted(here, key=lambda each: (not _is_called_so(each), each.name)):
        identity = each.fabric.identity
        if identity and identity not in known:
            known.add(identity)
            _owners[identity] = each.session_uid


def forget_owners() -> None:
    """Another file is open: Blender's numbers are others now."""
    _owners.clear()


def _fabrics() -> list[bpy.types.Object]:
    """The fabrics that are this file's own."""
    return [each for each in bpy.data.objects if each.fabric.built and not (each.library or each.override_library)]


def _stem(obj: bpy.types.Object) -> str:
    return re.sub(r"[^\w-]+", "_", obj.name)[:40] or "fabric"


def _is_called_so(obj: bpy.types.Object) -> bool:
    return obj.fabric.identity.rpartition("-")[0] == _stem(obj)
