"""A small ray tracer for tubes on NVIDIA Warp: soft shadows, ambient occlusion, twisted plies, on CPU and GPU alike.

A tube is a chain of round segments. Their boxes are in a bounding volume hierarchy; each pixel averages several camera
rays, each with rays of its own towards the main light and into the open. There is no window and no graphics driver, so
pictures come out the same on any machine.
"""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAssignmentType=false

from dataclasses import dataclass

import numpy as np
import warp as wp

wp.set_module_options({"enable_backward": False})  # half the compile time

PLY_PITCH = 11.0  # length of one full twist over the tube's radius


@dataclass(frozen=True)
class Tubes:
    """Tubes as one list of points, in the order along each tube.

    Attributes:
        point: [points, 3] centre lines.
        tangent: [points, 3] unit tangents.
        frame: [points, 3] unit vectors across the tube that do not turn about it: where a twist starts.
        length: [points] distance along the tube.
        radius: [points]
        color: [points, 3] linear RGB, 0 to 1.
        segment: int[segments], the first point of each segment; the second follows it.
        plies: Strands a tube is twisted from; 0 for smooth tubes.
    """

    point: np.ndarray
    tangent: np.ndarray
    frame: np.ndarray
    length: np.ndarray
    radius: np.ndarray
    color: np.ndarray
    segment: np.ndarray
    plies: int = 3


@dataclass(frozen=True)
class Camera:
    """Rays start at `eye + u shift[0] right + v shift[1] up`, along `forward + u spread[0] right + v spread[1] up`.

    `u`, `v` run from -1 to 1 over the picture: parallel rays have no `spread`, those of a lens no `shift`.
    """

    eye: np.ndarray
    right: np.ndarray
    up: np.ndarray
    forward: np.ndarray
    shift: tuple[float, float]
    spread: tuple[float, float]


@dataclass(frozen=True)
class Light:
    """Lighting: unit directions towards the lights, and how strong they are.

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


@wp.struct
class _Scene:
    bvh: wp.uint64
    point: wp.array(dtype=wp.vec3)
    tangent: wp.array(dtype=wp.vec3)
    frame: wp.array(dtype=wp.vec3)
    length: wp.array(dtype=float)
    radius: wp.array(dtype=float)
    color: wp.array(dtype=wp.vec3)
    segment: wp.array(dtype=int)
    plies: float
    ambient_reach: float
    eye: wp.vec3
    right: wp.vec3
    up: wp.vec3
    forward: wp.vec3
    shift: wp.vec2
    spread: wp.vec2
    key: wp.vec3
    fill: wp.vec3
    rim: wp.vec3
    sky: wp.vec3


@wp.func
def _segment_distance(a: wp.vec3, b: wp.vec3, radius: float, origin: wp.vec3, direction: wp.vec3):
    """Distance along a unit ray to a round segment, and how far along the segment (0 to 1); negative: missed."""
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
    if along > 0.0:
        to_cap = near - b
        where = 1.0
    b_cap = wp.dot(direction, to_cap)
    h_cap = b_cap * b_cap - wp.dot(to_cap, to_cap) + radius * radius
    if h_cap < 0.0:
        return -1.0, 0.0
    return skip - b_cap - wp.sqrt(h_cap), where


@wp.func
def _blocked(scene: _Scene, origin: wp.vec3, direction: wp.vec3, reach: float, own: int):
    """True where a tube lies on the ray within `reach`; the segments next to point `own` do not count."""
    query = wp.bvh_query_ray(scene.bvh, origin, direction)
    item = wp.int32(0)
    while wp.bvh_query_next(query, item, reach):
        i = scene.segment[item]
        if wp.abs(i - own) > 2:
            t, _ = _segment_distance(scene.point[i], scene.point[i + 1], scene.radius[i], origin, direction)
            if t > 0.0 and t < reach:
                return True
    return False


@wp.func
def _across(normal: wp.vec3, first: float, second: float):
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
def _fraction(value: float):
    return value - wp.floor(value)


@wp.func
def _dither(x: float, y: float):
    """0 to 1, as different as can be between neighbouring pixels (Jimenez's interleaved gradient noise)."""
    return _fraction(52.9829189 * _fraction(0.06711056 * x + 0.00583715 * y))


@wp.func
def _shade(scene: _Scene, hit: wp.vec3, view: wp.vec3, i: int, where: float, pixel: float, noise: wp.vec4):
    """Colour (linear RGB) of a point `hit` on the segment from point `i`, looked at along `view`."""
    radius = scene.radius[i]
    # The segments bend at their joints; a Newton step finds the spot on the smooth line across from the hit
    turn = scene.tangent[i + 1] - scene.tangent[i]
    tangent = scene.tangent[i] + where * turn
    spoke = hit - wp.lerp(scene.point[i], scene.point[i + 1], where)
    step = wp.length(scene.point[i + 1] - scene.point[i])
    where += wp.clamp(wp.dot(spoke, tangent) / wp.max(step - wp.dot(spoke, turn), 0.1 * step), -1.0, 1.0)
    tangent = wp.normalize(scene.tangent[i] + where * turn)
    spoke = hit - wp.lerp(scene.point[i], scene.point[i + 1], where)
    round = wp.normalize(spoke - 0.999 * wp.dot(spoke, tangent) * tangent)
    normal = round
    color = scene.color[i]
    # Twisted plies, faded out where a pixel no longer resolves them
    visible = wp.clamp(0.35 * radius / pixel - 0.4, 0.0, 1.0)
    if scene.plies > 0.0 and visible > 0.0:
        frame = wp.normalize(wp.lerp(scene.frame[i], scene.frame[i + 1], where))
        along = wp.lerp(scene.length[i], scene.length[i + 1], where) / radius
        angle = wp.atan2(wp.dot(round, wp.cross(tangent, frame)), wp.dot(round, frame))
        twist = angle / 6.2831853 - along / PLY_PITCH
        across = 2.0 * _fraction(scene.plies * twist) - 1.0
        slope = wp.normalize(wp.cross(tangent, round) - (6.2831853 / PLY_PITCH) * tangent)
        fibre = wp.noise(wp.uint32(7), wp.vec2(1.2 * along, 12.0 * scene.plies * _fraction(twist)))
        normal = wp.normalize(round + visible * (0.75 * across + 0.2 * fibre) * slope)
        color = color * (1.0 + visible * (0.12 - 0.42 * wp.pow(across, 4.0) + 0.18 * fibre))
    origin = hit + 0.03 * radius * round
    light = wp.max(0.0, 0.12 + 0.88 * wp.dot(normal, scene.key))
    if light > 0.0:
        toward = wp.normalize(scene.key + 0.16 * _across(scene.key, noise[0], noise[1]))
        if wp.dot(round, scene.key) < -0.15 or _blocked(scene, origin, toward, 1.0e6, i):
            light = 0.0
    open = wp.float32(1.0)
    if _blocked(scene, origin, _across(round, noise[2], noise[3]), scene.ambient_reach, i):
        open = 0.22
    ambient = open * (0.40 + 0.14 * wp.dot(normal, scene.sky))
    ambient += open * 0.22 * wp.max(0.0, wp.dot(normal, scene.fill))
    # fibres that stand off the yarn catch light at grazing angles
    grazing = wp.pow(1.0 - wp.clamp(-wp.dot(round, view), 0.0, 1.0), 3.0)
    fuzz = grazing * open * (0.05 + 0.22 * wp.max(0.0, wp.dot(round, scene.rim)) + 0.10 * light)
    return (1.05 * light + ambient) * color + fuzz * (0.5 * color + wp.vec3(0.5))


@wp.kernel
def _trace(scene: _Scene, width: int, height: int, first_row: int, rays: int, picture: wp.array3d(dtype=float)):
    row, column = wp.tid()
    x, y = float(column), float(row + first_row)
    turn = wp.vec4(_dither(x, y), _dither(x + 47.0, y + 17.0), _dither(x + 11.0, y + 71.0), _dither(x + 83.0, y + 37.0))
    total = wp.vec4(0.0)
    for k in range(rays):
        # additive recurrences: even in the pixel, in the light's disc and over the hemisphere
        n = float(k)
        u = 2.0 * (x + _fraction(0.5 + n * 0.7548777)) / float(width) - 1.0
        v = 1.0 - 2.0 * (y + _fraction(0.5 + n * 0.5698403)) / float(height)
        origin = scene.eye + u * scene.shift[0] * scene.right + v * scene.shift[1] * scene.up
        direction = wp.normalize(scene.forward + u * scene.spread[0] * scene.right + v * scene.spread[1] * scene.up)
        nearest = wp.float32(1.0e6)
        where = wp.float32(0.0)
        found = wp.int32(-1)
        query = wp.bvh_query_ray(scene.bvh, origin, direction)
        item = wp.int32(0)
        while wp.bvh_query_next(query, item, nearest):
            i = scene.segment[item]
            t, s = _segment_distance(scene.point[i], scene.point[i + 1], scene.radius[i], origin, direction)
            if t > 0.0 and t < nearest:
                nearest = t
                where = s
                found = i
        if found >= 0:
            even = turn + n * wp.vec4(0.8566749, 0.7338919, 0.6287067, 0.5385973)
            noise = wp.vec4(_fraction(even[0]), _fraction(even[1]), _fraction(even[2]), _fraction(even[3]))
            pixel = 2.0 * (scene.shift[0] + scene.spread[0] * nearest) / float(width)
            color = _shade(scene, origin + nearest * direction, direction, found, where, pixel, noise)
            total += wp.vec4(color[0], color[1], color[2], 1.0)
    for c in range(4):
        picture[row, column, c] = total[c] / float(rays)


def trace(
    tubes: Tubes, camera: Camera, light: Light, size: tuple[int, int], rays: int, device: str | None = None
) -> np.ndarray:
    """The picture of tubes as float32 `[height, width, 4]`: linear RGB, multiplied by coverage, and coverage.

    Args:
        tubes: What is seen, in units in which a radius is about 1.
        camera: From where.
        light: The lights.
        size: Width and height in pixels.
        rays: Camera rays a pixel.
        device: Warp device; None for Warp's own choice.
    """
    width, height = size
    with wp.ScopedDevice(device):
        scene = _Scene()
        for name in ("point", "tangent", "frame", "color"):
            setattr(scene, name, wp.array(np.asarray(getattr(tubes, name), np.float32), dtype=wp.vec3))
        for name in ("length", "radius"):
            setattr(scene, name, wp.array(np.asarray(getattr(tubes, name), np.float32), dtype=float))
        scene.segment = wp.array(np.asarray(tubes.segment, np.int32), dtype=int)
        scene.plies = float(tubes.plies)
        scene.ambient_reach = 6.0 * float(np.mean(tubes.radius))
        for source, names in ((camera, ("eye", "right", "up", "forward")), (light, ("key", "fill", "rim", "sky"))):
            for name in names:
                setattr(scene, name, wp.vec3(*map(float, getattr(source, name))))
        scene.shift, scene.spread = wp.vec2(*camera.shift), wp.vec2(*camera.spread)
        bvh = _hierarchy(tubes)
        scene.bvh = bvh.id
        picture = np.empty((height, width, 4), np.float32)
        band = max(1, 65536 // width)  # between bands an interrupt gets through
        for row in range(0, height, band):
            rows = min(band, height - row)
            part = wp.zeros((rows, width, 4), dtype=float)
            wp.launch(_trace, dim=(rows, width), inputs=[scene, width, height, row, rays], outputs=[part])
            picture[row : row + rows] = part.numpy()
    return picture


def _hierarchy(tubes: Tubes) -> wp.Bvh:
    radius = tubes.radius[tubes.segment, None]
    start, stop = tubes.point[tubes.segment], tubes.point[tubes.segment + 1]
    lower, upper = np.minimum(start, stop) - radius, np.maximum(start, stop) + radius
    return wp.Bvh(wp.array(lower.astype(np.float32), dtype=wp.vec3), wp.array(upper.astype(np.float32), dtype=wp.vec3))
