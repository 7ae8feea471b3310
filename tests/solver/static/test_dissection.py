"""Cholesky factors by nested dissection, against dense ones; definite or not, by pivots above the rounding."""

import numpy as np
import pytest
from cut_cloth import angle, cut, diagonal, disc
from sample_cloth import perturbed, sample_model

from warp_fabric.forces import POTENTIALS, Convexity, Elements
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.static.dissection import Dissection


def grid(picks: int, ends: int) -> Scene:
    sizes = {"picks": picks, "ends": ends, "end_spacing": 4e-4, "pick_spacing": 4e-4}
    table = "".join(f"{key} = {value}\n" for key, value in sizes.items())
    return Scene.from_toml(f'[fabric]\n{table}[yarns.cotton]\nlibrary = "cotton"\n[time]\nintegrator = "static"\n')


def stretched(model: Model, definite: bool = True) -> BlockMatrix:
    """The Hessian of a perturbed state, made definite by some mass where wanted."""
    point, elements, matrix = perturbed(model, 171, amount=0.02), Elements(model), BlockMatrix(model)
    elements.clear_jacobian()
    for force in POTENTIALS:
        force.add_jacobian(model, point.state, point.held, elements, -1.0, 0.0, Convexity.NO_BUCKLING)
    elements.collect_jacobian(matrix.blocks)
    if definite:
        blocks = matrix.blocks.numpy()
        blocks[:, 0] += 0.2 * np.abs(blocks[:, 0]).max() * np.eye(5)
        matrix.blocks.assign(blocks)
    return matrix


def free_of(model: Model) -> np.ndarray:
    inner = np.repeat(model.topology.inner[:, None], 2, axis=1)
    return np.concatenate([np.ones((model.node_count, 3), bool), inner], axis=1)


def factors_of(model: Model) -> Dissection:
    return Dissection(model.layouts, model.topology.neighbor, free_of(model))


@pytest.mark.parametrize("shape", [(2, 2), (1, 40), (3, 30), (9, 8), (23, 21), (40, 17)])
def test_solutions(device, shape):
    model = Model(grid(*shape), device)
    matrix, factors, free = stretched(model), factors_of(model), free_of(model)
    assert factors.factor(matrix)
    right = np.random.default_rng(172).standard_normal((model.node_count, 5, 2))
    found = factors.solve(right)
    assert found.shape == right.shape
    assert not found[~free].any()
    residual = matrix.to_scipy() @ found.reshape(-1, 2) - right.reshape(-1, 2)
    assert np.abs(residual[free.ravel()]).max() < 1e-9
    np.testing.assert_allclose(factors.solve(right[..., 0]), found[..., 0], rtol=1e-9, atol=1e-12 * np.abs(found).max())


def test_several_fabrics(device):
    model = Model([grid(12, 9), grid(5, 20)], device)
    matrix, factors, free = stretched(model), factors_of(model), free_of(model)
    assert factors.factor(matrix)
    right = np.random.default_rng(173).standard_normal(free.shape)
    residual = matrix.to_scipy() @ factors.solve(right).ravel() - right.ravel()
    assert np.abs(residual[free.ravel()]).max() < 1e-9


@pytest.mark.parametrize(
    "present", [disc(30), disc(40, 22.0), diagonal(50, 9), angle(24)], ids=["disc", "ring", "strip", "L"]
)
def test_cut_cloth(device, present):
    """Of any shape; pieces that nothing joins are as good as several fabrics."""
    apart = present.copy()
    apart[len(present) // 2] = False
    model = Model([cut(grid(*each.shape), each, pins=[]) for each in (present, apart)], device)
    matrix, factors, free = stretched(model), factors_of(model), free_of(model)
    assert factors.factor(matrix)
    right = np.random.default_rng(176).standard_normal(free.shape)
    residual = matrix.to_scipy() @ factors.solve(right).ravel() - right.ravel()
    assert np.abs(residual[free.ravel()]).max() < 1e-9


def test_a_shift_is_added(device):
    model = sample_model("twill", device)
    matrix, factors = stretched(model), factors_of(model)
    shift = np.random.default_rng(174).uniform(0.0, 1e5, (model.node_count, 5))
    assert factors.factor(matrix, shift)
    right = np.random.default_rng(175).standard_normal(shift.shape) * free_of(model)
    found = factors.solve(right)
    residual = matrix.to_scipy() @ found.ravel() + (shift * found).ravel() - right.ravel()
    assert np.abs(residual[free_of(model).ravel()]).max() < 1e-9


@pytest.mark.parametrize(("smallest", "definite"), [(1e-9, True), (-1e-9, False), (1e-16, False), (-1e-16, False)])
def test_definite_by_a_relative_floor(device, smallest, definite):
    """A pivot of the size of rounding is none, whatever its sign."""
    model = Model(grid(12, 12), device)
    matrix, factors = stretched(model), factors_of(model)
    blocks = matrix.blocks.numpy()
    blocks[60, :] = 0.0
    for node in range(model.node_count):
        blocks[node, model.topology.neighbor[node] == 60] = 0.0
    blocks[60, 0] = np.diag([1e4, 1e4, 1e4, 1e4, 1e4])
    blocks[60, 0, :2, :2] = [[1e4, 1e4], [1e4, 1e4 * (1.0 + smallest)]]
    matrix.blocks.assign(blocks)
    assert factors.factor(matrix) == definite
    assert factors.definite == definite
