"""Which crossings lie in an outline, against shapely and by hand."""

import numpy as np
import pytest
import shapely

from warp_fabric.outline.mask import ON_EDGE, crossings_inside
from warp_fabric.yarn import library_entry

SPACINGS = [(library_entry(end).spacing, library_entry(pick).spacing) for end, pick in (
    ("cotton", "cotton"), ("silk", "wool"), ("linen", "cotton-coarse"), ("paper-yarn-1", "polyester")
)]  # fmt: skip
RECTANGLE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])


def star(random: np.random.Generator, points: int, size: float) -> np.ndarray:
    """A loop around (0, 0) whose edges do not cross."""
    angle = np.sort(random.uniform(0.0, 2.0 * np.pi, points))
    return size * random.uniform(0.4, 1.0, points)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def by_shapely(loops, ends, picks, end_spacing, pick_spacing):
    """Even-odd in spacings, with what is on an edge."""
    area = shapely.MultiPolygon()
    for loop in loops:
        area = area.symmetric_difference(shapely.Polygon(loop / (end_spacing, pick_spacing)))
    end, pick = np.meshgrid(np.arange(ends), np.arange(picks))
    return shapely.dwithin(area, shapely.points(end, pick), ON_EDGE)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("seed", range(4))
def test_loops_and_holes_of_any_shape(spacing, seed):
    random = np.random.default_rng(seed)
    ends, picks = random.integers(20, 90, 2)
    middle = 0.5 * np.array([ends, picks]) * spacing
    outer, hole = star(random, 25, middle.min()), star(random, 9, 0.15 * middle.min())
    island = np.array([0.05, 0.05]) * middle.min() * RECTANGLE
    loops = [each + middle for each in (outer, hole[::-1], island)]
    if not shapely.Polygon(outer).contains(shapely.Polygon(hole)):
        loops = loops[:1]
    grid = {"ends": ends, "picks": picks, "end_spacing": spacing[0], "pick_spacing": spacing[1]}
    inside = crossings_inside(loops, **grid)
    assert np.array_equal(inside, by_shapely(loops, **grid))
    assert inside.any()
    assert not inside.all()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("count", [2, 3, 7, 481, 1000])
def test_the_cloths_own_outer_edge_keeps_the_border(spacing, count):
    grid = {"ends": count, "picks": count + 1, "end_spacing": spacing[0], "pick_spacing": spacing[1]}
    outer = RECTANGLE * spacing * (count - 1, count)
    for loop in (outer, outer[::-1], np.roll(outer, 1, axis=0)):
        assert crossings_inside([loop], **grid).all()
    narrower = outer * (1.0 - 1e-8, 1.0)  # 1e-8 of the width is 10 times the tolerance where there are 2 yarns
    assert np.array_equal(crossings_inside([narrower], **grid).all(axis=0), np.arange(count) < count - 1)


def test_edges_of_holes_are_cloth_on_all_sides():
    hole = np.array([(2, 2), (5, 2), (5, 4), (2, 4)], float)
    inside = crossings_inside([9.0 * RECTANGLE, hole], ends=10, picks=10, end_spacing=1, pick_spacing=1)
    assert [*map(tuple, np.argwhere(~inside))] == [(3, 3), (3, 4)]


def test_a_diagonal_edge_through_crossings_holds_them():
    triangle = np.array([(0, 0), (6, 0), (0, 6)]) * 0.42e-3
    inside = crossings_inside([triangle], ends=7, picks=7, end_spacing=0.42e-3, pick_spacing=0.42e-3)
    end, pick = np.meshgrid(np.arange(7), np.arange(7))
    assert np.array_equal(inside, end + pick <= 6)


def test_corners_on_a_pick_count_once():
    loop = np.array([(0, 2), (2, 0), (4, 2), (6, 0), (8, 2), (4, 6)], float)  # a notch that ends at a pick
    grid = {"ends": 9, "picks": 7, "end_spacing": 1.0, "pick_spacing": 1.0}
    assert np.array_equal(crossings_inside([loop], **grid), by_shapely([loop], **grid))


def test_what_lies_beyond_the_grid_is_left_out():
    loop = 20.0 * RECTANGLE - 5.0
    assert crossings_inside([loop], ends=4, picks=3, end_spacing=1, pick_spacing=1).all()
    assert not crossings_inside([loop + 30.0], ends=4, picks=3, end_spacing=1, pick_spacing=1).any()
