"""The second derivative of crimp: that of the halves, and what crossings' freedom to change their rises takes of it."""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.crimp.interchange import BOTH_FLAT, ENDS_FLAT, NONE, PICKS_FLAT
from warp_fabric.forces.crimp.star import is_interlaced
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, vec5


@wp.kernel(enable_backward=False)
def complete_star(
    grid: Grid, material: Material, flat: wp.array(dtype=wp.int32), scale: f64, star: wp.array2d(dtype=vec5)
):
    """The inverse of the second derivative by a crossing's changes, times `scale`, into its star's last entry."""
    i = wp.tid()
    star[i, 4] = vec5()
    if flat[i] == NONE or flat[i] == BOTH_FLAT:
        return
    pp, ee = star[i, 0][4] + star[i, 1][4], star[i, 2][4] + star[i, 3][4]
    picks, ends = int(0), int(0)
    for k in range(4):
        other = grid.neighbor[i, 1 + k]
        if is_interlaced(grid, i, other) != 0:
            picks = picks + 1 - k // 2
            ends = ends + k // 2
    stiffness = material.crossing_stiffness[grid.fabric[i]]
    zero = f64(0.0)
    if picks == 0 or ends == 0 or stiffness == zero:
        if flat[i] == 0 and pp + ee > zero:
            m = scale / (pp + ee)
            star[i, 4] = vec5(m, -m, m, zero, zero)
        return
    quarter = f64(0.25) * stiffness
    pp += quarter
    ee += quarter
    determinant = pp * ee - quarter * quarter
    if flat[i] == PICKS_FLAT:
        if ee > zero:
            star[i, 4] = vec5(zero, zero, scale / ee, zero, zero)
    elif flat[i] == ENDS_FLAT:
        if pp > zero:
            star[i, 4] = vec5(scale / pp, zero, zero, zero, zero)
    elif determinant > zero and pp > zero:
        m = scale / determinant
        star[i, 4] = vec5(m * ee, -m * quarter, m * pp, zero, zero)
