"""State of the crossings: normals, and the compression of ends on picks. Held over a step.

Compression of straight yarns Fn = max(0, 1/2 n . (f_pick - f_end)): f_pick is the pick's stretch force at the crossing
plus its bending force, evaluated with every inner crossing displaced to the yarn's centre line (x - R_pick n for picks,
x + R_end n for ends), so that even a flat fabric presses its crossings. Of crimped yarns: see `crimp/pressing.py`.

Of bundles it is meant for one of the real crossings that theirs stands for: what pulls on all of these is shared out
among them, and centre lines are displaced as many times as far as crossings are.
"""

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Holder, segment_yarn
from warp_fabric.forces.bend import bend_gradient, triple_stiffness
from warp_fabric.forces.crimp.pressing import crimp_pressing
from warp_fabric.forces.stretch import stretch_gradient, stretch_stiffness
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.topology import DOWN, LEFT, RIGHT, UP
from warp_fabric.types import f64, vec2, vec3


@wp.kernel
def _normals(grid: Grid, position: wp.array(dtype=vec3), normal: wp.array(dtype=vec3)):
    i = wp.tid()
    if grid.inner[i] == 0:
        return
    right, left = position[grid.neighbor[i, wp.static(RIGHT)]], position[grid.neighbor[i, wp.static(LEFT)]]
    up, down = position[grid.neighbor[i, wp.static(UP)]], position[grid.neighbor[i, wp.static(DOWN)]]
    n = wp.cross(right - left, up - down)
    side = f64(2 * grid.end_on_top[i] - 1)
    normal[i] = side * n / wp.length(n)


@wp.func
def stretch_pull(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    i: int,
    axis: int,
) -> vec3:
    """Stretch force of one yarn's two segments on an inner crossing."""
    ks = stretch_stiffness(material, segment_yarn(grid.pick_yarn, grid.end_yarn, i, axis))
    after, before = grid.neighbor[i, 1 + 2 * axis], grid.neighbor[i, 2 + 2 * axis]
    g1, _d1 = stretch_gradient(ks, position[after] - position[i], sliding[after][axis] - sliding[i][axis])
    g0, _d0 = stretch_gradient(ks, position[i] - position[before], sliding[i][axis] - sliding[before][axis])
    return g1 - g0


@wp.func
def centre_line(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    normal: wp.array(dtype=vec3),
    displaced: int,
    i: int,
    axis: int,
) -> vec3:
    """Of the pick (axis 0) or end (axis 1) at a crossing, if it is `displaced` at all; border crossings are not."""
    if displaced == 0 or grid.inner[i] == 0:
        return position[i]
    strands = grid.strands[grid.fabric[i]]
    if axis == 0:
        return position[i] - strands[1] * material.radius[grid.pick_yarn[i]] * normal[i]
    return position[i] + strands[0] * material.radius[grid.end_yarn[i]] * normal[i]


@wp.func
def bend_pull(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    normal: wp.array(dtype=vec3),
    displaced: int,
    share: f64,
    i: int,
    axis: int,
    role: int,
) -> vec3:
    """`share` of the bending force on crossing i of the yarn, `displaced` to its centre line or not, from the triple in
    which i has the role previous (0), centre (1) or next (2)."""
    centre = i
    if role == 0:
        centre = grid.neighbor[i, 1 + 2 * axis]
    if role == 2:
        centre = grid.neighbor[i, 2 + 2 * axis]
    e = grid.node_triple[centre, axis]
    if e < 0:
        return vec3()
    before, after = grid.triple[e, 0], grid.triple[e, 2]
    kb = share * triple_stiffness(grid, material, e)
    middle = centre_line(grid, material, position, normal, displaced, centre, axis)
    d1 = middle - centre_line(grid, material, position, normal, displaced, before, axis)
    d2 = centre_line(grid, material, position, normal, displaced, after, axis) - middle
    g1, g2, _gs = bend_gradient(kb, d1, d2, sliding[after][axis] - sliding[before][axis])
    if role == 0:
        return g1
    if role == 1:
        return g2 - g1
    return -g2


@wp.func
def bend_pulls(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    normal: wp.array(dtype=vec3),
    displaced: int,
    share: f64,
    i: int,
    axis: int,
    pull: vec3,
) -> vec3:
    """From all three triples, added to `pull` one by one: sums of straight yarns keep their rounding."""
    pull = pull + bend_pull(grid, material, position, sliding, normal, displaced, share, i, axis, 0)
    pull = pull + bend_pull(grid, material, position, sliding, normal, displaced, share, i, axis, 1)
    return pull + bend_pull(grid, material, position, sliding, normal, displaced, share, i, axis, 2)


@wp.func
def straight_pressing(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    normal: wp.array(dtype=vec3),
    i: int,
) -> f64:
    """1/2 n . (f_pick - f_end) [N] of an inner crossing."""
    strands = grid.strands[grid.fabric[i]]
    picks, ends = strands[0], strands[1]
    one = f64(1.0) / (picks * ends)
    # A bundle bends over as many times the length as it is displaced: `picks / ends^2` times as strongly as a pick.
    pick = one * stretch_pull(grid, material, position, sliding, i, 0)
    pick = bend_pulls(grid, material, position, sliding, normal, 1, ends * ends / picks, i, 0, pick)
    end = one * stretch_pull(grid, material, position, sliding, i, 1)
    end = bend_pulls(grid, material, position, sliding, normal, 1, picks * picks / ends, i, 1, end)
    return f64(0.5) * wp.dot(normal[i], pick - end)


@wp.kernel
def _compression(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    normal: wp.array(dtype=vec3),
    compression: wp.array(dtype=f64),
):
    i = wp.tid()
    if grid.inner[i] == 0:
        return
    pressed = straight_pressing(grid, material, position, sliding, normal, i)
    compression[i] = wp.where(pressed < f64(0.0), f64(0.0), pressed)  # keeps NaN, as wp.max would not


@wp.kernel
def _crimp_compression(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    change: wp.array(dtype=vec2),
    normal: wp.array(dtype=vec3),
    compression: wp.array(dtype=f64),
):
    i = wp.tid()
    if grid.inner[i] == 0:
        return
    own = crimp[grid.fabric[i]]
    pressed = f64(0.0)
    if own[0] > f64(0.0):
        one = f64(1.0)
        bending = bend_pulls(grid, material, position, sliding, normal, 0, one, i, 0, vec3())
        bending = bending - bend_pulls(grid, material, position, sliding, normal, 0, one, i, 1, vec3())
        pressed = crimp_pressing(grid, material, own, position, sliding, change, normal[i], bending, i)
    else:  # a fabric that is not crimped, beside one that is
        pressed = straight_pressing(grid, material, position, sliding, normal, i)
    compression[i] = wp.where(pressed < f64(0.0), f64(0.0), pressed)


class Crossing(Holder):
    """Holds `normal` [N] vec3, from the pick to the end, and `compression` [N] N; both are zero on the border."""

    def holds(self, model):
        return {"normal": (model.node_count, vec3), "compression": (model.node_count, f64)}

    def hold(self, model, moment, held):
        wp.launch(_normals, model.node_count, [model.grid, moment.position], [held.normal], device=model.device)
        at = [moment.position, moment.sliding]
        kernel, inputs = _compression, [model.grid, held.material, *at, held.normal]
        if model.crimped:
            kernel = _crimp_compression
            inputs = [model.grid, held.material, held.crimp, *at, held.held_change, held.normal]
        wp.launch(kernel, model.node_count, inputs, [held.compression], device=model.device)
