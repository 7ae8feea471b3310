"""Bands along yarns: factors and solves, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from cut_cloth import cut_model
from sample_cloth import difference
from textile_cloth import FABRICS, band_of, falling_step, random_matrix, textile_model

from warp_fabric.solver.lines import YarnLines, inverse
from warp_fabric.types import mat55, vec5

both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])
both_axes = pytest.mark.parametrize("axis", [0, 1], ids=["picks", "ends"])
both_reaches = pytest.mark.parametrize("reach", [1, 2])


@wp.kernel
def _invert(a: wp.array(dtype=mat55), out: wp.array(dtype=mat55)):
    i = wp.tid()
    out[i] = inverse(a[i])


def vector(model, seed: int = 31) -> wp.array:
    values = np.random.default_rng(seed).standard_normal((model.node_count, 5))
    return wp.array(values, dtype=vec5, device=model.device)


@pytest.fixture(params=[*FABRICS, "cut"])
def model(request, device):
    return cut_model(device) if request.param == "cut" else textile_model(FABRICS[request.param], device)


@both_ways
@both_axes
@both_reaches
def test_they_solve_their_band(model, reach, axis, transposed):
    matrix = random_matrix(model, 32)
    lines, right = YarnLines(model, reach), vector(model)
    lines.factor(matrix, axis)
    out = wp.zeros_like(right)
    lines.solve(axis, right, out, transposed)
    band = band_of(matrix, axis, reach)
    product = (band.T if transposed else band) @ out.numpy().ravel()
    assert difference(product, right.numpy().ravel()) < 1e-12
    np.testing.assert_array_equal(right.numpy(), vector(model).numpy())  # it is left as it was


@both_ways
@both_axes
@both_reaches
def test_in_place(model, reach, axis, transposed):
    """Where the answer is written over the right-hand side, as solvers do: the same to the last bit."""
    lines, right = YarnLines(model, reach), vector(model)
    lines.factor(random_matrix(model, 32), axis)
    out = wp.zeros_like(right)
    lines.solve(axis, right, out, transposed)
    lines.solve(axis, right, right, transposed)
    np.testing.assert_array_equal(right.numpy(), out.numpy())


@both_ways
@pytest.mark.parametrize(("fabric", "axis"), [("1x7", 0), ("7x1", 1)])
def test_two_steps_hold_all_of_a_single_yarn(device, fabric, axis, transposed):
    """Nothing couples crossings further apart: the answer is that of the whole matrix."""
    model = textile_model(FABRICS[fabric], device)
    matrix, right = random_matrix(model, 33), vector(model)
    lines, out = YarnLines(model, 2), wp.zeros_like(right)
    lines.factor(matrix, axis)
    lines.solve(axis, right, out, transposed)
    whole = matrix.to_scipy().toarray()
    assert difference((whole.T if transposed else whole) @ out.numpy().ravel(), right.numpy().ravel()) < 1e-12


@both_ways
@both_axes
@both_reaches
def test_a_step_of_textile_yarn(device, reach, axis, transposed):
    """Stretch is millions of times stiffer than inertia, and position and sliding are as far apart: the backward error
    is that of rounding."""
    equation = falling_step((6, 6), "linen", device)
    matrix, right = equation.jacobian, equation.residual
    lines, out = YarnLines(equation.model, reach), wp.zeros_like(equation.residual, requires_grad=False)
    lines.factor(matrix, axis)
    lines.solve(axis, right, out, transposed)
    band = band_of(matrix, axis, reach)
    band = band.T if transposed else band
    x, b = out.numpy().ravel(), right.numpy().ravel()
    scale = np.abs(band) @ np.abs(x) + np.abs(b)
    assert (np.abs(band @ x - b) <= 1e-11 * scale.max()).all()
    assert np.linalg.norm(x) > 0.0


@both_axes
@both_reaches
def test_a_new_matrix_is_taken_over_by_factoring_only(device, reach, axis):
    model = textile_model(FABRICS["4x9"], device)
    matrix, right = random_matrix(model, 34), vector(model)
    lines, before, after = YarnLines(model, reach), wp.zeros_like(right), wp.zeros_like(right)
    lines.factor(matrix, axis)
    lines.solve(axis, right, before)
    matrix.blocks.assign(2.0 * matrix.blocks.numpy())
    lines.solve(axis, right, after)
    assert difference(after.numpy(), 0.5 * before.numpy()) > 0.01
    lines.factor(matrix, axis)
    lines.solve(axis, right, after)
    assert difference(after.numpy(), 0.5 * before.numpy()) < 1e-14


def test_the_axes_do_not_share_factors(device):
    model = textile_model(FABRICS["4x9"], device)
    matrix, right = random_matrix(model, 35), vector(model)
    lines, out = YarnLines(model, 2), wp.zeros_like(right)
    for axis in range(2):
        lines.factor(matrix, axis)
    for axis in range(2):
        lines.solve(axis, right, out)
        assert difference(band_of(matrix, axis, 2) @ out.numpy().ravel(), right.numpy().ravel()) < 1e-12


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
