"""The shape of a fabric as text of its settings."""

import json

import bpy
import numpy as np
import pytest
from cut_cloth import disc

from warp_fabric import SceneError

SQUARE = np.array([(0.0, 0.0), (0.01, 0.0), (0.01, 0.006), (0.0, 0.006)])
SPACINGS = 0.002, 0.002


@pytest.fixture
def cloth(addon):
    cloth = bpy.context.scene.fabric.cloth
    cloth.ends, cloth.picks = 9, 9
    return cloth


def test_loops_within_the_cloth_stay_loops(cloth):
    from blender_addon.fabric.design.cut_shape import cut_layout, shape_keys, shape_of_loops

    cloth.shape = shape_of_loops([SQUARE + np.float32(1e-9)], cloth, *SPACINGS)
    assert shape_keys(cloth)["outline"][0][1] == [0.01, pytest.approx(0.0, abs=1e-8)]
    layout = cut_layout(cloth.shape, 9, 9, *SPACINGS)
    assert layout.present.sum() == 6 * 4
    assert layout.present[:4, :6].all()
    assert cut_layout(cloth.shape, 9, 9, *SPACINGS) is layout


def test_of_loops_that_reach_out_the_crossings_inside_are_kept(cloth):
    from blender_addon.fabric.design.cut_shape import cut_layout, shape_of_loops

    cloth.shape = shape_of_loops([SQUARE - (0.004, 0.0)], cloth, *SPACINGS)
    assert [*json.loads(cloth.shape)] == ["present"]
    assert cut_layout(cloth.shape, 9, 9, *SPACINGS).present.sum() == 4 * 4


def test_masks_keep_the_size_that_they_were_made_in(cloth):
    from blender_addon.fabric.design.cut_shape import cut_layout, shape_keys, shape_of_mask

    cloth.shape = shape_of_mask(disc(9, 3.0))
    np.testing.assert_array_equal(cut_layout(cloth.shape, 9, 9, *SPACINGS).present, disc(9, 3.0))
    cloth.picks = 10
    with pytest.raises(SceneError, match="9 ends and 9 picks"):
        shape_keys(cloth)


def test_whole_cloth_has_no_keys(cloth):
    from blender_addon.fabric.design.cut_shape import cut_layout, shape_keys

    assert shape_keys(cloth) == {}
    assert cut_layout("", 3, 4, *SPACINGS).shape == (4, 3)


def test_the_fingerprint_of_whole_cloth_is_as_it_was(cloth):
    from blender_addon.fabric.design.cut_shape import shape_of_mask
    from blender_addon.fabric.design.fabric_description import fingerprint

    settings = bpy.context.scene.fabric
    before = fingerprint(settings)
    assert len(json.loads(before)) == 7
    cloth.shape = shape_of_mask(disc(9))
    assert fingerprint(settings) != before
