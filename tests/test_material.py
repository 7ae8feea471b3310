"""The parameters on the device."""

import numpy as np
import warp as wp
from small_run import small_scene

from warp_fabric.material import Material, material_of
from warp_fabric.parameters import IN_MATERIAL, array_of


def test_it_has_the_declared_parameters_and_their_values(device):
    scenes = [small_scene(), small_scene().replace({"contact.friction": 0.2})]
    with wp.ScopedDevice(device):
        material = material_of(scenes)
    assert [*Material.vars] == [each.array for each in IN_MATERIAL]
    for each in IN_MATERIAL:
        array = getattr(material, each.array)
        np.testing.assert_array_equal(array.numpy(), array_of(each, scenes))
        assert array.requires_grad
