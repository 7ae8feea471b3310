"""What objects are at frames of the scene, whether or not the viewport shows them; the user's frame and view stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import bpy
import numpy as np

from warp_fabric import SceneError

Seen = TypeVar("Seen")


def world(evaluated: bpy.types.Object) -> np.ndarray:
    """[4, 4] where an evaluated object is."""
    return np.array(evaluated.matrix_world)


def sampled(
    context: bpy.types.Context,
    objects: Iterable[bpy.types.Object],
    frames: Iterable[int],
    read: Callable[[bpy.types.Object], Seen],
) -> dict[bpy.types.Object, list[Seen]]:
    """What `read` finds of objects, given each as it is evaluated, at each of some frames of the scene.

    Blender does not evaluate what is disabled in viewports, in a collection that is, or in another scene: it is
    switched on meanwhile.

    Raises:
        SceneError: where an object was deleted or cannot be evaluated.
    """
    scene, objects, frames = context.scene, [*objects], [*frames]
    found: dict[bpy.types.Object, list[Seen]] = {each: [] for each in objects}
    for each in objects:
        if not each.users_collection:  # what names an object keeps it when it is deleted
            fix = "choose another object, or none"
            raise SceneError("it is no longer in any scene", where=each.name, fix=fix)
    here, part = scene.frame_current, scene.frame_subframe
    stays = not objects or (frames == [here] and not part)
    try:
        with _switched_on(context, objects):
            for frame in frames:
                if not stays:  # also to the frame it is: an animated object may have been moved there without a key
                    scene.frame_set(frame)
                graph = context.evaluated_depsgraph_get()
                for each in objects:
                    seen = each.evaluated_get(graph)
                    if not seen.is_evaluated or seen.hide_viewport:
                        fix = "take away what animates its visibility, and show it in viewports"
                        raise SceneError(f"Blender does not evaluate it at frame {frame}", where=each.name, fix=fix)
                    found[each].append(read(seen))
    finally:
        if not stays:
            scene.frame_set(here, subframe=part)
    return found


def switched_on(view_layer: bpy.types.ViewLayer) -> list[bpy.types.Object]:
    """Objects that Blender evaluates: neither they nor all their collections are disabled in viewports.

    What is merely hidden by its eye is among them.
    """
    found: dict[bpy.types.Object, None] = {}
    layers = [view_layer.layer_collection]
    for each in layers:
        if each.collection.hide_viewport:
            continue
        layers += each.children
        if not each.exclude:  # which its children need not be
            found.update((obj, None) for obj in each.collection.objects if not obj.hide_viewport)
    return [*found]


@contextmanager
def _switched_on(context: bpy.types.Context, objects: list[bpy.types.Object]) -> Iterator[None]:
    on = {*switched_on(context.view_layer)}
    off = [each for each in objects if each not in on]
    if not off:
        yield
        return
    disabled = [each for each in off if each.hide_viewport]
    collection = bpy.data.collections.new("Sampled")
    try:
        context.scene.collection.children.link(collection)
        for each in off:
            collection.objects.link(each)
        for each in disabled:
            each.hide_viewport = False
        yield
    finally:
        for each in disabled:
            each.hide_viewport = True
        bpy.data.collections.remove(collection)
