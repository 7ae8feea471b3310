"""Smooth motions: amplitudes to crossings and back, and the matrix as they see it, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference
from textile_cloth import FABRICS, falling_step, part_of, random_matrix, textile_model

from warp_fabric.model import Model
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_tables import GRID, REACH
from warp_fabric.solver.splines import splines_on
from warp_fabric.types import mat33, vec3, vec5

FORWARD = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 1), (1, -1)]


def functions_on(shapes: list[tuple[int, int]], spacing: float) -> np.ndarray:
    """[points, functions] products of splines, fabric after fabric, picks before ends."""
    parts = [np.kron(splines_on(rows, spacing).values(), splines_on(ends, spacing).values()) for rows, ends in shapes]
    whole = np.zeros(np.sum([part.shape for part in parts], axis=0))
    at = np.zeros(2, int)
    for part in parts:
        whole[at[0] : at[0] + part.shape[0], at[1] : at[1] + part.shape[1]] = part
        at += part.shape
    return whole


def written_out(grid: CoarseGrid, stencil: np.ndarray) -> np.ndarray:
    """[3 F, 3 F] of [F, 81, 3, 3]."""
    function, fabric = grid.functions.function.numpy(), grid.functions.fabric.numpy()
    dense = np.zeros((grid.count, 3, grid.count, 3))
    for f, (number, a, b) in enumerate(function):
        *_, first, rows, columns = fabric[number]
        for (da, db), slot in GRID.items():
            if 0 <= a + da < rows and 0 <= b + db < columns:
                dense[f, :, first + (a + da) * columns + b + db] += stencil[f, slot]
            else:
                assert not stencil[f, slot].any()
    return dense.reshape(3 * grid.count, 3 * grid.count)


def near_and_far(grid: CoarseGrid, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a stencil can hold of a matrix on a grid's functions, and the rest."""
    fabric, a, b = np.repeat(grid.functions.function.numpy(), 3, axis=0).T
    steps = [np.abs(np.subtract.outer(numbers, numbers)) for numbers in (a, b)]
    near = (np.subtract.outer(fabric, fabric) == 0) & (np.maximum(*steps) <= REACH)
    return np.where(near, matrix, 0.0), np.where(near, 0.0, matrix)


def symmetric_part(matrix) -> np.ndarray:
    """Half of a crossing's own block and the six neighbours ahead, and the transpose; positions only."""
    half = 0.5 * part_of(matrix, [(0, 0)]) + part_of(matrix, FORWARD)
    count = matrix.model.node_count
    whole = (half + half.T).reshape(count, 5, count, 5)
    return np.ascontiguousarray(whole[:, :3, :, :3]).reshape(3 * count, 3 * count)


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
    w = np.kron(functions_on(model.shapes, spacing), np.eye(3))
    expected = w.T @ symmetric_part(matrix) @ w
    actual = written_out(grid, grid.stencil.numpy())
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
    count = equation.model.node_count
    exact = equation.jacobian.to_scipy().toarray().reshape(count, 5, count, 5)[:, :3, :, :3]
    w = np.kron(functions_on(equation.model.shapes, 4.0), np.eye(3))
    expected = w.T @ np.ascontiguousarray(exact).reshape(3 * count, 3 * count) @ w
    assert difference(written_out(grid, grid.stencil.numpy()), expected) < 1e-6


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
    near, far = near_and_far(coarse, wide.T @ written_out(fine, fine.stencil.numpy()) @ wide)
    assert difference(written_out(coarse, coarse.stencil.numpy()), near) < 1e-13
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
    assert difference(written_out(grid, grid.stencil.numpy()), near) < 1e-13
