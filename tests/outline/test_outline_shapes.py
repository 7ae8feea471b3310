"""Outlines by name."""

import numpy as np
import pytest
import shapely

from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS
from warp_fabric.outline.shapes import shape_loops


@pytest.mark.parametrize("diameter", [0.001, 0.03, 0.3, 2.0])
def test_a_disc_is_round_and_alike_all_round(diameter):
    (loop,) = shape_loops({"shape": "disc", "diameter": diameter}, "outline")
    middles = 0.5 * (loop + np.roll(loop, -1, axis=0))
    assert np.hypot(*loop.T) == pytest.approx(0.5 * diameter, rel=1e-12)
    assert np.hypot(*middles.T).min() > 0.5 * diameter - FLATNESS
    for point in ((0.5, 0), (0, 0.5), (-0.5, 0), (0, -0.5)):  # its box is that of the circle
        assert np.abs(loop - np.array(point) * diameter).sum(axis=1).min() == 0.0
    for other in (loop * (-1, 1), loop * (1, -1), loop[:, ::-1]):
        distance = np.linalg.norm(other[:, None] - loop[None], axis=2).min(axis=1)
        assert distance.max() < 1e-15 * diameter + 1e-17
    assert len(loop) < 1000


def test_a_ring_has_a_hole():
    outer, hole = map(shapely.Polygon, shape_loops({"shape": "ring", "diameter": 0.3, "hole": 0.1}, "outline"))
    assert outer.area / hole.area == pytest.approx(9.0, rel=1e-3)
    assert outer.contains(hole)


def test_a_rectangle_has_its_length_along_the_ends():
    (loop,) = shape_loops({"shape": "rectangle", "width": 0.2, "length": 0.3}, "outline")
    assert np.array_equal(np.ptp(loop, axis=0), [0.2, 0.3])


@pytest.mark.parametrize(
    ("table", "where", "says"),
    [
        ({"diameter": 0.3}, "fabric.outline.shape", "missing"),
        ({"shape": "disk", "diameter": 0.3}, "fabric.outline.shape", "did you mean disc"),
        ({"shape": 3}, "fabric.outline.shape", "disc, ring, rectangle"),
        ({"shape": "disc"}, "fabric.outline.diameter", "missing"),
        ({"shape": "disc", "radius": 0.1, "diameter": 0.2}, "fabric.outline.radius", "no such key"),
        ({"shape": "disc", "diameter": 0}, "fabric.outline.diameter", "above 0"),
        ({"shape": "disc", "diameter": float("nan")}, "fabric.outline.diameter", "nan"),
        ({"shape": "rectangle", "width": "1 m", "length": 1}, "fabric.outline.width", "not a number"),
        ({"shape": "ring", "diameter": 0.3, "hole": 0.3}, "fabric.outline.hole", "leaves nothing"),
    ],
)
def test_impossible_shapes(table, where, says):
    with pytest.raises(SceneError, match=says) as caught:
        shape_loops(table, "fabric.outline")
    assert caught.value.where == where
    assert caught.value.fix
