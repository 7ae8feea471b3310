"""Preconditioners invert what they say they invert."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference, sample_model, sample_scene

from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.preconditioner import DiagonalPreconditioner, LinePreconditioner, inverse
from warp_fabric.topology import SLOTS
from warp_fabric.types import mat55, vec5


@wp.kernel
def _invert(a: wp.array(dtype=mat55), out: wp.array(dtype=mat55)):
    i = wp.tid()
    out[i] = inverse(a[i])


@pytest.fixture(params=["twill", "one_pick", "two_by_two", "two fabrics"])
def model(request, device) -> Model:
    if request.param == "two fabrics":  # of different size, so that lines are padded
        return Model([sample_scene("open_plain"), sample_scene("one_pick")], device)
    return sample_model(request.param, device)


@pytest.fixture
def matrix(model) -> BlockMatrix:
    """Random blocks with a dominant diagonal, not symmetric."""
    rng = np.random.default_rng(81)
    blocks = rng.standard_normal((model.node_count, SLOTS, 5, 5)) * (model.topology.neighbor >= 0)[..., None, None]
    blocks[:, 0] += 12.0 * np.eye(5)
    matrix = BlockMatrix(model)
    matrix.blocks.assign(blocks)
    return matrix


def part(matrix: BlockMatrix, slots: tuple[int, ...]) -> np.ndarray:
    """The matrix with the blocks of some neighbours only, written out."""
    some = BlockMatrix(matrix.model)
    blocks = matrix.blocks.numpy()
    some.blocks.assign(np.where(np.isin(np.arange(SLOTS), slots)[None, :, None, None], blocks, 0.0))
    return some.to_scipy().toarray()


def applied(preconditioner, matrix: BlockMatrix, transposed: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """A random right-hand side, and what the preconditioner makes of it."""
    model = matrix.model
    right = np.random.default_rng(82).standard_normal((model.node_count, 5))
    out = wp.zeros(model.node_count, dtype=vec5, device=model.device)
    preconditioner.factor(matrix)
    preconditioner.apply(wp.array(right, dtype=vec5, device=model.device), out, transposed)
    return right.ravel(), out.numpy().ravel()


def test_lines(model, matrix):
    """M = (D + P) D^-1 (D + E), with P the neighbours along picks and E those along ends."""
    d, p, e = part(matrix, (0,)), part(matrix, (1, 2)), part(matrix, (3, 4))
    right, out = applied(LinePreconditioner(model), matrix)
    whole = (d + p) @ np.linalg.inv(d) @ (d + e)
    assert difference(whole @ out, right) < 1e-12


def test_lines_transposed(model, matrix):
    """M' = (D' + E') D'^-1 (D' + P'): the factors the other way round, blocks and couplings transposed."""
    d, p, e = part(matrix, (0,)), part(matrix, (1, 2)), part(matrix, (3, 4))
    right, out = applied(LinePreconditioner(model), matrix, transposed=True)
    whole = (d + p) @ np.linalg.inv(d) @ (d + e)
    assert difference(whole.T @ out, right) < 1e-12


@pytest.mark.parametrize("kind", [LinePreconditioner, DiagonalPreconditioner])
def test_transposed_in_place(model, matrix, kind):
    """Where the result is written over the right-hand side, as solvers do."""
    preconditioner = kind(model)
    right, expected = applied(preconditioner, matrix, transposed=True)
    x = wp.array(right.reshape(-1, 5), dtype=vec5, device=model.device)
    preconditioner.apply(x, x, transposed=True)
    np.testing.assert_array_equal(x.numpy().ravel(), expected)


def test_lines_solve_a_single_yarn_exactly(device):
    """Without coupling beyond next neighbours, nothing is left out."""
    model = sample_model("one_pick", device)
    matrix = BlockMatrix(model)
    blocks = (
        np.random.default_rng(83).standard_normal((5, SLOTS, 5, 5)) * (model.topology.neighbor >= 0)[..., None, None]
    )
    blocks[:, 0] += 12.0 * np.eye(5)
    blocks[:, 5:] = 0.0
    matrix.blocks.assign(blocks)
    right, out = applied(LinePreconditioner(model), matrix)
    np.testing.assert_allclose(matrix.to_scipy() @ out, right, atol=1e-12)


def test_diagonal(model, matrix):
    right, out = applied(DiagonalPreconditioner(model), matrix)
    assert difference(part(matrix, (0,)) @ out, right) < 1e-13


def test_diagonal_transposed(model, matrix):
    right, out = applied(DiagonalPreconditioner(model), matrix, transposed=True)
    assert difference(part(matrix, (0,)).T @ out, right) < 1e-13


def test_new_blocks_are_taken_over_by_factoring_only(model, matrix):
    for kind in (LinePreconditioner, DiagonalPreconditioner):
        preconditioner = kind(model)
        _, before = applied(preconditioner, matrix)
        matrix.blocks.assign(2.0 * matrix.blocks.numpy())
        _, after = applied(preconditioner, matrix)
        assert difference(after, 0.5 * before) < 1e-12
        matrix.blocks.assign(0.5 * matrix.blocks.numpy())


def test_inverse_of_a_block(device):
    """As different in scale as positions and sliding are."""
    rng = np.random.default_rng(84)
    root = rng.standard_normal((50, 5, 5))
    scale = 10.0 ** rng.uniform(-4, 4, (50, 5, 1))
    blocks = scale * (root @ root.swapaxes(1, 2) + np.eye(5)) * scale.swapaxes(1, 2)
    out = wp.zeros(50, dtype=mat55, device=device)
    wp.launch(_invert, 50, [wp.array(blocks, dtype=mat55, device=device)], [out], device=device)
    product = scale * (out.numpy() @ blocks) / scale.swapaxes(1, 2)
    np.testing.assert_allclose(product, np.tile(np.eye(5), (50, 1, 1)), atol=1e-9)
