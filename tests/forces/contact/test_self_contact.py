"""Cloth that touches itself: against an independent program, and pairs by hand."""

import numpy as np
import pytest
from golden_contact import golden_point
from sample_cloth import difference, folded, golden, largest, perturbed, sample_model
from textile_cloth import textile_scene

from warp_fabric.forces.contact.self_contact import SelfContact
from warp_fabric.model import Model

EXACT = 1e-9


def test_golden_elements(device):
    point, arrays = golden_point(device, end=0.0), golden("contact_elements")
    assert point.energy(SelfContact()) == pytest.approx(float(arrays["energy_contact_self"]), rel=EXACT)
    force = point.force(SelfContact())
    assert difference(force[:, :3], arrays["force_contact_self"].reshape(-1, 3)) < EXACT


@pytest.mark.parametrize("yarn", ["cotton", "wool", "paper-yarn-1"])
@pytest.mark.parametrize("y", [-0.5, 0.02, 0.2, 0.7, 0.99, 1.01])
def test_crossings_above_each_other(device, yarn, y):
    """Of two layers of closed cloth, by the law itself: three pairs on each of three picks, nothing else is near."""
    scene = textile_scene(yarn, (3, 8), fabric__pose="flat", collision={"stiffness": 70.0})
    radius = scene.yarns["yarn"].radius
    touch = 4.0 * radius
    model = Model(scene.replace({f"fabric.{axis}_spacing": touch for axis in ("end", "pick")}), device)
    assert model.bead_count == 24
    x = np.array(model.rest_position).reshape(3, 8, 3)
    x[:, 5:, 0], x[:, 5:, 2] = x[:, 2::-1, 0], (0.5 + 0.5 * y) * touch
    x[:, 3:5, 1] += 1.0  # out of the way
    force = perturbed(model, 1, amount=0.0, lies=lambda _: x.reshape(-1, 3)).force(SelfContact()).reshape(3, 8, 5)
    expected = np.zeros_like(force)
    if y < 1.0:
        least = max(y, 0.05)
        slope = 2 * (1 - least) * np.log(least) - (1 - least) ** 2 / least
        curvature = -2 * np.log(least) + 4 * (1 - least) / least + ((1 - least) / least) ** 2
        expected[:, 5:, 2] = -70.0 * 0.5 * touch * (slope + (y - least) * curvature)
        expected[:, :3, 2] = -expected[:, 7:4:-1, 2]
    assert difference(force, expected) < 1e-9


def test_what_pairs_do_to_each_other_is_opposite(device):
    """Neither force nor torque on the whole cloth."""
    for name in ("folded_paper", "folded_cotton"):
        point = perturbed(sample_model(name, device), seed=51, amount=0.02, lies=folded)
        force, x = point.force(SelfContact())[:, :3], point.state.position.numpy()
        assert largest(force) > 0.0
        assert largest(force.sum(axis=0)) < 1e-12 * np.abs(force).sum()
        assert largest(np.cross(x, force).sum(axis=0)) < 1e-12 * np.abs(force).sum() * largest(x)


def test_it_acts_only_where_it_is_asked_for(device):
    point = perturbed(sample_model("folded_paper", device), seed=52, amount=0.02, lies=folded)
    assert SelfContact().count(point.model) == point.model.bead_count > 0
    plane = {"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 1]}
    for scene in (textile_scene("cotton", (3, 4)), textile_scene("cotton", (3, 4), obstacles=[plane])):
        assert SelfContact().count(Model(scene, device)) == 0


def test_flat_and_tightly_folded_cloth_does_not_touch_itself(device):
    """Neighbours are not its business: at rest, and folded as tightly as its thickness lets it."""
    for yarn in ("cotton", "wool", "paper-yarn-1"):
        model = Model(textile_scene(yarn, (4, 9), fabric__pose="flat", collision={"stiffness": 70.0}), device)
        for lies in (None, lambda model: folded(model, gap=1.0 + 1e-9)):
            point = perturbed(model, 1, amount=0.0, lies=lies)
            assert not point.force(SelfContact()).any(), yarn
