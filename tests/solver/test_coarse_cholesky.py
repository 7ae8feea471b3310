"""Exact solves on coarse grids, definite or not, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from coarse_algebra import written_out
from textile_cloth import FABRICS, falling_step, random_matrix, textile_model

from warp_fabric.solver import coarse_cholesky, host
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_cholesky import CoarseCholesky
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.types import vec3

WIDE = {"4x30": ((4, 30),), "30x4": ((30, 4),), "1x30": ((1, 30),), "30x9 and 9x30": ((30, 9), (9, 30))}


def cholesky_of(matrix: BlockMatrix, spacing: float = 4.0) -> CoarseCholesky:
    model = matrix.model
    grid = CoarseGrid(model.layouts.parts, spacing, model.device)
    grid.assemble(matrix.blocks)
    return CoarseCholesky(grid)


def run(pieces) -> None:
    for piece in pieces:
        piece.run()


def solved(solver: CoarseCholesky, right: np.ndarray) -> np.ndarray:
    x = wp.array(right.reshape(-1, 3), dtype=vec3, device=solver.grid.device)
    run(solver.solve(x))
    return x.numpy().ravel().copy()


def right_of(solver: CoarseCholesky) -> np.ndarray:
    return np.random.default_rng(51).standard_normal(3 * solver.grid.count)


def assert_solved(solver: CoarseCholesky) -> None:
    """As well as rounding lets: splines are no orthogonal functions, so that answers may be further off."""
    dense, right = written_out(solver.grid), right_of(solver)
    x = solved(solver, right)
    assert np.linalg.norm(dense @ x - right) < 1e-14 * len(x) * np.linalg.norm(dense, 2) * np.linalg.norm(x)


@pytest.fixture(params=[*FABRICS, *WIDE])
def matrix(request, device) -> BlockMatrix:
    return random_matrix(textile_model((FABRICS | WIDE)[request.param], device), 52)


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_definite(matrix, spacing):
    solver = cholesky_of(matrix, spacing)
    run(solver.factor())
    assert np.linalg.eigvalsh(written_out(solver.grid))[0] > 0.0
    assert solver.definite
    assert_solved(solver)


def test_indefinite(matrix):
    """The last crossings are pushed the wrong way; where there are several fabrics, that is the last one's."""
    blocks = matrix.blocks.numpy().copy()
    blocks[-3:, 0] -= 400.0 * np.eye(5)
    matrix.blocks.assign(blocks)
    solver = cholesky_of(matrix)
    run(solver.factor())
    assert np.linalg.eigvalsh(written_out(solver.grid))[0] < -1.0
    assert not solver.definite
    assert_solved(solver)


def test_definite_again(device):
    """Each factorisation judges anew, and takes over the grid's new matrix."""
    model = textile_model(FABRICS["side by side"], device)
    matrix = random_matrix(model, 53)
    solver, found = cholesky_of(matrix), []
    good = matrix.blocks.numpy().copy()
    for sign in (1.0, -1.0, 2.0):
        matrix.blocks.assign(sign * good)
        solver.grid.assemble(matrix.blocks)
        run(solver.factor())
        found.append(solver.definite)
        assert_solved(solver)
    assert found == [True, False, True]


@pytest.mark.parametrize("fabric", [0, 1, 2, 3])
def test_one_fabric_of_several_is_enough_to_be_indefinite(device, fabric):
    model = textile_model(FABRICS["side by side"], device)
    matrix = random_matrix(model, 54)
    blocks = matrix.blocks.numpy().copy()
    blocks[model.topology.fabric == fabric] *= -1.0
    matrix.blocks.assign(blocks)
    solver = cholesky_of(matrix)
    run(solver.factor())
    assert not solver.definite
    assert_solved(solver)


@pytest.mark.parametrize("yarn", ["cotton", "silk", "paper-yarn-1"])
def test_a_step_of_falling_cloth(device, yarn):
    """As stiff as these matrices are. Silk is so thin that it buckles under what it weighs."""
    solver = cholesky_of(falling_step((12, 9), yarn, device).jacobian)
    run(solver.factor())
    values = np.linalg.eigvalsh(written_out(solver.grid))
    assert abs(values[0]) > 1e-11 * values[-1]
    assert solver.definite == (values[0] > 0.0)
    assert_solved(solver)


@pytest.mark.parametrize("fabric", [None, 1])
def test_the_same_where_numbers_are_copied(device, monkeypatch, fabric):
    """As on a GPU, whose memory the host does not share; one fabric indefinite, too."""
    model = textile_model(FABRICS["side by side"], device)
    matrix = random_matrix(model, 55)
    blocks = matrix.blocks.numpy().copy()
    blocks[model.topology.fabric == fabric] *= -1.0
    matrix.blocks.assign(blocks)
    answers = []
    for shared in (host.on_host, lambda array: False):
        monkeypatch.setattr(host, "on_host", shared)
        monkeypatch.setattr(coarse_cholesky, "on_host", shared)
        solver = cholesky_of(matrix)
        for _ in range(2):
            run(solver.factor())
            assert solver.definite is (fabric is None)
            answers += [solved(solver, right_of(solver)), solved(solver, right_of(solver))]
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer, answers[0])
