"""What obstacles and other cloth do to cloth: against the golden forces, and against a cloth's weight."""

import numpy as np
import pytest
from golden_contact import golden_point
from sample_cloth import difference, golden
from textile_cloth import textile_scene

import warp_fabric as wf
from warp_fabric.forces.contact_force import contact_force


def test_pressure_and_friction_together(device):
    point, expected = golden_point(device, end=1e-3), golden("contact_elements")
    both = contact_force(point.model, point.state, point.held)
    pressure = contact_force(point.model, point.state, point.held, moving=False)
    assert difference(both - pressure, expected["force_contact_friction"].reshape(-1, 3)) < 1e-9
    point = golden_point(device, end=0.0)
    pressure = contact_force(point.model, point.state, point.held, moving=False)
    sum_of_all = sum(expected[f"force_contact_{name}"] for name in ("self", *(f"obstacle{k}" for k in range(6))))
    assert difference(pressure, sum_of_all.reshape(-1, 3)) < 1e-9


def weight(scene: wf.Scene) -> float:
    """N"""
    (yarn,), fabric = scene.yarns.values(), scene.fabric
    along_picks = fabric.picks * (fabric.ends - 1) * fabric.end_spacing
    along_ends = fabric.ends * (fabric.picks - 1) * fabric.pick_spacing
    return 9.8 * yarn.linear_density * (along_picks + along_ends)


@pytest.mark.parametrize("yarn", ["wool", "paper-yarn-1"])
def test_a_floor_carries_what_lies_on_it(device, yarn):
    scene = textile_scene(yarn, (4, 5), fabric__pose="flat")
    (material,) = scene.yarns.values()
    plane = {"shape": "plane", "point": [0.0, 0.0, -1.9 * material.radius], "normal": [0.0, 0.0, 1.0]}
    time = {"time.integrator": "euler", "time.duration": 0.2, "time.step": 2e-3, "time.frames_per_second": 5.0}
    air = {"environment.gravity": [0.0, 0.0, -9.8], "environment.wind_density": 0.0}
    run = wf.simulate(scene.replace({"obstacles": [plane], "pins": []} | time | air), device=device)
    assert run.contact_force is not None
    assert run.contact_force.shape == run.position.shape
    total = run.contact_force[-1].sum(axis=(0, 1))
    np.testing.assert_allclose(total, [0.0, 0.0, weight(run.scene)], atol=1e-6 * weight(run.scene))
