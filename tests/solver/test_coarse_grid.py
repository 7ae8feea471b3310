"""Smooth motions: amplitudes to crossings and back, and the matrix as they see it, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from coarse_algebra import functions_on, motions_on, near_and_far, symmetric_part, written_out
from sample_cloth import difference
from textile_cloth import FABRICS, falling_step, random_matrix, textile_model

from warp_fabric.model import Model
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_tables import GRID
from warp_fabric.types import mat33, vec3, vec5


@pytest.fixture(params=FABRICS)
def model(request, device) -> Model:
    return textile_model(FABRICS[request.param], device)


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_shapes_and_motions(model, spacing):
    """prolong is W, of products of splines, and nothing slides; restrict is its transpose."""
    grid = CoarseGrid(model.shapes, spacing, model.device, fine=True)
    w = functions_on(model.shapes, spacing)
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
    grid, matrix = CoarseGrid(model.shapes, spacing, model.device, fine=True), random_matrix(model, 42)
    grid.assemble(matrix.blocks)
    w = motions_on(model.shapes, spacing)
    expected = w.T @ symmetric_part(matrix) @ w
    actual = written_out(grid)
    assert difference(actual, expected) < 1e-13
    np.testing.assert_array_equal(actual, actual.T)


def test_assembling_again_starts_anew(device):
    model = textile_model(FABRICS["side by side"], device)
    grid = CoarseGrid(model.shapes, 4.0, model.device, fine=True)
    first, second = random_matrix(model, 43), random_matrix(model, 44)
    grid.assemble(first.blocks)
    before = np.array(grid.stencil.numpy())
    grid.assemble(second.blocks)
    assert difference(grid.stencil.numpy(), before) > 0.1
    grid.assemble(first.blocks)
    np.testing.assert_array_equal(grid.stencil.numpy(), before)


@pytest.mark.parametrize("yarn", ["silk", "wool"])
def test_a_step_as_smooth_motions_see_it(device, yarn):
    """The Jacobian of a step is nearly symmetric: its half forward gives W' J W but for a small part."""
    equation = falling_step((12, 9), yarn, device)
    grid = CoarseGrid(equation.model.shapes, 4.0, equation.model.device, fine=True)
    grid.assemble(equation.jacobian.blocks)
    w = motions_on(equation.model.shapes, 4.0)
    expected = w.T @ equation.jacobian.to_scipy().toarray() @ w
    assert difference(written_out(grid), expected) < 1e-6


@pytest.mark.parametrize("fabric", ["1x1", "1x7", "5x5", "12x9", "side by side"])
def test_a_grid_upon_a_grid(device, fabric):
    """The functions of one are the points of the next: the same products, of the matrix on the first."""
    model = textile_model(FABRICS[fabric], device)
    fine = CoarseGrid(model.shapes, 2.0, model.device, fine=True)
    coarse = CoarseGrid(fine.shapes, 2.0, model.device, fine=False)
    w = functions_on(fine.shapes, 2.0)
    assert (coarse.point_count, coarse.count) == w.shape == (fine.count, coarse.count)
    fine.assemble(random_matrix(model, 45).blocks)
    coarse.assemble(fine.stencil)
    wide = np.kron(w, np.eye(3))
    near, far = near_and_far(coarse, wide.T @ written_out(fine) @ wide)
    assert difference(written_out(coarse), near) < 1e-13
    assert difference(near + far, near) < 1e-6  # tails of functions, where they are nearly zero

    rng = np.random.default_rng(46)
    amplitudes, motion = rng.standard_normal((coarse.count, 3)), rng.standard_normal((fine.count, 3))
    out = wp.array(motion, dtype=vec3, device=model.device)
    coarse.prolong(wp.array(amplitudes, dtype=vec3, device=model.device), out)
    assert difference(out.numpy(), motion + w @ amplitudes) < 1e-14  # it adds
    back = wp.zeros(coarse.count, dtype=vec3, device=model.device)
    coarse.restrict(wp.array(motion, dtype=vec3, device=model.device), back)
    assert difference(back.numpy(), w.T @ motion) < 1e-14


def test_a_grid_upon_a_grid_takes_any_stencil(device):
    """Also one that fills all 81 places with what is not symmetric: its half ahead and the transpose."""
    shapes = [(9, 7), (3, 11)]
    grid = CoarseGrid(shapes, 4.0, wp.get_device(device), fine=False)
    rng, places = np.random.default_rng(47), np.zeros((grid.point_count, 81, 3, 3))
    start, dense = 0, np.zeros((grid.point_count, 3, grid.point_count, 3))
    for rows, columns in shapes:
        for j in range(rows):
            for e in range(columns):
                here = start + j * columns + e
                for (dj, de), slot in GRID.items():
                    if 0 <= j + dj < rows and 0 <= e + de < columns:
                        places[here, slot] = rng.standard_normal((3, 3))
                        if (dj, de) >= (0, 0):
                            half = 0.5 if (dj, de) == (0, 0) else 1.0
                            dense[here, :, here + dj * columns + de] += half * places[here, slot]
        start += rows * columns
    dense = dense.reshape(3 * start, 3 * start)
    grid.assemble(wp.array(places, dtype=mat33, device=device))
    w = np.kron(functions_on(shapes, 4.0), np.eye(3))
    near, _ = near_and_far(grid, w.T @ (dense + dense.T) @ w)
    assert difference(written_out(grid), near) < 1e-13
