"""Sliding friction of an inner crossing's yarns: force -F C(kf delta / F) - df sd, delta = s - anchor.

F = mu Fn + 1e-12 N is the limit; the soft clamp C is the identity up to 0.9 and 1 beyond 1.1, smooth between. Below
the limit the crossing is a spring to its anchor and nothing creeps; beyond, Coulomb sliding (a return mapping).
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Potential
from warp_fabric.material import Material
from warp_fabric.model import Grid, Model
from warp_fabric.types import f64, mat55, vec2, vec5

LIMIT_FLOOR = wp.constant(wp.float64(1.0e-12))
STICK_END = wp.constant(wp.float64(0.9))
SLIP_START = wp.constant(wp.float64(1.1))
BLEND = wp.constant(wp.float64(0.4))


@wp.func
def soft_clamp(z: f64) -> f64:
    """C(z), odd, C1."""
    size = wp.abs(z)
    if size <= STICK_END:
        return z
    if size >= SLIP_START:
        return wp.sign(z)
    over = size - STICK_END
    return wp.sign(z) * (size - over * over / BLEND)


@wp.func
def soft_clamp_1(z: f64) -> f64:
    """C'(z)."""
    size = wp.abs(z)
    if size <= STICK_END:
        return f64(1.0)
    if size >= SLIP_START:
        return f64(0.0)
    return f64(1.0) - f64(2.0) * (size - STICK_END) / BLEND


@wp.func
def soft_clamp_integral(z: f64) -> f64:
    """Psi(z), the integral of C from 0."""
    size = wp.min(wp.abs(z), SLIP_START)
    over = wp.max(size - STICK_END, f64(0.0))
    inside = f64(0.5) * size * size - over * over * over / (f64(3.0) * BLEND)
    return inside + wp.max(wp.abs(z) - SLIP_START, f64(0.0))


@wp.func
def friction_limit(mu: f64, compression: f64) -> f64:
    """F [N]; the floor keeps the division defined where nothing presses."""
    return mu * compression + LIMIT_FLOOR


@wp.func
def friction_force(limit: f64, stiffness: f64, damping: f64, delta: f64, speed: f64) -> f64:
    return -limit * soft_clamp(stiffness * delta / limit) - damping * speed


@wp.kernel(enable_backward=False)
def _energy(
    grid: Grid,
    material: Material,
    sliding: wp.array(dtype=vec2),
    sliding_velocity: wp.array(dtype=vec2),
    compression: wp.array(dtype=f64),
    anchor: wp.array(dtype=vec2),
    energy: wp.array(dtype=f64),
):
    i = wp.tid()
    if grid.slides[i] == 0:
        return
    fabric = grid.fabric[i]
    limit = friction_limit(material.friction[fabric], compression[i])
    stiffness = material.friction_stiffness[fabric]
    for axis in range(2):
        z = stiffness * (sliding[i][axis] - anchor[i][axis]) / limit
        wp.atomic_add(energy, 0, limit * limit / stiffness * soft_clamp_integral(z))


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    sliding: wp.array(dtype=vec2),
    sliding_velocity: wp.array(dtype=vec2),
    compression: wp.array(dtype=f64),
    anchor: wp.array(dtype=vec2),
    scale: f64,
    node: wp.array(dtype=vec5),
):
    i = wp.tid()
    if grid.slides[i] == 0:
        return
    fabric = grid.fabric[i]
    limit = friction_limit(material.friction[fabric], compression[i])
    stiffness, damping = material.friction_stiffness[fabric], material.sliding_damping[fabric]
    delta = sliding[i] - anchor[i]
    speed = sliding_velocity[i]
    pick = scale * friction_force(limit, stiffness, damping, delta[0], speed[0])
    end = scale * friction_force(limit, stiffness, damping, delta[1], speed[1])
    node[i] += vec5(f64(0.0), f64(0.0), f64(0.0), pick, end)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    sliding: wp.array(dtype=vec2),
    sliding_velocity: wp.array(dtype=vec2),
    compression: wp.array(dtype=f64),
    anchor: wp.array(dtype=vec2),
    scale: f64,
    velocity_scale: f64,
    node: wp.array(dtype=mat55),
):
    i = wp.tid()
    if grid.slides[i] == 0:
        return
    fabric = grid.fabric[i]
    limit = friction_limit(material.friction[fabric], compression[i])
    stiffness = material.friction_stiffness[fabric]
    local = node[i]
    for axis in range(2):
        z = stiffness * (sliding[i][axis] - anchor[i][axis]) / limit
        slope = scale * stiffness * soft_clamp_1(z) + velocity_scale * material.sliding_damping[fabric]
        local[3 + axis, 3 + axis] -= slope
    node[i] = local


@wp.kernel
def _move_anchor(
    grid: Grid,
    material: Material,
    sliding: wp.array(dtype=vec2),
    compression: wp.array(dtype=f64),
    anchor: wp.array(dtype=vec2),
    new_anchor: wp.array(dtype=vec2),
):
    i = wp.tid()
    if grid.slides[i] == 0:
        new_anchor[i] = anchor[i]
        return
    fabric = grid.fabric[i]
    limit = friction_limit(material.friction[fabric], compression[i])
    stiffness = material.friction_stiffness[fabric]
    delta = sliding[i] - anchor[i]
    reach = limit / stiffness
    pick, end = reach * soft_clamp(delta[0] / reach), reach * soft_clamp(delta[1] / reach)
    new_anchor[i] = sliding[i] - vec2(pick, end)


def move_anchor(model: Model, sliding: wp.array, compression: wp.array, anchor: wp.array, out: wp.array) -> None:
    """After a step: a <- s - (F / kf) C(kf (s - a) / F). Where the crossing sticks, the anchor stays."""
    inputs = [model.grid, model.material, sliding, compression, anchor]
    wp.launch(_move_anchor, model.node_count, inputs, [out], device=model.device)


class Friction(Potential):
    """Its energy, F^2 / kf Psi(kf delta / F), is what `static` minimises; damping has none.

    Holds `anchor` [N] vec2, m, where friction sticks.
    """

    name = "friction"
    kind = "node"
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def holds(self, model):
        return {"anchor": (model.node_count, vec2)}

    def hold(self, model, moment, held):
        wp.copy(held.anchor, moment.anchor)

    def inputs(self, model, state, held):
        return [model.grid, held.material, state.sliding, state.sliding_velocity, held.compression, held.anchor]
