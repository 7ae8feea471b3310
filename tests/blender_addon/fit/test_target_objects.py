"""What is compared where an artist picks an object or a collection."""

import bpy
import pytest
from woven_objects import built

from blender_addon.fit.target_objects import target_objects
from warp_fabric import TargetError


def new(name, data=None, parent=None):
    obj = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(obj)
    obj.parent = parent
    return obj


def mesh():
    return bpy.data.meshes.new("mesh")


def curves():
    return bpy.data.hair_curves.new("curves")


def compared(fabric, target):
    fabric.fabric.fit.target = target
    return target_objects(fabric, fabric.fabric.fit)


@pytest.fixture
def fabric(addon):
    return built()


def test_a_shape_itself(fabric):
    for data in (mesh(), curves(), bpy.data.curves.new("curve", "CURVE"), bpy.data.curves.new("face", "SURFACE")):
        obj = new("shape", data)
        new("child", None, obj)
        assert compared(fabric, obj) == [obj]


def test_a_yarn_stands_for_its_fabric(fabric):
    other = built()
    assert compared(fabric, other.children[0]) == [other]
    with pytest.raises(TargetError, match="own target"):
        compared(fabric, fabric.children[0])


def test_the_root_of_what_was_imported(fabric):
    root = new("Cloth")
    inner = new("Yarns", None, root)
    new("Looks", None, root)
    ends, picks = new("ends", curves(), inner), new("picks", curves(), inner)
    assert compared(fabric, root) == [ends, picks]
    surface = new("Surface", mesh(), root)
    assert compared(fabric, root) == [surface]


def test_markers(fabric):
    root = new("markers")
    empties = [new(name, None, root) for name in "ab"]
    assert compared(fabric, root) == empties
    for each in empties:
        new("ball", mesh(), each)
    assert compared(fabric, root) == empties
    collection = bpy.data.collections.new("markers")
    for each in (*empties, fabric):
        collection.objects.link(each)
    fabric.fabric.fit.kind, fabric.fabric.fit.markers = "COLLECTION", collection
    assert compared(fabric, None) == empties


def test_nothing_to_compare(fabric):
    lamp = new("lamp", bpy.data.lights.new("lamp", "POINT"))
    for target, told in (
        (None, "no target is chosen"),
        (fabric, "its own target"),
        (lamp, "a light is nothing"),
        (new("empty"), "neither empties nor shapes"),
    ):
        with pytest.raises(TargetError, match=told) as caught:
            compared(fabric, target)
        assert caught.value.fix
    fabric.fabric.fit.kind = "COLLECTION"
    with pytest.raises(TargetError, match="no collection"):
        compared(fabric, None)
    fabric.fabric.fit.markers = bpy.data.collections.new("no empties")
    fabric.fabric.fit.markers.objects.link(lamp)
    with pytest.raises(TargetError, match="no collection"):
        compared(fabric, None)
