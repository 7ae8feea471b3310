"""Broad phase against meshes: which triangles beads may touch while they stay in their boxes.

All triangles that come near a bead's box, where they are at the start or at the end of the step. Of a closed mesh all
that may be the nearest to a bead that is near it or, however deep, inside; and of others none.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.beads import Beads
from warp_fabric.forces.contact.boxes import ROUND_OUT, Boxes, double, single
from warp_fabric.forces.contact.meshes import corner, face_point, pseudonormal
from warp_fabric.forces.contact.nearest import triangle_feature
from warp_fabric.model import Model
from warp_fabric.obstacles import Obstacles
from warp_fabric.types import f64, vec3


@wp.kernel(enable_backward=False)
def _face_boxes(
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    low: wp.array(dtype=wp.vec3f),
    high: wp.array(dtype=wp.vec3f),
    whole_low: wp.array(dtype=wp.vec3f),
    whole_high: wp.array(dtype=wp.vec3f),
):
    """Around both places of each triangle, and its thickness; and around all of each mesh."""
    f = wp.tid()
    lower = corner(obstacles, vertex, 0, f, 0)
    upper = lower
    for side in range(2):
        for k in range(3):
            p = corner(obstacles, vertex, side, f, k)
            lower = wp.min(lower, p)
            upper = wp.max(upper, p)
    size = wp.max(wp.max(wp.abs(lower)), wp.max(wp.abs(upper)))
    most = obstacles.thickness[obstacles.face_obstacle[f]] + ROUND_OUT * size
    low[f] = single(lower - vec3(most, most, most))
    high[f] = single(upper + vec3(most, most, most))
    wp.atomic_min(whole_low, obstacles.face_obstacle[f], low[f])
    wp.atomic_max(whole_high, obstacles.face_obstacle[f], high[f])


@wp.func
def is_inside(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), side: int, f: int, x: vec3) -> bool:
    """Of the closed mesh whose triangle f is the nearest to x."""
    p, q = corner(obstacles, vertex, side, f, 0), corner(obstacles, vertex, side, f, 1)
    r = corner(obstacles, vertex, side, f, 2)
    out = pseudonormal(obstacles, vertex, side, f, triangle_feature(x, p, q, r))
    return wp.dot(out, x - face_point(obstacles, vertex, side, f, x)) < f64(0.0)


@wp.func
def face_distance(obstacles: Obstacles, vertex: wp.array2d(dtype=vec3), f: int, x: vec3) -> f64:
    """Of a point from a triangle, where it is at the start or at the end of the step."""
    before = wp.length(x - face_point(obstacles, vertex, 0, f, x))
    return wp.min(before, wp.length(x - face_point(obstacles, vertex, 1, f, x)))


@wp.kernel(enable_backward=False)
def _meet(
    beads: Beads,
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    tree: wp.uint64,
    extent: f64,
    whole_low: wp.array(dtype=wp.vec3f),
    whole_high: wp.array(dtype=wp.vec3f),
    boxes: Boxes,
    count: wp.array(dtype=wp.int32),
    row: wp.array2d(dtype=wp.int32),
):
    b = wp.tid()
    low, high = double(boxes.wide_low[b]), double(boxes.wide_high[b])
    middle = f64(0.5) * (double(boxes.low[b]) + double(boxes.high[b]))
    slack = wp.length(double(boxes.high[b]) - middle)
    fabric = beads.fabric[b]
    found = int(0)
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        apart = bool(False)
        for k in range(3):
            apart = apart or boxes.wide_low[b][k] > whole_high[o][k] or boxes.wide_high[b][k] < whole_low[o][k]
        if not apart:
            closed = obstacles.closed[o] != 0
            reach = wp.length(high - middle) + obstacles.thickness[o]
            listed = not closed
            if closed:
                # Which side a bead is on is told by the nearest triangle, which need not be in its box where it is deep
                # inside: look farther, until all are there that may be it. Of a mesh too far away to matter there must
                # be none: the nearest of a few could be turned away from a bead that is outside.
                look = f64(0.5) * wp.length(high - low)
                farthest = f64(0.0)
                done = bool(False)
                while not done:
                    corner_low = single(middle - vec3(look, look, look))
                    corner_high = single(middle + vec3(look, look, look))
                    known = int(0)
                    farthest = f64(0.0)
                    listed = False
                    for side in range(2):
                        nearest = int(-1)
                        least = f64(0.0)
                        query = wp.bvh_query_aabb(tree, corner_low, corner_high)
                        f = int(0)
                        while wp.bvh_query_next(query, f):
                            if obstacles.face_obstacle[f] == o:
                                distance = wp.length(middle - face_point(obstacles, vertex, side, f, middle))
                                if nearest < 0 or distance < least or (distance == least and f < nearest):
                                    nearest = f
                                    least = distance
                        if nearest >= 0 and least <= look:
                            known += 1
                            farthest = wp.max(farthest, least + f64(2.0) * slack)
                            if least <= reach or is_inside(obstacles, vertex, side, nearest, middle):
                                listed = True
                    if known == 2 or look > extent:
                        done = True
                    look = f64(2.0) * look
                reach = wp.max(reach, farthest)
                low, high = middle - vec3(reach, reach, reach), middle + vec3(reach, reach, reach)
            if listed:
                query = wp.bvh_query_aabb(tree, single(low), single(high))
                f = int(0)
                while wp.bvh_query_next(query, f):
                    if obstacles.face_obstacle[f] == o and (
                        not closed or face_distance(obstacles, vertex, f, middle) <= reach
                    ):
                        if found < row.shape[1]:
                            row[b, found] = f
                        found += 1
            low, high = double(boxes.wide_low[b]), double(boxes.wide_high[b])
    count[b + 1] = found


class FaceTree:
    """The triangles of a model's obstacles, to be searched.

    Args:
        model: It has meshes.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        count = len(model.obstacles.face)
        with wp.ScopedDevice(model.device):
            self._low, self._high = (wp.zeros(count, dtype=wp.vec3f) for _ in range(2))
            self._whole = [wp.zeros(model.obstacle_count, dtype=wp.vec3f) for _ in range(2)]
        self._tree: wp.Bvh | None = None

    def search(self, vertex: wp.array, boxes: Boxes) -> tuple[wp.Kernel, list]:
        """A kernel for `Rows.find`, and its inputs, with the triangles where their vertices [V, 2] are now."""
        model = self.model
        for bound, beyond in zip(self._whole, (np.inf, -np.inf)):
            bound.fill_(wp.vec3f(beyond))
        outputs = [self._low, self._high, *self._whole]
        wp.launch(_face_boxes, len(self._low), [model.obstacles, vertex], outputs, device=model.device)
        if self._tree is None:
            self._tree = wp.Bvh(self._low, self._high)
        else:
            self._tree.rebuild()
        low, high = self._low.numpy(), self._high.numpy()
        extent = float((high.max(axis=0) - low.min(axis=0)).max())
        return _meet, [model.beads, model.obstacles, vertex, self._tree.id, extent, *self._whole, boxes]
