"""Beads and one mesh, all triangles looked at: energy, force and derivative by the centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.forces.contact.mesh_inside import (
    inside_derivative,
    inside_energy,
    inside_force,
    is_inside,
    nearest_triangle,
)
from warp_fabric.forces.contact.triangle import triangle_derivative, triangle_energy, triangle_force
from warp_fabric.obstacle_mesh import MeshTables
from warp_fabric.types import f64, mat33, vec3


@wp.kernel
def _force(
    k: f64,
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    vertex: wp.array2d(dtype=vec3),
    face: wp.array(dtype=wp.vec3i),
    owns: wp.array(dtype=wp.int32),
    across: wp.array(dtype=wp.vec3i),
    around: wp.array(dtype=wp.int32),
    ring: wp.array(dtype=wp.int32),
    candidate: wp.array(dtype=wp.int32),
    closed: int,
    inside: wp.array(dtype=wp.int32),
    force: wp.array(dtype=vec3),
):
    i = wp.tid()
    within = bool(False)
    t = int(0)
    if closed != 0:
        t = nearest_triangle(r[i], x[i], vertex, 1, face, candidate, 0, candidate.shape[0])
        within = is_inside(r[i], x[i], t, vertex, 1, face, across, around, ring)
    if within:
        corner = face[t]
        a, b, c = vertex[corner[0], 1], vertex[corner[1], 1], vertex[corner[2], 1]
        inside[i] = 1
        force[i] = inside_force(k, r[i], x[i], a, b, c)
    else:
        for s in range(candidate.shape[0]):
            corner = face[candidate[s]]
            a, b, c = vertex[corner[0], 1], vertex[corner[1], 1], vertex[corner[2], 1]
            force[i] += triangle_force(k, r[i], x[i], a, b, c, owns[candidate[s]])


@wp.kernel(enable_backward=False)
def _others(
    k: f64,
    r: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    vertex: wp.array2d(dtype=vec3),
    face: wp.array(dtype=wp.vec3i),
    owns: wp.array(dtype=wp.int32),
    candidate: wp.array(dtype=wp.int32),
    exact: bool,
    inside: wp.array(dtype=wp.int32),
    energy: wp.array(dtype=f64),
    derivative: wp.array(dtype=mat33),
):
    i = wp.tid()
    if inside[i] != 0:
        corner = face[nearest_triangle(r[i], x[i], vertex, 1, face, candidate, 0, candidate.shape[0])]
        a, b, c = vertex[corner[0], 1], vertex[corner[1], 1], vertex[corner[2], 1]
        energy[i] = inside_energy(k, r[i], x[i], a, b, c)
        derivative[i] = inside_derivative(k, r[i], x[i], a, b, c, exact)
    else:
        for s in range(candidate.shape[0]):
            t = candidate[s]
            a, b, c = vertex[face[t][0], 1], vertex[face[t][1], 1], vertex[face[t][2], 1]
            energy[i] += triangle_energy(k, r[i], x[i], a, b, c, owns[t])
            derivative[i] = derivative[i] + triangle_derivative(k, r[i], x[i], a, b, c, owns[t], exact)


@dataclass(frozen=True)
class Touched:
    """inside: [n] bool. force: [n, 3] N. energy: [n] J. derivative, straight: [n, 3, 3] N/m, with curvature and
    without. by_centre: [n, 3], by_vertex: [V, 3], of the sum of forces times `seed`, where one was given."""

    inside: np.ndarray
    force: np.ndarray
    energy: np.ndarray
    derivative: np.ndarray
    straight: np.ndarray
    by_centre: np.ndarray
    by_vertex: np.ndarray


def touch(mesh: MeshTables, x, k: float, r, device: str, seed=None, order=None) -> Touched:
    """Beads at x [n, 3] with touch distances r, [n] or one, against a mesh in its first shape.

    Args:
        order: In which its triangles are looked at.
    """
    x = np.asarray(x, float)
    count, faces = len(x), len(mesh.faces)

    def whole(values, dtype=wp.int32) -> wp.array:
        return wp.array(np.asarray(values), dtype=dtype, device=device)

    def zeros(dtype) -> wp.array:
        return wp.zeros(count, dtype=dtype, device=device, requires_grad=dtype is vec3)

    # the shape at the start of a step is elsewhere: nothing may look at it
    corners = np.stack([mesh.vertices[0] + 1.0, mesh.vertices[0]], axis=1)
    vertex = wp.array(corners, dtype=vec3, device=device, requires_grad=True)
    centre = wp.array(x, dtype=vec3, device=device, requires_grad=True)
    radius = wp.array(np.broadcast_to(np.asarray(r, float), count).copy(), dtype=f64, device=device, requires_grad=True)
    face, owns = whole(mesh.faces, wp.vec3i), whole(mesh.owns)
    candidate = whole(np.arange(faces) if order is None else order)
    inside, force = zeros(wp.int32), zeros(vec3)
    joined = [whole(mesh.across, wp.vec3i), whole(mesh.offset), whole(mesh.around)]
    with wp.Tape() as tape:
        inputs = [k, radius, centre, vertex, face, owns, *joined, candidate, int(mesh.closed)]
        wp.launch(_force, count, inputs, [inside, force], device=device)
    if seed is not None:
        tape.backward(grads={force: wp.array(seed, dtype=vec3, device=device)})
    found = []
    for exact in (False, True):
        energy, derivative = zeros(f64), zeros(mat33)
        inputs = [k, radius, centre, vertex, face, owns, candidate, exact]
        wp.launch(_others, count, inputs, [inside, energy, derivative], device=device)
        found.append(derivative.numpy())
    assert not vertex.grad.numpy()[:, 0].any()
    gradients = centre.grad.numpy(), vertex.grad.numpy()[:, 1]
    return Touched(inside.numpy() != 0, force.numpy(), energy.numpy(), found[1], found[0], *gradients)
