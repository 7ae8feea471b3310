"""Where rays meet obstacles, and what these look like: matte, all in one neutral colour."""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAssignmentType=false
# pyright: reportAttributeAccessIssue=false

import warp as wp

from warp_fabric.obstacle_shapes import COLOR
from warp_fabric.picture.shading import Scene, Spot
from warp_fabric.srgb import to_linear

wp.set_module_options({"enable_backward": False})

MATTE = wp.constant(wp.vec3(*map(float, to_linear(COLOR))))
LAYERS = wp.constant(16)
"""Triangles seen from behind that a ray goes through at most."""


@wp.func
def meet_solid(scene: Scene, origin: wp.vec3, direction: wp.vec3, reach: float):
    """Distance along a unit ray to the first triangle that looks its way, and the normal there; negative: none."""
    start = wp.float32(0.0)
    if scene.solid == wp.uint64(0):
        return -1.0, wp.vec3()
    for _ in range(LAYERS):
        query = wp.mesh_query_ray(scene.solid, origin + start * direction, direction, reach - start)
        if not query.result:
            return -1.0, wp.vec3()
        start += query.t
        towards = wp.dot(query.normal, direction) < 0.0
        if towards or scene.two_sided[query.face] != 0:
            corner = 3 * query.face
            normal = query.u * scene.solid_normal[corner] + query.v * scene.solid_normal[corner + 1]
            normal = wp.normalize(normal + (1.0 - query.u - query.v) * scene.solid_normal[corner + 2])
            if not towards:
                normal = -normal
            return start, normal
        start += 1.0e-3 + 1.0e-5 * start
    return -1.0, wp.vec3()


@wp.func
def shade_solid(scene: Scene, normal: wp.vec3):
    """How a point of an obstacle looks."""
    spot = Spot()
    spot.round = normal
    spot.key = 1.08 * wp.max(0.0, 0.1 + 0.9 * wp.dot(normal, scene.key)) * MATTE
    spot.ambient = (0.4 + 0.14 * wp.dot(normal, scene.sky) + 0.2 * wp.max(0.0, wp.dot(normal, scene.fill))) * MATTE
    return spot
