"""What is read of evaluated objects."""

import numpy as np
import pytest
from bodies import body, keyed, rigged

from warp_fabric import SceneError


def read(context, objects, reader, frames=range(3, 6)):
    from blender_addon.fabric.scene.sampling import sampled

    return sampled(context, objects, frames, reader)


def test_meshes_after_modifiers(scene):
    import bpy

    from blender_addon.fabric.scene.seen import Reader

    cube = body(location=(1, 0, 0))
    cube.modifiers.new("Round", "SUBSURF").levels = 2
    keyed(cube, "scale", {3: (1, 1, 1), 7: (2, 2, 2)})
    seen = read(bpy.context, [cube], Reader({cube: ()}))[cube]
    assert seen[0].faces.vertices == 98
    assert seen[0].faces.triangles.shape == (192, 3)
    assert seen[2].points is seen[0].points  # it moves, and does not bend
    np.testing.assert_allclose(seen[0].in_world().mean(axis=0), [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(np.ptp(seen[2].in_world(), axis=0), 1.5 * np.ptp(seen[0].in_world(), axis=0), rtol=1e-6)


def test_others_are_places_alone(scene):
    import bpy

    from blender_addon.fabric.scene.seen import Reader

    arm = rigged()
    bones = arm.modifiers["Armature"].object
    seen = read(bpy.context, [arm, bones], Reader({}, [bones]))
    assert len(seen[arm][0].points) == len(seen[arm][0].faces.triangles) == 0
    assert {*seen[bones][0].bones} == {"Bone", "Fore"}
    assert read(bpy.context, [bones], Reader({}))[bones][0].bones == {}


def test_a_mesh_without_faces(scene):
    import bpy

    from blender_addon.fabric.scene.seen import Reader

    circle = body("circle")
    with pytest.raises(SceneError, match="no faces"):
        read(bpy.context, [circle], Reader({circle: ()}))
