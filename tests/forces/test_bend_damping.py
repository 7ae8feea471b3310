"""Internal damping of bending: its measures and their gradients, what it takes from motion, and what it leaves."""

import numpy as np
import pytest
from sample_cloth import NO_CRIMP, Point, at_rest, difference, perturbed, sample_model, sample_scene

from warp_fabric.errors import SceneError
from warp_fabric.forces.bend_damping import BendDamping
from warp_fabric.model import Model

DAMPING = BendDamping()
CASES = ("damped_twill", "crimped_twill", "crimped_cotton", "mixed")


def unit(v):
    return v / np.sqrt((v * v).sum(axis=-1, keepdims=True))


def measures(model: Model, x: np.ndarray) -> np.ndarray:
    """[triples, 2] out of the cloth and in it, of positions [N, 3]; of complex ones too."""
    table, neighbor = model.topology, model.topology.neighbor
    before, centre, after = table.triple.T
    right, left, up, down = (np.where(neighbor[centre, k] < 0, centre, neighbor[centre, k]) for k in range(1, 5))
    n = unit(np.cross(x[right] - x[left], x[up] - x[down]))
    t1, t2 = unit(x[after] - x[centre]), unit(x[centre] - x[before])
    t, w = unit(t1 + t2), t1 - t2
    return np.stack([(w * n).sum(axis=1), (w * np.cross(n, t)).sum(axis=1)], axis=1)


def weights(model: Model) -> np.ndarray:
    """[triples] 2 kb tb / (L1 + L2)."""
    table, rest, material = model.topology, model.rest_sliding, model.material
    before, centre, after = table.triple.T
    axis = table.triple_axis
    yarns = np.where(axis == 0, model.grid.pick_yarn.numpy()[centre], model.grid.end_yarn.numpy()[centre])
    kb = (material.bending_modulus.numpy() * np.pi * material.radius.numpy() ** 2)[yarns]
    return 2 * kb * material.damping.numpy()[yarns] / (rest[after, axis] - rest[before, axis])


def dense(model: Model, x: np.ndarray) -> np.ndarray:
    """[3 N, 3 N] sum w G G'."""
    columns = []
    for k in range(x.size):
        moved = x.astype(complex)
        moved.flat[k] += 1e-30j
        columns.append(measures(model, moved).imag / 1e-30)
    gradient = np.stack(columns, axis=-1)
    return np.einsum("e,eki,ekj->ij", weights(model), gradient, gradient)


@pytest.fixture(params=CASES)
def point(request, device) -> Point:
    return perturbed(sample_model(request.param, device), seed=91, amount=0.1)


def positions(matrix: np.ndarray) -> np.ndarray:
    """The part of a Jacobian that is by positions."""
    number = np.arange(len(matrix)).reshape(-1, 5)[:, :3].ravel()
    return matrix[np.ix_(number, number)]


def test_force_and_jacobian(point):
    model, x = point.model, point.state.position.numpy()
    expected = dense(model, x)
    found = point.force(DAMPING)[:, :3]
    assert difference(found.ravel(), -expected @ point.state.velocity.numpy().ravel()) < 1e-11
    jacobian = positions(point.jacobian(DAMPING, 0.0, 1.0))
    assert difference(jacobian, -expected) < 1e-11
    assert not point.force(DAMPING)[:, 3:].any()
    assert not positions(point.jacobian(DAMPING, 1.0, 0.0)).any()  # at fixed measures


def test_it_takes_energy_from_every_motion(point):
    jacobian = positions(point.jacobian(DAMPING, 0.0, 1.0))
    assert difference(jacobian, jacobian.T) < 1e-13
    values = np.linalg.eigvalsh(-jacobian)
    assert values[0] > -1e-12 * values[-1]
    assert (point.force(DAMPING)[:, :3] * point.state.velocity.numpy()).sum() < 0.0


def test_rigid_motion_is_free(point):
    """Of any bent state, as a part of what bending at that speed would cost."""
    x = point.state.position.numpy() - point.state.position.numpy().mean(axis=0)
    bending = np.abs(point.force(DAMPING)).max() / np.abs(point.state.velocity.numpy()).max()
    spin = 20.0 / np.abs(x).max() * np.array([0.3, -0.8, 0.5])
    for velocity in (np.tile([3.0, -20.0, 7.0], (len(x), 1)), np.cross(spin, x)):
        point.state.velocity.assign(velocity)
        assert np.abs(point.force(DAMPING)).max() < 1e-12 * bending * np.abs(velocity).max()


def test_bending_out_of_the_cloth_slowly(device):
    """A flat cloth that bends to a cylinder at a rate kappa' takes kb tb kappa'^2 by yarn length."""
    scene = sample_scene("damped_twill").replace({"fabric.pose": "flat", "pins": []})
    model = Model(scene, device)
    x = model.rest_position[:, 0] - model.rest_position[:, 0].mean()
    rate = 3.0
    velocity = np.zeros_like(model.rest_position)
    velocity[:, 2] = 0.5 * rate * x**2
    point = at_rest(model, velocity=velocity)
    power = -(point.force(DAMPING)[:, :3] * velocity).sum()
    fabric, spacing = scene.build(), 1.3e-3
    yarns = [fabric.yarns[k] for k in fabric.pick_yarn]
    expected = sum(yarn.bending_modulus * np.pi * yarn.radius**2 * yarn.damping for yarn in yarns)
    assert power == pytest.approx(4 * spacing * expected * rate**2, rel=1e-12)  # 4 inner crossings a pick


def test_cloth_without_it(device):
    assert DAMPING.count(sample_model("twill", device)) == 0
    straight = sample_scene("crimped_twill").replace(NO_CRIMP | {"yarns.y0.damping": 0.0, "yarns.y1.damping": 0.0})
    assert DAMPING.count(Model(straight, device)) == 0


@pytest.mark.parametrize("single", ["fabric.picks", "fabric.ends"])
def test_a_single_yarn_has_no_normal(single):
    with pytest.raises(SceneError, match="damping"):
        sample_scene("damped_twill").replace({single: 1, "pins": []})
