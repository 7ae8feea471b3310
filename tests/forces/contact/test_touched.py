"""What a crossing touches, in words."""

import re

import pytest
import warp as wp
from textile_cloth import textile_scene

from warp_fabric import SolverError, simulate
from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.forces.contact.touched import touched
from warp_fabric.model import Model
from warp_fabric.solver.covering import Covering
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State
from warp_fabric.types import vec3

FAR = {"shape": "sphere", "center": [1.0, 0.0, 0.0], "radius": 1e-3}


def at(scene, device, move=()):
    """Touches of each crossing, of cloth whose crossings were moved."""
    model = Model(scene, device)
    state, held = State.rest(model), empty_held(model)
    hold(model, Moment.of(state), held)
    position = state.position.numpy()
    for node, place in move:
        position[node] = place
    moved = wp.array(position, dtype=vec3, device=device)
    Covering(model, held).cover(moved, moved)
    return [[*map(str, touched(model, moved, held, node))] for node in range(model.node_count)]


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_obstacles_by_number_and_shape(device, yarn):
    """A ball below the first crossing, a box below the last, and one too far from all."""
    scene = textile_scene(yarn, (1, 5), fabric__pose="flat")
    x, r = 4 * scene.spacing, next(iter(scene.yarns.values())).radius
    ball = {"shape": "sphere", "center": [0.0, 0.0, -2.9 * r], "radius": r}
    box = {"shape": "box", "center": [x, 0.0, -2.9 * r], "size": [2 * r, 2 * r, 2 * r]}
    found = at(scene.replace({"obstacles": [FAR, ball, box]}), device)
    assert found[0] == ["touches obstacle 1 (sphere)"]
    assert found[-1] == ["touches obstacle 2 (box)"]
    assert found[2] == []


def test_of_other_cloth_the_nearest(device):
    scene = textile_scene("cotton", (1, 8), fabric__end_spacing=3.8e-4, collision={})
    r = next(iter(scene.yarns.values())).radius
    found = at(scene, device, [(7, (0.0, 0.0, 3.9 * r)), (5, (0.0, 0.0, -3.0 * r))])
    assert found[0] == ["touches crossing [0, 5]"]
    assert found[7] == ["touches crossing [0, 0]"]
    assert found[3] == []


def test_a_step_that_fails_says_what_is_in_its_way(device):
    """Contact so soft that nothing can hold the cloth that comes."""
    plane = {"shape": "plane", "point": [0.0, 0.0, -5e-4], "normal": [0.0, 0.0, 1.0]}
    scene = textile_scene("cotton", (3, 3), fabric__pose="flat", pins=[], obstacles=[FAR, plane])
    scene = scene.replace({"collision": {"stiffness": 1e-9}, "time.duration": 0.05, "time.integrator": "euler"})
    with pytest.raises(SolverError) as error:
        simulate(scene, device=device)
    assert "obstacle 1 (plane)" in error.value.where
    assert "collision.stiffness" in error.value.fix


@pytest.mark.parametrize("shape", ["sphere", "box"])
def test_how_far_it_is_inside(device, shape):
    """The middle of cloth that lies 1 mm deep in something."""
    scene = textile_scene("cotton", (3, 3), fabric__pose="flat")
    middle = [scene.spacing, scene.spacing, -4e-3]
    solid = {"sphere": {"radius": 5e-3}, "box": {"size": [1e-2, 1e-2, 1e-2]}}[shape]
    found = at(scene.replace({"obstacles": [{"shape": shape, "center": middle, **solid}]}), device)
    assert found[4] == [f"is 1 mm inside obstacle 0 ({shape})"]


def test_a_step_that_fails_deep_inside_says_how_far_to_move_it(device):
    """Beads near the middle of a narrow box are pushed out to all sides, which tears the cloth."""
    scene = textile_scene("wool", (6, 6), fabric__pose="flat", pins=[], time__integrator="euler")
    x = 2.5 * scene.spacing
    box = {"shape": "box", "center": [x, x, -3e-3], "size": [0.6 * x, 0.6 * x, 1e-2]}
    model = Model(scene.replace({"obstacles": [box]}), device)
    stepper = Stepper(model, "euler", 1e-3, 1e-7)
    stepper.MAX_HALVINGS = 0
    stepper.newton.MAX_ITERATIONS = 1
    with pytest.raises(SolverError) as error:
        stepper.step(State.rest(model), None, State.empty(model), 0.0)
    deep = re.search(r"which is (\S+) mm inside obstacle 0 \(box\)", error.value.where)
    assert deep is not None
    assert 0.0 < float(deep[1]) < 2.0
    assert error.value.fix.startswith("move obstacle 0 (box), or the cloth, by ")
