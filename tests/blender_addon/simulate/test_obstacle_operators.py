"""Objects become obstacles, and cloth is stopped by them."""

import bpy
import pytest
from bodies import body, keyed
from woven_objects import built

import warp_fabric as wf
from blender_addon.fabric.files.paths import OBSTACLES, SCENE, cache_folder, run_path
from blender_addon.fabric.scene.colliders import has_collision
from blender_addon.fabric.scene.scene_builder import build_scene


def test_selected_meshes(addon):
    obj, cube, ball = built(), body(collides=False), body("uv_sphere", collides=False)
    for each in (obj, cube, ball):
        each.select_set(True)
    assert bpy.ops.fabric.obstacle_add() == {"FINISHED"}
    assert [has_collision(each) for each in (obj, cube, ball)] == [False, True, True]
    assert cube.collision.thickness_outer == pytest.approx(0.001)
    ball.modifiers[0].show_viewport = False
    assert bpy.ops.fabric.obstacle_add(name="Sphere") == {"FINISHED"}
    assert has_collision(ball)
    assert len(ball.modifiers) == 1


def test_nothing_to_make_an_obstacle(addon):
    built()
    with pytest.raises(RuntimeError, match="no mesh is selected"):
        bpy.ops.fabric.obstacle_add()


@pytest.mark.parametrize("yarn", [None, "cotton"])
def test_cloth_falls_onto_a_box_beside_a_ball_that_rolls_away(addon, blend_file, yarn):
    """What Blender simulates is what the package does with the same scene."""
    scene = bpy.context.scene
    scene.frame_end, scene.fabric.simulation.device = 7, "cpu"
    for item in scene.fabric.yarns if yarn else ():
        item.take(wf.library_yarn(yarn))
    sett = 20.0 if yarn else 5.0
    obj = built(ends=5, picks=5, pose="FLAT", end_sett=sett, pick_sett=sett)
    obj.vertex_groups.clear()
    obj.fabric.cloth.pins.clear()
    size = 0.01 * 4 / sett
    obj.location.z = 0.01
    body(size=1.0, scale=(3 * size, 3 * size, 0.01))
    ball = body("ico_sphere", radius=size, subdivisions=2)
    keyed(ball, "location", {1: (3 * size, 0, 0), 7: (4 * size, 0, 0)})
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    run, described = wf.load_trajectory(run_path(obj)), build_scene(obj.fabric, bpy.context, obj)
    assert [each.shape for each in described.obstacles] == ["box", "mesh"]
    assert described.obstacles[1].path is not None
    assert run.scene == described
    low = run.position[..., 2].min()
    assert -0.005 < low < -0.002  # without obstacles it falls by 300 mm
    assert [each.name for each in (cache_folder(obj) / OBSTACLES).iterdir()] == [
        described.obstacles[1].file.rpartition("/")[2]
    ]
    assert wf.load_scene(cache_folder(obj) / SCENE) == described
