"""What a crossing touches, in words: for the error of a step that fails there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.beads import Beads, bead_place, bead_radius
from warp_fabric.forces.base import Held
from warp_fabric.forces.contact.gauge import surface_distance
from warp_fabric.forces.contact.meshes import NearFaces
from warp_fabric.material import Material
from warp_fabric.model import Model
from warp_fabric.obstacles import SHAPES, Obstacles
from warp_fabric.types import f64, vec3


@wp.kernel(enable_backward=False)
def _obstacles_touched(
    beads: Beads,
    material: Material,
    obstacles: Obstacles,
    place: wp.array2d(dtype=vec3),
    other: wp.array2d(dtype=vec3),
    near: NearFaces,
    vertex: wp.array2d(dtype=vec3),
    position: wp.array(dtype=vec3),
    node: int,
    gap: wp.array2d(dtype=f64),
    depth: wp.array2d(dtype=f64),
):
    """[beads of the crossing, obstacles] m: how far each is from touching, and how far it is inside."""
    j = wp.tid()
    b = beads.node_bead[beads.node_offset[node] + j]
    fabric = beads.fabric[b]
    x, radius = bead_place(beads, position, b), bead_radius(beads, material, b)
    for o in range(obstacles.first_obstacle[fabric], obstacles.first_obstacle[fabric + 1]):
        distance = surface_distance(obstacles, place, other, near, vertex, b, o, x)
        gap[j, o] = distance - radius - obstacles.thickness[o]
        depth[j, o] = -distance


@wp.kernel(enable_backward=False)
def _beads_touched(
    beads: Beads,
    material: Material,
    first: wp.array(dtype=wp.int32),
    partner: wp.array(dtype=wp.int32),
    position: wp.array(dtype=vec3),
    node: int,
    least: wp.array(dtype=f64),
):
    """least: [pairs] m, how far apart the beads of each are beyond touching."""
    a = beads.node_bead[beads.node_offset[node] + wp.tid()]
    x, radius = bead_place(beads, position, a), bead_radius(beads, material, a)
    for s in range(first[a], first[a + 1]):
        b = partner[s]
        least[s] = wp.length(x - bead_place(beads, position, b)) - radius - bead_radius(beads, material, b)


@dataclass(frozen=True)
class Touch:
    """Something that a crossing touches.

    Attributes:
        what: Such as "obstacle 0 (plane)", or another crossing. depth: m, how far the crossing is inside it; 0 outside.
    """

    what: str
    depth: float = 0.0

    def __str__(self) -> str:
        return f"is {1e3 * self.depth:.3g} mm inside {self.what}" if self.depth else f"touches {self.what}"


def touched(model: Model, position: wp.array, held: Held, node: int) -> list[Touch]:
    """What a crossing's beads touch, all obstacles, and of other cloth what is nearest.

    Args:
        position: [N] vec3 m, for which candidates hold. node: The crossing's number.
    """
    beads, device, pairs = model.beads, model.device, held.candidates
    assert beads is not None
    assert pairs is not None
    offset, found = beads.node_offset.numpy(), []
    count = int(offset[node + 1] - offset[node])
    if model.obstacle_count:
        size = (count, model.obstacle_count)
        gap, depth = (wp.full(size, far, dtype=f64, device=device) for far in (wp.inf, -wp.inf))
        inputs = [beads, held.material, model.obstacles, held.obstacle_first, held.obstacle_second]
        inputs += [pairs.near, held.obstacle_vertex, position, node]
        wp.launch(_obstacles_touched, count, inputs, [gap, depth], device=device)
        shape, first = model.obstacles.shape.numpy(), model.obstacles.first_obstacle.numpy()
        begin = first[np.searchsorted(first, np.arange(model.obstacle_count), side="right") - 1]
        deepest = depth.numpy().max(axis=0)
        for o in np.flatnonzero(gap.numpy().min(axis=0) < 0.0):
            found.append(Touch(f"obstacle {o - begin[o]} ({SHAPES[shape[o]]})", max(float(deepest[o]), 0.0)))
    if model.touches_itself and len(pairs.partner):
        least = wp.full(len(pairs.partner), wp.inf, dtype=f64, device=device)
        inputs = [beads, held.material, pairs.first, pairs.partner, position, node]
        wp.launch(_beads_touched, count, inputs, [least], device=device)
        gap = least.numpy()
        if gap.min() < 0.0:
            other = int(beads.node.numpy()[pairs.partner.numpy()[gap.argmin()], 0])
            found.append(Touch(f"crossing {model.place(other)}"))
    return found
