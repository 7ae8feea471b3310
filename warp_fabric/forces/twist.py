"""Twist of a cell of four crossings a, b (its first pick), c, d (its second): E = 1/2 J p1 p2 X^2.

X = (d - c - b + a) . n / (p1 p2), n the unit vector of (d - a) x (c - b), p1 and p2 the two spacings, J the twist
rigidity [N m]: what the torsion of yarns adds to bending on the bias (`docs/physics.md`, section 11).
"""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Potential
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat33, vec3


@wp.struct
class Cell:
    """Four crossings a, b, c, d.

    Attributes:
        w: d - c - b + a, m. e1, e2: the diagonals d - a and c - b, m. n, length: direction and length of e1 x e2, m^2.
        area: p1 p2, m^2. stiffness: J p1 p2, N m^3.
    """

    w: vec3
    e1: vec3
    e2: vec3
    n: vec3
    length: f64
    area: f64
    stiffness: f64


@wp.func
def cell_of(grid: Grid, material: Material, position: wp.array(dtype=vec3), e: int) -> Cell:
    """At these positions [m], of the cell with number e."""
    a, b = position[grid.cell[e, 0]], position[grid.cell[e, 1]]
    c, d = position[grid.cell[e, 2]], position[grid.cell[e, 3]]
    fabric = grid.fabric[grid.cell[e, 0]]
    out = Cell()
    out.w = d - c - b + a
    out.e1 = d - a
    out.e2 = c - b
    across = wp.cross(out.e1, out.e2)
    out.length = wp.length(across)
    out.n = across / out.length
    out.area = grid.spacing[fabric][0] * grid.spacing[fabric][1]
    out.stiffness = material.twist_rigidity[fabric] * out.area
    return out


@wp.func
def twist_of(cell: Cell) -> f64:
    """X [1/m]."""
    return wp.dot(cell.w, cell.n) / cell.area


@wp.func
def twist_gradient(cell: Cell):
    """dX/dw, dX/de1, dX/de2."""
    q = (cell.w - wp.dot(cell.w, cell.n) * cell.n) / cell.length
    return cell.n / cell.area, wp.cross(cell.e2, q) / cell.area, wp.cross(q, cell.e1) / cell.area


@wp.func
def twist_hessian(cell: Cell):
    """d2X by (w, e1), (w, e2), (e1, e1), (e1, e2), (e2, e2); that by (w, w) is 0."""
    n, share = cell.n, f64(1.0) / cell.area
    wn = wp.dot(cell.w, n)
    q = (cell.w - wn * n) / cell.length
    across = (wp.identity(n=3, dtype=f64) - wp.outer(n, n)) / cell.length
    curvature = f64(3.0) * wn * wp.outer(n, n) - wn * wp.identity(n=3, dtype=f64)
    curvature = (curvature - wp.outer(cell.w, n) - wp.outer(n, cell.w)) / (cell.length * cell.length)
    m1, m2 = -wp.skew(cell.e2), wp.skew(cell.e1)
    h11 = wp.transpose(m1) * curvature * m1
    h12 = wp.transpose(m1) * curvature * m2 - wp.skew(q)
    h22 = wp.transpose(m2) * curvature * m2
    return share * across * m1, share * across * m2, share * h11, share * h12, share * h22


@wp.func
def signs(role: int) -> vec3:
    """How a crossing of a cell enters w, e1 and e2."""
    if role == 0:
        return vec3(f64(1.0), f64(-1.0), f64(0.0))
    if role == 1:
        return vec3(f64(-1.0), f64(0.0), f64(-1.0))
    if role == 2:
        return vec3(f64(-1.0), f64(0.0), f64(1.0))
    return vec3(f64(1.0), f64(1.0), f64(0.0))


@wp.kernel(enable_backward=False)
def _energy(grid: Grid, material: Material, position: wp.array(dtype=vec3), energy: wp.array(dtype=f64)):
    cell = cell_of(grid, material, position, wp.tid())
    x = twist_of(cell)
    wp.atomic_add(energy, 0, f64(0.5) * cell.stiffness * x * x)


@wp.kernel
def _force(grid: Grid, material: Material, position: wp.array(dtype=vec3), scale: f64, corners: wp.array2d(dtype=vec3)):
    e = wp.tid()
    cell = cell_of(grid, material, position, e)
    gw, g1, g2 = twist_gradient(cell)
    pull = -scale * cell.stiffness * twist_of(cell)
    corners[e, 0] += pull * (gw - g1)
    corners[e, 1] += -pull * (gw + g2)
    corners[e, 2] += pull * (g2 - gw)
    corners[e, 3] += pull * (gw + g1)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    position: wp.array(dtype=vec3),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    corners: wp.array2d(dtype=mat33),
):
    e = wp.tid()
    cell = cell_of(grid, material, position, e)
    gw, g1, g2 = twist_gradient(cell)
    hw1, hw2, h11, h12, h22 = twist_hessian(cell)
    x = twist_of(cell)
    if convexity > 1:
        x = f64(0.0)
    for role in range(4):
        a = signs(role)
        for other in range(4):
            b = signs(other)
            mine, theirs = a[0] * gw + a[1] * g1 + a[2] * g2, b[0] * gw + b[1] * g1 + b[2] * g2
            bent = a[0] * (b[1] * hw1 + b[2] * hw2) + b[0] * wp.transpose(a[1] * hw1 + a[2] * hw2)
            bent = bent + a[1] * b[1] * h11 + a[2] * b[2] * h22
            bent = bent + a[1] * b[2] * h12 + a[2] * b[1] * wp.transpose(h12)
            k = 4 * role + other
            corners[e, k] = corners[e, k] - scale * cell.stiffness * (wp.outer(mine, theirs) + x * bent)


class Twist(Potential):
    name = "twist"
    kind = "cell"
    convex = False
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def inputs(self, model, state, held):
        return [model.grid, held.material, state.position]

    def count(self, model):
        return len(model.topology.cell) if model.twists else 0
