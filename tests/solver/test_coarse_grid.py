"""Smooth motions: amplitudes to crossings and back, and the matrix as they see it, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from coarse_algebra import functions_on, motions_on, symmetric_part, written_out
from sample_cloth import difference
from textile_cloth import FABRICS, falling_step, random_matrix, textile_model

from warp_fabric.model import Model
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.types import vec3, vec5


@pytest.fixture(params=FABRICS)
def model(request, device) -> Model:
    return textile_model(FABRICS[request.param], device)


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_shapes_and_motions(model, spacing):
    """prolong is W, of products of splines, and nothing slides; restrict is its transpose."""
    grid = CoarseGrid(model.layouts.shapes, spacing, model.device)
    w = functions_on(model.layouts.shapes, spacing)
    assert (grid.point_count, grid.count) == w.shape
    assert grid.count == sum(a * b for a, b in grid.shapes)
    rng = np.random.default_rng(41)
    amplitudes, motion = rng.standard_normal((grid.count, 3)), rng.standard_normal((grid.point_count, 5))
    out = wp.full(grid.point_count, vec5(7.0), dtype=vec5, device=model.device)
    grid.prolong(wp.array(amplitudes, dtype=vec3, device=model.device), out)
    assert difference(out.numpy()[:, :3], w @ amplitudes) < 1e-14
    assert not out.numpy()[:, 3:].any()
    back = wp.full(grid.count, vec3(7.0), dtype=vec3, device=model.device)
    grid.restrict(wp.array(motion, dtype=vec5, device=model.device), back)
    assert difference(back.numpy(), w.T @ motion[:, :3]) < 1e-14


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_its_matrix_is_galerkins_product(model, spacing):
    grid, matrix = CoarseGrid(model.layouts.shapes, spacing, model.device), random_matrix(model, 42)
    grid.assemble(matrix.blocks)
    w = motions_on(model.layouts.shapes, spacing)
    expected = w.T @ symmetric_part(matrix) @ w
    actual = written_out(grid)
    assert difference(actual, expected) < 1e-13
    np.testing.assert_array_equal(actual, actual.T)


def test_assembling_again_starts_anew(device):
    model = textile_model(FABRICS["side by side"], device)
    grid = CoarseGrid(model.layouts.shapes, 4.0, model.device)
    first, second = random_matrix(model, 43), random_matrix(model, 44)
    grid.assemble(first.blocks)
    before = np.array(grid.half.numpy())
    grid.assemble(second.blocks)
    assert difference(grid.half.numpy(), before) > 0.1
    grid.assemble(first.blocks)
    np.testing.assert_array_equal(grid.half.numpy(), before)


@pytest.mark.parametrize("yarn", ["silk", "wool"])
def test_a_step_as_smooth_motions_see_it(device, yarn):
    """The Jacobian of a step is nearly symmetric: its half forward gives W' J W but for a small part."""
    equation = falling_step((12, 9), yarn, device)
    grid = CoarseGrid(equation.model.layouts.shapes, 4.0, equation.model.device)
    grid.assemble(equation.jacobian.blocks)
    w = motions_on(equation.model.layouts.shapes, 4.0)
    expected = w.T @ equation.jacobian.to_scipy().toarray() @ w
    assert difference(written_out(grid), expected) < 1e-6
