"""The second derivative of crimp: that of the halves, and what crossings' freedom to change their rises takes of it."""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.crimp.interchange import compliance
from warp_fabric.forces.crimp.star import flattening_stiffness
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, vec5


@wp.kernel(enable_backward=False)
def complete_star(
    grid: Grid, material: Material, flat: wp.array(dtype=wp.int32), scale: f64, star: wp.array2d(dtype=vec5)
):
    """The inverse of the second derivative by a crossing's changes, times `scale`, into its star's last entry."""
    i = wp.tid()
    pp, ee = star[i, 0][4] + star[i, 1][4], star[i, 2][4] + star[i, 3][4]
    stiffness = flattening_stiffness(grid, material, i)
    m = scale * compliance(flat[i], pp, ee, stiffness)
    star[i, 4] = vec5(m[0], m[1], m[2], f64(0.0), f64(0.0))
