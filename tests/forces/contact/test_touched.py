"""What a crossing touches, in words."""

import pytest
import warp as wp
from textile_cloth import textile_scene

from warp_fabric import SolverError, simulate
from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.forces.contact.touched import touched
from warp_fabric.model import Model
from warp_fabric.solver.covering import Covering
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
    return [touched(model, moved, held, node) for node in range(model.node_count)]


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_obstacles_by_number_and_shape(device, yarn):
    """A ball below the first crossing, a box below the last, and one too far from all."""
    scene = textile_scene(yarn, (1, 5), fabric__pose="flat")
    x, r = 4 * scene.spacing, next(iter(scene.yarns.values())).radius
    ball = {"shape": "sphere", "center": [0.0, 0.0, -2.9 * r], "radius": r}
    box = {"shape": "box", "center": [x, 0.0, -2.9 * r], "size": [2 * r, 2 * r, 2 * r]}
    found = at(scene.replace({"obstacles": [FAR, ball, box]}), device)
    assert found[0] == ["obstacle 1 (sphere)"]
    assert found[-1] == ["obstacle 2 (box)"]
    assert found[2] == []


def test_of_other_cloth_the_nearest(device):
    scene = textile_scene("cotton", (1, 8), fabric__end_spacing=3.8e-4, collision={})
    r = next(iter(scene.yarns.values())).radius
    found = at(scene, device, [(7, (0.0, 0.0, 3.9 * r)), (5, (0.0, 0.0, -3.0 * r))])
    assert found[0] == ["crossing [0, 5]"]
    assert found[7] == ["crossing [0, 0]"]
    assert found[3] == []


def test_a_step_that_fails_says_what_is_in_its_way(device):
    """Contact so soft that nothing can hold the cloth that comes."""
    plane = {"shape": "plane", "point": [0.0, 0.0, -5e-4], "normal": [0.0, 0.0, 1.0]}
    scene = textile_scene("cotton", (3, 3), fabric__pose="flat", pins=[], obstacles=[FAR, plane])
    scene = scene.replace({"collision": {"stiffness": 1e-9}, "time.duration": 0.05, "time.integrator": "euler"})
    with pytest.raises(SolverError) as error:
        simulate(scene, device=device)
    assert "which touches obstacle 1 (plane)" in error.value.where
    assert "collision.stiffness" in error.value.fix
