"""Smoothed Coulomb friction of a contact: -limit C(|u| / v_s) u / |u|, u the velocity across the contact's normal."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.friction import soft_clamp, soft_clamp_1
from warp_fabric.types import f64, mat33, vec3

STICKS = wp.constant(wp.float64(0.9))


@wp.func
def size_of(force: vec3) -> f64:
    """Written so that its adjoint is defined where nothing presses."""
    size = wp.length_sq(force)
    if size == f64(0.0):
        return f64(0.0)
    return wp.sqrt(size)


@wp.func
def direction_of(force: vec3) -> vec3:
    size = wp.length_sq(force)
    if size == f64(0.0):
        return vec3()
    return force / wp.sqrt(size)


@wp.func
def slip_force(limit: f64, slip_speed: f64, normal: vec3, velocity: vec3) -> vec3:
    """N. `velocity`: relative to the partner's, m/s. Linear in it as long as it sticks, so defined where it is 0."""
    across = velocity - wp.dot(normal, velocity) * normal
    if wp.dot(across, across) <= STICKS * STICKS * slip_speed * slip_speed:
        return -limit / slip_speed * across
    speed = wp.length(across)
    return -limit * soft_clamp(speed / slip_speed) / speed * across


@wp.func
def slip_derivative(limit: f64, slip_speed: f64, normal: vec3, velocity: vec3) -> mat33:
    """Of `slip_force` by the velocity, N s/m; symmetric, never positive."""
    plane = wp.identity(n=3, dtype=f64) - wp.outer(normal, normal)
    across = plane * velocity
    if wp.dot(across, across) <= STICKS * STICKS * slip_speed * slip_speed:
        return -limit / slip_speed * plane
    speed = wp.length(across)
    z = speed / slip_speed
    along = wp.outer(across, across) / (speed * speed)
    return -limit * (soft_clamp(z) / speed * (plane - along) + soft_clamp_1(z) / slip_speed * along)
