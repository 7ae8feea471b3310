"""Beads and one mesh, all triangles looked at: energy, force and derivative by the centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.forces.contact.meshes import (
    NearFaces,
    convex_part,
    inside_face,
    mesh_derivative,
    mesh_energy,
    mesh_force,
)
from warp_fabric.obstacle_mesh import MeshTables
from warp_fabric.obstacles import Obstacles
from warp_fabric.types import f64, mat33, vec3


@wp.kernel
def _force(
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    near: NearFaces,
    k: f64,
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    force: wp.array(dtype=vec3),
):
    i = wp.tid()
    force[i] = mesh_force(obstacles, vertex, 1, near, i, 0, k, r[i], x[i])


@wp.kernel(enable_backward=False)
def _others(
    obstacles: Obstacles,
    vertex: wp.array2d(dtype=vec3),
    near: NearFaces,
    k: f64,
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    inside: wp.array(dtype=wp.int32),
    energy: wp.array(dtype=f64),
    derivative: wp.array(dtype=mat33),
    convex: wp.array(dtype=mat33),
):
    i = wp.tid()
    inside[i] = inside_face(obstacles, vertex, 1, near, i, 0, x[i])
    energy[i] = mesh_energy(obstacles, vertex, near, i, 0, k, r[i], x[i])
    derivative[i] = mesh_derivative(obstacles, vertex, near, i, 0, k, r[i], x[i])
    convex[i] = convex_part(derivative[i])


@dataclass(frozen=True)
class Touched:
    """inside: [n] bool. force: [n, 3] N. energy: [n] J. derivative, convex: [n, 3, 3] N/m, as it is and without what is
    not convex. by_centre: [n, 3], by_vertex: [V, 3], of the sum of forces times `seed`, where one was given."""

    inside: np.ndarray
    force: np.ndarray
    energy: np.ndarray
    derivative: np.ndarray
    convex: np.ndarray
    by_centre: np.ndarray
    by_vertex: np.ndarray


def touch(mesh: MeshTables, x, k: float, r, device: str, seed=None, order=None) -> Touched:
    """Beads at x [n, 3] with touch distances r, [n] or one, against a mesh in its first shape.

    Args:
        order: In which its triangles are looked at.
    """
    x = np.asarray(x, float)
    count, faces = len(x), np.arange(len(mesh.faces)) if order is None else order
    with wp.ScopedDevice(device):
        obstacles, near = Obstacles(), NearFaces()
        for name, each in Obstacles.vars.items():  # a tape asks all for their gradients
            setattr(obstacles, name, wp.zeros(0, dtype=each.type.dtype))
        obstacles.face = wp.array(mesh.faces, dtype=wp.vec3i)
        obstacles.face_obstacle = wp.zeros(len(mesh.faces), dtype=wp.int32)
        obstacles.owns = wp.array(mesh.owns, dtype=wp.int32)
        obstacles.across = wp.array(mesh.across, dtype=wp.vec3i)
        obstacles.around = wp.array(mesh.offset, dtype=wp.int32)
        obstacles.ring = wp.array(mesh.around, dtype=wp.int32)
        obstacles.closed = wp.array([int(mesh.closed)], dtype=wp.int32)
        near.first = wp.array(len(faces) * np.arange(count + 1), dtype=wp.int32)
        near.face = wp.array(np.tile(faces, count), dtype=wp.int32)
        # Where it is at the start of a step is far off: nothing may look there.
        corners = np.stack([mesh.vertices[0] + 1.0, mesh.vertices[0]], axis=1)
        vertex = wp.array(corners, dtype=vec3, requires_grad=True)
        radius = wp.array(np.broadcast_to(np.asarray(r, float), count).copy(), dtype=f64, requires_grad=True)
        centre = wp.array(x, dtype=vec3, requires_grad=True)
        force = wp.zeros(count, dtype=vec3, requires_grad=True)
        inputs = [obstacles, vertex, near, k, radius, centre]
        with wp.Tape() as tape:
            wp.launch(_force, count, inputs, [force])
        if seed is not None:
            tape.backward(grads={force: wp.array(seed, dtype=vec3)})
        inside, energy = wp.zeros(count, dtype=wp.int32), wp.zeros(count, dtype=f64)
        derivative, convex = (wp.zeros(count, dtype=mat33) for _ in range(2))
        wp.launch(_others, count, inputs, [inside, energy, derivative, convex])
    assert not vertex.grad.numpy()[:, 0].any()
    return Touched(
        inside=inside.numpy() >= 0,
        force=force.numpy(),
        energy=energy.numpy(),
        derivative=derivative.numpy(),
        convex=convex.numpy(),
        by_centre=centre.grad.numpy(),
        by_vertex=vertex.grad.numpy()[:, 1],
    )
