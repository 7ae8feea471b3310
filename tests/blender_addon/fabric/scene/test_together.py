"""Several fabrics as panels of one scene: where each lies, its yarns and pins, and where the cache has it."""

import bpy
import numpy as np
import pytest
from described_scene import build_scene as alone
from woven_objects import built

import warp_fabric as wf
from blender_addon.fabric.design.cut_shape import shape_of_mask
from blender_addon.fabric.objects.yarn_objects import yarn_objects
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fabric.scene.together import panels_of, parts_of
from warp_fabric.fabric import rotation_matrix

POSES = [(0.0, 0.0, 0.0), (1.0, -0.4, 2.0), (0.3, np.pi / 2, 0.7), (0.0, -np.pi / 2, 0.0), (np.pi, 0.0, -3.0)]


def together(*fabrics):
    bpy.context.view_layer.update()
    return build_scene(fabrics[0].fabric, bpy.context, fabrics[0], beside=fabrics[1:])


@pytest.mark.parametrize("turn", POSES)
def test_each_lies_where_it_is_seen(addon, turn):
    lead, other = built(), built(ends=7, pose="FLAT")
    lead.location, lead.rotation_euler = (0.1, 0.2, -0.3), (0.2, 0.3, -0.6)
    other.location, other.rotation_euler = (0.12, 0.0, 0.05), turn
    scene = together(lead, other)
    assert scene.fabric == alone(lead).fabric
    worlds = [np.array(each.matrix_world) for each in (lead, other)]
    for obj, world, part in zip((lead, other), worlds, scene.parts, strict=True):
        expected = alone(obj).build().position @ world[:3, :3].T + world[:3, 3]
        found = part.build().position @ worlds[0][:3, :3].T + worlds[0][:3, 3]
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-7)
    parts, _ = parts_of([lead, other])
    for obj, part, laid in zip((lead, other), parts, scene.parts, strict=True):
        frame = part.frame(scene)
        own = (laid.build().position - frame[:3]) @ rotation_matrix(frame[3:])
        np.testing.assert_allclose(own, alone(obj).build().position, rtol=0, atol=1e-12)
        name, numbers = part.frame_option(scene).split("=")
        assert (name, [float(each) for each in numbers.split(",")]) == (part.panel, frame)


def test_bundles_are_each_ones_own(addon):
    lead, other = built(bundle=2), built(ends=9, picks=9, bundle=1)
    scene = together(lead, other)
    assert [part.fabric.yarns_in_one for part in scene.parts] == [2, 1]
    assert [part.grid for part in scene.parts] == [(3, 4), (9, 9)]
    for part in parts_of([lead, other])[0]:
        assert {*part.prims(scene)} == {*yarn_objects(part.obj)}


def test_yarns_that_differ_have_names_of_their_own(addon):
    one, two, three = built(), built(), built()
    two.fabric.yarns[0].name = two.fabric.yarns[1].name  # "picks" twice
    two.fabric.yarns[0].take(wf.library_yarn("wool"))
    two.fabric.yarns[0].name = "picks"
    three.fabric.yarns[1].young_modulus *= 2.0
    for each in (two, three):
        bpy.context.view_layer.objects.active = each
        bpy.ops.fabric.rebuild()
    parts, yarns = parts_of([one, two, three])
    assert [each.yarns for each in parts] == [("ends", "picks"), ("picks_2", "picks_2_2"), ("ends", "picks_3")]
    scene = together(one, two, three)
    assert [*scene.yarns] == [*yarns] == ["ends", "picks", "picks_2", "picks_2_2", "picks_3"]
    for obj, part in zip((one, two, three), scene.parts, strict=True):
        own, merged = alone(obj).build(), part.build()
        for name in ("end_radius", "pick_radius", "end_color", "drawdown"):
            assert np.array_equal(getattr(own, name), getattr(merged, name)), name
        stiffness = [
            [fabric.yarns[k].young_modulus for k in (*fabric.end_yarn, *fabric.pick_yarn)] for fabric in (own, merged)
        ]
        assert stiffness[0] == stiffness[1]
    for part in parts:
        prims = part.prims(scene)
        assert {*prims} == {*yarn_objects(part.obj)}
        assert all(each.startswith(f"/Cloth/{part.panel}/Yarns/") for each in prims.values())


def test_names(addon):
    fabrics = [built() for _ in range(5)]
    for each, name in zip(fabrics, ("1 Röcke", "Looks", "Fabric.001", "Fabric 001", "colliders")):
        each.name = name
    found = [part.panel for part in parts_of(fabrics)[0]]
    assert found == ["_1_R_cke", "Looks_2", "Fabric_001", "Fabric_001_2", "colliders_2"]
    scene = together(*fabrics)
    assert [panel.name for panel in scene.panels] == found


def test_crimp_and_weave_are_each_ones_own(addon):
    wavy, straight = built(crimp="TOUCHING", crossings_give=True), built(crimp="NONE")
    bpy.context.view_layer.objects.active = None
    bpy.ops.fabric.weave_set(pattern="twill22")
    other = built(crimp="VALUES", end_crimp=4.0, pick_crimp=5.0)
    for fabrics in ((wavy, straight, other), (straight, other, wavy)):
        scene = together(*fabrics)
        for obj, part in zip(fabrics, scene.parts, strict=True):
            own, merged = alone(obj).build(), part.build()
            assert np.array_equal(own.drawdown, merged.drawdown)
            assert (own.end_crimp, own.pick_crimp) == (merged.end_crimp, merged.pick_crimp)


def test_pins_are_each_ones_own(addon):
    one, two = built(), built(ends=9, pose="FLAT")
    two.location, two.rotation_euler = (0.1, 0.0, 0.0), (0.0, 0.0, 0.5)
    two.fabric.cloth.pins[0].stiffness = 77.0
    scene = together(one, two)
    of = {name: [pin for pin in scene.pins if pin.panel == name] for name in ("Fabric", "Fabric_001")}
    for obj, found in zip((one, two), of.values(), strict=True):
        own = alone(obj).pins
        assert [(tuple(pin.crossing), pin.stiffness, pin.path) for pin in found] == [
            (tuple(pin.crossing), pin.stiffness, pin.path) for pin in own
        ]


def test_they_touch_each_other(addon):
    one, two = built(), built()
    two.location.y = 0.1
    assert not alone(one).collision.self
    scene = together(one, two)
    assert scene.collision.self
    assert panels_of(parts_of([one])[0], {})[0].name == "Fabric"


@pytest.mark.parametrize("cut", ["lead", "other"])
def test_shapes_are_each_ones_own(addon, cut):
    """One is cut; the other stays whole."""
    fabrics = {"lead": built(ends=9, picks=8), "other": built(ends=7, picks=9)}
    whole = next(each for name, each in fabrics.items() if name != cut)
    expected = alone(whole).build().layout.count
    size = fabrics[cut].fabric.cloth
    present = np.ones((size.picks, size.ends), bool)
    present[3:5, 2:5] = False
    size.shape = shape_of_mask(present)
    bpy.context.view_layer.objects.active = fabrics[cut]
    bpy.ops.fabric.rebuild()
    scene = together(*fabrics.values())
    counts = dict(zip(fabrics, (part.build().layout.count for part in scene.parts), strict=True))
    assert counts.pop(cut) == present.sum()
    assert [*counts.values()] == [expected]
