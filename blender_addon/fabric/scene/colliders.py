"""Which objects are obstacles: those with Blender's own Collision; and which look like some, but are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..settings.collision_settings import CollisionSettings
from .sampling import switched_on

FRICTION = 0.06
"""Friction coefficient for each unit of Blender's Friction of cloth, whose default, 5, is then 0.3."""
LEAST_THICKNESS = 1.0e-3
"""The least Thickness Outer that Blender can be given: it stands for none."""
DEEPEST = 64
"""Collections in collections that are instanced."""


@dataclass(frozen=True)
class Collider:
    """A mesh object with Collision, and what instances the collections that it is in, outermost first."""

    obj: bpy.types.Object
    instancers: tuple[bpy.types.Object, ...] = ()

    @property
    def name(self) -> str:
        return " in ".join(each.name for each in (self.obj, *reversed(self.instancers)))

    @property
    def friction(self) -> float:
        """Coefficient of the cloth's friction on it."""
        return FRICTION * self.obj.collision.cloth_friction

    @property
    def thickness(self) -> float:
        """By how much its surface is thickened, in Blender's units."""
        outer = self.obj.collision.thickness_outer
        return outer if outer > LEAST_THICKNESS * (1.0 + 1e-6) else 0.0


def has_collision(obj: bpy.types.Object) -> bool:
    """Whether an object is a mesh with Collision that is not switched off in viewports."""
    return obj.type == "MESH" and any(each.type == "COLLISION" and each.show_viewport for each in obj.modifiers)


def colliders(context: bpy.types.Context, collision: CollisionSettings) -> list[Collider]:
    """The obstacles of a cloth, by name. Cheap enough to be called while drawing.

    Those whose object or collection is disabled in viewports are none; those that are merely hidden are.
    """
    if collision.collide_with == "NONE":
        return []
    found = [each for obj in _top_objects(context) for each in _colliders_of(obj, ())]
    if collision.collide_with == "COLLECTION":
        chosen = {*collision.collection.all_objects} if collision.collection else set()
        found = [each for each in found if chosen.intersection((each.obj, *each.instancers))]
    return sorted(found, key=lambda each: each.name)


def overlooked(
    context: bpy.types.Context, obj: bpy.types.Object, collision: CollisionSettings
) -> list[tuple[bpy.types.Object, str]]:
    """Objects that look like obstacles of a cloth, but are none, and why one would think so. Cheap likewise.

    Args:
        obj: The cloth.
    """
    if collision.collide_with == "NONE":
        return []
    known = {each.obj for each in colliders(context, collision)}
    low, high = _bounds(obj)
    found = []
    for each in switched_on(context.view_layer):
        if each.type != "MESH" or each in known or _is_of_a_fabric(each) or each == obj.fabric.fit.target:
            continue
        if has_collision(each):
            continue  # not in the collection that was chosen
        if each.collision is not None and each.collision.use:
            found.append((each, "its Collision is off in viewports"))
        elif each.rigid_body is not None and each.rigid_body.type == "PASSIVE":
            found.append((each, "it is a passive rigid body"))
        elif not each.hide_render and each.data.polygons:
            its_low, its_high = _bounds(each)
            if (its_low[:2] < high[:2]).all() and (its_high[:2] > low[:2]).all() and its_low[2] < high[2]:
                found.append((each, "it is below the cloth"))
    return found


def placed(collider: Collider, seen) -> np.ndarray:
    """[4, 4] where a collider's object is in the world, of where it and its instancers are by themselves.

    Args:
        seen: By object, [4, 4].
    """
    whole = np.eye(4)
    for each in collider.instancers:
        whole = whole @ seen[each] @ np.array(Matrix.Translation(-Vector(each.instance_collection.instance_offset)))
    return whole @ seen[collider.obj]


def may_move(obj: bpy.types.Object) -> bool:
    """Whether anything is there that could move or bend an object, so that it must be looked at in every frame."""
    data, keys = obj.data, getattr(obj.data, "shape_keys", None)
    animated = any(each is not None and each.animation_data is not None for each in (obj, data, keys))
    bends = any(each.type not in _STILL for each in obj.modifiers)
    return bool(animated or bends or obj.constraints or obj.parent or obj.rigid_body)


_STILL = {"COLLISION", "BEVEL", "EDGE_SPLIT", "MIRROR", "SOLIDIFY", "SUBSURF", "TRIANGULATE", "WEIGHTED_NORMAL", "WELD"}
"""Modifiers that bend nothing unless they are animated."""


def _top_objects(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Of the scene, and of those in its background."""
    found = dict.fromkeys(switched_on(context.view_layer))
    scene, known = context.scene.background_set, {context.scene}
    while scene is not None and scene not in known:
        known.add(scene)
        found.update(dict.fromkeys(_shown(scene.collection)))
        scene = scene.background_set
    return [*found]


def _shown(collection: bpy.types.Collection) -> list[bpy.types.Object]:
    """Objects of a collection and those in it that are not disabled in viewports."""
    if collection.hide_viewport:
        return []
    own = [each for each in collection.objects if not each.hide_viewport]
    return [*own, *(obj for child in collection.children for obj in _shown(child))]


def _colliders_of(obj: bpy.types.Object, instancers: tuple[bpy.types.Object, ...]) -> Iterator[Collider]:
    if has_collision(obj) and not _is_of_a_fabric(obj):
        yield Collider(obj, instancers)
    if obj.instance_type == "COLLECTION" and obj.instance_collection is not None and len(instancers) < DEEPEST:
        for each in dict.fromkeys(_shown(obj.instance_collection)):
            yield from _colliders_of(each, (*instancers, obj))


def _is_of_a_fabric(obj: bpy.types.Object) -> bool:
    return obj.fabric.built or (obj.parent is not None and obj.parent.fabric.built)


def _bounds(obj: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.array(obj.matrix_world)
    corners = np.array(obj.bound_box) @ matrix[:3, :3].T + matrix[:3, 3]
    return corners.min(axis=0), corners.max(axis=0)
