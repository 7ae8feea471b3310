"""Sparse factors of cloth that touches itself, against dense ones; definite or not, by the signs of pivots."""

import numpy as np
import pytest
from sample_cloth import Point, folded, golden_fold, perturbed, sample_model

from warp_fabric.forces import POTENTIALS, Convexity, Elements
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.static.dissection import Dissection
from warp_fabric.solver.static.sparse_factors import SparseFactors, factors_for

CASES = {"open_touching": golden_fold, "folded_paper": folded, "folded_cotton": folded}


@pytest.fixture(params=CASES)
def point(request, device) -> Point:
    return perturbed(sample_model(request.param, device), seed=41, amount=0.02, lies=CASES[request.param])


def curvature(point: Point, convexity: Convexity = Convexity.EXACT) -> BlockMatrix:
    """The Hessian of all energies, and some of the mass's 1/h^2."""
    model, pairs, elements = point.model, point.held.candidates, Elements(point.model)
    matrix = BlockMatrix(model, pairs)
    elements.clear_jacobian()
    pairs.coupling.zero_()
    for force in POTENTIALS:
        force.add_jacobian(model, point.state, point.held, elements, -1.0, 0.0, convexity)
    elements.collect_jacobian(matrix.blocks)
    pairs.pack()
    assert pairs.coupling.numpy().any()
    return matrix


def least(point: Point, matrix: BlockMatrix) -> tuple[float, float]:
    """The smallest and the largest eigenvalue on the free unknowns."""
    values = np.linalg.eigvalsh(matrix.to_scipy().toarray()[np.ix_(point.free, point.free)])
    return float(values[0]), float(np.abs(values).max())


def test_it_is_told_whether_a_matrix_is_definite(point):
    """Of the exact matrix, which is not, shifted by less and by more than it takes."""
    matrix, factors = curvature(point), SparseFactors(point.free.reshape(-1, 5))
    smallest, largest = least(point, matrix)
    assert smallest < -1e-6 * largest
    shape = (point.model.node_count, 5)
    for share, definite in ((0.0, False), (0.5, False), (0.99, False), (1.01, True), (2.0, True)):
        assert factors.factor(matrix, np.full(shape, -share * smallest)) == definite, share
        assert factors.definite == definite


def test_solutions(point):
    matrix, free = curvature(point, Convexity.CONVEX), point.free
    factors = SparseFactors(free.reshape(-1, 5))
    smallest, largest = least(point, matrix)
    shift = np.full((point.model.node_count, 5), max(-2.0 * smallest, 1e-6 * largest))
    assert factors.factor(matrix, shift)
    right = np.random.default_rng(1).standard_normal((point.model.node_count, 5, 2))
    found = factors.solve(right)
    assert found.shape == right.shape
    assert not found.reshape(-1, 2)[~free].any()
    dense = (matrix.to_scipy().toarray() + np.diag(shift.ravel()))[np.ix_(free, free)]
    expected = np.linalg.solve(dense, right.reshape(-1, 2)[free])
    np.testing.assert_allclose(found.reshape(-1, 2)[free], expected, rtol=1e-7, atol=1e-8 * np.abs(expected).max())
    np.testing.assert_allclose(factors.solve(right[..., 0]), found[..., 0], rtol=1e-9, atol=1e-12 * np.abs(found).max())


def test_what_is_released_is_not_definite(point):
    factors = SparseFactors(point.free.reshape(-1, 5))
    shift = np.full((point.model.node_count, 5), 1e6)
    assert factors.factor(curvature(point), shift)
    factors.release()
    assert not factors.definite
    with pytest.raises(AssertionError):
        factors.solve(np.zeros((point.model.node_count, 5)))


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_what_is_singular_is_not_definite(point, value):
    matrix = curvature(point, Convexity.CONVEX)
    blocks = np.zeros_like(matrix.blocks.numpy())
    blocks[0, 0] = value
    matrix.blocks.assign(blocks)
    point.held.candidates.coupling.zero_()
    point.held.candidates.pack()
    factors = SparseFactors(point.free.reshape(-1, 5))
    assert not factors.factor(matrix)
    assert not factors.definite


def test_cloth_that_does_not_touch_itself_is_dissected(device):
    for name, kind in (("folded_paper", SparseFactors), ("twill", Dissection)):
        model = sample_model(name, device)
        assert type(factors_for(model, np.ones((model.node_count, 5), bool))) is kind
