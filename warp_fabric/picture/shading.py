"""What a yarn looks like where it is seen: its twisted plies and fibres, and how much it takes of each light."""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAssignmentType=false

import warp as wp

from warp_fabric.picture.rays import fraction

wp.set_module_options({"enable_backward": False})  # half the compile time

PLY_PITCH = 11.0
"""Length of one full twist over the tube's radius."""
ALBEDO = wp.constant(0.88)
"""Light that the whitest yarn throws back: cotton's."""


@wp.struct
class Scene:
    bvh: wp.uint64
    point: wp.array(dtype=wp.vec3)
    tangent: wp.array(dtype=wp.vec3)
    frame: wp.array(dtype=wp.vec3)
    length: wp.array(dtype=float)
    radius: wp.array(dtype=float)
    color: wp.array(dtype=wp.vec3)
    segment: wp.array(dtype=int)
    cut: wp.array(dtype=int)
    solid: wp.uint64
    solid_normal: wp.array(dtype=wp.vec3)
    two_sided: wp.array(dtype=int)
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


@wp.struct
class Spot:
    """A point of a tube that is seen.

    Attributes:
        round: Normal of the tube without plies.
        key: Linear RGB by the main light, if nothing is in its way. ambient: from around, if nothing is near.
        fuzz: Of fibres that stand off and catch light, likewise; `fuzz_key` if the main light gets there too.
    """

    round: wp.vec3
    key: wp.vec3
    ambient: wp.vec3
    fuzz: wp.vec3
    fuzz_key: wp.vec3


@wp.func
def shade(scene: Scene, hit: wp.vec3, view: wp.vec3, i: int, where: float, pixel: float):
    """How a point `hit` on the segment from point `i` looks along `view`; a pixel there is `pixel` wide.

    Args:
        where: 0 to 1 along the segment; less or more on a tube's cut end.
    """
    radius = scene.radius[i]
    share = wp.clamp(where, 0.0, 1.0)
    # The segments bend at their joints; a Newton step finds the spot on the smooth line across from the hit
    turn = scene.tangent[i + 1] - scene.tangent[i]
    tangent = scene.tangent[i] + share * turn
    spoke = hit - wp.lerp(scene.point[i], scene.point[i + 1], share)
    step = wp.length(scene.point[i + 1] - scene.point[i])
    share += wp.clamp(wp.dot(spoke, tangent) / wp.max(step - wp.dot(spoke, turn), 0.1 * step), -1.0, 1.0)
    tangent = wp.normalize(scene.tangent[i] + share * turn)
    spoke = hit - wp.lerp(scene.point[i], scene.point[i + 1], share)
    spoke = spoke - 0.999 * wp.dot(spoke, tangent) * tangent
    depth = wp.length(spoke) / radius
    spot = Spot()
    spot.round = spoke / (depth * radius)
    normal = spot.round
    color = ALBEDO * scene.color[i]
    frame = wp.normalize(wp.lerp(scene.frame[i], scene.frame[i + 1], share))
    angle = wp.atan2(wp.dot(normal, wp.cross(tangent, frame)), wp.dot(normal, frame)) / 6.2831853
    along = wp.lerp(scene.length[i], scene.length[i + 1], share) / radius
    # Fibres and twisted plies, faded out where a pixel no longer resolves them
    visible = wp.clamp(0.35 * radius / pixel - 0.4, 0.0, 1.0)
    fine = wp.clamp(0.12 * radius / pixel - 0.8, 0.0, 1.0)
    if scene.plies == 0.0:
        visible = 0.0
    fibre = wp.float32(0.0)
    across_ply = wp.float32(0.0)
    if visible > 0.0:
        across_ply = 2.0 * fraction(scene.plies * (angle - along / PLY_PITCH)) - 1.0
        # in a plied yarn fibres run about along the yarn, as plies are twisted against their strands
        lay = 9.0 * scene.plies * (angle - 0.35 * along / PLY_PITCH)
        fibre = wp.noise(wp.uint32(7), wp.vec2(0.8 * along, lay))
        fibre += fine * 0.8 * wp.noise(wp.uint32(9), wp.vec2(1.7 * along, 2.6 * lay))
    if where < 0.0 or where > 1.0:  # the cut: strands seen from their end
        spot.round = wp.normalize(scene.point[i] - scene.point[i + 1])
        if where > 1.0:
            spot.round = -spot.round
        normal = spot.round
        color = color * (0.62 - 0.3 * visible * depth * wp.pow(across_ply, 4.0))
    elif visible > 0.0:
        groove = wp.pow(across_ply, 4.0)
        slope = wp.normalize(wp.cross(tangent, normal) - (6.2831853 / PLY_PITCH) * tangent)
        normal = wp.normalize(normal + visible * (0.75 * across_ply + 0.55 * fibre) * slope)
        color = color * (1.0 + visible * (0.08 - 0.42 * groove + 0.28 * fibre))
    spot.key = 1.08 * wp.max(0.0, 0.1 + 0.9 * wp.dot(normal, scene.key)) * color
    ambient = 0.4 + 0.14 * wp.dot(normal, scene.sky) + 0.2 * wp.max(0.0, wp.dot(normal, scene.fill))
    spot.ambient = ambient * color
    # fibres that stand off the yarn catch light at grazing angles
    grazing = wp.pow(1.0 - wp.clamp(-wp.dot(spot.round, view), 0.0, 1.0), 3.0)
    light = grazing * (0.5 * color + wp.vec3(0.3))
    spot.fuzz = (0.06 + 0.2 * wp.max(0.0, wp.dot(spot.round, scene.rim))) * light
    spot.fuzz_key = 0.1 * wp.max(0.0, wp.dot(normal, scene.key)) * light
    return spot
