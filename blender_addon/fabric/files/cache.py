"""The simulated cloth in the scene: the cache file's points in place of those at rest, without changing the objects.

Blender reads USD by itself (a modifier on each object); where it was built without, `follower` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy

from warp_fabric import SceneError
from warp_fabric.fabric import Fabric

from ..design.fabric_description import rest_scene
from ..objects.yarn_objects import prim_paths, yarn_groups, yarn_objects
from . import follower
from .follower import PRIM, players
from .paths import absolute, cache_path, checkpoint_mark, stored

MODIFIER = "Fabric Cache"
Prims = dict[tuple[str, int], str]
"""Where a cache has a fabric's yarns, by direction and yarn."""


def prims_of(obj: bpy.types.Object, fabric: Fabric, panel: str = "", yarns: Sequence[str] | None = None) -> Prims:
    """Where the cache of a fabric's run has the yarns of an object.

    Args:
        obj: The object. fabric: What was simulated. panel: Which panel of the run that is; "" where it is alone.
        yarns: The names of the object's yarns in the run, in their order; None: they are the run's.

    Raises:
        SceneError: where the object has others.
    """
    groups = yarn_groups(fabric)
    number = {name: k for k, name in enumerate(yarns or [yarn.name for yarn in fabric.yarns])}
    keys = [(group.direction, number.get(group.yarn.name, -1)) for _, group, _ in groups]
    if {*yarn_objects(obj)} != {*keys}:
        fix = "press Rebuild in the Cloth panel, and simulate again"
        raise SceneError("the yarns are not those that the fabric was built with", where=obj.name, fix=fix)
    return dict(zip(keys, prim_paths([group for _, group, _ in groups], _root(panel))))


def attach_cache(
    obj: bpy.types.Object, path: Path, start_frame: int, frames: int, prims: Prims | None = None, panel: str = ""
) -> bool:
    """Play a fabric from a file, whose first frame shows at a frame of the scene; before and after it stands still.

    Copies that play an earlier file of that folder follow: its run is another one now.

    Args:
        obj: The fabric.
        path: An export of its run (.usdc), in metres, z up.
        start_frame: The scene's frame that shows the first.
        frames: How many there are.
        prims: Where the file has the yarns; None: as the fabric's settings are now.
        panel: Which of several fabrics that were simulated together it is there; "": the only one.

    Returns:
        Whether objects have other modifiers or cache files now, and not only other paths. Then an undo step must be
        taken: Blender crashes where something else is undone that knows nothing of them.

    Raises:
        SceneError: where the fabric is not what its settings say.
    """
    prims = prims_of(obj, rest_scene(obj.fabric).build(), panel) if prims is None else prims
    was, changed = obj.fabric.simulation.panel, False
    copies = [each for each in playing_from(path.parent) if each != obj and each.fabric.simulation.panel == was]
    for each in (obj, *copies):
        simulation = each.fabric.simulation
        simulation.cache, simulation.start, simulation.frames = stored(path), start_frame, frames
        if each == obj or panel != was:
            simulation.panel = panel
            _aim(each, prims, panel)
            changed = (not follower.needed() and _play(each, path, start_frame)) or changed
    reload_cache(obj)
    return changed


def _aim(obj: bpy.types.Object, prims: Prims, panel: str) -> None:
    """Note on a fabric's objects where the file has their points."""
    for key, child in yarn_objects(obj).items():
        if key in prims:
            child[PRIM] = prims[key]
    if len(obj.data.polygons):  # the file has no surface where there is a single pick or end
        obj[PRIM] = f"{_root(panel)}/Surface"


def _root(panel: str) -> str:
    return f"/Cloth/{panel}" if panel else "/Cloth"


def reload_cache(obj: bpy.types.Object) -> None:
    """Read a fabric's cache anew, as it may have changed, or been put back."""
    if follower.needed():
        follower.reload(obj)
        return
    for file in {each.cache_file for each in _modifiers(obj)}:
        with bpy.context.temp_override(edit_cachefile=file):
            bpy.ops.cachefile.reload()


def detach_cache(obj: bpy.types.Object) -> None:
    """Show the fabric at rest again. The files stay."""
    was_followed = follower.needed() and players(obj)
    stop(obj)
    if was_followed:
        fabric = rest_scene(obj.fabric).build()
        follower.put(obj, fabric.layout.packed(fabric.position))
        for key, _, shape in yarn_groups(fabric):
            if key in yarn_objects(obj):
                follower.put(yarn_objects(obj)[key], shape)


def stop(obj: bpy.types.Object) -> None:
    """Play a fabric no more; its objects are left with what they have without Blender's modifiers."""
    files = {each.cache_file for each in _modifiers(obj)}
    for each in players(obj):
        del each[PRIM]
        modifier = each.modifiers.get(MODIFIER)
        if modifier is not None:
            each.modifiers.remove(modifier)
    _remove_unused(files)
    follower.release(obj)
    simulation = obj.fabric.simulation
    simulation.given_up = checkpoint_mark(obj)
    simulation.cache, simulation.frames, simulation.panel = "", 0, ""


def cache_state(obj: bpy.types.Object) -> str:
    """ "none" where a fabric has no cache, "ok", or "missing" where its file is gone."""
    path = cache_path(obj)
    if path is None:
        return "none"
    return "ok" if path.is_file() else "missing"


def playing_from(folder: Path) -> list[bpy.types.Object]:
    """This file's fabrics that are played from a folder."""
    fabrics = (each for each in bpy.data.objects if each.fabric.built and each.library is None)
    return [each for each in fabrics if (path := cache_path(each)) and path.parent == folder]


def _modifiers(obj: bpy.types.Object) -> list[bpy.types.Modifier]:
    found = [each.modifiers.get(MODIFIER) for each in players(obj)]
    return [each for each in found if each is not None and each.cache_file is not None]


def _play(obj: bpy.types.Object, path: Path, start_frame: int) -> bool:
    """Put modifiers of one cache file first on all objects of a fabric; whether that changed them."""
    before, text = {each.cache_file for each in _modifiers(obj)}, stored(path)
    local = (each for each in bpy.data.cache_files if each.library is None)
    files = [each for each in local if absolute(each.filepath).parent == path.parent] or [_cache_file(text)]
    for file in files:
        file.filepath, file.frame_offset = text, start_frame
    changed = False
    for each in players(obj):
        modifier = each.modifiers.get(MODIFIER) or each.modifiers.new(MODIFIER, "MESH_SEQUENCE_CACHE")
        if modifier.cache_file == files[0] and modifier.object_path == each[PRIM]:
            continue  # Blender would find out anew what depends on what
        changed = True
        each.modifiers.move(each.modifiers.find(MODIFIER), 0)
        modifier.cache_file, modifier.object_path = files[0], each[PRIM]
        modifier.read_data = {"VERT"}  # what else there is does not change
    if changed:
        _remove_unused(before | {*files})
    return changed


def _cache_file(text: str) -> bpy.types.CacheFile:
    """A new cache file; Blender has no other way to make one than this operator."""
    before = {*bpy.data.cache_files}
    bpy.ops.cachefile.open(filepath=bpy.path.abspath(text))
    (file,) = {*bpy.data.cache_files} - before
    file.filepath, file.scale = text, 1.0
    return file


def _remove_unused(files: set[bpy.types.CacheFile]) -> None:
    """The operator that makes cache files counts one user that there is not: Blender would keep them forever."""
    played = {
        modifier.cache_file
        for each in bpy.data.objects
        for modifier in each.modifiers
        if modifier.type == "MESH_SEQUENCE_CACHE"
    }
    bpy.data.batch_remove([each for each in files if each not in played])
