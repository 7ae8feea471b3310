"""Yarns as curves."""

import os
import subprocess
import sys
from dataclasses import replace

import bpy
import numpy as np
import pytest
from woven_objects import built, seen

from usd_export.options import Options
from usd_export.yarn_lines import YarnLines

NAMES = ("cotton", "30 tex", "Wolle grün", "a_b", "a b", "1")


def test_prims_are_named_as_usd_names_them(addon):
    """USD's own rule, in a process of its own: Blender has another build of it."""
    from blender_addon.fabric.design.fabric_description import rest_scene
    from blender_addon.fabric.objects.yarn_objects import prim_paths, yarn_groups

    (_, group, _), *_ = yarn_groups(rest_scene(bpy.context.scene.fabric).build())
    groups = [replace(group, yarn=replace(group.yarn, name=name)) for name in NAMES]
    code = (
        "import sys; from usd_export.stage import prim_name; taken = set()\n"
        "for name in sys.argv[1:]: print(prim_name(f'ends_{name}', taken))"
    )
    env = {**os.environ, "PYTHONUTF8": "1"}
    said = subprocess.run([sys.executable, "-c", code, *NAMES], env=env, capture_output=True, text=True, check=True)
    assert prim_paths(groups) == [f"/Cloth/Yarns/{name}" for name in said.stdout.split()]


def test_objects_are_the_exporters_groups(addon):
    from blender_addon.fabric.design.fabric_description import rest_scene
    from blender_addon.fabric.design.weave_text import Weave
    from blender_addon.fabric.objects.yarn_objects import yarn_objects
    from warp_fabric.weave import pattern

    bpy.context.scene.fabric.weave.text = Weave.of(pattern("twill22"), (0, 1), (1, 1, 0)).to_text()
    obj = built(ends=9, picks=7)
    fabric = rest_scene(obj.fabric).build()
    lines = YarnLines(fabric, Options())
    objects = yarn_objects(obj)
    assert [*objects] == [("end", 0), ("end", 1), ("pick", 0), ("pick", 1)]
    for child, expected in zip(objects.values(), lines.at(fabric.position, fabric.sliding)):
        np.testing.assert_allclose(seen(child), expected.reshape(-1, 3), atol=1e-9)
        assert child.parent is obj
        assert all((*child.lock_location, *child.lock_rotation, *child.lock_scale))


def test_yarns_that_are_no_more_are_removed(addon):
    from blender_addon.fabric.design.fabric_description import rest_scene
    from blender_addon.fabric.objects.yarn_objects import place_yarns

    obj = built(ends=6, picks=5)
    obj.fabric.cloth.picks = 1
    place_yarns(obj, rest_scene(obj.fabric).build())
    assert [each.name for each in obj.children] == ["Picks: picks"]
    assert len(bpy.data.hair_curves) == 1


@pytest.mark.parametrize(("ends", "picks", "directions"), [(1, 3, {"end"}), (3, 1, {"pick"}), (2, 2, {"end", "pick"})])
def test_yarns_that_cross_a_single_one_are_no_curves(addon, ends, picks, directions):
    from blender_addon.fabric.design.fabric_description import is_stale
    from blender_addon.fabric.objects.yarn_objects import yarn_objects
    from blender_addon.fabric.scene.scene_builder import build_scene

    obj = built(ends=ends, picks=picks)
    assert {direction for direction, _ in yarn_objects(obj)} == directions
    assert not is_stale(obj)
    assert build_scene(obj.fabric, bpy.context, obj).fabric.ends == ends
