"""Internal damping of shear: its measure and weight, what it takes from motion, and what it leaves."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, difference, perturbed, sample_model, sample_scene

from warp_fabric.forces.shear_damping import ShearDamping
from warp_fabric.model import Model

DAMPING = ShearDamping()


def angles(model: Model, x: np.ndarray) -> np.ndarray:
    """[corners] g = pi/2 - phi, of complex positions too."""
    centre, along, across = model.topology.corner.T
    u, v = x[along] - x[centre], x[across] - x[centre]
    return np.arcsin((u * v).sum(axis=1) / np.sqrt((u * u).sum(axis=1) * (v * v).sum(axis=1)))


def weights(model: Model) -> np.ndarray:
    """[corners] ts S pi R_pick R_end Lm, without compression and jamming."""
    centre = model.topology.corner[:, 0]
    radius, material = model.material.radius.numpy(), model.material
    radii = radius[model.grid.pick_yarn.numpy()[centre]] * radius[model.grid.end_yarn.numpy()[centre]]
    fabric = model.topology.fabric[centre]
    modulus = (material.shear_damping.numpy() * material.shear_modulus.numpy())[fabric]
    return modulus * np.pi * radii * model.grid.spacing.numpy()[fabric].mean(axis=1)


def dense(model: Model, x: np.ndarray) -> np.ndarray:
    columns = []
    for k in range(x.size):
        moved = x.astype(complex)
        moved.flat[k] += 1e-30j
        columns.append(angles(model, moved).imag / 1e-30)
    gradient = np.stack(columns, axis=-1)
    return np.einsum("e,ei,ej->ij", weights(model), gradient, gradient)


@pytest.fixture(params=["damped_twill", "crimped_cotton", "mixed"])
def point(request, device) -> Point:
    return perturbed(sample_model(request.param, device), seed=95, amount=0.1)


def positions(matrix: np.ndarray) -> np.ndarray:
    number = np.arange(len(matrix)).reshape(-1, 5)[:, :3].ravel()
    return matrix[np.ix_(number, number)]


def test_force_and_jacobian(point):
    expected = dense(point.model, point.state.position.numpy())
    found = point.force(DAMPING)
    assert difference(found[:, :3].ravel(), -expected @ point.state.velocity.numpy().ravel()) < 1e-11
    assert not found[:, 3:].any()
    jacobian = positions(point.jacobian(DAMPING, 0.0, 1.0))
    assert difference(jacobian, -expected) < 1e-11
    assert difference(jacobian, jacobian.T) < 1e-13
    values = np.linalg.eigvalsh(-jacobian)
    assert values[0] > -1e-12 * values[-1]
    assert not positions(point.jacobian(DAMPING, 1.0, 0.0)).any()


def test_rigid_motion_is_free(point):
    x = point.state.position.numpy() - point.state.position.numpy().mean(axis=0)
    shearing = np.abs(point.force(DAMPING)).max() / np.abs(point.state.velocity.numpy()).max()
    spin = 20.0 / np.abs(x).max() * np.array([0.3, -0.8, 0.5])
    for velocity in (np.tile([3.0, -20.0, 7.0], (len(x), 1)), np.cross(spin, x)):
        point.state.velocity.assign(velocity)
        assert np.abs(point.force(DAMPING)).max() < 1e-12 * shearing * np.abs(velocity).max()


def test_shear_at_a_rate(device):
    """A flat cloth that shears at a rate g' has it at all corners."""
    model = Model(sample_scene("damped_twill").replace({"fabric.pose": "flat", "pins": []}), device)
    rate = 4.0
    velocity = np.zeros_like(model.rest_position)
    velocity[:, 0] = rate * model.rest_position[:, 1]
    point = at_rest(model, velocity=velocity)
    power = -(point.force(DAMPING)[:, :3] * velocity).sum()
    assert power == pytest.approx(weights(model).sum() * rate**2, rel=1e-12)


def test_it_goes_by_the_rigidity_that_is_given(device):
    """S may come from shear_rigidity; it is the same S."""
    scene = sample_scene("damped_twill")
    given = scene.replace({"contact.shear_modulus": None, "contact.shear_rigidity": 7.0})
    same = scene.replace({"contact.shear_modulus": given.shear_modulus})
    forces = [perturbed(Model(each, device), seed=96, amount=0.05).force(DAMPING) for each in (given, same)]
    assert difference(*forces) < 1e-13
    assert np.abs(forces[0]).max() > 0.0


def test_cloth_without_it(device):
    assert DAMPING.count(sample_model("twill", device)) == 0
    assert not perturbed(sample_model("twill", device), seed=97).force(DAMPING).any()
