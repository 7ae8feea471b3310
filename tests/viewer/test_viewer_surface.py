import numpy as np
import pytest

from warp_fabric.layout import Layout
from warp_fabric.viewer.surface import MOST_CELLS, MOST_COLORS, blocks, palette, patches, spread, stride


def flat(picks, ends):
    position = np.zeros((picks, ends, 3))
    position[..., 0], position[..., 1] = np.arange(ends), np.arange(picks)[:, None]
    return position


def area(patch) -> float:
    a, b, c = (patch.vertices[patch.faces[:, k]].astype(float) for k in range(3))
    normal = np.cross(b - a, c - a)
    assert (normal[:, 2] > 0).all()  # seen from the side that the cloth faces
    return 0.5 * np.linalg.norm(normal, axis=1).sum()


def test_each_crossing_has_a_cell_of_its_colour():
    kind = np.array([[0, 1, 0, 1], [2, 2, 1, 1], [0, 0, 0, 0]])
    found = patches(flat(3, 4), kind, 4)
    assert [area(each) for each in found] == [6.0, 4.0, 2.0, 0.0]
    assert found[0].vertices[:, :2].min() == -0.5
    assert not len(found[3].vertices)


def test_a_hole_has_no_cells():
    (found,) = patches(flat(6, 6), np.zeros((6, 6), int), 1, hole=np.s_[1:3, 2:6])
    assert area(found) == 36 - 8


def test_cells_of_several_crossings_cover_the_same_cloth():
    position, step = flat(7, 9), 2
    kind = np.zeros(blocks(np.zeros((7, 9)), step).shape, int)
    assert kind.shape == (4, 5)
    (found,) = patches(position, kind, 1, step=step)
    assert area(found) == 63
    (found,) = patches(position, kind, 1, step=step, hole=np.s_[2:6, 0:9])
    assert area(found) == 63 - 36


def test_blocks_are_means():
    values = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(blocks(values, 2), [[2.5, 4.5], [8.5, 10.5]])
    assert blocks(values, 1) is values


@pytest.mark.parametrize(
    ("grid", "step"), [((10, 10), 1), ((MOST_CELLS, 2), 1), ((2, MOST_CELLS + 1), 2), ((3000, 3000), 10)]
)
def test_large_cloth_has_cells_of_several_crossings(grid, step):
    assert stride(grid) == step


def test_few_colours_stay_as_they_are():
    colors = np.array([[0.1, 0.2, 0.3], [0.9, 0.8, 0.7]])
    kind = np.random.default_rng(0).integers(0, 2, (5, 6))
    found, which = palette(colors[kind])
    np.testing.assert_allclose(found[which], colors[kind])
    assert len(found) == 2


def test_many_colours_become_few_that_are_close():
    colors = np.random.default_rng(0).random((40, 50, 3))
    found, which = palette(colors)
    assert len(found) <= MOST_COLORS
    assert np.abs(found[which] - colors).max() < 0.4


def test_what_lies_around_goes_on_straight():
    layout = Layout(np.array([[mark == "#" for mark in row] for row in [".....", ".###.", ".###.", ".##.."]]))
    pick, end = np.mgrid[:4, :5]
    plane = np.stack([2.0 * end + pick, end - 3.0 * pick], axis=-1)
    ruined = np.where(layout.present[..., None], plane, 77.0)
    near = np.zeros(layout.shape, bool)
    for place in layout.crossing:
        near |= np.maximum(abs(pick - place[0]), abs(end - place[1])) <= 1
    wider = spread(layout, ruined, 1)
    np.testing.assert_allclose(wider[near], plane[near], atol=1e-12)
    np.testing.assert_array_equal(wider[~near], ruined[~near])
