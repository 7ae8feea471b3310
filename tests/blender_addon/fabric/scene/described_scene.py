"""The scene that a fabric describes, or the error that it does not."""

import bpy
import pytest

from warp_fabric import SceneError


def build_scene(obj=None):
    from blender_addon.fabric.scene.scene_builder import build_scene

    settings = bpy.context.scene.fabric if obj is None else obj.fabric
    return build_scene(settings, bpy.context, obj)


def refused(obj) -> SceneError:
    with pytest.raises(SceneError) as caught:
        build_scene(obj)
    assert caught.value.fix
    return caught.value


def empty(name: str = "Hand") -> bpy.types.Object:
    target = bpy.data.objects.new(name, None)
    bpy.context.collection.objects.link(target)
    return target


def only(obj):
    """The one obstacle in a fabric's scene."""
    (found,) = build_scene(obj).obstacles
    return found
