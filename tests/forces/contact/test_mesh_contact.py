"""Meshes and boxes against cloth: an independent program, what friction holds of them, and which cloth meets which."""

import numpy as np
import pytest
from golden_contact import STEP, assert_friction_held, golden_point
from sample_cloth import at_rest, difference, golden
from textile_cloth import textile_scene

from warp_fabric.forces import POTENTIALS
from warp_fabric.forces.contact.mesh_contact import MeshContact
from warp_fabric.model import Model

EXACT = 1e-9


def test_golden_elements(device):
    point, arrays = golden_point(device, end=0.0), golden("contact_elements")
    energy = sum(float(arrays[f"energy_contact_obstacle{number}"]) for number in range(3, 6))
    assert point.energy(MeshContact()) == pytest.approx(energy, rel=EXACT)
    force = sum(arrays[f"force_contact_obstacle{number}"] for number in range(3, 6)).reshape(-1, 3)
    assert difference(point.force(MeshContact())[:, :3], force) < EXACT


@pytest.mark.parametrize("number", [3, 4, 5])
def test_golden_friction(device, number):
    """Of a box, a stair that changes its shape, and an open flap, all of which move."""
    assert_friction_held(golden_point(device, end=STEP), number)


def test_boxes_of_another_scene_do_not_act(device):
    box = {"shape": "box", "center": [0.0, 0.0, 0.0], "size": [1.0, 1.0, 1.0]}
    scenes = [textile_scene("cotton", (3, 3), obstacles=each) for each in ([box], [], [box, box])]
    model = Model(scenes, device)
    point = at_rest(model, position=model.rest_position + [0.0, 0.0, 0.4])
    force, fabric = point.force(MeshContact())[:, :3], model.topology.fabric
    assert force[fabric == 0].any()
    assert not force[fabric == 1].any()
    np.testing.assert_allclose(force[fabric == 2], 2.0 * force[fabric == 0], rtol=1e-12)


@pytest.mark.parametrize("yarn", ["cotton", "wool", "paper-yarn-1"])
def test_a_wide_box_is_a_plane(device, yarn):
    """On its upper face, far from its edges, however its faces are cut."""
    scene = textile_scene(yarn, (4, 5), fabric__pose="flat")
    bead, width = 2.0 * scene.yarns["yarn"].radius, 40.0 * scene.fabric.end_spacing
    top = {"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 1]}
    box = {"shape": "box", "center": [0, 0, -0.5 * width], "size": 3 * [width]}
    forces = []
    for obstacle in (top, box):
        model = Model(scene.replace({"obstacles": [obstacle]}), device)
        x = model.rest_position - model.rest_position.mean(axis=0)
        x[:, 2] = bead * np.random.default_rng(1).uniform(-0.5, 1.1, len(x))
        point = at_rest(model, position=x)
        forces.append(
            sum(point.force(force) for force in POTENTIALS if force.name in ("contact_solid", "contact_mesh"))
        )
    assert difference(forces[1], forces[0]) < 1e-12
