"""Which linear solver a device gets: the one that measures best there."""

from __future__ import annotations

import warp as wp

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.device_krylov import DeviceKrylov
from warp_fabric.solver.line_gmres import LineGmres
from warp_fabric.solver.linear import LinearSolver


def linear_solver(matrix: BlockMatrix, right: wp.array) -> LinearSolver:
    """A solver of `matrix` x = `right` [N] vec5, on the matrix's device."""
    return (LineGmres if matrix.model.device.is_cpu else DeviceKrylov)(matrix, right)
