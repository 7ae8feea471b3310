"""Pins whose paths lead into obstacles, and obstacles that come to pins."""

import numpy as np
import pytest
from panelled_scene import panelled_scene
from textile_cloth import textile_scene

from warp_fabric.scene.doubts import doubts
from warp_fabric.scene.pins_inside import pins_inside

FLOOR = {"shape": "plane", "point": [0.0, 0.0, -1e-3], "normal": [0.0, 0.0, 1.0]}
TIMES = {"time__duration": 0.25, "time__frames_per_second": 40.0}


def flat(*obstacles, path=None, **changes):
    pins = [{"crossing": [0, 0]}, {"crossing": [2, 1], **({} if path is None else {"path": path})}]
    return textile_scene("cotton", (4, 5), fabric__pose="flat", pins=pins, obstacles=list(obstacles), **TIMES | changes)


def down(depth: float):
    """To so far below the floor at 0.12 s, and up again."""
    return [[0.0, 0.0, 0.0, 0.0], [0.12, 0.0, 0.0, -1e-3 - depth], [0.2, 0.0, 0.0, 0.0]]


def test_a_pin_that_is_driven_into_a_floor():
    scene = flat(FLOOR, path=down(1.7e-3))
    (told,) = pins_inside(scene)
    assert told.startswith("pins.1 pulls its crossing 1.7 mm into obstacle 0 (plane) at 0.12 s, ")
    assert told in doubts(scene)
    assert pins_inside(flat(FLOOR, path=down(-1e-6))) == []  # pressed onto it, as irons do


def test_what_is_after_the_end_does_not_count():
    assert pins_inside(flat(FLOOR, path=down(1.7e-3), time__duration=0.025)) == []


def test_a_ball_that_comes_to_a_pin():
    ball = {"shape": "sphere", "center": [0.0, 0.0, -3e-3], "radius": 1e-3}
    rising = {**ball, "path": [[0.0, 0, 0, 0], [0.2, 0, 0, 4e-3]]}
    assert pins_inside(flat(ball)) == []
    (told,) = pins_inside(flat(ball, rising))
    assert told.startswith("pins.0 pulls its crossing 0.97 mm into obstacle 1 (sphere) at 0.1484 s, ")
    assert "another pin likewise" in told


def test_pins_that_ride_on_a_body_cut_its_arcs():
    """As sampled from frame to frame; what is less than a tenth of a crossing's radius is no matter."""
    time = np.linspace(0.0, 0.25, 7)
    turn = 0.4 * time
    along = np.stack([np.cos(turn), np.sin(turn), 0.0 * turn], axis=1)
    ends = 4e-4 * np.arange(4)
    pins = [{"crossing": [0, k], "path": np.column_stack([time, x * along]).tolist()} for k, x in enumerate(ends)]
    path = [[t, 0, 0, 0, 0, 0, a] for t, a in zip(time.tolist(), turn.tolist())]
    box = {"shape": "box", "center": [0, -0.01, 0], "size": [0.1, 0.02, 0.1], "path": path}
    assert pins_inside(flat(box).replace({"pins": pins, "fabric.origin": [0.0, 1e-9, 0.0]})) == []


def test_what_stays_inside_is_told_of_as_starting_there():
    ball = {"shape": "sphere", "center": [0.0, 0.0, 0.0], "radius": 1e-3}
    scene = flat(ball)
    assert pins_inside(scene) == []
    assert [each for each in doubts(scene) if "start inside" in each]


@pytest.mark.parametrize("rows", [3, 2000])
def test_a_mesh_that_changes_its_shape(tmp_path, rows):
    """A tetrahedron that grows until its top is above the pin."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [-0.5, 0.8, 0], [-0.5, -0.8, 0]]) * 2e-3 + [0, 0, -3e-3]
    time = np.linspace(0.0, 0.25, rows)
    vertices = np.repeat(corners[None], rows, axis=0)
    vertices[:, 0, 2] += np.interp(time, [0.0, 0.25], [1e-3, 4e-3])
    np.savez(tmp_path / "grows.npz", time=time, vertices=vertices, faces=[[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]])
    (told,) = pins_inside(flat({"shape": "mesh", "file": str(tmp_path / "grows.npz")}))
    assert told.startswith("pins.0 pulls its crossing ")
    assert told.split(" at ")[1].startswith("0.25 s")


def test_of_bundles_the_real_pins_count():
    scene = flat(FLOOR, path=down(1.7e-3)).replace({"fabric.ends": 33, "fabric.picks": 33, "fabric.bundle": 8})
    scene = scene.replace({"fabric.sliding": False, "pins.1.crossing": [32, 32]})
    assert len(pins_inside(scene)) == 1


def test_pins_of_panels_have_the_numbers_of_the_scene():
    pins = [{"panel": "left side", "crossing": [0, 0]}, {"panel": "front", "crossing": [0, 0]}]
    rest = panelled_scene().parts[1].build().position[2, 2]
    pins.append({"panel": "left side", "crossing": [2, 2], "path": [[0.0, *rest], [0.01, *(rest - [0, 0, 0.1])]]})
    floor = {**FLOOR, "point": [0.0, 0.0, -0.05]}
    (told,) = pins_inside(panelled_scene(pins=pins, obstacles=[floor]))
    assert told.startswith("panel 'left side': pins.2 pulls its crossing ")


def test_nothing_is_said_where_nothing_is_felt():
    assert pins_inside(flat(FLOOR, path=down(1.7e-3), collision={"stiffness": 0.0})) == []


def test_no_step_is_said_to_fail_where_there_is_none():
    inside = [[0.0, 0.0, 0.0, -1.5e-3], [0.2, 0.0, 0.0, -1.2e-3]]
    what = "pins.1 pulls its crossing 0.5 mm into obstacle 0 (plane)"
    assert pins_inside(flat(FLOOR, path=inside)) == [f"{what} from the start: lead one around the other"]
    still = flat(FLOOR, path=inside, time__integrator="static")
    assert pins_inside(still) == [f"{what}: lead one around the other"]
