"""Friction of cloth on obstacles: what is held of contacts, whose coefficient counts, and what moves with what."""

import numpy as np
import pytest
import warp as wp
from golden_contact import STEP, assert_friction_held, golden_point
from held_slopes import assert_held_adjoints
from sample_cloth import at_rest, difference, folded, golden_fold, largest, perturbed, sample_model
from textile_cloth import textile_scene

from warp_fabric.forces import HOLDERS, Moment
from warp_fabric.forces.contact.mesh_contact import MeshTouch
from warp_fabric.forces.contact.obstacle_friction import ObstacleFriction, SolidTouch
from warp_fabric.forces.contact.posed import Posed
from warp_fabric.model import Model
from warp_fabric.types import f64

FRICTION = ObstacleFriction()
TOUCH = ("touch_normal", "touch_limit", "touch_speed")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_golden_friction(device, number):
    """Of a plane, a sphere and a capsule that move and turn."""
    assert_friction_held(golden_point(device, end=STEP), number)


def test_it_is_held_after_what_obstacles_are_posed_by():
    kinds = [type(each) for each in HOLDERS]
    assert kinds.index(Posed) < min(kinds.index(SolidTouch), kinds.index(MeshTouch))


def resting(device: str, *obstacles: dict, friction: float = 0.3):
    """A sheet half way into the soft part of a plane at z = 0; the model and its point."""
    scene = textile_scene("cotton", (3, 4), fabric__pose="flat", obstacles=obstacles)
    model = Model(scene.replace({"collision": {"self": False, "friction": friction}}), device)
    bead = float(model.beads.radius_made.numpy()[0])
    return model, at_rest(model, position=model.rest_position + [0.0, 0.0, 0.75 * bead - model.rest_position[0, 2]])


PLANE = {"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 1]}


def test_the_obstacles_own_coefficient_counts_or_the_scenes(device):
    _, point = resting(device, PLANE, PLANE | {"friction": 0.7}, PLANE | {"friction": 0.0}, friction=0.2)
    limit = point.held.touch_limit.numpy()
    crossings = slice(0, 12)
    np.testing.assert_allclose(limit[crossings, 1] / limit[crossings, 0], 3.5)
    assert not limit[:, 2].any()


def test_cloth_is_taken_along(device):
    """What moves like the plane feels nothing, and what stands is pulled along."""
    model, point = resting(device, PLANE | {"path": [[0.0, 0, 0, 0], [1.0, 0.5, 0.2, 0.0]]})
    point.move_at(np.tile([0.5, 0.2, 0.3, 0.0, 0.0], (model.node_count, 1)))  # across the surface it has no friction
    limit = point.held.touch_limit.numpy().sum()
    assert largest(point.force(FRICTION)) < 1e-9 * limit
    point.move_at(np.zeros((model.node_count, 5)))
    force = point.force(FRICTION)[:, :3].sum(axis=0)
    way = np.array([0.5, 0.2, 0.0]) / np.hypot(0.5, 0.2)
    assert difference(force, limit * way) < 1e-9


def test_no_time_no_speed(device):
    """Of an equilibrium, in which nothing moves."""
    model, point = resting(device, PLANE | {"path": [[0.0, 0, 0, 0], [1.0, 0.5, 0.2, 0.0]]})
    moment = Moment.of(point.state)
    for holder in HOLDERS:
        holder.hold(model, moment, point.held)
    assert point.held.touch_limit.numpy().any()
    assert not point.held.touch_speed.numpy().any()


@pytest.mark.parametrize(("case", "lies"), [("open_touching", golden_fold), ("folded_cotton", folded)])
@pytest.mark.parametrize("holder", [SolidTouch(), MeshTouch()], ids=lambda each: type(each).__name__)
def test_adjoint_of_what_is_held(device, case, lies, holder):
    """By the state, by parameters, and by where obstacles are at both ends of the step."""
    point = perturbed(sample_model(case, device), seed=62, amount=0.02, lies=lies)
    model, held, material = point.model, point.held, point.model.material
    clock = wp.array([STEP, 0.0], dtype=f64, device=device)
    names = ["obstacle_vertex"]
    if isinstance(holder, SolidTouch):
        names = ["obstacle_first", "obstacle_second"]
        names += ["obstacle_turn", "obstacle_shift"] if case == "open_touching" else []
    for name in TOUCH:
        getattr(held, name).requires_grad = True
    outputs = {name: getattr(held, name) for name in TOUCH if getattr(held, name).numpy().any()}
    inputs = {
        "position": (point.state.position, 1e-4),
        "radius": (material.radius, 1e-4),
        "stiffness": (material.collision_stiffness, 100.0),
        "thickness": (model.obstacles.thickness, 1e-4),
    }
    if case == "open_touching" or isinstance(holder, SolidTouch):
        inputs["obstacles' friction"] = (model.obstacles.friction, 1.0)
    if case == "folded_cotton":  # where some obstacles have none of their own
        inputs["friction"] = (material.collision_friction, 1.0)
    inputs |= {name: (getattr(held, name), 1e-4) for name in names}
    assert_held_adjoints(point, outputs, inputs, lambda: holder.hold(model, Moment.of(point.state, clock), held))
