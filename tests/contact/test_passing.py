"""The check that nothing passes finds hand-made passages, and no others."""

import numpy as np
import pytest
from passing import find_passages, has_holes
from touched_bodies import Body

from warp_fabric.scene.obstacle import Obstacle

ASIDE = np.array([0.3, 0.4, 0.0])


def sheet(picks=4, ends=4, height=0.0):
    """[picks, ends, 3] a flat square grid with spacing 1."""
    pick, end = np.indices((picks, ends))
    return np.stack([end, pick, np.full((picks, ends), height)], axis=-1).astype(float)


def film(*frames):
    return np.array(frames)


def events(found):
    return [(passage.frame, passage.event) for passage in found]


def test_a_sheet_that_flies_and_shears_passes_nothing():
    after = sheet() @ np.array([[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]) + [5.0, 3.0, -9.0]
    assert find_passages([film(sheet(), after)]) == []


def test_two_layers_that_do_not_meet():
    upper = sheet(height=0.1) + ASIDE
    assert find_passages([film(sheet(), sheet()), film(upper, upper - [0.0, 0.0, 0.0999])]) == []


def test_a_layer_that_falls_through_another():
    upper = sheet(height=0.1) + ASIDE
    found = find_passages([film(sheet(), sheet()), film(upper, upper - [0.0, 0.0, 0.2])])
    assert {*events(found)} == {(1, "passed")}
    assert {passage.segment[0] for passage in found} == {0, 1}


def test_a_corner_that_pokes_through_and_comes_back():
    upper = sheet(height=0.1) + ASIDE
    poking = upper.copy()
    poking[0, 0, 2] = -0.1
    found = find_passages([film(sheet(), sheet(), sheet()), film(upper, poking, upper)])
    assert [each for each in events(found) if each[1] == "crosses"] == [(1, "crosses")] * 2
    assert {each for each in events(found) if each[1] == "passed"} == {(1, "passed"), (2, "passed")}
    crossing = [passage for passage in found if passage.event == "crosses"]
    assert {passage.segment for passage in crossing} == {(1, (0, 0), (0, 1)), (1, (0, 0), (1, 0))}
    assert {passage.through for passage in crossing} == {(0, 0, 0)}


def test_a_corner_that_hangs_through_a_hole_has_passed_nothing():
    upper = sheet(height=0.1) + ASIDE
    poking = upper.copy()
    poking[0, 0, 2] = -0.1
    assert find_passages([film(sheet(), sheet(), sheet()), film(upper, poking, upper)], holes=True) == []
    dragged = poking.copy()
    dragged[0, 0, 0] = -0.5  # below the border's yarn, while its neighbours stay above it
    found = find_passages([film(sheet(), sheet()), film(poking, dragged)], holes=True)
    assert {*events(found)} == {(1, "passed")}
    assert {(passage.segment, passage.through) for passage in found} <= {
        ((0, (0, 0), (1, 0)), (1, (0, 0), (0, 1))),
        ((0, (0, 0), (1, 0)), (1, (0, 0), (1, 0))),
    }


def test_yarns_of_nets_do_not_pass_each_other():
    upper = sheet(height=0.1) + ASIDE
    layers = [film(sheet(), sheet()), film(upper, upper - [0.0, 0.0, 0.2])]
    assert {*events(find_passages(layers, holes=True))} == {(1, "passed")}
    assert find_passages([layers[0], film(upper, upper - [0.0, 0.0, 0.0999])], holes=True) == []


def test_which_cloth_has_holes():
    """Of the library the paper's yarns alone are woven so openly."""
    assert has_holes(3.58e-3, 0.5e-3)
    assert not has_holes(1.15 * 0.4e-3, 0.1e-3)


def test_a_corner_that_pokes_through_within_one_way():
    """Both ends of the way are clean: a sheet moves across another one's corner, which dips through its cell and beyond
    its border."""
    still = sheet(2, 2)
    start, end = (sheet(2, 2) + np.array(by) for by in ([0.9, 0.4, 0.3], [1.2, 0.4, -0.1]))
    assert find_passages([film(still), film(start)]) == []
    assert find_passages([film(still), film(end)]) == []
    assert find_passages([film(still, still), film(start, end)]) == []  # it passes beside the border
    lower = end - [0.0, 0.0, 0.9]
    assert {*events(find_passages([film(still, still), film(start, lower)]))} == {(1, "passed")}


def test_a_strip_folded_through_itself():
    strip, folded = sheet(2, 9), sheet(2, 9)
    angle = np.linspace(0.0, 1.5 * np.pi, 9)
    for pick in range(2):
        folded[pick, :, 0], folded[pick, :, 2] = np.sin(angle) * 1.7, 1.7 - 1.7 * np.cos(angle)
    assert find_passages([film(folded)]) == []
    through = folded.copy()
    through[:, -1, :] = [[0.4, 0.5, -0.4], [0.4, 1.5, -0.4]]
    found = find_passages([film(folded, through)])
    assert (1, "crosses") in events(found)
    assert (1, "passed") in events(found)
    assert find_passages([film(strip)]) == []


def test_neighbours_do_not_count():
    """Cells folded onto each other within `tight` spacings are one part of the cloth."""
    kinked = sheet(2, 5)
    kinked[:, 3, 0], kinked[:, 3, 2] = 0.5, 0.3
    kinked[:, 4, 0], kinked[:, 4, 2] = 0.6, -0.3
    kinked[:, 4, 1] += 0.2
    assert find_passages([film(kinked)]) != []
    assert find_passages([film(kinked)], tight=2.0) == []


def test_what_a_fast_cloth_has_in_common_does_not_hide_what_passes():
    upper = sheet(height=0.1) + ASIDE
    far = np.array([0.0, 0.0, -1000.0])
    assert find_passages([film(sheet(), sheet() + far), film(upper, upper + far)]) == []
    assert find_passages([film(sheet(), sheet() + far), film(upper, upper + far - [0.0, 0.0, 0.2])]) != []


@pytest.mark.parametrize(
    "obstacle",
    [
        Obstacle("sphere", center=[1.5, 1.5, 0.0], radius=0.2),
        Obstacle("capsule", start=[1.5, 1.5, 0.0], end=[1.7, 1.5, 0.0], radius=0.2),
        Obstacle("box", center=[1.5, 1.5, 0.0], size=[0.4, 0.4, 0.4]),
    ],
    ids=lambda obstacle: obstacle.shape,
)
def test_a_yarn_that_jumps_over_a_body(obstacle):
    """It is outside at both frames, and none of its crossings gets into the body on the way."""
    above, below = sheet(height=1.0), sheet(height=-1.0)
    body = Body(obstacle)
    assert find_passages([film(above, below)], [body]) == []  # it falls through a cell's middle: around it
    shifted = [0.4, 0.0, 0.0]
    found = find_passages([film(above + shifted, below + shifted)], [body])
    assert {*events(found)} == {(1, "passed")}
    assert {passage.segment for passage in found} >= {(0, (1, 1), (2, 1))}


def test_a_body_that_moves_through_a_yarn():
    path = [[0.0, 0, 0, 0], [1.0, 0, 0, 2]]
    still = film(sheet(), sheet())
    for x, passes in ((1.5, False), (1.9, True)):
        body = Body(Obstacle("sphere", center=[x, 1.5, -1.0], radius=0.2, path=path))
        assert bool(find_passages([still], [body], np.array([0.0, 1.0]))) == passes


def test_a_crossing_inside_a_box():
    body = Body(Obstacle("box", center=[1.0, 1.0, 0.0], size=[0.4, 0.4, 0.4]))
    found = find_passages([film(sheet())], [body])
    assert [passage.segment for passage in found if passage.event == "inside"] == [(0, (1, 1), (1, 1))]
    assert sum(passage.event == "crosses" for passage in found) == 4


def test_depth_in_a_floor():
    body = Body(Obstacle("plane", point=[0, 0, 0], normal=[0, 0, 1]))
    assert find_passages([film(sheet(height=1e-9))], [body]) == []
    found = find_passages([film(sheet(height=0.1), sheet(height=-0.1))], [body])
    assert max(passage.depth for passage in found) == pytest.approx(0.1)


def test_how_deep_a_yarn_cuts_the_edge_of_a_box():
    """One of a chord's ends goes down beside the box while the other comes to lie over it."""
    body = Body(Obstacle("box", center=[0.0, 1.0, -0.5], size=[1.0, 4.0, 1.0]))
    start, end = sheet(2, 2), sheet(2, 2)
    start[..., 0] = [[0.6, 0.6], [0.6, 0.6]]
    start[..., 2] = [[-0.9, 0.1], [-0.9, 0.1]]
    end[..., 0], end[..., 2] = start[..., 0] + [0.0, -0.18], start[..., 2]
    found = find_passages([film(start, end)], [body])
    assert {*events(found)} == {(1, "crosses"), (1, "passed")}
    # At the end it goes from (0.6, -0.9) to (0.42, 0.1); the deepest point below the edge's top is where it meets it.
    top = 0.42 + 0.18 * 0.1
    assert max(passage.depth for passage in found) == pytest.approx((0.5 - top) * np.cos(np.arctan(0.18)), abs=0.02)
