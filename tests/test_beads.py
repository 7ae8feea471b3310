"""Beads: how many, where, how thick, and which pairs count."""

import numpy as np
import pytest
import warp as wp
from bead_algebra import shares
from sample_cloth import difference, golden, golden_scene
from textile_cloth import textile_scene

from warp_fabric.beads import Beads, bead_place, bead_radius, beads_of, device_beads, may_touch
from warp_fabric.layout import Layouts
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.topology import build_topology
from warp_fabric.types import f64, vec3

TOUCHES = {"collision": {"stiffness": 100.0}}


@wp.kernel(enable_backward=False)
def _included(beads: Beads, found: wp.array2d(dtype=wp.int32)):
    a, b = wp.tid()
    found[a, b] = wp.int32(may_touch(beads, a, b))


@wp.kernel
def _measure(
    beads: Beads,
    material: Material,
    position: wp.array(dtype=vec3),
    place: wp.array(dtype=vec3),
    radius: wp.array(dtype=f64),
):
    b = wp.tid()
    place[b] = bead_place(beads, position, b)
    radius[b] = bead_radius(beads, material, b)


def included(beads: Beads, device: str) -> np.ndarray:
    """[K, K] whether a pair of beads counts."""
    count = len(beads.weight)
    found = wp.zeros((count, count), dtype=wp.int32, device=device)
    wp.launch(_included, (count, count), [beads], [found], device=device)
    return found.numpy().astype(bool)


def measured(model: Model) -> tuple[wp.array, wp.array, wp.array]:
    """Positions at rest, and the places and radii of beads."""
    with wp.ScopedDevice(model.device):
        position = wp.array(model.rest_position, dtype=vec3, requires_grad=True)
        place = wp.zeros(model.bead_count, dtype=vec3, requires_grad=True)
        radius = wp.zeros(model.bead_count, dtype=f64, requires_grad=True)
        wp.launch(_measure, model.bead_count, [model.beads, model.material, position], [place, radius])
    return position, place, radius


def test_golden_beads(device):
    """Of open cloth of two yarns, by an independent program: nodes, weights, radii and pairs that count."""
    expected, model = golden("contact_elements"), Model(golden_scene("contact_elements"), device)
    np.testing.assert_array_equal(model.beads.node.numpy(), expected["bead_nodes"])
    np.testing.assert_allclose(model.beads.weight.numpy(), expected["bead_weight"], rtol=1e-15)
    np.testing.assert_allclose(model.beads.radius_made.numpy(), expected["bead_radius"], rtol=1e-15)
    np.testing.assert_allclose(measured(model)[2].numpy(), expected["bead_radius"], rtol=1e-15)
    pairs = np.argwhere(np.triu(included(model.beads, device)))
    np.testing.assert_array_equal(pairs, expected["included_pairs"])


def test_pairs_that_count_are_symmetric(device):
    model = Model([golden_scene("contact_elements"), golden_scene("contact_fold_small_euler")], device)
    found = included(model.beads, device)
    np.testing.assert_array_equal(found, found.T)
    assert not found.diagonal().any()
    fabric = model.beads.fabric.numpy()
    assert not found[np.ix_(fabric == 0, fabric == 1)].any(), "members of a batch touch"


@pytest.mark.parametrize("yarn", ["cotton", "wool", "paper-yarn-1"])
@pytest.mark.parametrize("room", [0.9, 1.0, 1.5, 4.0, 9.0])
def test_beads_close_the_gaps(device, yarn, room):
    """`room` times the yarn's diameter twice is the spacing. Up to 1 crossing beads meet; beyond, neighbours along a
    segment are at most a diameter apart, and no bead is spared that is needed."""
    radius = textile_scene(yarn, (2, 2)).yarns["yarn"].radius
    spacing = room * 4.0 * radius
    sizes = {"fabric__end_spacing": spacing, "fabric__pick_spacing": 1.1 * spacing}
    model = Model(textile_scene(yarn, (3, 4), **sizes, collision={"stiffness": 100.0}), device)
    beads = model.beads
    count = np.bincount(beads.fabric.numpy())
    per_segment = [
        0 if length <= 4.0 * radius * (1.0 + 1e-9) else int(np.ceil(length / (2.0 * radius) * (1.0 - 1e-9))) - 1
        for length in (spacing, 1.1 * spacing)
    ]
    assert count == 12 + 9 * per_segment[0] + 8 * per_segment[1]
    segment = beads.node.numpy()[12:]
    assert (segment[:, 0] < segment[:, 1]).all()
    for nodes in np.unique(segment, axis=0):
        weight = beads.weight.numpy()[12:][(segment == nodes).all(axis=1)]
        length = spacing if nodes[1] - nodes[0] == 1 else 1.1 * spacing
        gaps = -np.diff([1.0, *weight, 0.0]) * length
        np.testing.assert_allclose(gaps, gaps[0])
        assert 2.0 * radius * (1.0 + 1e-9) >= gaps[0] > 2.0 * radius * (len(gaps) - 1) / len(gaps) * (1.0 - 1e-9)


def test_lengths_that_are_equal_by_design(device):
    """A spacing that is a whole number of diameters to rounding gives one number of beads."""
    counts = set()
    for shift in (-1e-13, 0.0, 1e-13):
        sizes = {f"fabric__{axis}_spacing": 8.0 * 1.02e-4 * (1.0 + shift) for axis in ("end", "pick")}
        scene = textile_scene("cotton", (3, 3), yarns__yarn__radius=1.02e-4, **sizes, **TOUCHES)
        counts.add(Model(scene, device).bead_count)
    assert counts == {9 + 12 * 3}


def test_places_and_radii_pass_gradients_on(device):
    model = Model(golden_scene("contact_elements"), device)
    rng, share = np.random.default_rng(1), shares(model)
    position, place, radius = measured(model)
    assert difference(place.numpy(), share @ model.rest_position) < 1e-15
    model.material.radius.requires_grad = True
    with wp.Tape() as tape, wp.ScopedDevice(model.device):
        wp.launch(_measure, model.bead_count, [model.beads, model.material, position], [place, radius])
    weights, others = rng.standard_normal((model.bead_count, 3)), rng.standard_normal(model.bead_count)
    seeds = ((place, weights, vec3), (radius, others, f64))
    tape.backward(grads={out: wp.array(seed, dtype=kind, device=device) for out, seed, kind in seeds})
    assert difference(position.grad.numpy(), share.T @ weights) < 1e-14
    yarn = model.beads.yarn.numpy()
    expected = [((yarn == k).sum(axis=1) * others).sum() for k in range(2)]
    np.testing.assert_allclose(model.material.radius.grad.numpy(), expected, rtol=1e-12)


def test_which_beads_ride_on_a_crossing(device):
    """Of two fabrics, the second's behind the first's."""
    scenes = [golden_scene("contact_elements"), textile_scene("cotton", (3, 4), **TOUCHES)]
    model = Model(scenes, device)
    beads, share = model.beads, np.zeros((model.node_count, model.bead_count))
    offset = beads.node_offset.numpy()
    for i in range(model.node_count):
        row = slice(offset[i], offset[i + 1])
        ridden = beads.node_bead.numpy()[row]
        assert (np.diff(ridden) > 0).all(), "sums have one order"
        share[i, ridden] = beads.node_weight.numpy()[row]
    np.testing.assert_allclose(share, shares(model).T, atol=1e-15)
    yarns = [len(scene.build().yarns) for scene in scenes]
    yarn, fabric = beads.yarn.numpy(), beads.fabric.numpy()
    assert yarn[fabric == 0].max() < yarns[0]
    assert yarn[fabric == 1][:, 0].min() == yarns[0]


def test_fabrics_of_one_group_touch(device):
    fabric = golden_scene("contact_fold_small_euler").build()
    layouts = Layouts([fabric.layout, fabric.layout])
    table = beads_of([fabric, fabric], build_topology(layouts.parts))
    with wp.ScopedDevice(device):
        found = included(device_beads(table, layouts, group=[0, 0]), device)
    between = found[np.ix_(table.fabric == 0, table.fabric == 1)]
    assert between.all()
