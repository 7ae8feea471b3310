"""Crimp as a force: its energy, against the text of the physics; where there is none; what a run sees of it."""

import numpy as np
import pytest
from crimp_law import star_of
from sample_cloth import TOUCHING, Point, at_rest, difference, perturbed, sample_model, sample_scene

from warp_fabric.forces import INERTIA, POTENTIALS
from warp_fabric.forces.crimp.crimp import Crimp
from warp_fabric.forces.stretch import Stretch
from warp_fabric.model import Model

CRIMP, STRETCH = Crimp(), Stretch()


def law(name: str, point: Point) -> float:
    """Energy [J] of all stars at the changes that the model found."""
    grid = point.model.layouts.shapes[0]
    position, sliding = (array.numpy().reshape(*grid, -1) for array in (point.state.position, point.state.sliding))
    change = point.held.change.numpy().reshape(*grid, 2)
    scene = sample_scene(name)
    return sum(star_of(scene, position, sliding, *at).energy(change[at]) for at in np.ndindex(grid))


@pytest.mark.parametrize("name", ["crimped_twill", "flattening_twill", "touching_satin", "crimped_cotton"])
@pytest.mark.parametrize("amount", [0.01, 0.1])
def test_energy(device, name, amount):
    point = perturbed(sample_model(name, device), seed=71, amount=amount)
    energy = point.energy(CRIMP)
    assert energy == pytest.approx(law(name, point), rel=1e-12)
    assert energy > 0.0


@pytest.mark.parametrize("name", ["crimped_twill", "flattening_twill", "touching_satin", "crimped_cotton"])
def test_cloth_at_rest_is_at_rest(device, name):
    scene = sample_scene(name)
    point = at_rest(sample_model(name, device))
    stiffness = max(yarn.young_modulus * np.pi * yarn.radius**2 for yarn in scene.yarns.values())
    assert np.abs(point.force(CRIMP)).max() < 1e-14 * stiffness
    assert point.energy(CRIMP) < 1e-28 * stiffness


def test_touching_crimp_is_that_of_round_yarns_that_touch(device):
    scene = sample_scene("touching_satin")
    point, fabric = at_rest(Model(scene, device)), scene.build()
    rise = fabric.pick_radius.mean() + fabric.end_radius.mean()
    pick, end = point.held.crimp.numpy()[0]
    assert fabric.end_spacing * np.sqrt((1 + pick) ** 2 - 1) == pytest.approx(rise, rel=1e-12)
    assert fabric.pick_spacing * np.sqrt((1 + end) ** 2 - 1) == pytest.approx(rise, rel=1e-12)
    assert (fabric.pick_crimp, fabric.end_crimp) == pytest.approx((pick, end), rel=1e-12)
    both = scene.replace(dict.fromkeys(TOUCHING, None) | {"fabric.weave": "plain", "fabric.crimp_set": 0.5})
    assert not both.crimped


def test_without_crimp_stretch_is_what_it_was(device):
    """To the last bit: crimp does not take part in cloth whose yarns are straight."""
    point = perturbed(sample_model("twill", device), seed=72)
    assert not point.force(CRIMP).any()
    assert point.energy(CRIMP) == 0.0
    assert {len(getattr(point.held, name)) for name in ("change", "held_change", "found", "flat")} == {0}
    assert not at_rest(sample_model("twill", device)).held.crimp.numpy().any()


def test_a_fabric_without_crimp_is_stretched_beside_one_with(device):
    """In the same model its halves give section 2's stretch back."""
    straight = sample_scene("small_straight")
    alone = perturbed(Model(straight, device), seed=73, amount=0.05)
    together = at_rest(Model([sample_scene("small_crimped"), straight], device))
    count = alone.model.node_count
    coordinates = together.coordinates()
    coordinates[-count:] = alone.coordinates()
    together.move_to(coordinates)
    expected = alone.force(STRETCH)
    assert difference(together.force(CRIMP)[-count:], expected) < 1e-12
    assert together.energy(CRIMP) == pytest.approx(alone.energy(STRETCH), rel=1e-9)
    unknowns = slice(-5 * count, None)
    actual = together.jacobian(CRIMP)[unknowns, unknowns]
    assert difference(actual, alone.jacobian(STRETCH)) < 1e-12
    # and presses its crossings as it does alone
    together.hold()
    alone.hold()
    found, pressed = together.held.compression.numpy()[-count:], alone.held.compression.numpy()
    assert difference(found, pressed) < 1e-12


def test_yarn_weighs_along_its_waves(device):
    """Masses and weights count the yarn, not the cloth."""
    scene = sample_scene("crimped_twill")
    model = Model(scene, device)
    point = at_rest(model, velocity=np.tile([0.0, 0.0, 2.0], (model.node_count, 1)))
    fabric = scene.build()
    mass = 0.0
    for axis, of_yarn in ((0, fabric.pick_yarn), (1, fabric.end_yarn)):
        lines = np.moveaxis(fabric.sliding[..., axis], axis, 0)
        mass += sum(fabric.yarns[yarn].linear_density * (line[-1] - line[0]) for yarn, line in zip(of_yarn, lines))
    assert point.energy(INERTIA) == pytest.approx(0.5 * mass * 4.0, rel=1e-12)
    weight = next(force for force in POTENTIALS if force.name == "weight")
    assert point.force(weight)[:, 2].sum() == pytest.approx(-9.8 * mass, rel=1e-12)
    assert mass > 1.02 * 2e-3 * 6 * 6 * 1.5e-3
