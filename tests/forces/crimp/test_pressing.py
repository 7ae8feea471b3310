"""What crimped yarns press on each other with: from the text of the physics, and by what it means."""

import numpy as np
import pytest
from crimp_law import STEPS, derivatives, star_of
from sample_cloth import Point, at_rest, difference, perturbed, sample_model, sample_scene

from warp_fabric.forces.bend import Bend
from warp_fabric.model import Model
from warp_fabric.scene import Scene

BEND = Bend()


def pressing(scene: Scene, point: Point) -> np.ndarray:
    """[picks, ends] N: max(0, V + V_set + 1/2 n . (f_pick - f_end)) of the inner crossings."""
    grid, out = point.model.layouts.shapes[0], np.zeros(point.model.layouts.shapes[0])
    position, sliding = (array.numpy().reshape(*grid, -1) for array in (point.state.position, point.state.sliding))
    change = point.held.held_change.numpy().reshape(*grid, 2)
    normal = point.held.normal.numpy().reshape(*grid, 3)
    bending = one_system(point, 0) - one_system(point, 1)
    for pick, end in np.argwhere(scene.build().slides):
        own = star_of(scene, position, sliding, pick, end)
        pressed, across = 0.0, bending.reshape(*grid, 3)[pick, end].copy()
        for each, (down, right) in zip(own.halves, STEPS):
            other = (pick + down, end + right)
            slopes = []
            for at in ((pick, end), other):
                h = each.h0 + change[at][each.axis] if each.interlaced else 0.0
                slopes.append(derivatives(each.ks, each.kc * each.interlaced, each.t0, each.chord, h, each.d))
            way = (position[other] - position[pick, end]) / each.chord
            across += (1 - 2 * each.axis) * (slopes[0][0] + slopes[1][0]) * way
            if each.interlaced:
                h = each.h0 + change[pick, end][each.axis]
                pressed += 2 * slopes[0][1] * (each.axis == 0)
                loose = (1 - scene.fabric.crimp_set) * 6 * each.kc / each.d * each.t0
                pressed += loose * each.chord / (each.chord**2 + h**2)
        out[pick, end] = max(0.0, pressed + 0.5 * normal[pick, end] @ across)
    return out


def one_system(point: Point, axis: int) -> np.ndarray:
    """[N, 3] bending forces of the picks alone, or of the ends: the others' yarn straight as far as bending goes."""
    model, table = point.model, point.model.topology
    x, s, out = point.state.position.numpy(), point.state.sliding.numpy(), np.zeros((point.model.node_count, 3))
    for (before, centre, after), of in zip(table.triple, table.triple_axis):
        if of != axis:
            continue
        yarn = (model.grid.pick_yarn, model.grid.end_yarn)[axis].numpy()[centre]
        material = model.material
        kb = material.bending_modulus.numpy()[yarn] * np.pi * material.radius.numpy()[yarn] ** 2

        def energy(points: np.ndarray, kb=kb, length=s[after, axis] - s[before, axis]) -> complex:
            d2, d1 = points[1] - points[0], points[2] - points[1]
            t2, t1 = d2 / np.sqrt((d2**2).sum()), d1 / np.sqrt((d1**2).sum())
            return kb / length * (2 * np.arcsin(np.sqrt(((t1 - t2) ** 2).sum()) / 2)) ** 2

        nodes = np.array([before, centre, after])
        for k in range(3):
            for c in range(3):
                moved = x[nodes].astype(complex)
                moved[k, c] += 1e-30j
                out[nodes[k], c] -= energy(moved).imag / 1e-30
    return out


@pytest.mark.parametrize("name", ["crimped_twill", "flattening_twill", "touching_satin", "rigid_cotton"])
def test_compression(device, name):
    point = perturbed(sample_model(name, device), seed=61, amount=0.02)
    point.hold()
    found = point.held.compression.numpy().reshape(point.model.layouts.shapes[0])
    expected = pressing(sample_scene(name), point)
    assert (expected > 0.0).any()
    assert difference(found, expected) < 1e-9


def test_what_a_helper_says_of_bending_is_so(device):
    point = perturbed(sample_model("crimped_twill", device), seed=62, amount=0.02)
    both = one_system(point, 0) + one_system(point, 1)
    assert difference(both, point.force(BEND)[:, :3]) < 1e-9


@pytest.mark.parametrize("name", ["crimped_cotton", "flattening_twill"])
def test_cloth_at_rest_presses_as_far_as_it_is_not_set(device, name):
    """With the mean of what both systems' yarns would: 6 kb t0 / (C D l) of each interlaced half."""
    scene, found = sample_scene(name), {}
    for crimp_set in (1.0, 0.8, 0.0):
        model = Model(scene.replace({"fabric.crimp_set": crimp_set}), device)
        found[crimp_set] = at_rest(model).held.compression.numpy().reshape(model.layouts.shapes[0])
    model = at_rest(Model(scene, device))
    position, sliding = (model.model.rest_position, model.model.rest_sliding)
    grid = model.model.layouts.shapes[0]
    star = star_of(scene, position.reshape(*grid, 3), sliding.reshape(*grid, 2), 2, 2)
    each = [6 * half.kc / half.d * half.t0 * half.chord / (half.chord**2 + half.h0**2) for half in star.halves]
    loose = sum(value for value, half in zip(each, star.halves) if half.interlaced)
    assert found[0.0][2, 2] == pytest.approx(loose, rel=1e-9)
    assert found[0.8][2, 2] == pytest.approx(0.2 * loose, rel=1e-9)
    assert found[1.0].max() < 1e-9 * loose


def test_yarns_that_are_pulled_press_on_those_across(device):
    """V is what the picks' halves push the rises down with; where crossings give, it is k g."""
    scene = sample_scene("flattening_twill").replace({"fabric.crimp_set": 1.0, "fabric.weave": "plain"})
    model = Model(scene, device)
    point = at_rest(model, position=model.rest_position * [1.03, 1.0, 1.03])
    grid = model.layouts.shapes[0]
    pick, end = point.held.held_change.numpy().reshape(*grid, 2)[2, 3]
    assert point.held.compression.numpy().reshape(grid)[2, 3] == pytest.approx(150.0 * -0.5 * (pick + end), rel=1e-9)
    assert -0.5 * (pick + end) > 1e-6
