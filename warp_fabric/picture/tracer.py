"""A small ray tracer for tubes and solids on NVIDIA Warp: soft shadows, ambient occlusion, twisted plies.

A tube is a chain of round segments. Their boxes are in a bounding volume hierarchy; each pixel averages several camera
rays, each with one ray of its own towards the main light and one into the open. What these find is smoothed over pixels
that show the same surface (`smoothing`), as a few rays a pixel alone would leave a pattern in the shadows. It works on
CPU and GPU alike; there is no window and no graphics driver, so pictures come out the same on any machine.
"""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAssignmentType=false

from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.picture.camera import Camera
from warp_fabric.picture.rays import across, dither, fraction
from warp_fabric.picture.shading import Scene, Spot, shade
from warp_fabric.picture.smoothing import REACH, Pixels, smooth
from warp_fabric.picture.solid_rays import meet_solid, shade_solid
from warp_fabric.picture.solids import Solids
from warp_fabric.picture.tube_chains import Tubes

wp.set_module_options({"enable_backward": False})  # half the compile time

BAND = 262144
"""Pixels traced at a time: between bands an interrupt gets through."""
SOFTNESS = wp.constant(0.3)
"""Radius of the main light, seen from the cloth: at a distance of 1."""
LIFT = wp.constant(0.03)
"""Above a surface, where rays from it begin; in radii of a tube."""
NO_TUBE = wp.constant(-100)
AMBIENT_REACH = 6.0
"""Mean radii within which tubes take light from each other."""


@dataclass(frozen=True)
class Light:
    """Lighting: unit directions towards the lights.

    Attributes:
        key: The main light, which casts soft shadows.
        fill: A weak light from the other side.
        rim: A light from behind.
        sky: Up, where ambient light is a little brighter.
    """

    key: np.ndarray
    fill: np.ndarray
    rim: np.ndarray
    sky: np.ndarray


@wp.func
def _distance(scene: Scene, i: int, origin: wp.vec3, direction: wp.vec3):
    """Distance along a unit ray to the segment from point `i`, and how far along the segment; negative: missed.

    Along the segment is 0 to 1; -1 and 2 are where it is cut off. Where it is not it ends in a half sphere, which
    joins it to the next.
    """
    a = scene.point[i]
    b = scene.point[i + 1]
    radius = scene.radius[i]
    axis = b - a
    # from the ray's point nearest to the segment, so that nothing cancels in single precision
    skip = wp.dot(0.5 * (a + b) - origin, direction)
    near = origin + skip * direction
    start = near - a
    axis_axis = wp.dot(axis, axis)
    axis_ray = wp.dot(axis, direction)
    axis_start = wp.dot(axis, start)
    ray_start = wp.dot(direction, start)
    qa = axis_axis - axis_ray * axis_ray
    qb = axis_axis * ray_start - axis_start * axis_ray
    qc = axis_axis * wp.dot(start, start) - axis_start * axis_start - radius * radius * axis_axis
    h = qb * qb - qa * qc
    if h < 0.0 and qa > 0.0:
        return -1.0, 0.0
    along = axis_start
    if qa > 0.0:
        t = (-qb - wp.sqrt(h)) / qa
        along = axis_start + t * axis_ray
        if along > 0.0 and along < axis_axis:
            return skip + t, along / axis_axis
    to_cap = start
    where = wp.float32(0.0)
    end = wp.int32(1)
    if along > 0.0:
        to_cap = near - b
        where = 1.0
        end = 2
    if (scene.cut[i] & end) != 0:
        if wp.abs(axis_ray) < 1.0e-6:
            return -1.0, 0.0
        s = -wp.dot(axis, to_cap) / axis_ray
        spoke = to_cap + s * direction
        if wp.dot(spoke, spoke) > radius * radius or (axis_ray > 0.0) == (end == 2):
            return -1.0, 0.0
        return skip + s, 3.0 * where - 1.0
    b_cap = wp.dot(direction, to_cap)
    h_cap = b_cap * b_cap - wp.dot(to_cap, to_cap) + radius * radius
    if h_cap < 0.0:
        return -1.0, 0.0
    return skip - b_cap - wp.sqrt(h_cap), where


@wp.func
def _blocked(scene: Scene, origin: wp.vec3, direction: wp.vec3, reach: float, own: int):
    """True where something lies on the ray within `reach`; the segments next to point `own` do not count."""
    query = wp.bvh_query_ray(scene.bvh, origin, direction)
    item = wp.int32(0)
    while wp.bvh_query_next(query, item, reach):
        i = scene.segment[item]
        if wp.abs(i - own) > 2:
            t, _ = _distance(scene, i, origin, direction)
            if t > 0.0 and t < reach:
                return True
    solid, _normal = meet_solid(scene, origin, direction, reach)
    return solid >= 0.0


@wp.kernel
def _trace(scene: Scene, width: int, height: int, first_row: int, rays: int, pixels: Pixels):
    row, column = wp.tid()
    x, y = float(column), float(row + first_row)
    turn = wp.vec4(dither(x, y), dither(x + 47.0, y + 17.0), dither(x + 11.0, y + 71.0), dither(x + 83.0, y + 37.0))
    for k in range(rays):
        # additive recurrences: even in the pixel, in the light's disc and over the hemisphere
        n = float(k)
        u = 2.0 * (x + fraction(0.5 + n * 0.7548777)) / float(width) - 1.0
        v = 1.0 - 2.0 * (y + fraction(0.5 + n * 0.5698403)) / float(height)
        origin = scene.eye + u * scene.shift[0] * scene.right + v * scene.shift[1] * scene.up
        direction = wp.normalize(scene.forward + u * scene.spread[0] * scene.right + v * scene.spread[1] * scene.up)
        nearest = wp.float32(1.0e6)
        where = wp.float32(0.0)
        found = wp.int32(-1)
        query = wp.bvh_query_ray(scene.bvh, origin, direction)
        item = wp.int32(0)
        while wp.bvh_query_next(query, item, nearest):
            i = scene.segment[item]
            t, s = _distance(scene, i, origin, direction)
            if t > 0.0 and t < nearest:
                nearest = t
                where = s
                found = i
        solid, normal = meet_solid(scene, origin, direction, nearest)
        if found >= 0 or solid >= 0.0:
            even = turn + n * wp.vec4(0.8566749, 0.7338919, 0.6287067, 0.5385973)
            noise = wp.vec4(fraction(even[0]), fraction(even[1]), fraction(even[2]), fraction(even[3]))
            spot = Spot()
            lift = wp.float32(LIFT)
            if solid >= 0.0:
                nearest = solid
                found = NO_TUBE
                pixels.solid[row, column] += 1.0
                spot = shade_solid(scene, normal)
            else:
                pixel = 2.0 * (scene.shift[0] + scene.spread[0] * nearest) / float(width)
                spot = shade(scene, origin + nearest * direction, direction, found, where, pixel)
                lift *= scene.radius[found]
            hit = origin + nearest * direction
            pixels.key[row, column] += spot.key
            pixels.ambient[row, column] += spot.ambient
            pixels.fuzz[row, column] += spot.fuzz
            pixels.fuzz_key[row, column] += spot.fuzz_key
            pixels.point[row, column] += hit
            pixels.normal[row, column] += spot.round
            pixels.seen[row, column] += 1.0
            outside = hit + lift * spot.round
            if wp.dot(spot.round, scene.key) > -0.15:
                pixels.facing[row, column] += 1.0
                toward = wp.normalize(scene.key + SOFTNESS * across(scene.key, noise[0], noise[1]))
                if not _blocked(scene, outside, toward, 1.0e6, found):
                    pixels.lit[row, column] += 1.0
            into = across(spot.round, noise[2], noise[3])
            if not _blocked(scene, outside, into, scene.ambient_reach, found):
                pixels.open[row, column] += 1.0


def trace(
    tubes: Tubes,
    camera: Camera,
    light: Light,
    size: tuple[int, int],
    rays: int,
    device: str | None = None,
    solids: Solids | None = None,
) -> np.ndarray:
    """The picture of tubes and solids, float32 `[height, width, 4]`: linear RGB multiplied by coverage, and coverage.

    Args:
        tubes: What is seen, in units in which a radius is about 1.
        camera: From where.
        light: The lights.
        size: Width and height in pixels.
        rays: Camera rays a pixel.
        device: Warp device; None for Warp's own choice.
        solids: What is seen besides, in the same units.
    """
    width, height = size
    with wp.ScopedDevice(device):
        scene, bvh = _scene(tubes, camera, light)
        scene.bvh = bvh.id
        mesh = None if solids is None else _placed(scene, solids)  # is kept while rays look for it
        picture = np.empty((height, width, 4), np.float32)
        band = max(1, BAND // width)
        for row in range(0, height, band):
            rows = min(band, height - row)
            above, below = min(REACH, row), min(REACH, height - row - rows)
            pixels = _pixels(above + rows + below, width)
            inputs = [scene, width, height, row - above, rays]
            wp.launch(_trace, dim=(above + rows + below, width), inputs=inputs, outputs=[pixels])
            part = wp.empty((rows, width, 4), dtype=float)
            inputs = [pixels, above, above + rows + below, rays]
            wp.launch(smooth, dim=(rows, width), inputs=inputs, outputs=[part])
            picture[row : row + rows] = part.numpy()
        del mesh
    return picture


def _placed(scene: Scene, solids: Solids) -> wp.Mesh:
    """Put solids into the scene."""
    scene.solid_normal = wp.array(solids.normals.reshape(-1, 3).astype(np.float32), dtype=wp.vec3)
    scene.two_sided = wp.array(solids.two_sided.astype(np.int32), dtype=int)
    points = wp.array(solids.vertices.astype(np.float32), dtype=wp.vec3)
    mesh = wp.Mesh(points, wp.array(solids.faces.reshape(-1).astype(np.int32), dtype=int))
    scene.solid = mesh.id
    return mesh


def _scene(tubes: Tubes, camera: Camera, light: Light) -> tuple[Scene, wp.Bvh]:
    scene = Scene()
    for name in ("point", "tangent", "frame", "color"):
        setattr(scene, name, wp.array(np.asarray(getattr(tubes, name), np.float32), dtype=wp.vec3))
    for name in ("length", "radius"):
        setattr(scene, name, wp.array(np.asarray(getattr(tubes, name), np.float32), dtype=float))
    scene.segment = wp.array(np.asarray(tubes.segment, np.int32), dtype=int)
    cut = np.zeros(len(tubes.point), np.int32)
    cut[tubes.segment] = tubes.cuts()
    scene.cut = wp.array(cut, dtype=int)
    scene.plies = float(tubes.plies)
    scene.ambient_reach = AMBIENT_REACH * float(np.mean(tubes.radius))
    for source, names in ((camera, ("eye", "right", "up", "forward")), (light, ("key", "fill", "rim", "sky"))):
        for name in names:
            setattr(scene, name, wp.vec3(*map(float, getattr(source, name))))
    scene.shift, scene.spread = wp.vec2(*camera.shift), wp.vec2(*camera.spread)
    return scene, _hierarchy(tubes)


def _pixels(rows: int, columns: int) -> Pixels:
    pixels = Pixels()
    for name in ("key", "ambient", "fuzz", "fuzz_key", "point", "normal"):
        setattr(pixels, name, wp.zeros((rows, columns), dtype=wp.vec3))
    for name in ("seen", "solid", "facing", "lit", "open"):
        setattr(pixels, name, wp.zeros((rows, columns), dtype=float))
    return pixels


def _hierarchy(tubes: Tubes) -> wp.Bvh:
    radius = tubes.radius[tubes.segment, None]
    start, stop = tubes.point[tubes.segment], tubes.point[tubes.segment + 1]
    lower, upper = np.minimum(start, stop) - radius, np.maximum(start, stop) + radius
    return wp.Bvh(wp.array(lower.astype(np.float32), dtype=wp.vec3), wp.array(upper.astype(np.float32), dtype=wp.vec3))
