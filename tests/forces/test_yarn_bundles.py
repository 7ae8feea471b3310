"""Bundles against the real cloth: what it takes to stretch, bend, shear and lift it, and how it moves, are the same."""

import numpy as np
import pytest
import warp as wp
from bundled_cloth import square

from warp_fabric import Scene
from warp_fabric.forces import INERTIA, POTENTIALS, Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.state import State
from warp_fabric.types import f64

BUNDLES = [2, 4, 8]
YARNS = ["cotton", "wool"]
SIZE = 33


class Energies:
    """Of a square of 33 x 33 yarns, at any place of its crossings.

    Args:
        place: From crossings at rest, [N, 3] m, to where they are.
    """

    def __init__(self, scene: Scene, place, device) -> None:
        self.model = Model(scene, device)
        rest = self.model.rest_position
        velocity = np.stack([rest[:, 1], -2.0 * rest[:, 0], 0.5 + 0.0 * rest[:, 2]], axis=1)
        self.state = State.of(self.model, position=place(rest), velocity=velocity)
        self.held = empty_held(self.model)
        hold(self.model, Moment.of(self.state), self.held)

    def of(self, name: str) -> float:
        """The energy [J] of one force."""
        force = next((each for each in POTENTIALS if each.name == name), INERTIA)
        energy = wp.zeros(1, dtype=f64, device=self.model.device)
        if name == "shear":
            self.held.compression.zero_()
        force.add_energy(self.model, self.state, self.held, energy)
        return float(energy.numpy()[0])


def flat(size: int, yarn: str, bundle: int, **changes) -> Scene:
    return square(size, bundle, yarn=yarn, fabric__pose="flat", pins=[], **changes)


def compare(name: str, place, device, yarn: str, bundle: int, **changes) -> float:
    """Energy in bundles over that of the real yarns."""
    real, bundled = (Energies(flat(SIZE, yarn, n, **changes), place, device).of(name) for n in (1, bundle))
    assert real != 0.0
    return bundled / real


@pytest.mark.parametrize("yarn", YARNS)
@pytest.mark.parametrize("bundle", [*BUNDLES, 5])
class TestThatWhichIsExact:
    def test_stretch(self, bundle, yarn, device):
        ratio = compare("stretch", lambda x: x * (1.01, 1.02, 1.0), device, yarn, bundle)
        assert ratio == pytest.approx(1.0, rel=1e-12)

    def test_weight(self, bundle, yarn, device):
        ratio = compare("weight", lambda x: x + (0.0, 0.0, 1.0) + x[:, :1] * (0, 0, 0.3), device, yarn, bundle)
        assert ratio == pytest.approx(1.0, rel=1e-12)

    def test_shear(self, bundle, yarn, device):
        ratio = compare("shear", lambda x: x + x[:, 1:2] * (0.05, 0, 0), device, yarn, bundle)
        assert ratio == pytest.approx(1.0, rel=1e-9)

    def test_twist(self, bundle, yarn, device):
        bent = {"contact__twist_rigidity": 1e-6}
        ratio = compare("twist", lambda x: x + (x[:, :1] * x[:, 1:2]) * (0, 0, 1.0), device, yarn, bundle, **bent)
        assert ratio == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize("scale", [(1.01, 1.01, 1.0), (1.01, 0.995, 1.0)], ids=["both ways", "interchange"])
@pytest.mark.parametrize("yarn", YARNS)
@pytest.mark.parametrize("bundle", BUNDLES)
def test_crimp(bundle, yarn, scale, device):
    """Crimped yarns straighten at the same cost, and so do picks at the cost of ends; at the edge yarns of a bundle do
    so together."""
    changes = {"fabric__crimp": "touching", "contact__crossing_stiffness": 125.0}
    ratio = compare("crimp", lambda x: x * scale, device, yarn, bundle, **changes)
    assert ratio == pytest.approx(1.0, rel=0.04)


@pytest.mark.parametrize("yarn", YARNS)
@pytest.mark.parametrize("bundle", BUNDLES)
def test_bending_of_a_cylinder(bundle, yarn, device):
    """Per area in which yarns bend: at the ends of yarns half of it does not."""
    radius = 0.02

    def bent(x: np.ndarray) -> np.ndarray:
        angle = x[:, 0] / radius
        return np.stack([radius * np.sin(angle), x[:, 1], radius * (1.0 - np.cos(angle))], axis=1)

    ratio = compare("bend", bent, device, yarn, bundle)
    inside = SIZE - 1 - bundle  # spacings, of SIZE - 2
    assert ratio * (SIZE - 2) / inside == pytest.approx(1.0, rel=1e-2)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_mass_in_motion(bundle, device):
    """Mass, its centre and its moments of inertia: those of yarns evenly spread."""
    ratio = compare("inertia", lambda x: x, device, "cotton", bundle)
    assert ratio == pytest.approx(1.0, rel=2e-3)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_yarns_jam_at_the_same_angle(bundle, device):
    ratio = compare("shear", lambda x: x + x[:, 1:2] * (0.6, 0, 0), device, "cotton", bundle)
    assert ratio == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("crimp", [{}, {"fabric__crimp": "touching"}])
def test_compression_is_that_of_a_real_crossing(crimp, device):
    pressed = []
    for n in (1, 4):
        energies = Energies(flat(SIZE, "cotton", n, **crimp), lambda x: x * (1.002, 1.002, 1.0), device)
        inner = energies.model.topology.inner
        found = energies.held.compression.numpy()[inner]
        pressed.append(found[len(found) // 2])  # in the middle
    assert pressed[0] > 1e-4
    assert pressed[1] == pytest.approx(pressed[0], rel=0.04)


def test_bundles_beside_real_yarns(device):
    """A fabric in bundles and one that is not, in one model, are what each is alone."""
    scenes = [flat(17, "cotton", 1), flat(17, "wool", 4)]
    both, alone = Model(scenes, device), [Model(scene, device) for scene in scenes]
    held = empty_held(both)
    hold(both, Moment.of(State.rest(both)), held)
    own = [empty_held(model) for model in alone]
    for model, each in zip(alone, own):
        hold(model, Moment.of(State.rest(model)), each)
    first = len(alone[0].material.radius)
    for key in ("young_modulus", "bending_modulus", "linear_density", "cohesion"):
        found = getattr(held.material, key).numpy()
        np.testing.assert_allclose(found[:first], getattr(own[0].material, key).numpy(), rtol=1e-14)
        np.testing.assert_allclose(found[first:], getattr(own[1].material, key).numpy(), rtol=1e-14)
