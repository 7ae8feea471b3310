import numpy as np
from small_run import small_scene
from waving_cloth import waving

from warp_fabric.obstacle_shapes import obstacle_shapes
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.drawing import Drawing
from warp_fabric.viewer.painter import Look, paint


def painted(frame=0, **look):
    return paint(Cloth(waving(), "run"), frame, Look(**look), np.zeros(3), 100.0)


def test_yarns_are_moved_and_not_made_again(server):
    drawing = Drawing(server, "/0")
    drawing.draw_yarns(painted(0).yarns)
    handles = list(drawing._bundles)
    drawing.draw_yarns(painted(4).yarns)
    assert drawing._bundles == handles
    np.testing.assert_array_equal(handles[1].batched_positions, painted(4).yarns[1].position)


def test_colours_are_sent_as_the_browser_takes_them(server):
    drawing = Drawing(server, "/0")
    drawing.draw_yarns(painted(0, tint=(0.5, 0.5, 0.5)).yarns)
    assert (drawing._bundles[0].batched_colors == 55).all()  # 255 times linear light of sRGB 0.5


def test_yarns_of_another_number_are_made_anew_or_taken_away(server):
    drawing = Drawing(server, "/0")
    drawing.draw_yarns(painted(0, samples=2).yarns)
    first = drawing._bundles[0]
    drawing.draw_yarns(painted(0, samples=4).yarns)
    assert drawing._bundles[0] is not first
    drawing.draw_yarns([])
    assert drawing._bundles == []


def test_a_surface_in_its_colours(server):
    drawing = Drawing(server, "/0")
    painting = painted(0, samples=0)
    drawing.draw_surface(painting.patches, painting.colors)
    assert {each.color for each in drawing._patches} == {(32, 53, 107), (233, 223, 200)}
    handle = drawing._patches[0]
    later = painted(4, samples=0)
    drawing.draw_surface(later.patches, later.colors)
    assert drawing._patches[0] is handle
    np.testing.assert_array_equal(handle.vertices, later.patches[0].vertices)
    drawing.draw_surface([], np.zeros((0, 3)))
    assert drawing._patches == []


def test_pins_and_a_mark_come_and_go(server):
    drawing = Drawing(server, "/0")
    drawing.draw_pins(np.zeros((2, 3)), 0.1)
    drawing.draw_pins(np.ones((2, 3)), 0.1)
    assert (drawing._pins.batched_positions == 1.0).all()
    drawing.draw_pins(np.zeros((0, 3)), 0.1)
    assert drawing._pins is None
    drawing.mark(np.zeros(3), 0.1)
    drawing.mark(np.ones(3), 0.1)
    assert drawing._mark.position.tolist() == [1.0, 1.0, 1.0]
    drawing.mark(None, 0.0)
    drawing.mark(None, 0.0)
    assert drawing._mark is None


def test_obstacles_are_moved_and_go(server):
    ball = {"shape": "sphere", "center": [0, 0, 0], "radius": 1e-3, "path": [[0, 0, 0, 0], [1, 0.5, 0, 0]]}
    box = {"shape": "box", "center": [0, 0, 0], "size": [1, 2, 3]}
    shapes, centre = obstacle_shapes(small_scene(obstacles=[ball, box])), np.array([0.1, 0.2, 0.3])
    drawing = Drawing(server, "/0")
    drawing.draw_obstacles(shapes, 0.0, centre, 10.0)
    handles, still = list(drawing._obstacles), drawing._obstacles[1].vertices
    drawing.draw_obstacles(shapes, 0.5, centre, 10.0)
    assert drawing._obstacles == handles
    np.testing.assert_allclose(handles[0].vertices, 10.0 * (shapes[0].at(0.5) - centre), rtol=1e-6)
    assert handles[1].vertices is still
    drawing.draw_obstacles([], 0.5, centre, 10.0)
    assert drawing._obstacles == []
