"""Smooth motions of cloth that touches cloth: all that pairs of beads join is in the matrix, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from coarse_algebra import motions_on, symmetric_part
from sample_cloth import difference
from textile_cloth import textile_scene

from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_cholesky import CoarseCholesky
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.covering import Covering
from warp_fabric.state import State
from warp_fabric.topology import SLOTS
from warp_fabric.types import vec3

OPEN = {"fabric__end_spacing": 1.4e-3, "fabric__pick_spacing": 1.4e-3}
"""Spacings at which beads of cotton ride between crossings too."""
CASES = {
    "folded along picks": ("cotton", [(9, 30)], {}),
    "folded along ends": ("wool", [(30, 9)], {}),
    "open, folded": ("cotton", [(12, 24)], OPEN),
    "two fabrics": ("cotton", [(14, 9), (6, 14)], {}),
}


def laid(model: Model, yarn_radius: float) -> np.ndarray:
    """[N, 3] m: several fabrics on each other, one folded in two across its longer side."""
    thick, layers = 2.0 * yarn_radius, []
    for number, layout in enumerate(model.layouts.parts):
        x = model.rest_position[model.topology.fabric == number].copy()
        x[:, 1], x[:, 2] = x[:, 2], 1.9 * thick * number
        if len(model.layouts.parts) == 1:
            axis = int(layout.shape[0] > layout.shape[1])
            middle = 0.5 * (x[:, axis].min() + x[:, axis].max())
            over = x[:, axis] > middle
            x[over, axis], x[over, 2] = 2.0 * middle - x[over, axis] + 0.3 * thick, 1.9 * thick
        layers.append(x)
    return np.concatenate(layers)


@pytest.fixture(params=CASES)
def matrix(request, device) -> BlockMatrix:
    """Random blocks, and random couplings of the pairs that touch."""
    yarn, shapes, changes = CASES[request.param]
    scenes = [textile_scene(yarn, shape, collision__self=True, **changes) for shape in shapes]
    model = Model(scenes, device)
    if len(shapes) > 1:  # as panels of one scene
        model.beads.group.zero_()
    held, state = empty_held(model), State.of(model, position=laid(model, scenes[0].yarns["yarn"].radius))
    hold(model, Moment.of(state), held)
    Covering(model, held).cover(state.position, state.position)
    rng = np.random.default_rng(63)
    made = BlockMatrix(model, held.candidates)
    blocks = rng.standard_normal((model.node_count, SLOTS, 5, 5)) * (model.topology.neighbor >= 0)[..., None, None]
    blocks[:, 0] += 60.0 * np.eye(5)
    made.blocks.assign(blocks)
    pairs = held.candidates
    first, partner = pairs.first.numpy(), pairs.partner.numpy()[: pairs.pair_count]
    owner = np.repeat(np.arange(model.bead_count), np.diff(first))
    low, high = np.minimum(owner, partner), np.maximum(owner, partner)
    _, which = np.unique(low.astype(np.int64) * model.bead_count + high, return_inverse=True)
    normals = rng.standard_normal((which.max() + 1, 3))
    values = -np.einsum("ki,kj->kij", normals, normals) * rng.integers(0, 2, len(normals))[:, None, None]
    coupling = np.zeros((len(pairs.coupling), 3, 3))
    coupling[: len(which)] = values[which]
    pairs.coupling.assign(coupling)
    pairs.pack()
    assert (np.abs(np.subtract(*model.beads.flat.numpy()[np.stack([owner, partner])])).max() > 0.004) or len(shapes) > 1
    return made


def solver_of(matrix: BlockMatrix) -> CoarseCholesky:
    model = matrix.model
    grid = CoarseGrid(model.layouts.parts, 4.0, model.device)
    grid.assemble(matrix.blocks)
    solver = CoarseCholesky(grid, matrix)
    for piece in solver.factor():
        piece.run()
    return solver


def solved(solver: CoarseCholesky, right: np.ndarray) -> np.ndarray:
    x = wp.array(right.reshape(-1, 3), dtype=vec3, device=solver.grid.device)
    for piece in solver.solve(x):
        piece.run()
    return x.numpy().ravel()


def dense(matrix: BlockMatrix) -> np.ndarray:
    """W' (A + C) W, with A's symmetric part."""
    w = motions_on(matrix.model.layouts.shapes, 4.0)
    alone = BlockMatrix(matrix.model)
    alone.blocks.assign(matrix.blocks)
    joined = matrix.to_scipy().toarray() - alone.to_scipy().toarray()
    assert difference(joined, joined.T) < 1e-14
    assert np.abs(joined).max() > 0.1
    return w.T @ (symmetric_part(alone) + joined) @ w


def test_solves_with_all_couplings(matrix):
    solver = solver_of(matrix)
    assert solver.definite
    whole, right = dense(matrix), np.random.default_rng(64).standard_normal(3 * solver.grid.count)
    np.linalg.cholesky(whole)
    assert difference(solved(solver, right), np.linalg.solve(whole, right)) < 1e-9


def test_couplings_tell_definiteness(matrix):
    """Pairs that pull harder than all else holds; and again as they were."""
    solver, kept = solver_of(matrix), matrix.pairs.coupling.numpy().copy()
    before = solved(solver, np.ones(3 * solver.grid.count))
    found = []
    for factor in (1e3, 1.0):
        matrix.pairs.coupling.assign(factor * kept)
        matrix.pairs.pack()
        for piece in solver.factor():
            piece.run()
        whole, right = dense(matrix), np.ones(3 * solver.grid.count)
        assert solver.definite == bool(np.linalg.eigvalsh(whole)[0] > 0.0)
        assert difference(solved(solver, right), np.linalg.solve(whole, right)) < 1e-9
        found.append(solver.definite)
    assert found == [False, True]
    np.testing.assert_array_equal(solved(solver, np.ones(3 * solver.grid.count)), before)


def test_without_couplings_fabrics_are_apart(matrix):
    """Nothing acts: the same bits as of a matrix that knows no pairs."""
    matrix.pairs.coupling.zero_()
    matrix.pairs.pack()
    solver, right = solver_of(matrix), np.random.default_rng(65).standard_normal(3)
    alone = BlockMatrix(matrix.model)
    alone.blocks.assign(matrix.blocks)
    right = np.resize(right, 3 * solver.grid.count)
    np.testing.assert_array_equal(solved(solver, right), solved(solver_of(alone), right))
