"""Numbers that spread rays evenly: in the pixel, over a hemisphere, and from pixel to pixel."""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAssignmentType=false

import warp as wp

wp.set_module_options({"enable_backward": False})


@wp.func
def across(normal: wp.vec3, first: float, second: float):
    """A unit vector around `normal`: cosine-weighted over the hemisphere for uniform `first`, `second` in 0 to 1."""
    helper = wp.vec3(1.0, 0.0, 0.0)
    if wp.abs(normal[0]) > 0.7:
        helper = wp.vec3(0.0, 1.0, 0.0)
    side = wp.normalize(wp.cross(normal, helper))
    other = wp.cross(normal, side)
    r = wp.sqrt(first)
    angle = 6.2831853 * second
    return r * wp.cos(angle) * side + r * wp.sin(angle) * other + wp.sqrt(1.0 - first) * normal


@wp.func
def fraction(value: float):
    return value - wp.floor(value)


@wp.func
def dither(x: float, y: float):
    """0 to 1, as different as can be between neighbouring pixels (Jimenez's interleaved gradient noise)."""
    return fraction(52.9829189 * fraction(0.06711056 * x + 0.00583715 * y))
