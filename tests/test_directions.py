import numpy as np
import pytest

from warp_fabric.directions import facing, norm, unit


def sheet(picks: int, ends: int, along: list[float], down: list[float]) -> np.ndarray:
    """A flat cloth: each end is one step further along, each pick one step further down."""
    pick, end = np.arange(picks)[:, None, None], np.arange(ends)[None, :, None]
    return end * np.array(along) + pick * np.array(down)


def test_unit_vectors_and_what_stands_for_those_without_length():
    vectors = np.array([[3.0, 0.0, -4.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(norm(vectors), [5.0, 0.0])
    np.testing.assert_allclose(unit(vectors), [[0.6, 0.0, -0.8], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(unit(vectors, np.array([0.0, 1.0, 0.0]))[1], [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(unit(vectors, smallest=6.0), np.zeros((2, 3)))


def test_cloth_faces_the_side_of_its_ends_on_average():
    np.testing.assert_allclose(facing(sheet(3, 4, [1, 0, 0], [0, 1, 0])), [0, 0, 1])
    np.testing.assert_allclose(facing(sheet(3, 4, [1, 0, 0], [0, -1, 0])), [0, 0, -1])
    bent = sheet(3, 3, [1, 0, 0], [0, 1, 0])
    bent[2] = bent[1] + [0, 0, 1]  # half of it lies, half of it stands
    np.testing.assert_allclose(facing(bent), np.array([0, -1, 1]) / np.sqrt(2.0))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_single_yarn_faces_across_itself_and_not_down(axis):
    yarn = sheet(1, 5, [*np.eye(3)[axis]], [0, 0, 0])
    for position in (yarn, yarn.swapaxes(0, 1)):
        face = facing(position)
        assert norm(face) == pytest.approx(1.0)
        assert face[axis] == pytest.approx(0.0)
        assert face[2] > -0.8


def test_cloth_folded_up_faces_where_it_is_flat():
    folded = sheet(3, 5, [1, 0, 0], [0, 0, -1])
    folded[2] = folded[0] + [0, 1e-3, 0]
    np.testing.assert_allclose(np.abs(facing(folded)), [0, 1, 0], atol=1e-2)
