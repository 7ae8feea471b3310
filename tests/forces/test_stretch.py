"""Stretch: Hooke's law along a yarn."""

import numpy as np
import pytest
from sample_cloth import at_rest, sample_model, sample_scene

from warp_fabric.forces import Elements
from warp_fabric.forces.stretch import Stretch
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix

STRETCH = Stretch()
LENGTH = 1e-3
STIFFNESS = 5e5 * np.pi * 5e-4**2  # N, of the yarn y0


@pytest.fixture
def segment(device) -> Model:
    """One pick between two ends."""
    return Model(sample_scene("one_pick").replace({"fabric.ends": 2, "pins": []}), device)


@pytest.mark.parametrize("strain", [-0.4, -1e-6, 0.0, 1e-6, 0.1, 2.0])
@pytest.mark.parametrize("direction", [(1.0, 0.0, 0.0), (0.36, -0.48, 0.8)])
def test_a_segment_obeys_hookes_law(segment, strain, direction):
    end = LENGTH * (1.0 + strain) * np.array(direction)
    point = at_rest(segment, position=[np.zeros(3), end])
    force = point.force(STRETCH)[:, :3]
    pull = STIFFNESS * strain * np.array(direction)
    np.testing.assert_allclose(force, [pull, -pull], atol=1e-15 * STIFFNESS)
    assert point.energy(STRETCH) == pytest.approx(0.5 * STIFFNESS * LENGTH * strain**2, rel=1e-9, abs=1e-25)


def test_yarn_that_slides_into_a_segment_relieves_it(segment):
    stretched = [[0.0, 0.0, 0.0], [1.1 * LENGTH, 0.0, 0.0]]
    longer = at_rest(segment, position=stretched, sliding=[[0.0, 0.0], [1.1 * LENGTH, 0.0]])
    assert longer.energy(STRETCH) == pytest.approx(0.0, abs=1e-25)
    np.testing.assert_allclose(longer.force(STRETCH), 0.0, atol=1e-14)


def test_each_yarn_has_its_own_stiffness(device):
    """Stretching one end of the twill stretches that end's segments only, with the stiffness of its yarn."""
    model = sample_model("twill", device)
    position = model.rest_position.reshape(6, 7, 3).copy()
    position[..., 2] *= 1.01  # the ends hang along z
    along = at_rest(model, position=position)
    radius, young = np.array([5e-4, 4.2e-4, 3.6e-4]), np.array([5e5, 1.7e5, 3e5])
    yarn = np.array([1, 0, 2, 1, 1, 0, 2])
    expected = (young * np.pi * radius**2)[yarn] * 0.01
    pull_up = along.force(STRETCH).reshape(6, 7, 5)[-1, :, 2]
    np.testing.assert_allclose(pull_up, expected, rtol=1e-12)


def test_straight_yarn_gains_side_stiffness_under_tension(segment):
    """A string's stiffness across is its tension by its length."""
    point = at_rest(segment, position=[[0.0, 0.0, 0.0], [1.2 * LENGTH, 0.0, 0.0]])
    jacobian = point.jacobian(STRETCH)
    assert jacobian[1, 1] == pytest.approx(-STIFFNESS * 0.2 / (1.2 * LENGTH), rel=1e-9)
    assert jacobian[0, 0] == pytest.approx(-STIFFNESS / LENGTH, rel=1e-9)


@pytest.mark.parametrize("fault", ["inverted", "no yarn", "no length"])
def test_impossible_segments_are_not_a_number(segment, fault):
    """So that the line search rejects such a trial."""
    arrays = {
        "inverted": {"sliding": [[0.0, 0.0], [-1e-6, 0.0]]},
        "no yarn": {"sliding": np.zeros((2, 2))},
        "no length": {"position": np.zeros((2, 3))},
    }
    force = at_rest(segment, **arrays[fault]).force(STRETCH)
    assert np.isnan(force[:, :3]).all()


@pytest.mark.parametrize("strain", [-0.3, 0.0, 0.2])
def test_the_definite_jacobian_leaves_out_what_pushed_yarn_gives_way_by(segment, strain):
    """Across a pushed segment; along it, and where it is pulled, nothing changes."""
    point = at_rest(segment, position=[np.zeros(3), LENGTH * (1.0 + strain) * np.array([0.36, -0.48, 0.8])])
    elements, matrix = Elements(segment), BlockMatrix(segment)
    elements.clear_jacobian()
    STRETCH.add_definite_jacobian(segment, point.state, point.held, elements, 1.0, 0.0)
    elements.collect_jacobian(matrix.blocks)
    along = np.array([0.36, -0.48, 0.8])
    push = STIFFNESS * min(strain, 0.0) / (LENGTH * (1.0 + strain))
    across = push * (np.eye(3) - np.outer(along, along))
    expected = point.jacobian(STRETCH)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        sign = 1.0 if row == column else -1.0
        expected[5 * row : 5 * row + 3, 5 * column : 5 * column + 3] += sign * across
    actual = matrix.to_scipy().toarray()
    np.testing.assert_allclose(actual, expected, atol=1e-9 * np.abs(expected).max())
    assert np.linalg.eigvalsh(-actual[:3, :3]).min() > -1e-9 * np.abs(expected).max()
