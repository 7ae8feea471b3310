"""Normals and compression of crossings."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point, at_rest, difference, perturbed, sample_model, sample_scene
from scipy.spatial.transform import Rotation

from warp_fabric.model import Model

RADIUS, SPACING = 5e-4, 1e-3
MIDDLE = 40  # of a 9x9 cloth


def flat_plain(device: str, **changes) -> Model:
    """9x9 plain weave of one yarn, flat."""
    size = {"fabric.ends": 9, "fabric.picks": 9, "fabric.pose": "flat", "pins": []}
    yarns = {"fabric.end_yarns": ["y0"], "fabric.pick_yarns": ["y0"]}
    return Model(sample_scene("plain").replace(size | yarns | changes), device)


def crimp_force() -> float:
    """Bending force across a zigzag of amplitude R, on one of its corners, by differences of the energy."""

    def energy(way: float) -> float:
        y = RADIUS * np.resize([1.0, -1.0], 7)
        y[3] += way  # y[3] is below the middle
        heading = np.arctan2(np.diff(y), SPACING)
        return 1.4e-4 * np.pi * RADIUS**2 / (2 * SPACING) * (np.diff(heading) ** 2).sum()

    step = 1e-9
    return (energy(-step) - energy(step)) / (2 * step)


def test_normals_point_from_the_pick_to_the_end(device):
    """Up where the end is on top, down where it is not."""
    model = flat_plain(device)
    normal = at_rest(model).held.normal.numpy().reshape(9, 9, 3)
    up = np.where(model.grid.end_on_top.numpy().reshape(9, 9), 1.0, -1.0)
    inner = model.topology.inner.reshape(9, 9)
    np.testing.assert_allclose(normal[inner], np.stack([0 * up, 0 * up, up], axis=-1)[inner], atol=1e-12)
    assert not normal[~inner].any()


def test_crimp_presses_the_crossings_of_flat_cloth(device):
    """Half the difference of two equal and opposite bending forces."""
    compression = at_rest(flat_plain(device)).held.compression.numpy()
    assert crimp_force() > 0.0
    assert compression[MIDDLE] == pytest.approx(crimp_force(), rel=1e-6)
    assert not compression[~flat_plain(device).topology.inner].any()


def test_yarns_do_not_press_through_each_other(device):
    """A pick under tension presses where it passes over what is raised, and lifts off where it is raised itself."""
    model = flat_plain(device, **{"yarns.y0.bending_modulus": 0.0})
    height = 1e-4
    results = []
    for sign in (1.0, -1.0):
        position = model.rest_position.copy()
        end_on_top = model.grid.end_on_top.numpy()[MIDDLE]
        # Raise the end's neighbours towards the pick's side: the end is pulled onto the pick.
        for other in (MIDDLE - 9, MIDDLE + 9):
            position[other, 2] -= sign * height * (1.0 if end_on_top else -1.0)
        results.append(at_rest(model, position=position).held.compression.numpy()[MIDDLE])
    length = np.hypot(SPACING, height)
    tension = 5e5 * np.pi * RADIUS**2 * (length / SPACING - 1.0)
    assert results[0] == pytest.approx(0.5 * 2 * tension * height / length, rel=1e-6)
    assert results[1] == 0.0


def test_normals_turn_with_the_cloth_and_compression_stays(device):
    point = perturbed(sample_model("twill", device), seed=51)
    point.hold()
    normal, compression = (np.array(a.numpy()) for a in (point.held.normal, point.held.compression))
    assert np.count_nonzero(compression) >= 5
    rotation = Rotation.from_rotvec([0.4, 1.1, -2.0]).as_matrix()
    point.state.position.assign(point.state.position.numpy() @ rotation.T + [0.01, 0.02, 0.03])
    point.hold()
    np.testing.assert_allclose(point.held.normal.numpy(), normal @ rotation.T, atol=1e-9)
    assert difference(point.held.compression.numpy(), compression) < 1e-9


def test_normals_have_unit_length(device):
    point = perturbed(sample_model("twill", device), seed=52)
    length = np.linalg.norm(point.held.normal.numpy(), axis=1)
    np.testing.assert_allclose(length, point.model.topology.inner, atol=1e-14)


def test_an_impossible_state_shows_in_the_compression(device):
    """Not a number, rather than a compression of zero that hides it."""
    model = sample_model("plain", device)
    position = model.rest_position.copy()
    position[13] = position[12]
    assert np.isnan(at_rest(model, position=position).held.compression.numpy()[12])


def test_holding_again_forgets_the_last_state(device):
    point: Point = perturbed(sample_model("twill", device), seed=53)
    point.state.copy_from(at_rest(point.model).state)
    wp.copy(point.held.anchor, point.state.anchor)
    point.hold()
    np.testing.assert_array_equal(point.held.compression.numpy(), at_rest(point.model).held.compression.numpy())
