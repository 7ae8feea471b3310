"""The sweep of Gauss-Seidel over picks, then ends."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference
from textile_cloth import FABRICS, band_of, random_matrix, textile_model, textile_scene

from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.sweep import SweepPreconditioner
from warp_fabric.types import vec5


@pytest.fixture(params=FABRICS)
def matrix(request, device) -> BlockMatrix:
    return random_matrix(textile_model(FABRICS[request.param], device), 83)


@pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])
def test_one_sweep(matrix, transposed):
    """z1 = (D + P)^-1 r, z = z1 + (D + E)^-1 (r - A z1); the transposed one is its transpose."""
    made = SweepPreconditioner(matrix)
    right = np.random.default_rng(84).standard_normal((matrix.model.node_count, 5))
    x = wp.array(right, dtype=vec5, device=matrix.model.device)
    for piece in [*made.factor(), *made.apply(x, x, transposed)]:
        piece.run()
    a = matrix.to_scipy().toarray()
    picks, ends = band_of(matrix, 0, 2), band_of(matrix, 1, 2)
    identity = np.eye(len(a))
    first = np.linalg.inv(picks)
    whole = first + np.linalg.inv(ends) @ (identity - a @ first)
    assert difference(x.numpy().ravel(), (whole.T if transposed else whole) @ right.ravel()) < 1e-11


@pytest.mark.parametrize(("crimp", "name"), [(None, "lines"), ("touching", "sweep")])
def test_crimped_cloth_of_soft_yarns_is_solved_with_it(crimp, name):
    scene = textile_scene("paper-yarn-1", (6, 6), fabric__crimp=crimp)
    matrix = BlockMatrix(Model(scene, "cpu"))
    solver = StepSolver(matrix, wp.zeros(36, dtype=vec5, device="cpu"))
    solver.begin(1e-3)
    assert solver._solver().preconditioner.name == name
