"""Planes, spheres and capsules against cloth: an independent program, and which cloth meets which."""

import numpy as np
import pytest
from golden_contact import golden_point
from sample_cloth import at_rest, difference, golden
from textile_cloth import textile_scene

from warp_fabric.forces.contact.solid_contact import SolidContact
from warp_fabric.model import Model

EXACT = 1e-9


def test_golden_elements(device):
    point, arrays = golden_point(device, end=0.0), golden("contact_elements")
    energy = sum(float(arrays[f"energy_contact_obstacle{number}"]) for number in range(3))
    assert point.energy(SolidContact()) == pytest.approx(energy, rel=EXACT)
    force = sum(arrays[f"force_contact_obstacle{number}"] for number in range(3)).reshape(-1, 3)
    assert difference(point.force(SolidContact())[:, :3], force) < EXACT


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_a_plane_carries_a_sheet(device, yarn):
    """Every crossing alike, along the normal, thickness included."""
    bead = 2.0 * textile_scene(yarn, (3, 4)).yarns["yarn"].radius
    normal = np.array([0.3, -0.2, 0.9]) / np.linalg.norm([0.3, -0.2, 0.9])
    spacing = {f"fabric__{axis}_spacing": 3.9 * 0.5 * bead for axis in ("end", "pick")}
    forces = []
    for thickness in (0.0, 0.7 * bead):
        plane = {"shape": "plane", "point": [0, 0, 0], "normal": [*(5.0 * normal)], "thickness": thickness}
        scene = textile_scene(yarn, (3, 4), obstacles=[plane], collision={"stiffness": 70.0, "self": False}, **spacing)
        model = Model(scene, device)
        x = model.rest_position - model.rest_position.mean(axis=0)
        x = x - (x @ normal - (0.75 * bead + 0.875 * thickness))[:, None] * normal  # half way into what is soft
        force = at_rest(model, position=x).force(SolidContact())[:, :3]
        forces.append(force)
        assert difference(force, np.tile(force[0], (len(force), 1))) < 1e-12
    y, touch = 0.5, np.array([1.0, 1.7]) * bead
    soft = 0.75 + 0.875 * 0.7 - 0.5 * 1.7, 0.5 * 1.7
    y = np.array([y, soft[0] / soft[1]])
    push = -70.0 * 0.5 * touch * (2 * (1 - y) * np.log(y) - (1 - y) ** 2 / y)
    for force, expected in zip(forces, push):
        np.testing.assert_allclose(force[0], expected * normal, rtol=1e-9)


def test_obstacles_of_another_scene_do_not_act(device):
    """In a batch each cloth meets its own."""
    ball = {"shape": "sphere", "center": [0.0, 0.0, 0.0], "radius": 1.0}
    scenes = [textile_scene("cotton", (3, 3), obstacles=each) for each in ([ball], [], [ball, ball])]
    model = Model(scenes, device)
    point = at_rest(model, position=model.rest_position + np.array([0.0, 0.0, 0.5]))
    force, fabric = point.force(SolidContact())[:, :3], model.topology.fabric
    assert force[fabric == 0].any()
    assert not force[fabric == 1].any()
    np.testing.assert_allclose(force[fabric == 2], 2.0 * force[fabric == 0], rtol=1e-12)
