"""Element buffers: what each element of yarn contributes, and how crossings collect it.

A force writes the contribution of each of its elements into the buffer of that element kind; it never needs to know
who its neighbours are. Collecting goes through incidence tables, in a fixed order and without atomics.

Triples and corners are translation invariant, so they are written in relative coordinates (two segment
vectors and the yarn length between the outer crossings; two segment vectors); the roles below say how these act on
crossings.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.clearing import clear
from warp_fabric.forces.bead_blocks import add_beads, collect_beads
from warp_fabric.forces.jacobian_blocks import add_cells, add_nodes, collect_jacobian
from warp_fabric.forces.star_blocks import add_crosses, add_stars, collect_crosses
from warp_fabric.model import Grid, Model
from warp_fabric.topology import SLOTS
from warp_fabric.types import f64, mat33, mat44, mat55, vec3, vec5, vec7, vec8

# A triple's relative coordinates are d1 = x_centre - x_previous, d2 = x_next - x_centre, S = s_next - s_previous;
# a corner's are u = x_along - x_centre, v = x_across - x_centre. Column = role, row = relative coordinate.
TRIPLE_ROLES = wp.constant(wp.mat33d(-1.0, 1.0, 0.0, 0.0, -1.0, 1.0, -1.0, 0.0, 1.0))
CORNER_ROLES = wp.constant(wp.types.matrix(shape=(2, 3), dtype=wp.float64)(-1.0, 1.0, 0.0, -1.0, 0.0, 1.0))


class Elements:
    """Buffers of one force evaluation and their collection into crossings.

    Attributes:
        segment: [M] vec8, generalised force on (x0, s0, x1, s1). segment_jacobian: [M, 4] mat44, its blocks
            (0,0), (0,1), (1,0), (1,1).
        triple: [T] vec7, negative gradient in relative coordinates. triple_jacobian: [T, 4] mat33, its symmetric
            derivative: (d1, d1), (d1, d2), (d2, d2), and the rows (d1, S), (d2, S), ((S, S), 0, 0).
        corner: [C, 2] vec3; corner_jacobian: [C, 3] mat33: (u,u), (u,v), (v,v).
        cell: [K, 4] vec3, of each crossing; cell_jacobian: [K, 16] mat33, of each pair; both empty without twist.
        triangle: [Q] vec3, the same on each corner; triangle_jacobian: [Q] mat33, the same for each pair of corners.
        cross: [T, 5] vec3, of a triple's middle crossing and its neighbours; cross_jacobian: [T, 11] vec3, two vectors
            of each of them and the factor of their outer products; both empty without damping of bending.
        bead: [K] vec3; bead_jacobian: [K] mat33; both empty where nothing touches.
        node: [N] vec5; node_jacobian: [N] mat55.
        star_jacobian: [N, 5] vec5, of crimped cloth: for the segments to the right, left, up and down, the derivative
            of the force along their rise by the neighbour's position (3) and sliding, and by that rise; then what the
            other blocks are multiplied with, (pick pick, pick end, end end).
    """

    def __init__(self, model: Model, requires_grad: bool = False) -> None:
        self.model = model
        table = model.topology
        triangles = len(table.triangle) if model.windy else 0
        self._bead_slots = 5 if model.bead_count > table.node_count else 1  # where beads ride between crossings
        sizes = {
            "segment": (len(table.segment), vec8),
            "triple": (len(table.triple), vec7),
            "corner": ((len(table.corner), 2), vec3),
            "triangle": (triangles, vec3),
            "cell": ((len(table.cell) if model.twists else 0, 4), vec3),
            "cross": ((len(table.triple) if model.bend_damped else 0, 5), vec3),
            "bead": (model.bead_count, vec3),
            "node": (table.node_count, vec5),
        }
        jacobian_sizes = {
            "segment": ((len(table.segment), 4), mat44),
            "triple": ((len(table.triple), 4), mat33),
            "corner": ((len(table.corner), 3), mat33),
            "triangle": (triangles, mat33),
            "cell": ((len(table.cell) if model.twists else 0, 16), mat33),
            "cross": ((len(table.triple) if model.bend_damped else 0, 11), vec3),
            "bead": (model.bead_count, mat33),
            "node": (table.node_count, mat55),
            "star": ((table.node_count if model.crimped else 0, 5), vec5),
        }
        with wp.ScopedDevice(model.device):
            self.forces = {name: wp.zeros(n, dtype=t, requires_grad=requires_grad) for name, (n, t) in sizes.items()}
            self.jacobians = {name: wp.zeros(n, dtype=t) for name, (n, t) in jacobian_sizes.items()}

    def collect(self, out: wp.array) -> None:
        """Sum the force buffers into `out` [N] vec5; border crossings get no sliding component."""
        model = self.model
        inputs = [model.grid]
        for name in ("segment", "triple", "corner", "triangle"):
            table = model.gather[name]
            inputs += [table.offset, table.element, table.roles, self.forces[name]]
        wp.launch(
            _collect,
            dim=model.node_count,
            inputs=[*inputs, int(model.windy), self.forces["node"]],
            outputs=[out],
            device=model.device,
        )

        if model.twists:
            table = model.gather["cell"]
            inputs = [table.offset, table.element, table.roles, self.forces["cell"]]
            wp.launch(_collect_cells, model.node_count, inputs, [out], device=model.device)

        if model.bend_damped:
            inputs = [model.grid.neighbor, model.grid.node_triple, self.forces["cross"]]
            wp.launch(collect_crosses, model.node_count, inputs, [out], device=model.device)

        if model.bead_count:
            wp.launch(collect_beads, model.node_count, [model.beads, self.forces["bead"]], [out], device=model.device)

    def collect_jacobian(self, blocks: wp.array) -> None:
        """Sum the Jacobian buffers into `blocks` [N, 13] mat55; a border crossing's sliding gets a unit diagonal."""
        model = self.model
        inputs = [model.grid.slides, model.grid.neighbor]
        for name in ("segment", "triple", "corner", "triangle"):
            table = model.pairs[name]
            inputs += [table.offset, *([table.second] if table.second is not None else [])]
            inputs += [table.element, table.roles, self.jacobians[name]]
        every = (model.node_count, SLOTS)
        wp.launch(collect_jacobian, every, [*inputs, int(model.windy)], [blocks], device=model.device)
        if model.twists:
            table = model.pairs["cell"]
            inputs = [table.offset, table.element, table.roles, self.jacobians["cell"]]
            wp.launch(add_cells, every, inputs, [blocks], device=model.device)
        if model.bend_damped:
            inputs = [model.grid.neighbor, model.grid.node_triple, self.jacobians["cross"]]
            wp.launch(add_crosses, every, inputs, [blocks], device=model.device)
        if model.crimped:
            inputs = [model.grid.slides, model.grid.neighbor, self.jacobians["star"]]
            wp.launch(add_stars, every, inputs, [blocks], device=model.device)
        if model.bead_count:
            inputs = [model.beads, model.grid.neighbor, self.jacobians["bead"]]
            wp.launch(add_beads, (model.node_count, self._bead_slots), inputs, [blocks], device=model.device)
        inputs = [model.grid.slides, self.jacobians["node"]]
        wp.launch(add_nodes, model.node_count, inputs, [blocks], device=model.device)

    def clear(self) -> None:
        for buffer in self.forces.values():
            clear(buffer)

    def clear_gradients(self) -> None:
        for buffer in self.forces.values():
            if buffer.grad is not None:
                clear(buffer.grad)

    def clear_jacobian(self) -> None:
        for buffer in self.jacobians.values():
            clear(buffer)

    def force(self) -> np.ndarray:
        """The collected force as NumPy [N, 5]."""
        out = wp.zeros(self.model.node_count, dtype=vec5, device=self.model.device)
        self.collect(out)
        return out.numpy()


@wp.func
def along_axis(v: vec3, s: f64, axis: int) -> vec5:
    """A position part and a sliding part as the unknowns of a crossing."""
    r = vec5()
    r[0] = v[0]
    r[1] = v[1]
    r[2] = v[2]
    if axis == 0:
        r[3] = s
    else:
        r[4] = s
    return r


@wp.func
def segment_part(force: vec8, role: int, axis: int) -> vec5:
    if role == 0:
        return along_axis(vec3(force[0], force[1], force[2]), force[3], axis)
    return along_axis(vec3(force[4], force[5], force[6]), force[7], axis)


@wp.func
def triple_part(force: vec7, role: int, axis: int) -> vec5:
    first = vec3(force[0], force[1], force[2])
    second = vec3(force[3], force[4], force[5])
    x = TRIPLE_ROLES[0, role] * first + TRIPLE_ROLES[1, role] * second
    return along_axis(x, TRIPLE_ROLES[2, role] * force[6], axis)


@wp.kernel
def _collect(
    grid: Grid,
    segment_offset: wp.array(dtype=wp.int32),
    segment_element: wp.array(dtype=wp.int32),
    segment_role: wp.array(dtype=wp.int32),
    segment: wp.array(dtype=vec8),
    triple_offset: wp.array(dtype=wp.int32),
    triple_element: wp.array(dtype=wp.int32),
    triple_role: wp.array(dtype=wp.int32),
    triple: wp.array(dtype=vec7),
    corner_offset: wp.array(dtype=wp.int32),
    corner_element: wp.array(dtype=wp.int32),
    corner_role: wp.array(dtype=wp.int32),
    corner: wp.array2d(dtype=vec3),
    triangle_offset: wp.array(dtype=wp.int32),
    triangle_element: wp.array(dtype=wp.int32),
    triangle_role: wp.array(dtype=wp.int32),
    triangle: wp.array(dtype=vec3),
    windy: int,
    node: wp.array(dtype=vec5),
    out: wp.array(dtype=vec5),
):
    i = wp.tid()
    total = node[i]
    for k in range(segment_offset[i], segment_offset[i + 1]):
        e = segment_element[k]
        total = total + segment_part(segment[e], segment_role[k], grid.segment_axis[e])
    for k in range(triple_offset[i], triple_offset[i + 1]):
        e = triple_element[k]
        total = total + triple_part(triple[e], triple_role[k], grid.triple_axis[e])
    push = vec3()
    for k in range(corner_offset[i], corner_offset[i + 1]):
        e = corner_element[k]
        role = corner_role[k]
        push = push + CORNER_ROLES[0, role] * corner[e, 0] + CORNER_ROLES[1, role] * corner[e, 1]
    if windy != 0:
        for k in range(triangle_offset[i], triangle_offset[i + 1]):
            push = push + triangle[triangle_element[k]]
    total = total + along_axis(push, f64(0.0), 0)
    if grid.slides[i] == 0:
        total = vec5(total[0], total[1], total[2], f64(0.0), f64(0.0))
    out[i] = total


@wp.kernel
def _collect_cells(
    offset: wp.array(dtype=wp.int32),
    element: wp.array(dtype=wp.int32),
    roles: wp.array(dtype=wp.int32),
    cell: wp.array2d(dtype=vec3),
    out: wp.array(dtype=vec5),
):
    i = wp.tid()
    push = vec3()
    for k in range(offset[i], offset[i + 1]):
        push = push + cell[element[k], roles[k]]
    out[i] += along_axis(push, f64(0.0), 0)
