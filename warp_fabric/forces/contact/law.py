"""What two touching yarns push each other with: ever more as they are compressed towards a core.

    phi(d) = k a^2 B(y),  a = (1 - c) r,  y = (d - c r) / a,  B(y) = -(1 - y)^2 ln y for y < 1, else 0   [J]

d: distance of the centres [m]; r: that at which they touch [m]; c: the core's share of it; k: stiffness [N/m]. Below
LEAST, B is its second-order Taylor polynomial there: phi is finite, convex, and smooth to its second derivative.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64

CORE = wp.constant(wp.float64(0.5))
LEAST = wp.constant(wp.float64(0.05))


@wp.func
def _barrier(y: f64) -> f64:
    return -(f64(1.0) - y) * (f64(1.0) - y) * wp.log(y)


@wp.func
def _barrier_slope(y: f64) -> f64:
    return (f64(1.0) - y) * (f64(2.0) * wp.log(y) - (f64(1.0) - y) / y)


@wp.func
def _barrier_curvature(y: f64) -> f64:
    q = (f64(1.0) - y) / y
    return f64(-2.0) * wp.log(y) + (f64(4.0) + q) * q


@wp.func
def contact_energy(k: f64, r: f64, d: f64) -> f64:
    """phi, J."""
    a = (f64(1.0) - CORE) * r
    y = (d - CORE * r) / a
    if y >= f64(1.0):
        return f64(0.0)
    if y >= LEAST:
        return k * a * a * _barrier(y)
    z = y - LEAST
    return k * a * a * (_barrier(LEAST) + z * (_barrier_slope(LEAST) + f64(0.5) * z * _barrier_curvature(LEAST)))


@wp.func
def contact_push(k: f64, r: f64, d: f64) -> f64:
    """-phi', N, never negative."""
    a = (f64(1.0) - CORE) * r
    y = (d - CORE * r) / a
    if y >= f64(1.0):
        return f64(0.0)
    if y >= LEAST:
        return -k * a * _barrier_slope(y)
    return -k * a * (_barrier_slope(LEAST) + (y - LEAST) * _barrier_curvature(LEAST))


@wp.func
def contact_stiffness(k: f64, r: f64, d: f64) -> f64:
    """phi'', N/m, never negative."""
    a = (f64(1.0) - CORE) * r
    y = (d - CORE * r) / a
    if y >= f64(1.0):
        return f64(0.0)
    return k * _barrier_curvature(wp.max(y, LEAST))
