"""The golden elements of contact: open cloth folded over itself that touches six obstacles, three of them meshes."""

from __future__ import annotations

import numpy as np
import warp as wp
from sample_cloth import Point, golden, golden_scene

from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.solver.covering import Covering
from warp_fabric.state import State
from warp_fabric.types import f64

STEP = 1e-3
"""s, of the golden step, which starts at 0."""


def golden_state(model: Model, velocities: str = "") -> State:
    """At the start of the step, or with what is called so in front of its velocities."""
    arrays = golden("contact_elements")
    where = {name: arrays[name] for name in ("position", "sliding", "anchor")}
    return State.of(model, **where, **{name: arrays[velocities + name] for name in ("velocity", "sliding_velocity")})


def golden_point(device: str, end: float, velocities: str = "next_", requires_grad: bool = False) -> Point:
    """At the start of the step, with all obstacles as in one that ends at `end`."""
    model = Model(golden_scene("contact_elements"), device)
    held = empty_held(model, requires_grad)
    state = golden_state(model, velocities)
    moment = Moment.of(state, wp.array([end, 0.0], dtype=f64, device=device))
    hold(model, moment, held)
    Covering(model, held).cover(state.position, state.position)
    hold(model, moment, held)
    return Point(model, state, held)


def assert_friction_held(point: Point, number: int) -> None:
    """Of an obstacle: beads, normals, limits and surface speeds."""
    arrays, held = golden("contact_elements"), point.held
    bead, friction = arrays[f"held_obstacle{number}_bead"], golden_scene("contact_elements").obstacles[number].friction
    limit = held.touch_limit.numpy()[:, number]
    np.testing.assert_array_equal(np.flatnonzero(limit), bead)
    expected = {
        "touch_limit": friction * arrays[f"held_obstacle{number}_Fn"],
        "touch_normal": arrays[f"held_obstacle{number}_normal"],
        "touch_speed": arrays[f"held_obstacle{number}_velocity"],
    }
    for name, values in expected.items():
        found = getattr(held, name).numpy()[bead, number]
        np.testing.assert_allclose(found, values, rtol=0, atol=1e-9 * np.abs(values).max(), err_msg=name)
