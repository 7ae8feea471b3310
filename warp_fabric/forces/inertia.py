"""Inertia: kinetic energy of yarn that moves with its crossings and slides through them.

Material of a segment moves with xd - w sd, w = dx / D: with a = xd0 - w sd0, b = xd1 - w sd1,
T = rho D / 6 (a.a + b.b + a.b). Momentum p = dT/d(xd, sd); inertial force dT/d(x, s) at fixed velocities.

In relative coordinates e = (dx, D), with c = rho / 6, A = 2a + b, B = a + 2b, g = c (sd0 A + sd1 B):
p_x0 = c D A, p_s0 = -w . p_x0 (likewise B at the other end), T_dx = -g, T_D = c (a.a + b.b + a.b) + g . w.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Convexity, Force, Held, block, segment_yarn
from warp_fabric.forces.elements import Elements
from warp_fabric.material import Material
from warp_fabric.model import Grid, Model
from warp_fabric.state import State
from warp_fabric.types import f64, mat44, vec2, vec3, vec8


@wp.struct
class Motion:
    """One moving segment."""

    c: f64  # rho / 6
    d: f64
    w: vec3
    a: vec3
    b: vec3
    sd0: f64
    sd1: f64


@wp.func
def motion(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    velocity: wp.array(dtype=vec3),
    sliding_velocity: wp.array(dtype=vec2),
    e: int,
) -> Motion:
    i, j, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    m = Motion()
    m.c = material.linear_density[segment_yarn(grid.pick_yarn, grid.end_yarn, i, axis)] / f64(6.0)
    m.d = sliding[j][axis] - sliding[i][axis]
    m.w = (position[j] - position[i]) / m.d
    m.sd0 = sliding_velocity[i][axis]
    m.sd1 = sliding_velocity[j][axis]
    m.a = velocity[i] - m.sd0 * m.w
    m.b = velocity[j] - m.sd1 * m.w
    return m


@wp.func
def kinetic_energy(m: Motion) -> f64:
    return m.c * m.d * (wp.dot(m.a, m.a) + wp.dot(m.b, m.b) + wp.dot(m.a, m.b))


@wp.func
def momentum(m: Motion):
    """p_x0, p_s0, p_x1, p_s1."""
    p0 = (m.c * m.d) * (f64(2.0) * m.a + m.b)
    p1 = (m.c * m.d) * (m.a + f64(2.0) * m.b)
    return p0, -wp.dot(m.w, p0), p1, -wp.dot(m.w, p1)


@wp.func
def inertial_force(m: Motion):
    """T_dx, T_D."""
    g = m.c * (m.sd0 * (f64(2.0) * m.a + m.b) + m.sd1 * (m.a + f64(2.0) * m.b))
    return -g, m.c * (wp.dot(m.a, m.a) + wp.dot(m.b, m.b) + wp.dot(m.a, m.b)) + wp.dot(g, m.w)


@wp.func
def slide_matrix(w: vec3) -> mat44:
    """N N' with N = (I, -w)': how position and sliding move material together."""
    return block(wp.identity(n=3, dtype=f64), -w, -w, wp.dot(w, w))


@wp.func
def momentum_by_coordinates(c: f64, w: vec3, big: vec3, alpha: f64) -> mat44:
    """d p / d(dx, D) at one end; `big` is A (or B), alpha = -dA/dw."""
    xx = -(c * alpha) * wp.identity(n=3, dtype=f64)
    return block(xx, c * (big + alpha * w), c * (alpha * w - big), -c * alpha * wp.dot(w, w))


@wp.kernel(enable_backward=False)
def _energy(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    velocity: wp.array(dtype=vec3),
    sliding_velocity: wp.array(dtype=vec2),
    energy: wp.array(dtype=f64),
):
    e = wp.tid()
    m = motion(grid, material, position, sliding, velocity, sliding_velocity, e)
    wp.atomic_add(energy, 0, kinetic_energy(m))


@wp.kernel
def _momentum(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    velocity: wp.array(dtype=vec3),
    sliding_velocity: wp.array(dtype=vec2),
    scale: f64,
    segment: wp.array(dtype=vec8),
):
    e = wp.tid()
    m = motion(grid, material, position, sliding, velocity, sliding_velocity, e)
    x0, s0, x1, s1 = momentum(m)
    segment[e] += scale * vec8(x0[0], x0[1], x0[2], s0, x1[0], x1[1], x1[2], s1)


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    velocity: wp.array(dtype=vec3),
    sliding_velocity: wp.array(dtype=vec2),
    scale: f64,
    segment: wp.array(dtype=vec8),
):
    e = wp.tid()
    m = motion(grid, material, position, sliding, velocity, sliding_velocity, e)
    x, s = inertial_force(m)
    segment[e] += scale * vec8(-x[0], -x[1], -x[2], -s, x[0], x[1], x[2], s)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    velocity: wp.array(dtype=vec3),
    sliding_velocity: wp.array(dtype=vec2),
    scale: f64,
    velocity_scale: f64,
    momentum_scale: f64,
    momentum_velocity_scale: f64,
    segment: wp.array2d(dtype=mat44),
):
    """Force by position and by velocity, momentum by position and by velocity, each times its scale."""
    e = wp.tid()
    m = motion(grid, material, position, sliding, velocity, sliding_velocity, e)
    big_a = f64(2.0) * m.a + m.b
    big_b = m.a + f64(2.0) * m.b
    by0 = momentum_by_coordinates(m.c, m.w, big_a, f64(2.0) * m.sd0 + m.sd1)
    by1 = momentum_by_coordinates(m.c, m.w, big_b, m.sd0 + f64(2.0) * m.sd1)
    slides = slide_matrix(m.w)
    mass = (momentum_velocity_scale * m.c * m.d) * slides
    speeds = f64(2.0) * (m.sd0 * m.sd0 + m.sd1 * m.sd1 + m.sd0 * m.sd1)
    curve = (scale * m.c * speeds / m.d) * slides
    force0 = velocity_scale * wp.transpose(by0)
    force1 = velocity_scale * wp.transpose(by1)
    momentum0 = momentum_scale * by0
    momentum1 = momentum_scale * by1
    # Relative coordinates grow with the second crossing and shrink with the first.
    segment[e, 0] = segment[e, 0] + f64(2.0) * mass - momentum0 - force0 + curve
    segment[e, 1] = segment[e, 1] + mass + momentum0 - force1 - curve
    segment[e, 2] = segment[e, 2] + mass - momentum1 + force0 - curve
    segment[e, 3] = segment[e, 3] + f64(2.0) * mass + momentum1 + force1 + curve


class Inertia(Force):
    name = "inertia"
    kind = "segment"
    force_kernel = _force

    def inputs(self, model, state, held):
        return [
            model.grid,
            held.material,
            state.position,
            state.sliding,
            state.velocity,
            state.sliding_velocity,
        ]

    def add_energy(self, model: Model, state: State, held: Held, energy: wp.array) -> None:
        """Add the kinetic energy [J] to `energy` [1]."""
        self._launch(_energy, model, state, held, [], energy)

    def add_momentum(self, model: Model, state: State, held: Held, elements: Elements, scale: float) -> None:
        """Add `scale` times the generalised momentum [kg m/s]."""
        self._launch(_momentum, model, state, held, [scale], elements.forces["segment"])

    def add_jacobian(
        self, model, state, held, elements, position_scale, velocity_scale, convexity: int = Convexity.EXACT
    ):
        self._add_jacobian(model, state, held, elements, position_scale, velocity_scale, 0.0, 0.0)

    def add_step_jacobian(
        self,
        model: Model,
        state: State,
        held: Held,
        elements: Elements,
        h: float,
        convexity: int = Convexity.EXACT,
    ) -> None:
        """Add d(p - h dT/dq)/dv where the coordinates follow the velocity, dq = h dv; the mass alone if CONVEX."""
        scales = (0.0, 0.0, 0.0, 1.0) if convexity == Convexity.CONVEX else (-h * h, -h, h, 1.0)
        self._add_jacobian(model, state, held, elements, *scales)

    def _add_jacobian(self, model, state, held, elements, *scales: float) -> None:
        self._launch(_jacobian, model, state, held, [*scales], elements.jacobians["segment"])
