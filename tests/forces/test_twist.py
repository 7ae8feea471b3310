"""Twist: cloth on a saddle, in all kinds of other bends, and what it adds to bending on the bias."""

import numpy as np
import pytest
from sample_cloth import at_rest, difference, perturbed, sample_model, sample_scene

from warp_fabric.forces import Convexity
from warp_fabric.forces.bend import Bend
from warp_fabric.forces.twist import Twist
from warp_fabric.model import Model

TWIST, BEND = Twist(), Bend()
RIGIDITY = 2e-8
FLAT = {"fabric.pose": "flat", "pins": []}


@pytest.fixture
def model(device) -> Model:
    return Model(sample_scene("crimped_twill").replace(FLAT), device)


def bent(model: Model, height) -> np.ndarray:
    """[N, 3] the flat cloth, lifted by a function of its x and y about its middle."""
    position = model.rest_position.copy()
    x, y = (position - position.mean(axis=0)).T[:2]
    position[:, 2] += height(x, y)
    return position


@pytest.mark.parametrize("twist", [0.5, -3.0])
def test_a_saddle_is_twisted_everywhere_alike(model, twist):
    """z = X x y: 1/2 J X^2 by area, as far as it is shallow."""
    small = 1e-3 * twist
    point = at_rest(model, position=bent(model, lambda x, y: small * x * y))
    area = 5 * 6 * 1.5e-3 * 1.7e-3
    assert point.energy(TWIST) == pytest.approx(0.5 * RIGIDITY * area * small**2, rel=1e-9)


@pytest.mark.parametrize("radius", [0.01, 0.1])
def test_cylinders_along_yarns_are_not_twisted(model, radius):
    for axis in (0, 1):
        position = model.rest_position.copy()
        angle = (position[:, axis] - position[:, axis].mean()) / radius
        position[:, axis], position[:, 2] = radius * np.sin(angle), radius * np.cos(angle)
        point = at_rest(model, position=position)
        assert point.energy(TWIST) < 1e-25
        assert np.abs(point.force(TWIST)).max() < 1e-12 * RIGIDITY / radius


def test_shear_and_stretch_do_not_twist(model):
    position = model.rest_position.copy()
    position[:, 0] += 0.4 * position[:, 1]
    position[:, 1] *= 1.2
    point = at_rest(model, position=position)
    assert point.energy(TWIST) < 1e-25


def test_a_cell_far_from_flat(device):
    """Against the formula, of cells that are anything but shallow."""
    model = sample_model("crimped_twill", device)
    point = perturbed(model, seed=81, amount=0.3)
    x = point.state.position.numpy().reshape(6, 7, 3)
    a, b, c, d = x[:-1, :-1], x[:-1, 1:], x[1:, :-1], x[1:, 1:]
    normal = np.cross(d - a, c - b)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    twist = ((d - c - b + a) * normal).sum(axis=-1) / (1.5e-3 * 1.7e-3)
    expected = 0.5 * RIGIDITY * 1.5e-3 * 1.7e-3 * (twist**2).sum()
    assert point.energy(TWIST) == pytest.approx(expected, rel=1e-12)


def test_what_it_adds_on_the_bias(device):
    """4 B_45 / (B_1 + B_2) = 1 + J / (B_1 + B_2), B per width: the energies of a cylinder across the yarns tell.

    Between crossings the energy of bending is kb theta^2 / (2 p) for each of a yarn's inner crossings; so the cloth
    measured is that of its triples, and twist's that of its cells.
    """
    size = {"fabric.picks": 8, "fabric.ends": 8, "fabric.weave": "plain", "fabric.end_yarns": ["y0"]}
    scene = sample_scene("crimped_twill").replace(FLAT | size | {"fabric.pick_yarns": ["y1"]})
    model = Model(scene, device)
    curvature = 1e-2  # 1/m, by far less than 1/size
    p1, p2 = 1.5e-3, 1.7e-3
    kb = [yarn.bending_modulus * np.pi * yarn.radius**2 for yarn in scene.yarns.values()]
    crimp = scene.fabric
    # Bending's length is that of the yarn: a kink theta = kappa p in an arc (1 + c) p.
    ends, picks = kb[0] / p1 / (1 + crimp.end_crimp), kb[1] / p2 / (1 + crimp.pick_crimp)
    point = at_rest(model, position=bent(model, lambda x, y: 0.5 * curvature * ((x + y) ** 2) / 2))
    inner = 6 * 8 * p1 * p2
    b45 = point.energy(BEND) / inner / (0.5 * curvature**2)
    assert b45 == pytest.approx((ends + picks) / 4, rel=1e-4)
    twisted = b45 + point.energy(TWIST) / (7 * 7 * p1 * p2) / (0.5 * curvature**2)
    assert 4 * twisted / (ends + picks) == pytest.approx(1 + RIGIDITY / (ends + picks), rel=1e-4)
    along = at_rest(model, position=bent(model, lambda x, y: 0.5 * curvature * x**2))
    assert along.energy(BEND) / inner / (0.5 * curvature**2) == pytest.approx(picks, rel=1e-4)


def test_the_convex_part_alone_is_gauss_newtons(device):
    point = perturbed(sample_model("crimped_twill", device), seed=82, amount=0.1)
    convex = -point.jacobian(TWIST, convexity=Convexity.CONVEX)[np.ix_(point.free, point.free)]
    values = np.linalg.eigvalsh(convex)
    assert values[0] > -1e-12 * values[-1]
    assert (values > 1e-9 * values[-1]).sum() == 5 * 6  # as many squares as cells
    exact = -point.jacobian(TWIST)[np.ix_(point.free, point.free)]
    assert np.linalg.eigvalsh(exact)[0] < -1e-3 * values[-1]
    flat = at_rest(point.model)
    both = [flat.jacobian(TWIST, convexity=each) for each in (Convexity.CONVEX, Convexity.EXACT)]
    assert difference(*both) < 1e-12


def test_cloth_without_it_has_no_cells(device):
    model = sample_model("twill", device)
    assert TWIST.count(model) == 0
    assert not perturbed(model, seed=83).force(TWIST).any()
    varied = Model(sample_scene("twill"), device, varied=["contact.twist_rigidity"])
    assert TWIST.count(varied) == 30
