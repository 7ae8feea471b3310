"""Which objects are obstacles, and which merely look like some."""

import bpy
import pytest
from bodies import body
from described_scene import empty
from woven_objects import built


def names(obj):
    from blender_addon.fabric.scene.colliders import colliders

    bpy.context.view_layer.update()
    return [each.name for each in colliders(bpy.context, obj.fabric.collision)]


def looks(obj):
    from blender_addon.fabric.scene.colliders import overlooked

    bpy.context.view_layer.update()
    return {each.name: why for each, why in overlooked(bpy.context, obj, obj.fabric.collision)}


def into(name, *objects):
    collection = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(collection)
    for each in objects:
        for old in each.users_collection:
            old.objects.unlink(each)
        collection.objects.link(each)
    return collection


def test_meshes_with_collision(scene):
    obj, ball, _ = built(), body("uv_sphere"), body(collides=False)
    assert names(obj) == ["Sphere"]
    ball.hide_set(True)
    assert names(obj) == ["Sphere"]
    ball.hide_viewport = True
    assert names(obj) == []
    ball.hide_viewport = False
    ball.modifiers[0].show_viewport = False
    assert names(obj) == []
    assert looks(obj)["Sphere"] == "its Collision is off in viewports"


def test_a_collection_or_nothing(scene):
    obj, ball, cube = built(), body("uv_sphere"), body()
    assert names(obj) == ["Cube", "Sphere"]
    collision = obj.fabric.collision
    collision.collide_with = "COLLECTION"
    assert names(obj) == []
    collision.collection = into("Bodies", ball)
    assert names(obj) == ["Sphere"]
    assert cube.name not in looks(obj)  # the user has chosen
    collision.collide_with = "NONE"
    assert names(obj) == []


def test_the_cloth_itself_is_none(scene):
    obj = built()
    obj.modifiers.new("Collision", "COLLISION")
    assert names(obj) == []


def test_collections_that_are_instanced(scene):
    obj, ball = built(), body("uv_sphere")
    inner, outer = into("Inner", ball), bpy.data.collections.new("Outer")
    bpy.context.scene.collection.children.unlink(inner)
    nested = bpy.data.objects.new("Nested", None)
    nested.instance_type, nested.instance_collection = "COLLECTION", inner
    outer.objects.link(nested)
    for name in ("One", "Two"):
        each = empty(name)
        each.instance_type, each.instance_collection = "COLLECTION", outer
    assert names(obj) == ["Sphere in Nested in One", "Sphere in Nested in Two"]


def test_the_scene_in_the_background(scene):
    obj, ball = built(), body("uv_sphere")
    other = bpy.data.scenes.new("Set")
    other.collection.objects.link(ball)
    bpy.context.collection.objects.unlink(ball)
    assert names(obj) == []
    scene.background_set = other
    assert names(obj) == ["Sphere"]


def test_what_looks_like_an_obstacle(scene):
    obj = built(pose="FLAT")
    floor = body("plane", collides=False, location=(0, 0, -0.3))
    body("plane", collides=False, location=(0, 0, 5)).name = "Ceiling"
    body("cube", collides=False, location=(9, 0, -2)).name = "Aside"
    hidden = body("cube", collides=False)
    hidden.name, hidden.hide_render = "Helper", True
    wall = body("cube", collides=False, location=(9, 0, 0))
    bpy.context.view_layer.objects.active = wall
    bpy.ops.rigidbody.object_add(type="PASSIVE")
    wall.name = "Wall"
    assert looks(obj) == {floor.name: "it is below the cloth", "Wall": "it is a passive rigid body"}
    obj.fabric.collision.collide_with = "NONE"
    assert looks(obj) == {}


@pytest.mark.parametrize(("blender", "coefficient"), [(0.0, 0.0), (5.0, 0.3), (10.0, 0.6)])
def test_friction(scene, blender, coefficient):
    from blender_addon.fabric.scene.colliders import Collider

    cube = body()
    cube.collision.cloth_friction = blender
    assert Collider(cube).friction == pytest.approx(coefficient)


def test_the_least_thickness_is_none(scene):
    from blender_addon.fabric.scene.colliders import Collider

    cube = body()
    assert Collider(cube).thickness == 0.0
    cube.collision.thickness_outer = 0.002
    assert Collider(cube).thickness == pytest.approx(0.002)


def test_what_may_move(scene):
    from blender_addon.fabric.scene.colliders import may_move

    cube = body()
    cube.modifiers.new("Round", "SUBSURF")
    assert not may_move(cube)
    cube.modifiers.new("Bones", "ARMATURE")
    assert may_move(cube)
    child = body()
    child.parent = cube
    assert may_move(child)
