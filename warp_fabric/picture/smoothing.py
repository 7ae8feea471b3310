"""Light and shadow, averaged over neighbouring pixels that show the same surface.

The guide is where a pixel's surface lies and how it is turned: light bleeds neither over a yarn's edge nor around it.
The pixels' noise (`rays.dither`) differs most between neighbours, so that few of them make a good mean."""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAssignmentType=false

import warp as wp

wp.set_module_options({"enable_backward": False})

REACH = 3
"""Pixels to each side that are averaged."""


@wp.struct
class Pixels:
    """What the rays of each pixel saw, [rows, columns], sums over its rays.

    Attributes:
        key, ambient, fuzz, fuzz_key: as in `shading.Spot`. seen: how many rays met a surface, solid: an obstacle's.
        lit, facing: how many reached the main light, and how many looked for it. open: how many reached the open.
        point, normal: of the surface.
    """

    key: wp.array2d(dtype=wp.vec3)
    ambient: wp.array2d(dtype=wp.vec3)
    fuzz: wp.array2d(dtype=wp.vec3)
    fuzz_key: wp.array2d(dtype=wp.vec3)
    point: wp.array2d(dtype=wp.vec3)
    normal: wp.array2d(dtype=wp.vec3)
    seen: wp.array2d(dtype=float)
    solid: wp.array2d(dtype=float)
    facing: wp.array2d(dtype=float)
    lit: wp.array2d(dtype=float)
    open: wp.array2d(dtype=float)


SHADE = wp.constant(0.3)
"""Ambient light left where something is near."""


@wp.kernel
def smooth(pixels: Pixels, first: int, height: int, rays: int, picture: wp.array3d(dtype=float)):
    """Put a band of the picture together.

    Args:
        first: Row of `pixels` that is the picture's first; those before and after serve as neighbours. height: of
            `pixels`.
    """
    out, column = wp.tid()
    row = out + first
    width = picture.shape[1]
    seen = pixels.seen[row, column]
    if seen == 0.0:
        for c in range(4):
            picture[out, column, c] = 0.0
        return
    point = pixels.point[row, column] / seen
    normal = wp.normalize(pixels.normal[row, column])
    lit = wp.float32(0.0)
    facing = wp.float32(0.0)
    open = wp.float32(0.0)
    count = wp.float32(0.0)
    for y in range(wp.max(row - REACH, 0), wp.min(row + REACH + 1, height)):
        for x in range(wp.max(column - REACH, 0), wp.min(column + REACH + 1, width)):
            there = pixels.seen[y, x]
            if there > 0.0:
                away = pixels.point[y, x] / there - point
                alike = wp.max(wp.dot(normal, wp.normalize(pixels.normal[y, x])), 0.0)
                off = wp.abs(wp.dot(normal, away)) / 0.15
                apart = 3.0 * wp.dot(away, away)
                if pixels.solid[row, column] == seen and pixels.solid[y, x] == there:
                    apart = 0.0  # obstacles are larger than yarns, and smooth
                weight = wp.pow(alike, 8.0) * wp.exp(-off * off - apart)
                lit += weight * pixels.lit[y, x]
                facing += weight * pixels.facing[y, x]
                open += weight * pixels.open[y, x]
                count += weight * there
    light = wp.where(facing > 0.0, lit / wp.max(facing, 1.0e-6), 0.0)
    around = SHADE + (1.0 - SHADE) * open / count
    color = light * pixels.key[row, column] + around * pixels.ambient[row, column]
    color += around * (pixels.fuzz[row, column] + light * pixels.fuzz_key[row, column])
    for c in range(3):
        picture[out, column, c] = color[c] / float(rays)
    picture[out, column, 3] = seen / float(rays)
